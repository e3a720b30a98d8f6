"""A made-up city for the frames: couriers by slot, on whole steps of its box, and a hub."""

from dataclasses import dataclass

import numpy as np

from tests.support.frame_reader import EMPTY, FrameReader
from ws.client import Client
from ws.columns import BLOCK, END, Columns
from ws.frames import NO_PLACE, OUTSIDE
from ws.hub import Hub
from ws.limits import Limits
from ws.outbox import Outbox
from ws.topics import Box

CITY = "riga"
T0 = 1_700_000_000_000
BOX = Box(west=24.0, south=56.75, east=24.5, north=57.0)
STEP_LON = 0.5 / 65_535
STEP_LAT = 0.25 / 65_535
Truth = tuple[list[str | None], list[tuple[int, int, int, int] | None]]


@dataclass
class One:
    """A courier as he is; `x`, `y` in steps, perhaps beyond the box; `fix_ms` None: no place."""

    id: str
    x: int = 0
    y: int = 0
    status: int = 0
    fix_ms: int | None = T0


class FrameTown:
    """What is true, and a hub with a hand-moved clock that is told of it."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.table = object()
        self.box = BOX
        self.slots: list[One | None] = []
        self.now_s = 0.0
        self.woken = 0
        self.hub = Hub(
            epoch="e",
            snapshot=lambda city, layer: (),
            now_ms=lambda: self.now_ms,
            limits=self.limits,
            monotonic_s=lambda: self.now_s,
        )

    @property
    def now_ms(self) -> int:
        """The wall clock."""
        return T0 + round(self.now_s * 1000)

    def client(self) -> Client:
        """One that watches the couriers as columns."""
        client = Client(Outbox(self.limits), self.wake)
        self.hub.attach(client)
        self.hub.subscribe(client, "w", CITY, ["couriers"], form="columns")
        return client

    def wake(self) -> None:
        """Count it."""
        self.woken += 1

    def columns(self) -> Columns:
        """What the publisher hands over."""
        ones = self.slots
        fixes = [-1 if one is None or one.fix_ms is None else one.fix_ms for one in ones]
        placed = [one is not None and one.fix_ms is not None for one in ones]
        return Columns(
            table=self.table,
            ids=[
                b"".join((b"" if one is None else one.id.encode()) + END for one in some)
                for some in (ones[i : i + BLOCK] for i in range(0, len(ones), BLOCK))
            ],
            lon=np.array(
                [
                    self.box.west + one.x * STEP_LON if one is not None and has else np.nan
                    for one, has in zip(ones, placed, strict=True)
                ]
            ),
            lat=np.array(
                [
                    self.box.south + one.y * STEP_LAT if one is not None and has else np.nan
                    for one, has in zip(ones, placed, strict=True)
                ]
            ),
            fix_ms=np.array(fixes, dtype=np.int64),
            status=np.array([EMPTY if one is None else one.status for one in ones], np.uint8),
            box=self.box,
        )

    def beat(self, after_s: float = 0.25) -> None:
        """Time passes, and a beat of the frames comes."""
        self.now_s += after_s
        self.hub.columns.publish(CITY, self.columns(), self.now_ms)

    def truth(self) -> Truth:
        """Ids by slot, and what should be told of each: x, y, status, age in stages."""
        told: list[tuple[int, int, int, int] | None] = []
        for one in self.slots:
            if one is None:
                told.append(None)
            elif one.fix_ms is None:
                told.append((0, 0, one.status | NO_PLACE, 255))
            else:
                x, y = min(max(one.x, 0), 65_535), min(max(one.y, 0), 65_535)
                outside = 0 if (x, y) == (one.x, one.y) else OUTSIDE
                age = self.now_ms // 2_000 - min(one.fix_ms, self.now_ms) // 2_000
                told.append((x, y, one.status | outside, min(age, 255)))
        return [None if one is None else one.id for one in self.slots], told


def view(reader: FrameReader) -> Truth:
    """What a reader holds, in the form of the truth; who has no place is at 0, 0."""
    told: list[tuple[int, int, int, int] | None] = []
    for x, y, status, age in zip(reader.x, reader.y, reader.status, reader.ages(), strict=True):
        if status & 7 == EMPTY:
            told.append(None)
        elif status & NO_PLACE:
            told.append((0, 0, status, age))
        else:
            told.append((x, y, status, age))
    unnamed: list[str | None] = [None] * (len(told) - len(reader.ids))
    return reader.ids + unnamed, told


def read(client: Client, reader: FrameReader, now_s: float, messages: int = 1 << 30) -> None:
    """The client takes what waits, at most so many messages."""
    for _ in range(messages):
        wire = client.outbox.take(now_s)
        if wire is None:
            return
        reader.take(wire)
