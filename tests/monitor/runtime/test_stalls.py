"""What is noted of a loop that was held up, and of the garbage collector."""

import asyncio
import gc
import time

import pytest

from monitor.runtime.stalls import LOOK_S, WINDOW_S, Longest, Stalls
from tests.support.virtual_loop import VirtualLoop, passes, virtually
from tests.support.waiting import at_work


def test_the_longest_is_forgotten_after_one_to_two_minutes() -> None:
    """It is shown for a whole window at least, and for two at most."""
    longest = Longest()
    longest.note(0.2, 100.0)
    longest.note(0.1, 101.0)
    assert longest.read(100.0 + WINDOW_S - 1) == 0.2
    longest.note(0.3, 110.0)
    assert longest.read(100.0 + WINDOW_S) == 0.3
    assert longest.read(100.0 + 2 * WINDOW_S) == 0.0
    assert Longest().read(5.0) == 0.0


def test_a_held_loop_and_its_collections_are_noted() -> None:
    """The lag is what the loop was held for, less the wait; a collection adds to its generation."""
    lags: list[float] = []
    stalls = Stalls(lags.append)

    async def held() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        async with at_work(stalls.run()):
            await passes(0)
            loop.hold(4 * LOOK_S)
            gc.collect()
            await passes(LOOK_S / 2)
            assert lags == [pytest.approx(3 * LOOK_S)]
            assert stalls.lag.read(loop.time()) == lags[0]

    virtually(held())
    assert stalls.pause_s[2] > 0
    assert stalls.pauses[2].read(time.monotonic()) > 0
    assert not [call for call in gc.callbacks if getattr(call, "__self__", None) is stalls]


@pytest.mark.parametrize(("long_s", "grows"), [(60.0, False), (0.0, True)])
def test_what_a_long_collection_found_alive_is_not_looked_through_again(
    long_s: float, grows: bool
) -> None:
    """After one that was too long all that lives is exempt; short ones change nothing."""

    async def collected() -> bool:
        async with at_work(Stalls(lambda _: None, long_s).run()):
            await passes(0)
            before = gc.get_freeze_count()
            gc.collect()
            await passes(2 * LOOK_S)
            return gc.get_freeze_count() > before

    try:
        assert virtually(collected()) is grows
    finally:
        gc.unfreeze()
