"""Formulas of the zone figures (contract, section 3): distance, ratio, travel time.

Pure functions over columns; counting is `balance.py`'s, time to clear `clearing.py`'s, thresholds
are the rules'. Distances are great circles, times are minutes. An unknown place is NaN in both its
columns.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Mean earth radius R1 of GRS 80: H. Moritz, "Geodetic Reference System 1980", Journal of Geodesy
# 74 (2000), 128-133: 6,371,008.7714 m.
EARTH_RADIUS_M: Final = 6_371_008.8
_DEGREES_PER_M: Final = 180 / (np.pi * EARTH_RADIUS_M)
FEW: Final = 700  # of so many points the distance is as quickly reckoned as avoided


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a city's couriers work: straight lines times `detour` at `speed_kmh`."""

    detour: float = 1.3
    speed_kmh: float = 18.0
    pickup_min: float = 4.0
    dropoff_min: float = 4.0


def distance_m(lon1: Floats, lat1: Floats, lon2: Floats, lat2: Floats) -> Floats:
    """Great-circle distance in metres between points in degrees; NaN where a point is unknown.

    The haversine formula (R. W. Sinnott, "Virtues of the Haversine", Sky and Telescope 68 (1984),
    159), exact for near points too.
    """
    phi1, phi2 = np.radians(lat1), np.radians(lat2)
    half_rise = np.sin((phi2 - phi1) / 2)
    half_turn = np.sin(np.radians(lon2 - lon1) / 2)
    haversine = half_rise**2 + np.cos(phi1) * np.cos(phi2) * half_turn**2
    metres: Floats = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(haversine, 1.0)))
    return metres


def is_within(
    lon1: Floats, lat1: Floats, lon2: Floats, lat2: Floats, metres: Floats, few: int = FEW
) -> NDArray[np.bool_]:
    """Whether points are less than so many metres apart, just as by `distance_m`.

    The metres are 0, or between a millimetre and 100 km.
    In a city the distance on a plane, with the narrowest and with the widest of its degrees of
    longitude, leaves few in doubt: more than `few` points take a quarter of the time.
    """
    if len(lat1) <= few:
        return distance_m(lon1, lat1, lon2, lat2) < metres
    least = min(np.abs(lat1).min(), np.abs(lat2).min())
    most = max(np.abs(lat1).max(), np.abs(lat2).max())
    east = np.abs(lon1 - lon2)
    east = np.minimum(east, 360 - east) ** 2
    north = (lat1 - lat2) ** 2
    reach = (metres * _DEGREES_PER_M) ** 2
    # Not by a percent does the sphere differ from that at such distances; but close to a pole only
    # what lies between two parallels is surely far.
    narrowest = np.cos(np.radians(most)) if most < 80 else 0.0
    near: NDArray[np.bool_] = north + east * np.cos(np.radians(least)) ** 2 < 0.98 * reach
    far = north + east * narrowest**2 > 1.02 * reach
    left = (~(near | far)).nonzero()[0]
    near[left] = distance_m(lon1[left], lat1[left], lon2[left], lat2[left]) < metres[left]
    return near


def ratio(open_count: NDArray[np.int64], on_shift: NDArray[np.int64]) -> Floats:
    """Open orders for each courier on shift; a zone without couriers counts as if it had one."""
    return open_count / np.maximum(on_shift, 1)


def travel_min(metres: Floats, detour: float, speed_kmh: float) -> Floats:
    """Minutes for a straight line of so many metres, by a way `detour` times as long."""
    return metres * (detour * 60 / (speed_kmh * 1000))
