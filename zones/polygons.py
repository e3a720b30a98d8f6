"""The zones of one city as columns: ids, names, polygons, priorities.

`geojson.py` and `hexagons.py` make a `ZoneSet`, `locate.py` finds points in it, and everybody else
names a zone by its index in it. Nothing is parsed, judged or counted here.
"""

import math
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

# The index of "in no zone" in every column of zone indexes.
NO_ZONE: Final = -1


@dataclass(frozen=True, slots=True, eq=False)
class ZoneSet:
    """Zones in the order of their file; the index in that order is the zone's number.

    `geometries` are shapely Polygons and MultiPolygons in WGS 84 (x = lon, y = lat), `priority`
    decides between zones that overlap: the highest wins, then the first in the file. Raises
    ValueError when the columns differ in length or an id stands twice.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    geometries: NDArray[np.object_]
    priority: NDArray[np.float64]
    index: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        count = len(self.ids)
        if not count == len(self.names) == len(self.geometries) == len(self.priority):
            raise ValueError("the columns of a zone set differ in length")
        index = {zone_id: idx for idx, zone_id in enumerate(self.ids)}
        if len(index) != count:
            raise ValueError("a zone id stands twice in the zone set")
        object.__setattr__(self, "index", index)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of all zones in degrees; four NaN when there is none."""
        if not len(self):
            return math.nan, math.nan, math.nan, math.nan
        west, south, east, north = shapely.total_bounds(self.geometries).tolist()
        return west, south, east, north

    def centroids(self) -> NDArray[np.float64]:
        """Centre of mass of each zone, (n, 2) of lon, lat; it may lie outside its zone."""
        centres: NDArray[np.float64] = shapely.get_coordinates(shapely.centroid(self.geometries))
        return centres

    def inner_points(self) -> NDArray[np.float64]:
        """One point well inside each zone, (n, 2) of lon, lat: where a label can stand."""
        points: NDArray[np.float64] = shapely.get_coordinates(
            shapely.point_on_surface(self.geometries)
        )
        return points

    def fingerprint(self) -> str:
        """The same for zones of the same ids, shapes and precedence, in the same order."""
        told = blake2b("\x00".join(self.ids).encode(), digest_size=16)
        told.update(self.priority.tobytes())
        for shape in shapely.to_wkb(self.geometries):
            told.update(shape)
        return told.hexdigest()

    def by_precedence(self) -> NDArray[np.int64]:
        """Zone indexes, the one that wins first: by falling priority, then as in the file."""
        return np.argsort(-self.priority, kind="stable")
