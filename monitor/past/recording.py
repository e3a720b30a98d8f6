"""Writes the recording: what the engine took, once it is durable, and now and then a snapshot.

Lives here: gathering, a thread that writes, the bounds of hours and megabytes.
Does not live here: the form of the files (`past/files.py`), what is played of them. A disk that
fails costs a gap in the recording and never holds the monitor up.
"""

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from config.store import RecordingSettings
from monitor.past.files import close, frame, listing, open_path, opened, to_drop, write_point
from monitor.store.port import Entry, Snapshot

log = logging.getLogger(__name__)

PENDING_BYTES: Final = 64 << 20  # more than that, not yet written, is let go: a gap
FRAME_BYTES: Final = 1 << 20  # of one frame, before it is packed
PART_BYTES: Final = 8 << 20  # of one file: what can leave in one go
# So much input asks for a point before its time: about what can be repeated in some seconds.
POINT_BYTES: Final = 48 << 20


class Recording:
    """One life of the monitor, as it is recorded; `take` and `offer` never wait."""

    def __init__(self, folder: Path, settings: RecordingSettings) -> None:
        """Goes on in a folder, after what earlier lives have left there; raises OSError."""
        self.entries = 0
        self.lost = 0  # entries that are lacking: the disk failed or was too slow
        self.bytes = 0  # of all files, when last counted
        self.points = 0
        self.failing: str | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="recording")
        self._folder = folder
        self._settings = settings
        self._pending: list[Entry] = []
        self._pending_bytes = 0
        self._point: Snapshot | None = None  # to be written
        self._point_ts: int | None = None  # of the last one
        self._since_point = 0  # bytes taken since
        self._file: BinaryIO | None = None
        self._path = folder
        self._last_seq = -1
        self._last_ts = 0
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in opened(folder):
            close(path)
        for path in folder.glob("*.tmp"):
            path.unlink()
        self._life = listing(folder).last_life + 1

    def take(self, entries: Sequence[Entry]) -> None:
        """Entries of the journal, in their order."""
        size = sum([len(entry.body) for entry in entries])
        if self._pending_bytes + size > PENDING_BYTES:
            self._lose(len(entries))
            return
        self._pending += entries
        self._pending_bytes += size
        self._since_point += size

    def offer(self, snapshot: Snapshot) -> None:
        """A snapshot, all of whose entries have been taken: a point, if one is due."""
        if self.is_due(snapshot.ts):
            self._point = snapshot
            self._point_ts = snapshot.ts
            self._since_point = 0

    def is_due(self, ts: int) -> bool:
        """Whether a snapshot of this time would become a point."""
        if ts <= 0:
            return False  # the clock of the events has not begun
        return (
            self._point_ts is None
            or ts - self._point_ts >= self._settings.point_min * 60_000
            or self._since_point >= POINT_BYTES
        )

    def want_point(self) -> None:
        """The next snapshot shall be a point: what lies before it is played otherwise."""
        self._point_ts = None

    async def flush(self) -> None:
        """Write what waits; about once a second."""
        entries, self._pending, self._pending_bytes = self._pending, [], 0
        point, self._point = self._point, None
        if not entries and point is None:
            return
        try:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._thread, self._write, entries, point)
        except OSError as fault:
            if self.failing is None:
                log.error("the recording can't be written, a gap begins: %s", fault)
            self.failing = str(fault)
            self._lose(len(entries))
            return
        if self.failing is not None:
            log.warning("the recording is written again")
        self.failing = None
        self.entries += len(entries)

    async def finish(self) -> None:
        """Write what waits, and nothing more."""
        await self.flush()
        with suppress(OSError):  # the next life closes what was left open
            await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown(wait=False)

    def _lose(self, count: int) -> None:
        self.lost += count
        self.want_point()

    # --- in the thread, one after the other ----------------------------------------------------

    def _write(self, entries: Sequence[Entry], point: Snapshot | None) -> None:
        try:
            for some in _framed(entries):
                self._append(some)
            if point is not None:
                self._last_ts = max(self._last_ts, point.ts)
                self._close()
                write_point(self._folder, self._life, point.seq, point.ts, point.body)
                self.points += 1
                self._trim()
        except OSError:
            # What is whole in it counts; nothing must come after a torn end.
            if self._file is not None:
                with suppress(OSError):
                    self._file.close()
                self._file = None
            raise

    def _append(self, entries: Sequence[Entry]) -> None:
        if entries[0].seq != self._last_seq + 1:
            self._close()
        if self._file is None:
            self._path = open_path(self._folder, self._life, entries[0])
            self._file = self._path.open("xb")
        self._file.write(frame(entries))
        self._file.flush()
        self._last_seq, self._last_ts = entries[-1].seq, entries[-1].ts
        if self._file.tell() >= PART_BYTES:
            self._close()
            self._trim()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
            close(self._path)

    def _trim(self) -> None:
        """Let go what is past its time or above the bound, the next part's room included."""
        there = listing(self._folder)
        cutoff_ms = self._last_ts - round(self._settings.keep_h * 3_600_000)
        room = (self._settings.keep_mb << 20) - PART_BYTES - FRAME_BYTES
        dropped = to_drop(there, cutoff_ms, room)
        for path in dropped:
            path.unlink(missing_ok=True)
        self.bytes = listing(self._folder).size if dropped else there.size


def _framed(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Cut where a frame is full, and where an entry is lacking."""
    frames: list[list[Entry]] = []
    size = FRAME_BYTES
    for entry in entries:
        if size >= FRAME_BYTES or entry.seq != frames[-1][-1].seq + 1:
            frames.append([])
            size = 0
        frames[-1].append(entry)
        size += len(entry.body)
    return frames
