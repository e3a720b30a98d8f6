"""How the figures went in the last hour, minute by minute: a ring in memory, of fixed size.

Lives here: the ring. Does not live here: what the figures are (`core/views/trend.py`) and how they
are told (`api/trend.py`). It begins with the program: the recording would have to be played to know
what was before.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from monitor.core.city import City
from monitor.core.views.trend import FIGURES, ZONE_FIGURES, figures_row, zones_rows
from zones.polygons import ZoneSet

EVERY_MS: Final = 60_000
KEPT: Final = 60


class _Ring:
    """A city's last `KEPT` minutes; a minute's place is its number modulo `KEPT`."""

    def __init__(self, zones: ZoneSet) -> None:
        self.zones = zones
        self.minutes = np.full(KEPT, -1, dtype=np.int64)
        self.city = np.zeros((KEPT, len(FIGURES)))
        self.by_zone = np.zeros((KEPT, len(zones), len(ZONE_FIGURES)), dtype=np.float32)


class Trends:
    """The last hour of every city that is watched."""

    def __init__(self) -> None:
        self._rings: dict[str, _Ring] = {}
        self._minute = -1

    def note(self, cities: Mapping[str, City], now_ms: int) -> None:
        """Take the figures, once a minute; called often, for else it costs nothing."""
        minute = now_ms // EVERY_MS
        if minute == self._minute:
            return
        self._minute = minute
        for slug in [slug for slug in self._rings if slug not in cities]:
            del self._rings[slug]
        for slug, city in cities.items():
            ring = self._rings.get(slug)
            if ring is None or ring.zones is not city.plan.zones:  # a reload brings other zones
                ring = self._rings[slug] = _Ring(city.plan.zones)
            place = minute % KEPT
            ring.minutes[place] = minute
            ring.city[place] = figures_row(city, now_ms)
            ring.by_zone[place] = zones_rows(city, now_ms)

    def of(
        self, slug: str, zone: int | None = None
    ) -> tuple[int, dict[str, list[float | None]]] | None:
        """The minute of the oldest sample, ms, and each figure from then on, None where there is
        no sample of a minute; of the city, or of one zone by its index. None before the first."""
        ring = self._rings.get(slug)
        if ring is None:
            return None
        last = int(ring.minutes.max())
        known = np.sort(ring.minutes[ring.minutes > last - KEPT])
        minutes = np.arange(known[0], last + 1)
        places = minutes % KEPT
        rows = ring.city if zone is None else ring.by_zone[:, zone]
        names = FIGURES if zone is None else ZONE_FIGURES
        is_known = ring.minutes[places] == minutes
        told = {
            name: [
                round(value, 3) if there else None
                for value, there in zip(
                    rows[places, i].astype(float).tolist(), is_known.tolist(), strict=True
                )
            ]
            for i, name in enumerate(names)
        }
        return int(known[0]) * EVERY_MS, told
