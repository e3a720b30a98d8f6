"""Whatever is looked at as columns comes out as if it had been looked at one by one."""

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.rulebook import Layer, Overrides
from monitor.core.city import City
from monitor.core.effects import Effects
from monitor.core.judging.orders import judge_orders
from monitor.core.judging.rule_sets import sets_of_orders, sets_of_venues
from monitor.core.plan import CityPlan
from monitor.core.reports import Incoming
from monitor.core.state import State
from monitor.core.step import apply, judge
from monitor.core.tables.table import FAR, NEVER
from monitor.core.tables.timers import Wheel
from tests.support.happenings import stories
from tests.support.towns import town

SOME = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ONE_BY_ONE, AS_COLUMNS = 1_000_000, -1
SOONER: Overrides = {
    "order_unaccepted": {"after_min": 1, "for_s": 60, "keep_s": 60},
    "order_late": {"enabled": False},
    "venue_slow": {"overdue_after_min": 1},
    "venue_silent": {"unaccepted_min": 2},
}


def plans() -> list[CityPlan]:
    """Towns with the same rules for all, with others in a zone, at a venue, for a client."""
    layer = Layer(rules=SOONER)
    return [
        town(),
        town(zones={town().zones.ids[1]: layer}),
        town(venues={"v1": layer}, clients={"key account": layer}),
    ]


def judged_orders(plan: CityPlan, told: list[tuple[int, Incoming]], few: int) -> City:
    """The town after a story, its orders judged after every event in one of the two ways."""
    state = State([plan])
    judge(state, told[0][0] - told[0][0] % 1_000)
    city = next(iter(state.cities.values()))
    for clock, event in told:
        state.now_ms = max(state.now_ms, clock)
        apply(state, [event], Effects())
        judge_orders(city, state.now_ms - state.now_ms % 1_000, few)
    city.held = frozenset({"order_late", "order_unaccepted", "venue_slow", "venue_silent"})
    city.touched_orders.update(city.orders)
    judge_orders(city, state.now_ms + 3_600_000, few)
    city.held = frozenset()
    judge_orders(city, state.now_ms + 86_400_000, few)
    return city


@pytest.mark.parametrize("plan", plans(), ids=["alike", "by zone", "by venue and client"])
def test_orders_judged_as_columns_come_out_as_one_by_one(plan: CityPlan) -> None:
    """The same alerts in the same order, the same deadlines, the same charged to the venues."""

    @SOME
    @given(stories(bursts=True).filter(bool))
    def told_in_both_ways(told: list[tuple[int, Incoming]]) -> None:
        one, other = (judged_orders(plan, told, few) for few in (ONE_BY_ONE, AS_COLUMNS))
        for mine, theirs in ((one.orders, other.orders), (one.venues, other.venues)):
            for name, column in mine.columns().items():
                np.testing.assert_array_equal(column, getattr(theirs, name)[: mine.size], name)
        assert sorted(one.order_wheel.dump()) == sorted(other.order_wheel.dump())
        assert set(one.touched_venues) == set(other.touched_venues)
        assert one.new_problems == other.new_problems
        changes = [msgspec.json.encode(city.book.take_changes()) for city in (one, other)]
        assert changes[0] == changes[1]

    told_in_both_ways()


@pytest.mark.parametrize("plan", plans(), ids=["alike", "by zone", "by venue and client"])
def test_the_rules_of_many_are_those_of_each(plan: CityPlan) -> None:
    """Whoever's rules are asked for together gets the very set that he gets alone."""

    @SOME
    @given(stories().filter(bool))
    def asked_for_together(told: list[tuple[int, Incoming]]) -> None:
        city = judged_orders(plan, told, ONE_BY_ONE)
        orders, venues = city.orders.live_rows(), city.venues.live_rows()
        sets, which = sets_of_orders(city, orders)
        for row, number in zip(orders.tolist(), which.tolist(), strict=True):
            assert sets[number] is city.rules_of_order(row)
        sets, which = sets_of_venues(city, venues)
        for row, number in zip(venues.tolist(), which.tolist(), strict=True):
            assert sets[number] is city.rules_of_venue(row)

    asked_for_together()


@SOME
@given(stories(bursts=True), st.booleans())
def test_the_oldest_waits_are_those_of_a_recount(
    told: list[tuple[int, Incoming]], often: bool
) -> None:
    """However seldom it is asked for, each zone's oldest waiting order is the oldest."""
    state = State([town()])
    city = next(iter(state.cities.values()))
    zones = np.arange(len(city.plan.zones))
    for clock, event in told:
        state.now_ms = max(state.now_ms, clock)
        apply(state, [event], Effects())
        if often:
            city.oldest_placed_of(zones)
    orders = city.orders
    truth = [
        min(
            (
                int(orders.placed_ts[row])
                for row in orders
                if orders.in_waiting[row] and orders.in_zone[row] == zone
            ),
            default=NEVER,
        )
        for zone in zones.tolist()
    ]
    assert city.oldest_placed_of(zones).tolist() == truth
    assert [city.oldest_placed(zone) for zone in zones.tolist()] == truth


@SOME
@given(st.lists(st.tuples(st.integers(0, 199), st.integers(0, 9_000)), max_size=300))
def test_a_wheel_gives_each_row_once_when_it_is_due(arms: list[tuple[int, int]]) -> None:
    """However many fall due together: ascending, each once, disarmed, and none before its time."""
    wheel, due = Wheel(), np.full(200, FAR, dtype=np.int64)
    for row, at_ms in arms:
        wheel.arm(due.data, row, at_ms)
    for now_ms in range(0, 11_000, 1_000):
        expected = np.flatnonzero(due <= now_ms).tolist()
        assert wheel.pop(due, now_ms) == expected
        assert (due[expected] == FAR).all()
    assert wheel.next_ms == FAR
