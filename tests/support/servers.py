"""Real Debian servers on free loopback ports: what starting and ending them has in common.

Lives here: the process of one server, ports, waiting until it listens. What each is told and asked
stands in its own file: `mosquitto.py`, `redis_server.py`, `alertmanager.py`.
"""

import asyncio
import socket
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, TypeVar

START_DEADLINE_S: Final = 10.0
STOP_DEADLINE_S: Final = 5.0


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def until_listening(port: int, deadline_s: float = START_DEADLINE_S) -> None:
    """Waits until something accepts connections on the loopback port."""
    async with asyncio.timeout(deadline_s):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.01)
            else:
                writer.close()
                await writer.wait_closed()
                return


class Server(ABC):
    """One server; it keeps its port and its files over `kill` and `start`."""

    _process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """Its process, once it was started."""
        assert self._process is not None
        return self._process.pid

    @abstractmethod
    async def start(self) -> None:
        """Starts it and waits until it is ready."""

    async def spawn(self, *command: str) -> None:
        """Run its program, which is heard of by its port alone."""
        self._process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )

    async def ended(self) -> None:
        """Waits until somebody has ended it."""
        assert self._process is not None
        await self._process.wait()

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


AnyServer = TypeVar("AnyServer", bound=Server)


@asynccontextmanager
async def running(server: AnyServer) -> AsyncIterator[AnyServer]:
    """A server for the length of a test."""
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
