"""The formulas of the zone figures."""

import numpy as np
import pytest
from numpy.typing import NDArray

from zones.clearing import (
    ASSIGNED,
    PICKED_UP,
    WAITING,
    OpenOrders,
    clear_min,
    nearest_m,
    remaining_min,
)
from zones.metrics import EARTH_RADIUS_M, Pace, distance_m, ratio, travel_min

NAN = float("nan")
NOWHERE = (NAN, NAN)
# A minute of travel at the default pace, in degrees of latitude: 18 km/h over a detour of 1.3.
MINUTE = np.degrees(300 / 1.3 / EARTH_RADIUS_M)
Point = tuple[float, float]


def column(*values: float) -> NDArray[np.float64]:
    """Values as a column."""
    return np.array(values, dtype=np.float64)


def orders(*rows: tuple[int, int, Point, Point, Point]) -> OpenOrders:
    """Orders of (zone, leg, venue, dropoff, courier), places as minutes of travel to the north."""
    places = np.array([row[2:] for row in rows]).reshape(-1, 3, 2)
    lon, lat = places[:, :, 0], places[:, :, 1] * MINUTE
    return OpenOrders(
        np.array([row[0] for row in rows], dtype=np.int32),
        np.array([row[1] for row in rows], dtype=np.int8),
        *(lon[:, 0], lat[:, 0], lon[:, 1], lat[:, 1], lon[:, 2], lat[:, 2]),
    )


def remaining(
    *rows: tuple[int, int, Point, Point, Point], idle: Point | None = None
) -> list[float]:
    """What the orders still need in minutes with at most one idle courier."""
    lon, lat = (column(), column()) if idle is None else (column(idle[0]), column(idle[1] * MINUTE))
    found = remaining_min(orders(*rows), lon, lat, 3, Pace())
    return [round(minutes, 4) for minutes in found.tolist()]


def test_a_degree_of_the_equator_is_111_km() -> None:
    """A quarter of the earth's circle is a quarter of its circumference, either way round."""
    quarter = np.pi / 2 * EARTH_RADIUS_M
    found = distance_m(
        column(0, 0, 0, 179.5), column(0, 0, 0, 0), column(90, 0, 1, -179.5), column(0, 90, 0, 0)
    )
    degree = np.pi / 180 * EARTH_RADIUS_M
    np.testing.assert_allclose(found, [quarter, quarter, degree, degree])


def test_the_distance_from_riga_to_jurmala_is_known() -> None:
    """Riga's Freedom Monument is 19 km from Majori, as the law of cosines says."""
    lon1, lat1, lon2, lat2 = 24.1133, 56.9515, 23.7975, 56.9718
    a, b, turn = np.radians(lat1), np.radians(lat2), np.radians(lon2 - lon1)
    angle = np.arccos(np.sin(a) * np.sin(b) + np.cos(a) * np.cos(b) * np.cos(turn))
    found = distance_m(column(lon1), column(lat1), column(lon2), column(lat2))
    np.testing.assert_allclose(found, angle * EARTH_RADIUS_M, rtol=1e-6)
    assert 19_000 < found[0] < 19_500


def test_antipodes_are_half_the_earth_apart() -> None:
    """Rounding at the far side of the earth gives no NaN."""
    found = distance_m(
        column(24.1, -90), column(56.9, 0.1), column(-155.9, 90), column(-56.9, -0.1)
    )
    np.testing.assert_allclose(found, np.pi * EARTH_RADIUS_M)


def test_an_unknown_place_is_no_distance() -> None:
    """A distance from nowhere is NaN."""
    assert np.isnan(distance_m(column(NAN), column(NAN), column(1), column(1))).all()


def test_the_ratio_counts_one_courier_at_least() -> None:
    """A zone without couriers has as ratio its open orders."""
    found = ratio(np.array([6, 6, 0]), np.array([4, 0, 0]))
    assert found.tolist() == [1.5, 6, 0]


def test_travel_takes_detour_and_speed() -> None:
    """3 km in a straight line with a detour of a half at 18 km/h are 15 minutes."""
    assert travel_min(column(3000), 1.5, 18).tolist() == pytest.approx([15])


def test_each_leg_has_its_own_rest() -> None:
    """Approach, 4 to pick up, ride and 4 to drop off; a carried order has only what is left."""
    venue, dropoff = (0.0, 10.0), (0.0, 16.0)
    assert remaining(
        (0, WAITING, venue, dropoff, NOWHERE),
        (0, ASSIGNED, venue, dropoff, (0, 7)),
        (0, ASSIGNED, venue, dropoff, venue),
        (0, PICKED_UP, venue, dropoff, (0, 13)),
        idle=(0.0, 8.0),
    ) == [2 + 4 + 6 + 4, 3 + 4 + 6 + 4, 0 + 4 + 6 + 4, 3 + 4]


def test_a_waiting_order_without_idle_couriers_takes_the_mean_approach() -> None:
    """The zone's assigned orders give it, else the city's, else it is 0."""
    venue = (0.0, 10.0)
    assigned = [(0, ASSIGNED, venue, venue, (0, 12)), (0, ASSIGNED, venue, venue, (0, 14))]
    far = (1, ASSIGNED, venue, venue, (0, 19))
    waiting = [(zone, WAITING, venue, venue, NOWHERE) for zone in (0, 1, 2, -1)]
    assert remaining(*waiting, *assigned, far)[:4] == [8 + 3, 8 + 9, 8 + 5, 8 + 5]
    assert remaining(*waiting) == [8, 8, 8, 8]


def test_unknown_places_take_the_mean_leg() -> None:
    """An order whose venue, dropoff or courier is unknown needs what its zone's others need."""
    venue, dropoff = (0.0, 10.0), (0.0, 16.0)
    known = (0, ASSIGNED, venue, dropoff, (0, 8))
    assert remaining(known, (0, ASSIGNED, NOWHERE, dropoff, (0, 8)))[1] == 2 + 4 + 6 + 4
    assert remaining(known, (0, ASSIGNED, venue, NOWHERE, (0, 7)))[1] == 3 + 4 + 6 + 4
    assert remaining(known, (2, ASSIGNED, venue, dropoff, NOWHERE))[1] == 2 + 4 + 6 + 4
    assert remaining(known, (0, WAITING, NOWHERE, NOWHERE, NOWHERE), idle=(0, 9))[1] == 16
    assert remaining((0, ASSIGNED, NOWHERE, NOWHERE, NOWHERE)) == [8]


def test_a_carried_order_without_its_courier_takes_the_mean_rest() -> None:
    """Other carried orders of the zone give the rest of its ride, else its own whole ride."""
    venue, dropoff = (0.0, 10.0), (0.0, 16.0)
    lost = (0, PICKED_UP, venue, dropoff, NOWHERE)
    assert remaining(lost) == [6 + 4]
    assert remaining(lost, (0, PICKED_UP, venue, dropoff, (0, 14)))[0] == 2 + 4
    assert remaining((0, PICKED_UP, NOWHERE, dropoff, NOWHERE)) == [4]


def test_no_orders_need_no_minutes() -> None:
    """A quiet city is clear at once."""
    assert remaining() == []
    quiet = clear_min(orders(), column(24.1), column(56.9), np.array([3, 0, 1]), Pace())
    assert quiet.tolist() == [0, 0, 0]


def test_the_time_to_clear_is_shared_by_those_on_shift() -> None:
    """The minutes of a zone's orders are divided by its couriers, at least one."""
    here = (0.0, 10.0)
    rows = [(zone, ASSIGNED, here, here, here) for zone in (0, 0, 0, 1, -1)]
    found = clear_min(orders(*rows), column(), column(), np.array([2, 0, 5, 4]), Pace())
    assert found.tolist() == [12, 8, 0, 2]


def test_the_pace_is_the_citys() -> None:
    """A slower city with longer stops needs longer."""
    rows = orders((0, ASSIGNED, (0.0, 10.0), (0.0, 16.0), (0.0, 7.0)))
    pace = Pace(detour=1.3, speed_kmh=9, pickup_min=5, dropoff_min=1)
    found = remaining_min(rows, column(), column(), 1, pace)
    assert found.tolist() == pytest.approx([6 + 5 + 12 + 1])


def test_the_nearest_idle_courier_is_the_nearest_on_the_ground() -> None:
    """At 57° north a degree of longitude is about half as long as one of latitude."""
    east, north = (24.1 + 0.015, 56.95), (24.1, 56.95 + 0.01)
    lon, lat = column(east[0], north[0], NAN), column(east[1], north[1], NAN)
    (found,) = nearest_m(column(24.1), column(56.95), lon, lat)
    assert found == distance_m(column(24.1), column(56.95), column(east[0]), column(east[1]))[0]


def test_nobody_is_near_to_nowhere() -> None:
    """Unknown points and points without any other have no nearest."""
    assert np.isnan(nearest_m(column(24.1), column(56.9), column(), column())).all()
    assert np.isnan(nearest_m(column(24.1), column(56.9), column(NAN), column(NAN))).all()
    found = nearest_m(column(NAN, 24.1), column(NAN, 56.9), column(24.1), column(56.9))
    assert np.isnan(found[0])
    assert found[1] == 0
