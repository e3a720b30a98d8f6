"""`citywatch demo` as a process of its own, on free loopback ports.

Used by the tests of what a user sees of it: over HTTP (`tests/e2e`) and on the page
(`tests/browser`).
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from tests.support.mosquitto import free_port
from tests.support.running import ROOT, Running


@asynccontextmanager
async def showing(folder: Path, *more: str) -> AsyncIterator[Running]:
    """The demo of a small city, ready; stopped at the end of the block."""
    http, stream, mqtt = free_port(), free_port(), free_port()
    log = folder / "demo.log"
    with log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "monitor.cli", "demo", "--plain", "--couriers", "20", "--venues", "10"),
            *("--port", str(http), "--stream-port", str(stream), "--mqtt-port", str(mqtt)),
            *more,
            cwd=ROOT,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )
    async with aiohttp.ClientSession() as session:
        demo = Running(process, http, stream, log, session)
        try:
            await demo.until_ready()
            yield demo
        finally:
            await demo.stop()
