"""A folder with the least configuration, and `citywatch replay` run on it.

`Desk.command` starts the real command as a process of its own; `Desk.replay` runs the same entry
point within the test's process, for the many small streams. Used by tests/e2e/test_replay_*.
"""

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from monitor.cli.arguments import main

Json = dict[str, Any]

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 60


class Desk:
    """One city, its zones and its configuration; `more` is added to the latter."""

    def __init__(self, folder: Path, city: str, zones: Json, more: str = "") -> None:
        self.folder = folder
        self.config = folder / "citywatch.toml"
        self.out = folder / "out.ndjson"
        (folder / "zones.geojson").write_text(json.dumps(zones), encoding="utf-8")
        least = f'[cities.{city}]\ntimezone = "Europe/Riga"\nzones = "zones.geojson"\n'
        self.config.write_text(least + more, encoding="utf-8")

    def write(self, lines: list[str], name: str = "day.ndjson") -> str:
        """Puts a day into the folder, gzipped where the name ends in .gz; gives the path."""
        path = self.folder / name
        data = "".join(f"{line}\n" for line in lines).encode()
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return str(path)

    def command(self, events: str, every: str = "60", piped: bytes = b"") -> bytes:
        """What the command writes for a file of events, or for `-` and what is piped in."""
        files = ["--config", str(self.config), "--out", str(self.out)]
        done = subprocess.run(
            [sys.executable, "-m", "monitor.cli", "replay", events, *files, "--every", every],
            cwd=ROOT,
            input=piped,
            capture_output=True,
            timeout=DEADLINE_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return self.out.read_bytes()

    def replay(self, lines: list[str]) -> list[Json]:
        """The lines that a replay of these lines writes."""
        files = ["--config", str(self.config), "--out", str(self.out)]
        assert main(["replay", self.write(lines), *files]) == 0
        return read(self.out.read_bytes())


def read(written: bytes) -> list[Json]:
    """The lines of a replay's output."""
    return [json.loads(line) for line in written.splitlines()]
