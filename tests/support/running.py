"""The real program, `citywatch run`, as a process of its own, on free loopback ports.

Used by the end-to-end tests: they see what a user sees, the API, the stream, the log, exit codes.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from websockets.asyncio.client import ClientConnection, connect

from tests.support.servers import free_port

DEADLINE_S = 30.0
ROOT = Path(__file__).parents[2]


@dataclass
class Running:
    """A monitor that runs; `log` grows as it writes."""

    process: asyncio.subprocess.Process
    http: int
    stream: int
    log: Path
    session: aiohttp.ClientSession

    def url(self, path: str) -> str:
        """Of the API."""
        return f"http://127.0.0.1:{self.http}{path}"

    async def get(self, path: str) -> Any:
        """A view of the API, decoded."""
        async with self.session.get(self.url(path)) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def text(self, path: str) -> str:
        """An answer as text."""
        async with self.session.get(self.url(path)) as answer:
            return await answer.text()

    async def post(self, path: str, body: bytes, kind: str = "application/x-ndjson") -> Any:
        """What the API says to a body, decoded."""
        headers = {"Content-Type": kind}
        async with self.session.post(self.url(path), data=body, headers=headers) as answer:
            return await answer.json()

    async def until(self, path: str, holds: Callable[[Any], bool]) -> Any:
        """Ask until the answer is as it should be; it is what the deadline tells otherwise."""
        seen: Any = None
        try:
            async with asyncio.timeout(DEADLINE_S):
                while True:
                    seen = await self.get(path)
                    if holds(seen):
                        return seen
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"{path} stayed {seen}\n{self.log.read_text()}") from None

    async def until_logged(self, words: str) -> None:
        """Wait for a line of the log."""
        async with asyncio.timeout(DEADLINE_S):
            while words not in self.log.read_text():  # noqa: ASYNC110 - a file is all there is
                await asyncio.sleep(0.02)

    async def until_ready(self) -> None:
        """Wait until all its parts are well."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                assert self.process.returncode is None, self.log.read_text()
                try:
                    async with self.session.get(self.url("/readyz")) as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientConnectionError:
                    pass
                await asyncio.sleep(0.05)

    @asynccontextmanager
    async def watching(self, city: str, *layers: str) -> AsyncIterator[ClientConnection]:
        """A client of the stream, greeted and subscribed."""
        async with connect(f"ws://127.0.0.1:{self.stream}/v1/stream", max_size=None) as socket:
            await socket.send('{"type":"hello","protocol":1}')
            subscribe = {"type": "subscribe", "id": "s", "city": city, "layers": list(layers)}
            await socket.send(msgspec.json.encode(subscribe).decode())
            yield socket

    async def kill(self) -> None:
        """SIGKILL: it has no last words."""
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> int:
        """SIGTERM; its exit code."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(DEADLINE_S):
            return await self.process.wait()


async def message(socket: ClientConnection, holds: Callable[[Any], bool]) -> Any:
    """The next message of a stream for which `holds` holds."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            told = msgspec.json.decode(await socket.recv())
            if holds(told):
                return told


@asynccontextmanager
async def running(folder: Path, config: str) -> AsyncIterator[Running]:
    """`citywatch run` over `config` (ports are added), ready; stopped at the end of the block."""
    http, stream = free_port(), free_port()
    path = folder / "city.toml"
    path.write_text(f"{config}\n[http]\nport = {http}\n[stream]\nport = {stream}\n")
    async with started(folder / "monitor.log", http, stream, "run", "--config", str(path)) as one:
        yield one


@asynccontextmanager
async def started(log: Path, http: int, stream: int, *command: str) -> AsyncIterator[Running]:
    """A command of citywatch that serves these ports, ready; stopped at the end of the block."""
    with log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "monitor.cli", *command),
            cwd=ROOT,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    async with aiohttp.ClientSession() as session:
        monitor = Running(process, http, stream, log, session)
        try:
            await monitor.until_ready()
            yield monitor
        finally:
            await monitor.stop()
