"""Recorded events from files: whole lines, whatever the compression and the sizes."""

import gzip
import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from monitor.ingest.codec import decode
from monitor.transports.files import MAX_LINE_BYTES, FileError, read_chunks, size_of

LINES = b"".join(b'{"n":%d}\n' % n for n in range(50_000))


def zipped_twice(data: bytes) -> bytes:
    half = len(data) // 2
    return gzip.compress(data[:half]) + gzip.compress(data[half:])


def zstd_twice(data: bytes) -> bytes:
    half = len(data) // 2
    return zstandard.compress(data[:half]) + zstandard.compress(data[half:])


@pytest.mark.parametrize(
    "pack", [bytes, gzip.compress, zipped_twice, zstandard.compress, zstd_twice]
)
@pytest.mark.parametrize("chunk_bytes", [1, 1_000, 1_000_000])
def test_pieces_are_whole_lines_and_lose_nothing(
    tmp_path: Path, pack: Callable[[bytes], bytes], chunk_bytes: int
) -> None:
    """Plain, gzip and zstd, in one part or two, give the same lines; the name does not matter."""
    path = tmp_path / "events"
    path.write_bytes(pack(LINES))
    chunks = list(read_chunks(path, chunk_bytes))
    assert b"".join(chunk for chunk, _ in chunks) == LINES
    assert all(chunk.endswith(b"\n") for chunk, _ in chunks)
    progress = [read for _, read in chunks]
    assert progress == sorted(progress)
    assert progress[-1] == size_of(path) == path.stat().st_size


def test_the_last_line_needs_no_line_end(tmp_path: Path) -> None:
    """A file that ends in the middle of a line keeps that line."""
    path = tmp_path / "events"
    path.write_bytes(b"one\ntwo")
    assert b"".join(chunk for chunk, _ in read_chunks(path, 1)) == b"one\ntwo"


def test_an_empty_file_has_no_pieces(tmp_path: Path) -> None:
    """Nothing in, nothing out."""
    path = tmp_path / "events"
    path.write_bytes(b"")
    assert list(read_chunks(path)) == []


def test_a_very_long_line_is_cut_and_its_neighbours_stay(tmp_path: Path) -> None:
    """It comes out as one short line that is no event, and memory stays bounded."""
    good = b'{"type":"order.ready","city":"riga","ts":%d,"order_id":"o"}\n'
    path = tmp_path / "events"
    path.write_bytes(good % 1 + b'{"x":"' + b"y" * (5 * MAX_LINE_BYTES) + b'"}\n' + good % 2)
    chunks = [chunk for chunk, _ in read_chunks(path)]
    assert max(map(len, chunks)) < 3 * MAX_LINE_BYTES
    decoded = decode(b"".join(chunks))
    assert [event.ts for event in decoded.events] == [1, 2]
    assert [bad.reason for bad in decoded.rejected] == ["malformed"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.gz", gzip.compress(LINES)[:-20], "gzip data is cut off"),
        ("a.gz", gzip.compress(LINES)[:1_000], "gzip data is cut off"),
        ("a.gz", gzip.compress(LINES)[:500] + b"\0" * 500, "broken gzip data"),
        ("a.gz", b"hello", "not a gzip file"),
        ("a.zst", zstandard.compress(LINES)[:-20], "zstd data is cut off"),
        ("a.zst", zstandard.compress(LINES)[:4] + b"\xff" * 500, "broken zstd data"),
        ("a.zst", b"hello", "not a zstd file"),
    ],
)
def test_a_broken_file_is_named_with_its_fault(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    """The error says in one line which file and what is wrong with it."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FileError, match=words) as caught:
        list(read_chunks(path))
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_folder_are_errors_in_words(tmp_path: Path) -> None:
    """Neither ends in a bare OSError."""
    with pytest.raises(FileError, match="No such file"):
        list(read_chunks(tmp_path / "nowhere"))
    with pytest.raises(FileError, match="directory"):
        list(read_chunks(tmp_path))
    assert size_of(tmp_path / "nowhere") is None


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compressed or not, it is read like a file; its size is not known."""
    fake = io.TextIOWrapper(io.BytesIO(gzip.compress(LINES)))
    monkeypatch.setattr(sys, "stdin", fake)
    assert b"".join(chunk for chunk, _ in read_chunks("-")) == LINES
    assert size_of("-") is None
