"""The lines of a replay on zones: whole at every time, whatever changed since the one before."""

import json
from typing import Any

from monitor.core.effects import Effects
from monitor.core.state import State
from monitor.core.step import apply
from monitor.zone_lines import ZoneLines
from tests.support.cities import CITY, assigned, at, courier, placed, small_city, venue


def test_a_line_says_all_of_its_zone_whether_or_not_it_changed() -> None:
    """A wait that goes on is told anew each time, as is one that ended, and a zone at rest."""
    plan = small_city()
    state = State([plan])
    city = state.cities[CITY]
    lines = ZoneLines(CITY, plan.zones.ids)

    def told(seconds: float) -> list[dict[str, Any]]:
        return [json.loads(line) for line in lines.at(city, at(seconds)).splitlines()]

    state.now_ms = at(0)
    apply(state, [venue(0), courier(0, "c", 0.05), placed(0, "o")], Effects())
    waits = []
    for seconds in (30, 90.005):
        found = told(seconds)
        assert [line["zone_id"] for line in found] == list(plan.zones.ids)
        assert {(line["type"], line["city"], line["ts"]) for line in found} == {
            ("zone", CITY, at(seconds))
        }
        waits.append([line["oldest_wait_s"] for line in found])
        assert sum(line["waiting"] for line in found) == sum(line["idle"] for line in found) == 1
    assert [max(wait) for wait in waits] == [30, 90.005]
    apply(state, [assigned(91, "o", "c")], Effects())
    found = told(120)
    assert sum(line["open"] for line in found) == 1
    assert all(line["waiting"] == line["oldest_wait_s"] == 0 for line in found)
