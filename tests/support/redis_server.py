"""The real Debian Redis on a free loopback port, with an append-only file in a folder of its own.

Lives here: starting, killing and restarting the server. Used by the contract suite of the stores.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.support.servers import START_DEADLINE_S, Server, free_port, running, until_listening

REDIS: Final = "/usr/bin/redis-server"
DURABLE: Final = ("--appendonly", "yes")


@dataclass
class RedisServer(Server):
    """One server; it keeps its port and, with `DURABLE`, its data over `kill` and `start`."""

    folder: Path
    port: int = field(default_factory=free_port)
    settings: Sequence[str] = DURABLE

    @property
    def url(self) -> str:
        """What a client opens."""
        return f"redis://127.0.0.1:{self.port}/0"

    async def start(self) -> None:
        """Starts it and waits until it has its data again."""
        await self.spawn(
            REDIS,
            *("--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)),
            *("--save", "", *self.settings),
        )
        await until_listening(self.port)
        async with asyncio.timeout(START_DEADLINE_S):
            while (await self._ping()).startswith(b"-LOADING"):  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)

    async def _ping(self) -> bytes:
        """What it answers: it listens before it has read its file."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(b"PING\r\n")
        answer = await reader.readline()
        writer.close()
        await writer.wait_closed()
        return answer


def redis_server(
    folder: Path, settings: Sequence[str] = DURABLE
) -> AbstractAsyncContextManager[RedisServer]:
    """A server for the length of a test."""
    return running(RedisServer(folder, settings=settings))
