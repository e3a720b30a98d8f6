"""When each rule on orders is in breach: the deadlines of one order, or of many as columns.

Both ways say the same; a few orders are faster looked at one by one. What is done about a deadline
that came stands in `judging/orders.py`; what an order costs its venue in `order_charges.py`.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from alerts.alert import Cause
from alerts.rules import RuleSet
from monitor.core.city import City
from monitor.core.orders import promise_of
from monitor.core.tables.columns import UNPAID
from monitor.core.tables.table import FAR, NEVER

Rows = NDArray[np.int64]
Times = NDArray[np.int64]

ORDER_RULES: Final = (
    "order_unaccepted",
    "order_unassigned",
    "order_pickup_late",
    "order_late",
    "order_unpaid",
    "order_problem",
)
CAUSES: Final[tuple[Cause, ...]] = (
    "unaccepted",
    "unassigned",
    "pickup_late",
    "promise_passed",
    "unpaid",
    "problem_reported",
)
PICKUP, PAYMENT, PROBLEM = 2, 4, 5  # the bits of order_pickup_late, order_unpaid, order_problem
TOO_LATE: Final = FAR - 1  # a breach that can't begin any more, and is not over either


class Deadline(NamedTuple):
    """When one rule's breach begins; FAR where its condition can not (any longer) hold."""

    at_ms: int
    from_ms: int  # what the minutes are counted from


class Deadlines(NamedTuple):
    """The same of many orders: a row a rule in the order of `ORDER_RULES`, a column an order."""

    at_ms: Times
    from_ms: Times


NOT_NOW: Final = Deadline(FAR, FAR)
LOST: Final = Deadline(TOO_LATE, TOO_LATE)


def terms_of(rules: RuleSet) -> tuple[int, ...]:
    """After how long each of `ORDER_RULES` is in breach, ms."""
    minutes = (
        rules.order_unaccepted.after_min,
        rules.order_unassigned.after_min,
        rules.order_pickup_late.after_min,
        rules.order_late.after_min,
        rules.order_unpaid.after_min,
        0.0,
    )
    return tuple(round(after * 60_000) for after in minutes)


def deadlines_of(city: City, row: int, rules: RuleSet) -> list[Deadline]:
    """When each of `ORDER_RULES` is in breach, in their order."""
    c = city.orders.cells
    alive = not c.closed[row]
    placed = c.placed_ts[row] if alive else NEVER
    ready_from = NEVER
    if alive and not c.picked[row]:
        ready_from = c.ready_ts[row]
        if ready_from == NEVER:
            ready_from = promise_of(city, row)
    unpaid = c.payment[row] == UNPAID and c.cancelled_ts[row] == NEVER
    since = (
        NEVER if c.accepted[row] else placed,
        placed if c.in_waiting[row] else NEVER,
        ready_from,
        c.promised_ts[row] if alive else NEVER,
        c.unpaid_ts[row] if unpaid else NEVER,
        c.problem_ts[row] if _has_problem(city, row) else NEVER,
    )
    found = [
        NOT_NOW if from_ms == NEVER else Deadline(from_ms + after_ms, from_ms)
        for from_ms, after_ms in zip(since, terms_of(rules), strict=True)
    ]
    if unpaid and not alive:
        # Only payment or cancelling ends it: an order delivered unpaid is still unpaid.
        found[PAYMENT] = LOST
    return found


def deadline_columns(
    city: City, rows: Rows, promises: Times, sets: list[RuleSet], which: NDArray[np.int64]
) -> Deadlines:
    """`deadlines_of` for many: `sets` are the different rules, `which` says by index whose.

    `promises` are their venues', from `promises_of`.
    """
    t = city.orders
    alive = ~t.closed[rows]
    placed = np.where(alive, t.placed_ts[rows], NEVER)
    ready = t.ready_ts[rows]
    to_pick_up = np.where(ready != NEVER, ready, promises)
    unpaid = (t.payment[rows] == UNPAID) & (t.cancelled_ts[rows] == NEVER)
    problem = np.full(len(rows), NEVER, dtype=np.int64)
    for i in _perhaps_problems(city, rows):
        if _has_problem(city, int(rows[i])):
            problem[i] = t.problem_ts[rows[i]]
    since = np.stack(
        (
            np.where(t.accepted[rows], NEVER, placed),
            np.where(t.in_waiting[rows], placed, NEVER),
            np.where(alive & ~t.picked[rows], to_pick_up, NEVER),
            np.where(alive, t.promised_ts[rows], NEVER),
            np.where(unpaid, t.unpaid_ts[rows], NEVER),
            problem,
        )
    )
    terms = np.array([terms_of(rules) for rules in sets], dtype=np.int64)
    at = np.where(since == NEVER, FAR, since + terms.T.take(which, axis=1))
    at[PAYMENT, unpaid & ~alive] = TOO_LATE
    return Deadlines(at, since)


def _has_problem(city: City, row: int) -> bool:
    if row in city.new_problems:
        return True
    # The bit alone does not say that it lives: support may have closed it since.
    t = city.orders
    told = t.cells.alerts[row] >> PROBLEM & 1
    return bool(told) and city.book.is_tracked(ORDER_RULES[PROBLEM], t.id(row))


def _perhaps_problems(city: City, rows: Rows) -> list[int]:
    """The places in `rows` (ascending) of orders with a problem that is new, or was told of."""
    told = city.orders.alerts[rows] >> PROBLEM & 1 > 0
    if city.new_problems:
        told |= np.isin(rows, np.fromiter(city.new_problems, np.int64, len(city.new_problems)))
    places: list[int] = np.flatnonzero(told).tolist()
    return places
