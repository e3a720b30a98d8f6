"""The order in which an order's events arrive: what is known in the end does not depend on it."""

from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.events import (
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
from monitor.core.state import State
from monitor.core.step import step
from monitor.core.tables.columns import UNPAID
from tests.support.cities import CITY, T0
from tests.support.happenings import at_time
from tests.support.towns import only, row_of, town

FEW = settings(max_examples=150, deadline=None)
NOW: Final = T0 + 1_000_000

# One event of each kind at most. A pick-up names its courier: one that does not leaves the courier
# to a late assignment, and of several of those to the first that comes.
WORDS: Final[tuple[Any, ...]] = (
    OrderPlaced(CITY, 0, "o", "v", Place(0.05, 0.05), NOW, NOW, "key", "unpaid"),
    OrderAccepted(CITY, 0, "o", NOW),
    OrderReady(CITY, 0, "o"),
    OrderAssigned(CITY, 0, "o", "c"),
    OrderUnassigned(CITY, 0, "o"),
    OrderPickedUp(CITY, 0, "o", "d"),
    OrderDelivered(CITY, 0, "o"),
    OrderCancelled(CITY, 0, "o"),
    OrderPayment(CITY, 0, "o", "paid"),
    OrderProblem(CITY, 0, "o", "damaged"),
)
VENUE_WORDS: Final[tuple[Any, ...]] = (
    VenueUpdated(CITY, 0, "v", 0.05, 0.05, "Old", 10),
    VenueUpdated(CITY, 0, "v", 0.05, 0.25, "New", 20),
    VenueStatus(CITY, 0, "v", "open"),
    VenueStatus(CITY, 0, "v", "closed"),
    VenueHeartbeat(CITY, 0, "v"),
)


@st.composite
def shuffled(draw: st.DrawFn, words: tuple[Any, ...]) -> tuple[list[Incoming], list[Incoming]]:
    """Some of the words at distinct times: in the order of time, and in another one."""
    some = draw(st.lists(st.sampled_from(words), min_size=2, unique_by=id))
    times = draw(
        st.lists(st.integers(T0, NOW), min_size=len(some), max_size=len(some), unique=True)
    )
    timed = [at_time(word, ts) for word, ts in zip(some, times, strict=True)]
    return sorted(timed, key=lambda event: event.ts), draw(st.permutations(timed))


def known(events: list[Incoming], repeated: bool = False) -> tuple[State, list[dict[str, Any]]]:
    """What is known of order and venue when all have come, no second having passed."""
    state = State([town(only())])
    for event in events:
        step(state, [event, event] if repeated else [event], NOW)
    state.check()
    city = state.cities[CITY]
    rows = []
    for table, id_ in ((city.orders, "o"), (city.venues, "v")):
        if table.find(id_) < 0:
            continue
        row = row_of(table, id_)
        for name in ("courier", "on_courier"):
            if name in row:
                row[name] = city.couriers.id(row[name]) if row[name] >= 0 else None
        if row.get("payment") != UNPAID:
            row.pop("unpaid_ts", None)  # since when it is unpaid: nothing, once it is paid
        # As text, in which what is not known (NaN) equals itself.
        rows.append({name: str(value) for name, value in row.items() if name != "due_ms"})
    return state, rows


@FEW
@given(shuffled(WORDS))
def test_the_steps_of_an_order_may_arrive_in_any_order(
    events: tuple[list[Incoming], list[Incoming]],
) -> None:
    """Placed, accepted, ready, assigned and all the rest: every column is the same in the end."""
    in_time, late = events
    (one, (told, *_)), (other, (told_late, *_)) = known(in_time), known(late)
    assert told == told_late
    for name in ("open", "waiting"):
        mine, theirs = (getattr(s.cities[CITY].balance, name) for s in (one, other))
        assert (mine == theirs).all()


@FEW
@given(shuffled(VENUE_WORDS))
def test_the_words_of_a_venue_may_arrive_in_any_order(
    events: tuple[list[Incoming], list[Incoming]],
) -> None:
    """Its newest place, status and heartbeat are what is known in the end."""
    in_time, late = events
    assert known(in_time)[1] == known(late)[1]


@FEW
@given(shuffled(WORDS))
def test_repeats_change_nothing_in_any_order(
    events: tuple[list[Incoming], list[Incoming]],
) -> None:
    """Each event told twice leaves what it leaves told once."""
    _, late = events
    assert known(late)[1] == known(late, repeated=True)[1]
