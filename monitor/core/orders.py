"""The orders of a city: what their events change, and what is counted of an order elsewhere.

Each field has its own time: a late event sets what nothing newer is known of, and is stale only
where it sets nothing. `settle` takes back what was counted of an order and counts it as it now
stands: in its zone, at its venue, on its courier. Deadlines are judged in `judging/orders.py`.
"""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from monitor.core.city import City
from monitor.core.couriers import carry
from monitor.core.events import (
    OrderAccepted,
    OrderAssigned,
    OrderCancelled,
    OrderDelivered,
    OrderEvent,
    OrderPayment,
    OrderPickedUp,
    OrderPlaced,
    OrderProblem,
    OrderReady,
    OrderUnassigned,
    Payment,
)
from monitor.core.ordering import newer
from monitor.core.tables.columns import PAYMENT_CODE, PROBLEM_CODE, UNPAID
from monitor.core.tables.table import NEVER
from monitor.core.venues import accepted_at, readied_with, settle_open_order


def apply_order(city: City, event: OrderEvent) -> tuple[bool, bool]:
    """Take an order's event; (applied, whether it opened an order never placed)."""
    t = city.orders
    row = t.find(event.order_id)
    orphan = False
    if row < 0:
        row = t.row(event.order_id)
        orphan = not isinstance(event, OrderPlaced)
        t.cells.orphan[row] = orphan
    c = t.cells
    in_time = event.ts >= c.last_ts[row]
    set_something = _HANDLERS[type(event)](city, row, event, in_time)
    if in_time:
        c.last_ts[row] = event.ts
    if set_something:
        c.changed[row] = True
        settle(city, row)
        city.touched_orders.add(row)
    return in_time or set_something, orphan


def _placed(city: City, row: int, event: OrderPlaced, in_time: bool) -> bool:
    c, ts = city.orders.cells, event.ts
    if c.placed_ts[row] != NEVER:
        return False
    c.orphan[row] = False
    c.placed_ts[row] = ts
    venue = c.venue[row] = city.venues.row(event.venue_id)
    newest = city.venues.cells.order_ts
    if ts > newest[venue]:
        newest[venue] = ts
    c.drop_lon[row], c.drop_lat[row] = event.dropoff.lon, event.dropoff.lat
    c.promised_ts[row] = event.promised_ts
    if event.ready_ts is not None:
        c.estimate_ts[row] = event.ready_ts
    if event.client_id is not None:
        city.order_clients[row] = event.client_id
    _pay(city, row, event.payment or "paid", ts, in_time)
    if c.ready_ts[row] != NEVER:
        _overrun(city, row)
    if c.accepted[row]:
        accepted_at(city, venue, max(c.accepted_ts[row], ts))
    return True


def _accepted(city: City, row: int, event: OrderAccepted, in_time: bool) -> bool:
    c = city.orders.cells
    known = c.accepted_ts[row] != NEVER
    if known and not in_time:
        return False
    if not known:
        c.accepted_ts[row] = event.ts
    if event.ready_ts is not None:
        c.venue_ready_ts[row] = event.ready_ts
    _imply_accepted(city, row, event.ts)
    return True


def _imply_accepted(city: City, row: int, ts: int) -> None:
    c = city.orders.cells
    if not c.accepted[row]:
        c.accepted[row] = True
        venue = c.venue[row]
        if venue >= 0:
            accepted_at(city, venue, ts)


def _ready(city: City, row: int, event: OrderReady, in_time: bool) -> bool:
    c = city.orders.cells
    if c.ready_ts[row] != NEVER:
        return False
    c.ready_ts[row] = event.ts
    c.ready[row] = True
    _imply_accepted(city, row, event.ts)
    _overrun(city, row)
    return True


def promise_of(city: City, row: int) -> int:
    """When the venue promised to have the order ready, in ms, -1 if it never did.

    Its promise on accepting, else the first estimate, else its usual preparation time.
    """
    c = city.orders.cells
    promise = c.venue_ready_ts[row]
    if promise == NEVER:
        promise = c.estimate_ts[row]
    if promise != NEVER:
        return promise
    venue, placed = c.venue[row], c.placed_ts[row]
    if venue >= 0 and placed != NEVER:
        prep = city.venues.cells.prep_min[venue]
        if prep == prep:
            return placed + round(prep * 60_000)
    return NEVER


def promises_of(city: City, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """`promise_of` for many."""
    t = city.orders
    venue, placed = t.venue[rows], t.placed_ts[rows]
    prep = city.venues.prep_min[venue]
    known = (venue >= 0) & (placed != NEVER) & ~np.isnan(prep)
    usual = placed + np.rint(np.where(known, prep, 0) * 60_000).astype(np.int64)
    estimate, promise = t.estimate_ts[rows], t.venue_ready_ts[rows]
    first = np.where(estimate != NEVER, estimate, np.where(known, usual, NEVER))
    return np.where(promise != NEVER, promise, first)


def _overrun(city: City, row: int) -> None:
    c = city.orders.cells
    promise, venue = promise_of(city, row), c.venue[row]
    if promise != NEVER and venue >= 0:
        readied_with(city, venue, (c.ready_ts[row] - promise) / 60_000)


def _assigned(city: City, row: int, event: OrderAssigned, in_time: bool) -> bool:
    c, ts = city.orders.cells, event.ts
    if ts > c.given_ts[row]:
        c.given_ts[row] = ts
    if newer(ts, c.assign_ts[row], in_time):
        c.assign_ts[row] = ts
        c.assigned[row] = True
    elif not (c.assigned[row] and c.courier[row] < 0):
        return False
    c.courier[row] = city.couriers.row(event.courier_id)
    return True


def _unassigned(city: City, row: int, event: OrderUnassigned, in_time: bool) -> bool:
    c = city.orders.cells
    if not newer(event.ts, c.assign_ts[row], in_time):
        return False
    c.assign_ts[row] = event.ts
    c.assigned[row] = False
    c.courier[row] = -1
    return True


def _picked_up(city: City, row: int, event: OrderPickedUp, in_time: bool) -> bool:
    c = city.orders.cells
    known = c.picked_ts[row] != NEVER
    if not known:
        c.picked_ts[row] = event.ts
        _imply_picked(city, row, event.ts)
    courier_told = newer(event.ts, c.assign_ts[row], in_time) and (in_time or not known)
    if courier_told:
        c.assign_ts[row] = event.ts
        c.assigned[row] = True
        if event.courier_id is not None:
            c.courier[row] = city.couriers.row(event.courier_id)
    return courier_told or not known


def _imply_picked(city: City, row: int, ts: int) -> None:
    c = city.orders.cells
    c.picked[row] = c.ready[row] = True
    _imply_accepted(city, row, ts)
    city.last_pickup_ts = max(city.last_pickup_ts, ts)


def _delivered(city: City, row: int, event: OrderDelivered, in_time: bool) -> bool:
    c = city.orders.cells
    if c.delivered_ts[row] != NEVER:
        return False
    c.delivered_ts[row] = event.ts
    c.closed[row] = True
    if not c.picked[row]:
        _imply_picked(city, row, event.ts)
    return True


def _cancelled(city: City, row: int, event: OrderCancelled, in_time: bool) -> bool:
    c = city.orders.cells
    if c.cancelled_ts[row] != NEVER:
        return False
    c.cancelled_ts[row] = event.ts
    c.closed[row] = True
    return True


def _payment(city: City, row: int, event: OrderPayment, in_time: bool) -> bool:
    return _pay(city, row, event.payment, event.ts, in_time)


def _pay(city: City, row: int, payment: Payment, ts: int, in_time: bool) -> bool:
    c = city.orders.cells
    if not newer(ts, c.payment_ts[row], in_time):
        return False
    code = PAYMENT_CODE[payment]
    if code == UNPAID and c.payment[row] != UNPAID:
        c.unpaid_ts[row] = ts
    c.payment[row] = code
    c.payment_ts[row] = ts
    return True


def _problem(city: City, row: int, event: OrderProblem, in_time: bool) -> bool:
    c = city.orders.cells
    known = c.problem_ts[row]
    if known != NEVER and event.ts <= known:
        return False
    c.problem_ts[row] = event.ts
    c.problem[row] = PROBLEM_CODE[event.problem]
    city.order_notes[row] = event.note or ""
    city.new_problems.add(row)
    return True


# Each takes (city, row, event, whether it is in time); whether it set something.
_HANDLERS: Final[dict[type, Callable[[City, int, Any, bool], bool]]] = {
    OrderPlaced: _placed,
    OrderAccepted: _accepted,
    OrderReady: _ready,
    OrderAssigned: _assigned,
    OrderUnassigned: _unassigned,
    OrderPickedUp: _picked_up,
    OrderDelivered: _delivered,
    OrderCancelled: _cancelled,
    OrderPayment: _payment,
    OrderProblem: _problem,
}


def settle(city: City, row: int) -> None:
    """Count the order as it now stands, in place of how it was counted before."""
    c = city.orders.cells
    alive, assigned, venue = not c.closed[row], c.assigned[row], c.venue[row]
    is_open = alive and c.placed_ts[row] != NEVER and c.payment[row] != UNPAID
    waiting = is_open and not assigned
    zone = city.venues.cells.zone[venue] if venue >= 0 else -1
    was_zone, was_open, was_waiting = c.in_zone[row], c.in_open[row], c.in_waiting[row]
    if zone != was_zone or is_open != was_open or waiting != was_waiting:
        if zone == was_zone:
            city.balance.add_order(zone, is_open - was_open, waiting - was_waiting)
        else:
            city.balance.add_order(was_zone, -was_open, -was_waiting)
            city.balance.add_order(zone, int(is_open), int(waiting))
        c.in_zone[row], c.in_open[row], c.in_waiting[row] = zone, is_open, waiting
        if was_waiting and (not waiting or zone != was_zone):
            city.left_waiting(was_zone)
        if waiting and (not was_waiting or zone != was_zone):
            city.push_waiting(row)
        city.zones_dirty = True
    ready = alive and c.ready[row] and not c.picked[row]
    if ready != c.in_ready[row]:
        city.ready_count += 1 if ready else -1
        c.in_ready[row] = ready
    on_venue, was_venue = venue if alive else -1, c.on_venue[row]
    if on_venue != was_venue:
        settle_open_order(city, was_venue, on_venue)
        c.on_venue[row] = on_venue
    courier, was_courier = c.courier[row] if alive and assigned else -1, c.on_courier[row]
    if courier != was_courier:
        if was_courier >= 0:
            carry(city, was_courier, -1)
        if courier >= 0:
            carry(city, courier, 1)
        c.on_courier[row] = courier


def recount_orders(city: City) -> None:
    """Count all orders in their zones, where none is counted yet, as `settle` does for each."""
    t, venues = city.orders, city.venues
    rows = t.live_rows()
    venue = t.venue[rows]
    zone = np.where(venue >= 0, venues.zone[venue], -1)
    is_open = ~t.closed[rows] & (t.placed_ts[rows] != NEVER) & (t.payment[rows] != UNPAID)
    waiting = is_open & ~t.assigned[rows]
    t.in_zone[rows], t.in_open[rows], t.in_waiting[rows] = zone, is_open, waiting
    city.balance.add_orders(zone[is_open], zone[waiting])
    city.push_all_waiting(rows[waiting])
    city.zones_dirty = True
