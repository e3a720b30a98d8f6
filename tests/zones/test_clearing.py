"""Time to clear, worked out in steps."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from zones.clearing import Clearing, OpenOrders, clear_min, nearest_m, remaining_min
from zones.metrics import Pace, distance_m


def some_orders(count: int, seed: int) -> OpenOrders:
    """Orders of all kinds in three zones and in none, a fifth of their places unknown."""
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, 0.1, (6, count))
    places[rng.random((6, count)) < 0.2] = np.nan
    return OpenOrders(
        rng.integers(-1, 3, count).astype(np.int32),
        rng.integers(0, 3, count).astype(np.int8),
        *places,
    )


@given(st.integers(0, 40), st.integers(1, 50), st.integers(0, 4), st.integers(0, 1_000))
def test_steps_come_to_what_all_at_once_does(
    count: int, step: int, idle_count: int, seed: int
) -> None:
    """However many orders a step takes, the times are the very same, and there only at the end."""
    orders, rng = some_orders(count, seed), np.random.default_rng(seed)
    idle_lon, idle_lat = rng.uniform(0, 0.1, (2, idle_count))
    on_shift = np.array([3, 0, 1, 2])
    clearing = Clearing(orders, idle_lon, idle_lat, on_shift, Pace(), step)
    for _ in range(max(-(-count // step), 1)):
        assert clearing.minutes is None
        clearing.advance()
    whole = clear_min(orders, idle_lon, idle_lat, on_shift, Pace())
    np.testing.assert_array_equal(clearing.minutes, whole)
    remaining = remaining_min(orders, idle_lon, idle_lat, 3, Pace())
    for zone, couriers in enumerate((3, 1, 1)):
        worked = remaining[orders.zone == zone].sum() / couriers
        np.testing.assert_allclose(whole[zone], worked)


def test_the_nearest_is_so_in_metres_and_not_in_degrees() -> None:
    """In Riga 0.015 degrees to the west are nearer than 0.010 to the north."""
    place, west, north = (24.1, 56.95), (24.085, 56.95), (24.1, 56.96)
    to_each = [
        float(distance_m(*(np.array([value]) for value in (*place, *other)))[0])
        for other in (west, north)
    ]
    lon, lat = np.array([west, north]).T
    found = nearest_m(np.array([place[0]]), np.array([place[1]]), lon, lat)
    assert found[0] == to_each[0] < to_each[1]
