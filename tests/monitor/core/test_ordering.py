"""Late, repeated and missing events of orders and venues (contract, section 2)."""

import pytest

from monitor.core.events import (
    OrderAccepted,
    OrderCancelled,
    OrderDelivered,
    OrderPayment,
    OrderPickedUp,
    OrderReady,
    OrderUnassigned,
    VenueHeartbeat,
)
from monitor.core.tables.table import NEVER
from tests.support.cities import CITY, assigned, at, cancelled, placed
from tests.support.towns import Story, only, row_of, town, venue, venue_is

OPEN = {"idle": 0, "busy": 0, "open": 1, "waiting": 0}
WAITING = {"idle": 0, "busy": 0, "open": 1, "waiting": 1}
NONE = {"idle": 0, "busy": 0, "open": 0, "waiting": 0}


def story() -> Story:
    """A city without rules and a venue in the west."""
    told = Story(town(only()))
    told.say(0, venue(0))
    return told


def tally(told: Story) -> tuple[int, int, int]:
    """Applied, stale, orphans."""
    counts = told.state.tally
    return counts.applied, counts.stale, counts.orphan


def accepted(seconds: float, ready_s: float | None = None) -> OrderAccepted:
    """The venue takes the order `o`."""
    return OrderAccepted(CITY, at(seconds), "o", None if ready_s is None else at(ready_s))


# --- orders ----------------------------------------------------------------------------------


def test_a_late_accept_fills_its_gap() -> None:
    """After `order.ready` the accept's own time and promise are still learned, and applied."""
    told = story()
    told.say(1, placed(1))
    told.say(100, OrderReady(CITY, at(100), "o"))
    told.say(101, accepted(50, ready_s=90))
    order = told.order()
    assert (order["accepted_ts"], order["venue_ready_ts"]) == (at(50), at(90))
    assert tally(told) == (4, 0, 0)


def test_a_late_event_that_fills_nothing_is_stale() -> None:
    """The same late accept once more changes nothing and is counted."""
    told = story()
    told.say(1, placed(1))
    told.say(100, OrderReady(CITY, at(100), "o"))
    told.say(101, accepted(50), accepted(50), accepted(40, ready_s=95))
    assert told.order()["accepted_ts"] == at(50)
    assert tally(told) == (4, 2, 0)


@pytest.mark.parametrize(
    "event",
    [
        accepted(2),
        OrderReady(CITY, at(3), "o"),
        assigned(4, "o", "c"),
        OrderPickedUp(CITY, at(5), "o", "c"),
        OrderDelivered(CITY, at(6), "o"),
        OrderCancelled(CITY, at(6), "o"),
        OrderPayment(CITY, at(7), "o", "cash"),
    ],
    ids=lambda event: type(event).__name__,
)
def test_a_repeated_event_changes_nothing(event: object) -> None:
    """Told twice or three times, at once or later, an order is as told once."""
    once, thrice = story(), story()
    for told in (once, thrice):
        told.say(1, placed(1))
        told.say(10, event)  # type: ignore[arg-type]
    thrice.say(10, event)  # type: ignore[arg-type]
    thrice.say(500, event)  # type: ignore[arg-type]
    once.until(500)
    assert once.order() == thrice.order()
    assert once.counts() == thrice.counts()
    thrice.state.check()


def test_an_order_placed_twice_is_one_order() -> None:
    """A second `order.placed` for a known order changes nothing."""
    told = story()
    told.say(1, placed(1))
    told.say(2, placed(2, promised_s=9999))
    assert told.order()["placed_ts"] == at(1)
    assert told.counts() == WAITING


def test_a_later_step_implies_the_earlier_ones() -> None:
    """Delivered means picked up, ready and accepted, though nobody told when."""
    told = story()
    told.say(1, placed(1))
    told.say(2, OrderDelivered(CITY, at(2), "o"))
    order = told.order()
    assert all(order[flag] for flag in ("picked", "ready", "accepted", "closed"))
    assert (order["picked_ts"], order["ready_ts"], order["accepted_ts"]) == (NEVER,) * 3
    assert told.counts() == NONE


def test_ready_implies_accepted_but_not_picked_up() -> None:
    """Implied are the earlier steps, not the later ones."""
    told = story()
    told.say(1, placed(1), OrderReady(CITY, at(1), "o"))
    order = told.order()
    assert [order[flag] for flag in ("accepted", "ready", "picked")] == [True, True, False]


def test_picking_up_means_that_somebody_has_the_order() -> None:
    """An order picked up by nobody known does not wait for a courier."""
    told = story()
    told.say(1, placed(1), OrderPickedUp(CITY, at(1), "o"))
    assert told.counts() == OPEN


def test_an_event_of_an_order_never_placed_opens_it_and_is_an_orphan() -> None:
    """Nothing is counted in a zone, for nobody knows where; its steps are known."""
    told = story()
    told.say(1, OrderReady(CITY, at(1), "o"))
    assert tally(told) == (2, 0, 1)
    assert told.order()["ready"]
    assert told.counts() == told.counts(-1) == NONE
    told.say(2, OrderReady(CITY, at(2), "o"))
    assert tally(told)[2] == 1


def test_a_late_placing_completes_an_orphan() -> None:
    """Placed at 1 s, told after its assignment of 5 s: open, not waiting, with all its steps."""
    told = story()
    told.say(5, assigned(5, "o", "c"), accepted(4))
    told.say(6, placed(1))
    order = told.order()
    assert (order["placed_ts"], order["orphan"]) == (at(1), False)
    assert all(order[flag] for flag in ("accepted", "assigned"))
    assert told.counts() == OPEN


def test_a_late_placing_of_a_delivered_order_opens_nothing() -> None:
    """It was delivered before it was told to be placed: closed it is, and closed it stays."""
    told = story()
    told.say(5, OrderDelivered(CITY, at(5), "o"))
    told.say(6, placed(1))
    assert told.counts() == NONE
    assert told.order()["closed"]


def test_an_assignment_older_than_the_last_word_on_it_is_stale() -> None:
    """Given back at 20 s, the assignment of 10 s that comes after changes nothing."""
    told = story()
    told.say(1, placed(1))
    told.say(20, OrderUnassigned(CITY, at(20), "o"))
    told.say(21, assigned(10, "o", "c"))
    assert told.counts() == WAITING
    assert tally(told) == (3, 1, 0)


def test_an_older_giving_back_does_not_undo_a_newer_assignment() -> None:
    """Assigned to another at 30 s, the giving back of 20 s comes too late to count."""
    told = story()
    told.say(1, placed(1))
    told.say(10, assigned(10, "o", "c"))
    told.say(30, assigned(30, "o", "d"))
    told.say(31, OrderUnassigned(CITY, at(20), "o"))
    assert told.counts() == OPEN
    assert row_of(told.city.couriers, "d")["carrying"] == 1
    assert row_of(told.city.couriers, "c")["carrying"] == 0


def test_an_older_payment_does_not_undo_a_newer_one() -> None:
    """Paid at 30 s; the `unpaid` of 20 s comes after and is stale."""
    told = story()
    told.say(1, placed(1, payment="unpaid"))
    told.say(30, OrderPayment(CITY, at(30), "o", "paid"))
    told.say(31, OrderPayment(CITY, at(20), "o", "unpaid"))
    assert told.counts() == WAITING
    assert tally(told)[1] == 1


def test_a_payment_before_a_late_placing_holds() -> None:
    """Paid at 10 s; `order.placed` of 1 s, unpaid then, comes after: it is paid."""
    told = story()
    told.say(10, OrderPayment(CITY, at(10), "o", "paid"))
    told.say(11, placed(1, payment="unpaid"))
    assert told.counts() == WAITING


def test_cancelled_and_delivered_are_both_known_and_it_is_closed_once() -> None:
    """An order that is cancelled after delivery stays closed; a later assignment opens nothing."""
    told = story()
    told.say(1, placed(1), OrderDelivered(CITY, at(1), "o"))
    told.say(2, cancelled(2, "o"))
    told.say(3, assigned(3, "o", "c"))
    order = told.order()
    assert (order["delivered_ts"], order["cancelled_ts"]) == (at(1), at(2))
    assert told.counts() == NONE
    told.state.check()


# --- venues ----------------------------------------------------------------------------------


def test_a_venue_that_moves_takes_its_open_orders_along() -> None:
    """From the west to the east: its open orders count there from then on."""
    told = story()
    told.say(1, placed(1), placed(1, "p"), assigned(1, "p", "c"))
    told.say(2, venue(2, lon=0.25))
    assert told.counts(0) == NONE
    assert told.counts(2) == {"idle": 0, "busy": 0, "open": 2, "waiting": 1}
    told.state.check()


def test_orders_of_a_venue_not_yet_known_count_in_no_zone_until_it_is() -> None:
    """`venue.updated` comes last: the order is in no zone before and in the venue's after."""
    told = Story(town(only()))
    told.say(1, placed(1))
    assert told.counts(-1) == WAITING
    told.say(2, venue(2))
    assert (told.counts(-1), told.counts(0)) == (NONE, WAITING)


def test_an_oldest_wait_moves_with_its_venue() -> None:
    """The oldest waiting order is sought where the venue now is."""
    told = story()
    told.say(1, placed(1))
    told.say(2, venue(2, lon=0.25))
    assert told.city.oldest_placed(0) == NEVER
    assert told.city.oldest_placed(2) == at(1)


def test_an_older_place_does_not_move_a_venue_back() -> None:
    """The update of 5 s that comes after that of 10 s is stale."""
    told = Story(town(only()))
    told.say(10, venue(10, lon=0.25))
    told.say(11, venue(5, lon=0.05))
    assert row_of(told.city.venues, "v")["lon"] == 0.25
    assert tally(told) == (1, 1, 0)


def test_a_late_venue_update_fills_a_gap() -> None:
    """Nothing newer is known of its place: an update older than its heartbeat is applied."""
    told = Story(town(only()))
    told.say(10, VenueHeartbeat(CITY, at(10), "v"))
    told.say(11, venue(5))
    assert row_of(told.city.venues, "v")["lon"] == 0.05
    assert tally(told) == (2, 0, 0)


def test_an_older_status_does_not_replace_a_newer_one() -> None:
    """Closed at 20 s; `open` of 10 s comes after and is stale, a late heartbeat too."""
    told = Story(town(only()))
    told.say(20, venue_is(20, "closed"), VenueHeartbeat(CITY, at(20), "v"))
    told.say(21, venue_is(10, "open"), VenueHeartbeat(CITY, at(11), "v"))
    assert row_of(told.city.venues, "v")["status"] == 3
    assert tally(told) == (2, 2, 0)


def test_every_event_is_applied_or_stale() -> None:
    """The two counts and the counts by type add up to what came."""
    told = story()
    told.say(1, placed(1), placed(1), accepted(0.5), assigned(1, "o", "c"), cancelled(0.7, "o"))
    told.say(2, OrderReady(CITY, at(0.2), "x"), OrderReady(CITY, at(0.1), "x"))
    applied, stale, _ = tally(told)
    assert applied + stale == sum(told.state.by_type.values()) == 8
