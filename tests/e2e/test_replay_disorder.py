"""The replay against the independent recount on streams without any order or sense."""

from pathlib import Path

import pytest

from tests.support.disorder import random_stream
from tests.support.recount import differences, recount
from tests.support.replay_desk import Desk
from tests.support.small_day import ZONES

# Both have tests of their own; here they would hide or hold the rest.
SWITCHED_OFF = """
[rules.feed_silent]
enabled = false

[rules.order_unpaid]
enabled = false
"""
STREAMS_A_TEST = 25


@pytest.mark.parametrize("first", range(0, 200, STREAMS_A_TEST))
def test_streams_without_order_are_equal_to_the_recount(tmp_path: Path, first: int) -> None:
    """Whatever is said of an order, a venue or a courier, and however late: the same figures,
    counts and alerts."""
    desk = Desk(tmp_path, "t", ZONES, SWITCHED_OFF)
    for seed in range(first, first + STREAMS_A_TEST):
        lines = random_stream(seed)
        expected = recount(lines, ZONES, ["t"], feeds=False)
        expected.alerts = [life for life in expected.alerts if life.rule != "order_unpaid"]
        found = differences(expected, desk.replay(lines))
        assert not found, "\n".join([f"seed {seed}", *found[:10]])
