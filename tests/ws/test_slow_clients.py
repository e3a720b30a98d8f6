"""Clients that read slowly, or not at all, over loopback."""

import asyncio
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosedError
from websockets.protocol import State

from tests.ws.stage import Stage, Watcher, eventually, stage
from tests.ws.town import CITY, item
from ws.limits import Limits
from ws.reasons import CloseReason

PADDING = "x" * 20_000
ROOM = Limits(
    outbox_high_bytes=1 << 20,
    outbox_hard_bytes=4 << 20,
    over_high_s=600,
    stall_s=600,
    conflate_after_ms=0,
    close_timeout_s=5.0,
)


def stop_reading(watcher: Watcher) -> None:
    """From now on the client leaves everything in its socket."""
    watcher.socket.transport.pause_reading()


def read_again(watcher: Watcher) -> None:
    """The client goes on reading."""
    watcher.socket.transport.resume_reading()


async def publish_until_behind(running: Stage, layer: str = "zones") -> None:
    """Publish until the sockets are full and something waits in an outbox for good."""
    client = next(iter(running.hub._clients))
    waiting = 0
    async with asyncio.timeout(30):
        while waiting < 10 and client.ending is None:
            running.town.change(layer, item(layer, f"k{waiting}", PADDING))
            await asyncio.sleep(0)
            waiting = waiting + 1 if client.outbox else 0


async def test_a_slow_client_is_conflated_and_in_the_end_sees_what_is_true() -> None:
    """Zones are cut to the latest, alerts all come in their order."""
    async with stage(ROOM) as running:
        watcher = await running.watcher(["zones", "alerts"])
        stop_reading(watcher)
        await publish_until_behind(running)
        for n in range(500):
            running.town.change("zones", item("zones", "Centrs", f"{n}{PADDING}"))
            running.town.change("alerts", item("alerts", f"a{n}", n))
        assert running.hub.stats.conflated > 300
        read_again(watcher)
        view = running.town.view("zones")
        await watcher.until(lambda reader: reader.view[CITY, "zones"] == view)
        await watcher.until(lambda reader: len(reader.alerts) == 500)
        assert watcher.reader.alerts == running.town.alerts
        assert watcher.reader.gaps == []
        assert running.hub.stats.closed == {}


async def test_one_that_cannot_keep_up_even_so_is_closed_and_the_others_go_on() -> None:
    """Alerts alone pass the hard limit: 4009 with the reason, and nobody else is harmed."""
    async with stage(ROOM) as running:
        slow = await running.watcher(["zones", "alerts"])
        stop_reading(slow)
        await publish_until_behind(running)
        quick = await running.watcher(["alerts"])
        for n in range(220):
            running.town.change("alerts", item("alerts", f"a{n}", PADDING))
            await quick.next()
        read_again(slow)
        with pytest.raises(ConnectionClosedError):
            await slow.until_closed()
        await eventually(lambda: running.hub.stats.closed["overflow"] == 1)
        assert slow.socket.close_code == 4009
        assert "outbox_hard_bytes" in str(slow.socket.close_reason)
        assert quick.reader.alerts == running.town.alerts
        assert running.hub.clients == 1


async def test_one_that_stays_above_the_high_mark_is_closed() -> None:
    """Being over `outbox_high_bytes` for `over_high_s` ends with 4008."""
    limits = Limits(outbox_high_bytes=65_536, over_high_s=0, stall_s=600, close_timeout_s=0.2)
    async with stage(limits) as running:
        slow = await running.watcher(["alerts"])
        stop_reading(slow)
        await publish_until_behind(running, "alerts")
        await eventually(lambda: running.hub.stats.closed["too_slow"] == 1)


async def test_one_that_reads_nothing_is_closed_at_the_deadline() -> None:
    """A message that waits `stall_s` for the socket ends it, however little is published."""
    limits = Limits(conflate_after_ms=0, stall_s=0.3, close_timeout_s=0.2)
    async with stage(limits) as running:
        slow = await running.watcher(["zones"])
        stop_reading(slow)
        await publish_until_behind(running)
        await eventually(lambda: running.hub.stats.closed["stalled"] == 1)
        assert running.hub.clients == 0


async def test_a_half_open_socket_is_found_by_its_missing_pong() -> None:
    """A client that is gone without a word is closed after `ping_timeout_s`."""
    limits = Limits(ping_interval_s=0.1, ping_timeout_s=0.2, close_timeout_s=0.2)
    async with stage(limits) as running:
        gone = await running.watcher(["zones"])
        stop_reading(gone)
        await eventually(lambda: running.hub.clients == 0)
        assert running.hub.stats.closed == {"ping_timeout": 1}


async def test_pings_without_reading_their_pongs_are_cut_off() -> None:
    """What the server must answer by itself is bounded too."""
    async with stage(ROOM) as running:
        greedy = await running.watcher(["zones"])
        stop_reading(greedy)
        socket = greedy.socket
        with suppress(OSError):
            async with asyncio.timeout(30):
                while socket.state is State.OPEN:
                    for _ in range(500):
                        socket.protocol.send_ping(b"x" * 125)
                    socket.send_data()
                    await socket.drain()
        await eventually(lambda: running.hub.clients == 0)
        assert running.hub.stats.closed == {"connection_lost": 1}


async def test_a_stop_does_not_wait_for_one_that_does_not_read() -> None:
    """It is cut at the deadline, and the stop ends."""
    limits = Limits(conflate_after_ms=0, stall_s=600, close_timeout_s=0.2)
    async with stage(limits) as running:
        slow = await running.watcher(["zones"])
        stop_reading(slow)
        await publish_until_behind(running)
        running.hub.end_all(CloseReason.STOPPING)
        await eventually(lambda: running.hub.clients == 0)
    assert running.hub.stats.closed == {"stopping": 1}
