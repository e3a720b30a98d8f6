"""Zones judged as columns come out as if each had been judged alone."""

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from alerts.alert import Subject
from alerts.rulebook import Layer
from monitor.core.actions.supply import place_of
from monitor.core.city import City
from monitor.core.effects import Effects
from monitor.core.judging.zones import judge_zones
from monitor.core.plan import CityPlan
from monitor.core.reports import Incoming
from monitor.core.state import State
from monitor.core.step import apply, judge
from tests.support.happenings import stories
from tests.support.towns import town

ONE_BY_ONE, AS_COLUMNS = 1_000, -1
SOONER = Layer(
    rules={"zone_shortage": {"min_on_shift": 1, "for_s": 0, "wait_raise_s": 60, "wait_clear_s": 30}}
)
OFF = Layer(rules={"zone_shortage": {"enabled": False}})


def judged(plan: CityPlan, told: list[tuple[int, Incoming]], few: int) -> City:
    """The town after a story, its zones judged after every event in one of the two ways."""
    state = State([plan])
    judge(state, told[0][0] - told[0][0] % 1_000)
    city = next(iter(state.cities.values()))
    for clock, event in told:
        state.now_ms = max(state.now_ms, clock)
        apply(state, [event], Effects())
        judge_zones(city, state.now_ms - state.now_ms % 1_000, few)
    judge_zones(city, state.now_ms + 3_600_000, few)
    return city


@pytest.mark.parametrize("layers", [(), (SOONER,), (SOONER, OFF)], ids=["alike", "sooner", "off"])
def test_zones_judged_as_columns_come_out_as_one_by_one(layers: tuple[Layer, ...]) -> None:
    """The same alerts in the same order, and the same deadlines of the zones."""
    plan = town(zones=dict(zip(town().zones.ids, layers, strict=False)))

    @settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(stories(bursts=True).filter(bool))
    def told_in_both_ways(told: list[tuple[int, Incoming]]) -> None:
        one, other = (judged(plan, told, few) for few in (ONE_BY_ONE, AS_COLUMNS))
        np.testing.assert_array_equal(one.zone_due_ms, other.zone_due_ms)
        np.testing.assert_array_equal(one.zone_alerts, other.zone_alerts)
        assert one.next_zone_due_ms == other.next_zone_due_ms
        changes = [msgspec.json.encode(city.book.take_changes()) for city in (one, other)]
        assert changes[0] == changes[1]

    told_in_both_ways()


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stories(bursts=True).filter(bool))
def test_a_zone_asks_for_couriers_in_the_middle_of_where_its_orders_wait(
    told: list[tuple[int, Incoming]],
) -> None:
    """The place is the mean of the venues of all orders that wait there, else inside the zone."""
    city = judged(town(), told, ONE_BY_ONE)
    orders, venues = city.orders, city.venues
    for zone, zone_id in enumerate(city.plan.zones.ids):
        waiting = orders.in_waiting[: orders.size] & (orders.in_zone[: orders.size] == zone)
        of = orders.venue[: orders.size][waiting]
        lon, lat = city.inner_point(zone)
        if len(of):
            lon, lat = round(venues.lon[of].mean(), 6), round(venues.lat[of].mean(), 6)
        place = place_of(city, Subject("zone", zone_id), count=1)
        assert place is not None
        assert (place.lon, place.lat) == (lon, lat)
