"""The columns that pushes are planned from: who could be asked, where it is short, who is spare."""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from alerts.action import Action
from alerts.alert import Alert, Subject
from alerts.remedies.push import (
    Needs,
    PushBounds,
    SinkPlan,
    Sinks,
    Supply,
    needs,
    plan_pushes,
)
from monitor.core.city import City
from monitor.core.judging.zones import oldest_waits_ms
from monitor.core.tables.columns import COUNTS_IDLE
from monitor.core.tables.table import NEVER

KIND: Final = "push_couriers"


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Somewhere that is short of couriers: a zone, or the venue of an order."""

    subject: Subject
    lon: float
    lat: float
    zone: int
    shortage: int
    for_order: bool
    alert: Alert | None = None
    action: Action | None = None
    count: int | None = None  # so many and no more, as a person ordered
    wider: int = 0  # rounds that it looks farther than the next one would

    @property
    def round(self) -> int:
        """How many rounds out it looks, from 0."""
        return self.wider + (0 if self.action is None else self.action.level)

    def farther(self) -> "Place":
        """The same place, looking one round farther."""
        return replace(self, wider=self.wider + 1)

    @property
    def zone_wide(self) -> bool:
        """Whether it is a whole zone."""
        return not self.for_order


def place_of(
    city: City,
    subject: Subject,
    *,
    alert: Alert | None = None,
    action: Action | None = None,
    count: int | None = None,
    found: Needs | None = None,
) -> Place | None:
    """Where a zone or an order is short, and of how many; None where that is not known.

    `found` is what `needs_of` says now, for whoever asks about many places.

    For a zone the place is the middle of the venues whose orders wait there, else a point inside;
    where nothing is short it is of no interest.
    """
    if subject.kind == "order":
        return _order_place(city, subject, alert, action, count)
    zone = city.plan.zones.index.get(subject.id)
    if zone is None:
        return None
    if count is not None:
        short = count
    elif action is not None and alert is None:
        short = action.expected.couriers - action.came.accepted  # ordered by hand
    else:
        short = int((found or needs_of(city)).shortage[zone])
    lon, lat = _waiting_place(city, zone) if short > 0 else (math.nan, math.nan)
    return Place(subject, lon, lat, zone, short, False, alert, action, count)


def _order_place(
    city: City, subject: Subject, alert: Alert | None, action: Action | None, count: int | None
) -> Place | None:
    row = city.orders.find(subject.id)
    t, v = city.orders.cells, city.venues.cells
    venue = t.venue[row] if row >= 0 else -1
    if venue < 0 or not math.isfinite(v.lon[venue]):
        return None
    accepted = 0 if action is None else action.came.accepted
    short = count or max(0, t.in_waiting[row] - accepted)
    lon, lat, zone = v.lon[venue], v.lat[venue], v.zone[venue]
    return Place(subject, lon, lat, zone, short, True, alert, action, count)


def _waiting_place(city: City, zone: int) -> tuple[float, float]:
    """The middle of the venues whose orders wait in a zone, else a point inside it."""
    orders, v = city.orders.cells, city.venues
    # All that wait there are in the zone's heap; so are some that do no longer.
    rows = sorted({row for _, row in city.wait_heaps[zone]})
    venues = [
        orders.venue[row] for row in rows if orders.in_waiting[row] and orders.in_zone[row] == zone
    ]
    lon, lat = v.lon[venues], v.lat[venues]
    lon, lat = lon[np.isfinite(lon)], lat[np.isfinite(lat)]
    if len(lon):
        return round(float(lon.mean()), 6), round(float(lat.mean()), 6)
    return city.inner_point(zone)


def needs_of(city: City) -> Needs:
    """What every zone is short of and can spare now."""
    balance = city.balance
    count = len(city.plan.zones)
    if len(city.zone_rules) != count:  # its rules are read at the next judgement
        return Needs(np.zeros(count, dtype=np.int64), np.zeros(count + 1, dtype=np.int64))
    bounds = city.shortage_bounds
    incoming, leaving = _under_way(city)
    wait_s = oldest_waits_ms(city, city.last_now_ms) / 1000
    return needs(
        open_count=balance.open[:count],
        on_shift=balance.idle[:count] + balance.busy[:count],
        idle=balance.idle[:count],
        waiting=balance.waiting[:count],
        waits_too_long=wait_s >= bounds.wait_clear_s[:, 0],
        ratio_clear=bounds.ratio_clear[:, 0],
        incoming=incoming,
        leaving=leaving,
    )


def _under_way(city: City) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Couriers who are expected in each zone, and who are expected to leave it."""
    count = len(city.plan.zones)
    incoming, leaving = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    for action in city.desk.actions.living.values():
        if action.kind != KIND or action.state == "proposed":
            continue
        zone = _zone_of(city, action.subject)
        for target in action.targets:
            if target.arrived_ts is not None or target.answer in ("declined", "none"):
                continue
            row = city.couriers.find(target.id)
            if target.state == "held_back" or row < 0:
                continue
            here = int(city.couriers.zone[row])
            if city.couriers.kind[row] != COUNTS_IDLE:
                continue  # he said yes, and got an order on the way
            if target.answer == "accepted" and zone >= 0:
                incoming[zone] += 1
            if 0 <= here != zone:
                leaving[here] += 1
    return incoming, leaving


def _zone_of(city: City, subject: Subject) -> int:
    if subject.kind == "zone":
        return city.plan.zones.index.get(subject.id, -1)
    row = city.orders.find(subject.id)
    venue = city.orders.cells.venue[row] if row >= 0 else -1
    return city.venues.cells.zone[venue] if venue >= 0 else -1


def askable(city: City, now_ms: int) -> Supply:
    """Idle couriers with a fresh position who carry nothing and are not on their way for a push."""
    t = city.couriers
    free = t.live[: t.size] & (t.kind[: t.size] == COUNTS_IDLE) & (t.carrying[: t.size] == 0)
    for action in city.desk.actions.living.values():
        if action.kind == KIND:
            for target in action.targets:
                if target.answer == "accepted" and target.arrived_ts is None:
                    row = t.find(target.id)
                    if row >= 0:
                        free[row] = False
    rows = np.flatnonzero(free)
    last, hourly = _pushes_of(city, rows, now_ms)
    return Supply(
        row=rows,
        lon=t.lon[rows],
        lat=t.lat[rows],
        zone=t.zone[rows],
        last_push_ts=last,
        pushes_last_hour=hourly,
    )


def _pushes_of(
    city: City, rows: NDArray[np.int64], now_ms: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """When each of these couriers (rows ascending) was last pushed, and how often in the hour."""
    last, hourly = np.full(len(rows), NEVER, dtype=np.int64), np.zeros(len(rows), dtype=np.int64)
    for courier_id in city.desk.pushed:
        row = city.couriers.find(courier_id)
        at = int(np.searchsorted(rows, row))
        if at < len(rows) and rows[at] == row:
            last[at], hourly[at] = city.desk.pushes_of(courier_id, now_ms)
    return last, hourly


def plan_for(
    city: City,
    places: list[Place],
    now_ms: int,
    found: Needs | None = None,
    supply: Supply | None = None,
) -> tuple[SinkPlan, ...]:
    """Whom to ask for each place, all of them planned together; what is known already is given."""
    desk, settings, pace = city.desk, city.desk.settings.push_couriers, city.plan.pace
    rate = desk.acceptance.rate(now_ms)
    asked = [_to_ask(place, rate, settings.per_action) for place in places]
    supply = askable(city, now_ms) if supply is None else supply
    if not len(supply.row):
        # In a busy hour that is so for most places and rounds.
        nobody = {n: SinkPlan((), {"no_courier": n} if n else {}) for n in set(asked)}
        return tuple(nobody[count] for count in asked)
    before = [
        frozenset(
            city.couriers.find(target.id)
            for target in (() if place.action is None else place.action.targets)
        )
        for place in places
    ]
    sinks = Sinks(
        lon=np.array([place.lon for place in places]),
        lat=np.array([place.lat for place in places]),
        zone=np.array([place.zone for place in places], dtype=np.int32),
        asked=np.array(asked, dtype=np.int64),
        radius_m=np.array([settings.radius_m * settings.widen**place.round for place in places]),
        urgency=np.array([_urgency(place) for place in places]),
        for_order=np.array([place.for_order for place in places], dtype=np.bool_),
        asked_before=before,
    )
    bounds = PushBounds(
        cooldown_ms=round(settings.cooldown_s * 1000),
        courier_per_hour=settings.courier_per_hour,
        budget=desk.actions.left(KIND, settings.per_hour, now_ms),
        detour=pace.detour,
        speed_kmh=pace.speed_kmh,
    )
    spare = (found or needs_of(city)).spare
    return plan_pushes(supply, sinks, spare, bounds, now_ms)


def look(city: City, place: Place, now_ms: int) -> tuple[Place, SinkPlan]:
    """Whom to ask for one place, as far out as it takes to find anybody; and the place so far."""
    found = plan_for(city, [place], now_ms)[0]
    while not found.chosen and place.round + 1 < city.desk.settings.push_couriers.rounds:
        place = place.farther()
        found = plan_for(city, [place], now_ms)[0]
    return place, found


def _to_ask(place: Place, rate: float, most: int) -> int:
    """As many as the shortage asks, divided by the share who accept."""
    wanted = place.count or math.ceil(place.shortage / rate)
    done = 0 if place.action is None else len(place.action.targets)
    return max(0, min(wanted, most - done))


def _urgency(place: Place) -> float:
    if place.alert is None:
        return 1e9  # a person ordered it
    return place.shortage + (1000.0 if place.alert.severity == "critical" else 0.0)
