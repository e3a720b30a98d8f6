"""Zones as others see them: figures of one or of all, and the time to clear each.

Reads the state, changes nothing. Called by `publish` for what changed and by the API.
"""

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from monitor.core.city import City
from monitor.core.judging.city import silent_streams
from monitor.core.tables.table import NEVER
from monitor.core.views.rows import column_at
from monitor.core.views.structs import ZoneView
from monitor.core.views.under_way import pushing_by_zone
from zones.balance import IDLE
from zones.clearing import ASSIGNED, PICKED_UP, WAITING, Clearing, OpenOrders
from zones.polygons import ZoneSet

Floats = NDArray[np.float64]
DEPENDS_ON = ("couriers", "orders")  # the streams that zone figures are made of


def zone_view(city: City, zone: int, now_ms: int, clear: Floats | None = None) -> ZoneView:
    """The figures of one zone by its index; `clear` as from `clear_minutes`."""
    return zone_views(city, now_ms, clear, (zone,))[0]


def zone_views(
    city: City, now_ms: int, clear: Floats | None = None, zones: Iterable[int] | None = None
) -> list[ZoneView]:
    """The figures of all zones, or of those given by index, in their order.

    `clear` has one entry a zone (from `clear_minutes`, perhaps of some seconds ago, for it costs
    milliseconds); without it `clear_min` stays None.
    """
    plan, balance = city.plan, city.balance
    silent = silent_streams(city)
    stale = tuple(name for name in DEPENDS_ON if name in silent)
    centres, pushing = _centres(plan.zones), pushing_by_zone(city)
    views: list[ZoneView] = []
    for zone in range(len(plan.zones)) if zones is None else zones:
        idle, busy = int(balance.idle[zone]), int(balance.busy[zone])
        open_ = int(balance.open[zone])
        placed = city.oldest_placed(zone)
        lon, lat = centres[zone]
        views.append(
            ZoneView(
                zone_id=plan.zones.ids[zone],
                name=plan.zones.names[zone],
                lon=lon,
                lat=lat,
                idle=idle,
                busy=busy,
                on_shift=idle + busy,
                open=open_,
                waiting=int(balance.waiting[zone]),
                oldest_wait_s=0.0 if placed == NEVER else max(now_ms - placed, 0) / 1000,
                ratio=round(open_ / max(idle + busy, 1), 4),
                clear_min=None if clear is None else round(float(clear[zone]), 2),
                stale=stale,
                pushing=pushing.get(zone),
                ts=now_ms,
            )
        )
    return views


@lru_cache(maxsize=1024)  # a pure function of a frozen set of zones; one entry a city
def _centres(zones: ZoneSet) -> list[tuple[float, float]]:
    return [(round(lon, 6), round(lat, 6)) for lon, lat in zones.inner_points().tolist()]


def clear_minutes(city: City) -> Floats:
    """Minutes to clear each zone (contract, section 3), one entry a zone; 0 without open orders.

    Over all open orders at once: some milliseconds for tens of thousands.
    """
    return clearing_of(city).finish()[:-1]


def clearing_of(city: City) -> Clearing:
    """The same, to be worked out in steps while the city goes on: it is of this moment.

    What comes out has one entry more, of orders in no zone.
    """
    o, v, c = city.orders, city.venues, city.couriers
    rows = np.flatnonzero(o.in_open[: o.size])
    venue, courier = o.venue[rows], o.on_courier[rows]
    legs = np.where(o.in_waiting[rows], WAITING, ASSIGNED)
    leg = np.where(o.picked[rows], PICKED_UP, legs).astype(np.int8)
    idle = np.flatnonzero(c.kind[: c.size] == IDLE)
    return Clearing(
        OpenOrders(
            zone=o.in_zone[rows],
            leg=leg,
            venue_lon=column_at(v.lon, venue),
            venue_lat=column_at(v.lat, venue),
            dropoff_lon=o.drop_lon[rows],
            dropoff_lat=o.drop_lat[rows],
            courier_lon=column_at(c.lon, courier),
            courier_lat=column_at(c.lat, courier),
        ),
        c.lon[idle],
        c.lat[idle],
        city.balance.on_shift(),
        city.plan.pace,
    )
