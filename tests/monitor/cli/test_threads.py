"""A command starts no thread for what it never calculates."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

CHECK: Final = """
import os, sys
from monitor.cli.arguments import main
main(["check", "--config", sys.argv[1]])
import numpy, scipy.linalg
print(len(os.listdir("/proc/self/task")), os.environ["OPENBLAS_NUM_THREADS"])
"""


def checked(folder: Path) -> list[str]:
    """The threads of a command with numpy and scipy, and what their BLAS was asked for."""
    config = folder / "citywatch.toml"
    config.write_text('[cities.riga]\ntimezone = "Europe/Riga"\nzones = "none.geojson"\n')
    command = [sys.executable, "-c", CHECK, str(config)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return told.splitlines()[-1].split()


def test_the_libraries_of_linear_algebra_start_no_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command with numpy and scipy has the one thread that it began with."""
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    assert checked(tmp_path) == ["1", "1"]


def test_what_the_environment_asks_for_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sets the number of threads gets it."""
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    assert checked(tmp_path)[1] == "2"
