"""Snapshots of a running engine over the real file, and what a start makes of what lies there."""

import asyncio
import logging
import random
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from config.store import StoreSettings
from monitor.core.reports import Incoming
from monitor.core.state import State
from monitor.core.step import step
from monitor.durable.keeper import DAY_MS, Keeper, Recovered, recover
from monitor.durable.recorder import Recorder
from monitor.engine import Engine
from monitor.ingest.inbox import Inbox
from monitor.runtime.clock import VirtualClock
from monitor.store.port import Batch, Snapshot, Store
from monitor.store.sqlite import open_sqlite
from tests.support.cities import CITY, T0, at, placed
from tests.support.stores import act, entry, journal, keys, posting
from tests.support.towns import town
from tests.support.waiting import until

OFTEN = StoreSettings(snapshot_s=0.01)


class Life:
    """One life of an engine over a store."""

    def __init__(self, store: Store, settings: StoreSettings = OFTEN) -> None:
        self.store = store
        self.settings = settings
        self.clock = VirtualClock(T0)
        self.engine = Engine(State([town()]), Inbox(), self.clock, lambda effects: None)
        self.seen: list[Snapshot] = []  # what `on_snapshot` heard of
        self._record(0, 0)

    def _record(self, seq: int, batch: int) -> None:
        self.recorder = Recorder(self.store, seq, batch, random.Random(1), 1 << 20)
        self.keeper = Keeper(
            self.store,
            self.recorder,
            lambda: self.engine.state,
            lambda: self.settings,
            self.clock.now_ms,
        )
        self.keeper.on_snapshot = self.seen.append

    async def begin(self) -> Recovered:
        """The start: it goes on from what the store has."""
        found = await recover(self.store, self.engine, [town()])
        self._record(found.seq, found.batch)
        return found

    def take(self, seconds: float, *events: Incoming) -> None:
        """The engine steps, and that is recorded."""
        self.clock.set(at(seconds))
        effects = step(self.engine.state, events, at(seconds))
        self.recorder.record("step", at(seconds), events, effects)

    async def kept(self, seconds: float) -> None:
        """Something happens, and the running keeper keeps the next snapshot."""
        taken = self.keeper.taken
        self.take(seconds, placed(seconds, f"o{seconds}"))
        await until(lambda: self.keeper.taken > taken, "one more snapshot")

    @property
    def orders(self) -> int:
        """Orders that the state knows."""
        return len(self.engine.state.cities[CITY].orders)

    @asynccontextmanager
    async def recording(self, *, keeping: bool = False) -> AsyncIterator[None]:
        """The recorder at work, and the keeper as well if asked for."""
        tasks = [asyncio.create_task(self.recorder.run())]
        if keeping:
            tasks.append(asyncio.create_task(self.keeper.run()))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file is."""
    return tmp_path / "city.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    """An empty file that waits for no other program."""
    async with open_sqlite(path, timeout_s=0.01) as store:
        yield store


# --- keeping ----------------------------------------------------------------------------------


async def test_a_snapshot_is_kept_only_where_something_came_since_the_last(store: Store) -> None:
    """The one who asks twice for the same state gets one; with the next input there is another."""
    life = Life(store)
    async with life.recording():
        life.take(0, placed(0, "a"))
        await life.keeper.save()
        await life.keeper.save()
        assert (life.keeper.taken, [kept.seq for kept in life.seen]) == (1, [1])
        life.take(1, placed(1, "b"))
        await life.keeper.save()
    kept = await store.snapshots()
    assert [(each.seq, each.ts) for each in kept] == [(2, at(1)), (1, at(0))]
    assert (life.keeper.last_bytes, life.keeper.last_ts) == (len(kept[0].body), at(1))


async def test_the_journal_is_kept_for_its_time_beyond_the_older_snapshot(store: Store) -> None:
    """With 90 s to keep, of five minutes the entries of the last 90 s stay."""
    life = Life(store, StoreSettings(journal_keep_s=90))
    async with life.recording():
        for minute in range(6):
            life.take(minute * 60, placed(minute * 60, f"o{minute}"))
            await life.keeper.save()
    assert [each.ts for each in await journal(store)] == [at(240), at(300)]


async def test_a_snapshot_is_never_kept_before_what_it_covers_is_durable(store: Store) -> None:
    """While the recorder does not write there is none; then the journal has what it covers."""
    life = Life(store)
    life.take(0, placed(0))
    saving = asyncio.create_task(life.keeper.save())
    await until(lambda: life.keeper.last_hold_s > 0, "the state is captured")
    assert (await store.snapshots(), life.seen) == ([], [])
    async with life.recording():
        await saving
    assert [kept.seq for kept in await store.snapshots()] == [await store.last_seq()] == [1]


async def test_a_snapshot_that_can_t_be_kept_is_counted_and_tried_again(
    store: Store, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Another program holds the file: whoever hears of snapshots has each all the same, and the
    next interval keeps one."""
    life = Life(store)
    async with life.recording():
        life.take(0, placed(0))
        await life.recorder.durable()
    other = sqlite3.connect(path)
    other.execute("BEGIN IMMEDIATE")
    async with life.recording(keeping=True):
        await until(lambda: life.keeper.failed == 2, "two can't be kept")
        other.rollback()
        other.close()
        await until(lambda: life.keeper.taken, "one is kept")
    assert [kept.seq for kept in await store.snapshots()] == [1]
    assert [heard.seq for heard in life.seen] == [1] * (life.keeper.failed + 1)
    assert "no snapshot could be kept" in caplog.text


async def test_the_last_snapshot_has_a_deadline(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    """Where nothing becomes durable any more, the stop goes on without it, with a word."""
    life = Life(store)
    life.take(0, placed(0))
    await life.keeper.save_last(0.01)
    assert "no last snapshot" in caplog.text
    assert "within 0.01 s" in caplog.text
    async with life.recording():
        await life.keeper.save_last(30)
    assert [kept.seq for kept in await store.snapshots()] == [1]


async def test_what_is_old_is_forgotten_at_the_first_look_and_when_the_days_change(
    store: Store,
) -> None:
    """What comes in between stays for the hour, however many snapshots are kept meanwhile."""
    days = {"two": 2, "four": 4}
    old = [posting(k, "delivered", updated_ts=T0 - n * DAY_MS) for k, n in days.items()]
    await store.write(
        Batch(1, put=old, audit=[act(T0 - 20 * DAY_MS, "old"), act(T0 - 5 * DAY_MS, "new")])
    )
    life = Life(store, StoreSettings(snapshot_s=0.01, letters_days=3, audit_days=10))
    await life.begin()
    async with life.recording(keeping=True):
        await life.kept(0)
        await life.kept(1)
        assert keys(await store.postings()) == ["two"]
        assert [each.subject for each in await store.audit(None)] == ["new"]
        await life.recorder.save(old[1])
        for second in (2, 3, 4):
            await life.kept(second)
        assert keys(await store.postings()) == ["two", "four"]
        life.settings = StoreSettings(snapshot_s=0.01, letters_days=1, audit_days=10)
        for second in (5, 6):
            await life.kept(second)
        assert keys(await store.postings()) == []


# --- the start --------------------------------------------------------------------------------


async def test_a_store_with_nothing_in_it_is_a_new_life(store: Store) -> None:
    """Nothing is repeated and nothing noted."""
    found = await Life(store).begin()
    assert found == Recovered(0, 0, 0)
    assert found.is_new


async def test_a_start_goes_on_from_the_newest_snapshot_and_the_journal_after_it(
    store: Store,
) -> None:
    """Of three orders two are in the snapshot and one is repeated; numbers go on."""
    life = Life(store)
    async with life.recording():
        life.take(0, placed(0, "a"))
        await life.keeper.save()
        life.take(1, placed(1, "b"))
        await life.keeper.save()
        life.take(2, placed(2, "c"))
        await life.recorder.durable()
    second = Life(store)
    found = await second.begin()
    assert (second.orders, found.events, found.seq, found.notes) == (3, 1, 3, ())
    assert (found.batch, found.is_new) == (await store.last_batch(), False)
    async with second.recording():
        second.take(3, placed(3, "d"))
        await second.recorder.durable()
    assert [each.seq for each in await journal(store)][-1] == 4


async def test_what_the_journal_lacks_or_garbles_is_noted_and_the_rest_repeated(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    """A hole and an entry that can't be read cost their own events and nothing else."""
    life = Life(store)
    async with life.recording():
        life.take(0, placed(0, "first"))
        await life.recorder.durable()
    (whole,) = await journal(store)
    batch = await store.last_batch()
    await store.write(
        Batch(
            batch + 1,
            [entry(2, at(1), b"\xff"), entry(5, at(2), whole.body.replace(b"first", b"later"))],
        )
    )
    second = Life(store)
    with caplog.at_level(logging.ERROR):
        found = await second.begin()
    assert len(found.notes) == 2
    assert "entry 2 of the journal can't be read and is passed over" in found.notes[0]
    assert found.notes[1] == "the journal lacks entries 3 to 4: they are lost"
    assert all(note in caplog.text for note in found.notes)
    assert (found.events, second.orders, found.is_new) == (2, 2, False)
