"""What is to happen, and when: a queue of calls in the order of their times.

Two calls for the same time run in the order in which they were entered, so the same calls give
the same run however the time is cut. Used by `operation` and all who schedule into it.
"""

import heapq
from collections.abc import Callable

Call = Callable[[int], None]


class Agenda:
    """Calls to be made at given times (ms); each is handed the time it was entered for."""

    def __init__(self, now_ms: int) -> None:
        self.now_ms = now_ms
        self._entries: list[tuple[int, int, Call]] = []
        self._count = 0

    def at(self, ts: int, call: Call) -> None:
        """Enter a call; one for a time already past is made at the present."""
        self._count += 1
        heapq.heappush(self._entries, (max(ts, self.now_ms), self._count, call))

    def run(self, to_ms: int) -> None:
        """Make all calls up to and including `to_ms`, those that they enter included."""
        entries = self._entries
        while entries and entries[0][0] <= to_ms:
            self.now_ms, _, call = heapq.heappop(entries)
            call(self.now_ms)
        self.now_ms = max(self.now_ms, to_ms)
