"""`citywatch demo` as a process of its own, on free loopback ports.

Used by the tests of what a user sees of it: over HTTP (`tests/e2e`) and on the page
(`tests/browser`).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.running import Running, started
from tests.support.servers import free_port


@asynccontextmanager
async def showing(folder: Path, *more: str) -> AsyncIterator[Running]:
    """The demo of a small city, ready; stopped at the end of the block."""
    http, stream, mqtt = free_port(), free_port(), free_port()
    city = ("--plain", "--couriers", "20", "--venues", "10")
    ports = ("--port", str(http), "--stream-port", str(stream), "--mqtt-port", str(mqtt))
    command = ("demo", *city, *ports, *more)
    async with started(folder / "demo.log", http, stream, *command) as demo:
        yield demo
