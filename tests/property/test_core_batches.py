"""However events come in batches, the same tables, figures and alerts come of them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.alert import AlertChange
from monitor.core.city import City
from monitor.core.couriers import SMALL_BLOCK
from monitor.core.effects import Effects
from monitor.core.reports import Incoming
from monitor.core.state import State
from monitor.core.step import step
from monitor.core.tables.table import Table
from monitor.core.timeline import Timeline
from tests.support.cities import T0
from tests.support.happenings import COURIER_WORDS, POSITIONS, in_batches, stories
from tests.support.towns import town

assert SMALL_BLOCK <= 12, "the runs below are too short for the way of columns"

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
CUTS = st.lists(st.integers(0, 200), max_size=30)

Told = list[tuple[int, Incoming]]


def contents(city: City) -> dict[str, dict[str, dict[str, Any]]]:
    """Every row of every table by its id and column; where a column names a row, that row's id."""
    tables = {"couriers": city.couriers, "orders": city.orders, "venues": city.venues}
    names: dict[str, Table] = {
        "courier": city.couriers,
        "on_courier": city.couriers,
        "venue": city.venues,
        "on_venue": city.venues,
    }
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for kind, table in tables.items():
        rows = found[kind] = {}
        for row in table:
            told = {name: getattr(table, name)[row].tolist() for name in table.COLUMNS}
            for due in ("due_ms", "due_s"):
                told.pop(due, None)  # when to look again at the latest; sooner does no harm
            for name in names.keys() & told.keys():
                told[name] = names[name].id(told[name]) if told[name] >= 0 else None
            rows[table.id(row)] = told
    return found


class Run:
    """One way of feeding a recording, and all that came of it."""

    def __init__(self) -> None:
        self.state = State([town()])
        self.alerts: list[tuple[int, AlertChange]] = []
        self.ticks: list[tuple[int, list[list[int]]]] = []
        self.answers: list[Any] = []
        self.timeline = Timeline(self.state, self._hear, every_ms=60_000, on_tick=self._tick)

    def _hear(self, effects: Effects, second: int) -> None:
        self.alerts += [(second, change) for change in effects.alerts]
        self.answers += effects.answers

    def _tick(self, second: int) -> None:
        balance = self.city.balance
        counts = [balance.idle, balance.busy, balance.open, balance.waiting]
        self.ticks.append((second, [column.tolist() for column in counts]))

    def feed(self, batches: Sequence[Sequence[Incoming]]) -> "Run":
        """All batches, then the end."""
        for batch in batches:
            self.timeline.feed(batch)
        self.timeline.finish()
        self.state.check()
        return self

    @property
    def city(self) -> City:
        """The only city."""
        return next(iter(self.state.cities.values()))


def same(one: Run, other: Run) -> None:
    """Both runs saw, counted and told the same."""
    assert one.ticks == other.ticks
    assert one.alerts == other.alerts
    assert one.answers == other.answers
    np.testing.assert_equal(contents(one.city), contents(other.city))
    assert one.state.tally == other.state.tally
    assert one.state.by_type == other.state.by_type


@FEW
@given(stories(bursts=True, people=True), CUTS)
def test_any_split_gives_the_same_tables_ticks_and_alerts(told: Told, cuts: list[int]) -> None:
    """One by one, all at once or cut anywhere: tables, figures of each minute, alerts are equal."""
    events = [event for _, event in told]
    whole = Run().feed([events])
    same(whole, Run().feed([[event] for event in events]))
    same(whole, Run().feed(in_batches(events, cuts)))


@FEW
@given(stories(POSITIONS | COURIER_WORDS, max_size=90), CUTS)
def test_a_block_of_positions_does_what_single_ones_do(told: Told, cuts: list[int]) -> None:
    """A run long enough for columns leaves each courier as the same events one by one do."""
    events = [event for _, event in told]
    now_ms = max((clock for clock, _ in told), default=T0)
    splits: list[list[Sequence[Incoming]]] = [
        [events],
        [[event] for event in events],
        in_batches(events, cuts),
    ]
    states = [State([town()]) for _ in splits]
    for state, batches in zip(states, splits, strict=True):
        for batch in batches:
            step(state, batch, now_ms)
        state.check()
    blocks, singles, mixed = (next(iter(state.cities.values())) for state in states)
    np.testing.assert_equal(contents(blocks), contents(singles))
    np.testing.assert_equal(contents(mixed), contents(singles))
    assert states[0].tally == states[1].tally == states[2].tally
    assert not blocks.balance.differences(singles.balance)


@FEW
@given(st.lists(st.tuples(POSITIONS, st.integers(0, 90_000)), min_size=12, max_size=80))
def test_a_long_run_of_positions_equals_the_newest_of_each_courier(
    positions: list[tuple[Any, int]],
) -> None:
    """Whatever order positions come in, a courier stands where the newest by its time says."""
    events = [
        type(p)(p.city, T0 + after, p.courier_id, p.lat, p.lon, p.status) for p, after in positions
    ]
    state = State([town()])
    step(state, events, T0 + 90_000)
    couriers = next(iter(state.cities.values())).couriers
    for row in couriers:
        courier_id = couriers.id(row)
        newest = max(e.ts for e in events if e.courier_id == courier_id)
        last = [e for e in events if e.courier_id == courier_id and e.ts == newest][-1]
        assert (couriers.pos_ts[row], couriers.lon[row], couriers.lat[row]) == (
            newest,
            last.lon,
            last.lat,
        )
