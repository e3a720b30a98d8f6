"""Hexagons of Uber's H3 grid as zones, for a city that has no zone file.

The only file that imports h3. `config` names the box and the resolution.
"""

from typing import Final

import h3
import numpy as np
import shapely
from numpy.typing import NDArray

from zones.polygons import ZoneSet

# A country at a useful size; a slip of the resolution by two makes 49 times as many cells.
MOST_HEXAGONS: Final = 20_000
FINEST_RESOLUTION: Final = 15
# Corners are rounded to 0.1 mm: neighbours compute a shared corner with different rounding errors,
# and would leave gaps between them.
CORNER_DECIMALS: Final = 9


def hexagon_zones(west: float, south: float, east: float, north: float, resolution: int) -> ZoneSet:
    """Every H3 cell that meets the box (degrees), so that all of the box is covered.

    Ids and names are the H3 cells' own strings, in their order; priorities are 0. Raises
    ValueError for a box that is empty, out of range, over a pole or across the antimeridian, for a
    resolution out of 0 to 15, and for more than 20,000 cells.
    """
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ValueError("a box needs -180 <= west < east <= 180 and -90 <= south < north <= 90")
    if not 0 <= resolution <= FINEST_RESOLUTION:
        raise ValueError(f"an H3 resolution is 0 to {FINEST_RESOLUTION}, not {resolution}")
    expected = _area_km2(west, south, east, north) / h3.average_hexagon_area(resolution, "km^2")
    # Cells differ in area by a factor of two about the mean: this stops only what is far beyond.
    if expected > 2 * MOST_HEXAGONS:
        raise ValueError(_too_many(int(expected), resolution))
    box = h3.LatLngPoly([(south, west), (south, east), (north, east), (north, west)])
    cells = sorted(h3.h3shape_to_cells_experimental(box, resolution, contain="overlap"))
    if len(cells) > MOST_HEXAGONS:
        raise ValueError(_too_many(len(cells), resolution))
    geometries: NDArray[np.object_] = np.empty(len(cells), dtype=object)
    for at, cell in enumerate(cells):
        corners = [
            (round(lon, CORNER_DECIMALS), round(lat, CORNER_DECIMALS))
            for lat, lon in h3.cell_to_boundary(cell)
        ]
        lons = [lon for lon, _ in corners]
        geometries[at] = shapely.Polygon(corners)
        if max(lons) - min(lons) > 180 or not shapely.is_valid(geometries[at]):
            raise ValueError(f"cell {cell} lies over a pole or across the antimeridian")
    return ZoneSet(tuple(cells), tuple(cells), geometries, np.zeros(len(cells)))


def _area_km2(west: float, south: float, east: float, north: float) -> float:
    """The area of a box on a sphere of 6,371 km."""
    height = float(np.sin(np.radians(north)) - np.sin(np.radians(south)))
    return 6371.0**2 * float(np.radians(east - west)) * height


def _too_many(count: int, resolution: int) -> str:
    return (
        f"about {count} H3 cells of resolution {resolution} would cover the box, more than "
        f"{MOST_HEXAGONS}: choose a coarser resolution or a smaller box"
    )
