"""Zones whose latitude and longitude were exchanged."""

import numpy as np
import pytest
import shapely

from monitor.wiring.whereabouts import exchanged
from zones.polygons import ZoneSet


def a_zone(lon: float, lat: float) -> ZoneSet:
    square = shapely.box(lon - 0.05, lat - 0.05, lon + 0.05, lat + 0.05)
    return ZoneSet(("a",), ("a",), np.array([square]), np.zeros(1))


@pytest.mark.parametrize(
    ("timezone", "lon", "lat"),
    [
        ("Europe/Riga", 24.1, 56.95),
        ("America/Argentina/Buenos_Aires", -58.4, -34.6),
        ("Africa/Nairobi", 36.8, -1.3),
    ],
)
def test_a_city_is_where_its_time_zone_is_or_exchanged(
    timezone: str, lon: float, lat: float
) -> None:
    """Nothing is said of it as it should be; exchanged it is told how far off it lies."""
    assert exchanged(a_zone(lon, lat), timezone) is None
    words = exchanged(a_zone(lat, lon), timezone)
    assert words is not None
    assert words.endswith("GeoJSON wants [lon, lat]")


@pytest.mark.parametrize(
    ("timezone", "lon", "lat"),
    [
        ("Asia/Shanghai", 87.6, 43.8),  # Urumqi, as far from Shanghai as a city of a zone may be
        ("UTC", 56.95, 24.1),  # no town
        ("Europe/Riga", 150.0, -30.0),  # wrong, and not by an exchange
    ],
)
def test_where_an_exchange_does_not_explain_it_nothing_is_said(
    timezone: str, lon: float, lat: float
) -> None:
    """Time zones are wide, and some have no place."""
    assert exchanged(a_zone(lon, lat), timezone) is None


def test_no_zones_are_nowhere() -> None:
    """An empty set has no middle."""
    nothing = ZoneSet((), (), np.array([], dtype=object), np.zeros(0))
    assert exchanged(nothing, "Europe/Riga") is None


def test_towns_are_read_to_the_second() -> None:
    """New York stands in the table as +404251-0740023."""
    words = exchanged(a_zone(40.7142, -74.0064), "America/New_York")
    assert words is not None
    assert "exchanged 0 km" in words
