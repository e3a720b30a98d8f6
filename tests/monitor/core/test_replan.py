"""New zones and rules for a running city: nothing that is known is lost."""

from dataclasses import replace

import numpy as np
import shapely

from monitor.core.plan import CityPlan
from monitor.core.replan import replan
from monitor.core.step import step
from tests.support.cities import CITY, T0, assigned, at, courier, placed, problem
from tests.support.towns import Story, fleet, only, row_of, rush, town, venue
from zones.locate import Locator
from zones.polygons import ZoneSet


def redrawn(plan: CityPlan, **boxes: tuple[float, float]) -> CityPlan:
    """The plan with other zones: from one longitude to another."""
    squares = np.array(
        [shapely.box(west, 0, east, 0.1) for west, east in boxes.values()], dtype=np.object_
    )
    ids = tuple(boxes)
    zones = ZoneSet(ids, ids, squares, np.zeros(len(ids)))
    return replace(plan, zones=zones, locator=Locator(zones))


def busy_city() -> Story:
    """Couriers, venues, orders and alerts of several kinds, at 600 s."""
    told = Story(town(only("zone_shortage", "order_unaccepted", "order_problem")))
    told.say(0, venue(0), venue(0, "e", lon=0.25), *rush(0, 4), placed(0, "far", "e"))
    told.say(10, assigned(10, "o0", "c0"), problem(11, "o1"))
    for second in range(30, 601, 30):
        told.say(second, *fleet(second, 3), courier(second, "d", 0.25, status="to_venue"))
    told.until(600)
    return told


def test_the_same_plan_again_changes_nothing() -> None:
    """Counts, tables and alerts are as before, now and a minute later."""
    told, twin = busy_city(), busy_city()
    replan(told.state, [told.city.plan])
    told.state.check()
    assert [told.counts(z) for z in range(-1, 3)] == [twin.counts(z) for z in range(-1, 3)]
    told.until(660)
    twin.until(660)
    assert told.alerts == twin.alerts
    assert told.firing() == twin.firing() != set()
    for name in ("o0", "o1", "far"):
        assert told.order(name) == twin.order(name)


def test_new_zones_count_what_lies_in_them() -> None:
    """West cut in two: couriers and orders stand in the half where they are, counted anew."""
    told = busy_city()
    plan = redrawn(told.city.plan, left=(0, 0.04), right=(0.04, 0.1), east=(0.2, 0.3))
    replan(told.state, [plan])
    told.state.check()
    assert told.counts(0) == {"idle": 0, "busy": 0, "open": 0, "waiting": 0}
    assert told.counts(1) == {"idle": 3, "busy": 0, "open": 4, "waiting": 3}
    assert told.counts(2) == {"idle": 0, "busy": 1, "open": 1, "waiting": 1}
    assert told.city.oldest_placed(1) == T0


def test_a_shortage_of_a_zone_that_is_gone_ends_and_one_that_stays_goes_on() -> None:
    """West is gone: its alert ends as such. East stays, under the same id."""
    told = busy_city()
    east = told.alert("zone_shortage", "east")
    west = told.alert("zone_shortage", "west")
    effects = replan(told.state, [redrawn(told.city.plan, east=(0.2, 0.3), new=(0, 0.1))])
    told.until(601)
    assert told.alert("zone_shortage", "east").id == east.id
    (ended,) = [change.alert for change in effects.alerts if change.change == "resolved"]
    assert (ended.id, ended.ended, ended.resolved_ts) == (west.id, "subject_gone", at(600))
    told.until(721)
    assert ("zone_shortage", "new") in told.firing()
    told.state.check()


def test_marks_and_silences_outlive_a_new_plan() -> None:
    """Alerts on orders keep their ids and go on; closing works as before."""
    told = busy_city()
    before = {key: track.alert for key, track in told.city.book.tracks.items()}
    replan(told.state, [redrawn(told.city.plan, west=(0, 0.1), east=(0.2, 0.3))])
    told.until(630)
    after = {key: track.alert for key, track in told.city.book.tracks.items()}
    assert {k: a.id for k, a in before.items() if a} == {k: a.id for k, a in after.items() if a}


def test_new_rules_hold_from_the_next_second_on() -> None:
    """Ten minutes instead of five: what fired by five ends; two instead of five: it fires."""
    told = Story(town(only("order_unaccepted")))
    told.say(0, placed(0), placed(0, "p"))
    told.say(290, placed(290, "young"))
    told.until(400)
    assert told.firing() == {("order_unaccepted", "o"), ("order_unaccepted", "p")}
    replan(told.state, [town(only("order_unaccepted", after_min=1))])
    told.until(402)
    assert ("order_unaccepted", "young") in told.firing()
    replan(told.state, [town(only())])
    told.until(410)
    assert told.firing() == set()
    assert {alert.ended for alert in told.city.book.history} == {"rule_off"}


def test_a_new_city_begins_empty_and_one_that_is_gone_leaves() -> None:
    """The others are not touched."""
    told = busy_city()
    other = town(only(), slug="other")
    replan(told.state, [told.city.plan, other])
    assert set(told.state.cities) == {CITY, "other"}
    assert len(told.state.cities["other"].orders) == 0
    told.say(610, courier(610, "c", 0.05, city="other"))
    told.until(620)
    assert len(told.state.cities["other"].couriers) == 1
    assert len(told.city.couriers) == 4
    replan(told.state, [other])
    told.until(700)
    assert set(told.state.cities) == {"other"}


def test_columns_are_not_lost_by_a_new_plan() -> None:
    """Every fact of an order, a courier and a venue is as before, its zone aside."""
    told = busy_city()
    city = told.city
    tables = {"o1": city.orders, "c0": city.couriers, "v": city.venues}
    known = {id_: row_of(table, id_) for id_, table in tables.items()}
    replan(told.state, [redrawn(city.plan, all=(0, 0.3))])
    for id_, table in tables.items():
        now = row_of(table, id_)
        changed = {name for name in now if not np.array_equal(now[name], known[id_][name], True)}
        assert changed <= {"zone", "in_zone", "due_ms", "moved"}, id_


def test_what_still_waits_for_a_city_that_left_is_counted_and_harms_nothing() -> None:
    """Events admitted before a reload took their city away are left out, and told as such."""
    told = busy_city()
    other = replace(told.city.plan, slug="other")
    replan(told.state, [other])
    step(told.state, [courier(700, "c0", 0.05), placed(700, "late", "v")], T0 + 700_000)
    assert told.state.tally.left == 2
    assert set(told.state.cities) == {"other"}


def test_the_alerts_of_a_city_that_leaves_are_ended_and_told() -> None:
    """Whoever watches it hears that each of its alerts is over."""
    told = busy_city()
    firing = {alert.id for alert in told.city.book.living() if alert.state == "firing"}
    effects = replan(told.state, [])
    assert {change.alert.id for change in effects.alerts} == firing != set()
    assert {change.alert.ended for change in effects.alerts} == {"subject_gone"}
