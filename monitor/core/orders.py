"""The orders of a city: what their events change, and what is counted of an order elsewhere.

Each field has its own time: a late event sets what nothing newer is known of, and is stale only
where it sets nothing. `settle` takes back what was counted of an order and counts it as it now
stands: in its zone, at its venue, on its courier. Deadlines are judged in `judge_orders.py`.
"""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from monitor.core.city import City
from monitor.core.columns import PAYMENT_CODE, PROBLEM_CODE, UNPAID
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
from monitor.core.table import NEVER
from monitor.core.venues import accepted_at, readied_with, settle_open_order


def apply_order(city: City, event: OrderEvent) -> tuple[bool, bool]:
    """Take an order's event; (applied, whether it opened an order never placed)."""
    t = city.orders
    row = t.find(event.order_id)
    orphan = False
    if row < 0:
        row = t.row(event.order_id)
        orphan = not isinstance(event, OrderPlaced)
        t.orphan[row] = orphan
    in_time = bool(event.ts >= t.last_ts[row])
    set_something = _HANDLERS[type(event)](city, row, event, in_time)
    if in_time:
        t.last_ts[row] = event.ts
    if set_something:
        t.changed[row] = True
        settle(city, row)
        city.touched_orders.add(row)
    return in_time or set_something, orphan


def _placed(city: City, row: int, event: OrderPlaced, in_time: bool) -> bool:
    t = city.orders
    if t.placed_ts[row] != NEVER:
        return False
    t.orphan[row] = False
    t.placed_ts[row] = event.ts
    venue = city.venues.row(event.venue_id)
    t.venue[row] = venue
    city.venues.order_ts[venue] = max(int(city.venues.order_ts[venue]), event.ts)
    t.drop_lon[row], t.drop_lat[row] = event.dropoff.lon, event.dropoff.lat
    t.promised_ts[row] = event.promised_ts
    if event.ready_ts is not None:
        t.estimate_ts[row] = event.ready_ts
    if event.client_id is not None:
        city.order_clients[row] = event.client_id
    _pay(city, row, event.payment or "paid", event.ts, in_time)
    if t.ready_ts[row] != NEVER:
        _overrun(city, row)
    if t.accepted[row]:
        accepted_at(city, int(t.venue[row]), max(int(t.accepted_ts[row]), event.ts))
    return True


def _accepted(city: City, row: int, event: OrderAccepted, in_time: bool) -> bool:
    t = city.orders
    known = t.accepted_ts[row] != NEVER
    if known and not in_time:
        return False
    if not known:
        t.accepted_ts[row] = event.ts
    if event.ready_ts is not None:
        t.venue_ready_ts[row] = event.ready_ts
    _imply_accepted(city, row, event.ts)
    return True


def _imply_accepted(city: City, row: int, ts: int) -> None:
    t = city.orders
    if not t.accepted[row]:
        t.accepted[row] = True
        if t.venue[row] >= 0:
            accepted_at(city, int(t.venue[row]), ts)


def _ready(city: City, row: int, event: OrderReady, in_time: bool) -> bool:
    t = city.orders
    if t.ready_ts[row] != NEVER:
        return False
    t.ready_ts[row] = event.ts
    t.ready[row] = True
    _imply_accepted(city, row, event.ts)
    _overrun(city, row)
    return True


def promise_of(city: City, row: int) -> int:
    """When the venue promised to have the order ready, in ms, -1 if it never did.

    Its promise on accepting, else the first estimate, else its usual preparation time.
    """
    t = city.orders
    if t.venue_ready_ts[row] != NEVER:
        return int(t.venue_ready_ts[row])
    if t.estimate_ts[row] != NEVER:
        return int(t.estimate_ts[row])
    venue, placed = int(t.venue[row]), int(t.placed_ts[row])
    if venue >= 0 and placed != NEVER:
        prep = float(city.venues.prep_min[venue])
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
    t = city.orders
    promise = promise_of(city, row)
    if promise != NEVER and t.venue[row] >= 0:
        readied_with(city, int(t.venue[row]), (int(t.ready_ts[row]) - promise) / 60_000)


def _assigned(city: City, row: int, event: OrderAssigned, in_time: bool) -> bool:
    t = city.orders
    t.given_ts[row] = max(int(t.given_ts[row]), event.ts)
    if newer(event.ts, int(t.assign_ts[row]), in_time):
        t.assign_ts[row] = event.ts
        t.assigned[row] = True
    elif not (t.assigned[row] and t.courier[row] < 0):
        return False
    t.courier[row] = city.couriers.row(event.courier_id)
    return True


def _unassigned(city: City, row: int, event: OrderUnassigned, in_time: bool) -> bool:
    t = city.orders
    if not newer(event.ts, int(t.assign_ts[row]), in_time):
        return False
    t.assign_ts[row] = event.ts
    t.assigned[row] = False
    t.courier[row] = -1
    return True


def _picked_up(city: City, row: int, event: OrderPickedUp, in_time: bool) -> bool:
    t = city.orders
    known = t.picked_ts[row] != NEVER
    if not known:
        t.picked_ts[row] = event.ts
        _imply_picked(city, row, event.ts)
    courier_told = newer(event.ts, int(t.assign_ts[row]), in_time) and (in_time or not known)
    if courier_told:
        t.assign_ts[row] = event.ts
        t.assigned[row] = True
        if event.courier_id is not None:
            t.courier[row] = city.couriers.row(event.courier_id)
    return courier_told or not known


def _imply_picked(city: City, row: int, ts: int) -> None:
    t = city.orders
    t.picked[row] = t.ready[row] = True
    _imply_accepted(city, row, ts)
    city.last_pickup_ts = max(city.last_pickup_ts, ts)


def _delivered(city: City, row: int, event: OrderDelivered, in_time: bool) -> bool:
    t = city.orders
    if t.delivered_ts[row] != NEVER:
        return False
    t.delivered_ts[row] = event.ts
    t.closed[row] = True
    if not t.picked[row]:
        _imply_picked(city, row, event.ts)
    return True


def _cancelled(city: City, row: int, event: OrderCancelled, in_time: bool) -> bool:
    t = city.orders
    if t.cancelled_ts[row] != NEVER:
        return False
    t.cancelled_ts[row] = event.ts
    t.closed[row] = True
    return True


def _payment(city: City, row: int, event: OrderPayment, in_time: bool) -> bool:
    return _pay(city, row, event.payment, event.ts, in_time)


def _pay(city: City, row: int, payment: Payment, ts: int, in_time: bool) -> bool:
    t = city.orders
    if not newer(ts, int(t.payment_ts[row]), in_time):
        return False
    code = PAYMENT_CODE[payment]
    if code == UNPAID and t.payment[row] != UNPAID:
        t.unpaid_ts[row] = ts
    t.payment[row] = code
    t.payment_ts[row] = ts
    return True


def _problem(city: City, row: int, event: OrderProblem, in_time: bool) -> bool:
    t = city.orders
    if t.problem_ts[row] != NEVER and event.ts <= t.problem_ts[row]:
        return False
    t.problem_ts[row] = event.ts
    t.problem[row] = PROBLEM_CODE[event.problem]
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
    t = city.orders
    alive = not t.closed[row]
    venue = int(t.venue[row])
    is_open = bool(alive and t.placed_ts[row] != NEVER and t.payment[row] != UNPAID)
    waiting = is_open and not t.assigned[row]
    zone = int(city.venues.zone[venue]) if venue >= 0 else -1
    was_zone, was_open, was_waiting = int(t.in_zone[row]), t.in_open[row], t.in_waiting[row]
    if zone != was_zone or is_open != was_open or waiting != was_waiting:
        if was_open:
            city.balance.add_order(was_zone, -1, -int(was_waiting))
        if is_open:
            city.balance.add_order(zone, 1, int(waiting))
        t.in_zone[row], t.in_open[row], t.in_waiting[row] = zone, is_open, waiting
        if was_waiting and (not waiting or zone != was_zone):
            city.left_waiting(was_zone)
        if waiting and (not was_waiting or zone != was_zone):
            city.push_waiting(row)
        city.zones_dirty = True
    ready = bool(alive and t.ready[row] and not t.picked[row])
    if ready != t.in_ready[row]:
        city.ready_count += 1 if ready else -1
        t.in_ready[row] = ready
    on_venue = venue if alive else -1
    if on_venue != t.on_venue[row]:
        settle_open_order(city, int(t.on_venue[row]), on_venue)
        t.on_venue[row] = on_venue
    courier = int(t.courier[row]) if alive and t.assigned[row] else -1
    was_courier = int(t.on_courier[row])
    if courier != was_courier:
        if was_courier >= 0:
            carry(city, was_courier, -1)
        if courier >= 0:
            carry(city, courier, 1)
        t.on_courier[row] = courier


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
    for row in rows[waiting].tolist():
        city.push_waiting(row)
    city.zones_dirty = True
