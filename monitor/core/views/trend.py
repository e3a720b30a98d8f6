"""The figures of a city and of its zones that are kept minute by minute, as one row of each.

Reads the state, changes nothing. Called by `monitor/trends.py` once a minute.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from monitor.core.actions.guard import is_quiet
from monitor.core.city import City
from monitor.core.judging.zones import oldest_waits_ms
from monitor.core.views.city import city_view
from monitor.core.views.under_way import pauses_by_venue
from zones.metrics import ratio

FIGURES: Final = ("open", "waiting", "late", "idle", "busy", "silent", "venues", "alerts")
ZONE_FIGURES: Final = ("ratio", "oldest_wait_s")


def figures_row(city: City, now_ms: int) -> NDArray[np.float64]:
    """The city's figures in the order of `FIGURES`.

    `venues` counts those in trouble: an alert fires, or we paused it. `alerts` counts those that
    fire, silenced and explained ones left out.
    """
    view = city_view(city, now_ms)
    firing = [
        track.alert
        for track in city.book.tracks.values()
        if track.alert is not None and track.alert.state == "firing"
    ]
    troubled = {alert.subject.id for alert in firing if alert.subject.kind == "venue"}
    troubled |= {city.venues.id(row) for row in pauses_by_venue(city)}
    told: Mapping[str, int] = {
        "open": view.open,
        "waiting": view.waiting,
        "late": view.late,
        "idle": view.idle,
        "busy": view.busy,
        "silent": view.silent,
        "venues": len(troubled),
        "alerts": sum(not is_quiet(alert) for alert in firing),
    }
    return np.array([told[name] for name in FIGURES], dtype=np.float64)


def zones_rows(city: City, now_ms: int) -> NDArray[np.float64]:
    """A row for each zone with the figures in the order of `ZONE_FIGURES`."""
    balance, count = city.balance, len(city.plan.zones)
    on_shift = balance.idle[:count] + balance.busy[:count]
    ratios = ratio(balance.open[:count], on_shift)
    waits_s = oldest_waits_ms(city, now_ms) / 1000
    return np.stack([ratios, waits_s], axis=1)
