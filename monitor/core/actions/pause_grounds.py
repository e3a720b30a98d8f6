"""What speaks for and against pausing a venue: its figures, whose fault it is, who else is paused.

How a pause goes on is `pauses.py`.
"""

import math
from typing import Final

import numpy as np

from alerts.action import Action, Hindrance
from alerts.remedies.pause import couriers_late, hinders_pause
from monitor.core.actions.guard import targets_of
from monitor.core.city import City
from monitor.core.judging.venues import mean_overruns, takes_orders
from monitor.core.orders import promise_of
from monitor.core.tables.columns import CLOSED, OVERRUNS_KEPT, PAUSED
from monitor.core.tables.table import NEVER

KIND: Final = "pause_venue"
MINUTE_MS: Final = 60_000
PAUSING: Final = ("paused", "extended")


def pause_of(city: City, venue_id: str) -> Action | None:
    """The living action on a venue, if any."""
    for action in city.desk.actions.living.values():
        if action.kind == KIND and action.subject.id == venue_id:
            return action
    return None


def hindrance_to_pause(
    city: City, venue_id: str, rule: str | None, now_ms: int, *, by_hand: bool
) -> Hindrance | None:
    """What forbids pausing a venue now; `rule` is what asks for it."""
    t, settings = city.venues, city.desk.settings.pause_venue
    row = t.find(venue_id)
    if row < 0 or not takes_orders(city, np.array([row]), now_ms)[0]:
        return "venue_not_open"
    if not targets_of(city, settings.targets):
        return "no_target"
    if not by_hand and is_couriers_fault(city, venue_id, rule, now_ms):
        return "couriers_late"
    rows = t.live_rows()
    zone_rows = rows[t.zone[rows] == t.zone[row]]
    left = city.desk.actions.left(KIND, settings.per_hour, now_ms)
    paused = paused_mask(city, now_ms)
    counts = [
        (int(np.count_nonzero(t.status[some] != CLOSED)), int(np.count_nonzero(paused[some])))
        for some in (zone_rows, rows)
    ]
    return hinders_pause(settings, counts[0], counts[1], left, by_hand)


def paused_mask(city: City, now_ms: int) -> np.ndarray:
    """Which venues, by row, are paused: by their platform's word, or by an action of ours."""
    t = city.venues
    until = t.until_ts[: t.size]
    over = (until != NEVER) & (until <= now_ms)
    paused: np.ndarray = t.live[: t.size] & (t.status[: t.size] == PAUSED) & ~over
    for action in city.desk.actions.living.values():
        if action.kind == KIND and action.stage in PAUSING:
            row = t.find(action.subject.id)
            if row >= 0:
                paused[row] = True
    return paused


def is_couriers_fault(city: City, venue_id: str, rule: str | None, now_ms: int) -> bool:
    """Whether a venue is late only with orders whose courier came late, or has not yet."""
    t, o = city.venues, city.orders
    row = t.find(venue_id)
    if rule != "venue_slow" or row < 0:
        return False
    zone = int(t.zone[row])
    short = zone >= 0 and bool(city.zone_alerts[zone])
    mine = np.flatnonzero(o.live[: o.size] & (o.venue[: o.size] == row))
    promises = np.fromiter([promise_of(city, int(order)) for order in mine], np.int64, len(mine))
    given = np.where(o.assigned[mine], o.given_ts[mine], NEVER)
    ready = o.ready_ts[mine]
    # Ready before it had a courier: the kitchen did not wait for him.
    began = np.where((ready == NEVER) | (given < ready), np.maximum(promises, given), promises)
    bounds = city.rules_of_venue(row).venue_slow
    late_ms = now_ms - began
    excused = ~o.assigned[mine] & short
    overdue = o.venue_overdue[mine] & ~excused & (late_ms >= bounds.overdue_after_min * MINUTE_MS)
    readied = (ready != NEVER) & (promises != NEVER)
    last = np.argsort(ready[readied], kind="stable")[-OVERRUNS_KEPT:]
    overruns = (ready - began)[readied][last] / MINUTE_MS
    mean = float(overruns.mean()) if len(last) == OVERRUNS_KEPT else math.nan
    return couriers_late(bounds, int(np.count_nonzero(overdue)), mean)


def evidence(city: City, venue_id: str) -> dict[str, float]:
    """The figures behind a pause."""
    t = city.venues
    row = t.find(venue_id)
    if row < 0:
        return {}
    mean = float(mean_overruns(city, np.array([row]))[0])
    figures = {
        "open_orders": float(t.open_orders[row]),
        "overdue": float(t.overdue[row]),
        "left_unaccepted": float(t.left_run[row]),
    }
    if mean == mean:
        figures["mean_overrun_min"] = round(mean, 2)
    return figures


def is_well(city: City, action: Action) -> bool:
    """Whether a paused venue looks able to take orders again."""
    t = city.venues
    row = t.find(action.subject.id)
    if row < 0:
        return True
    began = min(target.sent_ts for target in action.targets)
    if action.rule == "venue_silent":
        return bool(max(t.heartbeat_ts[row], t.accept_ts[row]) > began)
    return bool(t.overdue[row] == 0)
