"""What the command line says to people: its help, its version, and what is wrong in one line."""

import socket
from importlib.metadata import version
from pathlib import Path

import pytest

from monitor.cli.arguments import main
from tests.support.configs import CITY

COMMANDS = ("demo", "run", "replay", "import mdrp", "check", "test-target", "bench")


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What a command that ends by itself with 0 prints."""
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_no_default_that_says_nothing(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every command has help, in which no Python value that is none of the user's stands."""
    told = said(capsys, *command.split(), "--help")
    assert told.startswith(f"usage: citywatch {command}")
    assert not any(word in told for word in ("None", "False", "[]", "default:"))


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """`citywatch --version` says what to name in a report."""
    assert said(capsys, "--version") == f"citywatch {version('citywatch')}\n"


def test_a_port_in_use_is_told_with_where_to_set_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A start on a port that another program has ends with 1 and one line that names both."""
    config = tmp_path / "city.toml"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        config.write_text(
            f'{CITY}[http]\nport = {port}\n[stream]\nport = 0\n[store]\ntype = "none"\n'
        )
        assert main(["run", "--config", str(config)]) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == (
        f"{config}: port {port} at 127.0.0.1 is in use by another program; "
        "see port under [http], [stream] and [broker]"
    )
