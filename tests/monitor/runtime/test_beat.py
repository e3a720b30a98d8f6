"""Work at a steady beat."""

import asyncio

import pytest

from monitor.runtime.beat import steady
from tests.support.virtual_loop import VirtualLoop, virtually


def test_a_beat_does_not_drift_and_what_was_missed_is_not_made_up_for() -> None:
    """Work within the beat moves nothing; work beyond it moves the next beats on, once."""
    at_s: list[float] = []
    takes_s = [0.03, 0.09, 0.25, 0.0, 0.0]

    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)

        def work() -> None:
            at_s.append(loop.time())
            loop.hold(takes_s[len(at_s) - 1])
            if len(at_s) == len(takes_s):
                task.cancel()

        task = asyncio.create_task(steady(0.1, work))
        await asyncio.wait([task])

    virtually(scenario())
    assert at_s == pytest.approx([0.1, 0.2, 0.3, 0.55, 0.65])
