"""A recording as columns: whatever part is taken of it holds the very events of that part."""

from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from monitor.core.events import CourierPosition, CourierPushResponse, CourierStatusChanged
from monitor.core.positions import KEEP, PositionBlock
from monitor.core.reports import Incoming, Input
from monitor.core.stretch import Stretch
from monitor.core.tables.columns import STATUSES
from tests.support.happenings import COURIER_WORDS, POSITIONS, stories

COURIERS = (CourierPosition, CourierStatusChanged, CourierPushResponse)


def unpacked(inputs: list[Input]) -> list[Incoming]:
    """Inputs with the positions of their blocks as events."""
    found: list[Incoming] = []
    for item in inputs:
        if not isinstance(item, PositionBlock):
            found.append(item)
            continue
        columns = (item.ids, item.ts.tolist(), item.lon.tolist(), item.lat.tolist(), item.status)
        for id_, ts, lon, lat, code in zip(*columns, strict=True):
            status = None if code == KEEP else STATUSES[code]
            found.append(CourierPosition(item.city, ts, id_, lat, lon, status))  # type: ignore[arg-type]
    return found


def in_order(events: list[Incoming]) -> dict[str, list[Incoming]]:
    """What must keep its order: the courier's events of each city, and all but positions."""
    kept: dict[str, list[Incoming]] = defaultdict(list)
    for event in events:
        if isinstance(event, CourierPosition):
            event = replace(event, accuracy_m=None, speed_mps=None, heading_deg=None, network=None)
        if isinstance(event, COURIERS):
            kept[event.city].append(event)
        if not isinstance(event, CourierPosition):
            kept["others"].append(event)
    return kept


@settings(max_examples=100, deadline=None)
@given(
    stories(POSITIONS | COURIER_WORDS, min_size=30, max_size=90) | stories(bursts=True),
    st.lists(st.sampled_from([False, False, False, True]), min_size=120, max_size=120),
    st.integers(0, 120),
    st.integers(0, 120),
)
def test_any_part_holds_its_events_in_an_order_that_does_the_same(
    told: list[tuple[int, Incoming]], elsewhere: list[bool], one: int, other: int
) -> None:
    """Of each city the couriers' events keep their order, and so does all that is no position."""
    events = [
        replace(event, city="elsewhere") if moved else event
        for (_, event), moved in zip(told, elsewhere, strict=False)
    ]
    start, stop = sorted((min(one, len(events)), min(other, len(events))))
    stretch = Stretch(events)
    assert len(stretch) == len(events)
    assert stretch.ts.tolist() == [event.ts for event in events]
    assert stretch.cities == {event.city for event in events}
    assert in_order(unpacked(stretch.part(start, stop))) == in_order(events[start:stop])
