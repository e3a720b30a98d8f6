"""The city as a whole: `feed_silent` with what it holds, `city_stall`, and what they explain."""

from alerts.rulebook import Overrides
from monitor.core.events import CityWeather
from monitor.core.views.zones import zone_view
from tests.support.cities import CITY, assigned, at, cancelled, courier, placed, steps
from tests.support.towns import Story, beat, fleet, only, town, venue

COURIERS = ("feed_silent", "couriers")
ORDERS = ("feed_silent", "orders")
STALL = ("city_stall", CITY)
SHORTAGE = ("zone_shortage", "west")


def story(*rules: str, **fields: float) -> Story:
    """These rules and `feed_silent` with its defaults."""
    overrides: Overrides = only(*rules, **fields)
    return Story(town({**overrides, "feed_silent": {}}))


def chatter(told: Story, start: int, end: int, step: int = 10) -> None:
    """One courier tells his place every so often."""
    for second in range(start, end + 1, step):
        told.say(second, courier(second, "c", 0.05))


# --- feed_silent -----------------------------------------------------------------------------


def test_a_busy_stream_that_stops_is_silent_after_two_minutes() -> None:
    """A position each 10 s up to 300 s: silent at 420 s, over with the next event."""
    told = story()
    chatter(told, 0, 300)
    told.until(419.999)
    assert told.lives(*COURIERS) == []
    told.say(500, courier(500, "c", 0.05))
    told.until(501)
    assert told.lives(*COURIERS) == [(420, "firing"), (500, "resolved")]


def test_a_quiet_stream_may_pause() -> None:
    """Nine events in ten minutes are less than one a minute: their end is no silence."""
    told = story()
    chatter(told, 0, 480, step=60)
    told.until(5000)
    assert told.lives(*COURIERS) == []


def test_each_stream_is_judged_for_itself() -> None:
    """Orders stop while couriers go on: the stream of orders alone is silent."""
    told = story()
    for second in range(0, 300, 10):
        told.say(second, placed(second, f"o{second}"))
    chatter(told, 300, 800)
    told.until(800)
    assert told.firing() == {ORDERS}


def test_a_stale_event_is_a_sign_of_life_of_its_own_time() -> None:
    """Events minutes old tell nothing of now: a backlog does not end the silence."""
    told = story()
    chatter(told, 0, 300)
    told.say(450, courier(310, "d", 0.05))
    told.until(451)
    assert told.firing() == {COURIERS}
    told.say(460, courier(455, "d", 0.05))
    told.until(461)
    assert told.firing() == set()


def test_for_s_of_a_silent_feed_counts_from_its_two_minutes() -> None:
    """With `for_s` 30 it is pending at 420 s and fires at 450 s."""
    told = Story(town({**only(), "feed_silent": {"for_s": 30}}))
    chatter(told, 0, 300)
    told.until(449.999)
    assert told.lives(*COURIERS) == []
    told.until(450)
    assert told.lives(*COURIERS) == [(450, "firing")]


def test_a_stream_that_was_quiet_for_hours_is_watched_when_it_is_busy_again() -> None:
    """A few events, a long pause that is none, then a busy hour that stops: silent."""
    told = story()
    told.say(0, courier(0, "c", 0.05))
    told.until(7000)
    chatter(told, 7000, 7300)
    told.until(8000)
    assert told.lives(*COURIERS) == [(7420, "firing")]


def test_the_first_event_ends_the_silence_whatever_it_is() -> None:
    """Even one that changes nothing else, at the next whole second."""
    told = story()
    for second in range(0, 301, 20):
        told.say(second, CityWeather(CITY, at(second)))
    told.say(430.5, CityWeather(CITY, at(430.5)))
    told.until(432)
    assert told.lives("feed_silent", "city") == [(420, "firing"), (431, "resolved")]


def test_a_new_stream_has_its_own_first_look() -> None:
    """Weather each half minute that begins late and stops is silent two minutes after."""
    told = story()
    chatter(told, 0, 1000)
    for second in range(1000, 1601, 30):
        told.say(second, CityWeather(CITY, at(second)), courier(second, "c", 0.05))
    chatter(told, 1610, 1800)
    told.until(1800)
    assert told.lives("feed_silent", "city") == [(1720, "firing")]


# --- what it holds ---------------------------------------------------------------------------


def test_nothing_fires_for_missing_data_while_the_feed_is_silent() -> None:
    """Orders stop at 300 s: deadlines after 420 s raise nothing until the orders are back."""
    told = story("order_unaccepted")
    for second in range(0, 301, 10):
        told.say(second, placed(second, f"o{second}"), *steps(f"o{second}", second))
    told.say(305, placed(305, "held"))
    told.until(3000)
    assert told.lives("order_unaccepted", "held") == []
    told.say(3000.5, placed(3000.5, "back"))
    told.until(3001)
    assert told.lives("order_unaccepted", "held") == [(3001, "firing")]


def test_what_fired_before_the_silence_stays_until_the_feed_is_back() -> None:
    """A shortage fires; couriers go silent; nothing ends while nobody knows."""
    told = story("zone_shortage")
    told.say(0, venue(0), placed(0))
    chatter(told, 0, 500)
    told.say(640, cancelled(640, "o"))
    told.until(1000)
    assert told.firing() == {SHORTAGE, COURIERS}
    told.say(1000, courier(1000, "c", 0.05))
    told.until(1001)
    assert told.lives(*SHORTAGE) == [(420, "firing"), (1000, "resolved")]


def test_couriers_who_age_out_in_silence_make_no_shortage() -> None:
    """Five orders for five couriers; all couriers gone with their feed: held, no shortage."""
    told = story("zone_shortage", min_on_shift=0, wait_raise_s=86_400, critical_wait_raise_s=86_400)
    told.say(0, venue(0), *(placed(0, f"o{i}") for i in range(5)))
    for second in range(0, 301, 30):
        told.say(second, *fleet(second, 5))
    told.until(3000)
    # Aged out at 361 s, silent at 420 s: the breach never got its two minutes.
    assert told.lives(*SHORTAGE) == []
    told.say(3000, *fleet(3000, 5))
    told.until(3200)
    assert told.lives(*SHORTAGE) == [(3181, "firing")]


def test_a_rule_that_does_not_read_the_stream_goes_on() -> None:
    """Couriers are silent; orders are judged all the same."""
    told = story("order_unaccepted")
    chatter(told, 0, 300)
    told.say(400, placed(400))
    told.until(700)
    assert told.lives("order_unaccepted", "o") == [(700, "firing")]


def test_a_problem_reported_in_silence_fires() -> None:
    """`order_problem` reads no stream: it is a person's word."""
    told = story("order_problem", "venue_silent")
    for second in range(0, 601, 30):
        told.say(second, beat(second))
    told.until(1000)
    assert ("feed_silent", "venues") in told.firing()
    assert ("venue_silent", "v") not in told.firing()


def test_venues_do_not_fall_silent_with_their_feed() -> None:
    """All heartbeats stop at once: the feed is silent, no venue is; one that stays away is."""
    told = story("venue_silent")
    told.say(0, venue(0, "w"))
    for second in range(0, 601, 30):
        told.say(second, beat(second), beat(second, "w"))
    told.until(1500)
    assert told.firing() == {("feed_silent", "venues")}
    told.say(1500, beat(1500))
    told.until(1501)
    assert told.firing() == {("venue_silent", "w")}


def test_zone_figures_are_marked_stale_while_a_feed_is_silent() -> None:
    """A zone's view names the silent stream, and no longer does when it is back."""
    told = story()
    told.say(0, venue(0))
    chatter(told, 0, 300)
    assert zone_view(told.city, 0, at(300)).stale == ()
    told.until(420)
    assert zone_view(told.city, 0, at(420)).stale == ("couriers",)
    assert bool(told.city.zones_to_publish.all())
    told.say(500, courier(500, "c", 0.05))
    told.until(501)
    assert zone_view(told.city, 0, at(501)).stale == ()


def test_switched_off_the_rule_holds_nothing() -> None:
    """`feed_silent` disabled: deadlines are judged, whatever comes or not."""
    told = Story(town(only("order_unaccepted")))
    for second in range(0, 301, 10):
        told.say(second, placed(second, f"o{second}"))
    told.until(601)
    assert len(told.firing()) == 31


# --- city_stall ------------------------------------------------------------------------------


def stalled(told: Story, placed_count: int = 10, ready_count: int = 5) -> None:
    """One pick-up at 0, then an order every 20 s from 300 s on of which some are ready at 500 s."""
    told.say(0, placed(0, "first"), *steps("first", 0, 0, 0, 0))
    for i in range(placed_count):
        second = 300.0 + i * 20
        told.say(second, placed(second, f"s{i}"))
        if i == 9:
            told.say(500, *(done for i in range(ready_count) for done in steps(f"s{i}", 500, 500)))


def test_orders_without_a_pick_up_are_a_stall_after_ten_minutes_and_one() -> None:
    """No pick-up for 600 s, ten placed, five ready: raised 60 s later, ended by a pick-up."""
    told = Story(town(only("city_stall")))
    stalled(told)
    told.until(659.999)
    assert told.lives(*STALL) == []
    told.until(660)
    assert told.lives(*STALL) == [(660, "firing")]
    alert = told.alert(*STALL)
    assert (alert.severity, alert.cause, alert.value) == ("critical", "no_pickups", 10)
    told.say(700, steps("s0", 1, 2, 700)[2])
    told.until(701)
    assert told.lives(*STALL) == [(660, "firing"), (700, "resolved")]


def test_nine_placed_or_four_ready_are_no_stall() -> None:
    """Each of the three conditions must hold."""
    told = Story(town(only("city_stall")))
    stalled(told, ready_count=4)
    told.until(800)
    assert told.lives(*STALL) == []
    told = Story(town(only("city_stall", placed_raise=11)))
    stalled(told)
    told.until(800)
    assert told.lives(*STALL) == []


def test_a_pick_up_in_the_window_is_no_stall() -> None:
    """One pick-up at 550 s puts the stall off to ten minutes after it, and one for its hold."""
    told = Story(town(only("city_stall")))
    stalled(told, placed_count=13)
    told.say(550, placed(550, "x"), *steps("x", 550, 550, 550))
    for second in range(560, 1200, 20):
        told.say(second, placed(second, f"y{second}"))
    told.until(1300)
    assert told.lives(*STALL) == [(1210, "firing")]


def test_a_stall_stays_while_nobody_picks_up() -> None:
    """Fewer orders placed since do not end it: only a pick-up does."""
    told = Story(town(only("city_stall")))
    stalled(told)
    told.until(10_000)
    assert told.lives(*STALL) == [(660, "firing")]


# --- what they explain -----------------------------------------------------------------------


def test_a_stall_explains_late_orders_and_the_mark_goes_with_it() -> None:
    """While it fires `order_late` is inhibited by it, and no longer when it is over."""
    told = Story(town(only("city_stall", "order_late")))
    told.say(0, placed(0, "late", promised_s=0))
    stalled(told)
    told.until(650)
    assert told.alert("order_late", "late").inhibited_by is None
    told.until(660)
    stall = told.alert(*STALL)
    assert told.alert("order_late", "late").inhibited_by == stall.id
    told.say(700, placed(700, "later", promised_s=100))
    told.until(701)
    assert told.alert("order_late", "later").inhibited_by == stall.id
    assert told.city.book.suppressed["inhibited"] == 1
    told.say(720, steps("s0", 1, 2, 720)[2])
    told.until(721)
    assert told.alert("order_late", "late").inhibited_by is None
    assert told.alert("order_late", "later").inhibited_by is None


def test_a_stall_does_not_explain_what_has_another_cause() -> None:
    """An order not accepted is the venue's affair."""
    told = Story(town(only("city_stall", "order_unaccepted")))
    told.say(0, placed(0, "lost"))
    stalled(told)
    told.until(700)
    assert told.alert("order_unaccepted", "lost").inhibited_by is None


def test_a_silent_feed_marks_what_it_explains() -> None:
    """Couriers are silent: the shortage that fired before is inhibited until they are back."""
    told = story("zone_shortage")
    told.say(0, venue(0), placed(0))
    chatter(told, 0, 500)
    told.until(619)
    assert told.alert(*SHORTAGE).inhibited_by is None
    told.until(620)
    assert told.alert(*SHORTAGE).inhibited_by == told.alert(*COURIERS).id
    told.say(700, courier(700, "c", 0.05))
    told.until(701)
    assert told.alert(*SHORTAGE).inhibited_by is None


def test_a_silent_feed_of_orders_explains_a_stall() -> None:
    """Pick-ups are orders' events: without them nobody can say that the city stands still."""
    told = story("city_stall")
    stalled(told)
    for second in range(500, 621, 10):
        told.say(second, placed(second, f"more{second}"))
    told.until(661)
    assert STALL in told.firing()
    told.until(740)
    assert told.alert(*STALL).inhibited_by == told.alert(*ORDERS).id
    told.say(800, assigned(800, "s0", "c"))
    told.until(801)
    assert told.alert(*STALL).inhibited_by is None
