"""Pushes by themselves: whom a short zone asks and when it stops, second by second.

Three orders wait in `west` since 0 s, near its border with `mid`; the shortage fires at 420 s.
Couriers wait idle across the border.
"""

from itertools import pairwise
from typing import Any

import pytest

from alerts.act import Outcome
from alerts.mute import Matcher
from alerts.rulebook import Overrides
from monitor.core.commands import ApproveAction, CancelAction, Silence, SwitchActions
from tests.support.acting import acting, answer
from tests.support.cities import CITY, assigned, at, courier, placed, venue
from tests.support.remedies import Stage
from tests.support.towns import only, status

NEAR = 0.104  # a kilometre from the venue, in `mid`
FAR = 0.128  # nearly four kilometres from it
HERE = 0.096
VENUE = 0.095
SHORT = ("zone_shortage", "west")
RULES: Overrides = only("zone_shortage", mode="auto")


def near(count: int, lon: float = NEAR, first: int = 0) -> dict[str, float]:
    """So many couriers a little apart, `c0` the nearest."""
    return {f"c{first + i}": lon + i * 0.0005 for i in range(count)}


def let_pass(stage: Stage, first: int, last: int, where: dict[str, float]) -> None:
    """Until `last` every courier tells each 20 s where he is."""
    for second in range(first, last, 20):
        stage.say(second, *(courier(second, name, lon) for name, lon in where.items()))
    stage.until(last)


def short(
    where: dict[str, float], rules: Overrides = RULES, orders: int = 3, **settings: Any
) -> Stage:
    """It is 425 s, and these couriers are idle; `settings` are those of `acting`."""
    return short_of(Stage(acting(rules, **settings)), where, orders)


def short_of(stage: Stage, where: dict[str, float], orders: int = 3) -> Stage:
    stage.say(0, venue(0, "v", VENUE), *(placed(0, f"o{i}") for i in range(orders)))
    stage.say(400, *(courier(400, name, lon, status="idle") for name, lon in where.items()))
    stage.until(425)
    return stage


def all_answer(stage: Stage, seconds: float, accepts: bool, *names: str) -> None:
    """These couriers (all, if none is named) answer the newest campaign."""
    targets = stage.action("push_couriers").targets
    stage.say(
        seconds,
        *(
            answer(seconds, target, accepts)
            for target in targets
            if target.answer is None and (target.id in names or not names)
        ),
    )


def approve(seconds: float, action_id: str, by: str = "ann", version: int | None = None) -> Any:
    return ApproveAction(CITY, at(seconds), by, action_id, version)


# --- whom it asks ---------------------------------------------------------------------------


def test_it_asks_as_many_as_are_short_divided_by_those_who_accept() -> None:
    """Three short and half of them accepting: the six nearest are asked when the alert fires."""
    stage = short(near(10))
    assert stage.pushed() == [(420, f"c{i}") for i in range(6)]
    action = stage.action()
    assert (action.expected.couriers, action.expected.acceptance) == (3, 0.5)
    assert (action.state, action.mode, action.alert) == (
        "delivered",
        "auto",
        stage.alert(*SHORT).id,
    )
    assert stage.alert(*SHORT).actions == (action.id,)


def test_a_letter_says_where_to_until_when_and_why() -> None:
    """The push leads to the venue whose orders wait, and its answer is due in a minute."""
    stage = short(near(6))
    body = stage.letters[0].body
    assert (body.lon, body.lat, body.zone_id) == (VENUE, 0.05, "west")  # type: ignore[union-attr]
    assert body.answer_by_ts == stage.letters[0].deadline_ts == at(480)  # type: ignore[union-attr]
    assert body.reason == stage.alert(*SHORT).reason  # type: ignore[union-attr]


def test_a_zone_gives_nobody_whom_it_needs_itself() -> None:
    """Of six idle couriers two are spare where four orders wait: no more than two are asked."""
    stage = Stage(acting(RULES))
    stage.say(0, venue(0, "m", 0.15), venue(0, "v", VENUE), *(placed(0, f"o{i}") for i in range(3)))
    stage.say(390, *(placed(390, f"m{i}", "m") for i in range(4)))
    short_of(stage, near(6), 0)
    assert len(stage.pushed()) == 2
    all_answer(stage, 430, True)  # and set out; until they are gone nobody else is spare
    let_pass(stage, 440, 680, near(6))
    assert len(stage.pushed()) == 2
    assert ("zone_shortage", "mid") not in stage.told


def test_nobody_is_asked_within_his_cool_down_nor_past_his_hour() -> None:
    """Four couriers who always decline hear of it every 15 minutes, three times in an hour."""
    stage = short(near(4), push={"per_hour": 100})
    for second in range(425, 4_420, 20):
        stage.say(second, *(courier(second, name, lon) for name, lon in near(4).items()))
        all_answer(stage, second + 1, False)
    times = [seconds for seconds, name in stage.pushed() if name == "c0"]
    assert len(times) == 4
    assert all(after - before >= 900 for before, after in pairwise(times))
    assert times[3] - times[0] >= 3_600


def test_a_citys_budget_of_an_hour_is_never_passed() -> None:
    """With four pushes an hour a short zone gets four, and the reason stands with its alert."""
    stage = short(near(10), push={"per_hour": 4})
    assert len(stage.pushed()) == 4
    all_answer(stage, 430, False)
    let_pass(stage, 440, 1_500, near(10))
    assert len(stage.pushed()) == 4
    assert stage.hindered().get("budget_spent")


def test_where_nobody_is_near_it_looks_farther_at_once() -> None:
    """Nobody within 2.5 km, six at four: they are asked in the first second."""
    stage = short(near(6, FAR), push={"radius_m": 2_500})
    assert [seconds for seconds, _ in stage.pushed()] == [420] * 6
    assert stage.action().level == 2


def test_a_single_order_that_waits_asks_couriers_of_its_own_zone_too() -> None:
    """`order_unassigned` after eight minutes asks two for one, the nearest of all."""
    stage = Stage(acting(only("order_unassigned", mode="auto")))
    stage.say(0, venue(0, "v", VENUE), placed(0, "o"))
    stage.say(470, *(courier(470, f"c{i}", HERE + i / 1000, status="idle") for i in range(4)))
    stage.until(485)
    assert stage.pushed() == [(480, "c0"), (480, "c1")]
    assert stage.letters[0].body.order_id == "o"  # type: ignore[union-attr]


# --- when it stops --------------------------------------------------------------------------


def test_it_asks_nobody_else_when_enough_accept() -> None:
    """Three of six say yes: at the end of the round nothing more is sent."""
    stage = short(near(20))
    all_answer(stage, 430, True, "c0", "c1", "c2")
    let_pass(stage, 440, 700, near(20))
    assert len(stage.pushed()) == 6
    assert stage.action().stage == "waiting"
    assert stage.action().came.unanswered == 3


def test_the_second_round_looks_farther() -> None:
    """Both near ones decline: a minute later those four kilometres away are asked."""
    stage = short(near(2) | near(6, FAR, 2), push={"radius_m": 2_500})
    assert stage.pushed() == [(420, "c0"), (420, "c1")]
    all_answer(stage, 430, False)
    let_pass(stage, 440, 485, near(2) | near(6, FAR, 2))
    assert {name for seconds, name in stage.pushed() if seconds == 480} == {
        f"c{i}" for i in range(2, 8)
    }
    assert stage.action().level == 2


def test_after_the_last_round_support_hears_that_couriers_do_not_come() -> None:
    """Two rounds of two decline: support is told of the alert ten seconds later."""
    stage = short(near(4), push={"rounds": 2, "per_action": 2, "acceptance": 1.0}, orders=2)
    all_answer(stage, 430, False)
    assert stage.noticed() == []
    let_pass(stage, 440, 600, near(4))
    assert stage.noticed() == [(490, "t", "open", 1)]


def test_a_shortage_that_grows_is_met_while_others_are_on_their_way() -> None:
    """Enough said yes, then four more orders come: four more couriers are asked for."""
    stage = short(near(20), push={"acceptance": 1.0})
    assert len(stage.pushed()) == 3
    all_answer(stage, 430, True)
    stage.say(435, *(placed(435, f"p{i}") for i in range(4)))
    let_pass(stage, 440, 520, near(20))
    later = [name for seconds, name in stage.pushed() if seconds > 420]
    assert len(later) == 4  # one for each order that waits
    assert len({name for _, name in stage.pushed()}) == 7


def test_nobody_counts_on_a_courier_who_got_an_order_on_the_way() -> None:
    """One of three who said yes gets an order elsewhere: one other is asked."""
    stage = short(near(20), push={"acceptance": 1.0})
    all_answer(stage, 430, True)
    let_pass(stage, 440, 500, near(20))
    assert len(stage.pushed()) == 3
    stage.say(501, status(501, "c0", "to_venue"))
    let_pass(stage, 510, 560, near(20))
    assert len(stage.pushed()) == 4


def test_an_alert_that_ends_ends_its_asking() -> None:
    """The orders get couriers during the first round: no second one begins."""
    stage = short(near(20))
    stage.say(450, *(assigned(450, f"o{i}", f"c{10 + i}") for i in range(3)))
    stage.say(451, *(courier(451, f"c{10 + i}", HERE, status="to_venue") for i in range(3)))
    let_pass(stage, 460, 800, near(10))
    assert SHORT not in stage.firing()
    assert len(stage.pushed()) == 6


# --- what came of it ------------------------------------------------------------------------


@pytest.mark.parametrize(("helped", "state"), [(True, "effective"), (False, "ineffective")])
def test_the_effect_is_judged_when_the_window_ends(helped: bool, state: str) -> None:
    """Fifteen minutes after the last push; effective where they came and the shortage ended."""
    stage = short(near(3), push={"acceptance": 1.0, "rounds": 1})
    all_answer(stage, 430, helped)
    where = near(3)
    let_pass(stage, 440, 600, where)
    if helped:
        where = dict.fromkeys(where, HERE)
        stage.say(600, *(assigned(600, f"o{i}", f"c{i}") for i in range(3)))
    first = stage.living[0].id
    let_pass(stage, 601, 1_319, where)
    assert first in stage.city.desk.actions.living
    let_pass(stage, 1_320, 1_322, where)
    action = stage.city.desk.actions.find(first)
    assert action is not None
    assert (action.state, action.record[-1].ts) == (state, at(1320))
    assert action.came.moved == (3 if helped else 0)
    if helped:
        assert action.came.recovered_s == 181  # fired at 420, over at the second after 600
        assert action.came.words == "3 of 3 accepted, 3 came; recovered after 3.0 min"


def test_a_share_is_held_back_to_compare_with() -> None:
    """Of those chosen about half get no letter, are noted, and rest like the others."""
    stage = short(near(30), push={"control_share": 0.5, "acceptance": 0.15})
    targets = stage.action().targets
    held = {target.id for target in targets if target.state == "held_back"}
    assert 4 <= len(held) <= len(targets) - 4
    assert {name for _, name in stage.pushed()} == {t.id for t in targets} - held
    all_answer(stage, 430, False)
    let_pass(stage, 440, 700, near(30))
    assert not held & {name for _, name in stage.pushed()}
    assert stage.action().came.accepted == 0


def test_what_couriers_answer_changes_how_many_are_asked() -> None:
    """After a round of noes the next one asks more for the same shortage."""
    stage = short(near(40))
    rate = stage.city.desk.acceptance.rate(at(425))
    all_answer(stage, 430, False)
    let_pass(stage, 440, 485, near(40))
    assert stage.city.desk.acceptance.rate(at(485)) < rate
    assert len([1 for seconds, _ in stage.pushed() if seconds == 480]) == 10  # 3 / (5 / 16)


# --- what keeps it from acting --------------------------------------------------------------


def test_a_proposal_that_nobody_decides_on_expires_and_sends_nothing() -> None:
    """Ten minutes after it was proposed it is over; a new one comes no sooner than 15 later."""
    stage = short(near(6), only("zone_shortage", mode="propose"))
    let_pass(stage, 440, 1_900, near(6))
    assert stage.states("push_couriers") == [(420, "proposed"), (1020, "expired")]
    let_pass(stage, 1_900, 1_960, near(6))
    assert stage.states("push_couriers")[2:] == [(1920, "proposed")]
    assert stage.pushed() == []


def test_an_approved_proposal_is_planned_anew() -> None:
    """Those shown have left since: the couriers who are near now are asked."""
    stage = short(near(6), only("zone_shortage", mode="propose"))
    shown = [target.id for target in stage.action().targets]
    assert shown == [f"c{i}" for i in range(6)]
    now = near(6, 0.19) | near(6, NEAR, 10)
    stage.say(500, *(courier(500, name, lon, status="idle") for name, lon in now.items()))
    assert stage.say(510, approve(510, stage.action().id)) == [Outcome(True, id=stage.action().id)]
    assert stage.pushed() == [(510, f"c{10 + i}") for i in range(6)]
    action = stage.action()
    assert (action.approved_by, action.mode) == ("ann", "propose")
    assert stage.states("push_couriers")[:2] == [(420, "proposed"), (510, "approved")]


def test_of_two_who_decide_one_wins_and_the_other_is_told_who_and_when() -> None:
    """The second one, who saw the same version, changes nothing."""
    stage = short(near(6), only("zone_shortage", mode="propose"))
    seen = stage.action()
    stage.say(430, approve(430, seen.id, "ann", seen.version))
    sent = len(stage.letters)
    (outcome,) = stage.say(431, approve(431, seen.id, "bob", seen.version))
    assert (outcome.ok, outcome.refusal, outcome.since_ts) == (False, "changed", at(430))
    assert len(stage.letters) == sent
    assert stage.action().approved_by == "ann"
    assert outcome.by == "ann"


def test_while_it_is_switched_off_nothing_is_sent_and_then_it_is() -> None:
    """The kill switch holds from before the alert until it is taken off."""
    stage = Stage(acting(RULES))
    off = SwitchActions(CITY, at(100), "eve", "push_couriers", True, "trial")
    assert stage.say(100, off)[0].ok
    short_of(stage, near(6))
    assert stage.pushed() == []
    assert stage.hindered() == {"switched_off": 1}
    on = SwitchActions(CITY, at(430), "eve", "all", False, "trial over")
    assert not stage.say(430, on)[0].ok  # it is not "all" that is off
    stage.say(431, SwitchActions(CITY, at(431), "eve", "push_couriers", False, "trial over"))
    let_pass(stage, 440, 460, near(6))
    assert len(stage.pushed()) == 6


def test_switching_off_takes_back_what_was_not_sent() -> None:
    """Letters of which nothing is known yet are withdrawn, the campaign is cancelled."""
    stage = short_of(Stage(acting(RULES), arrives=False), near(6))
    stage.say(426, SwitchActions(CITY, at(426), "eve", "all", True, "stop"))
    assert stage.withdrawn == [stage.action().id]
    assert stage.action().state == "cancelled"


def test_a_dry_run_decides_everything_and_sends_nothing() -> None:
    """The action is planned, its targets count as reached, no letter is written."""
    stage = short(near(6), dry_run=True)
    action = stage.action("push_couriers")
    assert (action.dry_run, action.state, len(action.targets)) == (True, "delivered", 6)
    let_pass(stage, 440, 1_500, near(6))
    assert stage.letters == []


def test_a_silent_feed_disarms_what_is_under_way() -> None:
    """Positions stop: when the feed is known to be silent no second round is asked."""
    rules: Overrides = {**RULES, "feed_silent": {"silent_s": 60}}
    stage = Stage(acting(rules, push={"answer_s": 120}))
    stage.say(0, venue(0, "v", VENUE), *(placed(0, f"o{i}") for i in range(3)))
    stage.say(1, *(courier(1, name, lon, status="idle") for name, lon in near(20).items()))
    let_pass(stage, 20, 430, near(20))
    assert len(stage.pushed()) == 6
    all_answer(stage, 435, False)
    stage.until(1_000)
    assert ("feed_silent", "couriers") in stage.firing()
    assert len(stage.pushed()) == 6
    assert stage.hindered()["stale_data"] == 1


def test_a_silenced_alert_moves_nobody() -> None:
    """Muted from before it fires until after: nothing is planned, and it is said why."""
    stage = Stage(acting(RULES))
    matchers = (Matcher("rule", "zone_shortage"),)
    stage.say(10, Silence(CITY, at(10), "ann", matchers, at(600), "known"))
    short_of(stage, near(6))
    let_pass(stage, 440, 590, near(6))
    assert stage.living == []
    assert stage.hindered() == {"muted": 1}
    let_pass(stage, 600, 640, near(6))
    assert len(stage.pushed()) == 6


def test_a_cancelled_campaign_sends_nothing_more_and_its_alert_rests() -> None:
    """Cancelled after ten seconds: the next one begins a cool-down later, at the soonest."""
    stage = short(near(30))
    stage.say(430, CancelAction(CITY, at(430), "ann", stage.action().id, "they are on strike"))
    assert stage.action().state == "cancelled"
    let_pass(stage, 440, 1_329, near(30))
    assert len(stage.pushed()) == 6
    let_pass(stage, 1_340, 1_380, near(30))
    assert len(stage.pushed()) > 6
