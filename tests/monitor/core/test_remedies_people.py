"""Pushes that people order, and what must not change: twice told, restarted, run again."""

from collections.abc import Callable

import pytest

from alerts.rulebook import Overrides
from monitor.core.commands import ApproveAction, PushByHand, RejectAction
from tests.support.acting import acting, answer
from tests.support.cities import CITY, at, courier, placed, venue
from tests.support.remedies import Stage
from tests.support.towns import only

RULES: Overrides = only("zone_shortage", "venue_slow", mode="auto")
IDLE = only("zone_shortage", mode="off")


def free(seconds: float, count: int = 8) -> list[object]:
    """Idle couriers across the border, `c0` the nearest to the venue."""
    return [courier(seconds, f"c{i}", 0.104 + i * 0.0005, status="idle") for i in range(count)]


def calm(rules: Overrides = IDLE) -> Stage:
    """One order waits in `west`, couriers stand in `mid`; it is 10 s."""
    stage = Stage(acting(rules))
    stage.say(0, venue(0, "v", 0.095), placed(0, "o0"), *free(0))  # type: ignore[arg-type]
    stage.until(10)
    return stage


def push(seconds: float, by: str = "ann", **more: object) -> PushByHand:
    return PushByHand(CITY, at(seconds), by, "the fair begins", **more)  # type: ignore[arg-type]


# --- by hand --------------------------------------------------------------------------------


def test_a_push_by_hand_asks_so_many_as_were_ordered_the_nearest_first() -> None:
    """Four for the zone, with nobody held back, and in the watcher's name."""
    stage = calm()
    assert stage.say(10, push(10, zone_id="west", count=4))[0].ok
    assert stage.pushed() == [(10, f"c{i}") for i in range(4)]
    action = stage.action()
    assert (action.mode, action.by, action.reason) == ("by_hand", "ann", "the fair begins")


def test_named_couriers_are_asked_and_nobody_else() -> None:
    """The two farthest were named: they get the push."""
    stage = calm()
    stage.say(10, push(10, zone_id="west", courier_ids=("c7", "c6")))
    assert sorted(name for _, name in stage.pushed()) == ["c6", "c7"]


def test_a_push_by_hand_for_an_order_names_the_order() -> None:
    """Its couriers are led to the order's venue."""
    stage = calm()
    assert stage.say(10, push(10, order_id="o0", count=2))[0].ok
    assert {letter.body.order_id for letter in stage.letters} == {"o0"}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("order", "refusal"),
    [
        (push(10), "not_possible"),
        (push(10, zone_id="west", order_id="o0"), "not_possible"),
        (push(10, zone_id="nowhere", count=1), "unknown_zone"),
        (push(10, order_id="nothing", count=1), "unknown_order"),
        (push(10, zone_id="west", courier_ids=("nobody",)), "unknown_courier"),
        (push(10, zone_id="east", count=1), "hindered"),
    ],
    ids=["neither", "both", "no zone", "no order", "no courier", "nobody near"],
)
def test_an_order_that_cannot_be_is_refused_and_changes_nothing(
    order: PushByHand, refusal: str
) -> None:
    """Refused with its reason's name; no action begins, no letter is written."""
    stage = calm()
    (outcome,) = stage.say(10, order)
    assert (outcome.ok, outcome.refusal) == (False, refusal)
    assert (stage.letters, stage.living) == ([], [])


def test_a_push_by_hand_takes_the_place_of_a_proposal_for_the_same_shortage() -> None:
    """The proposal is cancelled by her who pushed instead."""
    stage = Stage(acting(only("zone_shortage", mode="propose")))
    stage.say(0, venue(0, "v", 0.095), placed(0, "o0"), placed(0, "o1"))
    stage.say(400, *free(400))  # type: ignore[arg-type]
    stage.until(425)
    assert stage.action().state == "proposed"
    stage.say(430, push(430, zone_id="west", count=2))
    book = stage.city.desk.actions
    assert [action.state for action in book.history] == ["cancelled"]
    assert book.history[0].record[-1].by == "ann"
    assert len(stage.pushed()) == 2


def test_a_decision_about_an_unknown_action_is_refused() -> None:
    """Its id is repeated in the answer."""
    stage = calm()
    (outcome,) = stage.say(11, ApproveAction(CITY, at(11), "ann", "nothing"))
    assert (outcome.ok, outcome.refusal) == (False, "unknown_action")
    assert "nothing" in outcome.message


def test_a_rejected_proposal_sends_nothing_and_keeps_the_reason() -> None:
    """It is over, with who said no and why."""
    stage = Stage(acting(only("zone_shortage", mode="propose")))
    stage.say(0, venue(0, "v", 0.095), placed(0, "o0"), placed(0, "o1"))
    stage.say(400, *free(400))  # type: ignore[arg-type]
    stage.until(425)
    stage.say(430, RejectAction(CITY, at(430), "ann", stage.action().id, "more are coming"))
    last = stage.action().record[-1]
    assert (last.state, last.by, last.words) == ("rejected", "ann", "more are coming")
    assert stage.letters == []


# --- what must not change anything ----------------------------------------------------------


def evening(touch: Callable[[Stage, int], object] = lambda stage, second: None) -> Stage:
    """A shortage whose couriers half accept, and a slow venue; `touch` is called as time goes."""
    stage = Stage(acting(RULES, push={"control_share": 0.2, "rounds": 2}))
    stage.say(0, *(venue(0, f"v{i}") for i in range(3)), venue(0, "v", 0.095, prep_minutes=5))
    stage.say(2, *(placed(2, f"o{i}") for i in range(6)))
    for second in range(400, 3_000, 20):
        stage.say(second, *free(second, 20))  # type: ignore[arg-type]
        for action in stage.living:
            for n, target in enumerate(action.targets):
                if target.kind == "courier" and target.state == "delivered" and not target.answer:
                    stage.say(second + 3, answer(second + 3, target, n % 2 == 0))
        touch(stage, second)
    stage.until(6_000)
    return stage


def told(stage: Stage) -> list[object]:
    """All letters and all that happened to actions, in order; and what pushes were counted."""
    return [*stage.letters, *stage.steps, stage.city.desk.push_counts]


def test_a_second_run_writes_the_same_letters_with_the_same_keys() -> None:
    """Nothing depends on chance, and no two letters share a key."""
    first = evening()
    keys = [letter.key for letter in first.letters]
    assert len(keys) > 20
    assert len(set(keys)) == len(keys)
    assert {type(letter.body).__name__ for letter in first.letters} >= {"Push", "Notice"}
    assert told(evening()) == told(first)


@pytest.mark.parametrize("every_s", [20, 100, 700])
def test_restarts_in_the_middle_change_nothing(every_s: int) -> None:
    """A desk that is dumped and loaded again and again does what the one that lived does."""

    def restart(stage: Stage, second: int) -> None:
        if second % every_s == 0:
            stage.restart()

    assert told(evening(restart)) == told(evening())


def test_a_repeated_report_changes_nothing() -> None:
    """Everything the ledger told is told again, also as failed: no state moves by it."""

    def again(stage: Stage, second: int) -> None:
        stage.until(second + 4)
        before = stage.living
        reports = [stage.outcome(letter) for letter in stage.letters]
        worse = [stage.outcome(letter, "failed") for letter in stage.letters]
        stage.say(second + 4, *reports, *worse)
        assert stage.living == before

    assert told(evening(again)) == told(evening())


def test_a_repeated_answer_changes_nothing() -> None:
    """A yes that is said twice, or taken back, counts once."""
    stage = calm()
    stage.say(10, push(10, zone_id="west", count=2))
    target = stage.action().targets[0]
    stage.say(11, answer(11, target, True))
    before = stage.action()
    stage.say(12, answer(12, target, True), answer(12, target, False))
    assert stage.action() == before
    assert before.came.accepted == 1


def test_an_answer_in_another_couriers_name_is_nobodys() -> None:
    """Only he who was asked can say yes to his push."""
    stage = calm()
    stage.say(10, push(10, zone_id="west", count=2))
    one, two = stage.action().targets
    said = answer(11, one, True)
    stage.say(11, type(said)(CITY, at(11), two.id, one.key, "accepted"))
    assert stage.action().came.accepted == 0


def test_a_yes_that_comes_late_still_counts() -> None:
    """After the round he counted as silent; now he has said yes, and is silent no more."""
    stage = calm()
    stage.say(10, push(10, zone_id="west", count=2))
    stage.until(80)
    assert stage.action().came.unanswered == 2
    stage.say(90, answer(90, stage.action().targets[0], True))
    assert (stage.action().came.accepted, stage.action().came.unanswered) == (1, 1)


def test_pushes_that_all_fail_end_the_campaign_as_failed() -> None:
    """The receiver refuses every letter: nobody was asked, and it says so."""
    stage = calm()
    stage.arrives = False
    stage.say(10, push(10, zone_id="west", count=2))
    for letter in stage.letters:
        stage.report(12, letter, "failed")
    assert stage.action().state == "failed"
    assert stage.living == []
