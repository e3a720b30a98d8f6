"""Orders against their deadlines: the six rules on orders.

An order is judged when an event changed it or a deadline of its own came up, never by a scan. All
deadlines of an order (`order_deadlines.py`) are looked at together; the next one is armed in the
wheel. Many orders are judged as columns: only those in breach, or with an alert, one by one.
"""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from alerts.book import Finding, Hold
from alerts.rules import Rule, RuleSet, Severity
from monitor.core.city import City
from monitor.core.judging.order_deadlines import (
    CAUSES,
    ORDER_RULES,
    PICKUP,
    PROBLEM,
    TOO_LATE,
    Deadline,
    deadline_columns,
    deadlines_of,
)
from monitor.core.judging.rule_sets import sets_of_orders
from monitor.core.order_charges import charge_venue, charge_venues
from monitor.core.orders import promises_of
from monitor.core.tables.columns import PROBLEMS
from monitor.core.tables.table import FAR, NEVER
from monitor.core.tables.timers import FEW, SECOND_MS

SLICE: Final = 16_384  # orders in one go, so that what is made of them stays in the cache


def holds_of(rule: Rule) -> tuple[Hold, ...]:
    """The one step of a rule without severity steps."""
    return _one_step(rule.severity, rule.for_s, rule.keep_s)


@lru_cache(maxsize=1024)  # asked for every alert and second
def _one_step(severity: Severity, for_s: float, keep_s: float) -> tuple[Hold, ...]:
    return (Hold(severity, round(for_s * 1000), round(keep_s * 1000)),)


def began_ms(at_ms: int, now_ms: int) -> int:
    """When a breach first seen at `now_ms` began, its deadline being `at_ms`.

    A known deadline is judged at its second; one further back was no breach until now, when an
    event made it one. It must not depend on when something else was judged last.
    """
    return at_ms if now_ms - at_ms < SECOND_MS else now_ms


def judge_orders(city: City, now_ms: int, few: int = FEW) -> None:
    """Judge every order that an event touched or that falls due; more than `few` as columns."""
    t = city.orders
    rows = city.touched_orders.take_with(city.order_wheel.pop_rows(t.due_ms, now_ms))
    if not len(rows):
        return
    rows = rows.take(t.live.take(rows).nonzero()[0])
    if len(rows) > max(few, 0):
        _judge_many(city, rows, now_ms)
        return
    for row in rows.tolist():
        _judge(city, row, now_ms)


def unfinished(city: City) -> NDArray[np.int64]:
    """The orders of which a judgement may change anything, a new problem aside.

    Those that are over stay for a day, and are many more than the others.
    """
    t, size = city.orders, city.orders.size
    over = t.closed[:size] & (t.alerts[:size] == 0) & ~t.venue_overdue[:size]
    return np.flatnonzero(t.live[:size] & ~over)


def _judge(city: City, row: int, now_ms: int) -> None:
    t = city.orders
    rules = city.rules_of_order(row)
    due = charge_venue(city, row, rules, now_ms)
    bits = t.cells.alerts[row]
    for bit, deadline in enumerate(deadlines_of(city, row, rules)):
        if deadline.at_ms <= now_ms or bits >> bit & 1:
            if ORDER_RULES[bit] not in city.held:
                due = min(due, _observe(city, row, bit, rules, deadline, now_ms))
        elif deadline.at_ms < due and ORDER_RULES[bit] not in city.held:
            due = deadline.at_ms
    city.new_problems.discard(row)
    if due < TOO_LATE:
        city.order_wheel.arm(t.cells.due_ms, row, max(due, now_ms + 1))


def _judge_many(city: City, rows: NDArray[np.int64], now_ms: int) -> None:
    parts = [rows[i : i + SLICE] for i in range(0, len(rows), SLICE)]
    due = np.concatenate([_judge_slice(city, part, now_ms) for part in parts])
    armed = due < TOO_LATE
    city.order_wheel.arm_many(city.orders.due_ms, rows[armed], np.maximum(due[armed], now_ms + 1))


def _judge_slice(city: City, rows: NDArray[np.int64], now_ms: int) -> NDArray[np.int64]:
    """When each of them is to be looked at again."""
    t = city.orders
    sets, which = sets_of_orders(city, rows)
    promises = promises_of(city, rows)
    charged = charge_venues(city, rows, promises, sets, which, now_ms)
    at_ms, from_ms = deadline_columns(city, rows, promises, sets, which)
    judged = np.array([[name not in city.held] for name in ORDER_RULES])
    bits = np.arange(len(ORDER_RULES), dtype=np.uint16)[:, None]
    look = ((at_ms <= now_ms) | (t.alerts[rows] >> bits & 1 > 0)) & judged
    due: NDArray[np.int64] = np.minimum(charged, np.where(judged & ~look, at_ms, FAR).min(axis=0))
    # In the order of the rows, and of the rules for each.
    some = look.any(axis=0).nonzero()[0]
    place, bit = look[:, some].T.nonzero()
    place = some[place]
    each = (place, rows[place], bit, which[place], at_ms[bit, place], from_ms[bit, place])
    for i, row, its_bit, number, at, since in zip(*map(np.ndarray.tolist, each), strict=True):
        next_due = _observe(city, row, its_bit, sets[number], Deadline(at, since), now_ms)
        if next_due < due[i]:
            due[i] = next_due
    if city.new_problems:
        city.new_problems.difference_update(rows.tolist())
    return due


def _observe(
    city: City, row: int, bit: int, rules: RuleSet, deadline: Deadline, now_ms: int
) -> int:
    """Tell the book of one rule on one order; when to look again at the latest."""
    t = city.orders
    name, order_id = ORDER_RULES[bit], t.id(row)
    rule: Rule = getattr(rules, name)
    next_due: int | None = None
    if not rule.enabled:
        city.book.end(name, order_id, now_ms, "rule_off")
    else:
        next_due = city.book.observe(
            name,
            order_id,
            int(deadline.at_ms <= now_ms),
            int(deadline.at_ms == FAR),
            now_ms,
            began_ms(deadline.at_ms, now_ms),
            holds_of(rule),
            lambda: _finding(city, row, bit, deadline, rule, now_ms),
        )
    alerts, mark = t.cells.alerts, 1 << bit
    is_tracked = city.book.is_tracked(name, order_id)
    alerts[row] = alerts[row] | mark if is_tracked else alerts[row] & ~mark
    return FAR if next_due is None else next_due


def _words(city: City, row: int, bit: int, age: str) -> str:
    if bit == PICKUP:
        told = city.orders.cells.ready_ts[row] != NEVER
        return f"{'ready' if told else 'should have been ready'} {age} ago and not picked up"
    return (
        f"placed {age} ago and not accepted",
        f"has waited {age} without a courier",
        "",
        f"promised to the client {age} ago and not delivered",
        f"unpaid for {age}",
    )[bit]


def _finding(
    city: City, row: int, bit: int, deadline: Deadline, rule: Rule, now_ms: int
) -> Finding:
    t, c = city.orders, city.orders.cells
    order_id, cause = t.id(row), CAUSES[bit]
    about = {"order": order_id}
    venue, courier = c.venue[row], c.courier[row]
    where = ""
    if venue >= 0:
        about["venue"] = city.venues.id(venue)
        zone = city.zone_id(city.venues.cells.zone[venue])
        if zone is not None:
            about["zone"] = zone
        where = f" at {city.venue_names.get(venue) or about['venue']}"
    if courier >= 0:
        about["courier"] = city.couriers.id(courier)
    if bit == PROBLEM:
        problem = PROBLEMS[c.problem[row] - 1].replace("_", " ")
        note = city.order_notes.get(row)
        words = f"the client reports: {problem}" + (f" ({note})" if note else "")
        return Finding(cause, 1.0, 1.0, f"Order {order_id}{where}: {words}", about)
    minutes = round((now_ms - deadline.from_ms) / 60_000, 2)
    limit = float(getattr(rule, "after_min", 0.0))
    words = _words(city, row, bit, f"{minutes:g} min")
    reason = f"Order {order_id}{where}: {words} (limit {limit:g} min)"
    return Finding(cause, minutes, limit, reason, about)
