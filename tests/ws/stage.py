"""A hub with a town behind it, a server on a free loopback port, and watchers of it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.ws.reader import Reader
from tests.ws.town import CITY, Town
from ws.auth import Authenticate, let_everybody_in
from ws.commands import CommandPort, refuse_all
from ws.hub import Hub
from ws.limits import Limits
from ws.server import StreamServer

DEADLINE_S = 15.0


class Watcher:
    """A real client over loopback that applies what it gets."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.reader = Reader()

    async def send(self, **message: Any) -> None:
        """Send a message as it is given."""
        if message.get("type") == "subscribe":
            cities = message["city"]
            for city in [cities] if isinstance(cities, str) else cities:
                self.reader.subscribing(city, message["layers"])
        await self.socket.send(json.dumps(message))

    async def hello(self, **fields: Any) -> Any:
        """Say hello and wait for what comes back."""
        await self.send(type="hello", protocol=1, **fields)
        return await self.next()

    async def watch(self, layers: Sequence[str], watch_id: str = "w", **fields: Any) -> None:
        """Subscribe, and wait until the subscription is whole."""
        await self.send(
            **{"type": "subscribe", "id": watch_id, "city": CITY, "layers": layers} | fields
        )
        await self.until(lambda reader: not reader.unwhole)

    async def next(self) -> Any:
        """The next message, applied."""
        async with asyncio.timeout(DEADLINE_S):
            return self.reader.apply(await self.socket.recv())

    async def until(self, done: Callable[[Reader], bool]) -> None:
        """Take messages until `done`."""
        while not done(self.reader):
            await self.next()

    async def until_closed(self) -> None:
        """Take messages until the server closes."""
        async with asyncio.timeout(DEADLINE_S):
            async for wire in self.socket:
                self.reader.apply(wire)


class Stage:
    """A running server."""

    def __init__(
        self, town: Town, hub: Hub, server: StreamServer, port: int, stack: AsyncExitStack
    ) -> None:
        self.town = town
        self.hub = hub
        self.server = server
        self.port = port
        self._stack = stack

    async def connect(self, path: str = "/v1/stream", **options: Any) -> Watcher:
        """A watcher that has not said anything yet."""
        url = f"ws://127.0.0.1:{self.port}{path}"
        socket = await self._stack.enter_async_context(
            connect(url, proxy=None, compression=None, close_timeout=0.2, **options)
        )
        return Watcher(socket)

    async def watcher(self, layers: Sequence[str], **fields: Any) -> Watcher:
        """A watcher of these layers, its subscription whole."""
        watcher = await self.connect()
        await watcher.hello()
        await watcher.watch(layers, **fields)
        return watcher


async def eventually(done: Callable[[], bool]) -> None:
    """Wait for a condition, with a deadline."""
    async with asyncio.timeout(DEADLINE_S):
        while not done():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.005)


@asynccontextmanager
async def stage(
    limits: Limits | None = None,
    *,
    epoch: str = "e1",
    town: Town | None = None,
    authenticate: Authenticate = let_everybody_in,
    command: CommandPort = refuse_all,
    origins: Sequence[str] = (),
) -> AsyncIterator[Stage]:
    """A server on a free port of the loopback, with clients that end after it."""
    town = town or Town()
    hub = Hub(
        epoch=epoch,
        snapshot=town.snapshot,
        now_ms=lambda: 1_700_000_000_000,
        limits=limits or Limits(close_timeout_s=1.0),
    )
    town.hub = hub
    server = StreamServer(
        hub,
        authenticate=authenticate,
        command=command,
        cities=lambda: (CITY, "oslo"),
        origins=origins,
    )
    async with AsyncExitStack() as stack, server.serve("127.0.0.1", 0) as port:
        yield Stage(town, hub, server, port, stack)
