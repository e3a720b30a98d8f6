"""The way in of one source, when more is handed over while earlier payloads wait."""

import asyncio

from monitor.core.events import OrderReady
from monitor.ingest.dead_letters import DeadLetters
from monitor.ingest.feed import Feed, FeedCounts, Receipt
from monitor.ingest.gate import Gate
from monitor.ingest.inbox import Inbox
from monitor.runtime.clock import Clock, EventClock, VirtualClock
from tests.support.waiting import until


def payload(ts: int) -> bytes:
    return b'{"type":"order.ready","city":"riga","ts":%d,"order_id":"o"}' % ts


def begun(clock: Clock) -> tuple[Inbox, list[asyncio.Task[None]]]:
    """Three payloads handed over one after the other, as a source does that does not wait."""
    inbox = Inbox()
    feed = Feed("test", inbox, Gate(["riga"]), DeadLetters(), clock)
    return inbox, [asyncio.create_task(feed.take([payload(ts)])) for ts in (1, 2, 3)]


async def test_live_payloads_wait_for_the_engine_together() -> None:
    """All are in the queue, in the order in which they were handed over."""
    inbox, takes = begun(VirtualClock(10))
    await until(lambda: inbox.depth == 3, "all are in the queue")
    assert await inbox.take() == [OrderReady("riga", ts, "o") for ts in (1, 2, 3)]
    inbox.done()
    await asyncio.gather(*takes)


async def test_the_events_own_clock_does_not_run_ahead_of_the_engine() -> None:
    """Where events are the clock, the next payload comes in once the last was taken."""
    clock = EventClock()
    inbox, takes = begun(clock)
    for ts in (1, 2, 3):
        assert await inbox.take() == [OrderReady("riga", ts, "o")]
        assert clock.now_ms() == ts
        inbox.done()
    await asyncio.gather(*takes)


async def test_payloads_and_their_bytes_are_counted_whether_good_or_bad() -> None:
    """As a batch and one by one; events count as taken once the engine has them."""
    inbox = Inbox()
    feed = Feed("test", inbox, Gate(["riga"]), DeadLetters(), VirtualClock(10))
    batch, lines = [payload(1), b"{}"], payload(2) + b"\n" + payload(3)
    takes = [asyncio.create_task(feed.take(batch)), asyncio.create_task(feed.accept(lines))]
    await until(lambda: inbox.depth == 3, "all are in the queue")
    assert feed.counts.taken == 0
    await inbox.take()
    inbox.done()
    assert await asyncio.gather(*takes) == [None, Receipt(2, ())]
    size = sum(map(len, [*batch, lines]))
    assert feed.counts == FeedCounts(payloads=3, bytes=size, taken=3, rejected=1)
