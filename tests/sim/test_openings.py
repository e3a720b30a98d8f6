"""The simulated city does what letters ask of its venues, once, and opens them again by itself."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.events import (
    CourierPushResponse,
    Event,
    OrderAccepted,
    OrderAssigned,
    OrderEvent,
    OrderPlaced,
    OrderReady,
    VenueStatus,
)
from sim.city import SimCity
from sim.faults import parse_fault
from sim.settings import DEFAULT_START_MS, SimSettings
from sim.town import CENTRE

MINUTE = 60_000
DINNER = DEFAULT_START_MS + 510 * MINUTE
CHOSEN = SimSettings(
    seed=3,
    couriers=60,
    venues=12,
    orders_per_hour=240.0,
    position_interval_ms=60_000,
    start_ms=DINNER,
)


def at(minutes: float) -> int:
    return DINNER + round(minutes * MINUTE)


def order_of(change: str, venue: str, key: str = "k", **more: Any) -> dict[str, Any]:
    """A letter to a venue's platform, as the monitor writes it."""
    return {
        "type": "venue", "key": key, "change": change, "city": "demo", "venue_id": venue,
        "action_id": "a", "ts": 0, "until_ts": None, "longer_prep_min": None, "reason": "slow",
        "evidence": {}, **more,
    }  # fmt: skip


def evening(
    ask: Callable[[SimCity, str], object] | None = None, minutes: int = 60, **more: Any
) -> tuple[list[Event], str]:
    """An hour in which something is asked about the busiest venue at ten past six; its id."""
    chosen = SimSettings(**{name: getattr(CHOSEN, name) for name in CHOSEN.__slots__} | more)
    city = SimCity(chosen)
    busiest = city.busiest_venues(1)[0]
    events = city.advance(at(10))
    if ask is not None:
        ask(city, busiest)
    return events + city.advance(at(minutes)), busiest


def statuses(events: list[Event]) -> list[tuple[float, str, int | None]]:
    """What venues told of themselves: (minute, status, until)."""
    return [
        ((event.ts - DINNER) / MINUTE, event.status, event.until_ts)
        for event in events
        if isinstance(event, VenueStatus)
    ]


def placed(events: list[Event], begin: float, end: float) -> Counter[str]:
    """Orders of each venue, placed between two minutes."""
    return Counter(
        event.venue_id
        for event in events
        if isinstance(event, OrderPlaced) and at(begin) < event.ts < at(end)
    )


def test_a_paused_venue_gets_no_orders_and_opens_by_itself() -> None:
    """Not one order from the pause to its end, told with its time; then they come again."""
    events, venue = evening(lambda city, v: city.pause(v, at(40)))
    assert statuses(events) == [(10, "paused", at(40)), (40, "open", None)]
    assert placed(events, 0, 10)[venue] > 0
    assert placed(events, 10, 40)[venue] == 0
    assert placed(events, 40, 60)[venue] > 0


def test_of_the_clients_of_a_paused_venue_six_in_ten_order_elsewhere() -> None:
    """The others are lost; what was wanted from other venues is the same as without the pause."""
    without, venue = evening()
    city = SimCity(CHOSEN)
    city.advance(at(10))
    city.pause(venue, at(60))
    with_pause = city.advance(at(60))
    wanted = placed(without, 10, 60)
    got = placed(with_pause, 10, 60)
    turned_away = wanted[venue]
    moved = turned_away - city.clients.lost
    assert turned_away > 20
    assert 0.4 < moved / turned_away < 0.8
    assert sum(got.values()) == sum(wanted.values()) - city.clients.lost
    assert all(got[other] >= wanted[other] for other in wanted if other != venue)
    ids = {e.order_id for e in without if isinstance(e, OrderPlaced)}
    assert {e.order_id for e in with_pause if isinstance(e, OrderPlaced)} < ids


def test_a_busy_venue_promises_longer_times_and_gets_a_few_orders_less() -> None:
    """Ten minutes more are promised, the kitchen is no slower, every seventh order stays away."""
    usual, venue = evening()
    busy, _ = evening(lambda city, v: city.busy(v, at(60), 10.0))
    assert statuses(busy) == [(10, "busy", at(60)), (60, "open", None)]
    assert 0.6 < placed(busy, 10, 60)[venue] / placed(usual, 10, 60)[venue] < 1.0

    def times(events: list[Event], kind: type, name: str) -> dict[str, int]:
        mine = {
            e.order_id
            for e in events
            if isinstance(e, OrderPlaced) and e.venue_id == venue and e.ts > at(10)
        }
        told = [e for e in events if isinstance(e, OrderEvent) and isinstance(e, kind)]
        return {e.order_id: getattr(e, name) for e in told if e.order_id in mine}

    for kind, name, more in ((OrderPlaced, "promised_ts", 10), (OrderAccepted, "ready_ts", 10),
                             (OrderReady, "ts", 0)):  # fmt: skip
        before, after = times(usual, kind, name), times(busy, kind, name)
        both = before.keys() & after.keys()
        assert both
        assert {after[order] - before[order] for order in both} == {more * MINUTE}


def test_a_resume_ends_a_pause_before_its_time_and_its_end_is_not_told_again() -> None:
    """Resumed at ten past, the venue tells that it is open once."""

    def ask(city: SimCity, venue: str) -> None:
        assert city.pause(venue, at(40))
        assert city.resume(venue)
        assert not city.resume(venue)

    events, _ = evening(ask)
    assert [(minute, status) for minute, status, _ in statuses(events)] == [
        (10, "paused"),
        (10, "open"),
    ]


def test_a_longer_pause_takes_the_place_of_a_shorter_one() -> None:
    """An extended pause ends once, at its later time."""

    def ask(city: SimCity, venue: str) -> None:
        city.pause(venue, at(20))
        city.pause(venue, at(35))

    events, _ = evening(ask)
    assert statuses(events)[-1] == (35, "open", None)
    assert len(statuses(events)) == 3


def test_what_cannot_be_is_refused() -> None:
    """A stranger is never paused, nor anybody until a time that is past."""
    city = SimCity(CHOSEN)
    city.advance(at(10))
    venue = city.busiest_venues(1)[0]
    assert not city.pause("nobody", at(20))
    assert not city.busy("nobody", at(20), 5.0)
    assert not city.resume("nobody")
    assert not city.pause(venue, at(10))
    assert not statuses(city.advance(at(30)))


def test_a_letter_that_comes_again_takes_effect_once() -> None:
    """A repeated pause after a resume does nothing, a repeated push gets one answer."""
    city = SimCity(SimSettings(couriers=30, venues=4, always_on=True, push_acceptance=1.0))
    start = city.settings.start_ms
    city.advance(start + MINUTE)
    pause = order_of("pause", "v1", until_ts=start + 20 * MINUTE)
    assert city.hear(pause)
    assert city.hear(order_of("resume", "v1", "k2"))
    assert not city.hear(pause)
    lat, lon = CENTRE
    push = {
        "type": "push", "key": "k3", "push_id": "p", "city": "demo", "courier_id": "c01",
        "lon": lon, "lat": lat,
    }  # fmt: skip
    assert city.hear(push)
    assert not city.hear(push)
    events = city.advance(start + 5 * MINUTE)
    assert [e.status for e in events if isinstance(e, VenueStatus)] == ["paused", "open"]
    answers = [e for e in events if isinstance(e, CourierPushResponse)]
    assert [(e.courier_id, e.push_id) for e in answers] == [("c01", "p")]


@pytest.mark.parametrize("change", ["pause", "extend", "busy", "resume"])
def test_every_change_of_a_letter_is_understood(change: str) -> None:
    """Each of the four does something to a venue that is paused already."""
    city = SimCity(CHOSEN)
    city.advance(at(10))
    venue = city.busiest_venues(1)[0]
    city.pause(venue, at(20))
    assert city.hear(order_of(change, venue, until_ts=at(30), longer_prep_min=10.0))


@pytest.mark.parametrize(
    "letter",
    [
        order_of("pause", "nobody", until_ts=DINNER + 9 * MINUTE),
        order_of("pause", "v01", until_ts=DINNER + 9 * MINUTE, city="elsewhere"),
        {"type": "notice", "key": "n", "city": "demo"},
        {"type": "drill", "key": "d"},
    ],
    ids=["stranger", "another city", "notice", "drill"],
)
def test_letters_that_do_not_concern_the_city_do_nothing(letter: dict[str, Any]) -> None:
    """Somebody unknown, another city, people's notices and drills change no event."""
    city = SimCity(CHOSEN)
    assert not city.hear(letter)
    assert not statuses(city.advance(at(10)))


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(0, 25 * MINUTE), max_size=5))
def test_however_time_is_cut_a_pause_gives_the_same_events(cuts: list[int]) -> None:
    """The same letters at the same times give the same events whatever the steps between."""
    chosen = SimSettings(
        seed=4, couriers=20, venues=8, orders_per_hour=120.0, start_ms=DINNER,
        position_interval_ms=60_000, faults=(parse_fault("slow-kitchen@+0s+20m"),),
    )  # fmt: skip

    def day(steps: list[int]) -> list[Event]:
        city = SimCity(chosen)
        events: list[Event] = []
        for step in sorted([*steps, 5 * MINUTE, 25 * MINUTE]):
            events += city.advance(DINNER + step)
            if step == 5 * MINUTE:
                city.pause(city.busiest_venues(1)[0], at(15))
                city.busy(city.busiest_venues(2)[1], at(18), 5.0)
        return events

    # The minute of the letters itself is cut where they come, in both.
    assert day([cut for cut in cuts if cut != 5 * MINUTE]) == day([])


def test_a_kitchen_that_waits_for_couriers_readies_nothing_that_has_none() -> None:
    """Each order is ready three minutes after it was given to a courier at the soonest."""
    events, _ = evening(waiting_kitchen_share=1.0, couriers=15)
    given: dict[str, int] = {}
    late = 0
    for event in events:
        if isinstance(event, OrderAssigned):
            given[event.order_id] = event.ts
        elif isinstance(event, OrderReady):
            assert event.ts >= given[event.order_id] + 3 * MINUTE
            late += event.ts == given[event.order_id] + 3 * MINUTE
    assert late > 5
