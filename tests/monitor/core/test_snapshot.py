"""What a snapshot holds, and what becomes of it under another configuration."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from alerts.book import Book, Track
from alerts.lifecycle import Step
from alerts.rulebook import Layer
from monitor.core.city import City
from monitor.core.plan import CityPlan
from monitor.core.snapshot import (
    CLOCKS,
    Part,
    SnapshotError,
    capture,
    fingerprint,
    restore,
    room_of,
)
from monitor.core.snapshot_city import (
    COUNTS,
    NUMBERS,
    ROWS,
    TABLES,
    TEXTS,
    WHEELS,
    ZONE_COLUMNS,
    CityDump,
)
from monitor.core.state import State
from monitor.core.step import step
from monitor.core.streams import Stream, StreamDump
from monitor.core.tables.memory import Memory, room_for
from monitor.core.tables.table import Table
from monitor.core.tables.timers import Wheel
from monitor.durable.keeper import PARTS
from tests.support.cities import CITY, T0, assigned, courier, placed, problem
from tests.support.kept import plain
from tests.support.towns import Story, fleet, only, rush, town, venue
from zones.balance import Balance
from zones.locate import Locator
from zones.polygons import ZoneSet

# What a city has besides what its snapshot holds by these names, and why that is enough.
FROM_THE_PLAN = {"plan", "rules", "zone_rules", "shortage_bounds", "courier_bounds"}
FROM_THE_PLAN |= {"active_profiles", "_inner_points", "rule_sets", "zone_set", "shortage_holds"}
COUNTED_ANEW = {"wait_heaps", "_head_placed", "_head_left"}
FOR_WATCHERS = {"zones_to_publish", "gone_couriers", "gone_orders", "gone_venues", "gone_zones"}
BY_THEMSELVES = {"book", "streams", "balance", "weather", "held", "push_answers"}


def busy_city() -> Story:
    """Couriers, venues, orders and alerts of several kinds, at 600 s."""
    told = Story(town(only("zone_shortage", "order_unaccepted", "order_problem")))
    told.say(0, venue(0), venue(0, "e", lon=0.25), *rush(0, 4), placed(0, "far", "e"))
    told.say(10, assigned(10, "o0", "c0"), problem(11, "o1"))
    for second in range(30, 601, 30):
        told.say(second, *fleet(second, 3), courier(second, "d", 0.25, status="to_venue"))
    told.until(600)
    return told


def without_zone(plan: CityPlan, zone_id: str) -> CityPlan:
    """The plan of a city that has one zone less."""
    kept = [i for i, id_ in enumerate(plan.zones.ids) if id_ != zone_id]
    zones = ZoneSet(
        tuple(plan.zones.ids[i] for i in kept),
        tuple(plan.zones.names[i] for i in kept),
        plan.zones.geometries[kept],
        plan.zones.priority[kept],
    )
    return replace(plan, zones=zones, locator=Locator(zones))


def test_everything_a_city_has_is_kept_or_follows_from_what_is() -> None:
    """A new attribute of a city must be put into the snapshot, or be named here with its reason."""
    kept = {*NUMBERS, *TEXTS, *ROWS, *TABLES, *WHEELS, *ZONE_COLUMNS, *PARTS, *BY_THEMSELVES}
    assert vars(City(town())).keys() == kept | FROM_THE_PLAN | COUNTED_ANEW | FOR_WATCHERS


def test_everything_else_of_the_state_is_kept_too() -> None:
    """Nor does the state, a table, a stream, a wheel, a book or a count have more than is kept."""
    assert vars(State(())).keys() == {*CLOCKS, "cities", "tally", "by_type"}
    assert vars(Table()).keys() == {"_index", "ids", "_free", "_columns", "_capacity"} | {
        "changed",
        "live",
    }
    assert {name.removeprefix("_") for name in Stream.__slots__} == set(
        StreamDump.__struct_fields__
    )
    assert vars(Wheel()).keys() == {"_rows", "_seconds"}
    assert vars(Book("x")).keys() == {"city", "tracks", "by_id", "history", "silences"} | {
        "fired",
        "suppressed",
        "_changes",
    }
    assert (Track.__slots__, Step.__slots__) == (
        ("alert", "steps"),
        ("clear_ms", "since_ms", "state"),
    )
    cells = {f"_{name}" for name in COUNTS}  # the same memory
    assert set(Balance.__slots__) == {*COUNTS, *cells, "_couriers", "zone_count"}


def test_a_capture_stands_still_while_the_city_goes_on() -> None:
    """What happens afterwards is not in it, wherever its columns were copied to."""
    for memory in (None, Memory(100), Memory(room_of(busy_city().state))):
        told = busy_city()
        captured = capture(told.state, PARTS, memory)
        before = plain(captured)
        told.say(610, *fleet(610, 3, lon=0.15), venue(610, lon=0.25), placed(610, "new"))
        told.until(900)
        np.testing.assert_equal(plain(captured), before)


def test_a_capture_fits_into_the_memory_made_for_it() -> None:
    """The room asked for is enough for every column, and not much more."""
    told = busy_city()
    city = told.city
    needed = sum(room_for(getattr(city, name).columns()) for name in TABLES)
    assert needed < room_of(told.state) < needed + 80_000


def test_rows_that_are_free_are_taken_in_the_same_order() -> None:
    """Rows of those who left go to the same new ones, restored or not."""
    told = busy_city()
    orders = told.city.orders
    for name in ("o2", "o0"):
        orders.remove(orders.find(name))
    couriers = told.city.couriers
    for name in ("c1", "c0"):
        couriers.remove(couriers.find(name))
    city = restore(capture(told.state), [told.city.plan]).state.cities[CITY]
    for table, twin in ((orders, city.orders), (couriers, city.couriers)):
        assert [twin.row(name) for name in "xyz"] == [table.row(name) for name in "xyz"]
        assert list(twin.ids) == list(table.ids)


def test_a_column_that_a_snapshot_lacks_begins_as_in_a_new_row() -> None:
    """So does one of another shape; a column nobody knows any more is left out."""
    told = busy_city()
    table = told.city.venues
    dump = table.dump(Memory())
    lacking = {name: column for name, column in dump.columns.items() if name != "prep_min"}
    narrow = {"overruns": np.zeros((table.size, 2)), "unheard_of": np.ones(table.size)}
    twin = type(table)()
    twin.load(replace_columns(dump, lacking | narrow))
    assert np.isnan(twin.prep_min).all()
    assert np.isnan(twin.overruns).all()
    assert not hasattr(twin, "unheard_of")
    np.testing.assert_array_equal(twin.lon[: twin.size], table.lon[: table.size])
    twin.check()


def replace_columns(dump: Any, columns: dict[str, Any]) -> Any:
    """The dump of a table with other columns."""
    return type(dump)(dump.ids, dump.free, columns, dump.blocks)


def test_a_shortage_of_a_zone_that_is_gone_ends_and_is_told() -> None:
    """Restored without its west, a city has exact counts in what is left, and says so."""
    told = busy_city()
    west = told.alert("zone_shortage", "west")
    plan = without_zone(told.city.plan, "west")
    restored = restore(capture(told.state), [plan])
    restored.state.check()
    ended = [c.alert for c in restored.effects.alerts if c.change == "resolved"]
    assert [(a.id, a.ended) for a in ended] == [(west.id, "subject_gone")]
    city = restored.state.cities[CITY]
    assert city.book.find(told.alert("zone_shortage", "east").id) is not None
    assert city.balance.idle.tolist() == [0, 0, 3]
    assert restored.notes == (f"{CITY} has other zones or rules now: all in it is counted anew",)


def test_a_city_that_is_gone_is_dropped_and_a_new_one_begins_empty() -> None:
    """Both are said; the alerts of the one that is gone are told to have ended."""
    told = busy_city()
    firing = {alert.id for alert in told.city.book.living() if alert.state == "firing"}
    restored = restore(capture(told.state), [town(slug="other")])
    assert list(restored.state.cities) == ["other"]
    assert len(restored.state.cities["other"].couriers) == 0
    ended = {c.alert.id for c in restored.effects.alerts if c.change == "resolved"}
    assert ended == firing != set()
    assert restored.notes == (
        f"{CITY} is not configured any more: what was known of it is dropped",
        "other is new: it begins empty",
    )


def test_cities_are_judged_in_the_order_they_had() -> None:
    """Whatever order the configuration names them in now; new ones come last."""
    state = State([town(slug="b"), town(slug="a")])
    plans = [town(slug=slug) for slug in ("new", "a", "b")]
    assert list(restore(capture(state), plans).state.cities) == ["b", "a", "new"]


def test_the_fingerprint_tells_what_changes_figures_or_alerts() -> None:
    """Other rules, zones or ages differ; the same read again, or other names, do not."""
    plan = town()
    zones = plan.zones
    renamed = ZoneSet(zones.ids, ("A", "B", "C"), zones.geometries, zones.priority)
    shifted = ZoneSet(zones.ids, zones.names, zones.geometries[::-1], zones.priority)
    for same in (town(), replace(plan, zones=renamed), replace(plan, name="Town")):
        assert fingerprint(same) == fingerprint(plan)
    for other in (
        replace(plan, stale_ms=1),
        replace(plan, zones=shifted),
        without_zone(plan, "mid"),
        town({"order_late": {"after_min": 3}}),
        town(venues={"v": Layer(rules={"order_late": {"after_min": 3}})}),
    ):
        assert fingerprint(other) != fingerprint(plan)


def test_a_part_is_kept_under_its_name_and_given_back_where_it_was_kept() -> None:
    """A city whose snapshot lacks the part is not asked to load it."""
    told = busy_city()
    loaded: list[tuple[str, Any]] = []
    part = Part(
        lambda city: {"seen": len(city.couriers)},
        lambda city, kept: loaded.append((city.plan.slug, kept)),
    )
    captured = capture(told.state, {"thing": part})
    restore(captured, [told.city.plan], {"thing": part, "other": part})
    assert loaded == [(CITY, {"seen": 4})]


@pytest.mark.parametrize(
    "change",
    [
        {"numbers": {}},
        {"tables": {}},
        {"wheels": {}},
        {"zones": {}},
        {"counts": {"idle": np.zeros(9)}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_contents_that_contradict_each_other_are_refused_as_corrupt(change: dict[str, Any]) -> None:
    """However well its checksum fits: nothing half made comes out of it."""
    told = busy_city()
    captured = capture(told.state)
    city = captured.cities[CITY]
    fields = {name: getattr(city, name) for name in city.__struct_fields__}
    captured.cities[CITY] = CityDump(**(fields | change))
    with pytest.raises(SnapshotError) as refused:
        restore(captured, [told.city.plan])
    assert refused.value.reason == "corrupt"


def test_an_id_that_stands_twice_is_refused() -> None:
    """Two rows of one courier would be counted twice for ever."""
    told = busy_city()
    twice = (("orders", "ids", "o0"), ("couriers", "blocks", b"c0\xff" * 4))
    for table, field, value in twice:
        captured = capture(told.state)
        ids = getattr(captured.cities[CITY].tables[table], field)
        ids[:] = [value] * len(ids)
        with pytest.raises(SnapshotError, match="an id stands twice"):
            restore(captured, [told.city.plan])


@pytest.mark.parametrize("block", [b"", b"c0", b"\xff" * 33, b"c0\xffc1", b"\xc0\xff"])
def test_ids_that_are_not_packed_as_they_are_written_are_refused(block: bytes) -> None:
    """A block without an end, with too many rows, or of bytes that are no text."""
    told = busy_city()
    captured = capture(told.state)
    captured.cities[CITY].tables["couriers"].blocks[:] = [block]
    with pytest.raises(SnapshotError) as refused:
        restore(captured, [told.city.plan])
    assert refused.value.reason == "corrupt"


def test_a_state_that_was_never_told_anything_comes_back_so() -> None:
    """Not judged yet, without rules in force; the first event is taken as ever."""
    empty = State([town()])
    restored = restore(capture(empty), [town()]).state
    np.testing.assert_equal(plain(capture(restored)), plain(capture(empty)))
    step(restored, [courier(0, "c", 0.05)], T0)
    assert restored.cities[CITY].balance.idle.tolist() == [1, 0, 0, 0]
