"""Couriers by the passing of time: age of the position, silence with an order, standing still."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from alerts.book import Finding
from alerts.rules import Rule, RuleSet
from monitor.core.city import City
from monitor.core.couriers import recount
from monitor.core.judging.orders import began_ms, holds_of
from monitor.core.tables.columns import ANCHOR_STEPS, STATUSES, TO_CUSTOMER, TO_VENUE
from monitor.core.tables.table import FAR, NEVER
from zones.metrics import is_within

Rows = NDArray[np.int64]
SILENT, STUCK = 1, 2  # the bits of the two rules
SLICE: Final = 16_384  # couriers in one go, so that what is made of them stays in the cache


def judge_couriers(city: City, now_ms: int) -> None:
    """Judge every courier that told something, whose orders changed, or that falls due."""
    t = city.couriers
    due = city.courier_wheel.pop_rows(t.due_s, now_ms)
    if now_ms >= city.follow_due_ms:
        moved = np.flatnonzero(t.moved[: t.size])
        t.moved[moved] = False
        city.any_moved, city.follow_due_ms = False, FAR
        for start in range(0, len(moved), SLICE):
            some = moved[start : start + SLICE]
            _follow(city, some)
            _judge_stuck(city, some, now_ms)
    rows = city.touched_couriers.take_with(due)
    if not len(rows):
        return
    rows = rows.take(t.live.take(rows).nonzero()[0])
    recount(city, rows, t.zone.take(rows), now_ms)  # takes those past their age out of the supply
    # Whoever is within his age is looked at again when that is over, which comes first.
    within = city.plan.stale_ms if city.courier_bounds.least_silent_ms > city.plan.stale_ms else -1
    quiet = (t.carrying.take(rows) > 0) & (now_ms - t.pos_ts.take(rows) > within)
    rows = rows.take((quiet | (t.alerts.take(rows) > 0)).nonzero()[0])
    if len(rows):
        _judge_silent(city, rows, now_ms)


def _follow(city: City, rows: Rows) -> None:
    """Set a courier's anchor anew where he moved away from it, or is not under way."""
    t = city.couriers
    status, pos_ts = t.status.take(rows), t.pos_ts.take(rows)
    under_way = ((status == TO_VENUE) | (status == TO_CUSTOMER)) & (pos_ts != NEVER)
    t.anchor_ts[rows.take((~under_way).nonzero()[0])] = NEVER
    meant = under_way.nonzero()[0]
    rows, pos_ts = rows.take(meant), pos_ts.take(meant)
    anew = t.anchor_ts.take(rows) == NEVER
    known = (~anew).nonzero()[0]
    had = rows.take(known)
    lon, lat = t.lon.take(had), t.lat.take(had)
    anchor_lon, anchor_lat = t.anchor_x.take(had), t.anchor_y.take(had)
    radius_m = city.courier_bounds.radius_m[t.zone.take(had)]
    anew[known] = ~is_within(
        anchor_lon / ANCHOR_STEPS, anchor_lat / ANCHOR_STEPS, lon, lat, radius_m
    )
    meant = anew.nonzero()[0]
    rows = rows.take(meant)
    t.anchor_x[rows] = np.rint(t.lon.take(rows) * ANCHOR_STEPS)
    t.anchor_y[rows] = np.rint(t.lat.take(rows) * ANCHOR_STEPS)
    t.anchor_ts[rows] = pos_ts.take(meant)


def _judge_stuck(city: City, rows: Rows, now_ms: int) -> None:
    """By what positions show: one who tells nothing is silent, not stuck."""
    if "courier_stuck" in city.held:
        return
    t = city.couriers
    since = t.anchor_ts.take(rows)
    window_ms = city.courier_bounds.stuck_ms[t.zone.take(rows)]
    breach = (since != NEVER) & (t.pos_ts.take(rows) - since >= window_ms)
    for i in np.flatnonzero(breach | (t.alerts.take(rows) & STUCK > 0)).tolist():
        row = int(rows[i])
        began = int(since[i] + window_ms[i])
        rule = _rules_of(city, row).courier_stuck
        _observe(city, row, STUCK, "courier_stuck", rule, bool(breach[i]), began, now_ms)


def _judge_silent(city: City, rows: Rows, now_ms: int) -> None:
    t = city.couriers
    after_ms = city.courier_bounds.silent_ms[t.zone[rows]]
    carries = (t.carrying[rows] > 0) & (t.pos_ts[rows] != NEVER)
    at = np.where(carries, t.pos_ts[rows] + after_ms, FAR)
    breach = at <= now_ms
    ahead = at > now_ms
    due = np.where(ahead, at, FAR)
    if "courier_silent" not in city.held:
        for i in np.flatnonzero(breach | (t.alerts[rows] & SILENT > 0)).tolist():
            row = int(rows[i])
            began = began_ms(int(at[i]), now_ms)
            rule = _rules_of(city, row).courier_silent
            next_due = _observe(
                city, row, SILENT, "courier_silent", rule, bool(breach[i]), began, now_ms
            )
            due[i] = min(int(due[i]), next_due)
    # A breach of standing still that must hold, or be gone, for a while also moves by time alone.
    stuck = rows[t.alerts[rows] & STUCK > 0]
    if len(stuck):
        _judge_stuck(city, stuck, now_ms)
    armed = due < FAR
    city.courier_wheel.arm_many(t.due_s, rows[armed], np.maximum(due[armed], now_ms + 1))


def _rules_of(city: City, row: int) -> RuleSet:
    """The rules as they hold for a courier: those of the zone that he is in."""
    zone = int(city.couriers.zone[row])
    return city.rules if zone < 0 else city.zone_rules[zone]


def _observe(
    city: City,
    row: int,
    bit: int,
    name: str,
    rule: Rule,
    breach: bool,
    began_ms: int,
    now_ms: int,
) -> int:
    t = city.couriers
    courier_id = t.id(row)
    next_due: int | None = None
    if not rule.enabled:
        city.book.end(name, courier_id, now_ms, "rule_off")
    else:
        next_due = city.book.observe(
            name,
            courier_id,
            int(breach),
            int(not breach),
            now_ms,
            min(began_ms, now_ms),
            holds_of(rule),
            lambda: _finding(city, row, bit, now_ms),
        )
        if next_due is not None:
            city.courier_wheel.arm(t.cells.due_s, row, max(next_due, now_ms + 1))
    tracked = city.book.is_tracked(name, courier_id)
    t.alerts[row] = int(t.alerts[row]) | bit if tracked else int(t.alerts[row]) & ~bit
    return FAR if next_due is None else next_due


def _finding(city: City, row: int, bit: int, now_ms: int) -> Finding:
    t = city.couriers
    courier_id = t.id(row)
    about = {"courier": courier_id}
    zone = city.zone_id(int(t.zone[row]))
    if zone is not None:
        about["zone"] = zone
    orders = int(t.carrying[row])
    if bit == SILENT:
        minutes = round((now_ms - int(t.pos_ts[row])) / 60_000, 2)
        limit = _rules_of(city, row).courier_silent.after_min
        reason = (
            f"Courier {courier_id}: no position for {minutes:g} min with {orders} "
            f"{'order' if orders == 1 else 'orders'} to bring (limit {limit:g} min)"
        )
        return Finding("no_position", minutes, limit, reason, about)
    rule = _rules_of(city, row).courier_stuck
    minutes = round((int(t.pos_ts[row]) - int(t.anchor_ts[row])) / 60_000, 2)
    status = STATUSES[int(t.status[row])].replace("_", " ")
    reason = (
        f"Courier {courier_id}: {status}, moved less than {rule.radius_m:g} m in {minutes:g} min "
        f"(limit {rule.window_min:g} min)"
    )
    return Finding("not_moving", minutes, rule.window_min, reason, about)
