"""Pauses by themselves and by hand: warned, busy, paused, looked at again, resumed, by the second.

Venue `v` of four owes five orders since 2 s, which it promised in five minutes: three and more are
overdue at 602 s, and its alert fires at 662 s.
"""

from typing import Any

import pytest

from alerts.act import Outcome
from alerts.rulebook import Overrides
from monitor.core.commands import (
    AckAlert,
    ApproveAction,
    CancelAction,
    PauseByHand,
    RejectAction,
    ResumeByHand,
    SwitchActions,
)
from tests.support.acting import acting
from tests.support.cities import CITY, assigned, at, cancelled, placed, steps, venue
from tests.support.remedies import Stage
from tests.support.towns import beat, only

SLOW: Overrides = only("venue_slow", mode="auto")
PROPOSED: Overrides = only("venue_slow", mode="propose")
FIRES = 662
BUSY, PAUSED, ENDS = FIRES + 120, FIRES + 420, FIRES + 1320
ON_TIME = [(BUSY, "busy", BUSY + 300), (PAUSED, "pause", ENDS)]


def slow(rules: Overrides = SLOW, until: float = FIRES, arrives: bool = True, **more: Any) -> Stage:
    """The alert of `v` has just fired."""
    stage = Stage(acting(rules, **more), arrives=arrives)
    stage.say(0, *(venue(0, f"v{i}") for i in range(3)), venue(0, "v", prep_minutes=5))
    stage.say(2, *(placed(2, f"o{i}") for i in range(5)))
    stage.until(until)
    return stage


def catch_up(stage: Stage, seconds: float, venue_id: str = "v") -> None:
    """All orders of the venue are cancelled: it owes nothing any more."""
    first = "o" if venue_id == "v" else "p"
    stage.say(seconds, *(cancelled(seconds, f"{first}{i}") for i in range(5)))


# --- the stages -----------------------------------------------------------------------------


def test_a_slow_venue_is_warned_of_made_busy_paused_and_resumed_on_time() -> None:
    """Support hears first; 2 minutes later it is busy, after 5 more paused, 15 later looked at."""
    stage = slow()
    assert stage.action("pause_venue").stage == "warned"
    stage.until(FIRES + 11)
    assert stage.noticed() == [(FIRES + 10, "t", "open", 1)]
    stage.until(PAUSED + 1)
    assert stage.told_venue() == ON_TIME
    catch_up(stage, PAUSED + 300)
    stage.until(ENDS + 10)
    assert stage.told_venue() == [*ON_TIME, (ENDS, "resume", None)]
    assert stage.states("pause_venue") == [
        (FIRES, "approved"),
        (BUSY, "delivered"),
        (ENDS, "effective"),
        (ENDS, "reverted"),
    ]
    assert stage.action("pause_venue").came.words == "the kitchen has caught up"
    assert stage.living == []  # the notice was closed with the alert


def test_letters_to_a_venue_say_what_they_are_founded_on() -> None:
    """Ten minutes longer while busy; the evidence are the orders open and overdue."""
    stage = slow(until=PAUSED)
    busy, pause = (letter.body for letter in stage.letters if letter.recipient == "v")
    assert busy.longer_prep_min == 10  # type: ignore[union-attr]
    assert pause.longer_prep_min is None  # type: ignore[union-attr]
    assert pause.evidence == {"open_orders": 5, "overdue": 5, "left_unaccepted": 5}  # type: ignore[union-attr]
    assert pause.reason == stage.alert("venue_slow", "v").reason  # type: ignore[union-attr]


def test_a_venue_that_has_not_caught_up_is_paused_longer_once() -> None:
    """Still overdue when the pause ends: 15 minutes more, then it is resumed whatever it owes."""
    stage = slow(until=ENDS + 2_000)
    assert stage.told_venue() == [
        *ON_TIME,
        (ENDS, "extend", ENDS + 900),
        (ENDS + 900, "resume", None),
    ]
    assert [state for _, state in stage.states("pause_venue")][2:] == ["ineffective", "reverted"]


def test_a_pause_is_not_extended_by_figures_that_are_stale() -> None:
    """Orders fell silent three minutes before it ends: nobody knows, so the venue is resumed."""
    stage = Stage(acting({**SLOW, "feed_silent": {"silent_s": 60}}))
    stage.say(0, *(venue(0, f"v{i}") for i in range(3)), venue(0, "v", prep_minutes=5))
    stage.say(2, *(placed(2, f"o{i}") for i in range(5)))
    for seconds in range(20, ENDS - 180, 20):
        order = f"x{seconds}"
        stage.say(seconds, placed(seconds, order, "v0"), cancelled(seconds, order))
    stage.until(ENDS + 10)
    assert "venue_slow" in stage.city.held
    assert stage.told_venue() == [*ON_TIME, (ENDS, "resume", None)]


def test_a_pause_is_not_extended_for_orders_whose_couriers_came_late() -> None:
    """They got couriers a minute before its end: what they were late by was not the kitchen's."""
    stage = slow(until=ENDS - 60)
    given = (assigned(ENDS - 60, f"o{i}", f"c{i}") for i in range(5))
    stage.say(ENDS - 60, *given)
    stage.until(ENDS + 10)
    assert ("venue_slow", "v") in stage.firing()
    assert stage.told_venue() == [*ON_TIME, (ENDS, "resume", None)]


def test_a_warned_venue_that_catches_up_is_left_alone() -> None:
    """The alert ends before anything was sent: the action expires, its notice is closed."""
    stage = slow()
    catch_up(stage, FIRES + 60)
    stage.until(FIRES + 3_600)
    assert stage.told_venue() == []
    assert stage.action("pause_venue").state == "expired"
    assert [step for _, _, step, _ in stage.noticed()] == ["open", "close"]


def test_a_busy_venue_that_catches_up_is_not_paused() -> None:
    """The alert ends while it is busy: it is open again at that second."""
    stage = slow()
    catch_up(stage, BUSY + 100)
    stage.until(ENDS)
    assert stage.told_venue() == [ON_TIME[0], (BUSY + 100, "resume", None)]
    assert stage.living == []


def test_a_silent_venue_is_paused_without_being_busy_first() -> None:
    """No heartbeat for 5 minutes: warned, two minutes later paused; a heartbeat ends it in time."""
    stage = Stage(acting(only("venue_silent", mode="auto")))
    stage.say(0, *(venue(0, f"v{i}") for i in range(3)), venue(0, "v"), beat(0))
    stage.until(425)
    assert stage.told_venue() == [(420, "pause", 1320)]
    stage.say(1_000, beat(1_000))
    stage.until(1_330)
    assert stage.told_venue()[1:] == [(1320, "resume", None)]
    assert stage.states("pause_venue")[-2:] == [(1320, "effective"), (1320, "reverted")]


# --- what keeps it from pausing -------------------------------------------------------------


def test_of_two_slow_venues_only_the_share_is_paused_at_once() -> None:
    """A quarter of four venues is one: the other waits until the first is open again."""
    stage = slow(pause={"zone_share": 0.25, "extensions": 0}, until=0)
    stage.say(3, venue(3, "v2", prep_minutes=5))
    stage.say(4, *(placed(4, f"p{i}", "v2") for i in range(5)))
    paused: set[str] = set()
    stage.until(5_000)
    for letter in stage.letters:
        change = getattr(letter.body, "change", "")
        if change == "pause":
            paused.add(letter.recipient)
        elif change == "resume":
            paused.discard(letter.recipient)
        assert len(paused) <= 1
    assert {r.recipient for r in stage.letters if getattr(r.body, "change", "") == "pause"} == {
        "v",
        "v2",
    }
    assert stage.hindered()["share_paused"] == 1


def test_a_share_of_no_whole_venue_pauses_none() -> None:
    """A tenth of four venues is none: busy is as far as it goes."""
    stage = slow(pause={"city_share": 0.1}, until=6_000)
    assert [change for _, change, _ in stage.told_venue()] == ["busy"]


def test_a_venue_late_for_want_of_couriers_is_never_touched() -> None:
    """Its orders have nobody to bring them while the zone is short: neither busy nor paused."""
    stage = slow(only("venue_slow", "zone_shortage", mode="auto"), until=5_000)
    assert ("venue_slow", "v") in stage.firing()
    assert ("zone_shortage", "west") in stage.firing()
    assert stage.told_venue() == []
    assert stage.hindered()["couriers_late"] == 1


def test_a_pause_is_not_even_proposed_where_couriers_are_late() -> None:
    """People see the alert and its reason, and no button to punish the venue."""
    stage = slow(only("venue_slow", "zone_shortage", mode="propose"), until=2_000)
    assert ("venue_slow", "v") in stage.firing()
    assert not [action for action in stage.living if action.kind == "pause_venue"]
    alert = stage.alert("venue_slow", "v")
    assert stage.city.desk.actions.hindrance_of(alert.id) == "couriers_late"


@pytest.mark.parametrize(("after_s", "paused"), [(240, False), (900, True)])
def test_once_an_order_has_its_courier_the_venue_has_its_time_again(
    after_s: float, paused: bool
) -> None:
    """Couriers come late: what is not ready five minutes after that is the kitchen's own doing."""
    stage = slow(only("venue_slow", "zone_shortage", mode="auto"), until=2_000)
    stage.say(2_000, *(assigned(2_000, f"o{i}", f"c{i}") for i in range(5)))
    stage.until(2_000 + after_s)
    assert bool(stage.told_venue()) is paused


def test_orders_readied_late_for_couriers_late_say_nothing_against_the_kitchen() -> None:
    """Five orders get couriers half an hour late and are ready three minutes after: no pause."""
    stage = slow(only("venue_slow", "zone_shortage", mode="auto"), until=2_000)
    stage.say(2_000, *(assigned(2_000, f"o{i}", f"c{i}") for i in range(5)))
    stage.say(2_180, *(e for i in range(5) for e in steps(f"o{i}", 2_170, 2_180)))
    stage.say(2_900, *(e for i in range(5) for e in steps(f"o{i}", 2_170, 2_180, 2_400, 2_900)))
    stage.until(6_000)
    assert ("venue_slow", "v") in stage.firing()  # for its orders came half an hour late
    assert stage.told_venue() == []


def test_a_switched_off_kind_pauses_nothing_and_lets_what_is_paused_go() -> None:
    """Off before: put off. Off during a pause: not extended, resumed at its time."""
    off = SwitchActions(CITY, at(PAUSED + 10), "eve", "pause_venue", True, "trial")
    stage = slow(until=PAUSED + 1)
    stage.say(PAUSED + 10, off)
    stage.until(ENDS + 10)
    assert stage.told_venue() == [*ON_TIME, (ENDS, "resume", None)]
    stage = slow(until=100)
    stage.say(100, SwitchActions(CITY, at(100), "eve", "all", True, "trial"))
    stage.until(ENDS)
    assert stage.letters == []
    assert "switched_off" in stage.hindered()


def test_a_dry_run_goes_through_every_stage_and_sends_nothing() -> None:
    """Decided, counted as told, reverted; not one letter."""
    stage = slow(dry_run=True, until=ENDS + 2_000)
    assert stage.letters == []
    assert [state for _, state in stage.states("pause_venue")] == [
        "approved",
        "delivered",
        "ineffective",
        "reverted",
    ]


# --- proposals ------------------------------------------------------------------------------


def test_a_proposed_pause_expires_or_is_carried_out_at_once_when_approved() -> None:
    """Nobody decides for 15 minutes: over. A yes: paused in that second, without being busy."""
    stage = slow(PROPOSED, until=FIRES + 900)
    assert stage.states("pause_venue") == [(FIRES, "proposed"), (FIRES + 900, "expired")]
    assert stage.told_venue() == []
    stage = slow(PROPOSED, until=700)
    action = stage.action("pause_venue")
    assert stage.say(700, ApproveAction(CITY, at(700), "ann", action.id, action.version))[0].ok
    assert stage.told_venue() == [(700, "pause", 1600)]
    assert stage.action("pause_venue").approved_by == "ann"


def test_a_rejected_proposal_does_not_come_back_with_a_mark() -> None:
    """Somebody acknowledges the alert afterwards: no second proposal for the same alert."""
    stage = slow(PROPOSED, until=700)
    action = stage.action("pause_venue")
    stage.say(700, RejectAction(CITY, at(700), "ann", action.id, "they have called"))
    stage.say(710, AckAlert(CITY, at(710), "bob", stage.alert("venue_slow", "v").id))
    stage.until(5_000)
    assert stage.states("pause_venue") == [(FIRES, "proposed"), (700, "rejected")]
    assert stage.told_venue() == []


# --- by hand --------------------------------------------------------------------------------


def by_hand(seconds: float, by: str = "ann", **more: Any) -> PauseByHand:
    return PauseByHand(CITY, at(seconds), by, "v", "a fire in the kitchen", **more)


def quiet() -> Stage:
    """A venue of which nobody complains."""
    stage = Stage(acting(SLOW))
    stage.say(0, venue(0, "v"), venue(0, "v1"))
    return stage


def test_a_pause_by_hand_ends_when_it_was_ordered_to() -> None:
    """Twenty minutes and not a second more, however the venue does."""
    stage = quiet()
    assert stage.say(10, by_hand(10, minutes=20.0))[0].ok
    stage.until(2_000)
    assert stage.told_venue() == [(10, "pause", 1210), (1210, "resume", None)]
    action = stage.action()
    assert (action.mode, action.by, action.state) == ("by_hand", "ann", "reverted")
    assert stage.living == []


def test_a_resume_by_hand_ends_it_at_once() -> None:
    """Resumed at 60 s; a second resume is refused, for nothing of ours is on it."""
    stage = quiet()
    stage.say(10, by_hand(10))
    order = ResumeByHand(CITY, at(60), "bob", "v", "the fire is out")
    assert stage.say(60, order)[0].ok
    assert stage.told_venue() == [(10, "pause", 910), (60, "resume", None)]
    assert stage.living == []
    (outcome,) = stage.say(61, order)
    assert outcome.refusal == "not_possible"


def test_a_cancelled_pause_is_resumed() -> None:
    """Cancelling takes back what was changed; the action ends as reverted or cancelled."""
    stage = slow(until=PAUSED + 1)
    action = stage.action("pause_venue")
    assert stage.say(PAUSED + 5, CancelAction(CITY, at(PAUSED + 5), "ann", action.id, "no"))[0].ok
    assert stage.told_venue()[-1] == (PAUSED + 5, "resume", None)
    assert stage.action("pause_venue").state in ("reverted", "cancelled")


def test_busy_by_hand_lengthens_times_and_ends_by_itself() -> None:
    """Five minutes longer promises, then open; never paused for it."""
    stage = quiet()
    assert stage.say(10, by_hand(10, busy=True))[0].ok
    stage.until(2_000)
    assert [(seconds, change) for seconds, change, _ in stage.told_venue()] == [
        (10, "busy"),
        (310, "resume"),
    ]


def test_of_two_who_pause_a_venue_the_second_is_told_of_the_first() -> None:
    """It is paused already, by ann, since then."""
    stage = quiet()
    stage.say(10, by_hand(10))
    (outcome,) = stage.say(20, by_hand(20, "bob"))
    assert outcome == Outcome(
        False, "changed", "it is paused already", "ann", at(10), stage.action().id
    )


def test_a_stranger_is_not_paused() -> None:
    """An unknown venue is refused with its name, and nothing is sent."""
    stage = Stage(acting(SLOW))
    (outcome,) = stage.say(10, by_hand(10))
    assert (outcome.refusal, stage.letters) == ("unknown_venue", [])


# --- the resume is heard --------------------------------------------------------------------


def test_a_resume_is_waited_for_until_something_is_known_of_it() -> None:
    """Nothing is told of it for an hour: the action lives; then it arrives and is over."""
    stage = quiet()
    stage.arrives = False
    stage.say(10, by_hand(10))
    stage.report(12, stage.letters[0])
    stage.until(4_510)
    assert stage.action().stage == "resuming"
    assert stage.living == [stage.action()]
    assert stage.letters[-1].deadline_ts >= at(910) + 6 * 3_600_000
    stage.report(4_520, stage.letters[-1])
    assert (stage.action().state, stage.living) == ("reverted", [])


def test_what_stood_in_the_way_of_a_pause_is_looked_at_again() -> None:
    """Pauses were switched off when the alert fired: it is proposed once they are on again."""
    stage = Stage(acting(PROPOSED))
    stage.say(0, *(venue(0, f"v{i}") for i in range(3)), venue(0, "v", prep_minutes=5))
    stage.say(2, *(placed(2, f"o{i}") for i in range(5)))
    stage.say(3, SwitchActions(CITY, at(3), "anna", "pause_venue", True, "a drill"))
    stage.until(FIRES + 200)
    assert stage.hindered() == {"switched_off": 1}
    stage.say(
        FIRES + 201, SwitchActions(CITY, at(FIRES + 201), "anna", "pause_venue", False, "over")
    )
    stage.until(FIRES + 300)
    assert stage.action("pause_venue").state == "proposed"


def test_a_letter_that_one_of_two_targets_refuses_may_come_by_the_other() -> None:
    """Only when both have failed has the pause failed; told twice counts once."""
    stage = slow(pause={"targets": ("a", "b")}, until=BUSY + 1, arrives=False)
    by_a, by_b = stage.letters[-2:]
    assert {by_a.to, by_b.to} == {"a", "b"}
    for seconds in (BUSY + 2, BUSY + 3):
        stage.report(seconds, by_a, "failed")
    assert stage.action("pause_venue").targets[-1].state == "waiting"
    stage.report(BUSY + 4, by_b, "delivered")
    assert stage.action("pause_venue").targets[-1].state == "delivered"
