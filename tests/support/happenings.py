"""Anything that may happen in the small city, as Hypothesis strategies: for property tests.

Few couriers, orders and venues, so that events of one of them meet; late events, repeats, steps
out of order, gaps of every length at which something falls due.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from alerts.mute import Matcher
from monitor.core.commands import Silence
from monitor.core.events import (
    CityWeather,
    CourierPosition,
    CourierPushResponse,
    CourierStatusChanged,
    Event,
    OrderAccepted,
    OrderAssigned,
    OrderCancelled,
    OrderDelivered,
    OrderPayment,
    OrderPickedUp,
    OrderPlaced,
    OrderProblem,
    OrderReady,
    OrderUnassigned,
    Place,
    VenueHeartbeat,
    VenueStatus,
    VenueUpdated,
)
from monitor.core.reports import Incoming
from tests.support.cities import CITY, T0

COURIERS = tuple(f"c{i}" for i in range(5))
ORDERS = tuple(f"o{i}" for i in range(5))
VENUES = tuple(f"v{i}" for i in range(3))

# Inside each of the three zones, on the borders between them, and outside of all.
LON = st.sampled_from([0.05, 0.0503, 0.1, 0.15, 0.2, 0.25, 0.3, 0.31, -0.01])
LAT = st.sampled_from([0.05, 0.0, 0.1, 0.2])
COURIER_STATUS = st.sampled_from(["idle", "to_venue", "at_venue", "to_customer", "off"])
PAYMENT = st.sampled_from(["paid", "unpaid", "cash"])

# How long until the next event, ms: mostly moments, sometimes just what a deadline needs.
GAPS = st.sampled_from(
    [
        *(0, 0, 1, 400, 999, 1_000, 5_000, 10_000, 30_000, 59_999, 60_000, 60_001, 61_000),
        *(120_000, 179_000, 300_000, 301_000, 480_000, 600_000, 3_600_000),
    ]
)
# How old an event is when it comes, ms: seldom late.
AGES = st.sampled_from([0] * 12 + [1, 1_000, 30_000, 61_000, 400_000, 4_000_000])

_city = st.just(CITY)
_ts = st.just(0)  # put in place by `stories`
_far = st.integers(-30, 60).map(lambda minutes: T0 + minutes * 60_000)
_courier = st.sampled_from(COURIERS)
_order = st.sampled_from(ORDERS)
_venue = st.sampled_from(VENUES)
_maybe_far = st.none() | _far

POSITIONS: st.SearchStrategy[Event] = st.builds(
    CourierPosition, _city, _ts, _courier, LAT, LON, st.none() | COURIER_STATUS
)
COURIER_WORDS: st.SearchStrategy[Event] = st.one_of(
    st.builds(CourierStatusChanged, _city, _ts, _courier, COURIER_STATUS),
    st.builds(
        CourierPushResponse,
        _city,
        _ts,
        _courier,
        st.just("p"),
        st.sampled_from(["accepted", "declined"]),
    ),
)
PLACED: st.SearchStrategy[Event] = st.builds(
    OrderPlaced,
    _city,
    _ts,
    _order,
    _venue,
    st.builds(Place, LAT, LON),
    _far,
    _maybe_far,
    st.sampled_from([None, "key account"]),
    PAYMENT,
)
ORDER_STEPS: st.SearchStrategy[Event] = st.one_of(
    st.builds(OrderAccepted, _city, _ts, _order, _maybe_far),
    st.builds(OrderReady, _city, _ts, _order),
    st.builds(OrderAssigned, _city, _ts, _order, _courier),
    st.builds(OrderUnassigned, _city, _ts, _order),
    st.builds(OrderPickedUp, _city, _ts, _order, st.none() | _courier),
    st.builds(OrderDelivered, _city, _ts, _order),
    st.builds(OrderCancelled, _city, _ts, _order),
    st.builds(OrderPayment, _city, _ts, _order, PAYMENT),
    st.builds(OrderProblem, _city, _ts, _order, st.just("damaged")),
)
VENUE_WORDS: st.SearchStrategy[Event] = st.one_of(
    st.builds(
        VenueUpdated,
        _city,
        _ts,
        _venue,
        LAT,
        LON,
        st.none(),
        st.sampled_from([None, 0.0, 12.5]),
        st.sampled_from([None, "key account"]),
    ),
    st.builds(
        VenueStatus,
        _city,
        _ts,
        _venue,
        st.sampled_from(["open", "busy", "paused", "closed"]),
        _maybe_far,
    ),
    st.builds(VenueHeartbeat, _city, _ts, _venue),
)
WEATHER: st.SearchStrategy[Event] = st.builds(CityWeather, _city, _ts)
EVENTS = st.one_of(
    POSITIONS, POSITIONS, COURIER_WORDS, PLACED, PLACED, ORDER_STEPS, ORDER_STEPS, VENUE_WORDS
) | st.one_of(WEATHER, ORDER_STEPS)


def at_time(event: Any, ts: int) -> Any:
    """The same event at another time."""
    fields = {name: getattr(event, name) for name in event.__struct_fields__}
    return type(event)(**(fields | {"ts": ts}))


@st.composite
def stories(
    draw: st.DrawFn,
    events: st.SearchStrategy[Event] = EVENTS,
    max_size: int = 60,
    bursts: bool = False,
    people: bool = False,
    min_size: int = 0,
) -> list[tuple[int, Incoming]]:
    """What comes when: (clock, event) in the order of arrival; some events late, some repeated.

    With `bursts` now and then two dozen positions come at about one time. With `people` somebody
    silences a rule now and then.
    """
    told: list[tuple[int, Incoming]] = []
    clock = T0
    happened = st.lists(st.tuples(events, GAPS, AGES), min_size=min_size, max_size=max_size)
    for event, gap, age in draw(happened):
        clock += gap
        told.append((clock, at_time(event, max(clock - age, 0))))
        if told and draw(st.integers(0, 15)) == 0:
            again = told[draw(st.integers(0, len(told) - 1))][1]
            if not isinstance(again, Silence):  # the engine stamps it when it is done, once
                told.append((clock, again))
        if bursts and draw(st.integers(0, 11)) == 0:
            some = draw(st.lists(st.tuples(POSITIONS, AGES), min_size=12, max_size=30))
            told += [(clock, at_time(position, clock - late)) for position, late in some]
        if people and draw(st.integers(0, 15)) == 0:
            rule = draw(st.sampled_from(["order_unaccepted", "zone_shortage", "order_late"]))
            silence = Silence(
                CITY, clock, "ann", (Matcher("rule", rule),), clock + 600_000, "tried"
            )
            told.append((clock, silence))
    return told


def in_batches(events: Sequence[Incoming], cuts: Sequence[int]) -> list[Sequence[Incoming]]:
    """The events in batches that end at `cuts` (places in the sequence)."""
    bounds = [0, *sorted(min(cut, len(events)) for cut in cuts), len(events)]
    return [events[start:end] for start, end in pairwise(bounds) if end > start]
