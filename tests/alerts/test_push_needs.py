"""How many couriers a zone is short of, and how many it can spare."""

import numpy as np
import pytest

from alerts.remedies.push import NO_BOUND, Needs, needs


def of_zone(
    *,
    open_count: int = 0,
    on_shift: int = 0,
    idle: int = 0,
    waiting: int = 0,
    waits: bool = False,
    clear: float = 1.25,
    incoming: int = 0,
    leaving: int = 0,
) -> tuple[int, int]:
    """Shortage and spare of a single zone."""

    def column(value: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.array([value], dtype=np.int64)

    found: Needs = needs(
        open_count=column(open_count),
        on_shift=column(on_shift),
        idle=column(idle),
        waiting=column(waiting),
        waits_too_long=np.array([waits]),
        ratio_clear=np.array([clear]),
        incoming=column(incoming),
        leaving=column(leaving),
    )
    assert found.spare[-1] == NO_BOUND
    return int(found.shortage[0]), int(found.spare[0])


def test_a_zone_is_short_of_what_brings_its_ratio_below_clear() -> None:
    """Ten orders for four couriers need nine at 1.25: with eight the ratio is still 1.25."""
    assert of_zone(open_count=10, on_shift=4) == (5, 0)


def test_couriers_who_are_expected_are_not_asked_for_again() -> None:
    """Incoming couriers lessen the shortage, never below nothing, and the zone gives none."""
    assert of_zone(open_count=10, on_shift=4, incoming=3) == (2, 0)
    assert of_zone(open_count=10, on_shift=4, idle=4, incoming=30) == (0, 0)


def test_orders_that_wait_too_long_ask_for_a_courier_each() -> None:
    """Where an order waits too long, each waiting order beyond the idle couriers needs one."""
    assert of_zone(open_count=5, on_shift=20, idle=1, waiting=4, waits=True) == (3, 0)
    assert of_zone(open_count=5, on_shift=20, idle=6, waiting=4, waits=True) == (0, 0)


def test_a_zone_spares_what_its_ratio_and_its_waiting_orders_leave() -> None:
    """Five orders keep five of ten couriers, and each waiting order keeps an idle one."""
    assert of_zone(open_count=5, on_shift=10, idle=8) == (0, 5)
    assert of_zone(open_count=5, on_shift=10, idle=8, waiting=5) == (0, 3)
    assert of_zone(open_count=5, on_shift=10, idle=2) == (0, 2)


def test_those_asked_away_already_count_as_gone() -> None:
    """A zone that can spare five, of whom three were asked already, can spare two."""
    assert of_zone(open_count=5, on_shift=10, idle=8, leaving=3) == (0, 2)
    assert of_zone(open_count=5, on_shift=10, idle=8, leaving=9) == (0, 0)


def test_a_zone_without_orders_spares_all_its_idle_couriers() -> None:
    """Nothing to serve: all idle couriers may go."""
    assert of_zone(on_shift=6, idle=4) == (0, 4)


def test_a_ratio_that_the_judge_calls_equal_does_not_clear() -> None:
    """Eight orders for five couriers do not clear 1.6, though the float 1.6 is above 8/5."""
    assert of_zone(open_count=8, on_shift=5, clear=1.6) == (1, 0)


def test_a_threshold_out_of_reach_asks_for_nobody() -> None:
    """No number of couriers brings a ratio below 0: the zone asks for none and gives none."""
    assert of_zone(open_count=8, on_shift=5, idle=5, clear=0.0) == (0, 0)


@pytest.mark.parametrize("clear", [0.1, 0.3, 0.7, 1.0, 1.1, 1.25, 1.6, 1 / 3, 7.0, 1e-3, 999.9])
def test_the_count_that_clears_is_the_least_one(clear: float) -> None:
    """With the shortage met the ratio is below clear, with one fewer it is not."""
    for open_count in range(200):
        short, _ = of_zone(open_count=open_count, clear=clear)
        assert open_count / max(short, 1) < clear
        assert short == 0 or not open_count / max(short - 1, 1) < clear
