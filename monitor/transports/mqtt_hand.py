"""Messages between a connection and the engine: handed over at once, acknowledged when durable.

What arrives goes on while earlier messages still wait for the disk, so that a slow commit holds up
acknowledgements and not the picture; only so much waits at once. Acknowledgements keep the order of
the messages, as MQTT asks (4.6). Used by `mqtt`, once a connection.
"""

import asyncio
from collections import deque
from types import TracebackType
from typing import Final, Protocol, Self

from monitor.ingest.source import Sink
from monitor.transports.mqtt_wire import Arrived

# While so much waits to be taken nothing more is handed over: the link gathers, then the broker.
HANDED_ARRIVALS: Final = 100
HANDED_BYTES: Final = 16 * 1024 * 1024


class Acknowledges(Protocol):
    """The connection that the messages came over."""

    def acknowledge(self, arrived: Arrived) -> None:
        """Tell the broker that these messages are ours now."""

    def abort(self, why: str) -> None:
        """End at once."""


class Handing:
    """The way of one connection's messages into `sink`.

    Leaving it by a fault waits for what the sink has begun to take, and raises what it raised;
    leaving it by cancellation takes back what was not taken.
    """

    def __init__(self, sink: Sink, link: Acknowledges) -> None:
        self._sink = sink
        self._link = link
        self._handed: deque[tuple[Arrived, asyncio.Task[None]]] = deque()
        self._bytes = 0

    async def over(self, arrived: Arrived) -> None:
        """Hand over what arrived; waits while too much waits. Raises what the sink raised."""
        while self._handed and (
            len(self._handed) >= HANDED_ARRIVALS or self._bytes + arrived.size > HANDED_BYTES
        ):
            await self._first_is_taken()
        task = asyncio.create_task(self._take(arrived))
        self._handed.append((arrived, task))
        self._bytes += arrived.size
        task.add_done_callback(self._acknowledge)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        try:
            while self._handed and isinstance(fault, Exception):
                await self._first_is_taken()
        finally:
            for _, task in self._handed:
                task.cancel()

    async def _take(self, arrived: Arrived) -> None:
        if arrived.payloads:
            await self._sink.take(arrived.payloads)

    async def _first_is_taken(self) -> None:
        _, task = self._handed[0]
        await asyncio.wait([task])  # our callback was added before, and has run
        if self._handed and self._handed[0][1] is task:
            await task  # it failed

    def _acknowledge(self, _: asyncio.Task[None]) -> None:
        """Those that have been taken, up to the first that was not."""
        while self._handed:
            arrived, task = self._handed[0]
            if not task.done() or task.cancelled():
                return
            if task.exception() is not None:
                self._link.abort("its messages could not be taken")  # and `over` is told why
                return
            self._handed.popleft()
            self._bytes -= arrived.size
            self._link.acknowledge(arrived)
