"""The file that a name stands for, read on and on: as it grows, is rotated away, or cut off.

Lives here: opening, whole lines, and finding again where one stood; all of it blocks, and is called
from one thread, `follow.py`'s. Does not live here: waiting, and what becomes of the lines.

A place says of which file how far it was read, and holds a mark of what was read. A file whose
bytes up to the place bear that mark is gone on with, whatever its name is by now and even if it is
a copy (logrotate's `copytruncate`); any other is begun at its start. What was rotated away is read
to its end, then what was rotated away after it, and at last the file that bears the name now.
"""

import logging
import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from config.edges import Beginning
from config.packed import HEAD_BYTES, kind_of, refusal
from monitor.transports.files import MAX_LINE_BYTES, FileError, LineCutter

log = logging.getLogger(__name__)

READ_BYTES: Final = MAX_LINE_BYTES + 64 * 1024  # one look: a line too long shows in it
MARK_BYTES: Final = 1024  # of the beginning, and of what stands before the place
ROTATED: Final = (".", "-", "_")  # what stands behind the name in that of a file rotated away


class Place(Struct, frozen=True):
    """Up to `offset` a file was read. That is the beginning of a line, or while `skipping` within
    one that was refused for its length. Without an inode it stands for no file at all."""

    device: int = 0
    inode: int = 0
    offset: int = 0
    mark: str = ""
    changed_ns: int = 0  # when the file was last written to, as far as was known then
    skipping: bool = False


NOWHERE: Final = Place()


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole lines in their order, and the place behind them; `lag` bytes of that file follow."""

    lines: list[bytes]
    place: Place
    lag: int


class Tail:
    """Reads the file that bears a name, and those that bore it before."""

    def __init__(
        self, path: Path, source: str, beginning: Beginning, place: Place | None, linger_s: float
    ) -> None:
        """Goes on from `place`; without one, at the `beginning` of what is there already. A file
        rotated away is left when it has not grown for `linger_s`: its writer may be late."""
        self.place = place
        self.opened = 0  # files since the start
        self._path = path
        self._source = source
        self._beginning = beginning
        self._linger_s = linger_s
        self._fd: int | None = None
        self._seen = 0  # bytes behind the place at the last look
        self._quiet_since_s: float | None = None  # rotated away, and not grown since

    def read(self) -> Piece:
        """The lines that come next, of about a megabyte; none where `place` is all there is.

        Raises OSError or FileError while there is no file that can be read. What it gave before
        is taken as done with: `place` is behind it.
        """
        try:
            if self._fd is None or self.place is None:
                return Piece([], *self._resume())
            fd, place = self._fd, self.place
            part = os.pread(fd, READ_BYTES, place.offset)
            # Looked at after reading: then it was the same file while it was read.
            if not _bears(fd, place):
                return Piece([], *self._resume())
            cutter = LineCutter(1, skipping=place.skipping)
            lines = list(cutter.cut(part))
            done = len(part) - cutter.held
            if done:
                self._quiet_since_s = None
            elif self._is_left(fd, len(part)):
                return self._leave(fd, cutter.rest())
            self._seen = cutter.held
            return Piece(lines, *self._stand(fd, place.offset + done, cutter.skipping))
        except (OSError, FileError):
            self.close()
            raise

    def close(self) -> None:
        """Lets the file go; a `read` after it opens it again."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _stand(self, fd: int, offset: int, skipping: bool = False) -> tuple[Place, int]:
        """The place up to there, and the bytes that follow it."""
        info = os.fstat(fd)
        at = (info.st_dev, info.st_ino, offset)
        if self.place is None or at != (self.place.device, self.place.inode, self.place.offset):
            self.place = Place(*at, _mark(fd, offset), info.st_mtime_ns, skipping)
        return self.place, info.st_size - offset

    # --- from file to file --------------------------------------------------------------------

    def _resume(self) -> tuple[Place, int]:
        """Open the file where one stood, or where it is gone the one that came after it."""
        self.close()
        place = self.place
        if place is None:
            return self._begin()
        for path in self._where_it_may_be(place):
            try:
                fd = self._open(path)
            except (OSError, FileError):
                continue
            if _bears(fd, place):
                log.info("%s: goes on with %s at byte %d", self._source, path, place.offset)
                return self._take_up(fd, place.offset, place.skipping)
            os.close(fd)
        path, fd = self._open_after(place.changed_ns, place.inode)
        if place.inode == os.fstat(fd).st_ino:
            log.warning("%s: %s was cut off: begun again at its start", self._source, path)
        elif place.inode:
            log.warning(
                "%s: begins %s at its start; the file that was read up to byte %d is not in the "
                "folder any more: what else it may have held is lost",
                *(self._source, path, place.offset),
            )
        else:
            log.info("%s: follows %s from byte 0 on", self._source, path)
        return self._take_up(fd, 0)

    def _begin(self) -> tuple[Place, int]:
        """Open the file for the first time ever."""
        try:
            fd = self._open(self._path)
        except FileNotFoundError:
            self.place = NOWHERE  # what comes from now on is new, and read from its start
            raise
        offset = _end_of_lines(fd) if self._beginning == "end" else 0
        log.info("%s: follows %s from byte %d on", self._source, self._path, offset)
        return self._take_up(fd, offset)

    def _is_left(self, fd: int, seen: int) -> bool:
        """Whether the name stands for another file by now, and this one does not grow any more."""
        try:
            named = self._path.stat()
        except FileNotFoundError:
            return False
        now_s = time.monotonic()
        if os.path.samestat(named, os.fstat(fd)):
            self._quiet_since_s = None
        elif self._quiet_since_s is None or seen != self._seen:
            self._quiet_since_s = now_s
        if self._quiet_since_s is None:
            return False
        return now_s - self._quiet_since_s >= self._linger_s

    def _leave(self, fd: int, last: bytes) -> Piece:
        """Go on to the next file; the last line, which got no end, is whole as it is."""
        info = os.fstat(fd)
        path, new = self._open_after(info.st_mtime_ns, info.st_ino)
        log.info(
            "%s: read what was rotated away to its end (%d bytes); goes on with %s",
            *(self._source, info.st_size, path),
        )
        # It may be a copy of what was read.
        stood = self.place
        offset = stood.offset if stood is not None and _bears(new, stood) else 0
        self.close()
        return Piece([last] if last else [], *self._take_up(new, offset))

    def _open(self, path: Path) -> int:
        """A file that can be followed, open; raises OSError or FileError."""
        if not stat.S_ISREG(path.stat().st_mode):
            raise FileError(f"{path} is no regular file")
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        words = refusal(str(path), os.pread(fd, HEAD_BYTES, 0))
        if words is not None:
            os.close(fd)
            raise FileError(words)
        return fd

    def _take_up(self, fd: int, offset: int, skipping: bool = False) -> tuple[Place, int]:
        self._fd, self._seen, self._quiet_since_s = fd, 0, None
        self.opened += 1
        return self._stand(fd, offset, skipping)

    # --- the folder ---------------------------------------------------------------------------

    def _where_it_may_be(self, place: Place) -> Iterator[Path]:
        """Under its name, renamed to whatever, or as a copy with a name that begins as its own."""
        yield self._path
        files = self._files()
        yield from (path for path, info in files if info.st_ino == place.inode)
        yield from (path for path, _ in files if self._is_rotated(path))

    def _open_after(self, changed_ns: int, inode: int) -> tuple[Path, int]:
        """What `_after` names, open; names may be given anew at the same moment."""
        while True:
            path = self._after(changed_ns, inode)
            fd = self._open(path)
            if self._after(changed_ns, inode) == path:
                return path, fd
            os.close(fd)

    def _after(self, changed_ns: int, inode: int) -> Path:
        """What was written after a file that was changed last at that time: the first of those
        rotated away since (compressed ones are passed over), else what bears the name now."""
        later = (
            (info.st_mtime_ns, path)
            for path, info in self._files()
            if info.st_mtime_ns > changed_ns > 0
            and info.st_ino != inode
            and self._is_rotated(path)
            and kind_of(path.name, b"") is None
        )
        return min(later, default=(0, self._path))[1]

    def _is_rotated(self, path: Path) -> bool:
        return path.name.startswith(tuple(self._path.name + mark for mark in ROTATED))

    def _files(self) -> list[tuple[Path, os.stat_result]]:
        """The regular files of the folder."""
        found = []
        with os.scandir(self._path.parent) as entries:
            for entry in entries:
                try:
                    if entry.is_file(follow_symlinks=False):
                        found.append((Path(entry.path), entry.stat(follow_symlinks=False)))
                except FileNotFoundError:
                    continue  # gone since the folder was read
        return found


def read_place(text: str) -> Place:
    """A place as it was kept; raises msgspec.MsgspecError."""
    return msgspec.json.decode(text, type=Place)


def write_place(place: Place) -> str:
    """A place as it is kept."""
    return msgspec.json.encode(place).decode()


def _bears(fd: int, place: Place) -> bool:
    """Whether this is the file of that place, with all in it that was read of it, or a copy."""
    info = os.fstat(fd)
    is_file = (info.st_dev, info.st_ino) == (place.device, place.inode)
    # Nothing was read yet: no copy can be told from another file.
    return (is_file or place.offset > 0) and _mark(fd, place.offset) == place.mark


def _mark(fd: int, offset: int) -> str:
    """Of what a file holds up to there: its beginning, and the last of it."""
    size = min(offset, MARK_BYTES)
    read = os.pread(fd, size, 0) + os.pread(fd, size, offset - size)
    return blake2b(read, digest_size=16).hexdigest()


def _end_of_lines(fd: int) -> int:
    """Where the last whole line ends; a longer one than may be is taken for none."""
    size = os.fstat(fd).st_size
    start = max(size - MAX_LINE_BYTES, 0)
    return start + os.pread(fd, size - start, start).rfind(b"\n") + 1
