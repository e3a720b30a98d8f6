"""One position from its bytes to a watcher's screen, through the real parts, in order.

The README names the same ten stops; whoever reads this file from top to bottom has seen them all.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import numpy as np
from websockets.asyncio.client import connect

from monitor.core.effects import Effects
from monitor.core.events import CourierPosition
from monitor.core.ordering import latest_in_block
from monitor.core.state import State
from monitor.core.step import step
from monitor.engine import Engine
from monitor.ingest.codec import Decoded, decode
from monitor.ingest.dead_letters import DeadLetters
from monitor.ingest.feed import Feed
from monitor.ingest.gate import Gate
from monitor.ingest.inbox import Inbox
from monitor.publish import Publisher
from monitor.runtime.clock import VirtualClock
from monitor.transports.memory import MemorySource
from tests.support.cities import CITY, T0, at
from tests.support.towns import only, rush, town, venue
from tests.ws.reader import Reader
from ws.auth import let_everybody_in
from ws.commands import refuse_all
from ws.hub import Client, Hub
from ws.limits import Limits
from ws.outbox import Outbox
from ws.server import StreamServer

DEADLINE_S: Final = 10.0
WEST, MID = 0, 1


def position(seconds: float, lon: float, **fields: Any) -> bytes:
    """What a courier's telephone sends."""
    event = {
        "type": "courier.position",
        "city": CITY,
        "ts": at(seconds),
        "courier_id": "anna",
        "lon": lon,
        "lat": 0.05,
    }
    return json.dumps(event | fields).encode()


def decoded(payload: bytes, gate: Gate, now_ms: int) -> Decoded:
    """Through codec and gate."""
    events = decode(payload)
    gate.admit(events, now_ms)
    return events


def test_one_position_step_by_step() -> None:
    """Bytes become an event, a row, a zone, two changed counts, one message, and a line on it."""
    state = State([town()])
    city = state.cities[CITY]
    publisher = Publisher(lambda: state, lambda: at(2))
    hub = publisher.hub = Hub(epoch="e", snapshot=publisher.snapshot, now_ms=lambda: at(2))
    step(state, decode(position(0, 0.05)).events, at(0))
    publisher.flush()

    # 1, 2: bytes in; the codec decodes, the gate knows the city and the time.
    gate = Gate([CITY])
    taken = decoded(position(2, 0.15), gate, at(2))
    (event,) = taken.events
    assert isinstance(event, CourierPosition)
    assert (event.courier_id, event.lon, taken.rejected) == ("anna", 0.15, [])

    # 3, 4: the engine hands it to `step`; it is not older than what is known, so it is applied.
    row = city.couriers.find("anna")
    kept = latest_in_block(np.array([row]), np.array([event.ts]), city.couriers.last_ts)
    assert kept.applied.tolist() == [True]
    client = Client(Outbox(Limits()), lambda: None)
    hub.attach(client)
    hub.subscribe(client, "w", CITY, ["zones", "couriers"])
    effects = step(state, [event], at(2))
    assert city.couriers.lon[row] == 0.15

    # 5: the zone of the place; 6: one less in the west, one more in the middle, both changed.
    assert city.couriers.zone[row] == city.locate_one(0.15, 0.05) == MID
    assert (city.balance.idle[WEST], city.balance.idle[MID]) == (0, 1)
    assert city.balance.changed[[WEST, MID]].all()
    state.check()

    # 7, 8: a courier more is no breach.
    assert effects.alerts == []

    # 9: what changed is encoded once for the hub; 10: it waits in the outbox, in its order.
    publisher.on_effects(effects)
    publisher.flush()
    reader = Reader()
    while (wire := client.outbox.take(0.0)) is not None:
        reader.apply(wire)
    zones, (anna,) = reader.view[CITY, "zones"], reader.view[CITY, "couriers"].values()
    assert {zone: figures["idle"] for zone, figures in zones.items()} == {
        "west": 0,
        "mid": 1,
        "east": 0,
    }
    assert [message["type"] for message in reader.seen] == ["snapshot", "delta", "delta"]
    assert (anna["lon"], anna["status"]) == (0.15, "idle")
    assert reader.gaps == []


class House:
    """All parts of a monitor between a source in memory and the WebSocket server."""

    def __init__(self) -> None:
        self.clock = VirtualClock(T0)
        self.state = State([town(only("zone_shortage", for_s=0, wait_raise_s=60))])
        self.inbox = Inbox()
        self.letters = DeadLetters()
        self.source = MemorySource()
        self.feed = Feed("memory", self.inbox, Gate([CITY]), self.letters, self.clock)
        self.engine = Engine(self.state, self.inbox, self.clock, self.on_effects)
        self.publisher = Publisher(lambda: self.state, self.engine.now_ms)
        self.hub = Hub(epoch="e", snapshot=self.publisher.snapshot, now_ms=self.engine.now_ms)
        self.publisher.hub = self.hub
        self.server = StreamServer(
            self.hub,
            authenticate=let_everybody_in,
            command=refuse_all,
            cities=lambda: self.state.cities,
        )

    def on_effects(self, effects: Effects) -> None:
        """Alerts at once, and with them all that changed."""
        self.publisher.on_effects(effects)
        self.publisher.flush()

    async def send(self, payload: bytes) -> None:
        """A payload arrives, and is taken."""
        await self.source.send(payload)
        await self.source.drained()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[int]:
        """Everything at work; the port of the stream."""
        async with self.server.serve("127.0.0.1", 0) as port, asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(self.engine.run()),
                tasks.create_task(self.source.run(self.feed)),
            ]
            yield port
            for task in running:
                task.cancel()


@asynccontextmanager
async def watcher(port: int, *layers: str) -> AsyncIterator[tuple[Any, Reader]]:
    """A real client, welcomed and with its snapshot."""
    async with connect(f"ws://127.0.0.1:{port}/v1/stream", proxy=None) as socket:
        reader = Reader()
        await socket.send(json.dumps({"type": "hello", "protocol": 1}))
        reader.subscribing(CITY, layers)
        subscribe = {"type": "subscribe", "id": "w", "city": CITY, "layers": layers}
        await socket.send(json.dumps(subscribe))
        while reader.unwhole:
            await read(socket, reader)
        yield socket, reader


async def read(socket: Any, reader: Reader) -> Any:
    """The next message, applied."""
    async with asyncio.timeout(DEADLINE_S):
        return reader.apply(await socket.recv())


async def test_one_position_reaches_a_real_watcher() -> None:
    """Sent as bytes, a WebSocket brings the courier's new place and his zones' counts."""
    house = House()
    async with house.open() as port, watcher(port, "zones", "couriers") as (socket, reader):
        await house.send(position(0, 0.05, status="to_venue"))
        while not reader.view[CITY, "couriers"]:
            await read(socket, reader)
        await house.send(position(0, 0.15))
        while reader.view[CITY, "couriers"]["anna"]["lon"] != 0.15:
            await read(socket, reader)
        while reader.view[CITY, "zones"]["mid"]["busy"] != 1:
            await read(socket, reader)
        assert reader.view[CITY, "zones"]["west"]["busy"] == 0
        assert reader.view[CITY, "couriers"]["anna"]["status"] == "to_venue"
        assert reader.gaps == []


async def test_a_bad_neighbour_neither_stops_it_nor_goes_uncounted() -> None:
    """Between two lines that are wrong the good one arrives; both are kept with their reasons."""
    house = House()
    async with house.open() as port, watcher(port, "couriers") as (socket, reader):
        lines = [b'{"type": "courier.position"', position(0, 0.05), position(0, 500.0)]
        await house.send(b"\n".join(lines))
        while not reader.view[CITY, "couriers"]:
            await read(socket, reader)
        assert reader.view[CITY, "couriers"]["anna"]["lon"] == 0.05
    assert (house.feed.counts.taken, house.feed.counts.rejected) == (1, 2)
    assert house.letters.counts == {"malformed": 1, "coordinates": 1}


async def test_an_alert_reaches_the_watcher_and_is_never_merged_away() -> None:
    """An order waits for a minute: raised and resolved, both come out of the socket in order."""
    house = House()
    async with house.open() as port, watcher(port, "alerts", "zones") as (socket, reader):
        await house.inbox.deliver([venue(0), *rush(0, 1)])
        house.clock.set(at(60))
        while not reader.alerts:
            await read(socket, reader)
        await house.send(
            json.dumps(
                {"type": "order.cancelled", "city": CITY, "ts": at(60), "order_id": "o0"}
            ).encode()
        )
        house.clock.set(at(62))
        while len(reader.alerts) < 2:
            await read(socket, reader)
        assert [(a["rule"], a["state"]) for a in reader.alerts] == [
            ("zone_shortage", "firing"),
            ("zone_shortage", "resolved"),
        ]
        assert len({a["id"] for a in reader.alerts}) == 1
        assert reader.gaps == []
