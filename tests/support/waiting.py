"""Waiting for what has no event of its own: the one place of the tests that looks again and again.

For real processes and tasks of the same loop; what goes by a virtual clock needs none of it.
"""

import asyncio
from collections.abc import Callable
from typing import Final

DEADLINE_S: Final = 30.0
LOOK_S: Final = 0.005


async def until(condition: Callable[[], object], what: str) -> None:
    """Waits for a condition; fails by its name after the deadline."""
    try:
        async with asyncio.timeout(DEADLINE_S):
            while not condition():  # noqa: ASYNC110 - any condition, not one we can be told of
                await asyncio.sleep(LOOK_S)
    except TimeoutError:
        raise AssertionError(f"waited {DEADLINE_S} s in vain: {what}") from None
