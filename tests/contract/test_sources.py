"""One contract for every way in: memory, HTTP, MQTT over two brokers, a file that is followed."""

import asyncio
from pathlib import Path

import pytest

from tests.support.sources import RIGS, RigMaker, array, engine, position, stopped
from tests.support.waiting import until


@pytest.fixture(params=RIGS)
def rig_maker(request: pytest.FixtureRequest) -> RigMaker:
    """Each transport in turn."""
    return RIGS[request.param]


async def test_events_keep_the_order_in_which_they_were_sent(
    rig_maker: RigMaker, tmp_path: Path
) -> None:
    """Three hundred payloads of one event each arrive as they were sent, once each."""
    async with engine() as monitor, rig_maker(monitor.feed, tmp_path) as rig:
        for n in range(300):
            await rig.send(position(n))
        await monitor.until(300)
        assert monitor.times == list(range(300))


async def test_a_payload_may_be_an_event_an_array_or_lines(
    rig_maker: RigMaker, tmp_path: Path
) -> None:
    """All three forms give the same events."""
    async with engine() as monitor, rig_maker(monitor.feed, tmp_path) as rig:
        await rig.send(position(0))
        await rig.send(array(range(1, 4)))
        await rig.send(b"\n".join([position(4), b"", position(5)]) + b"\n")
        await monitor.until(6)
        assert monitor.times == list(range(6))
        assert not monitor.dead_letters.counts


async def test_a_bad_event_is_counted_and_costs_no_neighbour(
    rig_maker: RigMaker, tmp_path: Path
) -> None:
    """Faults of every kind stand in the dead letters by reason, and the good events arrive."""
    elsewhere = position(9).replace(b"riga", b"atlantis")
    tomorrow = position(1_900_000_000_000)
    async with engine() as monitor, rig_maker(monitor.feed, tmp_path) as rig:
        await rig.send(position(0))
        await rig.send(b"\n".join([b"{", position(1), elsewhere, position(2), tomorrow]))
        await rig.send(b"[" + position(3) + b',{"type":"moon.landing"},' + position(4) + b"]")
        await rig.send(position(9).replace(b"56.95", b"156.95") + b"\n" + position(5))
        await rig.send(b"\xff\xfe not even text")
        await rig.send(position(6))
        await monitor.until(7)
        assert monitor.times == list(range(7))
        assert monitor.dead_letters.counts == {
            "malformed": 2,
            "unknown_city": 1,
            "future": 1,
            "unknown_type": 1,
            "coordinates": 1,
        }


async def test_a_flood_arrives_whole(rig_maker: RigMaker, tmp_path: Path) -> None:
    """Twenty payloads of a thousand events each lose nothing and keep their order."""
    async with engine() as monitor, rig_maker(monitor.feed, tmp_path) as rig:
        for n in range(20):
            await rig.send(array(range(n * 1_000, (n + 1) * 1_000)))
        await monitor.until(20_000)
        assert monitor.times == list(range(20_000))


async def test_a_slow_engine_makes_the_sender_wait_and_loses_nothing(
    rig_maker: RigMaker, tmp_path: Path
) -> None:
    """While the engine is held the inbox stays within its bound; afterwards all is there."""
    async with engine(capacity=300, batch=100) as monitor, rig_maker(monitor.feed, tmp_path) as rig:
        monitor.hold()

        async def send_all() -> None:
            for n in range(40):
                await rig.send(array(range(n * 50, (n + 1) * 50)))

        sender = asyncio.create_task(send_all())
        await until(lambda: sender.done() or monitor.inbox.counts.put >= 50, "events come in")
        assert not monitor.times
        monitor.free()
        await monitor.until(2_000)
        await sender
        assert monitor.times == list(range(2_000))
        assert monitor.deepest <= 300 + 100


async def test_a_stopped_source_takes_nothing_more(rig_maker: RigMaker, tmp_path: Path) -> None:
    """Stopping while the engine is behind ends at once and hands nothing over afterwards."""
    async with engine(capacity=100, batch=100) as monitor:
        async with rig_maker(monitor.feed, tmp_path) as rig:
            await rig.send(position(0))
            await monitor.until(1)
            monitor.hold()

            async def send_all() -> None:
                for n in range(1, 11):
                    await rig.send(array(range(n * 50, (n + 1) * 50)))

            sender = asyncio.create_task(send_all())
            await until(
                lambda: sender.done() or monitor.inbox.counts.put > 1, "more events on their way"
            )
            await stopped(sender)
        put = monitor.inbox.counts.put
        monitor.free()
        await monitor.until(put)
        assert monitor.inbox.counts.put == put == len(monitor.times)
