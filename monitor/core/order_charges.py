"""What an order costs its venue: whether it is overdue there, or left unaccepted.

Only what the venue owes: an order that is ready, or that nobody has paid, is not its fault. For one
order, or for many as columns, which says the same. Called by `judging/orders.py`.
"""

import numpy as np
from numpy.typing import NDArray

from alerts.rules import RuleSet
from monitor.core.city import City
from monitor.core.orders import promise_of
from monitor.core.tables.columns import UNPAID
from monitor.core.tables.table import FAR, NEVER

Rows = NDArray[np.int64]


def _terms_of(rules: RuleSet) -> tuple[int, int]:
    """How long after its promise an order is overdue, after its placing left unaccepted, ms."""
    return (
        round(rules.venue_slow.overdue_after_min * 60_000),
        round(rules.venue_silent.unaccepted_min * 60_000),
    )


def charge_venue(city: City, row: int, rules: RuleSet, now_ms: int) -> int:
    """Count the order among its venue's overdue and unaccepted ones; when that may change next."""
    c, venues = city.orders.cells, city.venues.cells
    venue = c.venue[row]
    if venue < 0:
        return FAR
    owed = not c.closed[row] and not c.ready[row] and c.payment[row] != UNPAID
    promise = promise_of(city, row) if owed else NEVER
    overdue_ms, left_ms = _terms_of(rules)
    due = FAR
    overdue, was_overdue = False, c.venue_overdue[row]
    if promise != NEVER:
        overdue_at = promise + overdue_ms
        if overdue_at > now_ms:
            due = overdue_at
        else:
            # While the orders' feed is silent nobody becomes overdue by what was not told.
            overdue = was_overdue or "venue_slow" not in city.held
    if overdue != was_overdue:
        c.venue_overdue[row] = overdue
        venues.overdue[venue] += 1 if overdue else -1
        venues.changed[venue] = True
        city.touched_venues.add(venue)
    placed = c.placed_ts[row]
    if owed and not c.accepted[row] and not c.venue_left[row] and placed != NEVER:
        left_at = placed + left_ms
        if left_at > now_ms:
            due = min(due, left_at)
        elif "venue_silent" not in city.held:
            c.venue_left[row] = True
            venues.left_run[venue] += 1
            venues.changed[venue] = True
            city.touched_venues.add(venue)
    return due


def charge_venues(
    city: City,
    rows: Rows,
    promises: NDArray[np.int64],
    sets: list[RuleSet],
    which: NDArray[np.int64],
    now_ms: int,
) -> NDArray[np.int64]:
    """`charge_venue` for many: `sets` are the different rules, `which` says by index whose.

    `promises` are their venues', from `promises_of`.
    """
    t, venues = city.orders, city.venues
    venue = t.venue[rows]
    owed = (venue >= 0) & ~t.closed[rows] & ~t.ready[rows] & (t.payment[rows] != UNPAID)
    terms = np.array([_terms_of(rules) for rules in sets], dtype=np.int64)
    overdue_ms, left_ms = terms[which].T

    promise = np.where(owed, promises, NEVER)
    overdue_at = np.where(promise == NEVER, FAR, promise + overdue_ms)
    overdue = overdue_at <= now_ms
    due = np.where(overdue, FAR, overdue_at)
    was = t.venue_overdue[rows]
    if "venue_slow" in city.held:
        overdue &= was
    differ = (overdue != was) & (venue >= 0)
    if differ.any():
        t.venue_overdue[rows[differ]] = overdue[differ]
        np.add.at(venues.overdue, venue[differ], np.where(overdue[differ], 1, -1))
        _touch(city, venue[differ])

    placed = t.placed_ts[rows]
    unaccepted = owed & ~t.accepted[rows] & ~t.venue_left[rows] & (placed != NEVER)
    left_at = np.where(unaccepted, placed + left_ms, FAR)
    left = left_at <= now_ms
    due = np.minimum(due, np.where(left, FAR, left_at))
    if "venue_silent" not in city.held and left.any():
        t.venue_left[rows[left]] = True
        np.add.at(venues.left_run, venue[left], 1)
        _touch(city, venue[left])
    return due


def _touch(city: City, venues: NDArray[np.int32]) -> None:
    city.venues.changed[venues] = True
    city.touched_venues.update(venues.tolist())
