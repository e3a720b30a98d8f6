"""What the contract suite needs of every way in: an engine's stand-in, and a rig per transport.

A rig brings payloads from a sender through a real transport into a `Feed`; the engine's stand-in
takes them from the inbox, and can be held so that back-pressure shows.
"""

import asyncio
import gzip
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

import aiohttp
import numpy as np
from aiohttp import web

from monitor.core.reports import count_events
from monitor.ingest.dead_letters import DeadLetters
from monitor.ingest.feed import Feed
from monitor.ingest.gate import Gate
from monitor.ingest.inbox import Inbox
from monitor.ingest.source import Sink, Source
from monitor.runtime.clock import SystemClock, VirtualClock
from monitor.transports.broker import embedded_broker
from monitor.transports.follow import FollowedFile, FollowOptions
from monitor.transports.http import PATH, HttpLimits, events_route
from monitor.transports.memory import MemorySource
from monitor.transports.mqtt import MqttOptions, MqttSource
from tests.support.mosquitto import mosquitto
from tests.support.waiting import until

NOW_MS: Final = 1_800_000_000_000
DEADLINE_S: Final = 20.0
TOPIC: Final = "citywatch/v1/riga/couriers/c1"


def position(n: int, courier: str = "c1") -> bytes:
    """Event number `n`, told apart by its time."""
    fields: dict[str, Any] = {"type": "courier.position", "city": "riga", "ts": n}
    return json.dumps({**fields, "courier_id": courier, "lat": 56.95, "lon": 24.1}).encode()


def array(numbers: range) -> bytes:
    """A payload with one event a number."""
    return b"[" + b",".join(map(position, numbers)) + b"]"


async def stopped(task: "asyncio.Task[None]") -> None:
    """Cancels a task and waits for its end; its own faults come out."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@asynccontextmanager
async def running(source: Source, sink: Sink) -> AsyncIterator["asyncio.Task[None]"]:
    """A source at work for the length of the block."""
    task = asyncio.create_task(source.run(sink))
    try:
        yield task
    finally:
        await stopped(task)


class Engine:
    """Takes all that comes into its inbox, batch by batch, unless it is held."""

    def __init__(self, capacity: int = 50_000, batch: int = 5_000) -> None:
        self.inbox = Inbox(capacity, batch)
        self.dead_letters = DeadLetters()
        self.times: list[int] = []  # the numbers of the events taken, in order
        self.deepest = 0
        self.feed = Feed(
            "test", self.inbox, Gate(["riga"]), self.dead_letters, VirtualClock(NOW_MS)
        )
        self._free = asyncio.Event()
        self._free.set()

    def hold(self) -> None:
        """Takes nothing more until `free`."""
        self._free.clear()

    def free(self) -> None:
        """Goes on."""
        self._free.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._free.wait()
            batch = await self.inbox.take()
            self.deepest = max(self.deepest, self.inbox.depth + count_events(batch))
            await self._free.wait()  # held with the batch in hand: nobody has a receipt yet
            for item in batch:
                self.times += np.atleast_1d(item.ts).tolist()
            self.inbox.done()

    async def until(self, count: int) -> None:
        """Waits until that many events were taken."""
        await until(lambda: len(self.times) >= count, f"{count} events, got {len(self.times)}")


@asynccontextmanager
async def engine(capacity: int = 50_000, batch: int = 5_000) -> AsyncIterator[Engine]:
    """An engine's stand-in at work for the length of the block."""
    one = Engine(capacity, batch)
    task = asyncio.create_task(one.run())
    try:
        yield one
    finally:
        await stopped(task)


class Rig:
    """One transport: `send` gives it a payload."""

    def __init__(self, send: Callable[[bytes], Awaitable[None]]) -> None:
        self.send = send


RigMaker = Callable[[Feed, Path], AbstractAsyncContextManager[Rig]]


@asynccontextmanager
async def memory_rig(feed: Feed, folder: Path) -> AsyncIterator[Rig]:
    """Inside the process."""
    source = MemorySource(queued=10)
    async with running(source, feed):
        yield Rig(source.send)


@asynccontextmanager
async def http_server(feed: Feed, limits: HttpLimits | None = None) -> AsyncIterator[str]:
    """A real aiohttp server; gives the address of the route."""
    app = web.Application()
    app.add_routes([events_route(feed, SystemClock(), limits)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def http_rig(feed: Feed, folder: Path) -> AsyncIterator[Rig]:
    """Over HTTP; every other body gzipped; a 429 is tried again."""
    limits = HttpLimits(events_per_s=1e9, burst_events=1e9)
    async with http_server(feed, limits) as url, aiohttp.ClientSession() as session:
        sent = 0

        async def send(payload: bytes) -> None:
            nonlocal sent
            sent += 1
            headers = {"Content-Type": "application/x-ndjson"}
            if sent % 2:
                headers["Content-Encoding"] = "gzip"
                payload = gzip.compress(payload)
            while True:
                async with session.post(url, data=payload, headers=headers) as answer:
                    if answer.status != 429:
                        return
                await asyncio.sleep(0.01)

        yield Rig(send)


@asynccontextmanager
async def mqtt_rig(feed: Feed, port: int) -> AsyncIterator[Rig]:
    """Over a broker at `port`: one client publishes with QoS 1, another is the source."""
    sink_options = MqttOptions(port=port, client_id="monitor")
    source = MqttSource(sink_options, SystemClock(), random.Random(1))
    sender = MqttSource(
        MqttOptions(port=port, client_id="sender", prefix="nothing"),
        SystemClock(),
        random.Random(2),
    )
    async with running(source, feed), running(sender, feed):
        await until(lambda: source.state.connected and sender.state.connected, "connected")

        async def send(payload: bytes) -> None:
            await sender.publish(TOPIC, payload, 1)

        yield Rig(send)


@asynccontextmanager
async def mosquitto_rig(feed: Feed, folder: Path) -> AsyncIterator[Rig]:
    """Over the real Mosquitto."""
    async with mosquitto(folder) as broker, mqtt_rig(feed, broker.port) as rig:
        yield rig


@asynccontextmanager
async def embedded_rig(feed: Feed, folder: Path) -> AsyncIterator[Rig]:
    """Over the broker inside the process."""
    async with embedded_broker() as port, mqtt_rig(feed, port) as rig:
        yield rig


@asynccontextmanager
async def file_rig(feed: Feed, folder: Path) -> AsyncIterator[Rig]:
    """From a file that is written to while it is followed."""
    path = folder / "events.ndjson"

    async def send(payload: bytes) -> None:
        with path.open("ab") as file:
            file.write(payload + b"\n")

    async with running(FollowedFile(FollowOptions(path, poll_s=0.01)), feed):
        yield Rig(send)


RIGS: Final[dict[str, RigMaker]] = {
    "memory": memory_rig,
    "http": http_rig,
    "mosquitto": mosquitto_rig,
    "embedded": embedded_rig,
    "file": file_rig,
}
