"""Orders against their deadlines: the six rules on orders, and what an order costs its venue.

An order is judged when an event changed it or a deadline of its own came up, never by a scan. All
deadlines of an order are looked at together; the next one is armed in the wheel.
"""

from typing import Final, NamedTuple

from alerts.alert import Cause
from alerts.book import Finding, Hold
from alerts.rules import Rule, RuleSet
from monitor.core.city import City
from monitor.core.columns import PROBLEMS, UNPAID
from monitor.core.orders import promise_of
from monitor.core.table import FAR, NEVER
from monitor.core.timers import SECOND_MS

ORDER_RULES: Final = (
    "order_unaccepted",
    "order_unassigned",
    "order_pickup_late",
    "order_late",
    "order_unpaid",
    "order_problem",
)
PROBLEM: Final = 5  # the bit of order_problem
TOO_LATE: Final = FAR - 1  # a breach that can't begin any more, and is not over either


class Deadline(NamedTuple):
    """When one rule's breach begins; FAR where its condition can not (any longer) hold."""

    at_ms: int
    from_ms: int  # what the minutes are counted from
    cause: Cause
    words: str


def holds_of(rule: Rule) -> tuple[Hold, ...]:
    """The one step of a rule without severity steps."""
    return (Hold(rule.severity, round(rule.for_s * 1000), round(rule.keep_s * 1000)),)


def began_ms(at_ms: int, now_ms: int) -> int:
    """When a breach first seen at `now_ms` began, its deadline being `at_ms`.

    A known deadline is judged at its second; one further back was no breach until now, when an
    event made it one. It must not depend on when something else was judged last.
    """
    return at_ms if now_ms - at_ms < SECOND_MS else now_ms


def judge_orders(city: City, now_ms: int) -> None:
    """Judge every order that an event touched or that falls due."""
    rows = city.order_wheel.pop(city.orders.due_ms, now_ms)
    if city.touched_orders:
        rows = sorted(city.touched_orders.union(rows))
        city.touched_orders.clear()
    for row in rows:
        if city.orders.live[row]:
            _judge(city, row, now_ms)


def _judge(city: City, row: int, now_ms: int) -> None:
    t = city.orders
    rules = city.rules_of_order(row)
    due = _charge_venue(city, row, rules, now_ms)
    bits = int(t.alerts[row])
    deadlines = _deadlines(city, row, rules)
    for bit, name in enumerate(ORDER_RULES):
        if name in city.held:
            continue
        deadline = deadlines[bit]
        tracked = bits >> bit & 1
        breach = deadline.at_ms <= now_ms
        if not breach and not tracked:
            if deadline.at_ms < due:
                due = deadline.at_ms
            continue
        rule: Rule = getattr(rules, name)
        order_id = t.id(row)
        if not rule.enabled:
            city.book.end(name, order_id, now_ms, "rule_off")
        else:
            next_due = city.book.observe(
                name,
                order_id,
                int(breach),
                int(deadline.at_ms == FAR),
                now_ms,
                began_ms(deadline.at_ms, now_ms),
                holds_of(rule),
                lambda d=deadline, r=rule: _finding(city, row, d, r, now_ms),  # type: ignore[misc]
            )
            if next_due is not None:
                due = min(due, next_due)
        if city.book.is_tracked(name, order_id):
            bits |= 1 << bit
        else:
            bits &= ~(1 << bit)
    t.alerts[row] = bits
    city.new_problems.discard(row)
    if due < TOO_LATE:
        city.order_wheel.arm(t.due_ms, row, max(due, now_ms + 1))


def _deadlines(city: City, row: int, rules: RuleSet) -> tuple[Deadline, ...]:
    """When each of `ORDER_RULES` is in breach, in their order."""
    t = city.orders
    alive = not t.closed[row]
    placed = int(t.placed_ts[row]) if alive else NEVER
    ready_from = NEVER
    if alive and not t.picked[row]:
        ready_from = int(t.ready_ts[row])
        if ready_from == NEVER:
            ready_from = promise_of(city, row)
    unpaid = t.payment[row] == UNPAID and t.cancelled_ts[row] == NEVER
    problem_at = FAR
    # The bit alone does not say that it lives: support may have closed it since.
    alive_problem = t.alerts[row] >> PROBLEM & 1 and city.book.is_tracked(
        ORDER_RULES[PROBLEM], t.id(row)
    )
    if row in city.new_problems or alive_problem:
        problem_at = int(t.problem_ts[row])
    return (
        _deadline(
            NEVER if t.accepted[row] else placed,
            rules.order_unaccepted.after_min,
            "unaccepted",
            "placed {age} ago and not accepted",
        ),
        _deadline(
            placed if t.in_waiting[row] else NEVER,
            rules.order_unassigned.after_min,
            "unassigned",
            "has waited {age} without a courier",
        ),
        _deadline(
            ready_from,
            rules.order_pickup_late.after_min,
            "pickup_late",
            ("ready" if t.ready_ts[row] != NEVER else "should have been ready")
            + " {age} ago and not picked up",
        ),
        _deadline(
            int(t.promised_ts[row]) if alive else NEVER,
            rules.order_late.after_min,
            "promise_passed",
            "promised to the client {age} ago and not delivered",
        ),
        # Only payment or cancelling ends it: an order delivered unpaid is still unpaid.
        Deadline(TOO_LATE, TOO_LATE, "unpaid", "unpaid")
        if unpaid and not alive
        else _deadline(
            int(t.unpaid_ts[row]) if unpaid else NEVER,
            rules.order_unpaid.after_min,
            "unpaid",
            "unpaid for {age}",
        ),
        Deadline(problem_at, problem_at, "problem_reported", "the client reports: "),
    )


def _deadline(from_ms: int, after_min: float, cause: Cause, words: str) -> Deadline:
    if from_ms == NEVER:
        return Deadline(FAR, FAR, cause, words)
    return Deadline(from_ms + round(after_min * 60_000), from_ms, cause, words)


def _finding(city: City, row: int, deadline: Deadline, rule: Rule, now_ms: int) -> Finding:
    t = city.orders
    order_id = t.id(row)
    about = {"order": order_id}
    venue, courier = int(t.venue[row]), int(t.courier[row])
    where = ""
    if venue >= 0:
        about["venue"] = city.venues.id(venue)
        zone = city.zone_id(int(city.venues.zone[venue]))
        if zone is not None:
            about["zone"] = zone
        where = f" at {city.venue_names.get(venue) or about['venue']}"
    if courier >= 0:
        about["courier"] = city.couriers.id(courier)
    if deadline.cause == "problem_reported":
        problem = PROBLEMS[int(t.problem[row]) - 1].replace("_", " ")
        note = city.order_notes.get(row)
        words = deadline.words + problem + (f" ({note})" if note else "")
        return Finding(deadline.cause, 1.0, 1.0, f"Order {order_id}{where}: {words}", about)
    minutes = round((now_ms - deadline.from_ms) / 60_000, 2)
    limit = float(getattr(rule, "after_min", 0.0))
    words = deadline.words.format(age=f"{minutes:g} min")
    reason = f"Order {order_id}{where}: {words} (limit {limit:g} min)"
    return Finding(deadline.cause, minutes, limit, reason, about)


def _charge_venue(city: City, row: int, rules: RuleSet, now_ms: int) -> int:
    """Count the order among its venue's overdue and unaccepted ones; when that may change next.

    Only what the venue owes: an order that is ready, or that nobody has paid, is not its fault.
    """
    t, venues = city.orders, city.venues
    venue = int(t.venue[row])
    if venue < 0:
        return FAR
    owed = not t.closed[row] and not t.ready[row] and t.payment[row] != UNPAID
    promise = promise_of(city, row) if owed else NEVER
    due = FAR
    overdue = False
    if promise != NEVER:
        overdue_at = promise + round(rules.venue_slow.overdue_after_min * 60_000)
        if overdue_at > now_ms:
            due = overdue_at
        else:
            # While the orders' feed is silent nobody becomes overdue by what was not told.
            overdue = bool(t.venue_overdue[row]) or "venue_slow" not in city.held
    if overdue != t.venue_overdue[row]:
        t.venue_overdue[row] = overdue
        venues.overdue[venue] += 1 if overdue else -1
        venues.changed[venue] = True
        city.touched_venues.add(venue)
    if owed and not t.accepted[row] and not t.venue_left[row] and t.placed_ts[row] != NEVER:
        left_at = int(t.placed_ts[row]) + round(rules.venue_silent.unaccepted_min * 60_000)
        if left_at > now_ms:
            due = min(due, left_at)
        elif "venue_silent" not in city.held:
            t.venue_left[row] = True
            venues.left_run[venue] += 1
            venues.changed[venue] = True
            city.touched_venues.add(venue)
    return due
