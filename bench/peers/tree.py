"""The zones of many points at once, as a user of shapely 2 would find them: boxes from an STRtree,
then the exact test against prepared polygons. For the peers that are also run at their best.
"""

from typing import Any

import numpy as np
import shapely
from shapely.geometry import shape


class Tree:
    """Finds the zone of each of many events."""

    def __init__(self, features: list[dict[str, Any]]) -> None:
        self._zones = np.array([shape(feature["geometry"]) for feature in features], dtype=object)
        shapely.prepare(self._zones)
        self._tree = shapely.STRtree(self._zones)

    def locate(self, events: list[dict[str, Any]]) -> list[int]:
        """The first zone that each event's point lies in, -1 for none and without a point."""
        none = len(self._zones)
        lon = np.array([event.get("lon", np.nan) for event in events])
        lat = np.array([event.get("lat", np.nan) for event in events])
        # The tree's own predicate would not use that the polygons are prepared.
        at, zone = self._tree.query(shapely.points(lon, lat))
        inside = shapely.intersects_xy(self._zones[zone], lon[at], lat[at])
        found = np.full(len(events), none)
        np.minimum.at(found, at[inside], zone[inside])
        numbers: list[int] = np.where(found == none, -1, found).tolist()
        return numbers
