"""The files of `deploy/` fit the program."""

import json
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
READ: Final = ("couriers", "orders", "venues", "city")
WRITTEN: Final = ("push", "venue", "notice", "drill")


def allowed(user: str, right: str) -> list[str]:
    """The topics of a right that the file gives to a user of the broker."""
    found, whose = [], ""
    for line in (ROOT / "deploy" / "mosquitto.acl").read_text(encoding="utf-8").splitlines():
        words = line.split()
        if words[:1] == ["user"]:
            whose = words[1]
        elif words[:2] == ["topic", right] and whose == user:
            found.append(words[2])
    return found


def fits(topic: str, pattern: str) -> bool:
    """Whether a topic is one of a pattern, in which + is a level and # all that follow."""
    levels, wanted = topic.split("/"), pattern.split("/")
    if wanted[-1] == "#":
        levels, wanted = levels[: len(wanted) - 1], wanted[:-1]
    return len(levels) == len(wanted) and all(
        want in ("+", level) for level, want in zip(levels, wanted, strict=True)
    )


@pytest.mark.parametrize(
    ("right", "channels"), [("read", READ), ("write", WRITTEN)], ids=["read", "write"]
)
def test_the_broker_lets_the_monitor_do_all_it_does(right: str, channels: tuple[str, ...]) -> None:
    """Each topic of events may be read, and each topic of letters be written, by the monitor."""
    text = (ROOT / "docs" / "asyncapi.json").read_text(encoding="utf-8")
    for channel in channels:
        topic = json.loads(text)["channels"][channel]["address"]
        assert any(fits(topic, pattern) for pattern in allowed("citywatch", right)), topic
