"""The real Debian Redis on a free loopback port, with an append-only file in a folder of its own.

Lives here: starting, killing and restarting the server. Used by the contract suite of the stores.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.support.mosquitto import (
    START_DEADLINE_S,
    STOP_DEADLINE_S,
    free_port,
    until_listening,
)

REDIS: Final = "/usr/bin/redis-server"
DURABLE: Final = ("--appendonly", "yes")


@dataclass
class RedisServer:
    """One server; it keeps its port and, with `DURABLE`, its data over `kill` and `start`."""

    folder: Path
    port: int = field(default_factory=free_port)
    settings: Sequence[str] = DURABLE
    _process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """What a client opens."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int:
        """Its process, once it was started."""
        assert self._process is not None
        return self._process.pid

    async def ended(self) -> None:
        """Waits until somebody has ended it."""
        assert self._process is not None
        await self._process.wait()

    async def start(self) -> None:
        """Starts it and waits until it has its data again."""
        self._process = await asyncio.create_subprocess_exec(
            REDIS,
            *("--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)),
            *("--save", "", *self.settings),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
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

    async def kill(self) -> None:
        """SIGKILL: nothing is said to anybody."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def stop(self) -> None:
        """An orderly stop."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            try:
                async with asyncio.timeout(STOP_DEADLINE_S):
                    await self._process.wait()
            except TimeoutError:
                await self.kill()


@asynccontextmanager
async def redis_server(
    folder: Path, settings: Sequence[str] = DURABLE
) -> AsyncIterator[RedisServer]:
    """A server for the length of a test."""
    server = RedisServer(folder, settings=settings)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
