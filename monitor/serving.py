"""What the API is given to read from the store, and what it is told where that fails.

Used by the composition root: the API knows no store.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, ParamSpec, TypeVar

from monitor.api.problem import not_now
from monitor.store.port import StoreError

P = ParamSpec("P")
T = TypeVar("T")

READ_S: Final = 15.0  # nobody waits longer for an answer of the store


def read_for_api(read: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """A read of the store that raises a problem (503) where the store fails or takes too long."""

    async def reading(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            async with asyncio.timeout(READ_S):
                return await read(*args, **kwargs)
        except StoreError as fault:
            raise not_now(f"the store can't be read: {fault}") from None
        except TimeoutError:
            raise not_now(f"the store gave no answer within {READ_S:g} s") from None

    return reading
