"""`venue_slow` and `venue_silent`: the kitchen that does not keep up, the tablet that is quiet."""

import pytest

from monitor.core.events import OrderAccepted, OrderPlaced, OrderReady, Place
from tests.support.cities import CITY, assigned, at, cancelled, placed
from tests.support.towns import Story, beat, only, town, venue, venue_is

SLOW = ("venue_slow", "v")
SILENT = ("venue_silent", "v")


def order(seconds: float, name: str, ready_s: float, payment: str = "paid") -> OrderPlaced:
    """An order with the venue's first estimate."""
    return OrderPlaced(
        CITY,
        at(seconds),
        name,
        "v",
        Place(0.09, 0.09),
        at(90_000),
        ready_ts=at(ready_s),
        payment=payment,  # type: ignore[arg-type]
    )


def accept(seconds: float, name: str, ready_s: float | None = None) -> OrderAccepted:
    """The venue takes an order, perhaps with a promise."""
    return OrderAccepted(CITY, at(seconds), name, None if ready_s is None else at(ready_s))


def ready(seconds: float, name: str) -> OrderReady:
    """The venue has finished an order."""
    return OrderReady(CITY, at(seconds), name)


def slow_story() -> Story:
    """A city in which `venue_slow` alone is judged."""
    story = Story(town(only("venue_slow")))
    story.say(0, venue(0))
    return story


def readied(story: Story, overruns_min: list[float]) -> float:
    """Orders one after the other, each ready so many minutes after its estimate; when the last."""
    second = 0.0
    for i, minutes in enumerate(overruns_min):
        story.say(second, order(second, f"r{i}", second + 10))
        second += 10 + minutes * 60
        story.say(second, ready(second, f"r{i}"))
    return second


# --- venue_slow ------------------------------------------------------------------------------


def test_three_orders_overdue_fire_after_a_minute() -> None:
    """Promised for 600 s, overdue at 900 s, raised at 960 s; two are not enough."""
    story = slow_story()
    story.say(0, order(0, "a", 600), order(0, "b", 600))
    story.until(2000)
    assert story.lives(*SLOW) == []
    story = slow_story()
    story.say(0, *(order(0, name, 600) for name in "abc"))
    story.until(959.999)
    assert story.lives(*SLOW) == []
    story.until(960)
    assert story.lives(*SLOW) == [(960, "firing")]
    alert = story.alert(*SLOW)
    assert (alert.cause, alert.value, alert.started_ts) == ("orders_overdue", 3, at(900))


def test_slowness_ends_when_none_is_overdue() -> None:
    """With two, then one still overdue nothing changes; with the last one ready it is over."""
    story = slow_story()
    story.say(0, *(order(0, name, 600) for name in "abc"))
    story.say(1000, ready(1000, "a"))
    story.say(1010, ready(1010, "b"))
    story.until(1499)
    assert story.firing() == {SLOW}
    story.say(1500, ready(1500, "c"))
    story.until(1501)
    assert story.lives(*SLOW) == [(960, "firing"), (1500, "resolved")]


def test_readying_before_the_minute_is_over_keeps_the_venue_quiet() -> None:
    """Overdue at 900 s, one readied at 950 s: never three for a whole minute."""
    story = slow_story()
    story.say(0, *(order(0, name, 600) for name in "abc"))
    story.say(950, ready(950, "a"))
    story.until(2000)
    assert story.lives(*SLOW) == []


def test_the_promise_on_accepting_counts_before_the_estimate() -> None:
    """Accepted with a promise of 1,000 s, an order is overdue at 1,300 s."""
    story = slow_story()
    story.say(0, *(order(0, name, 600) for name in "abc"))
    story.say(10, *(accept(10, name, ready_s=1000) for name in "abc"))
    story.until(2000)
    assert story.lives(*SLOW) == [(1360, "firing")]


def test_a_venue_without_any_promise_is_never_overdue() -> None:
    """No estimate, no promise, no usual time: nothing to be late against."""
    story = slow_story()
    story.say(0, *(placed(0, name) for name in "abcd"))
    story.until(20_000)
    assert story.lives(*SLOW) == []


def test_the_usual_preparation_time_is_a_promise_too() -> None:
    """Ten usual minutes, told after the orders even, make them overdue at fifteen."""
    story = slow_story()
    story.say(0, *(placed(0, name) for name in "abc"))
    story.say(100, venue(100, prep_minutes=10))
    story.until(2000)
    assert story.lives(*SLOW) == [(960, "firing")]


def test_a_cancelled_order_is_not_overdue() -> None:
    """Called off while overdue, it is no longer held against the venue."""
    story = slow_story()
    story.say(0, *(order(0, name, 600) for name in "abc"))
    story.until(1000)
    story.say(1000, *(cancelled(1000, name) for name in "abc"))
    story.until(1001)
    assert story.lives(*SLOW) == [(960, "firing"), (1000, "resolved")]


def test_an_unpaid_order_is_not_charged_to_the_venue() -> None:
    """Nobody cooks what is not paid."""
    story = slow_story()
    story.say(0, *(order(0, name, 600, payment="unpaid") for name in "abc"))
    story.until(5000)
    assert story.lives(*SLOW) == []


def test_what_couriers_leave_lying_is_not_charged_to_the_venue() -> None:
    """Ready in time and never picked up: the venue is not slow."""
    story = slow_story()
    story.say(0, *(order(0, name, 600) for name in "abcdef"))
    story.say(590, *(ready(590, name) for name in "abcdef"))
    story.until(20_000)
    assert story.lives(*SLOW) == []


def test_the_mean_overrun_of_the_last_five_raises_and_clears() -> None:
    """Five readied ten minutes late on average are slow; below a mean of five it ends."""
    story = slow_story()
    last = readied(story, [10, 10, 10, 10, 10])
    story.until(last + 59.999)
    assert SLOW not in story.firing()
    story.until(last + 60)
    assert SLOW in story.firing()
    assert story.alert(*SLOW).cause == "mean_overrun"
    # Orders in time push the mean down: 8, 6, 4 minutes after one, two, three of them.
    for i, expected in enumerate((True, True, False)):
        second = last + 100 + i * 100
        story.say(second, order(second, f"good{i}", second + 10))
        story.say(second + 10, ready(second + 10, f"good{i}"))
        story.until(second + 11)
        assert (SLOW in story.firing()) is expected, i


def test_four_readied_orders_are_no_mean() -> None:
    """The mean is of the last five: with four readied there is none."""
    story = slow_story()
    last = readied(story, [60, 60, 60, 60])
    story.until(last + 600)
    assert story.lives(*SLOW) == []


def test_a_mean_below_ten_minutes_is_no_breach() -> None:
    """9.9 minutes late on average is not slow."""
    story = slow_story()
    last = readied(story, [9.9] * 5)
    story.until(last + 600)
    assert story.lives(*SLOW) == []


def test_a_ready_order_told_twice_counts_once() -> None:
    """A repeat of `order.ready` is no second readied order."""
    story = slow_story()
    story.say(0, order(0, "a", 0))
    for second in (700, 701, 702, 703, 704):
        story.say(second, ready(700, "a"))
    story.until(2000)
    assert story.lives(*SLOW) == []
    assert story.city.venues.readied[0] == 1


# --- venue_silent ----------------------------------------------------------------------------


def silent_story() -> Story:
    """A city in which `venue_silent` alone is judged."""
    story = Story(town(only("venue_silent")))
    story.say(0, venue(0))
    return story


def test_a_venue_whose_heartbeats_stop_fires_after_five_minutes() -> None:
    """Heartbeats to 120 s: silent at 420 s, over with the next one."""
    story = silent_story()
    for second in (0, 60, 120):
        story.say(second, beat(second))
    story.until(419.999)
    assert story.lives(*SILENT) == []
    story.say(500, beat(500))
    story.until(501)
    assert story.lives(*SILENT) == [(420, "firing"), (500, "resolved")]


def test_a_venue_that_never_sent_heartbeats_is_not_missed() -> None:
    """No heartbeat ever, no silence."""
    story = silent_story()
    story.until(10_000)
    assert story.lives(*SILENT) == []


@pytest.mark.parametrize("told", ["paused", "closed"])
def test_a_venue_that_takes_no_orders_may_be_silent(told: str) -> None:
    """Paused or closed it is not silent; open again it is, five minutes after the heartbeat."""
    story = silent_story()
    story.say(0, beat(0))
    story.say(10, venue_is(10, told))
    story.until(1000)
    assert story.lives(*SILENT) == []
    story.say(1000, venue_is(1000, "open"))
    story.until(1001)
    assert story.lives(*SILENT) == [(1000, "firing")]


def test_closing_ends_the_silence() -> None:
    """A silent venue that closes is no longer silent."""
    story = silent_story()
    story.say(0, beat(0))
    story.say(400, venue_is(400, "closed"))
    story.until(401)
    assert story.lives(*SILENT) == [(300, "firing"), (400, "resolved")]


def test_a_pause_that_ends_by_itself_is_over_at_its_time() -> None:
    """Paused until 1,000 s without a word after: silent from that second on."""
    story = silent_story()
    story.say(0, beat(0))
    story.say(10, venue_is(10, "paused", until_s=1000))
    story.until(999.999)
    assert story.lives(*SILENT) == []
    story.until(1000)
    assert story.lives(*SILENT) == [(1000, "firing")]


def test_a_busy_venue_is_open() -> None:
    """Busy venues take orders, so that their silence counts."""
    story = silent_story()
    story.say(0, beat(0), venue_is(0, "busy"))
    story.until(300)
    assert story.lives(*SILENT) == [(300, "firing")]


def test_an_accept_is_a_sign_of_life() -> None:
    """A silent venue that accepts an order is heard again; five minutes later it is silent anew."""
    story = silent_story()
    story.say(0, beat(0))
    story.say(390, placed(390))
    story.say(400, accept(400, "o"))
    story.until(2000)
    assert story.lives(*SILENT) == [(300, "firing"), (400, "resolved"), (700, "firing")]


def test_three_orders_in_a_row_left_unaccepted_fire() -> None:
    """Placed at 0, 60 and 120 s and none accepted: silent at 420 s, over with an accept."""
    story = silent_story()
    for i, second in enumerate((0, 60, 120)):
        story.say(second, placed(second, f"o{i}"))
    story.until(419.999)
    assert story.lives(*SILENT) == []
    story.until(420)
    assert story.alert(*SILENT).cause == "unaccepted_run"
    story.say(500, accept(500, "o1"))
    story.until(501)
    assert story.lives(*SILENT) == [(420, "firing"), (500, "resolved")]


def test_an_accept_in_between_breaks_the_row() -> None:
    """Two left, one accepted, two left: never three in a row."""
    story = silent_story()
    for i in range(2):
        story.say(i * 10, placed(i * 10, f"o{i}"))
    story.say(400, placed(400, "good"))
    story.say(410, accept(410, "good"))
    for i in range(2):
        story.say(420 + i, placed(420 + i, f"p{i}"))
    story.until(5000)
    assert story.lives(*SILENT) == []


def test_an_order_ready_without_an_accept_breaks_the_row_too() -> None:
    """Ready implies accepted: the venue is alive."""
    story = silent_story()
    for i in range(3):
        story.say(i, placed(i, f"o{i}"))
    story.say(301.5, ready(301.5, "o0"))
    story.until(5000)
    assert story.lives(*SILENT) == []


def test_a_heartbeat_does_not_excuse_a_row_of_orders_left() -> None:
    """A tablet that answers while three orders lie unaccepted stays silent until an accept."""
    story = silent_story()
    for i in range(3):
        story.say(i, placed(i, f"o{i}"))
    for second in range(60, 900, 60):
        story.say(second, beat(second))
    assert story.lives(*SILENT) == [(302, "firing")]


def test_unpaid_orders_need_no_accept() -> None:
    """Three unpaid orders left lying are nobody's silence."""
    story = silent_story()
    for i in range(3):
        story.say(i, placed(i, f"o{i}", payment="unpaid"))
    story.until(2000)
    assert story.lives(*SILENT) == []


def test_a_late_heartbeat_does_not_end_a_silence_it_lies_before() -> None:
    """A heartbeat of 30 s that comes at 350 s is what was known to be missing since: 330 s."""
    story = silent_story()
    story.say(0, beat(0))
    story.say(350, beat(30))
    story.until(400)
    assert story.firing() == {SILENT}


def test_assigning_a_courier_is_not_a_sign_of_life_of_the_venue() -> None:
    """Dispatch acts without the venue: three assigned orders unaccepted are still left."""
    story = silent_story()
    for i in range(3):
        story.say(i, placed(i, f"o{i}"), assigned(i, f"o{i}", "c"))
    story.until(302)
    assert story.lives(*SILENT) == [(302, "firing")]
