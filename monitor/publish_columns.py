"""A city's couriers as the columns that watchers are sent in binary frames.

Called by `publish` at the beat of the frames; what is told of them and how stands in `ws/frames`.
"""

from typing import Final

import numpy as np

from monitor.core.city import City
from monitor.core.plan import CityPlan
from monitor.core.views.rows import silent_mask
from ws.columns import Columns
from ws.frames import CARRYING, EMPTY, SILENT
from ws.topics import Box

# Couriers ride beyond the zones; so much of the zones' extent is added on every side, and no less
# than this many degrees (1 to 2 km).
MARGIN: Final = 0.25
MARGIN_MIN_DEG: Final = 0.02
WORLD: Final = Box(west=-180.0, south=-90.0, east=180.0, north=90.0)


def courier_columns(city: City, box: Box, now_ms: int) -> Columns:
    """The rows of the table as slots: a row stays its courier's as long as he is known."""
    t = city.couriers
    size = t.size
    status = t.status[:size].copy()
    status[silent_mask(city, np.arange(size), now_ms)] |= SILENT
    status[t.carrying[:size] > 0] |= CARRYING
    status[~t.live[:size]] = EMPTY
    return Columns(
        table=t,
        ids=t.ids.blocks(),
        lon=t.lon[:size],
        lat=t.lat[:size],
        fix_ms=t.pos_ts[:size],
        status=status,
        box=box,
    )


class Boxes:
    """The box of each city's frames: its zones and a margin; worked out once for its zones."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[CityPlan, Box]] = {}

    def of(self, plan: CityPlan) -> Box:
        """West, south, east, north in degrees; the world where there are no zones."""
        known = self._known.get(plan.slug)
        if known is None or known[0] is not plan:
            known = self._known[plan.slug] = (plan, _box(plan.zones.bounds))
        return known[1]


def _box(bounds: tuple[float, float, float, float]) -> Box:
    if np.isnan(bounds).any():
        return WORLD
    west, south, east, north = bounds
    wide = max(MARGIN * (east - west), MARGIN_MIN_DEG)
    high = max(MARGIN * (north - south), MARGIN_MIN_DEG)
    return Box(
        west=max(west - wide, WORLD.west),
        south=max(south - high, WORLD.south),
        east=min(east + wide, WORLD.east),
        north=min(north + high, WORLD.north),
    )
