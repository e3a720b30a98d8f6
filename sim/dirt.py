"""Dirties a stream of events as real ones are dirty: for tests of what takes it in.

Each line comes with the name of what was done to it, so that a test can count. A repeat or a late
line is a line of the stream itself, seen again or seen later than its place; the rest is refuse
that must be refused. Used by tests and benchmarks.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from monitor.core.events import CourierPosition, Event
from sim.wire import encode

Mark = Literal[
    "clean", "late", "repeat", "stale", "malformed", "unknown_type", "bad_place"
]  # fmt: skip

# A late line comes up to this many lines after its place, a repeat up to as many after its first.
FARTHEST_LINES: Final = 50
# A stale position is the courier's place of this long ago, sent again.
STALE_MS: Final = 30_000

_BAD_PLACES: Final = (b"91.5", b"-200.25", b"1e999", b"NaN", b'"north"', b"null")


@dataclass(frozen=True, slots=True)
class Dirt:
    """What share of the lines gets which treatment, each from 0 to 1; their sum at most 1."""

    late: float = 0.01
    repeat: float = 0.01
    stale: float = 0.01
    malformed: float = 0.005
    unknown_type: float = 0.005
    bad_place: float = 0.005

    def __post_init__(self) -> None:
        """Raise ValueError for shares that cannot be."""
        shares = (
            self.late, self.repeat, self.stale, self.malformed, self.unknown_type, self.bad_place,
        )  # fmt: skip
        if min(shares) < 0.0 or sum(shares) > 1.0:
            raise ValueError("the shares of dirt must be at least 0 and together at most 1")


def dirty(
    events: Iterable[Event], seed: int, dirt: Dirt | None = None
) -> Iterator[tuple[Mark, bytes]]:
    """The events as lines with refuse between them; each event is once `clean` or once `late`.

    A stale line is an older position of a courier whose newer one went out before it.
    """
    shares = dirt or Dirt()
    rng = np.random.default_rng([seed, 3])
    edges = np.cumsum(
        [shares.late, shares.repeat, shares.stale, shares.malformed, shares.unknown_type,
         shares.bad_place]
    ).tolist()  # fmt: skip
    marks: tuple[Mark, ...] = ("late", "repeat", "stale", "malformed", "unknown_type", "bad_place")
    held: deque[tuple[int, Mark, bytes]] = deque()
    old: dict[str, tuple[int, bytes]] = {}
    for number, event in enumerate(events):
        chance, part = rng.random(2).tolist()
        wait = 1 + int(part * FARTHEST_LINES)
        line = encode(event)
        mark: Mark = next(
            (name for name, edge in zip(marks, edges, strict=True) if chance < edge), "clean"
        )
        if mark == "late":
            held.append((number + wait, "late", line))
        else:
            yield "clean", line
        if mark == "repeat":
            held.append((number + wait, "repeat", line))
        elif mark == "malformed":
            yield "malformed", line[: 1 + int(part * (len(line) - 2))]
        elif mark == "unknown_type":
            yield "unknown_type", b'{"type":"courier.sneezed",' + line[line.index(b'"city"') :]
        elif isinstance(event, CourierPosition):
            if mark == "bad_place":
                bad = _BAD_PLACES[int(part * len(_BAD_PLACES))]
                start = line.index(b'"lat":') + 6
                yield "bad_place", line[:start] + bad + line[line.index(b",", start) :]
            elif mark == "stale":
                before = old.get(event.courier_id)
                if before is not None and before[0] < event.ts:
                    yield "stale", before[1]
            if mark != "late":
                known = old.get(event.courier_id)
                if known is None or event.ts - known[0] >= STALE_MS:
                    old[event.courier_id] = (event.ts, line)
        for _ in range(len(held)):
            due, name, waiting = held.popleft()
            if due <= number:
                yield name, waiting
            else:
                held.append((due, name, waiting))
    for _, name, waiting in held:
        yield name, waiting
