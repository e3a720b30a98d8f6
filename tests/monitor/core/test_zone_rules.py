"""`zone_shortage`: when it is raised, steps up and down, and is cleared (contract, section 4)."""

import pytest

from alerts.rulebook import Overrides
from tests.support.cities import assigned, at, cancelled, courier, placed, steps
from tests.support.towns import Story, fleet, only, rush, status, town, venue

SHORTAGE = ("zone_shortage", "west")
RULES: Overrides = only("zone_shortage")
NO_WAIT: Overrides = only(
    "zone_shortage",
    wait_raise_s=80_000,
    critical_wait_raise_s=80_000,
    wait_clear_s=80_000,
    critical_wait_clear_s=80_000,
)


def keep_alive(story: Story, seconds: range, couriers: int) -> None:
    """Every courier tells his place every half minute, so that nobody ages out."""
    for second in seconds:
        story.say(second, *fleet(second, couriers))


def six_couriers(orders: int, rules: Overrides | None = NO_WAIT) -> Story:
    """Six couriers and so many orders in the west, the wait not judged."""
    story = Story(town(rules))
    story.say(0, venue(0), *fleet(0, 6), *rush(0, orders))
    return story


def test_a_ratio_at_the_bound_fires_after_two_minutes_not_a_second_sooner() -> None:
    """Nine open orders for six couriers (1.5) fire 120 s later."""
    story = six_couriers(9)
    keep_alive(story, range(30, 150, 30), 6)
    story.until(119.999)
    assert story.firing() == set()
    story.until(120)
    assert story.firing() == {SHORTAGE}
    alert = story.alert(*SHORTAGE)
    assert (alert.cause, alert.value, alert.threshold) == ("ratio", 1.5, 1.5)
    assert alert.severity == "warning"


def test_a_ratio_below_the_bound_never_fires() -> None:
    """Eight open orders for six couriers (1.33) are no shortage."""
    story = six_couriers(8)
    keep_alive(story, range(30, 600, 30), 6)
    assert story.told == {}


def test_fewer_than_five_couriers_are_too_few_for_a_ratio() -> None:
    """With four on shift the ratio is not judged, with a fifth it is."""
    story = Story(town(NO_WAIT))
    story.say(0, venue(0), *fleet(0, 4), *rush(0, 20))
    keep_alive(story, range(30, 331, 30), 4)
    assert story.told == {}
    for second in range(340, 500, 30):
        story.say(second, *fleet(second, 5))
    assert story.lives(*SHORTAGE) == [(460, "firing")]


def test_a_breach_that_ends_before_its_time_is_never_told() -> None:
    """A shortage of 119 s is pending and then gone; the next one begins its time anew."""
    story = six_couriers(9)
    keep_alive(story, range(30, 119, 30), 6)
    story.say(119, cancelled(119, "o0"))
    story.say(121, *rush(121, 1, first=50), *fleet(121, 6))
    keep_alive(story, range(151, 240, 30), 6)
    story.until(240)
    assert story.lives(*SHORTAGE) == []
    story.until(241)
    assert story.lives(*SHORTAGE) == [(241, "firing")]


def test_between_raise_and_clear_nothing_changes() -> None:
    """At 1.33, below the raise and above the clear, a firing shortage stays, at 1.17 it ends."""
    story = six_couriers(9)
    keep_alive(story, range(30, 150, 30), 6)
    story.say(150, cancelled(150, "o0"), *fleet(150, 6))
    keep_alive(story, range(180, 600, 30), 6)
    assert story.lives(*SHORTAGE) == [(120, "firing")]
    story.say(600, cancelled(600, "o1"), *fleet(600, 6))
    story.until(601)
    assert story.lives(*SHORTAGE) == [(120, "firing"), (600, "resolved")]


def test_between_raise_and_clear_nothing_is_raised() -> None:
    """A pending breach that falls to between the bounds is forgotten, not kept waiting."""
    story = six_couriers(9)
    keep_alive(story, range(30, 91, 30), 6)
    story.say(100, cancelled(100, "o0"), *fleet(100, 6))
    story.say(110, *rush(110, 1, first=50))
    keep_alive(story, range(120, 229, 30), 6)
    story.until(229)
    assert story.firing() == set()
    story.until(230)
    assert story.firing() == {SHORTAGE}


def test_severity_steps_up_and_down_within_one_alert() -> None:
    """1.5 warns, 2.0 held for 120 s is critical, below 1.6 it warns again, below 1.25 it ends."""
    story = six_couriers(9)
    keep_alive(story, range(30, 200, 30), 6)
    story.say(200, *rush(200, 3, first=20), *fleet(200, 6))
    keep_alive(story, range(230, 400, 30), 6)
    for i in range(2):  # 10 orders: 1.67, above the clear of the critical step
        story.say(400 + i, cancelled(400 + i, f"o{20 + i}"))
    keep_alive(story, range(410, 500, 30), 6)
    story.say(500, cancelled(500, "o22"))  # 9: 1.5
    keep_alive(story, range(501, 600, 30), 6)
    for i in range(2):  # 7: 1.17
        story.say(600 + i, cancelled(600 + i, f"o{i}"))
    story.until(602)
    assert story.lives(*SHORTAGE) == [
        (120, "firing"),
        (320, "critical"),
        (500, "warning"),
        (601, "resolved"),
    ]
    assert len({alert.id for alert in story.alerts}) == 1


def test_a_breach_of_both_steps_at_once_fires_as_critical() -> None:
    """Two orders a courier from the first moment on are critical when they have held 120 s."""
    story = six_couriers(12)
    keep_alive(story, range(30, 130, 30), 6)
    story.until(130)
    assert story.lives(*SHORTAGE) == [(120, "firing")]
    assert story.alert(*SHORTAGE).severity == "critical"


def test_a_long_wait_warns_without_any_courier() -> None:
    """An order that waits 300 s warns 120 s later, at 600 s + 120 s it is critical."""
    story = Story(town(RULES))
    story.say(0, venue(0), placed(0))
    story.until(1000)
    assert story.lives(*SHORTAGE) == [(420, "firing"), (720, "critical")]
    story.say(1000, assigned(1000, "o", "c"))
    story.until(1001)
    assert story.lives(*SHORTAGE)[2:] == [(1000, "resolved")]


def test_the_wait_keeps_an_alert_until_it_is_below_its_own_clear() -> None:
    """With the oldest order gone, the next one's wait of 180 s keeps it, one of 179 s ends it."""
    for wait_s, ended in ((180, False), (179, True)):
        story = Story(town(RULES))
        story.say(0, venue(0), placed(0))
        story.say(500 - wait_s, placed(500 - wait_s, "p"))
        story.say(500, cancelled(500, "o"))
        story.until(500)
        assert (SHORTAGE not in story.firing()) is ended, wait_s


def test_an_alert_kept_by_its_wait_alone_ends_when_the_wait_is_over() -> None:
    """The last waiting order gets its courier: the shortage is over at that second."""
    story = Story(town(RULES))
    story.say(0, venue(0), placed(0), placed(0, "p"))
    story.say(600, assigned(600, "o", "c"))
    story.until(650)
    assert story.firing() >= {SHORTAGE}
    story.say(660, cancelled(660, "p"))
    story.until(660)
    assert SHORTAGE not in story.firing()


@pytest.mark.parametrize("payment", ["paid", "cash"])
def test_unpaid_orders_make_no_shortage_until_they_are_paid(payment: str) -> None:
    """An unpaid order neither is open nor waits; once paid it waits since it was placed."""
    from_unpaid = placed(0, payment="unpaid")
    story = Story(town(RULES))
    story.say(0, venue(0), from_unpaid)
    story.until(900)
    assert SHORTAGE not in story.told
    assert story.counts()["open"] == 0
    story.say(900.5, placed(900.5, "later", payment=payment))  # type: ignore[arg-type]
    assert story.counts() == {"idle": 0, "busy": 0, "open": 1, "waiting": 1}


def test_couriers_past_their_age_are_missing_at_once() -> None:
    """When couriers fall silent, the ratio rises by itself: six for six becomes six for none."""
    rules = only("zone_shortage", min_on_shift=0, wait_raise_s=9999)
    story = Story(town(rules))
    story.say(0, venue(0), *fleet(0, 6), *rush(0, 6))
    story.until(1000)
    # The last position is 60 s old at 60 s; at 61 s all six have left the supply.
    assert story.lives(*SHORTAGE) == [(181, "firing")]


def test_a_shortage_is_kept_for_its_time_after_it_is_gone() -> None:
    """With `keep_s` 60 an alert ends 60 s after the clearing, and not if the breach comes back."""
    rules: Overrides = {
        **NO_WAIT,
        "zone_shortage": {**NO_WAIT["zone_shortage"], "keep_s": 60},
    }
    story = six_couriers(9, rules)
    keep_alive(story, range(30, 150, 30), 6)
    for i in range(2):  # 1.17
        story.say(150 + i, cancelled(150 + i, f"o{i}"))
    keep_alive(story, range(180, 210, 30), 6)
    story.say(205, *rush(205, 2, first=50), *fleet(205, 6))  # back at 1.5
    keep_alive(story, range(230, 300, 30), 6)
    assert story.lives(*SHORTAGE) == [(120, "firing")]
    for i in range(2):
        story.say(300, cancelled(300, f"o{50 + i}"))
    keep_alive(story, range(301, 420, 30), 6)
    assert story.lives(*SHORTAGE) == [(120, "firing"), (360, "resolved")]


def test_a_shortage_says_below_what_and_when_it_ends() -> None:
    """Both bounds that must be passed; and, from then on, the time, which no act of its own is."""
    rules: Overrides = {
        **NO_WAIT,
        "zone_shortage": {**NO_WAIT["zone_shortage"], "keep_s": 60},
    }
    story = six_couriers(9, rules)
    keep_alive(story, range(30, 150, 30), 6)
    story.until(130)
    fired = story.alert(*SHORTAGE)
    assert fired.clears_below == {"ratio": 1.25, "oldest_wait": 80_000}
    assert fired.ends_ts is None
    for i in range(2):
        story.say(150, cancelled(150, f"o{i}"))
    story.until(151)
    clearing = story.alert(*SHORTAGE)
    assert clearing.ends_ts == at(210)
    assert clearing.updated_ts == fired.updated_ts
    assert story.changes[-1] == "clearing"


def test_a_second_shortage_is_a_new_alert_with_a_new_id() -> None:
    """After `resolved` the same zone's next shortage has another id and begins anew."""
    story = Story(town(RULES))
    story.say(0, venue(0), placed(0))
    story.say(500, cancelled(500, "o"), placed(500, "p"))
    story.until(1000)
    assert story.lives(*SHORTAGE) == [(420, "firing"), (500, "resolved"), (920, "firing")]
    assert len({alert.id for alert in story.alerts if alert.rule == "zone_shortage"}) == 2


def test_busy_couriers_count_and_those_off_shift_do_not() -> None:
    """`on_shift` is idle and busy: three idle and three busy are six, one off is five."""
    story = Story(town(NO_WAIT))
    story.say(0, venue(0), *fleet(0, 6), *rush(0, 8))
    story.say(1, *(status(1, f"c{i}", "to_venue") for i in range(3)))
    assert story.counts() == {"idle": 3, "busy": 3, "open": 8, "waiting": 8}
    story.say(2, status(2, "c0", "off"))
    keep = range(30, 150, 30)
    for second in keep:
        story.say(second, *(courier(second, f"c{i}", 0.05) for i in range(6)))
    story.until(121)
    assert story.counts()["busy"] == 2
    assert story.lives(*SHORTAGE) == []
    story.until(122)
    assert story.lives(*SHORTAGE) == [(122, "firing")]


def test_delivered_orders_are_no_demand() -> None:
    """An order that is picked up is still open, one delivered is not."""
    story = Story(town(RULES))
    story.say(0, venue(0), placed(0), *steps("o", 0, 1, 2))
    assert story.counts()["open"] == 1
    story.say(3, *steps("o", 0, 1, 2, 3))
    assert story.counts()["open"] == 0
