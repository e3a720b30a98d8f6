"""One contract for both stores: snapshots, and the journal that they make unnecessary."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from monitor.store.port import Batch, Snapshot, Store
from tests.support.stores import RIGS, Rig, entry, journal, snapshot_body


@pytest.fixture(params=RIGS)
async def rig(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rig]:
    """The place of each store in turn."""
    async with RIGS[request.param](tmp_path) as rig:
        yield rig


@pytest.fixture
async def store(rig: Rig) -> AsyncIterator[Store]:
    """Each store in turn, empty."""
    async with rig.open() as store:
        yield store


def snapshot(seq: int, body: bytes = b"state") -> Snapshot:
    """A snapshot taken at an entry; its time is the entry's."""
    return Snapshot(seq, seq * 10, body)


async def seqs(store: Store) -> list[int]:
    """Of the snapshots that a store gives out."""
    return [kept.seq for kept in await store.snapshots()]


async def test_the_two_newest_snapshots_are_kept(rig: Rig) -> None:
    """Of four, the last two are there, the newest first, after reopening too."""
    async with rig.open() as store:
        for seq in (1, 2, 3, 4):
            await store.save(snapshot(seq, b"body %d" % seq), 0)
        kept = [snapshot(4, b"body 4"), snapshot(3, b"body 3")]
        assert await store.snapshots() == kept
    async with rig.open() as store:
        assert await store.snapshots() == kept


async def test_a_snapshot_may_be_empty_or_big(store: Store) -> None:
    """A body of no bytes and one of many pieces come back as they were."""
    await store.save(snapshot(1, b""), 0)
    await store.save(snapshot(2, snapshot_body(7) * 4), 0)
    assert await store.snapshots() == [snapshot(2, snapshot_body(7) * 4), snapshot(1, b"")]


async def test_a_snapshot_of_the_same_entry_is_replaced(store: Store) -> None:
    """A stop with nothing new does not push the older state out."""
    await store.save(snapshot(1), 0)
    for body in (b"one", b"two", b"three"):
        await store.save(snapshot(2, body), 0)
    assert await store.snapshots() == [snapshot(2, b"three"), snapshot(1)]


async def test_a_snapshot_set_aside_is_never_given_out(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    """It makes room for the one before and the next, and the log says why."""
    async with rig.open() as store:
        for seq in (1, 2):
            await store.save(snapshot(seq), 0)
        with caplog.at_level(logging.WARNING):
            await store.set_aside(2, "written by a newer version")
        assert "snapshot 2 is set aside: written by a newer version" in caplog.text
        assert await seqs(store) == [1]
        for seq in (3, 4, 5):
            await store.save(snapshot(seq), 0)
            await store.set_aside(seq, "broken")
    async with rig.open() as store:
        assert await seqs(store) == [1]
        await store.save(snapshot(6), 0)
        assert await seqs(store) == [6, 1]


async def test_setting_aside_what_is_not_there_changes_nothing(store: Store) -> None:
    """No such snapshot, no effect."""
    await store.save(snapshot(1), 0)
    await store.set_aside(9, "broken")
    assert await seqs(store) == [1]


async def test_one_snapshot_alone_trims_nothing(store: Store) -> None:
    """Should it turn out broken, the journal from its beginning is all there is."""
    await store.write(Batch(1, [entry(seq) for seq in range(1, 11)]))
    await store.save(snapshot(10), keep_journal_from_ts=1_000)
    assert len(await journal(store)) == 10


async def test_trimming_keeps_what_the_older_snapshot_needs(rig: Rig) -> None:
    """Of the journal nothing leaves that comes after the older of the two."""
    async with rig.open() as store:
        await store.write(Batch(1, [entry(seq) for seq in range(1, 101)]))
        await store.save(snapshot(40), keep_journal_from_ts=10_000)
        await store.save(snapshot(90), keep_journal_from_ts=10_000)
        assert [e.seq for e in await journal(store)] == list(range(41, 101))
    async with rig.open() as store:
        await store.write(Batch(2, [entry(101)]))
        assert [e.seq for e in await journal(store)] == list(range(41, 102))


async def test_trimming_keeps_what_is_young(store: Store) -> None:
    """What the older snapshot covers stays as long as it is asked for."""
    await store.write(Batch(1, [entry(seq) for seq in range(1, 101)]))
    for seq in (80, 100):
        await store.save(snapshot(seq), keep_journal_from_ts=305)
    assert [e.seq for e in await journal(store)] == list(range(31, 101))


async def test_a_long_journal_is_trimmed_to_the_entry(store: Store) -> None:
    """Many chunks leave one after the other, and not one entry more."""
    for number in range(5):
        first = number * 1_000 + 1
        await store.write(
            Batch(number + 1, [entry(seq, body=b"x" * 900) for seq in range(first, first + 1_000)])
        )
    for seq in (4_321, 5_000):
        await store.save(snapshot(seq), keep_journal_from_ts=100_000)
    assert (await journal(store))[0].seq == 4_322


async def test_the_last_number_outlives_the_last_entry(rig: Rig) -> None:
    """With the whole journal trimmed, its count still goes on from where it stood."""
    async with rig.open() as store:
        await store.write(Batch(1, [entry(1), entry(2)]))
        await store.write(Batch(2, [entry(3)]))
        await store.save(snapshot(3), 1_000)
        await store.save(snapshot(4), 1_000)
        assert await journal(store) == []
    async with rig.open() as store:
        assert (await store.last_seq(), await store.last_batch()) == (3, 2)
        await store.write(Batch(3, [entry(4)]))
        assert await journal(store) == [entry(4)]


async def test_batches_are_written_while_a_snapshot_is_saved(store: Store) -> None:
    """A writer gets batches in between the pieces of a big snapshot."""
    saving = asyncio.create_task(store.save(snapshot(1, snapshot_body(3) * 10), 0))
    number = 0
    while not saving.done():
        number += 1
        await store.write(Batch(number, [entry(number)]))
    await saving
    assert number >= 5
    assert await store.last_seq() == number
    assert await seqs(store) == [1]


async def test_two_savings_at_once_are_one_after_the_other(store: Store) -> None:
    """Both are whole, the later one the newest."""
    first, second = snapshot(1, snapshot_body(1)), snapshot(2, snapshot_body(2))
    await asyncio.gather(store.save(first, 0), store.save(second, 0))
    assert await store.snapshots() == [second, first]


async def test_a_saving_that_is_broken_off_leaves_the_old_snapshot(rig: Rig) -> None:
    """Cancelled in its middle it is not there, and the next one is whole."""
    async with rig.open() as store:
        await store.save(snapshot(1), 0)
        saving = asyncio.create_task(store.save(snapshot(2, snapshot_body(3) * 10), 0))
        await store.write(Batch(1, [entry(1)]))
        saving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await saving
        assert await seqs(store) == [1]
        await store.save(snapshot(3, snapshot_body(3)), 0)
    async with rig.open() as store:
        assert await store.snapshots() == [snapshot(3, snapshot_body(3)), snapshot(1)]
