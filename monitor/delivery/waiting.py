"""The two times of the ledger, and the only place where it waits.

Deadlines are milliseconds of the engine's clock, which may run faster than the wall (a simulated
city). Receivers live at the wall: back-off, `Retry-After` and rests are seconds of the event loop.
A wait for a deadline therefore looks at the clock once in a while.
"""

import asyncio
import math
from typing import Final

# The clock is looked at so often while a deadline is awaited; it may be late by as much.
LOOK_S: Final = 1.0


def seconds_until(ts_ms: int, now_ms: int) -> float:
    """From one time of the engine to a later one, in seconds; 0 if it has passed."""
    return max(0, ts_ms - now_ms) / 1000


def after_seconds(now_ms: int, wait_s: float) -> int:
    """The engine's time after a wait: exact at the wall's speed, at least this when it is faster.

    Rounded up: what is waited for is never there sooner.
    """
    return now_ms + math.ceil(wait_s * 1000)


class Waker:
    """Ends a wait before its time."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def wake(self) -> None:
        """The present wait, or else the next one, ends at once."""
        self._event.set()

    async def wait(self, longest_s: float | None) -> None:
        """Until woken, but not longer than so many seconds; None: as long as it takes."""
        try:
            async with asyncio.timeout(longest_s):
                await self._event.wait()
        except TimeoutError:
            pass
        self._event.clear()
