"""The files of a recording: points to begin from, and parts of the journal, in one folder.

Their names carry what is in them, so that a listing of the folder is the whole index: whoever
writes (`past/recording.py`) and whoever plays (`past/player.py`, another process) read the same. A
life is one run of the monitor; within it the journal's `seq` rises by one.

    point-LIFE-SEQ-TS.bin               a snapshot, as `snapshots.encode` makes it
    part-LIFE-FIRST-LAST-FROM-TO.bin    frames of entries FIRST to LAST, whose times are FROM to TO
    open-LIFE-FIRST-FROM.bin            the part that is being written

    frame: u32 bytes packed | u64 first seq | u64 last seq | i64 first ts | i64 last ts |
           8 bytes BLAKE2b of the packed | u32 CRC of all before | the packed: a zlib stream of,
           for each entry, u64 seq, i64 ts, u32 length, the body

A frame that is cut off or damaged ends its part; what is lacking is a gap.
"""

import re
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from monitor.store.port import Entry

LEVEL: Final = 3  # of zlib: 5 to 6 times smaller, 50 MB a second
_FRAME: Final = struct.Struct("<IQQqq8s")
_CHECK: Final = struct.Struct("<I")
_HEAD_BYTES: Final = _FRAME.size + _CHECK.size
_ENTRY: Final = struct.Struct("<QqI")
_POINT: Final = re.compile(r"point-(\d+)-(\d+)-(-?\d+)\.bin")
_PART: Final = re.compile(r"part-(\d+)-(\d+)-(\d+)-(-?\d+)-(-?\d+)\.bin")
_OPEN: Final = re.compile(r"open-(\d+)-(\d+)-(-?\d+)\.bin")


class Point(NamedTuple):
    """A state to begin from: that after entry `seq` of a life."""

    life: int
    seq: int
    ts: int
    size: int
    path: Path


class Part(NamedTuple):
    """Some of the journal, without a hole."""

    life: int
    first: int
    last: int
    from_ts: int
    to_ts: int
    size: int
    path: Path


class Stretch(NamedTuple):
    """A time that can be played without a gap."""

    from_ts: int
    to_ts: int


@dataclass(frozen=True, slots=True)
class Listing:
    """What there is, the oldest first."""

    points: tuple[Point, ...] = ()
    parts: tuple[Part, ...] = ()

    @property
    def files(self) -> list[Point | Part]:
        """All of it."""
        return [*self.points, *self.parts]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(one.size for one in self.files)

    @property
    def last_life(self) -> int:
        """The number of the newest life, 0 for none."""
        return max((one.life for one in self.files), default=0)

    def is_gap(self, ts: int) -> bool:
        """Whether the recording is interrupted there."""
        return any(a.to_ts < ts < b.from_ts for a, b in pairwise(self.stretches()))

    def points_before(self, ts: int) -> list[Point]:
        """Those from which `ts` can be reached, the nearest first."""
        return [point for point in reversed(self.points) if point.ts <= ts]

    def stretches(self) -> list[Stretch]:
        """The times that can be played; between two of them is a gap."""
        found: list[Stretch] = []
        for run in self._runs():
            life, first, last = run[0].life, run[0].first, run[-1].last
            begins = [p.ts for p in self.points if p.life == life and first - 1 <= p.seq <= last]
            if begins:
                found.append(Stretch(min(begins), max(run[-1].to_ts, *begins)))
        if self.points and (not found or self.points[-1].ts > found[-1].to_ts):
            newest = self.points[-1].ts  # a life of which nothing else is written yet
            found.append(Stretch(newest, newest))
        return found

    def _runs(self) -> Iterator[list[Part]]:
        """Parts that follow each other without a hole."""
        run: list[Part] = []
        for part in self.parts:
            if run and (run[-1].life != part.life or run[-1].last + 1 != part.first):
                yield run
                run = []
            run.append(part)
        if run:
            yield run


def listing(folder: Path) -> Listing:
    """What is in the folder; a file that leaves meanwhile is not there."""
    points: list[Point] = []
    parts: list[Part] = []
    for path in folder.iterdir() if folder.is_dir() else ():
        try:
            if match := _POINT.fullmatch(path.name):
                life, seq, ts = map(int, match.groups())
                points.append(Point(life, seq, ts, path.stat().st_size, path))
            elif match := _PART.fullmatch(path.name):
                life, first, last, from_ts, to_ts = map(int, match.groups())
                parts.append(Part(life, first, last, from_ts, to_ts, path.stat().st_size, path))
            elif match := _OPEN.fullmatch(path.name):
                parts += _opened(path, *map(int, match.groups()))
        except FileNotFoundError:
            continue
    return Listing(tuple(sorted(points)), tuple(sorted(parts)))


def _opened(path: Path, life: int, first: int, from_ts: int) -> list[Part]:
    with path.open("rb") as file:
        heads = list(_heads(file))
    if not heads:
        return []
    last = heads[-1]
    return [Part(life, first, last.last, from_ts, last.to_ts, last.end, path)]


class _Head(NamedTuple):
    """The head of a frame, and where its contents begin and end in the file."""

    first: int
    last: int
    from_ts: int
    to_ts: int
    told: bytes
    start: int
    end: int


def _heads(file: BinaryIO) -> Iterator[_Head]:
    """The head of each frame that is whole; the file may be moved in between."""
    size = file.seek(0, 2)
    at = 0
    while at + _HEAD_BYTES <= size:
        file.seek(at)
        head = file.read(_HEAD_BYTES)
        length, first, last, from_ts, to_ts, told = _FRAME.unpack_from(head)
        start = at + _HEAD_BYTES
        at = start + length
        if at > size or _check(head[: _FRAME.size]) != head[_FRAME.size :]:
            return
        yield _Head(first, last, from_ts, to_ts, told, start, at)


def entries(folder: Path, life: int, after: int) -> Iterator[Entry]:
    """The journal of a life after an entry, up to its end or the first hole.

    Raises OSError where a file can't be read; one that has just been renamed is found again.
    """
    while True:
        part = next((p for p in listing(folder).parts if p.life == life and p.last > after), None)
        if part is None or part.first > after + 1:
            return
        try:
            with part.path.open("rb") as file:
                reached = after
                for entry in _read(file, after):
                    yield entry
                    reached = entry.seq
        except FileNotFoundError:
            continue
        if reached == after:
            return  # damaged where it should go on
        after = reached


def _read(file: BinaryIO, after: int) -> Iterator[Entry]:
    for head in _heads(file):
        if head.last <= after:
            continue
        if head.first > after + 1:
            return
        file.seek(head.start)
        packed = file.read(head.end - head.start)
        if _told(packed) != head.told:
            return
        for entry in _unpacked(zlib.decompress(packed)):
            if entry.seq > after:
                yield entry
        after = head.last


def _unpacked(raw: bytes) -> Iterator[Entry]:
    at = 0
    while at < len(raw):
        seq, ts, length = _ENTRY.unpack_from(raw, at)
        at += _ENTRY.size
        yield Entry(seq, ts, raw[at : at + length])
        at += length


def frame(told: Sequence[Entry]) -> bytes:
    """Some entries, which follow each other, as a frame."""
    packed = zlib.compress(
        b"".join(part for e in told for part in (_ENTRY.pack(e.seq, e.ts, len(e.body)), e.body)),
        LEVEL,
    )
    first, last = told[0], told[-1]
    head = _FRAME.pack(len(packed), first.seq, last.seq, first.ts, last.ts, _told(packed))
    return head + _check(head) + packed


def _check(head: bytes) -> bytes:
    return _CHECK.pack(zlib.crc32(head))


def _told(packed: bytes) -> bytes:
    return blake2b(packed, digest_size=8).digest()


def open_path(folder: Path, life: int, first: Entry) -> Path:
    """Where a part that begins with this entry is written."""
    return folder / f"open-{life:06}-{first.seq:012}-{first.ts}.bin"


def close(path: Path) -> None:
    """Give a part that is written no further its lasting name; one without a frame leaves."""
    match = _OPEN.fullmatch(path.name)
    assert match is not None, path
    found = _opened(path, *map(int, match.groups()))
    if not found:
        path.unlink()
        return
    (part,) = found
    numbers = f"{part.life:06}-{part.first:012}-{part.last:012}-{part.from_ts}-{part.to_ts}"
    path.rename(path.with_name(f"part-{numbers}.bin"))


def opened(folder: Path) -> list[Path]:
    """Parts that an earlier life has left open."""
    return [path for path in folder.iterdir() if _OPEN.fullmatch(path.name)]


def write_point(folder: Path, life: int, seq: int, ts: int, body: bytes) -> None:
    """Keep a snapshot as a point, whole or not at all."""
    path = folder / f"point-{life:06}-{seq:012}-{ts}.bin"
    making = path.with_suffix(".tmp")
    making.write_bytes(body)
    making.rename(path)


def to_drop(there: Listing, before_ts: int, max_bytes: int) -> list[Path]:
    """What leaves, so that nothing is older than needed for `before_ts` and all fits `max_bytes`.

    What can be played goes on from a point: the parts that only an older one needs leave with it.
    """
    points = there.points
    first = max((i for i, point in enumerate(points) if point.ts <= before_ts), default=0)
    while True:
        kept = points[first:]
        parts = [part for part in there.parts if not kept or _is_needed(part, kept[0])]
        size = Listing(kept, tuple(parts)).size
        if size <= max_bytes or len(kept) <= 1:
            break
        first += 1
    while size > max_bytes and parts:  # no newer point has come for long
        size -= parts.pop(0).size
    held = {one.path for one in Listing(kept, tuple(parts)).files}
    return [one.path for one in there.files if one.path not in held]


def _is_needed(part: Part, point: Point) -> bool:
    return (part.life, part.last) > (point.life, point.seq)
