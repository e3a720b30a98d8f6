"""What held the event loop up: how late it wakes, and the pauses of the garbage collector.

Lives here: watching, and the figures kept of it. Does not live here: how they are shown
(`telemetry`, `api/readings`), and what is done for short pauses (`gc.freeze` after the start, in
`keeper` and the command line). Run by the composition root as long as the monitor runs.
"""

import asyncio
import gc
import time
from collections.abc import Callable, Mapping
from typing import Final

LOOK_S: Final = 0.05
WINDOW_S: Final = 60.0
GENERATIONS: Final = 3
# Containers made, less those that went, until the youngest of them are looked through; then how
# many times that is done before the next generation. Python's own figures (700, 10, 10) are for
# programs that make cycles: here a burst of messages would have the collector run for nothing.
THRESHOLDS: Final = (20_000, 20, 50)


class Longest:
    """The longest of what was noted within the last one to two minutes, in seconds."""

    def __init__(self) -> None:
        self._since_s = 0.0
        self._before = self._now = 0.0

    def note(self, took_s: float, now_s: float) -> None:
        """Something took so long, at a time of a monotonic clock."""
        self._turn(now_s)
        self._now = max(self._now, took_s)

    def read(self, now_s: float) -> float:
        """The longest; 0 where nothing was noted."""
        self._turn(now_s)
        return max(self._before, self._now)

    def _turn(self, now_s: float) -> None:
        passed_s = now_s - self._since_s
        if passed_s >= WINDOW_S:
            self._before = self._now if passed_s < 2 * WINDOW_S else 0.0
            self._since_s, self._now = now_s, 0.0


class Stalls:
    """Watches the loop that it runs on, and the collector of the whole process."""

    def __init__(self, saw_lag: Callable[[float], None]) -> None:
        """`saw_lag` hears, a few times a second, how many seconds late the loop woke."""
        self.lag = Longest()
        self.pause_s = [0.0] * GENERATIONS  # since the start, by generation
        self.pauses = [Longest() for _ in range(GENERATIONS)]
        self._saw_lag = saw_lag
        self._began_s = 0.0

    async def run(self) -> None:
        """Watch until cancelled."""
        before = gc.get_threshold()
        gc.set_threshold(*THRESHOLDS)
        gc.callbacks.append(self._on_collection)
        try:
            now_s = asyncio.get_running_loop().time
            while True:
                due_s = now_s() + LOOK_S
                await asyncio.sleep(LOOK_S)
                late_s = max(0.0, now_s() - due_s)
                self.lag.note(late_s, due_s)
                self._saw_lag(late_s)
        finally:
            gc.callbacks.remove(self._on_collection)
            gc.set_threshold(*before)

    def _on_collection(self, phase: str, info: Mapping[str, int]) -> None:
        """Called by the collector, in whichever thread it works; takes no lock, so that it can't
        wait for what it interrupted."""
        now_s = time.monotonic()
        if phase == "start":
            self._began_s = now_s
            return
        took_s, generation = now_s - self._began_s, info["generation"]
        self.pause_s[generation] += took_s
        self.pauses[generation].note(took_s, now_s)
