"""Work at a steady beat, whatever it takes itself. Used by the composition root."""

import asyncio
from collections.abc import Callable


async def steady(every_s: float, work: Callable[[], None]) -> None:
    """Do `work` every `every_s` seconds until cancelled; a missed beat is not made up for."""
    now_s = asyncio.get_running_loop().time
    due_s = now_s()
    while True:
        due_s = max(due_s + every_s, now_s())
        await asyncio.sleep(due_s - now_s())
        work()
