"""Everything the core knows: its cities, what it counted, its clock. Only `step` changes it."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np

from monitor.core.city import City
from monitor.core.plan import CityPlan
from monitor.core.tables.columns import KIND_OF_STATUS, NOWHERE
from monitor.core.tables.table import FAR, NEVER
from monitor.core.tables.timers import whole_second
from zones.balance import recount


@dataclass(slots=True)
class Tally:
    """Events taken, and what came of them: each is applied or stale, some are orphans besides.

    `left` are those of a city that a reload took away while they waited.
    """

    applied: int = 0
    stale: int = 0
    orphan: int = 0
    left: int = 0

    def as_dict(self) -> dict[str, int]:
        """By name, for views and metrics."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


class State:
    """The cities by slug, the newest time seen, the second last judged."""

    def __init__(self, plans: Iterable[CityPlan]) -> None:
        self.cities = {plan.slug: City(plan) for plan in plans}
        self.tally = Tally()
        self.by_type: dict[str, int] = {}
        self.now_ms = NEVER
        self.applied_ms = NEVER  # the clock when events last came
        self.judged_ms = NEVER

    def next_wake_ms(self) -> int:
        """The whole second at which a judgement is next needed, far off if none is."""
        due = FAR
        for city in self.cities.values():
            if city.dirty:
                return max(whole_second(self.applied_ms), self.judged_ms + 1_000)
            due = min(due, city_due_ms(city))
        if due == FAR:
            return FAR
        # What was never looked at is due at once, which is not before the events that made it.
        return max(whole_second(max(due, self.applied_ms)), self.judged_ms + 1_000)

    def check(self) -> None:
        """Assert every invariant, the counts of each zone against a recount."""
        for city in self.cities.values():
            city.check()
            check_counts(city)


def city_due_ms(city: City) -> int:
    """When time alone asks for a judgement of a city."""
    return min(
        city.next_zone_due_ms,
        city.courier_wheel.next_ms,
        city.order_wheel.next_ms,
        city.venue_wheel.next_ms,
        city.follow_due_ms,
        city.stream_due_ms,
        city.stall_due_ms,
        city.marks_due_ms,
        city.profile_due_ms,
        city.desk.due_ms,
        city.sweep_due_ms if city.first_ts != NEVER else FAR,
    )


def check_counts(city: City) -> None:
    """Assert that the increments equal a recount of the tables as they stand."""
    c, o, v = city.couriers, city.orders, city.venues
    live, alive = c.live_rows(), o.live_rows()
    truth = recount(
        c.zone[live],
        c.kind[live].astype(np.int8),
        o.in_zone[alive],
        o.in_open[alive],
        o.in_waiting[alive],
        len(city.plan.zones),
    )
    for name in ("idle", "busy", "open", "waiting"):
        assert np.array_equal(getattr(city.balance, name), getattr(truth, name)), name
    kinds = KIND_OF_STATUS[c.status[live]]
    counted = c.kind[live] != NOWHERE
    assert (c.kind[live][counted] == kinds[counted]).all(), "a courier is counted by a wrong status"
    carrying = np.bincount(o.on_courier[alive][o.on_courier[alive] >= 0], minlength=c.size)
    assert np.array_equal(carrying[live], c.carrying[live]), "carrying"
    at_venue = np.bincount(o.on_venue[alive][o.on_venue[alive] >= 0], minlength=v.size)
    venues = v.live_rows()
    assert np.array_equal(at_venue[venues], v.open_orders[venues]), "open orders of venues"
    overdue = np.bincount(o.venue[alive][o.venue_overdue[alive]], minlength=v.size)
    assert np.array_equal(overdue[venues], v.overdue[venues]), "overdue orders of venues"
    assert city.ready_count == int(o.in_ready[alive].sum()), "ready orders"
