"""Couriers: who counts as supply where, `courier_silent` and `courier_stuck`."""

import pytest

from alerts.rulebook import Overrides
from monitor.core.events import OrderPickedUp
from tests.support.cities import CITY, assigned, at, cancelled, courier, placed, steps
from tests.support.towns import Story, only, row_of, status, town

IDLE = {"idle": 1, "busy": 0, "open": 0, "waiting": 0}
NONE = {"idle": 0, "busy": 0, "open": 0, "waiting": 0}
BUSY = {"idle": 0, "busy": 1, "open": 0, "waiting": 0}
SILENT = ("courier_silent", "c")
STUCK = ("courier_stuck", "c")
DEGREE_M = 111_195.0
QUIET: Overrides = only()


# --- supply ----------------------------------------------------------------------------------


def test_a_courier_first_seen_without_a_status_is_idle() -> None:
    """Nobody told what he does: he is free."""
    story = Story(town(QUIET))
    story.say(0, courier(0, "c", 0.05))
    assert story.counts() == IDLE


def test_a_position_without_a_status_keeps_the_last_one() -> None:
    """He was on his way to a venue and is so still."""
    story = Story(town(QUIET))
    story.say(0, courier(0, "c", 0.05, status="to_venue"))
    story.say(1, courier(1, "c", 0.06))
    assert story.counts() == BUSY


@pytest.mark.parametrize("told", ["to_venue", "at_venue", "to_customer"])
def test_all_statuses_but_idle_and_off_count_as_busy(told: str) -> None:
    """To the venue, at it and to the customer is work."""
    story = Story(town(QUIET))
    story.say(0, courier(0, "c", 0.05, status=told))  # type: ignore[arg-type]
    assert story.counts() == BUSY


def test_a_courier_off_shift_counts_nowhere_until_he_is_back() -> None:
    """Off he is no supply, however fresh his positions; idle he is again."""
    story = Story(town(QUIET))
    story.say(0, courier(0, "c", 0.05))
    story.say(1, status(1, "c", "off"))
    assert story.counts() == NONE
    story.say(2, courier(2, "c", 0.05))
    assert story.counts() == NONE
    story.say(3, status(3, "c", "idle"))
    assert story.counts() == IDLE


def test_a_position_of_exactly_the_stale_age_still_counts() -> None:
    """60 s old he is supply, at the next whole second he is not."""
    story = Story(town(QUIET))
    story.say(0, courier(0, "c", 0.05))
    story.until(60)
    assert story.counts() == IDLE
    story.until(61)
    assert story.counts() == NONE


def test_a_courier_counts_again_with_his_next_position() -> None:
    """Back after an hour he is supply where he now is."""
    story = Story(town(QUIET))
    story.say(0, courier(0, "c", 0.05))
    story.say(3600, courier(3600, "c", 0.15))
    assert (story.counts(0), story.counts(1)) == (NONE, IDLE)


def test_a_status_makes_no_old_position_fresh() -> None:
    """Whoever only tells what he does is nowhere: his last position is old."""
    story = Story(town(QUIET))
    story.say(0, courier(0, "c", 0.05))
    story.say(100, status(100, "c", "idle"))
    assert story.counts() == NONE


def test_a_position_that_is_old_when_it_comes_counts_for_what_is_left_of_its_age() -> None:
    """Sent 50 s ago it counts for ten seconds more; sent 61 s ago not at all."""
    story = Story(town(QUIET))
    story.say(100, courier(50, "c", 0.05))
    assert story.counts() == IDLE
    story.until(110)
    assert story.counts() == IDLE
    story.until(111)
    assert story.counts() == NONE
    story.say(200, courier(139, "d", 0.05))
    assert story.counts() == NONE


def test_crossing_a_border_takes_from_one_zone_and_adds_to_the_other() -> None:
    """He leaves the west with the position that lies in the middle."""
    story = Story(town(QUIET))
    story.say(0, courier(0, "c", 0.05))
    story.say(1, courier(1, "c", 0.15))
    assert (story.counts(0), story.counts(1)) == (NONE, IDLE)


def test_the_border_belongs_to_the_first_zone_of_the_file() -> None:
    """On the line between west and middle he is in the west."""
    story = Story(town(QUIET))
    story.say(0, courier(0, "c", 0.1))
    assert story.counts(0) == IDLE


def test_outside_of_all_zones_he_is_in_none() -> None:
    """Beyond the east he counts, in no zone."""
    story = Story(town(QUIET))
    story.say(0, courier(0, "c", 0.5))
    assert story.counts(-1) == IDLE
    assert sum(int(story.city.balance.idle[z]) for z in range(3)) == 0


def test_an_older_position_is_stale() -> None:
    """What he sent before does not move him back, and is counted."""
    story = Story(town(QUIET))
    story.say(10, courier(10, "c", 0.05))
    story.say(11, courier(9, "c", 0.15))
    assert story.counts(0) == IDLE
    assert story.state.tally.stale == 1


def test_a_position_older_than_his_last_status_is_stale() -> None:
    """Per courier, whatever is older than the newest word of his is dropped."""
    story = Story(town(QUIET))
    story.say(10, status(10, "c", "idle"))
    story.say(11, courier(9, "c", 0.15))
    assert story.counts(1) == NONE
    assert story.state.tally.stale == 1


def test_a_position_and_a_status_of_one_moment_both_count() -> None:
    """Sent at the same millisecond, neither is older than the other."""
    story = Story(town(QUIET))
    story.say(10, courier(10, "c", 0.05), status(10, "c", "to_venue"))
    assert story.counts() == BUSY


# --- courier_silent --------------------------------------------------------------------------


def carrying(*names: str) -> Story:
    """A courier with an order and a position at 0, these rules judged."""
    story = Story(town(only(*names)))
    story.say(0, placed(0), courier(0, "c", 0.05, status="to_venue"), assigned(0, "o", "c"))
    return story


def test_a_courier_with_an_order_fires_after_five_silent_minutes() -> None:
    """No position for 300 s raises `courier_silent`, a position ends it."""
    story = carrying("courier_silent")
    story.until(299.999)
    assert story.lives(*SILENT) == []
    story.say(400, courier(400, "c", 0.05))
    story.until(401)
    assert story.lives(*SILENT) == [(300, "firing"), (400, "resolved")]


def test_a_courier_without_an_order_may_be_silent() -> None:
    """He has gone home without telling."""
    story = Story(town(only("courier_silent")))
    story.say(0, courier(0, "c", 0.05))
    story.until(5000)
    assert story.lives(*SILENT) == []


def test_a_status_is_not_a_position() -> None:
    """Who tells what he does but not where he is, is still missed."""
    story = carrying("courier_silent")
    story.say(200, status(200, "c", "to_customer"))
    story.until(300)
    assert story.lives(*SILENT) == [(300, "firing")]


@pytest.mark.parametrize("how", ["delivered", "cancelled", "given to another"])
def test_a_silent_courier_is_forgotten_with_his_last_order(how: str) -> None:
    """With nothing left to bring nobody waits for him."""
    ends = {
        "delivered": steps("o", 1, 2, 3, 350),
        "cancelled": [cancelled(350, "o")],
        "given to another": [assigned(350, "o", "d")],
    }
    story = carrying("courier_silent")
    story.say(350, *ends[how])
    story.until(351)
    assert story.lives(*SILENT) == [(300, "firing"), (350, "resolved")]


def test_an_order_given_to_one_long_silent_raises_at_once() -> None:
    """Silent for ten minutes when he gets it: nobody knows where he is."""
    story = Story(town(only("courier_silent")))
    story.say(0, courier(0, "c", 0.05), placed(0))
    story.say(600, assigned(600, "o", "c"))
    story.until(601)
    assert story.lives(*SILENT) == [(600, "firing")]


def test_for_s_begins_when_he_is_given_the_order() -> None:
    """With `for_s` 90 one long silent fires 90 s after he got it."""
    story = Story(town(only("courier_silent", for_s=90)))
    story.say(0, courier(0, "c", 0.05), placed(0))
    story.say(600, assigned(600, "o", "c"))
    story.until(689.999)
    assert story.lives(*SILENT) == []
    story.until(690)
    assert story.lives(*SILENT) == [(690, "firing")]


def test_a_courier_never_seen_is_not_silent() -> None:
    """He has sent no position yet: there is nothing that stopped."""
    story = Story(town(only("courier_silent")))
    story.say(0, placed(0), assigned(0, "o", "c"))
    story.until(5000)
    assert story.lives(*SILENT) == []


def test_a_pick_up_by_another_moves_the_order_to_him() -> None:
    """The one who picked up carries it, the one who was assigned no more."""
    story = carrying("courier_silent")
    story.say(10, OrderPickedUp(CITY, at(10), "o", "d"))
    assert row_of(story.city.couriers, "c")["carrying"] == 0
    assert row_of(story.city.couriers, "d")["carrying"] == 1


# --- courier_stuck ---------------------------------------------------------------------------


def rides(
    story: Story, start: int, end: int, drift_m: float = 0.0, told: str = "to_venue", step: int = 30
) -> None:
    """Positions every half minute, so many metres on at each."""
    for i, second in enumerate(range(start, end + 1, step)):
        lon = 0.05 + i * drift_m / DEGREE_M
        story.say(second, courier(second, "c", lon, status=told))  # type: ignore[arg-type]


def stuck_story(**fields: float) -> Story:
    """A city in which `courier_stuck` alone is judged."""
    return Story(town(only("courier_stuck", **fields)))


def test_a_courier_who_stands_still_on_his_way_fires_after_ten_minutes() -> None:
    """Under way and within 50 m for 600 s."""
    story = stuck_story()
    rides(story, 0, 590, step=10)
    assert story.lives(*STUCK) == []
    story.say(600, courier(600, "c", 0.05))
    story.until(600)
    assert story.lives(*STUCK) == [(600, "firing")]


def test_moving_fifty_metres_ends_it() -> None:
    """49 m away he is still stuck, 51 m away he is not."""
    story = stuck_story()
    rides(story, 0, 600)
    story.say(610, courier(610, "c", 0.05 + 49 / DEGREE_M))
    story.until(620)
    assert story.firing() == {STUCK}
    story.say(630, courier(630, "c", 0.05 + 51 / DEGREE_M))
    story.until(640)
    assert [what for _, what in story.lives(*STUCK)] == ["firing", "resolved"]


def test_creeping_along_is_moving() -> None:
    """Three metres every half minute are sixty in ten minutes: never stuck."""
    story = stuck_story()
    rides(story, 0, 3600, drift_m=3)
    assert story.lives(*STUCK) == []


@pytest.mark.parametrize("told", ["idle", "at_venue", "off"])
def test_only_who_is_under_way_can_be_stuck(told: str) -> None:
    """Idle, at the venue or off he may stand for as long as he likes."""
    story = stuck_story()
    rides(story, 0, 3600, told=told)
    assert story.lives(*STUCK) == []


def test_reaching_the_venue_ends_it() -> None:
    """At the venue he is meant to stand."""
    story = stuck_story()
    rides(story, 0, 600)
    story.say(640, status(640, "c", "at_venue"))
    story.until(650)
    assert [what for _, what in story.lives(*STUCK)] == ["firing", "resolved"]


def test_the_ten_minutes_begin_with_the_way() -> None:
    """After an hour at the venue he has ten minutes from leaving on."""
    story = stuck_story()
    rides(story, 0, 3600, told="at_venue")
    rides(story, 3610, 4200, told="to_customer", step=10)
    assert story.lives(*STUCK) == []
    rides(story, 4210, 4220, told="to_customer", step=10)
    story.until(4230)
    assert [what for _, what in story.lives(*STUCK)] == ["firing"]


def test_one_who_sends_nothing_is_silent_not_stuck() -> None:
    """Standing still is shown by positions, not by their absence."""
    story = stuck_story()
    story.say(0, courier(0, "c", 0.05, status="to_venue"))
    story.until(5000)
    assert story.lives(*STUCK) == []


def test_for_s_of_a_stuck_courier_ends_by_time_alone() -> None:
    """With `for_s` 60 he fires a minute after the ten, positions or not."""
    story = stuck_story(for_s=60)
    rides(story, 0, 600)
    story.until(659.999)
    assert story.lives(*STUCK) == []
    story.until(660)
    assert story.lives(*STUCK) == [(660, "firing")]
