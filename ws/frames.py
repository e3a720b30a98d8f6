"""Couriers as columns in binary frames: keyframes (all of it) and deltas (what changed).

Pure: arrays in, bytes out. `columns` decides when a frame is made and who gets it; what the bytes
mean to a reader stands in `docs/stream.md`, its decoder in `web/src/wire/frames.ts`.

A courier has a slot, the same in every column. What is told of him is quantised: his place in
steps of the city's box divided by 65,535, the time of his fix in stages of `STAGE_MS` on the
server's clock. A delta holds, for each of its sections that is not empty, the slots concerned (a
bitmap, or a list where that is shorter) and then their values. Near moves take a byte, far ones
two, and whoever was heard within the present stage takes none: 20,000 couriers who all move within
a quarter of a second are 25 kB. Numbers are little-endian; every array begins at a multiple of 4.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ws.topics import Box

MAGIC: Final = b"CWCF"
VERSION: Final = 1
KEYFRAME, DELTA = 1, 2
STEPS: Final = 65_535  # from edge to edge of the box
STAGE_MS: Final = 2_000  # of the age of a fix
OLDEST: Final = 255  # stages: older is told as this

# The status column: a code in the three lowest bits, and flags.
STATUS_BITS: Final = 0b111
EMPTY: Final = 7  # the slot has no courier
SILENT: Final = 8  # on shift, but no fresh position
CARRYING: Final = 16
NO_PLACE: Final = 32  # never sent a position; x and y mean nothing
OUTSIDE: Final = 64  # beyond the box; x and y are on its edge

_HEAD: Final = struct.Struct("<4sBBHIIIIIId4d6I")
HEAD_BYTES: Final = _HEAD.size
_NO_COUNTS: Final = (0,) * 6
_LONG_AGO: Final = -(1 << 40)  # a stage before every clock
_NEAR: Final = (-8, 7)
_FAR: Final = (-128, 127)

U8 = NDArray[np.uint8]
U16 = NDArray[np.uint16]
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Head(Struct, frozen=True):
    """What a frame says of itself.

    `handle` stands for the city, `seq` for the state after the frame, `base` for the one that a
    delta applies on. `ts_ms` is the server's time.
    """

    handle: int
    seq: int
    base: int
    ts_ms: int
    box: Box


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """The quantised columns by slot; `stage` is the time of the fix in whole stages."""

    x: U16
    y: U16
    status: U8
    stage: I64

    def __len__(self) -> int:
        return len(self.x)


def picture(lon: F64, lat: F64, fix_ms: I64, status: U8, box: Box, ts_ms: int) -> Picture:
    """What is told of couriers at these places (degrees, NaN: none) at `ts_ms`.

    `fix_ms` is when they were there; later than `ts_ms` counts as now. `status` has code and flags;
    those of the place are added here. All are columns of one length.
    """
    x, outside_x = _steps(lon, box.west, box.east)
    y, outside_y = _steps(lat, box.south, box.north)
    no_place = np.isnan(lon) | np.isnan(lat)
    told = status.copy()
    told[outside_x | outside_y] |= OUTSIDE
    told[no_place] |= NO_PLACE
    stage = np.minimum(fix_ms, ts_ms) // STAGE_MS
    stage[no_place] = _LONG_AGO
    return Picture(x, y, told, stage)


def _steps(degrees: F64, low: float, high: float) -> tuple[U16, Mask]:
    """Steps from `low`, kept within the box, and who would be outside it."""
    exact = np.rint((degrees - low) * (STEPS / (high - low)))
    outside: Mask = (exact < 0) | (exact > STEPS)
    steps = np.clip(np.nan_to_num(exact), 0, STEPS).astype(np.uint16)
    return steps, outside


def keyframe_bytes(slots: int) -> int:
    """The size of a keyframe of so many slots."""
    return HEAD_BYTES + 2 * _padded(2 * slots) + 2 * _padded(slots)


def keyframe(head: Head, now: Picture) -> bytes:
    """All of it; applies on anything."""
    age = _age(now.stage, head.ts_ms).astype(np.uint8)
    columns = (now.x, now.y, now.status, age)
    parts = [_head(KEYFRAME, head, now, 0, _NO_COUNTS)]
    for column in columns:
        parts += _aligned(column.tobytes())
    return b"".join(parts)


def delta(head: Head, told: Picture, now: Picture) -> bytes | None:
    """What brings who holds `told` to `now`; None where they are the same.

    `now` may have more slots, never fewer. Ages are as they are at `head.ts_ms`: growing older is
    no change.
    """
    told = _grown(told, len(now))
    dx = now.x.astype(np.int32) - told.x
    dy = now.y.astype(np.int32) - told.y
    moved = (dx != 0) | (dy != 0)
    near = moved & _within(dx, dy, _NEAR)
    far = moved & ~near & _within(dx, dy, _FAR)
    jumped = moved & ~near & ~far
    restated = now.status != told.status
    age = _age(now.stage, head.ts_ms)
    heard = age != _age(told.stage, head.ts_ms)
    fresh = heard & (age == 0)
    aged = heard & ~fresh

    sections: tuple[tuple[Mask, tuple[NDArray[np.generic], ...]], ...] = (
        (jumped, (now.x, now.y)),
        (far, (dx.astype(np.int8), dy.astype(np.int8))),
        (near, (((dx & 15) | (dy & 15) << 4).astype(np.uint8),)),
        (restated, (now.status,)),
        (fresh, ()),
        (aged, (age.astype(np.uint8),)),
    )
    counts = tuple(int(np.count_nonzero(mask)) for mask, _ in sections)
    if not any(counts):
        return None
    listed = 0
    parts: list[bytes] = []
    for bit, ((mask, columns), count) in enumerate(zip(sections, counts, strict=True)):
        if not count:
            continue
        if is_list := 4 * count < len(mask) // 8:
            listed |= 1 << bit
        parts += _aligned(_slots(mask, is_list))
        for column in columns:
            parts += _aligned(column[mask].tobytes())
    return b"".join((_head(DELTA, head, now, listed, counts), *parts))


def _head(kind: int, head: Head, now: Picture, listed: int, counts: tuple[int, ...]) -> bytes:
    box = head.box
    return _HEAD.pack(
        MAGIC,
        VERSION,
        kind,
        listed,
        head.handle,
        head.seq,
        head.base,
        len(now),
        int(np.count_nonzero(now.status & STATUS_BITS != EMPTY)),
        STAGE_MS,
        float(head.ts_ms),
        box.west,
        box.south,
        box.east,
        box.north,
        *counts,
    )


def _grown(told: Picture, slots: int) -> Picture:
    """With empty slots behind those told, as a reader adds them."""
    more = slots - len(told)
    if more < 0:
        raise ValueError("slots never become fewer")
    if more == 0:
        return told
    return Picture(
        np.append(told.x, np.zeros(more, np.uint16)),
        np.append(told.y, np.zeros(more, np.uint16)),
        np.append(told.status, np.full(more, EMPTY, np.uint8)),
        np.append(told.stage, np.full(more, _LONG_AGO, np.int64)),
    )


def _age(stage: I64, ts_ms: int) -> I64:
    """Whole stages from the fix to `ts_ms`, at most `OLDEST`."""
    age: I64 = np.minimum(ts_ms // STAGE_MS - stage, OLDEST)
    return age


def _within(dx: NDArray[np.int32], dy: NDArray[np.int32], bounds: tuple[int, int]) -> Mask:
    low, high = bounds
    within: Mask = (dx >= low) & (dx <= high) & (dy >= low) & (dy <= high)
    return within


def _slots(mask: Mask, is_list: bool) -> bytes:
    """The slots of a section: their numbers as u32, or a bit each, the lowest first."""
    if is_list:
        return np.flatnonzero(mask).astype("<u4").tobytes()
    return np.packbits(mask, bitorder="little").tobytes()


def _padded(size: int) -> int:
    return -(-size // 4) * 4


def _aligned(array: bytes) -> Iterator[bytes]:
    """An array and what is missing to a multiple of 4."""
    yield array
    yield bytes(_padded(len(array)) - len(array))
