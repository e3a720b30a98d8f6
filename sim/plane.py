"""A flat city: metres east and north of an origin, and the way to WGS 84 and back.

The local equirectangular projection: one degree of latitude is the same number of metres
everywhere, one degree of longitude shrinks with the cosine of the origin's latitude. Within
50 km of the origin distances are right to about 1 % at the latitudes where people order food,
far below the detour of a street. Used by everything in `sim`; the monitor never sees it.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# The mean Earth radius of the IUGG, in metres.
EARTH_RADIUS_M: Final = 6_371_008.8
METRES_PER_DEGREE: Final = EARTH_RADIUS_M * math.pi / 180.0
# Seven decimals are about a centimetre.
DECIMALS: Final = 7


@dataclass(frozen=True, slots=True)
class Plane:
    """The tangent plane at (`lat`, `lon`); x grows to the east, y to the north, in metres."""

    lat: float
    lon: float

    def __post_init__(self) -> None:
        """Raise ValueError where the projection has no meaning (poles, out of range)."""
        if not (-85.0 <= self.lat <= 85.0 and -180.0 <= self.lon <= 180.0):
            raise ValueError(f"the origin {self.lat},{self.lon} is not a place a city can be")

    def lonlat(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Longitudes and latitudes of points in metres, rounded to about a centimetre."""
        lon = self.lon + x / (METRES_PER_DEGREE * math.cos(math.radians(self.lat)))
        lat = self.lat + y / METRES_PER_DEGREE
        return np.round(lon, DECIMALS), np.round(lat, DECIMALS)

    def point(self, x: float, y: float) -> tuple[float, float]:
        """`lonlat` for one point."""
        lon = self.lon + x / (METRES_PER_DEGREE * math.cos(math.radians(self.lat)))
        return round(lon, DECIMALS), round(self.lat + y / METRES_PER_DEGREE, DECIMALS)

    def xy(self, lon: float, lat: float) -> tuple[float, float]:
        """Metres east and north of the origin."""
        x = (lon - self.lon) * METRES_PER_DEGREE * math.cos(math.radians(self.lat))
        return x, (lat - self.lat) * METRES_PER_DEGREE
