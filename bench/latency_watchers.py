"""Watchers of the live map who can tell when each position was on their screen.

They watch as the map does: couriers as columns, zones as JSON. All note when each frame came; one,
the `Probe`, keeps the bytes, out of which it is told afterwards, while nothing is measured, which
reports a frame showed: a courier rides through the same few places again and again (`stamped`),
so where he is says which of his reports it was. A frame is made once for all who watch, so what the
probe saw in it holds for everybody. Lives here: that. Does not live here: processes and records
(`latency.py`).
"""

import struct
import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from websockets.frames import Opcode

from bench.fanout_readers import Watcher
from bench.stamped import CITY, COURIERS, PHASE_DEG, PHASES, places
from tests.support.frame_reader import EMPTY, FrameReader
from ws.frames import STATUS_BITS, STEPS

_SEQ_AT = 13  # in the head of a frame, the byte of the opcode before it
I64 = NDArray[np.int64]


class Screen(Watcher):
    """A watcher of couriers and zones: `frames` are their numbers and when they came, in ns."""

    def __init__(self, *, keeps: bool) -> None:
        super().__init__("couriers")
        self.frames: list[tuple[int, int]] = []
        self.wires: list[bytes] = []  # all messages of the couriers, where they are kept
        self.zones = 0
        self._keeps = keeps
        if keeps:
            self.peek = 1 << 30

    def subscribe(self) -> None:
        """As the map does."""
        couriers = {"id": "c", "city": CITY, "layers": ["couriers"], "form": "columns"}
        zones = {"id": "z", "city": CITY, "layers": ["zones"]}
        self.say(
            {"type": "hello"}, {"type": "subscribe", **couriers}, {"type": "subscribe", **zones}
        )

    def heard(self, head: bytearray) -> None:
        """Note a frame."""
        is_frame = head[0] & 15 == Opcode.BINARY
        if is_frame:
            self.frames.append((struct.unpack_from("<I", head, _SEQ_AT)[0], time.time_ns()))
        else:
            self.zones += b'"zones"' in head[:128]
        if self._keeps and (is_frame or b'"slots"' in head[:64]):
            self.wires.append(bytes(head[1:]))


@dataclass(frozen=True, slots=True)
class Shown:
    """A frame, and the numbers of the positions that were first to be seen in it."""

    seq: int
    at_ns: int  # when the probe had it
    positions: I64


def shown(probe: Screen, sent_ns: I64) -> Iterator[Shown]:
    """What each frame showed, by what was sent when; the first frame shows too much to tell.

    Position n is report n // COURIERS of courier n % COURIERS. One that was overtaken within a beat
    is seen where the newer one is.
    """
    lat = np.array(places()[1])
    reader, when = FrameReader(), dict(probe.frames)
    known = np.full(COURIERS, -1)  # the last report seen of each
    for wire in probe.wires:
        if reader.take(wire) != "applied":
            continue
        _, south, _, north = reader.box
        slots = [
            (slot, int(id_[1:]))
            for slot, id_ in enumerate(reader.ids)
            if id_ is not None and reader.status[slot] & STATUS_BITS != EMPTY
        ]
        at, rows = np.array(slots, np.int64).reshape(-1, 2).T
        is_at = south + np.array(reader.y)[at] * ((north - south) / STEPS)
        phase = np.rint((is_at - lat[rows]) / PHASE_DEG).astype(np.int64) % PHASES
        at_ns = when[reader.seq]
        sent = int(np.searchsorted(sent_ns, at_ns))
        last = (sent - 1 - rows) // COURIERS  # the last report that had been sent by then
        report = last - (last - phase) % PHASES
        positions = _between(rows, known[rows], report)
        known[rows] = np.maximum(known[rows], report)
        yield Shown(reader.seq, at_ns, positions)


def _between(rows: I64, before: I64, now: I64) -> I64:
    """The numbers of all reports after the one known and up to the one seen."""
    found = list[I64]()
    for more in range(int(np.max(now - before, initial=0))):
        is_new = before + more < now
        found.append(rows[is_new] + (before[is_new] + more + 1) * COURIERS)
    return np.concatenate(found) if found else np.zeros(0, np.int64)


def arrivals(screens: Sequence[Screen], seq: int) -> I64:
    """When each of them had the frame, or the first after it; who had neither is left out."""
    found: list[int] = []
    for screen in screens:
        at = bisect_left(screen.frames, (seq, 0))
        if at < len(screen.frames):
            found.append(screen.frames[at][1])
    return np.array(found, np.int64)
