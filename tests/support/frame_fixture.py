"""The frames that the page's decoder is tested with: `python -m tests.support.frame_fixture`.

Writes `web/test/wire/frames.fixture.json`: the messages of a small city's story as the monitor's
own encoder makes them, and after each what a reader holds. A test fails when the file is not what
this makes.
"""

import base64
import json
import random
import struct
from pathlib import Path
from typing import Any, Final

from tests.support.frame_reader import FrameReader
from tests.support.frame_town import FrameTown, One
from ws.client import Client

FILE: Final = Path(__file__).parents[2] / "web" / "test" / "wire" / "frames.fixture.json"


class Story:
    """A town, a client that hears of it, and what came so far."""

    def __init__(self) -> None:
        self.rng = random.Random(5)
        self.town = FrameTown()
        self.client: Client = self.town.client()
        self.reader = FrameReader()
        self.steps: list[Any] = []

    def one(self, name: str) -> One:
        """A new courier, anywhere in the box."""
        x, y = self.rng.randrange(65_536), self.rng.randrange(65_536)
        return One(name, x, y, self.rng.randrange(5), self.town.now_ms - self.rng.randrange(9_000))

    def beat(self, what: str, after_s: float = 0.25, *, lost: bool = False) -> None:
        """A beat; its messages and what the reader then holds. `lost`: the frame never arrives."""
        self.town.beat(after_s)
        while (wire := self.client.outbox.take(self.town.now_s)) is not None:
            if not wire.startswith(b"CWCF"):
                self.reader.take(wire)
                self.steps.append({"slots": json.loads(wire)})
            elif not lost:
                self.frame(what, wire)

    def frame(self, what: str, wire: bytes) -> None:
        """A frame arrives."""
        outcome, reader = self.reader.take(wire), self.reader
        size = len(reader.x)
        held = struct.pack(
            f"<{size}H{size}H{size}B{size}B",
            *reader.x,
            *reader.y,
            *(status % 256 for status in reader.status),
            *reader.ages(),
        )
        step: dict[str, Any] = {"what": what, "frame": _text(wire), "outcome": outcome}
        if outcome == "applied":
            step |= {"ts": reader.ts_ms, "size": size, "count": reader.couriers}
            step |= {"held": _text(held), "ids": [*reader.ids, *[None] * (size - len(reader.ids))]}
        self.steps.append(step)


def story() -> list[Any]:
    """Everything that can happen to a reader."""
    told = Story()
    town, slots = told.town, told.town.slots
    slots += [told.one(f"c{n}") for n in range(40)]
    slots[7] = One("nowhere", fix_ms=None)
    slots[8] = One("beyond", x=70_000, y=-5)
    told.beat("the first keyframe")
    for slot, one in enumerate(slots):
        assert one is not None
        one.x, one.y = one.x + slot % 16 - 8, one.y + 7 - slot % 16
        one.fix_ms = town.now_ms
    told.beat("near moves of all, fresh fixes", 2.25)
    for slot in range(0, 40, 2):
        moved = slots[slot]
        assert moved is not None
        moved.x, moved.y, moved.fix_ms = moved.x + 127, moved.y - 128, town.now_ms - 6_000
        moved.status = (moved.status + 1) % 5 | 16
    told.beat("far moves, statuses and older fixes of half of them")
    for slot, far in ((3, 40_000), (5, -9)):
        moved = slots[slot]
        assert moved is not None
        moved.x = (moved.x + far) % 65_536
    slots[11], slots[12] = None, told.one("in the place of c12")
    told.beat("jumps; one left, one has another's slot")
    slots += [told.one(f"d{n}") for n in range(300)]
    told.beat("many came")
    slots[300] = told.one("in a list of one")
    told.beat("few changed among many")
    slots[0] = told.one("lost")
    told.beat("never arrives", lost=True)
    slots[1] = told.one("after the loss")
    told.beat("does not follow")
    town.hub.columns.ask(told.client, "riga")
    told.beat("the keyframe asked for", 700)
    town.table = object()
    del slots[5:]
    told.beat("numbered anew, and fewer")
    slots += [told.one(f"e{n}") for n in range(9)]
    told.beat("some came behind those")
    return told.steps


def text() -> str:
    """The file's contents, a step a line."""
    lines = ",\n".join(json.dumps(step) for step in story())
    return f"[\n{lines}\n]\n"


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
