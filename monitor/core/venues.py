"""The venues of a city: what their events and their orders change.

A venue that moves takes its open orders to its new zone. Deadlines are judged in
`judging/venues.py`.
"""

import numpy as np

from monitor.core.city import City
from monitor.core.events import VenueEvent, VenueHeartbeat, VenueStatus, VenueUpdated
from monitor.core.ordering import newer
from monitor.core.tables.columns import OVERRUNS_KEPT, VENUE_STATUS_CODE
from monitor.core.tables.table import FAR, NEVER


def apply_venue(city: City, event: VenueEvent) -> tuple[bool, list[int]]:
    """Take a venue's event; (applied, the open orders that must be settled anew)."""
    row = city.venues.row(event.venue_id)
    c, ts = city.venues.cells, event.ts
    in_time = ts >= c.last_ts[row]
    moved_orders: list[int] = []
    if isinstance(event, VenueHeartbeat):
        set_something = ts > c.heartbeat_ts[row]
        if set_something:
            c.heartbeat_ts[row] = ts
            if c.alerts[row] or c.due_ms[row] == FAR:
                city.touched_venues.add(row)
    elif isinstance(event, VenueStatus):
        set_something = _status(city, row, event, in_time)
    else:
        set_something = newer(ts, c.place_ts[row], in_time)
        if set_something:
            moved_orders = _place(city, row, event)
    if in_time:
        c.last_ts[row] = ts
    if set_something:
        c.changed[row] = True
    return in_time or set_something, moved_orders


def _status(city: City, row: int, event: VenueStatus, in_time: bool) -> bool:
    c = city.venues.cells
    if not newer(event.ts, c.status_ts[row], in_time):
        return False
    c.status_ts[row] = event.ts
    c.status[row] = VENUE_STATUS_CODE[event.status]
    c.until_ts[row] = NEVER if event.until_ts is None else event.until_ts
    city.touched_venues.add(row)
    return True


def _place(city: City, row: int, event: VenueUpdated) -> list[int]:
    c = city.venues.cells
    c.place_ts[row] = event.ts
    c.lon[row], c.lat[row] = event.lon, event.lat
    if event.name is not None:
        city.venue_names[row] = event.name
    if event.client_id is not None:
        city.venue_clients[row] = event.client_id
    if event.prep_minutes is not None:
        c.prep_min[row] = event.prep_minutes
    zone = city.locate_one(event.lon, event.lat)
    moved = zone != c.zone[row]
    c.zone[row] = zone
    city.touched_venues.add(row)
    if not c.open_orders[row]:
        return []
    orders = city.orders
    rows: list[int] = np.flatnonzero(orders.on_venue[: orders.size] == row).tolist()
    if event.prep_minutes is not None or event.client_id is not None or moved:
        city.touched_orders.update(rows)
    return rows if moved else []


def accepted_at(city: City, row: int, ts: int) -> None:
    """The venue accepted an order: a sign of life, and the end of a run of unaccepted ones."""
    c = city.venues.cells
    if ts > c.accept_ts[row]:
        c.accept_ts[row] = ts
    if c.left_run[row]:
        c.left_run[row] = 0
        c.changed[row] = True
    if c.alerts[row]:
        city.touched_venues.add(row)


def readied_with(city: City, row: int, overrun_min: float) -> None:
    """The venue readied an order, so many minutes after its promise (before it: negative)."""
    t, c = city.venues, city.venues.cells
    t.overruns[row, c.readied[row] % OVERRUNS_KEPT] = overrun_min
    c.readied[row] += 1
    c.changed[row] = True
    city.touched_venues.add(row)


def settle_open_order(city: City, was: int, now: int) -> None:
    """An open order left the venue `was` and came to `now` (-1: none)."""
    c = city.venues.cells
    if was >= 0:
        c.open_orders[was] -= 1
        c.changed[was] = True
    if now >= 0:
        c.open_orders[now] += 1
        c.changed[now] = True
