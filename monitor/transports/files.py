"""Recorded events from a file or standard input, in large pieces of whole lines.

Lives here: reading plain, gzip and zstd files (told by their first bytes, not by their names), and
cutting them at line ends. Does not live here: decoding. Called by the replay (`read_chunks`); a
file that grows is followed by `follow.py`, which cuts it by the same `LineCutter`.
"""

import sys
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, nullcontext
from pathlib import Path
from typing import BinaryIO, Final

import zstandard

from config.packed import GZIP, ZSTD

Pieces = Generator[bytes, None, None]
Chunks = Generator[tuple[bytes, int], None, None]

CHUNK_BYTES: Final = 1024 * 1024
# A line beyond this is cut to its beginning, which no longer is an event: it is refused, counted.
MAX_LINE_BYTES: Final = 1024 * 1024
CUT_LINE_BYTES: Final = 1024

_READ_BYTES: Final = 64 * 1024
# zstd may turn 4 bytes into 128 kB: pieces this small keep what they inflate to in bounds.
_READ_ZSTD_BYTES: Final = 4 * 1024


class FileError(Exception):
    """The file can't be read; its text names the file and the reason, in one line."""


def read_chunks(path: str | Path, chunk_bytes: int = CHUNK_BYTES) -> Chunks:
    """Pieces of whole lines, in order, each with the bytes of the file read so far.

    `-` is standard input. A piece holds about `chunk_bytes`, and at least one line; the last line
    needs no line end. Raises FileError when the file is missing, cut off or not what it seems.
    """
    name = "standard input" if str(path) == "-" else str(path)
    try:
        with nullcontext(sys.stdin.buffer) if str(path) == "-" else Path(path).open("rb") as file:
            counted = _Counted(file)
            with closing(_whole_lines(_inflated(counted, name), chunk_bytes)) as chunks:
                for chunk in chunks:
                    yield chunk, counted.count
    except OSError as fault:
        raise FileError(f"{name}: {fault.strerror or fault}") from fault


def size_of(path: str | Path) -> int | None:
    """The size of the file in bytes, for a progress bar; None for standard input."""
    try:
        return None if str(path) == "-" else Path(path).stat().st_size
    except OSError:
        return None


class LineCutter:
    """Cuts bytes that come in parts at their line ends; holds an incomplete line, within bounds.

    `held` is the number of bytes that came and did not go out yet, `skipping` whether what comes
    next is the rest of a line that was cut: with both one may go on later with another cutter.
    """

    def __init__(self, piece_bytes: int, *, skipping: bool = False) -> None:
        """Lines go out once `piece_bytes` are together."""
        self.held = 0
        self.skipping = skipping
        self._piece_bytes = piece_bytes
        self._waiting: list[bytes] = []

    def cut(self, part: bytes) -> Iterator[bytes]:
        """The pieces of whole lines that are ready with this part (of CHUNK_BYTES at most)."""
        if self.skipping:
            _, end, part = part.partition(b"\n")
            if not end:
                return
            self.skipping = False
        self._waiting.append(part)
        self.held += len(part)
        if self.held < self._piece_bytes:
            return
        # Mostly this part has a line end, and the lines are copied once.
        whole = part.rfind(b"\n") + 1
        if whole:
            self._waiting[-1], rest = part[:whole], part[whole:]
            yield b"".join(self._waiting)
        else:
            lines, end, rest = b"".join(self._waiting).rpartition(b"\n")
            if end:
                yield lines + end
        if len(rest) > MAX_LINE_BYTES:
            yield rest[:CUT_LINE_BYTES] + b"\n"
            rest, self.skipping = b"", True
        self._waiting, self.held = [rest], len(rest)

    def rest(self) -> bytes:
        """What is held: lines for which there was not enough yet, the last perhaps without end."""
        return b"".join(self._waiting)


class _Counted:
    """A file that knows how much of it was read."""

    def __init__(self, file: BinaryIO) -> None:
        self.count = 0
        self._file = file

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        self.count += len(data)
        return data


def _inflated(file: _Counted, name: str) -> Pieces:
    head = file.read(_READ_ZSTD_BYTES)
    if head.startswith(GZIP):
        yield from _gunzip(file, head, name)
    elif head.startswith(ZSTD):
        yield from _unzstd(file, head, name)
    elif name.endswith((".gz", ".zst")):
        kind = "gzip" if name.endswith(".gz") else "zstd"
        raise FileError(f"{name}: not a {kind} file, in spite of its name")
    else:
        while head:
            yield head
            head = file.read(_READ_BYTES)


def _gunzip(file: _Counted, data: bytes, name: str) -> Pieces:
    """Members one after the other, as gzip allows."""
    member = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        while data:
            yield member.decompress(data, CHUNK_BYTES)
            if member.eof:
                data = member.unused_data.lstrip(b"\0") or file.read(_READ_BYTES)
                if data:
                    member = zlib.decompressobj(zlib.MAX_WBITS | 16)
            else:
                data = member.unconsumed_tail or file.read(_READ_BYTES)
    except zlib.error as fault:
        raise FileError(f"{name}: broken gzip data ({fault})") from fault
    if not member.eof:
        raise FileError(f"{name}: the gzip data is cut off")


def _unzstd(file: _Counted, data: bytes, name: str) -> Pieces:
    """Frames one after the other, as zstd allows."""
    fresh: Callable[[], zstandard.ZstdDecompressionObj] = zstandard.ZstdDecompressor().decompressobj
    frame = fresh()
    try:
        while data:
            yield frame.decompress(data)
            data = b""
            if frame.eof:
                data = frame.unused_data or file.read(_READ_ZSTD_BYTES)
                if data:
                    frame = fresh()
            else:
                data = file.read(_READ_ZSTD_BYTES)
    except zstandard.ZstdError as fault:
        raise FileError(f"{name}: broken zstd data ({fault})") from fault
    if not frame.eof:
        raise FileError(f"{name}: the zstd data is cut off")


def _whole_lines(pieces: Pieces, chunk_bytes: int) -> Pieces:
    cutter = LineCutter(chunk_bytes)
    for piece in pieces:
        for start in range(0, len(piece), CHUNK_BYTES):
            yield from cutter.cut(piece[start : start + CHUNK_BYTES])
    if cutter.held:
        yield cutter.rest()
