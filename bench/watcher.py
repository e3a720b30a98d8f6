"""A watcher that notes how old each courier's position is when it arrives."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from websockets.asyncio.client import ClientConnection, connect


class Item(msgspec.Struct):
    """What is needed of a courier."""

    ts: int | None = None


class Message(msgspec.Struct):
    """What is needed of a message of the stream."""

    type: str
    items: list[Item] = []


class Watcher:
    """The latencies in ms, of every item of every delta, since last cleared."""

    def __init__(self) -> None:
        self.latencies: list[int] = []

    async def read(self, socket: ClientConnection) -> None:
        """Read until cancelled or closed."""
        decoder = msgspec.json.Decoder(Message)
        async for raw in socket:
            message = decoder.decode(raw)
            if message.type == "delta":
                now_ms = time.time_ns() // 1_000_000
                self.latencies += [now_ms - item.ts for item in message.items if item.ts]


@asynccontextmanager
async def watch_couriers(url: str, city: str) -> AsyncIterator[Watcher]:
    """Subscribe to all couriers of a city for the length of the block; waits for the server."""
    watcher = Watcher()
    deadline = time.monotonic() + 30
    while True:
        try:
            socket = await connect(url, max_size=None, compression=None)
            break
        except OSError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)
    async with socket:
        await socket.send('{"type":"hello","protocol":1}')
        await socket.send(
            msgspec.json.encode(
                {"type": "subscribe", "id": "all", "city": city, "layers": ["couriers"]}
            ).decode()
        )
        task = asyncio.create_task(watcher.read(socket))
        try:
            yield watcher
        finally:
            task.cancel()
