"""Zones against `zone_shortage`: those whose counts changed or whose wait crosses a bound."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from alerts.alert import Cause
from alerts.book import Finding, Hold
from alerts.evaluate import shortage_of_one, zone_shortage
from alerts.rules import ZoneShortage
from monitor.core.city import City
from monitor.core.tables.table import FAR, NEVER
from zones.metrics import ratio

FEW: Final = 12  # up to so many zones are faster judged one by one


def judge_zones(city: City, now_ms: int, few: int = FEW) -> None:
    """Judge every zone that changed or falls due; more than `few` as columns."""
    if not city.zones_dirty and now_ms < city.next_zone_due_ms:
        return
    city.collect_zone_changes()
    city.zones_dirty = False
    if "zone_shortage" in city.held:
        city.next_zone_due_ms = FAR
        return  # what changed stays noted until the feed is back
    rows = np.flatnonzero(city.zones_to_judge | (city.zone_due_ms <= now_ms))
    if len(rows):
        city.zones_to_judge[rows] = False
        if len(rows) > few:
            _judge_many(city, rows, now_ms)
        else:
            for zone in rows.tolist():
                _judge(city, zone, now_ms)
        city.next_zone_due_ms = int(city.zone_due_ms.min())


def _judge(city: City, zone: int, now_ms: int) -> None:
    balance = city.balance
    on_shift = int(balance.idle[zone] + balance.busy[zone])
    ratio = int(balance.open[zone]) / max(on_shift, 1)
    placed = city.oldest_placed(zone)
    wait_s = 0.0 if placed == NEVER else (now_ms - placed) / 1000
    rule = city.zone_rules[zone].zone_shortage
    breach, clear = shortage_of_one(rule, ratio, on_shift, wait_s)
    due = FAR
    if placed != NEVER:
        crosses = [
            placed + raise_ms for raise_ms in city.shortage_bounds.wait_raise_ms[zone].tolist()
        ]
        due = min([at_ms for at_ms in crosses if at_ms > now_ms], default=FAR)
    if breach or city.zone_alerts[zone]:
        next_due = _observe(city, zone, breach, clear, ratio, wait_s, now_ms)
        if next_due is not None:
            due = min(due, next_due)
    city.zone_due_ms[zone] = due


def _judge_many(city: City, rows: NDArray[np.int64], now_ms: int) -> None:
    """`_judge` for many, as columns."""
    balance = city.balance
    on_shift = balance.idle[rows] + balance.busy[rows]
    ratios = ratio(balance.open[rows], on_shift)
    placed = city.oldest_placed_of(rows)
    wait_s = np.where(placed == NEVER, 0.0, (now_ms - placed) / 1000)
    bounds = city.shortage_bounds
    breach, clear = zone_shortage(bounds, rows, ratios, on_shift, wait_s)
    # When the oldest wait alone will cross the bound of a step.
    crosses = placed[:, None] + bounds.wait_raise_ms[rows]
    ahead = (crosses > now_ms) & (placed != NEVER)[:, None]
    due = np.where(ahead, crosses, FAR).min(axis=1)
    for i in np.flatnonzero((breach > 0) | city.zone_alerts[rows]).tolist():
        zone = int(rows[i])
        next_due = _observe(
            city, zone, int(breach[i]), int(clear[i]), float(ratios[i]), float(wait_s[i]), now_ms
        )
        if next_due is not None:
            due[i] = min(int(due[i]), next_due)
    city.zone_due_ms[rows] = due


def shortage_holds(rule: ZoneShortage) -> tuple[Hold, Hold]:
    """The two steps of the rule."""
    keep_ms = round(rule.keep_s * 1000)
    return (
        Hold(rule.severity, round(rule.for_s * 1000), keep_ms),
        Hold("critical", round(rule.critical_for_s * 1000), keep_ms),
    )


def _observe(
    city: City, zone: int, breach: int, clear: int, ratio: float, wait_s: float, now_ms: int
) -> int | None:
    rule = city.zone_rules[zone].zone_shortage
    zone_id = city.plan.zones.ids[zone]
    next_due: int | None = None
    if not rule.enabled:
        city.book.end("zone_shortage", zone_id, now_ms, "rule_off")
    else:
        next_due = city.book.observe(
            "zone_shortage",
            zone_id,
            breach,
            clear,
            now_ms,
            now_ms,
            city.shortage_holds[city.zone_set[zone]],
            lambda: _finding(city, zone, rule, breach, ratio, wait_s),
        )
    city.zone_alerts[zone] = city.book.is_tracked("zone_shortage", zone_id)
    return next_due


def _finding(
    city: City, zone: int, rule: ZoneShortage, breach: int, ratio: float, wait_s: float
) -> Finding:
    critical = bool(breach >> 1 & 1)
    balance = city.balance
    on_shift = int(balance.idle[zone] + balance.busy[zone])
    ratio_bound = rule.critical_ratio_raise if critical else rule.ratio_raise
    wait_bound = rule.critical_wait_raise_s if critical else rule.wait_raise_s
    by_ratio = ratio >= ratio_bound and on_shift >= rule.min_on_shift
    cause: Cause = "ratio" if by_ratio or wait_s < wait_bound else "oldest_wait"
    name = city.plan.zones.names[zone] or city.plan.zones.ids[zone]
    reason = (
        f"Zone {name}: {int(balance.open[zone])} open orders for {on_shift} couriers on shift "
        f"(ratio {ratio:.2f}, limit {ratio_bound:g}), {int(balance.waiting[zone])} waiting, "
        f"the oldest for {wait_s:.0f} s (limit {wait_bound:g} s)"
    )
    about = {"zone": city.plan.zones.ids[zone]}
    clears: dict[Cause, float] = {"ratio": rule.ratio_clear, "oldest_wait": rule.wait_clear_s}
    if cause == "ratio":
        return Finding("ratio", round(ratio, 4), ratio_bound, reason, about, clears)
    return Finding("oldest_wait", round(wait_s, 3), wait_bound, reason, about, clears)


def oldest_waits_ms(city: City, now_ms: int) -> NDArray[np.int64]:
    """How long the oldest waiting order of each zone has waited, ms, 0 where none does."""
    placed = city.oldest_placed_of(np.arange(len(city.plan.zones)))
    return np.where(placed == NEVER, 0, np.maximum(now_ms - placed, 0))
