"""Counts per zone by increments."""

import numpy as np
import pytest

from zones.balance import BUSY, IDLE, NOT_COUNTED, Balance, recount


def test_a_courier_is_counted_where_he_goes() -> None:
    """He leaves the count of his old zone, joins that of the new one, and both are changed."""
    balance = Balance(3)
    balance.move_courier(-1, NOT_COUNTED, 0, IDLE)
    assert balance.take_changed().tolist() == [0]
    balance.move_courier(0, IDLE, 2, BUSY)
    assert balance.idle.tolist() == [0, 0, 0, 0]
    assert balance.busy.tolist() == [0, 0, 1, 0]
    assert balance.on_shift().tolist() == [0, 0, 1, 0]
    assert balance.take_changed().tolist() == [0, 2]


def test_a_courier_outside_all_zones_is_counted_in_the_last_slot() -> None:
    """Zone -1 has counts of its own, which are no zone's change."""
    balance = Balance(2)
    balance.move_courier(-1, NOT_COUNTED, -1, BUSY)
    balance.add_order(-1, 1, 1)
    assert (balance.busy[-1], balance.open[-1], balance.waiting[-1]) == (1, 1, 1)
    assert len(balance.take_changed()) == 0
    assert not balance.changed.any()


def test_what_stays_changes_nothing() -> None:
    """A courier who stays, one off shift who moves, and an order without news mark no zone."""
    balance = Balance(2)
    balance.move_courier(0, IDLE, 0, IDLE)
    balance.move_courier(0, NOT_COUNTED, 1, NOT_COUNTED)
    balance.add_order(1, 0, 0)
    assert len(balance.take_changed()) == 0
    balance.check()


@pytest.mark.parametrize("count", [1, 5, 200])
def test_a_column_of_moves_counts_like_single_ones(count: int) -> None:
    """Few or many couriers at once end in the counts and marks of one move after another."""
    rng = np.random.default_rng(count)
    old_zone, new_zone = rng.integers(-1, 4, (2, count)).astype(np.int32)
    old_kind, new_kind = rng.integers(0, 3, (2, count)).astype(np.int8)
    together, apart = Balance(4), Balance(4)
    together.move_couriers(old_zone, old_kind, new_zone, new_kind)
    for courier in range(count):
        apart.move_courier(
            int(old_zone[courier]),
            int(old_kind[courier]),
            int(new_zone[courier]),
            int(new_kind[courier]),
        )
    assert together.differences(apart) == ()
    assert together.changed.tolist() == apart.changed.tolist()


def test_many_zones_fit_small_kinds() -> None:
    """Kinds of eight bits and thousands of zones do not overflow."""
    balance = Balance(5_000)
    zone = np.arange(-1, 4_999, dtype=np.int32)
    nowhere = np.zeros(5_000, dtype=np.int8)
    balance.move_couriers(zone, nowhere, zone, nowhere + BUSY)
    assert balance.busy.sum() == 5_000
    assert (balance.busy[4_998], balance.busy[4_999], balance.busy[-1]) == (1, 0, 1)


def test_orders_are_counted_by_their_venue() -> None:
    """A new order waits; assigned it is open only; delivered it is gone."""
    balance = Balance(2)
    balance.add_order(1, 1, 1)
    assert (balance.open[1], balance.waiting[1]) == (1, 1)
    balance.add_order(1, 0, -1)
    assert (balance.open[1], balance.waiting[1]) == (1, 0)
    balance.add_order(1, -1, 0)
    assert (balance.open[1], balance.waiting[1]) == (0, 0)
    assert balance.take_changed().tolist() == [1]


def test_an_impossible_count_is_loud() -> None:
    """A courier who leaves where he never was, and a waiting order that is not open, are found."""
    balance = Balance(2)
    balance.move_courier(1, IDLE, 0, IDLE)
    with pytest.raises(AssertionError, match="idle of zone slot 1 is -1"):
        balance.check()
    balance = Balance(2)
    balance.add_order(0, 0, 1)
    with pytest.raises(AssertionError, match="more orders waiting than open"):
        balance.check()


def test_a_recount_counts_what_stands_in_the_tables() -> None:
    """Couriers by kind, open orders, and of those the waiting ones, by zone."""
    balance = recount(
        courier_zone=np.array([0, 0, 1, -1, 1], dtype=np.int32),
        courier_kind=np.array([IDLE, BUSY, IDLE, BUSY, NOT_COUNTED], dtype=np.int8),
        order_zone=np.array([1, 1, -1, 0], dtype=np.int32),
        order_open=np.array([True, True, True, False]),
        order_waiting=np.array([True, False, False, True]),
        zone_count=2,
    )
    assert balance.idle.tolist() == [1, 1, 0]
    assert balance.busy.tolist() == [1, 0, 1]
    assert balance.open.tolist() == [0, 2, 1]
    assert balance.waiting.tolist() == [0, 1, 0]
    assert balance.take_changed().tolist() == [0, 1]


def test_differences_are_named() -> None:
    """Two balances that differ say where and by how much."""
    mine, other = Balance(2), Balance(2)
    mine.move_courier(-1, NOT_COUNTED, 1, BUSY)
    assert mine.differences(other) == ("busy of zone slot 1: 1 against 0",)
    assert mine.differences(Balance(3)) == ("2 zones against 3",)
