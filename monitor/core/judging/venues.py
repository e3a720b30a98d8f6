"""Venues against `venue_slow` and `venue_silent`: those an event touched or that fall due."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from alerts.alert import Cause
from alerts.book import Finding
from alerts.evaluate import venue_silent, venue_slow
from alerts.rules import Rule, RuleSet
from monitor.core.city import City
from monitor.core.judging.orders import holds_of
from monitor.core.judging.rule_sets import sets_of_venues
from monitor.core.tables.columns import BUSY, OPEN, OVERRUNS_KEPT
from monitor.core.tables.table import FAR, NEVER

Rows = NDArray[np.int64]
SLOW, SILENT = 1, 2  # the bits of the two rules
_RULES: Final = ((SLOW, "venue_slow"), (SILENT, "venue_silent"))


def judge_venues(city: City, now_ms: int) -> None:
    """Judge every venue that an event or an order of its touched, or that falls due."""
    t = city.venues
    rows = city.touched_venues.take_with(city.venue_wheel.pop_rows(t.due_ms, now_ms))
    if not len(rows):
        return
    rows = rows.take(t.live.take(rows).nonzero()[0])
    sets, which = sets_of_venues(city, rows)
    # Those with the same rules together, in the order in which the first of each comes.
    for number in dict.fromkeys(which.tolist()):
        _judge(city, rows[which == number], sets[number], now_ms)


def mean_overruns(city: City, rows: Rows) -> NDArray[np.float64]:
    """Mean prep overrun of the last five readied, minutes; NaN where fewer were readied."""
    t = city.venues
    return np.where(t.readied[rows] >= OVERRUNS_KEPT, t.overruns[rows].mean(axis=1), np.nan)


def takes_orders(city: City, rows: Rows, now_ms: int) -> NDArray[np.bool_]:
    """Which venues are open (or busy); a status that was set until a time that is over is open."""
    t = city.venues
    over = (t.until_ts[rows] != NEVER) & (t.until_ts[rows] <= now_ms)
    taking: NDArray[np.bool_] = (t.status[rows] == OPEN) | (t.status[rows] == BUSY) | over
    return taking


def _judge(city: City, rows: Rows, rules: RuleSet, now_ms: int) -> None:
    t = city.venues
    overrun = mean_overruns(city, rows)
    is_open = takes_orders(city, rows, now_ms)
    heard = np.maximum(t.heartbeat_ts[rows], t.accept_ts[rows])
    beats = t.heartbeat_ts[rows] != NEVER
    age = np.where(beats, np.maximum(now_ms - heard, 0), -1)
    slow = venue_slow(rules.venue_slow, t.overdue[rows].astype(np.int64), overrun)
    silent = venue_silent(rules.venue_silent, is_open, age, t.left_run[rows].astype(np.int64))
    breach = slow[0] * np.uint8(SLOW) + silent[0] * np.uint8(SILENT)
    clear = slow[1] * np.uint8(SLOW) + silent[1] * np.uint8(SILENT)
    # Deadlines: a heartbeat that fails to come, a pause that ends.
    limit_ms = round(rules.venue_silent.heartbeat_min * 60_000)
    quiet_at = np.where(beats & is_open, heard + limit_ms, FAR)
    due = np.where(quiet_at > now_ms, quiet_at, FAR)
    until = t.until_ts[rows]
    due = np.where(until > now_ms, np.minimum(due, until), due)
    for i in np.flatnonzero((breach > 0) | (t.alerts[rows] > 0)).tolist():
        row = int(rows[i])
        next_due = _observe(
            city, row, rules, int(breach[i]), int(clear[i]), float(overrun[i]), int(age[i]), now_ms
        )
        due[i] = min(int(due[i]), next_due)
    armed = due < FAR
    city.venue_wheel.arm_many(t.due_ms, rows[armed], np.maximum(due[armed], now_ms + 1))


def _observe(
    city: City,
    row: int,
    rules: RuleSet,
    breach: int,
    clear: int,
    overrun_min: float,
    age_ms: int,
    now_ms: int,
) -> int:
    t = city.venues
    venue_id = t.id(row)
    findings: dict[str, Callable[[], Finding]] = {
        "venue_slow": lambda: _slow(city, row, rules, overrun_min),
        "venue_silent": lambda: _silent(city, row, rules, age_ms),
    }
    due = FAR
    bits = int(t.alerts[row])
    for bit, name in _RULES:
        if name in city.held or not (breach | bits) & bit:
            continue
        rule: Rule = getattr(rules, name)
        if not rule.enabled:
            city.book.end(name, venue_id, now_ms, "rule_off")
        else:
            next_due = city.book.observe(
                name,
                venue_id,
                int(bool(breach & bit)),
                int(bool(clear & bit)),
                now_ms,
                now_ms,
                holds_of(rule),
                findings[name],
            )
            due = due if next_due is None else min(due, next_due)
        bits = bits | bit if city.book.is_tracked(name, venue_id) else bits & ~bit
    t.alerts[row] = bits
    return due


def _about(city: City, row: int) -> tuple[str, dict[str, str]]:
    about = {"venue": city.venues.id(row)}
    zone = city.zone_id(int(city.venues.zone[row]))
    if zone is not None:
        about["zone"] = zone
    return city.venue_names.get(row) or about["venue"], about


def _slow(city: City, row: int, rules: RuleSet, overrun_min: float) -> Finding:
    name, about = _about(city, row)
    rule = rules.venue_slow
    overdue = int(city.venues.overdue[row])
    mean = ""
    if overrun_min == overrun_min:
        mean = f", the last five {overrun_min:.1f} min late (limit {rule.overrun_raise_min:g} min)"
    reason = (
        f"Venue {name}: {overdue} {'order' if overdue == 1 else 'orders'} overdue at once "
        f"(limit {rule.overdue_raise}){mean}"
    )
    clears: dict[Cause, float] = {"orders_overdue": 1, "mean_overrun": rule.overrun_clear_min}
    if overdue >= rule.overdue_raise:
        return Finding("orders_overdue", overdue, rule.overdue_raise, reason, about, clears)
    mean_min = round(overrun_min, 2)
    return Finding("mean_overrun", mean_min, rule.overrun_raise_min, reason, about, clears)


def _silent(city: City, row: int, rules: RuleSet, age_ms: int) -> Finding:
    name, about = _about(city, row)
    rule = rules.venue_silent
    run = int(city.venues.left_run[row])
    if run >= max(rule.unaccepted_run, 1):
        reason = (
            f"Venue {name}: {run} orders in a row unaccepted after {rule.unaccepted_min:g} min "
            f"(limit {rule.unaccepted_run})"
        )
        return Finding("unaccepted_run", run, rule.unaccepted_run, reason, about)
    minutes = round(age_ms / 60_000, 2)
    reason = f"Venue {name}: no heartbeat for {minutes:g} min (limit {rule.heartbeat_min:g} min)"
    return Finding("no_heartbeat", minutes, rule.heartbeat_min, reason, about)
