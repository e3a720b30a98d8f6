"""Seven rules of the contract's section 4, judged naively at every whole second, with defaults.

Part of the recount, an independent second reading of the contract. It knows the five deadline
rules of orders, `zone_shortage`, and `feed_silent`, which holds the others; `keep_s` is 0.
`recount.py` calls it once a second.
"""

from bisect import bisect_right, insort
from collections import defaultdict
from typing import Any, NamedTuple

from tests.support.oracle_city import OracleCity
from tests.support.oracle_orders import Order

JUDGED = (
    "feed_silent",
    "order_late",
    "order_pickup_late",
    "order_unaccepted",
    "order_unassigned",
    "order_unpaid",
    "zone_shortage",
)

UNACCEPTED_MS = 5 * 60_000
UNASSIGNED_MS = 8 * 60_000
PICKUP_LATE_MS = 15 * 60_000
LATE_MS = 10 * 60_000
UNPAID_MS = 3 * 60_000
SHORTAGE_FOR_MS = 120_000
FEED_SILENT_MS = 120_000
FEED_WINDOW_MS = 10 * 60_000
FEED_BUSY = 10  # one event a minute over that window


class Alert(NamedTuple):
    """The life of one alert; `severities` holds (ts, severity) from firing on."""

    rule: str
    city: str
    subject: str
    pending_ts: int
    fired_ts: int
    resolved_ts: int | None
    severities: tuple[tuple[int, str], ...]


def estimate_ts(city: OracleCity, order: Order) -> int | None:
    """When the order is ready by the best word: ready itself, the venue's promise, the first
    estimate, else placed + the venue's usual minutes."""
    for name in ("ready_ts", "promise_ts", "first_estimate_ts"):
        if order[name] is not None:
            return int(order[name])
    venue = city.venues.get(order["venue_id"])
    if order["placed_ts"] is None or venue is None or venue["prep_minutes"] is None:
        return None
    return int(order["placed_ts"] + venue["prep_minutes"] * 60_000)


def raised(city: OracleCity, order: Order, now: int) -> set[str]:
    """The order rules whose raise condition holds for an open order.

    Reading: `order_unassigned` counts from placed and, like the zone's `waiting`, leaves unpaid
    orders out; the others don't ask for the payment.
    """
    rules = set()
    placed_ts = order["placed_ts"]
    if placed_ts is not None:
        if now - placed_ts >= UNACCEPTED_MS and not order["accepted"]:
            rules.add("order_unaccepted")
        waiting = not order["assigned"] and order["payment"] != "unpaid"
        if now - placed_ts >= UNASSIGNED_MS and waiting:
            rules.add("order_unassigned")
        if now - order["promised_ts"] >= LATE_MS:
            rules.add("order_late")
    if not order["picked_up"]:
        ready_ts = estimate_ts(city, order)
        if ready_ts is not None and now - ready_ts >= PICKUP_LATE_MS:
            rules.add("order_pickup_late")
    if order["unpaid_since"] is not None and now - order["unpaid_since"] >= UNPAID_MS:
        rules.add("order_unpaid")
    return rules


def cleared(rule: str, order: Order) -> bool:
    """Whether a firing order rule's clear condition holds.

    Reading: an order's end clears every rule, but for an unpaid one that was delivered. An
    order that turns unpaid waits no longer, which clears as an assignment does.
    """
    if rule == "order_unpaid":
        return bool(order["payment"] != "unpaid" or order["ended"] == "cancelled")
    if order["ended"]:
        return True
    if rule == "order_unaccepted":
        return bool(order["accepted"])
    if rule == "order_unassigned":
        return bool(order["assigned"] or order["payment"] == "unpaid")
    if rule == "order_pickup_late":
        return bool(order["picked_up"])
    return False


class Level:
    """One severity of a zone's shortage: when its breach began and whether it fires."""

    def __init__(self) -> None:
        self.since: int | None = None
        self.firing = False

    def judge(self, now: int, breach: bool, clear: bool) -> None:
        """The breach must hold for `for_s` before it fires; then only the clear ends it."""
        if self.firing:
            if clear:
                self.firing = False
                self.since = None
        elif not breach:
            self.since = None
        else:
            if self.since is None:
                self.since = now
            self.firing = now - self.since >= SHORTAGE_FOR_MS


class OracleAlerts:
    """The alerts of one city."""

    def __init__(self, name: str, city: OracleCity) -> None:
        self.name = name
        self.city = city
        self.lives: list[Alert] = []
        self.orders: dict[tuple[str, str], dict[str, Any]] = {}
        self.warning = {zone_id: Level() for zone_id, _ in city.zones}
        self.critical = {zone_id: Level() for zone_id, _ in city.zones}
        self.shortages: dict[str, dict[str, Any]] = {}
        self.heard: dict[str, list[int]] = defaultdict(list)
        self.silent: dict[str, dict[str, Any]] = {}

    def hear(self, event_type: str, ts: int) -> None:
        """Every event taken counts as a sign of life of its stream, a stale one too.

        Reading: at its own time, not at the time at which it was heard: a stream that brings
        only what is minutes old tells nothing of now.
        """
        stream = {"courier": "couriers", "order": "orders", "venue": "venues", "city": "city"}
        insort(self.heard[stream[event_type.split(".")[0]]], ts)

    def judge(self, now: int) -> None:
        """Every rule on every subject, at the whole second `now`.

        Reading: a rule whose stream is silent keeps all it has, a pending's beginning too; at
        the second at which the stream speaks again it is judged again.
        """
        self.judge_feeds(now)
        if "orders" not in self.silent:
            self.judge_orders(now)
            if "couriers" not in self.silent:
                self.judge_zones(now)

    def judge_feeds(self, now: int) -> None:
        """Reading: busy by the events of the 10 minutes up to now, the silence among them."""
        for stream, times in self.heard.items():
            quiet = now - times[-1] >= FEED_SILENT_MS
            busy = len(times) - bisect_right(times, now - FEED_WINDOW_MS) >= FEED_BUSY
            if stream in self.silent:
                if not quiet:
                    self.close("feed_silent", stream, self.silent.pop(stream), now)
            elif quiet and busy:
                self.silent[stream] = {
                    "pending_ts": now,
                    "fired_ts": now,
                    "severities": [(now, "critical")],
                }

    def judge_orders(self, now: int) -> None:
        """`for_s` is 0: pending and firing at once."""
        for (rule, order_id), alert in list(self.orders.items()):
            if cleared(rule, self.city.orders[order_id]):
                self.close(rule, order_id, alert, now)
                del self.orders[rule, order_id]
        for order_id, order in self.city.open_orders.items():
            for rule in raised(self.city, order, now):
                if (rule, order_id) not in self.orders:
                    severity = "info" if rule == "order_unpaid" else "warning"
                    self.orders[rule, order_id] = {
                        "pending_ts": now,
                        "fired_ts": now,
                        "severities": [(now, severity)],
                    }

    def judge_zones(self, now: int) -> None:
        """Two levels of one alert; its severity is the highest level that fires."""
        for zone_id, zone in self.city.figures(now).items():
            on_shift = zone["idle"] + zone["busy"]
            ratio = zone["open"] / max(on_shift, 1)
            wait_s = zone["oldest_wait_s"]
            warning = self.warning[zone_id]
            warning.judge(
                now,
                (ratio >= 1.5 and on_shift >= 5) or wait_s >= 300,
                ratio < 1.25 and wait_s < 180,
            )
            critical = self.critical[zone_id]
            critical.judge(
                now,
                (ratio >= 2.0 and on_shift >= 5) or wait_s >= 600,
                ratio < 1.6 and wait_s < 480,
            )
            severity = "critical" if critical.firing else "warning" if warning.firing else None
            alert = self.shortages.get(zone_id)
            if alert is None:
                if severity is not None:
                    self.shortages[zone_id] = {
                        "pending_ts": warning.since,
                        "fired_ts": now,
                        "severities": [(now, severity)],
                    }
            elif severity is None:
                self.close("zone_shortage", zone_id, alert, now)
                del self.shortages[zone_id]
            elif severity != alert["severities"][-1][1]:
                alert["severities"].append((now, severity))

    def close(self, rule: str, subject: str, alert: dict[str, Any], now: int | None) -> None:
        """Write a life down; `now` None: still firing at the end."""
        self.lives.append(
            Alert(
                rule,
                self.name,
                subject,
                alert["pending_ts"],
                alert["fired_ts"],
                now,
                tuple(alert["severities"]),
            )
        )

    def finish(self) -> list[Alert]:
        """All lives, sorted."""
        for (rule, order_id), alert in self.orders.items():
            self.close(rule, order_id, alert, None)
        for zone_id, alert in self.shortages.items():
            self.close("zone_shortage", zone_id, alert, None)
        for stream, alert in self.silent.items():
            self.close("feed_silent", stream, alert, None)
        return sorted(self.lives, key=lambda life: (life.rule, life.city, life.subject, life[4]))
