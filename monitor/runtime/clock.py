"""Where `now` comes from: the machine's clock, a clock that tests move, and the events' own time.

Lives here: nothing but reading the time, in integer milliseconds since the Unix epoch, UTC. The
core never sees a clock; the engine and the edges read one and hand over `now_ms`.
"""

import time
from typing import Protocol


class Clock(Protocol):
    """Anything that tells the time."""

    def now_ms(self) -> int:
        """Milliseconds since the Unix epoch, UTC; never less than it said before."""


class SystemClock:
    """The machine's wall clock; when it is set back, the time stands still until it catches up."""

    def __init__(self) -> None:
        self._latest_ms = 0

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        self._latest_ms = max(self._latest_ms, time.time_ns() // 1_000_000)
        return self._latest_ms


class VirtualClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now_ms: int = 0) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> int:
        """The time it was last set to."""
        return self._now_ms

    def set(self, now_ms: int) -> None:
        """Moves it to `now_ms`; raises ValueError for a time before the present one."""
        if now_ms < self._now_ms:
            raise ValueError(f"a clock never goes back: {now_ms} is before {self._now_ms}")
        self._now_ms = now_ms

    def advance(self, step_ms: int) -> int:
        """Moves it on by `step_ms` and returns the new time."""
        self.set(self._now_ms + step_ms)
        return self._now_ms


class EventClock:
    """The greatest `ts` of the events seen so far; 0 before the first."""

    def __init__(self) -> None:
        self._now_ms = 0
        self._started = False

    @property
    def started(self) -> bool:
        """Whether it has seen an event."""
        return self._started

    def now_ms(self) -> int:
        """The greatest time seen."""
        return self._now_ms

    def see(self, ts: int) -> None:
        """Takes note of an event's time."""
        self._started = True
        self._now_ms = max(self._now_ms, ts)
