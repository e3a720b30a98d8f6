"""Events from inside the process: the demo's simulated city, and tests.

Lives here: a source that is fed by calls. It ships with the product, and behaves as the others
do: order kept, back-pressure passed on to the sender, nothing taken after it is stopped.
"""

import asyncio
from typing import Final

from monitor.ingest.source import Sink

QUEUED: Final = 1_000


class MemorySource:
    """A source whose payloads come from `send`."""

    def __init__(self, name: str = "memory", queued: int = QUEUED) -> None:
        self.name = name
        self._queue: asyncio.Queue[bytes] = asyncio.Queue(queued)

    async def send(self, payload: bytes) -> None:
        """Queues a payload; waits while `queued` payloads wait already."""
        await self._queue.put(payload)

    async def drained(self) -> None:
        """Waits until the sink has taken every payload sent so far."""
        await self._queue.join()

    async def run(self, sink: Sink) -> None:
        """Hands over all that waits, in batches, until cancelled."""
        while True:
            payloads = [await self._queue.get()]
            while not self._queue.empty():
                payloads.append(self._queue.get_nowait())
            await sink.take(payloads)
            for _ in payloads:
                self._queue.task_done()
