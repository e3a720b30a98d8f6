"""The six rules on orders: each is raised at its second and cleared as the contract says."""

import pytest

from monitor.core.events import (
    OrderAccepted,
    OrderAssigned,
    OrderPayment,
    OrderPlaced,
    OrderReady,
    OrderUnassigned,
    Place,
)
from monitor.core.reports import Incoming
from tests.support.cities import CITY, assigned, at, cancelled, placed, problem, steps
from tests.support.towns import Story, only, town, venue

MIN = 60


def order(seconds: float, ready_s: float | None = None, **more: object) -> OrderPlaced:
    """An order with a first estimate of the venue's."""
    ready = None if ready_s is None else at(ready_s)
    return OrderPlaced(
        CITY,
        at(seconds),
        "o",
        "v",
        Place(0.09, 0.09),
        at(90 * MIN),
        ready_ts=ready,
        **more,  # type: ignore[arg-type]
    )


def accepted(seconds: float, ready_s: float | None = None) -> OrderAccepted:
    """The venue accepts, perhaps with a promise."""
    return OrderAccepted(CITY, at(seconds), "o", None if ready_s is None else at(ready_s))


def paid(seconds: float, how: str = "paid") -> OrderPayment:
    """A word on the payment."""
    return OrderPayment(CITY, at(seconds), "o", how)  # type: ignore[arg-type]


def unassigned(seconds: float) -> OrderUnassigned:
    """The courier gave it back."""
    return OrderUnassigned(CITY, at(seconds), "o")


def life(rule: str, *says: tuple[float, Incoming], until: float) -> list[tuple[float, str]]:
    """What becomes of one rule's alert on the order `o`, other rules off."""
    story = Story(town(only(rule)))
    story.say(0, venue(0))
    for seconds, event in says:
        story.say(seconds, event)
    story.until(until)
    assert set(story.told) <= {(rule, "o")}
    return story.lives(rule, "o")


def test_an_order_not_accepted_fires_at_five_minutes() -> None:
    """Placed at 0: nothing at 299.999 s, `order_unaccepted` at 300 s, over when accepted."""
    rule = "order_unaccepted"
    assert life(rule, (0, placed(0)), until=299.999) == []
    assert life(rule, (0, placed(0)), until=300) == [(300, "firing")]
    told = life(rule, (0, placed(0)), (400, accepted(400)), until=500)
    assert told == [(300, "firing"), (400, "resolved")]


def test_a_deadline_within_a_second_is_judged_at_the_next_whole_one() -> None:
    """Placed at 0.4 s, the five minutes are over at 300.4 s and seen at 301 s."""
    assert life("order_unaccepted", (0.4, placed(0.4)), until=400) == [(301, "firing")]


def test_the_alert_tells_when_its_breach_began() -> None:
    """`started_ts` is the deadline, `fired_ts` the judgement, the value the minutes of age."""
    story = Story(town(only("order_unaccepted")))
    story.say(0.4, placed(0.4))
    story.until(301)
    alert = story.alert("order_unaccepted", "o")
    assert (alert.started_ts, alert.fired_ts) == (at(300.4), at(301))
    assert (alert.value, alert.threshold, alert.cause) == (5.01, 5.0, "unaccepted")
    assert alert.about == {"order": "o", "venue": "v"}


def test_accepting_in_time_keeps_everybody_quiet() -> None:
    """Accepted at 299 s, or implied by a later step then, nothing is ever told."""
    for event in (accepted(299), OrderReady(CITY, at(299), "o"), steps("o", 1, 2, 299)[2]):
        assert life("order_unaccepted", (0, placed(0)), (299, event), until=1000) == []


def test_an_accept_at_the_very_second_comes_in_time() -> None:
    """What comes at 300 s is seen by the judgement of 300 s: no alert."""
    assert life("order_unaccepted", (0, placed(0)), (300, accepted(300)), until=400) == []


def test_an_order_without_a_courier_fires_at_eight_minutes() -> None:
    """Waiting 480 s raises `order_unassigned`, a courier ends it."""
    rule = "order_unassigned"
    assert life(rule, (0, placed(0)), until=479.999) == []
    told = life(rule, (0, placed(0)), (600, assigned(600, "o", "c")), until=700)
    assert told == [(480, "firing"), (600, "resolved")]


def test_a_courier_who_gives_an_order_back_after_its_time_raises_at_once() -> None:
    """Assigned at 100 s, given back at 600 s: the order has waited eight minutes since placed."""
    says = ((0, placed(0)), (100, assigned(100, "o", "c")), (600, unassigned(600)))
    assert life("order_unassigned", *says, until=700) == [(600, "firing")]


def test_an_unpaid_order_does_not_wait_for_a_courier() -> None:
    """Unpaid for ten minutes it is not unassigned; paid then, it is at once."""
    says = ((0, placed(0, payment="unpaid")), (600, paid(600)))
    assert life("order_unassigned", *says, until=700) == [(600, "firing")]


def test_an_order_ready_for_fifteen_minutes_fires() -> None:
    """Ready at 600 s and not picked up: at 1,500 s, over with the pick-up."""
    rule = "order_pickup_late"
    says: list[tuple[float, Incoming]] = [(0, placed(0)), (600, OrderReady(CITY, at(600), "o"))]
    assert life(rule, *says, until=1499.999) == []
    told = life(rule, *says, (1600, steps("o", 1, 2, 1600)[2]), until=1700)
    assert told == [(1500, "firing"), (1600, "resolved")]


def test_the_estimate_stands_in_for_ready() -> None:
    """Not told ready: the venue's promise counts, else the first estimate, else its usual time."""
    rule = "order_pickup_late"
    assert life(rule, (0, order(0, ready_s=300)), until=2000) == [(1200, "firing")]
    promised = ((0, order(0, ready_s=300)), (60, accepted(60, ready_s=500)))
    assert life(rule, *promised, until=2000) == [(1400, "firing")]
    usual = ((0, venue(0, prep_minutes=10)), (0, order(0)))
    assert life(rule, *usual, until=2000) == [(1500, "firing")]
    assert life(rule, (0, order(0)), until=4000) == []


def test_ready_later_than_its_estimate_begins_the_fifteen_minutes_anew() -> None:
    """The estimate passed at 300 s, ready at 900 s: late at 1,800 s and not at 1,200 s."""
    says = ((0, order(0, ready_s=300)), (900, OrderReady(CITY, at(900), "o")))
    assert life("order_pickup_late", *says, until=2000) == [(1800, "firing")]


def test_being_told_ready_does_not_end_an_alert_on_the_estimate() -> None:
    """`order_pickup_late` clears by the pick-up alone, as it is written."""
    says = ((0, order(0, ready_s=0)), (1000, OrderReady(CITY, at(1000), "o")))
    assert life("order_pickup_late", *says, until=1200) == [(900, "firing")]


def test_an_order_ten_minutes_past_its_promise_fires() -> None:
    """Promised for 1,800 s: at 2,400 s, over when delivered."""
    rule = "order_late"
    told = (0, placed(0, promised_s=1800))
    assert life(rule, told, until=2399.999) == []
    delivered = (2500, steps("o", 1, 2, 3, 2500)[3])
    assert life(rule, told, delivered, until=2600) == [(2400, "firing"), (2500, "resolved")]


def test_picking_up_does_not_end_lateness() -> None:
    """A late order on its way is still late."""
    says = ((0, placed(0, promised_s=0)), (700, steps("o", 1, 2, 700)[2]))
    assert life("order_late", *says, until=1000) == [(600, "firing")]


@pytest.mark.parametrize("rule", ["order_unaccepted", "order_unassigned", "order_late"])
def test_a_cancelled_order_ends_its_alerts(rule: str) -> None:
    """Nobody looks after an order that is called off."""
    told = life(rule, (0, placed(0, promised_s=0)), (900, cancelled(900, "o")), until=1000)
    assert [what for _, what in told] == ["firing", "resolved"]
    assert told[-1][0] == 900


def test_an_unpaid_order_fires_at_three_minutes() -> None:
    """Unpaid for 180 s raises `order_unpaid`; paid, cash or cancelled ends it."""
    rule = "order_unpaid"
    told = (0, placed(0, payment="unpaid"))
    assert life(rule, told, until=179.999) == []
    for end in (paid(200), paid(200, "cash"), cancelled(200, "o")):
        assert life(rule, told, (200, end), until=300) == [(180, "firing"), (200, "resolved")]


def test_unpaid_counts_from_when_it_became_so() -> None:
    """A payment withdrawn at 500 s is three minutes late at 680 s, repeated or not."""
    says = ((0, placed(0)), (500, paid(500, "unpaid")), (600, paid(600, "unpaid")))
    assert life("order_unpaid", *says, until=1000) == [(680, "firing")]


def test_a_problem_fires_at_once_and_stays_after_delivery() -> None:
    """`order_problem` is raised in the second of the report and ended by support alone."""
    says = ((0, placed(0)), (100.5, problem(100.5)), (200, steps("o", 1, 2, 3, 200)[3]))
    assert life("order_problem", *says, until=90_000) == [(101, "firing")]


def test_a_second_problem_while_the_first_is_open_is_one_alert() -> None:
    """Two reports before anybody closed are one alert."""
    says = ((0, placed(0)), (100, problem(100)), (200, problem(200)))
    assert life("order_problem", *says, until=300) == [(100, "firing")]


def test_a_problem_of_a_delivered_order_fires_too() -> None:
    """Complaints come after the meal."""
    says = ((0, placed(0)), (100, steps("o", 1, 2, 3, 100)[3]), (500, problem(500)))
    assert life("order_problem", *says, until=600) == [(500, "firing")]


@pytest.mark.parametrize(
    ("rule", "raised"),
    [
        ("order_unaccepted", 300),
        ("order_unassigned", 480),
        ("order_pickup_late", 960),
        ("order_late", 1200),
    ],
)
def test_for_s_of_an_order_rule_counts_from_the_deadline(rule: str, raised: float) -> None:
    """With `for_s` 90 each fires 90 s after its deadline, not a second sooner."""
    story = Story(town(only(rule, for_s=90)))
    story.say(0, order(0, ready_s=60), OrderAssigned(CITY, at(0), "x", "c"))
    story.say(1, placed(1, "late", promised_s=600))
    key = (rule, "late" if rule == "order_late" else "o")
    story.until(raised + 89.999)
    assert key not in story.firing()
    story.until(raised + 90)
    assert key in story.firing()


def test_keep_s_holds_an_order_alert_after_it_is_over() -> None:
    """With `keep_s` 60 an accepted order's alert ends 60 s later."""
    story = Story(town(only("order_unaccepted", keep_s=60)))
    story.say(0, placed(0))
    story.say(310, accepted(310))
    story.until(500)
    assert story.lives("order_unaccepted", "o") == [(300, "firing"), (370, "resolved")]


def test_a_disabled_rule_never_fires() -> None:
    """With every rule off nothing is ever told, whatever happens to an order."""
    story = Story(town(only()))
    story.say(0, venue(0), placed(0, promised_s=0, payment="unpaid"), problem(0))
    story.until(20_000)
    assert story.told == {}
    assert story.city.book.living() == []
