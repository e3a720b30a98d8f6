"""Who is near, and who goes where: against slow and sure ways."""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from alerts.remedies.assign import assign, within
from alerts.remedies.edges import Edges
from zones.metrics import distance_m


@pytest.mark.parametrize(("lon", "lat"), [(24.1, 56.95), (179.99, -16.8), (10.0, 89.9)])
def test_within_finds_all_that_the_haversine_formula_finds(lon: float, lat: float) -> None:
    """In a city, across the date line and at a pole, all in reach are found with their metres."""
    rng = np.random.default_rng(3)
    point_lon = (lon + rng.uniform(-0.1, 0.1, 500) + 180) % 360 - 180
    point_lat = lat + rng.uniform(-0.05, 0.05, 500)
    place_lon, place_lat = point_lon[:5] + 1e-6, point_lat[:5]
    radius_m = np.array([500.0, 2_500.0, 2_500.0, 4_000.0, 0.0])
    place, point, metres = within(point_lon, point_lat, place_lon, place_lat, radius_m)
    order = np.lexsort((point, place))
    place, point, metres = place[order], point[order], metres[order]
    every = distance_m(point_lon, point_lat, place_lon[:, None], place_lat[:, None])
    expected_place, expected_point = np.nonzero(every <= radius_m[:, None])
    np.testing.assert_array_equal(place, expected_place)
    np.testing.assert_array_equal(point, expected_point)
    np.testing.assert_allclose(metres, every[place, point], atol=1e-4)


def test_a_whole_city_is_assigned_at_the_least_cost() -> None:
    """Sixty couriers to five sinks cost what scipy's dense assignment of every slot costs."""
    rng = np.random.default_rng(11)
    asked = np.array([12, 8, 15, 1, 14])
    cost = rng.integers(0, 2_000_000, (5, 60))
    sink, courier = np.divmod(np.arange(300), 60)
    edges = Edges(sink, courier, cost.ravel(), np.zeros(300, dtype=np.int64), sink < 0)
    taken = assign(edges, asked, np.array([60]))
    slots = np.repeat(cost, asked, axis=0)
    rows, columns = linear_sum_assignment(slots)
    assert taken.sum() == 50
    assert edges.cost[taken].sum() == slots[rows, columns].sum()


def test_nothing_to_assign_takes_nothing() -> None:
    """Without edges, without slots and without leave nobody is taken."""
    none = np.empty(0, dtype=np.int64)
    empty = Edges(none, none, none, none, np.empty(0, dtype=np.bool_))
    assert len(assign(empty, np.array([3]), np.array([3]))) == 0
    one = np.zeros(1, dtype=np.int64)
    edge = Edges(one, one, one, one, np.array([False]))
    assert not assign(edge, np.array([0]), np.array([3])).any()
    assert not assign(edge, np.array([3]), np.array([0])).any()
    assert assign(edge, np.array([3]), np.array([3])).all()
