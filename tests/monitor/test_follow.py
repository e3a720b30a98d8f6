"""A file that is followed: as it grows, is rotated, is cut off, is missing; and where one stood."""

import asyncio
import logging
import os
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from config.edges import Beginning
from monitor.ingest.codec import decode
from monitor.transports.files import MAX_LINE_BYTES
from monitor.transports.follow import FollowedFile, FollowOptions
from monitor.transports.follow_file import NOWHERE, read_place, write_place
from tests.support.sources import running, until

LINGER_S = 0.05
Rename = Callable[[Path, Path], None]


@dataclass
class Reader:
    """Lives of one source, as the monitor would have them: its place is kept between them."""

    path: Path
    beginning: Beginning = "start"
    kept: str | None = None
    pieces: list[bytes] = field(default_factory=list)
    is_held: bool = False  # nothing more becomes durable
    waits: bool = False  # something is there that would

    @property
    def read(self) -> bytes:
        """All that came, in its order."""
        return b"".join(self.pieces)

    async def take(self, payloads: Sequence[bytes]) -> None:
        """The sink: what came is durable on return."""
        if self.is_held:
            self.waits = True
            await asyncio.Event().wait()
        self.pieces += payloads

    def _note(self, place: str) -> None:
        self.kept = place

    @asynccontextmanager
    async def living(self) -> AsyncIterator[FollowedFile]:
        """A life, from where the last one stood."""
        options = FollowOptions(self.path, self.beginning, poll_s=0.01, linger_s=LINGER_S)
        source = FollowedFile(options, "log", self.kept, self._note)
        async with running(source, self):
            yield source

    async def until(self, read: bytes) -> None:
        """Waits until that much has come, and is what was expected."""
        await until(lambda: len(self.read) >= len(read), f"{len(read)} bytes of {self.path}")
        assert self.read == read

    async def until_at(self, offset: int) -> None:
        """Waits until the place kept stands there."""
        await until(lambda: place_of(self) == offset, f"the place at byte {offset}")


def place_of(reader: Reader) -> int | None:
    """Where the place kept stands."""
    return None if reader.kept is None else read_place(reader.kept).offset


def make_folder(path: Path) -> None:
    """Where a file should be."""
    path.mkdir()


def append(path: Path, data: bytes) -> None:
    """Writes at the end, as a program does that logs."""
    with path.open("ab") as file:
        file.write(data)


def size_of(path: Path) -> int:
    """Its bytes."""
    return path.stat().st_size


def rename(path: Path, to: Path) -> None:
    """As logrotate does."""
    path.rename(to)


def shift(path: Path) -> None:
    """As logrotate does with many: each of those rotated away gets the next number."""
    aged = {int(old.suffix[1:]): old for old in path.parent.glob("*.ndjson.*")}
    for age in sorted(aged, reverse=True):
        rename(aged[age], path.with_name(f"events.ndjson.{age + 1}"))
    rename(path, path.with_name("events.ndjson.1"))


def later(path: Path, by_s: float) -> None:
    """The file was written to so long after now: rotations of a test come too fast to be told."""
    now_ns = path.stat().st_mtime_ns + round(by_s * 1e9)
    os.utime(path, ns=(now_ns, now_ns))


def cut_off(path: Path, fresh: bytes) -> None:
    """It begins anew with this, as the same file."""
    path.write_bytes(fresh)


def copy_and_truncate(path: Path, to: Path) -> None:
    """As logrotate does with `copytruncate`."""
    shutil.copy2(path, to)
    os.truncate(path, 0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file."""
    return tmp_path / "events.ndjson"


@pytest.fixture
def reader(path: Path) -> Reader:
    """Its reader, who has not begun."""
    return Reader(path)


# --- one file -------------------------------------------------------------------------------------


async def test_what_is_there_and_what_comes_is_read_once(path: Path, reader: Reader) -> None:
    """From the start, then as the file grows, blank lines and all, each byte once."""
    append(path, b"1\n2\n")
    async with reader.living() as source:
        await reader.until(b"1\n2\n")
        append(path, b"\n\n3\n")
        await reader.until(b"1\n2\n\n\n3\n")
        await reader.until_at(8)
        assert source.state.connected
        assert (source.state.bytes, source.state.lag_bytes, source.state.opened) == (8, 0, 1)


async def test_half_a_line_waits_for_its_other_half(path: Path, reader: Reader) -> None:
    """It is not handed over before its line end came, and counts as what is behind."""
    append(path, b"1\n2")
    async with reader.living() as source:
        await until(lambda: source.state.lag_bytes == 1, "half a line behind")
        assert reader.read == b"1\n"
        append(path, b"2")
        await until(lambda: source.state.lag_bytes == 2, "still behind")
        append(path, b"\n3\n")
        await reader.until(b"1\n22\n3\n")


async def test_a_file_that_is_not_there_is_waited_for(path: Path, reader: Reader) -> None:
    """The reason is shown meanwhile; when it comes it is read from its start."""
    async with reader.living() as source:
        await until(lambda: source.state.last_error is not None, "a reason")
        assert source.state.last_error == f"{path}: No such file or directory"
        assert not source.state.connected
        append(path, b"1\n")
        await reader.until(b"1\n")
        assert source.state.last_error is None


@pytest.mark.parametrize("head", [b"\x1f\x8b\x08\x00", b"\x28\xb5\x2f\xfd"])
async def test_a_compressed_file_is_refused_in_words(
    path: Path, reader: Reader, head: bytes
) -> None:
    """It is not read, and the reason names what reads it; a plain one in its place is."""
    append(path, head + b"\n" * 100)
    async with reader.living() as source:
        await until(lambda: source.state.last_error is not None, "a reason")
        assert f"`citywatch replay {path}`" in str(source.state.last_error)
        assert not reader.pieces
        plain = path.with_name("plain")
        append(plain, b"1\n")
        plain.replace(path)
        await reader.until(b"1\n")


async def test_a_folder_is_refused_in_words(path: Path, reader: Reader) -> None:
    """What is no file is not read, and not waited for in silence."""
    make_folder(path)
    async with reader.living() as source:
        await until(lambda: source.state.last_error == f"{path} is no regular file", "a reason")


async def test_a_line_too_long_is_cut_and_its_neighbours_stay(path: Path, reader: Reader) -> None:
    """It comes as one short line that is no event, however slowly it was written."""
    good = b'{"type":"order.ready","city":"riga","ts":%d,"order_id":"o"}\n'
    append(path, good % 1 + b'{"x":"')
    async with reader.living() as source:
        for _ in range(5):
            append(path, b"y" * MAX_LINE_BYTES)
            await reader.until_at(size_of(path))
        assert source.state.lag_bytes == 0
        append(path, b'"}\n' + good % 2)
        await reader.until_at(size_of(path))
    assert max(map(len, reader.pieces)) < 2 * MAX_LINE_BYTES
    decoded = decode(reader.read)
    assert [event.ts for event in decoded.events] == [1, 2]
    assert [bad.reason for bad in decoded.rejected] == ["malformed"]


async def test_a_life_may_end_within_a_line_too_long(path: Path, reader: Reader) -> None:
    """The next one passes over the rest of it: it is refused once."""
    append(path, b"1\n" + b"y" * 3 * MAX_LINE_BYTES)
    async with reader.living():
        await reader.until_at(size_of(path))
    cut = reader.read
    append(path, b"y" * 3 * MAX_LINE_BYTES + b"\n2\n")
    async with reader.living():
        await reader.until(cut + b"2\n")


async def test_a_big_file_comes_in_pieces(path: Path, reader: Reader) -> None:
    """None is much above a megabyte, and all of them together are the file."""
    lines = b"".join(b'{"n":%d}\n' % n for n in range(400_000))
    append(path, lines)
    async with reader.living():
        await reader.until(lines)
    assert len(reader.pieces) > 3
    assert max(map(len, reader.pieces)) < 1.1 * MAX_LINE_BYTES
    assert all(piece.endswith(b"\n") for piece in reader.pieces)


# --- the end as the beginning ---------------------------------------------------------------------


async def test_from_the_end_means_what_comes_from_now_on(path: Path, reader: Reader) -> None:
    """Whole lines that are there already are passed over, the first time only."""
    reader.beginning = "end"
    append(path, b"old\nnew")
    async with reader.living() as source:
        await until(lambda: source.state.connected, "open")
        append(path, b"er\n")
        await reader.until(b"newer\n")
    append(path, b"newest\n")
    async with reader.living():
        await reader.until(b"newer\nnewest\n")


async def test_from_the_end_of_nothing_is_the_start(path: Path, reader: Reader) -> None:
    """A file that came while nobody looked, after one had begun to wait for it, is read whole."""
    reader.beginning = "end"
    async with reader.living():
        await until(lambda: reader.kept == write_place(NOWHERE), "nothing is there")
    append(path, b"1\n")
    async with reader.living():
        await reader.until(b"1\n")


# --- rotation -------------------------------------------------------------------------------------


async def test_a_file_rotated_away_is_read_to_its_end(path: Path, reader: Reader) -> None:
    """What its writer still writes comes before the new file, its last line even without end."""
    append(path, b"1\n")
    old = path.with_name("events.ndjson.1")
    async with reader.living() as source:
        await reader.until(b"1\n")
        rename(path, old)
        append(old, b"2\n")
        append(path, b"4\n")
        append(old, b"3")
        await reader.until(b"1\n2\n34\n")
        assert reader.pieces[-2:] == [b"3", b"4\n"]
        append(path, b"5\n")
        await reader.until(b"1\n2\n34\n5\n")
        assert source.state.opened == 2


async def test_a_file_that_was_deleted_is_followed_until_another_comes(
    path: Path, reader: Reader
) -> None:
    """Its writer has it open still; then the new one is read from its start."""
    with path.open("ab", buffering=0) as writer:
        writer.write(b"1\n")
        async with reader.living():
            await reader.until(b"1\n")
            os.unlink(path)
            writer.write(b"2\n")
            await reader.until(b"1\n2\n")
            append(path, b"3\n")
            await reader.until(b"1\n2\n3\n")


@pytest.mark.parametrize("rotate", [rename, copy_and_truncate])
async def test_a_file_rotated_while_nobody_read_is_read_to_its_end(
    path: Path, reader: Reader, rotate: Rename
) -> None:
    """Renamed to any name, or copied and cut off: the old one's rest comes, then the new one."""
    append(path, b"1\n2\n")
    async with reader.living():
        await reader.until(b"1\n2\n")
    append(path, b"3\n")
    name = "yesterday" if rotate is rename else "events.ndjson-20261126"
    rotate(path, path.with_name(name))
    append(path, b"4\n")
    async with reader.living():
        await reader.until(b"1\n2\n3\n4\n")


async def test_a_file_rotated_several_times_while_nobody_read_loses_nothing(
    path: Path, reader: Reader
) -> None:
    """The one read, those rotated away after it in their order, and the present one; none older."""
    append(path.with_name("events.ndjson.4"), b"0\n")
    append(path, b"1\n")
    later(path, 1)
    async with reader.living():
        await reader.until(b"1\n")
    append(path, b"2\n")
    later(path, 2)
    rename(path, path.with_name("events.ndjson.3"))
    for number, name in ((3, "events.ndjson.2"), (4, "events.ndjson.1"), (5, path.name)):
        append(path.with_name(name), b"%d\n" % number)
        later(path.with_name(name), number)
    async with reader.living():
        await reader.until(b"1\n2\n3\n4\n5\n")


async def test_rotated_again_and_again_all_of_it_comes_in_order(path: Path, reader: Reader) -> None:
    """A writer that rotates faster than files are read loses no line, whatever names are then."""
    lines = [b"%d\n" % number for number in range(1_000)]
    append(path, b"")
    async with reader.living() as source:
        await until(lambda: source.state.connected, "open")
        for number, line in enumerate(lines):
            append(path, line)
            await asyncio.sleep(0)
            if number % 50 == 49:
                later(path, number)
                shift(path)
        append(path, b"the last\n")
        await reader.until(b"".join(lines) + b"the last\n")


# --- cut off, or another file ---------------------------------------------------------------------


@pytest.mark.parametrize("fresh", [b"9\n", b"9\n8\n7\n6\n5\n4\n"], ids=["shorter", "longer"])
async def test_a_file_that_was_cut_off_is_begun_again(
    path: Path, reader: Reader, fresh: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """Whether it is shorter than what was read or has grown beyond it, and the log says so."""
    append(path, b"1\n2\n3\n")
    with caplog.at_level(logging.WARNING):
        async with reader.living():
            await reader.until(b"1\n2\n3\n")
            cut_off(path, fresh)
            await reader.until(b"1\n2\n3\n" + fresh)
    assert f"{path} was cut off: begun again at its start" in caplog.text


async def test_another_file_of_the_same_name_is_begun(
    path: Path, reader: Reader, caplog: pytest.LogCaptureFixture
) -> None:
    """Where the one that was read is gone, the log says what may be lost."""
    append(path, b"1\n2\n")
    async with reader.living():
        await reader.until(b"1\n2\n")
    other = path.with_name("other")
    append(other, b"a\nb\nc\n")
    other.replace(path)
    with caplog.at_level(logging.WARNING):
        async with reader.living():
            await reader.until(b"1\n2\na\nb\nc\n")
    assert "read up to byte 4 is not in the folder any more" in caplog.text


async def test_the_same_inode_with_other_content_is_another_file(
    path: Path, reader: Reader
) -> None:
    """Inodes are given again: what was read tells files apart."""
    append(path, b"1\n2\n")
    async with reader.living():
        await reader.until(b"1\n2\n")
    with path.open("r+b") as file:
        file.write(b"3\n4\n5\n")
    async with reader.living():
        await reader.until(b"1\n2\n3\n4\n5\n")


async def test_a_copy_under_another_inode_is_gone_on_with(path: Path, reader: Reader) -> None:
    """A file restored from a backup, or moved to another disk, is not read anew."""
    append(path, b"1\n2\n")
    async with reader.living():
        await reader.until(b"1\n2\n")
    copy = path.with_name("copy")
    shutil.copy(path, copy)
    copy.replace(path)
    append(path, b"3\n")
    async with reader.living():
        await reader.until(b"1\n2\n3\n")


# --- lives ----------------------------------------------------------------------------------------


async def test_what_was_not_durable_comes_again(path: Path, reader: Reader) -> None:
    """The place is noted only once the sink has taken what stands before it."""
    append(path, b"1\n")
    async with reader.living():
        await reader.until_at(2)
        reader.is_held = True
        append(path, b"2\n")
        await until(lambda: reader.waits, "the second line")
    assert place_of(reader) == 2
    reader.is_held = False
    async with reader.living():
        await reader.until(b"1\n2\n")


async def test_a_place_that_cannot_be_read_is_told(
    path: Path, reader: Reader, caplog: pytest.LogCaptureFixture
) -> None:
    """The file is begun, and the log says why."""
    append(path, b"1\n")
    reader.kept = '{"offset":"two"}'
    async with reader.living():
        await reader.until(b"1\n")
    assert "its place can't be read, it is begun anew" in caplog.text
