"""The way in from a transport to the engine: payloads, codec, gate, dead letters, inbox.

Lives here: the `Sink` that every source is given, one per source, under the source's name. Does
not live here: how payloads arrive (`transports`) and what the events do (`core`).
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.core.reports import Input
from monitor.ingest.codec import DEFAULT_LIMITS, Decoded, Limits, Rejected, decode, decode_many
from monitor.ingest.dead_letters import DeadLetters
from monitor.ingest.gate import Gate
from monitor.ingest.inbox import Inbox
from monitor.ingest.pack import pack
from monitor.runtime.clock import Clock, EventClock


@dataclass(slots=True)
class FeedCounts:
    """Since the start, of one source."""

    payloads: int = 0
    bytes: int = 0
    taken: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one payload: `rejected` carries each event's place in it."""

    taken: int
    rejected: tuple[Rejected, ...]


class Feed:
    """Takes payloads of one source; returns once the engine has taken their events."""

    def __init__(
        self,
        source: str,
        inbox: Inbox,
        gate: Gate,
        dead_letters: DeadLetters,
        clock: Clock,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self.source = source
        self.limits = limits
        self.counts = FeedCounts()
        self._inbox = inbox
        self._gate = gate
        self._dead_letters = dead_letters
        self._clock = clock
        self._turn = asyncio.Lock()

    @property
    def is_full(self) -> bool:
        """Whether the engine is behind, so that a new payload would have to wait."""
        return self._inbox.is_full

    async def take(self, payloads: Sequence[bytes]) -> None:
        """Hands over a batch of payloads; waits while full and until the engine has them."""
        await self._hand_on(decode_many(payloads, self.limits), len(payloads))

    async def accept(self, payload: bytes) -> Receipt:
        """As `take` for one payload, and says what was refused."""
        return await self._hand_on(decode(payload, self.limits), 1)

    async def _hand_on(self, decoded: Decoded, payloads: int) -> Receipt:
        if not isinstance(self._clock, EventClock):
            return await self._admit(decoded, payloads)
        # Admitting moves the clock: it must not run ahead of what the engine has taken.
        async with self._turn:
            return await self._admit(decoded, payloads)

    async def _admit(self, decoded: Decoded, payloads: int) -> Receipt:
        now_ms = self._clock.now_ms()
        inputs = self._let_in(decoded, now_ms)
        receipt = Receipt(len(decoded.events), tuple(decoded.rejected))
        # What became columns is not kept while they wait: the next payload's events take the same
        # memory, which is still in the processor's cache.
        decoded.events = []
        self.counts.payloads += payloads
        self.counts.bytes += decoded.size
        self.counts.rejected += len(receipt.rejected)
        if receipt.rejected:
            self._dead_letters.add(self.source, now_ms, receipt.rejected)
        await self._inbox.deliver(inputs)
        self.counts.taken += receipt.taken
        return receipt

    def _let_in(self, decoded: Decoded, now_ms: int) -> Sequence[Input]:
        """What may come in, as the engine takes it; the rest moves to `rejected`."""
        if isinstance(self._clock, EventClock):
            self._gate.admit_recorded(decoded, self._clock)
            return decoded.events  # in their own time each is looked at by itself
        inputs = pack(decoded.events, self._inbox.batch)
        if not self._gate.lets_all_in(inputs, now_ms):
            self._gate.admit(decoded, now_ms)
            inputs = pack(decoded.events, self._inbox.batch)
        return inputs
