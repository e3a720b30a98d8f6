"""One contract for both stores: batches, the journal, the ledger and the audit."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from monitor.store.port import Batch, Store
from tests.support.stores import (
    RIGS,
    Rig,
    act,
    entry,
    full_batch,
    journal,
    keys,
    posting,
)


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


async def everything(store: Store) -> tuple[object, ...]:
    """All that a store tells, to compare."""
    return (
        await store.last_batch(),
        await store.last_seq(),
        await journal(store),
        await store.postings(),
        await store.audit(None),
        await store.places(),
    )


async def test_a_new_store_is_empty(store: Store) -> None:
    """Nothing was written, and no reading fails for it."""
    assert await everything(store) == (0, 0, [], [], [], {})
    assert await store.snapshots() == []
    assert await store.posting("none") is None


async def test_all_of_a_batch_is_there_after_writing(store: Store) -> None:
    """What went in together comes out again."""
    batch = Batch(1, [entry(1), entry(2)], [posting("a"), posting("b")], [], [act(5)], {"log": "1"})
    await store.write(batch)
    assert await everything(store) == (1, 2, batch.journal, batch.put, batch.audit, batch.places)
    assert await store.posting("b") == posting("b")


async def test_what_was_written_outlives_the_store(rig: Rig) -> None:
    """Closed and opened again, a store tells the same."""
    async with rig.open() as store:
        for number in range(1, 6):
            await store.write(full_batch(number))
        before = await everything(store)
    async with rig.open() as store:
        assert await everything(store) == before


async def test_a_repeated_batch_changes_nothing(rig: Rig) -> None:
    """At once, after later batches and after reopening, a number once seen is a repeat."""
    async with rig.open() as store:
        for number in (1, 2, 2, 3, 1, 2, 3):
            await store.write(full_batch(number))
        before = await everything(store)
        assert len(await store.audit(None)) == 3
    async with rig.open() as store:
        await store.write(full_batch(3))
        assert await everything(store) == before


async def test_a_batch_of_nothing_counts(store: Store) -> None:
    """An empty batch is falsy, and written all the same it takes its number."""
    assert not Batch(1)
    await store.write(Batch(1))
    assert await everything(store) == (1, 0, [], [], [], {})


async def test_the_journal_keeps_its_order_and_any_bytes(store: Store) -> None:
    """Thousands of entries of all sizes come out as they went in, page after page."""
    sizes = [0, 1, 200, 4_096, 70_000]
    written = [entry(seq, body=bytes([seq % 256]) * sizes[seq % 5]) for seq in range(1, 5_001)]
    for number in range(5):
        await store.write(Batch(number + 1, written[number * 1_000 : (number + 1) * 1_000]))
    assert await journal(store) == written
    assert await journal(store, after_seq=4_990) == written[4_990:]
    assert await journal(store, after_seq=5_000) == []
    assert await store.last_seq() == 5_000


async def test_the_journal_can_be_read_up_to_a_time(store: Store) -> None:
    """It ends before the first entry at that time or later."""
    await store.write(Batch(1, [entry(1, 10), entry(2, 20), entry(3, 20), entry(4, 30)]))
    assert [e.seq for e in await journal(store, before_ts=20)] == [1]
    assert [e.seq for e in await journal(store, 1, before_ts=30)] == [2, 3]
    assert await journal(store, before_ts=10) == []


async def test_the_journal_may_grow_while_it_is_read(store: Store) -> None:
    """A reader in the middle sees what is written meanwhile, in order."""
    await store.write(Batch(1, [entry(seq) for seq in range(1, 101)]))
    seen = []
    async for read in store.entries(0):
        seen.append(read.seq)
        if read.seq == 50:
            await store.write(Batch(2, [entry(seq) for seq in range(101, 2_001)]))
    assert seen == list(range(1, 2_001))


async def test_entries_that_the_journal_has_are_not_written_again(store: Store) -> None:
    """A later batch that brings an old entry along adds only the new one."""
    await store.write(Batch(1, [entry(1), entry(2)]))
    await store.write(Batch(2, [entry(2, body=b"other"), entry(3)]))
    assert await journal(store) == [entry(1), entry(2), entry(3)]


async def test_a_letter_is_put_once_whatever_became_of_it(store: Store) -> None:
    """Put again it changes nothing: not while it waits, and not when it was delivered."""
    await store.write(Batch(1, put=[posting("a"), posting("a", attempts=7)]))
    assert await store.posting("a") == posting("a")
    done = posting("a", "delivered", updated_ts=9, attempts=1)
    await store.write(Batch(2, marks=[done]))
    await store.write(Batch(3, put=[posting("a"), posting("b")]))
    assert await store.postings() == [done, posting("b")]


async def test_a_mark_takes_the_place_of_the_posting(store: Store) -> None:
    """The last mark stands, in its old place of the order; one never put is added."""
    await store.write(Batch(1, put=[posting("a"), posting("b"), posting("c")]))
    later = posting("b", updated_ts=5, attempts=1)
    last = posting("b", "dead", updated_ts=6, attempts=2)
    await store.write(Batch(2, marks=[later, last, posting("d", "cancelled", updated_ts=6)]))
    assert keys(await store.postings()) == ["a", "b", "c", "d"]
    assert await store.posting("b") == last
    await store.write(Batch(3, marks=[posting("b", updated_ts=8)]))
    assert keys(await store.postings(["waiting"])) == ["a", "b", "c"]
    assert await store.postings(["dead"]) == []


async def test_postings_are_chosen_by_state_and_city(store: Store) -> None:
    """States join, a city narrows, a limit keeps those put first."""
    await store.write(
        Batch(
            1,
            put=[posting("w1"), posting("w2", city="oslo"), posting("w3")],
            marks=[
                posting("d1", "delivered", updated_ts=1),
                posting("x1", "dead", updated_ts=1, city="oslo"),
            ],
        )
    )
    await store.write(Batch(2, put=[posting("w4", city="oslo")]))
    assert keys(await store.postings(["waiting"])) == ["w1", "w2", "w3", "w4"]
    assert keys(await store.postings(["dead", "waiting"])) == ["w1", "w2", "w3", "x1", "w4"]
    assert keys(await store.postings(city="oslo")) == ["w2", "x1", "w4"]
    assert keys(await store.postings(["waiting"], limit=1, city="oslo")) == ["w2"]
    assert keys(await store.postings(limit=2)) == ["w1", "w2"]
    newest = await store.postings(["dead", "waiting"], limit=3, newest_first=True)
    assert keys(newest) == ["w4", "x1", "w3"]
    assert await store.postings(["expired"]) == []


async def test_postings_are_read_past_a_page(store: Store) -> None:
    """Two and a half thousand come in order, also with a limit and a city among others."""
    put = [posting(f"{n:04}", city=("riga", "oslo")[n % 2]) for n in range(2_500)]
    await store.write(Batch(1, put=put))
    assert await store.postings() == put
    assert await store.postings(["waiting", "dead"], limit=1_100) == put[:1_100]
    assert await store.postings(city="oslo") == put[1::2]
    assert await store.postings(newest_first=True) == put[::-1]


async def test_the_audit_gives_the_newest_first(store: Store) -> None:
    """Of one millisecond the later entry comes first; a city sees its own."""
    await store.write(Batch(1, audit=[act(1, "a"), act(2, "b"), act(2, "c", city="oslo")]))
    await store.write(Batch(2, audit=[act(2, "d"), act(3, "e")]))
    assert [a.subject for a in await store.audit(None)] == ["e", "d", "c", "b", "a"]
    assert [a.subject for a in await store.audit("riga")] == ["e", "d", "b", "a"]
    assert [a.subject for a in await store.audit("oslo", before_ts=3)] == ["c"]
    assert await store.audit("oslo", before_ts=2) == []


async def test_paging_through_the_audit_misses_nothing(store: Store) -> None:
    """A page is cut between milliseconds only, so the time of its last entry goes on."""
    await store.write(Batch(1, audit=[act(n // 3, f"s{n}") for n in range(100)]))
    seen: list[str] = []
    before: int | None = None
    while page := await store.audit("riga", before, limit=10):
        assert 10 <= len(page) <= 12 or page[-1].ts == 0
        seen += [a.subject for a in page]
        before = page[-1].ts
    assert seen == [f"s{n}" for n in reversed(range(100))]


async def test_what_is_old_and_ended_is_forgotten(store: Store) -> None:
    """Postings that wait stay however old; the audit goes by its time."""
    old = [posting(f"old-{n}", "delivered", updated_ts=n) for n in range(2_100)]
    await store.write(Batch(1, put=[posting("w")], marks=old, audit=[act(n) for n in range(2_100)]))
    await store.forget(postings_before_ts=2_098, audit_before_ts=2_099)
    assert keys(await store.postings()) == ["w", "old-2098", "old-2099"]
    assert keys(await store.postings(["delivered"])) == ["old-2098", "old-2099"]
    assert await store.posting("old-2097") is None
    assert [a.ts for a in await store.audit(None)] == [2_099]
    assert [a.ts for a in await store.audit("riga")] == [2_099]


async def test_a_posting_that_waits_again_is_not_forgotten(store: Store) -> None:
    """Only its present state counts."""
    await store.write(Batch(1, marks=[posting("a", "dead", updated_ts=1)]))
    await store.write(Batch(2, marks=[posting("a", "waiting", updated_ts=2)]))
    await store.forget(100, 100)
    assert keys(await store.postings()) == ["a"]


async def test_the_last_place_of_each_source_stands(rig: Rig) -> None:
    """A source's place takes that of the one before, any text, and leaves those of others."""
    async with rig.open() as store:
        assert Batch(1, places={"a": "1"})
        await store.write(Batch(1, places={"a": "1", "b c": '{"offset":9007199254740993}'}))
        await store.write(Batch(2, places={"a": "zwölf \n 🛵"}))
        await store.write(Batch(2, places={"a": "a repeat"}))
    async with rig.open() as store:
        last = {"a": "zwölf \n 🛵", "b c": '{"offset":9007199254740993}'}
        assert await store.places() == last
