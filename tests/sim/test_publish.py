"""Playing a city against a clock: nothing lost, nothing early, one entity a message."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest

from monitor.core.events import Event
from sim.city import SimCity
from sim.publish import FastClock, Message, SimFeed, messages
from sim.settings import SimSettings
from sim.wire import encode

CHOSEN = SimSettings(seed=3, couriers=20, venues=6, orders_per_hour=200.0)
ANY = msgspec.json.Decoder(Event | list[Event])


def unpack(batch: Sequence[Message]) -> list[Event]:
    """The events of some messages, in their order."""
    found: list[Event] = []
    for message in batch:
        payload = ANY.decode(message.payload)
        found.extend(payload if isinstance(payload, list) else [payload])
    return found


def test_messages_bundle_the_events_of_one_entity_under_its_topic() -> None:
    """Every event comes out once, in its entity's order, under the topic of the contract."""
    events = SimCity(CHOSEN).advance(CHOSEN.start_ms + 20_000)
    made = messages("demo", events)
    assert len({message.topic for message in made}) == len(made) < len(events)
    assert sorted(map(encode, unpack(made))) == sorted(map(encode, events))
    for topic, payload in made:
        root, version, city, stream, entity = topic.split("/")
        assert (root, version, city) == ("citywatch", "v1", "demo")
        mine = unpack([Message(topic, payload)])
        key = {"couriers": "courier_id", "orders": "order_id", "venues": "venue_id"}
        assert {getattr(event, key.get(stream, "city")) for event in mine} == {entity}
        assert [event.ts for event in mine] == sorted(event.ts for event in mine)


async def test_a_feed_delivers_all_up_to_its_clock_and_nothing_beyond() -> None:
    """After each turn of the clock the delivered events are those of the city until then."""
    delivered: list[Event] = []
    now = CHOSEN.start_ms - 1

    async def deliver(batch: Sequence[Message]) -> None:
        delivered.extend(unpack(batch))

    feed = SimFeed(SimCity(CHOSEN), deliver, lambda: now)
    await feed.catch_up()
    assert not delivered
    for step in (1, 700, 60_000, 3):
        now += step
        await feed.catch_up()
        expected = SimCity(CHOSEN).advance(now)
        assert sorted(map(encode, delivered)) == sorted(map(encode, expected))
    assert feed.events == len(delivered)
    assert 0 < feed.messages <= feed.events


async def test_a_feed_runs_until_it_is_cancelled() -> None:
    """It asks the clock again after each sleep and ends with its task."""
    ticks = 0
    enough = asyncio.Event()
    now = CHOSEN.start_ms

    async def sleep(_: float) -> None:
        nonlocal now, ticks
        now += 1_000
        ticks += 1
        if ticks == 5:
            enough.set()
        await asyncio.sleep(0)

    async def deliver(batch: Sequence[Message]) -> None:
        assert batch

    feed = SimFeed(SimCity(CHOSEN), deliver, lambda: now, sleep)
    task = asyncio.create_task(feed.run())
    async with asyncio.timeout(10):
        await enough.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert feed.events > 0


def test_a_fast_clock_runs_by_its_speed() -> None:
    """Two seconds at sixty times the speed are two minutes."""
    seconds = 100.0
    clock = FastClock(5_000, 60.0, lambda: seconds)
    assert clock.now_ms() == 5_000
    seconds += 2.0
    assert clock.now_ms() == 125_000
    with pytest.raises(ValueError, match="speed"):
        FastClock(0, 0.0, lambda: 0.0)
