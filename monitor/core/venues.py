"""The venues of a city: what their events and their orders change.

A venue that moves takes its open orders to its new zone. Deadlines are judged in
`judge_venues.py`.
"""

import numpy as np

from monitor.core.city import City
from monitor.core.columns import OVERRUNS_KEPT, VENUE_STATUS_CODE
from monitor.core.events import VenueEvent, VenueHeartbeat, VenueStatus, VenueUpdated
from monitor.core.ordering import newer
from monitor.core.table import FAR, NEVER


def apply_venue(city: City, event: VenueEvent) -> tuple[bool, list[int]]:
    """Take a venue's event; (applied, the open orders that must be settled anew)."""
    t = city.venues
    row = t.row(event.venue_id)
    in_time = bool(event.ts >= t.last_ts[row])
    moved_orders: list[int] = []
    if isinstance(event, VenueHeartbeat):
        set_something = bool(event.ts > t.heartbeat_ts[row])
        if set_something:
            t.heartbeat_ts[row] = event.ts
            if t.alerts[row] or t.due_ms[row] == FAR:
                city.touched_venues.add(row)
    elif isinstance(event, VenueStatus):
        set_something = _status(city, row, event, in_time)
    else:
        set_something = newer(event.ts, int(t.place_ts[row]), in_time)
        if set_something:
            moved_orders = _place(city, row, event)
    if in_time:
        t.last_ts[row] = event.ts
    if set_something:
        t.changed[row] = True
    return in_time or set_something, moved_orders


def _status(city: City, row: int, event: VenueStatus, in_time: bool) -> bool:
    t = city.venues
    if not newer(event.ts, int(t.status_ts[row]), in_time):
        return False
    t.status_ts[row] = event.ts
    t.status[row] = VENUE_STATUS_CODE[event.status]
    t.until_ts[row] = NEVER if event.until_ts is None else event.until_ts
    city.touched_venues.add(row)
    return True


def _place(city: City, row: int, event: VenueUpdated) -> list[int]:
    t = city.venues
    t.place_ts[row] = event.ts
    t.lon[row], t.lat[row] = event.lon, event.lat
    if event.name is not None:
        city.venue_names[row] = event.name
    if event.client_id is not None:
        city.venue_clients[row] = event.client_id
    if event.prep_minutes is not None:
        t.prep_min[row] = event.prep_minutes
    zone = city.locate_one(event.lon, event.lat)
    moved = zone != t.zone[row]
    t.zone[row] = zone
    city.touched_venues.add(row)
    if not t.open_orders[row]:
        return []
    orders = city.orders
    rows: list[int] = np.flatnonzero(orders.on_venue[: orders.size] == row).tolist()
    if event.prep_minutes is not None or event.client_id is not None or moved:
        city.touched_orders.update(rows)
    return rows if moved else []


def accepted_at(city: City, row: int, ts: int) -> None:
    """The venue accepted an order: a sign of life, and the end of a run of unaccepted ones."""
    t = city.venues
    t.accept_ts[row] = max(int(t.accept_ts[row]), ts)
    if t.left_run[row]:
        t.left_run[row] = 0
        t.changed[row] = True
    if t.alerts[row]:
        city.touched_venues.add(row)


def readied_with(city: City, row: int, overrun_min: float) -> None:
    """The venue readied an order, so many minutes after its promise (before it: negative)."""
    t = city.venues
    t.overruns[row, int(t.readied[row]) % OVERRUNS_KEPT] = overrun_min
    t.readied[row] += 1
    t.changed[row] = True
    city.touched_venues.add(row)


def settle_open_order(city: City, was: int, now: int) -> None:
    """An open order left the venue `was` and came to `now` (-1: none)."""
    t = city.venues
    if was >= 0:
        t.open_orders[was] -= 1
        t.changed[was] = True
    if now >= 0:
        t.open_orders[now] += 1
        t.changed[now] = True
