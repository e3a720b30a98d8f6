"""An event loop whose time jumps to the next timer as soon as nothing is left to do.

A scenario of an hour with retries, rests and deadlines runs in milliseconds, always the same way.
For code without sockets, threads and processes: nothing from outside is ever waited for.
"""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Jump(selectors.DefaultSelector):
    """Asked to wait for a timer, it moves the time there instead."""

    now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("a deadlock: nothing is left to do, and no timer runs")
        self.now_s += max(0.0, timeout)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """Its time begins at 0 s."""

    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        """Seconds of its own since it was made."""
        return self._jump.now_s

    def hold(self, seconds: float) -> None:
        """As work does that takes so long."""
        self._jump.now_s += seconds


def virtually(scenario: Coroutine[Any, Any, T]) -> T:
    """Runs a scenario to its end in a loop of its own."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(scenario)


async def passes(seconds: float) -> None:
    """So much of the loop's own time passes, and none of ours: only a virtual loop will do."""
    assert isinstance(asyncio.get_running_loop(), VirtualLoop), "this would sleep"
    await asyncio.sleep(seconds)
