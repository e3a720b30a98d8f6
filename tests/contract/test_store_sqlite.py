"""What only the SQLite store can meet: a file that is damaged, foreign, newer, locked or held."""

import logging
import resource
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from monitor.store.port import Batch, Snapshot, StoreError
from monitor.store.sqlite import open_sqlite
from tests.support.stores import act, entry, full_batch, journal, snapshot_body


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file is, in a folder that is not there yet."""
    return tmp_path / "state" / "citywatch.db"


async def filled(path: Path, batches: int = 40) -> bytes:
    """Makes a store with something in it; its bytes."""
    async with open_sqlite(path) as store:
        for number in range(1, batches + 1):
            await store.write(full_batch(number))
    return read(path)


def read(path: Path) -> bytes:
    """A file's bytes."""
    return path.read_bytes()


def replace(path: Path, content: bytes) -> None:
    """Makes this the file's content."""
    path.write_bytes(content)


def put(path: Path, content: bytes) -> None:
    """Writes into a file, from its beginning, without cutting it off."""
    with path.open("r+b") as file:
        file.write(content)


@contextmanager
def file_limit(size: int) -> Iterator[None]:
    """No file of this process may grow beyond this: the disk is full, as far as it can tell."""
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


def modes(folder: Path) -> dict[str, str]:
    """The permissions of all that lies in a folder."""
    return {file.name: oct(file.stat().st_mode & 0o777) for file in folder.iterdir()}


async def test_only_the_owner_may_read_the_files(path: Path) -> None:
    """The folder is made for him alone, and so is each file in it."""
    async with open_sqlite(path) as store:
        await store.write(full_batch(1))
        assert oct(path.parent.stat().st_mode & 0o777) == "0o700"
        files = modes(path.parent)
        assert {"citywatch.db", "citywatch.db-wal", "citywatch.db.lock"} <= set(files)
        assert set(files.values()) == {"0o600"}


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: b"this was never a database " * 1_000,
        lambda whole: whole[:50],
        lambda whole: whole[:4_096],
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole[: len(whole) - 4_096],
        lambda whole: whole[:8_192] + b"\xff" * 8_192 + whole[16_384:],
    ],
    ids=["foreign", "head", "page", "half", "end", "scribbled"],
)
async def test_a_damaged_file_is_set_aside_and_a_new_one_begun(
    path: Path, damage: Callable[[bytes], bytes], caplog: pytest.LogCaptureFixture
) -> None:
    """It is kept under a name that the log tells, and the monitor starts."""
    broken = damage(await filled(path))
    replace(path, broken)
    with caplog.at_level(logging.WARNING):
        async with open_sqlite(path) as store:
            assert await store.last_batch() == 0
            await store.write(full_batch(1))
    (aside,) = path.parent.glob("citywatch.db.corrupt-*")
    assert read(aside) == broken
    assert f"kept as {aside}" in caplog.text
    async with open_sqlite(path) as store:
        assert await store.last_batch() == 1


async def test_damage_met_while_running_is_set_aside_at_the_next_start(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The call that meets it fails and says so; starting again helps."""
    async with open_sqlite(path) as store:  # more than SQLite keeps in memory
        await store.write(Batch(1, [entry(seq, body=bytes(1_000)) for seq in range(1, 8_001)]))
    whole = read(path)
    async with open_sqlite(path) as store:
        put(path, whole[:4_096] + b"\xff" * (len(whole) - 4_096))
        with pytest.raises(StoreError, match=r"citywatch\.db is damaged .* start citywatch again"):
            await journal(store)
    async with open_sqlite(path) as store:
        assert await store.last_batch() == 0
    assert len(list(path.parent.glob("citywatch.db.corrupt-*"))) == 1
    async with open_sqlite(path):
        pass
    assert len(list(path.parent.glob("citywatch.db.corrupt-*"))) == 1


async def test_a_newer_schema_is_left_alone(path: Path) -> None:
    """The word says which versions there are and what to do; the file stays as it is."""
    await filled(path)
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    before = read(path)
    with pytest.raises(StoreError, match=r"newer citywatch \(schema 99, this one knows 1\)"):
        async with open_sqlite(path):
            pass
    assert read(path) == before


async def test_a_file_of_before_places_were_kept_is_opened_and_keeps_them(path: Path) -> None:
    """What it held is there, and what is new has room in it."""
    await filled(path, 4)
    db = sqlite3.connect(path)
    db.execute("DROP TABLE places")
    db.close()
    async with open_sqlite(path) as store:
        assert await store.last_batch() == 4
        assert await store.places() == {}
        await store.write(full_batch(5))
    async with open_sqlite(path) as store:
        assert await store.places() == {"log": "line 5"}
        assert len(await journal(store)) == 15


async def test_the_database_of_another_program_is_left_alone(path: Path) -> None:
    """It is neither changed nor moved."""
    path.parent.mkdir()
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE recipes (name TEXT)")
    db.close()
    before = read(path)
    with pytest.raises(StoreError, match="the database of another program"):
        async with open_sqlite(path):
            pass
    assert read(path) == before


async def test_two_monitors_never_use_one_file(path: Path) -> None:
    """The second is told so and the first goes on; afterwards the file is free."""
    async with open_sqlite(path) as store:
        with pytest.raises(StoreError, match="in use by another citywatch"):
            async with open_sqlite(path):
                pass
        await store.write(full_batch(1))
    async with open_sqlite(path) as store:
        assert await store.last_batch() == 1


async def test_a_locked_file_fails_in_time_and_a_repeat_succeeds(path: Path) -> None:
    """A program that holds the file makes a write fail; repeated when it is gone, it is there."""
    async with open_sqlite(path, timeout_s=0.05) as store:
        other = sqlite3.connect(path)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked"):
            await store.write(full_batch(1))
        other.rollback()
        other.close()
        await store.write(full_batch(1))
        assert len(await journal(store)) == 3


async def test_a_batch_that_does_not_fit_leaves_nothing_behind(path: Path) -> None:
    """A disk that is full in the middle of a batch: the write fails whole, and repeated it fits."""
    async with open_sqlite(path) as store:
        await store.write(full_batch(1))
        big = Batch(2, [entry(4), entry(5, body=bytes(4_000_000))], audit=[act(2)])
        with file_limit(1_000_000), pytest.raises(StoreError, match=r"citywatch\.db: "):
            await store.write(big)
        assert await store.last_batch() == 1
        assert len(await journal(store)) == 3
        await store.write(big)
        assert len(await journal(store)) == 5


async def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """A file where the folder should be gives a word with the path, no traceback."""
    (tmp_path / "state").write_text("a file")
    with pytest.raises(StoreError, match=r"citywatch\.db can't be opened"):
        async with open_sqlite(tmp_path / "state" / "citywatch.db"):
            pass


async def test_the_pieces_of_a_snapshot_that_is_replaced_leave_the_file(path: Path) -> None:
    """However many were kept, those of the last two alone lie there."""
    async with open_sqlite(path) as store:
        for seq in range(1, 6):
            await store.save(Snapshot(seq, seq * 10, snapshot_body(seq)), 0)
    db = sqlite3.connect(path)
    kept, owned, orphans = (
        db.execute(query).fetchone()[0]
        for query in (
            "SELECT count(*) FROM snapshots",
            "SELECT count(DISTINCT snapshot) FROM pieces",
            "SELECT count(*) FROM pieces WHERE snapshot NOT IN (SELECT id FROM snapshots)",
        )
    )
    db.close()
    assert (kept, owned, orphans) == (2, 2, 0)
