"""What leaves the state when nobody needs it any more, so that memory stays bounded over weeks."""

from typing import Final

import numpy as np

from monitor.core.city import City
from monitor.core.judging.order_deadlines import ORDER_RULES
from monitor.core.orders import settle
from monitor.core.tables.table import NEVER

SWEEP_MS: Final = 60_000  # one pass over the columns a minute


def sweep(city: City, now_ms: int) -> None:
    """Forget what is past its time; call once a minute of the engine's time."""
    keep = city.plan.retention
    _orders(city, now_ms - keep.order_closed_ms, now_ms - keep.order_open_ms)
    _couriers(city, now_ms - keep.courier_ms)
    _venues(city, now_ms - keep.venue_ms)


def _orders(city: City, closed_before: int, open_before: int) -> None:
    t = city.orders
    size = t.size
    old = t.live[:size] & (t.last_ts[:size] < closed_before)
    if not old.any():
        return
    # An order that nobody closed is closed here; it leaves once its alerts have ended.
    for row in np.flatnonzero(old & ~t.closed[:size] & (t.last_ts[:size] < open_before)).tolist():
        t.closed[row] = True
        settle(city, row)
        city.touched_orders.add(row)
    gone = old & t.closed[:size]
    for row in np.flatnonzero(gone).tolist():
        if row in city.touched_orders:
            continue
        for rule in ORDER_RULES[:-1]:
            city.book.end(rule, t.id(row), city.last_now_ms, "subject_gone")
        for texts in (city.order_clients, city.order_notes):
            texts.pop(row, None)
        city.gone_orders.append(t.remove(row))


def _couriers(city: City, before: int) -> None:
    t = city.couriers
    size = t.size
    unseen = np.maximum(t.last_ts[:size], NEVER) < before
    rows = np.flatnonzero(t.live[:size] & unseen & (t.carrying[:size] == 0) & (t.kind[:size] == 0))
    for row in rows.tolist():
        if row in city.touched_couriers or t.moved[row]:
            continue
        for rule in ("courier_silent", "courier_stuck"):
            city.book.end(rule, t.id(row), city.last_now_ms, "subject_gone")
        orders = city.orders
        orders.courier[: orders.size][orders.courier[: orders.size] == row] = -1
        city.gone_couriers.append(t.remove(row))


def _venues(city: City, before: int) -> None:
    t = city.venues
    size = t.size
    unseen = np.maximum(t.last_ts[:size], t.order_ts[:size]) < before
    unused = (t.open_orders[:size] == 0) & (t.overdue[:size] == 0)
    for row in np.flatnonzero(t.live[:size] & unseen & unused).tolist():
        if row in city.touched_venues:
            continue
        for rule in ("venue_slow", "venue_silent"):
            city.book.end(rule, t.id(row), city.last_now_ms, "subject_gone")
        orders = city.orders
        orders.venue[: orders.size][orders.venue[: orders.size] == row] = -1
        for texts in (city.venue_names, city.venue_clients):
            texts.pop(row, None)
        city.gone_venues.append(t.remove(row))
