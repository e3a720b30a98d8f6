"""How busy each stream of a city is: the newest event and the count over the last minutes.

By the events' own times, so that a replay and any split of its batches give the same. Counts are
kept by slots of ten seconds.
"""

from typing import Final

from msgspec import Struct

from monitor.core.tables.table import NEVER

SLOT_MS: Final = 10_000
LONGEST_MS: Final = 86_400_000  # no rule looks back further
SLOTS_KEPT: Final = LONGEST_MS // SLOT_MS + 1_000


class StreamDump(Struct, frozen=True):
    """A stream as it stood."""

    last_ts: int
    total: int
    slots: dict[int, int]


class Stream:
    """One stream of one city."""

    __slots__ = ("_slots", "last_ts", "total")

    def __init__(self) -> None:
        self.last_ts = NEVER
        self.total = 0
        self._slots: dict[int, int] = {}

    def saw(self, ts: int, count: int = 1) -> None:
        """`count` events at about `ts` came."""
        self.total += count
        if ts > self.last_ts:
            self.last_ts = ts
        slot = ts // SLOT_MS
        slots = self._slots
        slots[slot] = slots.get(slot, 0) + count
        if len(slots) > SLOTS_KEPT:
            self.count_since(self.last_ts - LONGEST_MS)

    def count_since(self, from_ms: int) -> int:
        """Events whose slot lies after `from_ms`; older slots are forgotten."""
        first = from_ms // SLOT_MS
        old = [slot for slot in self._slots if slot <= first]
        for slot in old:
            del self._slots[slot]
        return sum(self._slots.values())

    def dump(self) -> StreamDump:
        """A copy of all of it."""
        return StreamDump(self.last_ts, self.total, self._slots.copy())

    def load(self, dump: StreamDump) -> None:
        """Become the dumped stream."""
        self.last_ts, self.total, self._slots = dump.last_ts, dump.total, dict(dump.slots)
