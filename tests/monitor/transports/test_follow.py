"""A file that is followed: as it grows, while it is missing, with lines of all kinds, and lives."""

from pathlib import Path

import pytest

from monitor.ingest.codec import decode
from monitor.transports.files import MAX_LINE_BYTES
from monitor.transports.follow_file import NOWHERE, write_place
from tests.support.followed import Reader, append, make_folder, place_of, size_of
from tests.support.waiting import until

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
