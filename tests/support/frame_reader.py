"""A client's side of the couriers as columns: slots and frames, as `docs/stream.md` tells them.

Pure; written from the page, without the code of `ws/frames.py`. One courier after the other, since
it is for small cities.
"""

import json
import struct
from typing import Any, Literal

Outcome = Literal["applied", "needs-keyframe", "ignored"]

HEAD = struct.Struct("<4sBBHIIIIIId4d6I")
EMPTY = 7
KEYFRAME = 1


class Body:
    """The arrays behind the head of a frame, read one after the other."""

    def __init__(self, wire: bytes) -> None:
        self.wire = wire
        self.at = HEAD.size

    def take(self, code: str, count: int) -> list[int]:
        """So many numbers of a kind; the next array begins at a multiple of 4."""
        numbers = struct.unpack_from(f"<{count}{code}", self.wire, self.at)
        self.at += -(-struct.calcsize(f"<{count}{code}") // 4) * 4
        return list(numbers)

    def slots(self, is_list: bool, count: int, slots: int) -> list[int]:
        """The slots of a section."""
        if is_list:
            return self.take("I", count)
        bits = self.take("B", -(-slots // 8))
        found = [slot for slot in range(slots) if bits[slot >> 3] >> (slot & 7) & 1]
        assert len(found) == count
        return found


class FrameReader:
    """What a watcher has of one city."""

    def __init__(self) -> None:
        self.handle = 0
        self.seq = 0
        self.ts_ms = 0
        self.box: tuple[float, ...] = ()
        self.ids: list[str | None] = []
        self.x: list[int] = []
        self.y: list[int] = []
        self.status: list[int] = []
        self.stage: list[int] = []  # of the fix, on the server's clock
        self.stage_ms = 0
        self.couriers = 0
        self.outcomes: list[Outcome] = []

    def take(self, wire: bytes) -> Outcome | None:
        """Take in one message, text or binary; what came of a frame."""
        if wire[:4] == b"CWCF":
            outcome = self.apply(wire)
            self.outcomes.append(outcome)
            return outcome
        message = json.loads(wire)
        if message["type"] == "slots":
            self.take_slots(message)
        return None

    def take_slots(self, message: Any) -> None:
        """Couriers came and went, or everything begins anew."""
        if message["whole"] and message["part"] == 1:
            self.__init__()  # type: ignore[misc]
            self.handle = message["handle"]
        assert message["handle"] == self.handle
        for slot in message["gone"]:
            assert self.ids[slot] is not None
            self.ids[slot] = None
        for first, ids in message["runs"]:
            self.ids += [None] * (first + len(ids) - len(self.ids))
            for slot, id_ in enumerate(ids, first):
                assert self.ids[slot] is None, "given to another before it was told gone"
                self.ids[slot] = id_

    def apply(self, wire: bytes) -> Outcome:
        """Take in a frame."""
        head = HEAD.unpack_from(wire)
        magic, version, kind, listed, handle, seq, base, slots, couriers, stage_ms = head[:10]
        assert (magic, version) == (b"CWCF", 1)
        if handle != self.handle:
            return "ignored"
        if kind != KEYFRAME and base != self.seq:
            return "needs-keyframe"
        self.stage_ms, self.ts_ms, self.box = stage_ms, int(head[10]), head[11:15]
        self.seq, self.couriers = seq, couriers
        body = Body(wire)
        if kind == KEYFRAME:
            self.x, self.y = body.take("H", slots), body.take("H", slots)
            self.status = body.take("B", slots)
            self.stage = [self.now_stage - age for age in body.take("B", slots)]
        else:
            self.grow(slots)
            self.apply_sections(body, head[15:], listed, slots)
        assert body.at == len(wire)
        return "applied"

    def grow(self, slots: int) -> None:
        """Empty slots behind those there are."""
        more = slots - len(self.x)
        assert more >= 0
        self.x += [0] * more
        self.y += [0] * more
        self.status += [EMPTY] * more
        self.stage += [0] * more

    def apply_sections(self, body: Body, counts: tuple[int, ...], listed: int, slots: int) -> None:
        """What changed: jumps, far and near moves, statuses, fresh and older fixes."""
        for section, count in enumerate(counts):
            if not count:
                continue
            which = body.slots(bool(listed >> section & 1), count, slots)
            match section:
                case 0:
                    xs, ys = body.take("H", count), body.take("H", count)
                    for slot, x, y in zip(which, xs, ys, strict=True):
                        self.x[slot], self.y[slot] = x, y
                case 1:
                    xs, ys = body.take("b", count), body.take("b", count)
                    for slot, dx, dy in zip(which, xs, ys, strict=True):
                        self.x[slot] += dx
                        self.y[slot] += dy
                case 2:
                    for slot, both in zip(which, body.take("B", count), strict=True):
                        self.x[slot] += ((both & 15) ^ 8) - 8
                        self.y[slot] += ((both >> 4) ^ 8) - 8
                case 3:
                    for slot, status in zip(which, body.take("B", count), strict=True):
                        self.status[slot] = status
                case 4:
                    for slot in which:
                        self.stage[slot] = self.now_stage
                case 5:
                    for slot, age in zip(which, body.take("B", count), strict=True):
                        self.stage[slot] = self.now_stage - age

    @property
    def now_stage(self) -> int:
        """The stage of the last frame's time."""
        return self.ts_ms // self.stage_ms

    def ages(self) -> list[int]:
        """Stages from each fix to the last frame, at most 255."""
        return [min(255, self.now_stage - stage) for stage in self.stage]
