"""The bounded queue before the engine, and what its two policies do when it is full."""

import asyncio
from collections.abc import Sequence

import pytest

from monitor.core.events import CourierPosition, CourierStatus, CourierStatusChanged, OrderReady
from monitor.core.positions import PositionBlock
from monitor.core.reports import Incoming, Input
from monitor.ingest.conflate import newest_positions
from monitor.ingest.inbox import GATHER_S, Inbox
from tests.support.virtual_loop import virtually
from tests.support.waiting import until


def ready(n: int) -> OrderReady:
    return OrderReady("riga", n, f"o{n}")


def times_of(events: Sequence[Input]) -> list[int]:
    return [event.ts for event in events if not isinstance(event, PositionBlock)]


def at(
    ts: int, courier: str = "c1", status: CourierStatus | None = None, lat: float = 56.9
) -> CourierPosition:
    return CourierPosition("riga", ts, courier, lat, 24.1, status)


async def test_all_that_waits_comes_in_one_batch_in_order() -> None:
    """Batches form by themselves: what several puts left is taken at once."""
    inbox = Inbox()
    for n in range(3):
        await inbox.put([ready(2 * n), ready(2 * n + 1)])
    assert inbox.depth == 6
    assert times_of(await inbox.take()) == [0, 1, 2, 3, 4, 5]
    assert inbox.depth == 0


async def test_a_receipt_is_given_when_the_engine_is_done() -> None:
    """Taking alone is not enough: the sender hears only after the step."""
    inbox = Inbox()
    receipt = await inbox.put([ready(1)])
    await inbox.take()
    assert not receipt.done()
    inbox.done()
    assert receipt.done()


async def test_nothing_needs_no_engine() -> None:
    """The receipt for no events is given at once."""
    await Inbox().deliver([])


async def test_taking_twice_without_done_is_a_mistake_of_ours() -> None:
    """It would lose receipts, so it fails loudly."""
    inbox = Inbox()
    await inbox.put([ready(1)])
    await inbox.take()
    with pytest.raises(RuntimeError, match="never declared done"):
        await inbox.take()


async def test_an_idle_take_ends_at_its_timeout_and_loses_nothing() -> None:
    """No events in time is an empty list; those that come later are there."""
    inbox = Inbox()
    assert await inbox.take(timeout_s=0) == []
    assert await inbox.take(timeout_s=0.001) == []
    await inbox.put([ready(1)])
    assert await inbox.take(timeout_s=0) == [ready(1)]


async def test_batches_are_bounded_and_a_large_put_goes_through_in_pieces() -> None:
    """No batch and no depth beyond its bound, whatever is put at once."""
    inbox = Inbox(capacity=20, batch=10)
    sender = asyncio.create_task(inbox.deliver([ready(n) for n in range(105)]))
    taken: list[int] = []
    while len(taken) < 105:
        batch = await inbox.take()
        assert 0 < len(batch) <= 10
        assert inbox.depth <= 20
        taken += times_of(batch)
        assert sender.done() is False
        inbox.done()
    await sender
    assert taken == list(range(105))
    assert inbox.counts.waits > 0
    assert (inbox.counts.put, inbox.counts.taken) == (105, 105)


async def test_waiting_senders_are_served_in_the_order_in_which_they_came() -> None:
    """A full queue keeps the order of the puts that wait at its door."""
    inbox = Inbox(capacity=2, batch=2)
    senders = [asyncio.create_task(inbox.deliver([ready(n)])) for n in range(7)]
    taken: list[int] = []
    while len(taken) < 7:
        taken += times_of(await inbox.take())
        inbox.done()
    await asyncio.gather(*senders)
    assert taken == list(range(7))


async def test_a_sender_that_gave_up_harms_nobody() -> None:
    """A cancelled put at the full door leaves it to the next one."""
    inbox = Inbox(capacity=1, batch=1)
    await inbox.put([ready(1)])
    leaving = asyncio.create_task(inbox.deliver([ready(2)]))
    staying = asyncio.create_task(inbox.deliver([ready(3)]))
    await until(lambda: inbox.counts.waits, "the first waits at the full door")
    leaving.cancel()
    taken: list[int] = []
    while len(taken) < 2:
        taken += times_of(await inbox.take())
        inbox.done()
    await staying
    assert taken == [1, 3]
    assert leaving.cancelled()


async def test_blocking_keeps_every_position_and_latest_thins_them() -> None:
    """When full, `latest` keeps one position a courier and counts the rest; orders all stay."""
    events: list[Incoming] = [at(n, f"c{n % 3}") for n in range(90)]
    events += [ready(100 + n) for n in range(10)]
    inbox = Inbox(capacity=100, batch=100, policy="latest")
    await inbox.put(events)
    await inbox.put([at(200, "c9")])
    batch = await inbox.take()
    assert len(batch) == 14
    assert set(times_of(batch)) == {87, 88, 89, 200, *range(100, 110)}
    assert inbox.counts.conflated == 87
    assert inbox.counts.waits == 0


async def test_conflated_events_still_give_their_senders_a_receipt() -> None:
    """A sender whose events were all thinned out is not left waiting."""
    inbox = Inbox(capacity=4, batch=2, policy="latest")
    first = await inbox.put([at(1), at(2)])
    await inbox.put([at(3), at(4)])
    await inbox.put([at(5), at(6)])
    while inbox.depth:
        await inbox.take()
        inbox.done()
    assert first.done()


def test_the_newest_by_time_stays_whatever_came_last() -> None:
    """A late position does not replace a newer one."""
    assert newest_positions([[at(5), at(9)], [at(7)]]) == [[at(9)], []]
    assert newest_positions([[at(5, lat=1.0), at(5, lat=2.0)]]) == [[at(5, lat=2.0)]]


def test_a_position_that_alone_says_the_status_stays() -> None:
    """Thinning loses no change of status."""
    told = [at(1, status="idle"), at(2, status="to_venue"), at(3), at(4)]
    assert newest_positions([told]) == [[at(2, status="to_venue"), at(4)]]


def test_a_status_event_keeps_the_positions_around_it() -> None:
    """What is stale and what is not stays the same on both sides of it."""
    off = CourierStatusChanged("riga", 2, "c1", "off")
    events: list[Incoming] = [at(1, status="idle"), off, at(3), at(4)]
    assert newest_positions([events]) == [[at(1, status="idle"), off, at(4)]]


def test_couriers_and_cities_are_thinned_apart() -> None:
    """The same id in two cities is two couriers."""
    other = CourierPosition("berlin", 2, "c1", 52.5, 13.4)
    assert newest_positions([[at(1), other, at(1, "c2")]]) == [[at(1), other, at(1, "c2")]]


async def test_blocks_count_as_the_positions_they_hold() -> None:
    """A batch and the room of the queue are bounded in events, however these come."""
    inbox = Inbox(capacity=100, batch=40)
    blocks = [PositionBlock.of("riga", [at(n) for n in range(25)]) for _ in range(3)]
    await inbox.put([*blocks, ready(1)])
    assert (inbox.depth, inbox.counts.put) == (76, 76)
    assert await inbox.take() == [blocks[0]]
    inbox.done()
    assert (inbox.depth, inbox.counts.taken) == (51, 25)
    assert await inbox.take() == [blocks[1]]
    inbox.done()
    assert await inbox.take() == [blocks[2], ready(1)]


def test_what_comes_while_a_batch_is_on_its_way_to_the_disk_gathers() -> None:
    """The next batch is taken when the last is durable or its time is up, whichever comes first;
    with nothing under way nothing waits."""

    async def scenario() -> None:
        inbox, loop = Inbox(capacity=100, batch=10), asyncio.get_running_loop()

        async def step(durable: asyncio.Future[None]) -> tuple[float, int]:
            """How long the next batch was waited for, in parts of GATHER_S, and its size."""
            began = loop.time()
            taken = await inbox.take()
            inbox.done(durable)
            return round((loop.time() - began) / GATHER_S, 3), len(taken)

        await inbox.put([ready(1)])
        on_its_way: asyncio.Future[None] = loop.create_future()
        assert await step(on_its_way) == (0.0, 1)
        await inbox.put([ready(2)])
        loop.call_later(GATHER_S / 2, on_its_way.set_result, None)
        loop.call_later(GATHER_S / 4, lambda: loop.create_task(inbox.put([ready(3)])))
        never: asyncio.Future[None] = loop.create_future()
        assert await step(never) == (0.5, 2)
        await inbox.put([ready(4)])
        assert await step(never) == (1.0, 1)
        for n in range(10):
            await inbox.put([ready(n)])
        assert await step(never) == (0.0, 10)  # a whole batch waits for nothing

    virtually(scenario())
