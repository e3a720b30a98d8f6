"""What held the event loop up: how late it wakes, and the pauses of the garbage collector.

Lives here: watching, the figures kept of it, and that no collection grows with all that lives: what
a long one has found alive is exempt from later ones (what is dropped goes all the same, by its
count of references). Does not live here: how figures are shown (`telemetry`, `api/readings`), and
what is exempt from the start (`keeper`, the command line). Run by the composition root as long as
the monitor runs.
"""

import asyncio
import gc
import time
from collections.abc import Callable, Mapping
from typing import Final

LOOK_S: Final = 0.05
WINDOW_S: Final = 60.0
GENERATIONS: Final = 3
# A full collection that took longer shall not look through the same objects again.
LONG_S: Final = 0.01


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

    def __init__(self, saw_lag: Callable[[float], None], long_s: float = LONG_S) -> None:
        """`saw_lag` hears, 20 times a second, how many seconds late the loop woke; what a full
        collection of more than `long_s` seconds has found alive is exempt from then on."""
        self.lag = Longest()
        self.pause_s = [0.0] * GENERATIONS  # since the start, by generation
        self.pauses = [Longest() for _ in range(GENERATIONS)]
        self._saw_lag = saw_lag
        self._long_s = long_s
        self._was_long = False
        self._began_s = 0.0

    async def run(self) -> None:
        """Watch until cancelled."""
        gc.callbacks.append(self._on_collection)
        try:
            now_s = asyncio.get_running_loop().time
            while True:
                due_s = now_s() + LOOK_S
                await asyncio.sleep(LOOK_S)
                late_s = max(0.0, now_s() - due_s)
                self.lag.note(late_s, due_s)
                self._saw_lag(late_s)
                if self._was_long:
                    self._was_long = False
                    gc.freeze()
        finally:
            gc.callbacks.remove(self._on_collection)

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
        if generation == GENERATIONS - 1 and took_s > self._long_s:
            self._was_long = True
