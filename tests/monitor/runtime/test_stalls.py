"""What is noted of a loop that was held up, and of the garbage collector."""

import asyncio
import gc
import time

from monitor.runtime.stalls import LOOK_S, WINDOW_S, Longest, Stalls


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


async def test_a_held_loop_and_its_collections_are_noted() -> None:
    """The lag is at least what the loop was held for; each collection adds to its generation."""
    lags: list[float] = []
    stalls = Stalls(lags.append)
    task = asyncio.create_task(stalls.run())
    await asyncio.sleep(0)
    time.sleep(4 * LOOK_S)  # noqa: ASYNC251 - that is what is noted
    gc.collect()
    while not lags:  # noqa: ASYNC110 - until the next look
        await asyncio.sleep(LOOK_S)
    now_s = asyncio.get_running_loop().time()
    assert stalls.lag.read(now_s) >= 3 * LOOK_S
    assert max(lags) == stalls.lag.read(now_s)
    assert stalls.pause_s[2] > 0
    assert stalls.pauses[2].read(now_s) > 0
    task.cancel()
    await asyncio.wait([task])
    assert not [call for call in gc.callbacks if getattr(call, "__self__", None) is stalls]


async def test_what_a_long_collection_found_alive_is_not_looked_through_again() -> None:
    """After one that was too long all that lives is exempt; short ones change nothing."""
    for long_s, grows in ((60.0, False), (0.0, True)):
        looks: list[float] = []
        task = asyncio.create_task(Stalls(looks.append, long_s).run())
        await asyncio.sleep(0)
        before = gc.get_freeze_count()
        gc.collect()
        while len(looks) < 2:  # noqa: ASYNC110 - until the look after the one that may exempt
            await asyncio.sleep(LOOK_S)
        assert (gc.get_freeze_count() > before) is grows
        task.cancel()
        await asyncio.wait([task])
    gc.unfreeze()
