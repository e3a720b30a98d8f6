"""`citywatch test-target`: one line that says whether the target was reached."""

import argparse
import asyncio
from pathlib import Path

import pytest

from monitor.cli import drill
from tests.support.mosquitto import mosquitto
from tests.support.receiver import Behaviour, receiver
from tests.support.targets import SECRET


async def drilled(folder: Path, text: str, name: str = "desk") -> int:
    """The exit code of a drill by this configuration."""
    config = folder / "city.toml"
    config.write_text(text, encoding="utf-8")
    return await asyncio.to_thread(drill.run, argparse.Namespace(config=config, name=name))


def webhook(url: str) -> str:
    """A configuration with one webhook."""
    return (
        f'[targets.desk]\ntype = "webhook"\nurl = "{url}"\nsecret = "{SECRET}"\n'
        "allow_private = true\n"
    )


async def test_a_drill_that_arrives_says_how_long_it_took(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 0, and the receiver has a letter that asks nothing of anybody."""
    async with receiver() as far:
        assert await drilled(tmp_path, webhook(far.url)) == 0
        assert far.effects[0].json["type"] == "drill"
    out, err = capsys.readouterr()
    assert out.startswith("desk: delivered in ")
    assert out.endswith(" ms\n")
    assert err == ""


async def test_a_drill_that_does_not_arrive_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1 and one line on standard error, for each way in which it may fail."""
    async with receiver() as far:
        far.behaviour = Behaviour(status=403, body="not you")
        assert await drilled(tmp_path, webhook(far.url)) == 1
        far.behaviour = Behaviour(status=429, headers={"Retry-After": "30"}, body="")
        assert await drilled(tmp_path, webhook(far.url)) == 1
    assert await drilled(tmp_path, webhook(far.url)) == 1
    assert await drilled(tmp_path, webhook(far.url), "dask") == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "desk: refused: 403 Forbidden: not you",
        "desk: not now: 429 Too Many Requests (it asks to wait 30 s)",
        "desk: not now: no connection: Connection refused",
        f'{tmp_path / "city.toml"}: no target "dask", did you mean "desk"?',
    ]


async def test_a_drill_reaches_a_broker(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A target on MQTT is reached over the broker of its source."""
    async with mosquitto(tmp_path) as broker:
        text = (
            f'[sources.main]\ntype = "mqtt"\nhost = "127.0.0.1"\nport = {broker.port}\n'
            '[targets.desk]\ntype = "mqtt"\nsource = "main"\n'
        )
        assert await drilled(tmp_path, text) == 0
    assert "delivered in" in capsys.readouterr().out
