"""Faults to order do what they say, from when they are ordered to when they end."""

from collections.abc import Iterable
from itertools import pairwise

import pytest

from monitor.core.events import (
    CityWeather,
    CourierEvent,
    CourierPosition,
    CourierStatusChanged,
    Event,
    OrderAccepted,
    OrderPickedUp,
    OrderPlaced,
    OrderReady,
    VenueHeartbeat,
    VenueUpdated,
)
from sim.city import SimCity
from sim.faults import Fault, FaultError, parse_fault
from sim.settings import DEFAULT_START_MS, SimSettings
from tests.sim.days import Lawful

MINUTE = 60_000
# 18:00 in the city.
DINNER = DEFAULT_START_MS + 510 * MINUTE
BEGIN, END = DINNER + 30 * MINUTE, DINNER + 60 * MINUTE


def day(*faults: str, minutes: int = 90, orders: float = 120.0) -> list[Event]:
    """An evening with these faults, lawful in spite of them."""
    chosen = SimSettings(
        seed=2,
        couriers=60,
        venues=12,
        orders_per_hour=orders,
        position_interval_ms=30_000,
        start_ms=DINNER,
        faults=tuple(map(parse_fault, faults)),
    )
    return SimCity(chosen).advance(DINNER + minutes * MINUTE)


def during(events: Iterable[Event]) -> list[Event]:
    return [event for event in events if BEGIN < event.ts < END]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("rain@12:30+45m", Fault("rain", 45 * MINUTE, clock_min=750)),
        ("rain:2.5@0:05+90s", Fault("rain", 90_000, clock_min=5, argument="2.5")),
        ("silent-feed:couriers@13:00+10m",
         Fault("silent-feed", 10 * MINUTE, clock_min=780, argument="couriers")),
        ("stalled-venue:v7@+5m+1.5h",
         Fault("stalled-venue", 90 * MINUTE, after_ms=5 * MINUTE, argument="v7")),
        ("pickup-stall@+0s+1m", Fault("pickup-stall", MINUTE)),
    ],
)  # fmt: skip
def test_a_fault_is_read_as_written(text: str, fault: Fault) -> None:
    """Kind, argument, beginning and duration stand where the format says."""
    assert parse_fault(text) == fault


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "such as rain@12:30"),
        ("rain", "such as rain@12:30"),
        ("rain@12:30", "such as rain@12:30"),
        ("hail@12:30+5m", "'hail' is none of rain"),
        ("rain@25:00+5m", "'25:00' is no time"),
        ("rain@12:30+5", "'5' is no duration"),
        ("rain@12:30+0m", "longer than nothing"),
        ("rain@12:30+999h", "longer than a week"),
        ("rain@+5x+5m", "'5x' is no time after the start"),
        ("rain:wet@12:30+5m", "not 'wet'"),
        ("rain:@12:30+5m", "takes millimetres"),
        ("pickup-stall:v1@12:30+5m", "takes no argument"),
        ("silent-feed@12:30+5m", "needs a stream"),
        ("silent-feed:trams@12:30+5m", "needs a stream"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_in_one_line(text: str, word: str) -> None:
    """The message repeats the fault and says what is wrong with it."""
    with pytest.raises(FaultError) as caught:
        parse_fault(text)
    assert word in str(caught.value)
    assert repr(text) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_time_of_day_is_the_next_one_in_the_city() -> None:
    """18:30 local is half an hour after 18:00, and 17:00 is tomorrow's."""
    assert parse_fault("rain@18:30+5m").begin_ms(DINNER, 120) == DINNER + 30 * MINUTE
    assert parse_fault("rain@17:00+5m").begin_ms(DINNER, 120) == DINNER + 23 * 60 * MINUTE
    assert parse_fault("rain@18:00+5m").begin_ms(DINNER, 120) == DINNER


def test_a_venue_or_network_that_the_city_lacks_is_refused() -> None:
    """The city itself checks the names that only it knows."""
    with pytest.raises(FaultError, match="no venue 'v99'"):
        day("stalled-venue:v99@18:30+30m")
    with pytest.raises(FaultError, match="no venue 'v98'"):
        day("slow-kitchen:v98@18:30+30m")
    with pytest.raises(FaultError, match="'tin-can' is none of"):
        day("network-outage:tin-can@18:30+30m")
    with pytest.raises(FaultError, match="'atlantis' is none of airfield"):
        day("crowd:atlantis@18:30+30m")


def test_rain_is_told_brings_orders_and_slows_couriers() -> None:
    """More orders than without it, a weather event at either end, less speed."""
    wet, dry = day("rain:6@18:30+30m", orders=400.0), day(orders=400.0)
    rain = [e for e in wet if isinstance(e, CityWeather)]
    assert [e.precipitation_mm_h for e in rain] == [0.0, 6.0, 0.0, 0.0]
    assert {rain[1].ts, rain[2].ts} == {BEGIN, END}
    orders = [sum(isinstance(e, OrderPlaced) for e in during(events)) for events in (wet, dry)]
    assert orders[0] > 1.25 * orders[1]
    late = END - MINUTE
    fastest = [
        max(e.speed_mps or 0 for e in events if isinstance(e, CourierPosition) and e.ts > late)
        for events in (during(wet), during(dry))
    ]
    assert fastest[0] < 0.85 * fastest[1]
    Lawful().watch(wet)


def test_rain_sends_some_idle_couriers_home_until_it_is_over() -> None:
    """With hardly an order about, one in five goes home at its beginning and is back at its end."""
    events = day("rain@18:30+30m", orders=5.0)
    changes = [e for e in events if isinstance(e, CourierStatusChanged)]
    gone = {e.courier_id for e in changes if e.ts == BEGIN and e.status == "off"}
    back = {e.courier_id for e in changes if e.ts == END and e.status == "idle"}
    assert 2 <= len(gone) <= 15
    assert back <= gone
    assert len(back) >= len(gone) / 2
    assert not gone & {e.courier_id for e in during(events) if isinstance(e, CourierPosition)}


def test_an_outage_silences_all_on_its_network_and_nobody_else() -> None:
    """Phones and tablets on the network bring nothing while it lasts, and come back after."""
    events = day("network-outage:lte-b@18:30+30m")
    devices = (CourierPosition, VenueHeartbeat)
    networks = {e.network for e in during(events) if isinstance(e, devices)}
    assert networks == {"lte-a", "lte-c", "fibre-a"}
    after = {e.network for e in events if isinstance(e, devices) and e.ts > END}
    assert after == {"lte-a", "lte-b", "lte-c", "fibre-a"}


def test_a_stalled_venue_gets_nothing_ready_and_goes_on_sending_heartbeats() -> None:
    """Its orders are accepted but none is ready before the end, then all are."""
    events = day("stalled-venue@18:30+30m")
    venue_of = {e.order_id: e.venue_id for e in events if isinstance(e, OrderPlaced)}
    counts = {venue: list(venue_of.values()).count(venue) for venue in venue_of.values()}
    busiest = max(counts, key=lambda venue: counts[venue])
    mine = [e for e in events if venue_of.get(getattr(e, "order_id", "")) == busiest]
    assert not [e for e in during(mine) if isinstance(e, OrderReady)]
    assert [e for e in during(mine) if isinstance(e, OrderAccepted)]
    assert [e for e in mine if isinstance(e, OrderReady) and e.ts >= END]
    assert [e for e in during(events) if isinstance(e, VenueHeartbeat) and e.venue_id == busiest]


def test_a_silent_venue_sends_no_heartbeat_and_accepts_nothing() -> None:
    """Its tablet is dead: orders pile up unaccepted until the end."""
    events = day("silent-venue:v01@18:30+30m")
    venue_of = {e.order_id: e.venue_id for e in events if isinstance(e, OrderPlaced)}
    silent = during(events)
    assert not [e for e in silent if isinstance(e, VenueHeartbeat) and e.venue_id == "v01"]
    accepted = [e for e in silent if isinstance(e, OrderAccepted)]
    assert accepted
    assert "v01" not in {venue_of[e.order_id] for e in accepted}
    late = [e for e in events if isinstance(e, OrderAccepted) and e.ts >= END]
    assert "v01" in {venue_of[e.order_id] for e in late}


def test_a_silent_feed_brings_nothing_of_its_stream() -> None:
    """The couriers' stream stops, the others go on, and life behind it too."""
    events = day("silent-feed:couriers@18:30+30m")
    assert not [e for e in during(events) if isinstance(e, CourierEvent)]
    assert [e for e in during(events) if isinstance(e, OrderPickedUp)]
    assert [e for e in events if isinstance(e, CourierPosition) and e.ts > END]


def test_while_pickups_stall_nobody_leaves_with_an_order() -> None:
    """Orders get ready and wait at the counter until the stall is over."""
    events = day("pickup-stall@18:30+30m")
    assert not [e for e in during(events) if isinstance(e, OrderPickedUp)]
    assert [e for e in during(events) if isinstance(e, OrderReady)]
    assert [e for e in events if isinstance(e, OrderPickedUp) and e.ts > END]
    Lawful().watch(events)


def orders_in(events: Iterable[Event], quarter: str) -> int:
    """How many orders were placed at venues of a quarter, by the venues' names."""
    names = {e.venue_id: e.name or "" for e in events if isinstance(e, VenueUpdated)}
    return sum(names[e.venue_id].startswith(quarter) for e in events if isinstance(e, OrderPlaced))


def test_a_crowd_orders_four_times_as_much_in_its_quarter_and_nowhere_else() -> None:
    """While it lasts the quarter's venues have about four times the orders, the others theirs."""
    usual, crowded = day(orders=600.0), day("crowd:university@18:30+30m", orders=600.0)
    opening = [e for e in usual if isinstance(e, VenueUpdated)]
    few, many = (
        orders_in([*opening, *during(events)], "University") for events in (usual, crowded)
    )
    assert 2.5 < many / few < 6.0
    rest = [
        sum(isinstance(e, OrderPlaced) for e in during(events)) - mine
        for events, mine in ((usual, few), (crowded, many))
    ]
    assert 0.85 < rest[1] / rest[0] < 1.15
    Lawful().watch(crowded)


def test_a_slow_kitchen_falls_behind_by_what_is_ordered_and_keeps_its_turns() -> None:
    """Its orders get ready 8 minutes apart at the least, later and later, in their order."""
    events = day("slow-kitchen@18:00+90m", orders=200.0)
    venue_of = {e.order_id: e.venue_id for e in events if isinstance(e, OrderPlaced)}
    busiest = max(set(venue_of.values()), key=list(venue_of.values()).count)
    promised = {e.order_id: e.ready_ts for e in events if isinstance(e, OrderAccepted)}
    mine = [e for e in events if isinstance(e, OrderReady) and venue_of[e.order_id] == busiest]
    assert len(mine) >= 8
    assert all(after.ts - before.ts >= 8 * MINUTE for before, after in pairwise(mine))
    late = [e.ts - (promised[e.order_id] or 0) for e in mine]
    assert late[-1] > 30 * MINUTE > 5 * MINUTE > late[0]
    others = [
        e.ts - (promised[e.order_id] or 0)
        for e in events
        if isinstance(e, OrderReady) and venue_of[e.order_id] != busiest
    ]
    assert sum(others) / len(others) < 3 * MINUTE
    Lawful().watch(events)


def test_faults_overlap_and_end_one_by_one() -> None:
    """Of two rains, one within the other, the longer one keeps it raining."""
    events = day("rain:2@18:30+30m", "rain:8@18:40+10m")
    rain = [(e.ts - DINNER) // MINUTE for e in events if isinstance(e, CityWeather)]
    fall = [e.precipitation_mm_h for e in events if isinstance(e, CityWeather)]
    assert rain == [0, 30, 40, 50, 60, 60]
    assert fall[:4] == [0.0, 2.0, 8.0, 2.0]
