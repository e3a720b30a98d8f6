"""The rules over whole tables as arrays, every row at every second: what a tick is held against.

The shortest that one would write in numpy, with the defaults of the rules on orders, venues and
couriers, and without alerts, hold times or deadlines. What it finds of orders is what must fire.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from alerts.rules import RuleSet
from monitor.core.city import City
from monitor.core.judging.venues import mean_overruns, takes_orders
from monitor.core.orders import promises_of
from monitor.core.tables.table import NEVER
from zones.metrics import ratio

MINUTE_MS: Final = 60_000


def scan(city: City, now_ms: int) -> dict[str, int]:
    """How many orders, venues, couriers and zones are in breach of each rule, whatever changed."""
    rules = city.rules
    return _orders(city, rules, now_ms) | _others(city, rules, now_ms) | _zones(city, now_ms)


def _orders(city: City, rules: RuleSet, now_ms: int) -> dict[str, int]:
    t = city.orders
    rows = np.arange(t.size)
    alive = t.live[rows] & ~t.closed[rows]
    placed, promised = t.placed_ts[rows], t.promised_ts[rows]
    ready = np.where(t.ready_ts[rows] != NEVER, t.ready_ts[rows], promises_of(city, rows))

    def late(since: NDArray[np.int64], minutes: float, mask: NDArray[np.bool_]) -> int:
        passed = alive & mask & (since != NEVER) & (since + minutes * MINUTE_MS <= now_ms)
        return int(np.count_nonzero(passed))

    return {
        "order_unaccepted": late(placed, rules.order_unaccepted.after_min, ~t.accepted[rows]),
        "order_unassigned": late(placed, rules.order_unassigned.after_min, t.in_waiting[rows]),
        "order_pickup_late": late(ready, rules.order_pickup_late.after_min, ~t.picked[rows]),
        "order_late": late(promised, rules.order_late.after_min, alive),
    }


def _others(city: City, rules: RuleSet, now_ms: int) -> dict[str, int]:
    v, c = city.venues, city.couriers
    venues, couriers = np.arange(v.size), np.arange(c.size)
    slow = v.overdue[venues] >= rules.venue_slow.overdue_raise
    slow |= mean_overruns(city, venues) >= rules.venue_slow.overrun_raise_min
    quiet_ms = rules.venue_silent.heartbeat_min * MINUTE_MS
    heard = np.maximum(v.heartbeat_ts[venues], v.accept_ts[venues])
    silent = (v.heartbeat_ts[venues] != NEVER) & (now_ms - heard >= quiet_ms)
    silent &= takes_orders(city, venues, now_ms)
    silent |= v.left_run[venues] >= rules.venue_silent.unaccepted_run
    lost = (c.carrying[couriers] > 0) & (
        now_ms - c.pos_ts[couriers] >= rules.courier_silent.after_min * MINUTE_MS
    )
    stands = c.pos_ts[couriers] - c.anchor_ts[couriers]
    stuck = (c.anchor_ts[couriers] != NEVER) & (
        stands >= rules.courier_stuck.window_min * MINUTE_MS
    )
    found = {"venue_slow": slow, "venue_silent": silent, "courier_silent": lost}
    return {
        rule: int(np.count_nonzero(mask))
        for rule, mask in (found | {"courier_stuck": stuck}).items()
    }


def _zones(city: City, now_ms: int) -> dict[str, int]:
    t, balance, bounds = city.orders, city.balance, city.shortage_bounds
    waiting = np.flatnonzero(t.in_waiting[: t.size] & (t.in_zone[: t.size] >= 0))
    oldest = np.full(len(city.plan.zones), now_ms, dtype=np.int64)
    np.minimum.at(oldest, t.in_zone[waiting], t.placed_ts[waiting])
    on_shift = balance.on_shift()[:-1]
    short = ratio(balance.open[:-1], on_shift) >= bounds.ratio_raise[:, 0]
    short &= on_shift >= bounds.min_on_shift
    short |= (now_ms - oldest) / 1000 >= bounds.wait_raise_s[:, 0]
    return {"zone_shortage": int(np.count_nonzero(short))}
