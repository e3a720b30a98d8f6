"""Whatever happens in a city, its increments equal a recount of its tables."""

from dataclasses import replace

import numpy as np
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.core.replan import replan
from monitor.core.reports import Incoming
from monitor.core.state import State
from monitor.core.step import step
from tests.support.happenings import stories
from tests.support.towns import town
from zones.locate import Locator
from zones.polygons import ZoneSet

FEW = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@FEW
@given(stories(bursts=True))
def test_counts_equal_a_recount_after_every_event(told: list[tuple[int, Incoming]]) -> None:
    """After any event at any time every zone, courier and venue counts what its tables hold."""
    state = State([town()])
    for clock, event in told:
        step(state, [event], clock)
        state.check()
    step(state, [], state.now_ms + 2 * 86_400_000)
    state.check()


@FEW
@given(stories(bursts=True), st.integers(0, 60), st.integers(1, 5))
def test_counts_equal_a_recount_after_a_change_of_zones(
    told: list[tuple[int, Incoming]], change_at: int, count: int
) -> None:
    """Zones redrawn in the middle of anything: counted anew at once, and right ever after."""
    state = State([town()])
    for number, (clock, event) in enumerate(told):
        if number == change_at:
            ids = tuple(f"z{i}" for i in range(count))
            width = 0.3 / count
            boxes = [shapely.box(i * width, 0, (i + 1) * width, 0.1) for i in range(count)]
            zones = ZoneSet(ids, ids, np.array(boxes, dtype=np.object_), np.zeros(count))
            replan(state, [replace(town(), zones=zones, locator=Locator(zones))])
            state.check()
        step(state, [event], clock)
        state.check()
