"""The simulated city: the same however it is cut, lawful, and alive in the right rhythm."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.events import (
    CourierPosition,
    CourierPushResponse,
    CourierStatusChanged,
    Event,
    OrderPlaced,
    VenueHeartbeat,
)
from sim.city import SimCity
from sim.plane import Plane
from sim.settings import DEFAULT_START_MS, SimSettings
from sim.town import CENTRE
from sim.wire import encode
from tests.sim.days import Lawful, decode

MINUTE = 60_000
HOUR = 60 * MINUTE
LUNCH = DEFAULT_START_MS + 3 * HOUR
SMALL = SimSettings(seed=4, couriers=30, venues=12, orders_per_hour=60.0, start_ms=LUNCH)


def run(chosen: SimSettings, minutes: int) -> list[Event]:
    return SimCity(chosen).advance(chosen.start_ms + minutes * MINUTE)


def test_a_day_is_lawful_and_every_event_is_of_the_contract() -> None:
    """A day read back from its bytes has legal orders, and couriers with one order at a time."""
    chosen = SimSettings(
        seed=1, couriers=25, venues=10, orders_per_hour=50.0, position_interval_ms=60_000
    )
    events = run(chosen, 24 * 60)
    again = decode(b"\n".join(map(encode, events)))
    assert again == events
    lawful = Lawful().watch(again)
    assert len(lawful.step) > 200


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(0, 12 * MINUTE), max_size=6))
def test_any_cut_of_the_time_gives_the_same_events(cuts: list[int]) -> None:
    """Advancing in any steps, repeated and backward ones included, changes nothing."""
    whole = run(SMALL, 12)
    city = SimCity(SMALL)
    pieces = [city.advance(SMALL.start_ms + cut) for cut in [*cuts, 12 * MINUTE]]
    assert [event for piece in pieces for event in piece] == whole


def test_the_same_seed_gives_the_same_bytes_and_another_one_others() -> None:
    """A city is a function of its settings."""
    first = b"\n".join(map(encode, run(SMALL, 10)))
    assert b"\n".join(map(encode, run(SMALL, 10))) == first
    other = SimSettings(seed=5, couriers=30, venues=12, orders_per_hour=60.0, start_ms=LUNCH)
    assert b"\n".join(map(encode, run(other, 10))) != first


def test_orders_peak_at_lunch_and_higher_at_dinner() -> None:
    """The hours of noon and seven have more orders than those around them."""
    chosen = SimSettings(
        couriers=1, venues=20, orders_per_hour=600.0, start_ms=DEFAULT_START_MS - HOUR // 2
    )
    events = run(chosen, 15 * 60)
    hours = Counter(
        9 + (event.ts - chosen.start_ms) // HOUR
        for event in events
        if isinstance(event, OrderPlaced)
    )
    assert hours[10] < hours[12] > hours[15] < hours[19] > hours[22]
    assert hours[19] > hours[12]


def test_positions_come_at_the_interval_with_the_gaps_of_real_phones() -> None:
    """Most steps keep 5 s, one in ten loses a fix, and about one in a hundred is a silence."""
    chosen = SimSettings(couriers=200, venues=5, orders_per_hour=0.0, always_on=True)
    last: dict[str, int] = {}
    steps: list[int] = []
    for event in run(chosen, 30):
        if isinstance(event, CourierPosition):
            if event.courier_id in last:
                steps.append(event.ts - last[event.courier_id])
            last[event.courier_id] = event.ts
    gaps = np.array(steps)
    assert not (gaps % 5_000).any()
    assert 0.85 < (gaps == 5_000).mean() < 0.92
    assert 0.07 < (gaps == 10_000).mean() < 0.13
    assert 0.003 < (gaps > 20_000).mean() < 0.012
    assert gaps.max() < 12 * MINUTE


def test_couriers_ride_no_faster_than_they_can() -> None:
    """Between two positions nobody moves farther than the speed and the noise allow."""
    plane = Plane(*CENTRE)
    before: dict[str, tuple[int, float, float]] = {}
    moved = 0
    for event in run(SMALL, 40):
        if not isinstance(event, CourierPosition):
            continue
        x, y = plane.xy(event.lon, event.lat)
        if event.courier_id in before:
            ts, old_x, old_y = before[event.courier_id]
            metres = float(np.hypot(x - old_x, y - old_y))
            assert metres < 5.0 * (event.ts - ts) / 1000 + 30.0
            moved += metres > 15.0
        before[event.courier_id] = (event.ts, x, y)
    assert moved > 100


def test_tablets_send_a_heartbeat_a_minute() -> None:
    """Each venue is heard of once a minute from the first minute on."""
    beats: dict[str, list[int]] = {}
    for event in run(SMALL, 5):
        if isinstance(event, VenueHeartbeat):
            beats.setdefault(event.venue_id, []).append(event.ts)
    assert len(beats) == 12
    for times in beats.values():
        assert {after - before for before, after in pairwise(times)} == {MINUTE}


def test_a_courier_who_accepts_a_push_rides_there() -> None:
    """Idle couriers who are pushed to a corner all answer so and come near it."""
    chosen = SimSettings(
        couriers=10, venues=3, orders_per_hour=0.0, always_on=True, push_acceptance=1.0
    )
    city = SimCity(chosen)
    city.advance(chosen.start_ms + MINUTE)
    plane = Plane(*CENTRE)
    corner = plane.point(3_000.0, 3_000.0)
    assert all(city.push(courier, f"p-{courier}", *corner) for courier in city.fleet.ids)
    events = city.advance(chosen.start_ms + 60 * MINUTE)
    answers = {e.courier_id: e for e in events if isinstance(e, CourierPushResponse)}
    assert {answer.response for answer in answers.values()} == {"accepted"}
    assert {answer.push_id for answer in answers.values()} == {f"p-{c}" for c in city.fleet.ids}
    last = {e.courier_id: e for e in events if isinstance(e, CourierPosition)}
    for event in last.values():
        assert plane.xy(event.lon, event.lat) == pytest.approx((3_000.0, 3_000.0), abs=25.0)


def test_some_pushes_are_declined_and_some_never_answered() -> None:
    """With the default acceptance all three outcomes happen; a stranger cannot be pushed."""
    chosen = SimSettings(couriers=200, venues=3, orders_per_hour=0.0, always_on=True)
    city = SimCity(chosen)
    city.advance(chosen.start_ms)
    for courier in city.fleet.ids:
        city.push(courier, "p", *CENTRE[::-1])
    answers = Counter(
        event.response
        for event in city.advance(chosen.start_ms + MINUTE)
        if isinstance(event, CourierPushResponse)
    )
    assert 60 <= answers["accepted"] <= 100
    assert 40 <= answers["declined"] <= 80
    assert not city.push("nobody", "p", *CENTRE[::-1])


def test_everybody_always_on_never_leaves() -> None:
    """A city made for load has all couriers on shift throughout."""
    chosen = SimSettings(couriers=40, venues=3, orders_per_hour=0.0, always_on=True)
    statuses = [e.status for e in run(chosen, 60) if isinstance(e, CourierStatusChanged)]
    assert statuses == ["idle"] * 40


@pytest.mark.parametrize(
    ("name", "value"),
    [("couriers", 0), ("venues", 0), ("quarters", ()), ("seed", -1), ("city", "")],
)
def test_a_city_that_cannot_be_is_refused(name: str, value: object) -> None:
    """Settings out of their range raise one line that names the field."""
    with pytest.raises(ValueError, match=name):
        SimSettings(**{name: value})  # type: ignore[arg-type]
