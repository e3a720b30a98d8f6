"""Waiting for what has no event of its own: the one place of the tests that looks again and again.

For real processes and tasks of the same loop; what goes by a virtual clock needs none of it.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

DEADLINE_S: Final = 30.0
LOOK_S: Final = 0.005
ASK_S: Final = 0.05  # of another process


async def until(condition: Callable[[], object], what: str) -> None:
    """Waits for a condition; fails by its name after the deadline."""

    async def ask() -> object:
        return condition()

    await _until(ask, what, LOOK_S)


async def until_told(ask: Callable[[], Awaitable[object]], what: str) -> None:
    """The same where somebody has to be asked, such as a server for its metrics."""
    await _until(ask, what, ASK_S)


async def _until(ask: Callable[[], Awaitable[object]], what: str, every_s: float) -> None:
    try:
        async with asyncio.timeout(DEADLINE_S):
            while not await ask():  # noqa: ASYNC110 - any condition, not one we can be told of
                await asyncio.sleep(every_s)
    except TimeoutError:
        raise AssertionError(f"waited {DEADLINE_S} s in vain: {what}") from None


@asynccontextmanager
async def at_work(work: Coroutine[Any, Any, object]) -> AsyncIterator[None]:
    """What runs until it is cancelled is at work meanwhile; what it raises is raised here."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(work)
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
