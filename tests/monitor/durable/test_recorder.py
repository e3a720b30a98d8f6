"""The recorder over the real file: what is recorded is durable in order, whole, and then told."""

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path

import pytest

from alerts.act import Outcome
from alerts.letter import Posting
from monitor.core.commands import AckAlert
from monitor.core.effects import Effects
from monitor.core.reports import Input
from monitor.durable.recorder import Record, Recorder, read_record
from monitor.store.port import Batch, Entry, Store, TakenOverError
from monitor.store.redis import open_redis
from monitor.store.sqlite import open_sqlite
from tests.support.cities import CITY, T0, placed
from tests.support.redis_server import redis_server
from tests.support.stores import act, entry, journal, keys, posting
from tests.support.waiting import DEADLINE_S, at_work, until

BOUND = 2_000  # bytes that may wait


class Desk:
    """A recorder, and what it told once it was durable."""

    def __init__(self, store: Store, seq: int = 0, batch: int = 0) -> None:
        self.store = store
        self.recorder = Recorder(store, seq, batch, random.Random(1), BOUND)
        self.recorder.on_entries = self._entries
        self.recorder.on_letters = self._letters
        self.told: list[str] = []

    def _entries(self, entries: Sequence[Entry]) -> None:
        self.told += [f"entry {entry.seq}" for entry in entries]

    def _letters(self, letters: Sequence[Posting]) -> None:
        self.told += [f"letter {letter.letter.key}" for letter in letters]

    def take(self, now_ms: int, *events: Input, effects: Effects | None = None) -> None:
        """A step of the engine."""
        self.recorder.record("step", now_ms, events, effects or Effects())

    def running(self) -> AbstractAsyncContextManager[None]:
        """The recorder at work."""
        return at_work(self.recorder.run())


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """An empty file that waits for no other program."""
    async with open_sqlite(tmp_path / "city.db", timeout_s=0.01) as store:
        yield store


@contextmanager
def locked(tmp_path: Path) -> Iterator[None]:
    """Another program holds the file meanwhile: the store takes nothing."""
    other = sqlite3.connect(tmp_path / "city.db")
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.rollback()
        other.close()


async def test_a_step_is_durable_with_its_letters_and_who_did_what(store: Store) -> None:
    """One batch holds the input as it was, the letters as they wait and the audit of the answer."""
    command = AckAlert(CITY, T0, "anna", "a-1")
    effects = Effects(
        letters=[posting("k").letter], answers=[(command, Outcome(False, "unknown_alert"))]
    )
    desk = Desk(store, seq=6, batch=2)
    async with desk.running():
        desk.take(T0, placed(0), command, effects=effects)
        await desk.recorder.durable()
    (only,) = await journal(store)
    assert (only.seq, only.ts) == (7, T0)
    assert read_record(only.body) == Record("step", T0, [placed(0), command])
    assert await store.postings() == [posting("k")]
    (done,) = await store.audit(None)
    assert (done.by, done.subject, done.ok, done.code) == ("anna", "a-1", False, "unknown_alert")
    assert (desk.recorder.seq, await store.last_batch()) == (7, 3)


async def test_an_answer_that_went_well_is_written_as_done(store: Store) -> None:
    """The audit of what was not refused says `done`, and names what it brought about."""
    desk = Desk(store)
    async with desk.running():
        command = AckAlert(CITY, T0, "anna", "a-1")
        desk.take(T0, command, effects=Effects(answers=[(command, Outcome(True))]))
        await desk.recorder.durable()
    (done,) = await store.audit(None)
    assert (done.ts, done.city, done.ok, done.code) == (T0, CITY, True, "done")


async def test_what_comes_while_a_batch_is_written_goes_into_the_next(store: Store) -> None:
    """Two steps before the writer wakes are one batch; letters are told after their entries."""
    desk = Desk(store)
    desk.take(T0, effects=Effects(letters=[posting("a").letter]))
    desk.take(T0)
    async with desk.running():
        await desk.recorder.durable()
        desk.recorder.place("log", "line 9")
        desk.recorder.note(act(5))
        desk.take(T0, effects=Effects(letters=[posting("b").letter]))
        assert desk.told == ["entry 1", "entry 2", "letter a"]
        await desk.recorder.durable()
        await until(lambda: len(desk.told) == 5, "the second batch is told")
    assert desk.told[3:] == ["entry 3", "letter b"]
    assert (desk.recorder.batches, await store.last_batch()) == (2, 2)
    assert await store.places() == {"log": "line 9"}
    assert await store.audit(None) == [act(5)]


async def test_a_posting_is_durable_when_its_save_returns(store: Store) -> None:
    """What the ledger saves takes the place of what was put."""
    desk = Desk(store)
    async with desk.running():
        desk.take(T0, effects=Effects(letters=[posting("a").letter]))
        await desk.recorder.durable()
        await desk.recorder.save(posting("a", "delivered", updated_ts=3))
        assert await store.posting("a") == posting("a", "delivered", updated_ts=3)
        assert keys(await store.postings(["waiting"])) == []


async def test_the_time_of_the_journal_never_goes_back(store: Store) -> None:
    """A clock that was set back leaves the entries at the latest time, and the input as it was."""
    desk = Desk(store)
    async with desk.running():
        for now_ms in (T0, T0 - 5_000, T0 + 1):
            desk.take(now_ms)
        await desk.recorder.durable()
    entries = await journal(store)
    assert [each.ts for each in entries] == [T0, T0, T0 + 1]
    assert [read_record(each.body).now_ms for each in entries] == [T0, T0 - 5_000, T0 + 1]


async def test_nothing_is_waited_for_once_all_is_durable(store: Store) -> None:
    """There is something to wait for while a batch gathers and while it is written, then not."""
    desk = Desk(store)
    assert desk.recorder.when_durable() is None
    desk.take(T0)
    gathering = desk.recorder.when_durable()
    assert gathering is not None
    async with desk.running():
        await gathering
        assert desk.recorder.when_durable() is None
    assert desk.recorder.bytes > 0


async def test_a_store_that_takes_nothing_is_named_and_loses_nothing(
    store: Store, tmp_path: Path
) -> None:
    """While another program holds the file, what comes waits, bounded and untold; then it goes."""
    desk = Desk(store)
    async with desk.running():
        with locked(tmp_path):
            desk.take(T0, effects=Effects(letters=[posting("a").letter]))
            await until(lambda: desk.recorder.failing, "the store fails")
            assert "locked" in (desk.recorder.failing or "")
            await asyncio.wait_for(desk.recorder.room(), DEADLINE_S)
            while desk.recorder.pending_bytes < BOUND:
                desk.take(T0)
            room = asyncio.ensure_future(desk.recorder.room())
            assert await asyncio.wait([room], timeout=0) == (set(), {room})
            assert desk.told == []
            assert desk.recorder.when_durable() is not None
        await room
        await desk.recorder.durable()
    assert desk.recorder.failing is None
    assert desk.recorder.pending_bytes == 0
    assert len(await journal(store)) == desk.recorder.seq
    assert desk.told[:2] == ["entry 1", "letter a"]


async def test_one_that_was_taken_over_writes_no_more(tmp_path: Path) -> None:
    """It ends by that name at once: repeating would be vain."""
    async with (
        redis_server(tmp_path) as server,
        open_redis(server.url, CITY) as old,
        open_redis(server.url, CITY) as new,
    ):
        desk = Desk(old)
        desk.take(T0)
        with pytest.raises(TakenOverError):
            await desk.recorder.run()
        await new.write(Batch(1, [entry(1)]))
        assert await journal(new) == [entry(1)]
