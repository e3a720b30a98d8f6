"""The bounded queue between the sources and the engine.

Lives here: waiting while full, batches that form by themselves under load, and the receipt by
which a source learns that the engine has taken its events. Does not live here: decoding and
admission (`feed`). Many producers (`put`), one consumer (`take`, then `done`).

While a batch is on its way to the disk, what comes meanwhile gathers for the next one, for GATHER_S
at most: a step and a commit cost much the same for one event and for hundreds. When nothing is
under way nothing waits.

Two policies: `block` loses nothing, a producer waits while the queue is full; `latest` first
conflates the courier positions that wait (see `conflate`) and waits only if that made no room.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from monitor.core.reports import Input, count_events
from monitor.ingest.conflate import newest_positions

Policy = Literal["block", "latest"]

CAPACITY: Final = 50_000
BATCH: Final = 5_000
# The queue is conflated again only after it grew by this share of its capacity since the last
# time: the cost of a pass (about 0.5 µs an event) is then paid at most about four times an event.
REGROWTH: Final = 0.25
GATHER_S: Final = 0.005


@dataclass(slots=True)
class _Chunk:
    """Events of one put, at most a batch of them; `receipt` stands on the last chunk of a put."""

    events: Sequence[Input]
    count: int
    receipt: asyncio.Future[None] | None


@dataclass(slots=True)
class InboxCounts:
    """Since the start, in events; `waits` in puts that found the queue full."""

    put: int = 0
    taken: int = 0
    conflated: int = 0
    waits: int = 0


class Inbox:
    """A queue of at most `capacity` events, handed out in batches of at most `batch`.

    A single put larger than the capacity goes through in pieces. Order is kept: the events of
    each put, and the puts in the order in which they were called. No block that is put may hold
    more than `batch`.
    """

    def __init__(
        self, capacity: int = CAPACITY, batch: int = BATCH, policy: Policy = "block"
    ) -> None:
        if not 0 < batch <= capacity:
            raise ValueError(f"a batch of {batch} must be from 1 to the capacity, {capacity}")
        self.capacity = capacity
        self.batch = batch
        self.counts = InboxCounts()
        self._policy = policy
        self._chunks: deque[_Chunk] = deque()
        self._depth = 0
        self._depth_conflated = 0
        self._door = asyncio.Lock()  # first come, first served, also while full
        self._room = asyncio.Event()
        self._filled = asyncio.Event()
        self._in_hand: list[asyncio.Future[None]] | None = None
        self._under_way: asyncio.Future[None] | None = None

    @property
    def depth(self) -> int:
        """Events that wait."""
        return self._depth

    @property
    def is_full(self) -> bool:
        """Whether a put of a whole batch would wait now."""
        return self._door.locked() or self._depth + self.batch > self.capacity

    async def put(self, events: Sequence[Input]) -> asyncio.Future[None]:
        """Queues events, waiting while full; the future is done once the engine has taken them.

        When cancelled while waiting, the pieces already queued stay queued.
        """
        receipt: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if not events:
            receipt.set_result(None)
            return receipt
        async with self._door:
            chunks = self._cut(events)
            chunks[-1].receipt = receipt
            for chunk in chunks:
                if not self._has_room(chunk.count):
                    await self._wait_for_room(chunk.count)
                self._chunks.append(chunk)
                self._depth += chunk.count
                self.counts.put += chunk.count
                self._filled.set()
        return receipt

    def _cut(self, events: Sequence[Input]) -> list[_Chunk]:
        """Pieces of at most a batch."""
        count = count_events(events)
        if count <= self.batch:
            return [_Chunk(events, count, None)]
        chunks: list[_Chunk] = []
        piece: list[Input] = []
        size = 0
        for event in events:
            more = count_events([event])
            if size + more > self.batch:
                chunks.append(_Chunk(piece, size, None))
                piece, size = [], 0
            piece.append(event)
            size += more
        chunks.append(_Chunk(piece, size, None))
        return chunks

    async def deliver(self, events: Sequence[Input]) -> None:
        """Queues events and waits until the engine has taken them."""
        await (await self.put(events))

    async def take(self, timeout_s: float | None = None) -> list[Input]:
        """All that waits, oldest first, at most one batch; waits while there is nothing.

        Returns an empty list when `timeout_s` has passed. After each list that is not empty the
        engine must call `done` before it takes again; raises RuntimeError if it did not.
        """
        if self._in_hand is not None:
            raise RuntimeError("the last batch was taken and never declared done")
        if not self._chunks:
            self._filled.clear()
            try:
                async with asyncio.timeout(timeout_s):
                    await self._filled.wait()
            except TimeoutError:
                return []
        if self._under_way is not None:
            if self._depth < self.batch:
                await asyncio.wait([self._under_way], timeout=GATHER_S)
            self._under_way = None
        batch: list[Input] = []
        count = 0
        self._in_hand = []
        while self._chunks and count + self._chunks[0].count <= self.batch:
            chunk = self._chunks.popleft()
            batch.extend(chunk.events)
            count += chunk.count
            if chunk.receipt is not None:
                self._in_hand.append(chunk.receipt)
        self._depth -= count
        self._depth_conflated = min(self._depth_conflated, self._depth)
        self.counts.taken += count
        self._room.set()
        return batch

    def done(self, durable: asyncio.Future[None] | None = None) -> None:
        """The engine has applied the batch it took: its producers' receipts are given, at once or
        when it is durable."""
        receipts, self._in_hand = self._in_hand or [], None
        if durable is None:
            _give(receipts)
        else:
            self._under_way = durable
            durable.add_done_callback(lambda _: _give(receipts))

    def _has_room(self, count: int) -> bool:
        return self._depth == 0 or self._depth + count <= self.capacity

    async def _wait_for_room(self, count: int) -> None:
        if self._policy == "latest":
            self._conflate()
        if self._has_room(count):
            return
        self.counts.waits += 1
        while not self._has_room(count):
            self._room.clear()
            await self._room.wait()

    def _conflate(self) -> None:
        if self._depth - self._depth_conflated < REGROWTH * self.capacity:
            return
        thinned = newest_positions([chunk.events for chunk in self._chunks])
        for chunk, events in zip(self._chunks, thinned, strict=True):
            chunk.events, chunk.count = events, count_events(events)
        depth = sum(chunk.count for chunk in self._chunks)
        self.counts.conflated += self._depth - depth
        self._depth = self._depth_conflated = depth


def _give(receipts: list[asyncio.Future[None]]) -> None:
    for receipt in receipts:
        if not receipt.done():  # its producer may have been cancelled
            receipt.set_result(None)
