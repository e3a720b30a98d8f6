"""A file that is followed through rotation, cuts, and other files under its name."""

import asyncio
import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.followed import (
    Reader,
    append,
    copy_and_truncate,
    cut_off,
    later,
    rename,
    shift,
)
from tests.support.waiting import until

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
    path: Path, reader: Reader, rotate: Callable[[Path, Path], None]
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
