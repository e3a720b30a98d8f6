"""Notices of a city's alerts: one for one cause, always closed, noted on the alerts they tell of.

When a notice is due is tested with the router (`tests/alerts`); here is what becomes of it: its
action, its letters, its end.
"""

from alerts.letter import Notice
from alerts.mute import Matcher
from alerts.rulebook import Overrides
from monitor.core.commands import AckAlert, CloseAlert, Silence, SwitchActions
from tests.support.acting import acting
from tests.support.cities import CITY, assigned, at, placed, problem, steps, venue
from tests.support.remedies import Stage
from tests.support.towns import only

LATE: Overrides = only("order_late")
PROBLEM: Overrides = only("order_problem")
LATE_AT = 660  # promised at 60 s, late ten minutes after


def late(count: int = 1, arrives: bool = True, **more: object) -> Stage:
    """So many orders are late since 660 s."""
    stage = Stage(acting(LATE, **more), arrives=arrives)  # type: ignore[arg-type]
    stage.say(0, venue(0), *(placed(0, f"o{i}", promised_s=60) for i in range(count)))
    stage.until(LATE_AT)
    return stage


def deliver_all(stage: Stage, seconds: float, count: int = 1) -> None:
    """The orders arrive."""
    stage.say(seconds, *(assigned(seconds, f"o{i}", "c") for i in range(count)))
    stage.say(seconds, *(e for i in range(count) for e in steps(f"o{i}", *([seconds] * 4))))


def test_many_alerts_of_one_cause_are_one_notice_and_one_close() -> None:
    """Forty late orders: told once ten seconds later, over once when the last has arrived."""
    stage = late(40)
    stage.until(LATE_AT + 30)
    assert stage.noticed() == [(LATE_AT + 10, "t", "open", 40)]
    body = stage.letters[0].body
    assert isinstance(body, Notice)
    assert len(body.alerts) == 20
    deliver_all(stage, 700, 40)
    stage.until(710)
    assert [step for _, _, step, _ in stage.noticed()] == ["open", "close"]
    assert {letter.body.notice_id for letter in stage.letters} == {stage.action().id}  # type: ignore[union-attr]
    assert stage.living == []


def test_every_alert_of_a_notice_names_its_action() -> None:
    """An alert's `actions` hold the id of the notice that tells of it."""
    stage = late(3)
    stage.until(LATE_AT + 11)
    ids = {stage.alert("order_late", f"o{i}").actions for i in range(3)}
    assert ids == {(stage.action().id,)}


def test_an_acknowledged_notice_was_effective_and_says_who_has_it() -> None:
    """Acknowledged after 40 s: nobody else is told, and its end says so."""
    stage = late(support={"levels": (("t",), ("boss",)), "escalate_s": 60})
    stage.until(LATE_AT + 11)
    ack = AckAlert(CITY, at(LATE_AT + 50), "ann", stage.alert("order_late", "o0").id, at(9_000))
    stage.say(LATE_AT + 50, ack)
    stage.until(3_000)
    assert [to for _, to, _, _ in stage.noticed()] == ["t"]
    deliver_all(stage, 3_001)
    stage.until(3_010)
    action = stage.action()
    assert (action.state, action.came.words, action.came.recovered_s) == (
        "effective",
        "ann has it",
        40,
    )


def test_without_acknowledgement_the_next_level_is_told_and_both_hear_the_end() -> None:
    """A minute later the next level hears of it; the close goes to both."""
    stage = late(support={"levels": (("t",), ("boss",)), "escalate_s": 60})
    stage.until(LATE_AT + 100)
    assert [(seconds, to, step) for seconds, to, step, _ in stage.noticed()] == [
        (LATE_AT + 10, "t", "open"),
        (LATE_AT + 70, "boss", "escalate"),
    ]
    deliver_all(stage, 800)
    stage.until(810)
    assert {(to, step) for _, to, step, _ in stage.noticed()[2:]} == {
        ("t", "close"),
        ("boss", "close"),
    }
    assert stage.action().state == "ineffective"


def test_a_critical_alert_of_the_city_pages_who_is_on_call() -> None:
    """A silent stream goes to `page_on_call`, not to support."""
    stage = Stage(acting(only("feed_silent", silent_s=60)))
    stage.say(0, venue(0))
    for second in range(1, 601, 10):
        stage.say(second, placed(second, f"o{second}"))
    stage.until(800)
    kinds = {letter.body.kind for letter in stage.letters if isinstance(letter.body, Notice)}
    assert kinds == {"page_on_call"}
    assert stage.letters[0].body.severity == "critical"  # type: ignore[union-attr]


def test_a_silenced_alert_is_told_to_nobody_and_its_end_neither() -> None:
    """Silenced before it fires and until it is over: no notice at all."""
    stage = Stage(acting(LATE))
    stage.say(0, venue(0), placed(0, "o0", promised_s=60))
    stage.say(1, Silence(CITY, at(1), "ann", (Matcher("rule", "order_late"),), at(5_000), "test"))
    stage.until(3_000)
    deliver_all(stage, 3_000)
    stage.until(6_000)
    assert stage.noticed() == []


def test_a_rule_that_only_proposes_tells_nobody() -> None:
    """With mode `off` or `propose` nobody is told of an order's alert by itself."""
    for mode in ("off", "propose"):
        stage = Stage(acting(only("order_late", mode=mode)))
        stage.say(0, venue(0), placed(0, "o0", promised_s=60))
        stage.until(3_000)
        assert stage.letters == [], mode


def test_a_switch_keeps_new_notices_back_but_never_a_close() -> None:
    """Switched off after the opening: its end is told all the same, a new problem is not."""
    stage = Stage(acting(PROBLEM))
    stage.say(0, venue(0), placed(0, "o0"), placed(0, "o1"))
    stage.say(1, problem(1, "o0"))
    stage.until(20)
    stage.say(20, SwitchActions(CITY, at(20), "eve", "warn_support", True, "drill"))
    close = stage.alert("order_problem", "o0").id
    stage.say(200, CloseAlert(CITY, at(200), "ann", close, "refunded"))
    stage.until(300)
    stage.say(300, problem(300, "o1"))
    stage.until(900)
    assert [step for _, _, step, _ in stage.noticed()] == ["open", "close"]


def test_a_close_that_is_not_delivered_keeps_its_action_until_it_is() -> None:
    """Nothing is told of the close for two hours; a report ends the action."""
    stage = late(arrives=False)
    stage.until(LATE_AT + 11)
    stage.report(LATE_AT + 12, stage.letters[0])
    deliver_all(stage, 700)
    stage.until(8_000)
    assert [action.stage for action in stage.living] == ["close"]
    stage.report(8_001, stage.letters[-1], "expired")
    assert stage.living == []


def test_a_dry_run_opens_and_closes_notices_of_which_no_letter_is_written() -> None:
    """Even without levels the action says who would have been told of what."""
    stage = late(dry_run=True, support={"levels": ()})
    stage.until(LATE_AT + 11)
    assert stage.action("warn_support").targets[0].id == "dry-run"
    deliver_all(stage, 700)
    stage.until(720)
    assert (stage.letters, stage.living) == ([], [])


def test_a_citys_notices_of_an_hour_are_bounded_and_what_is_open_is_closed() -> None:
    """Two an hour: of five causes two are told; each that was opened is closed."""
    stage = Stage(acting(PROBLEM, support={"per_hour": 2, "group_by": ("venue",)}))
    stage.say(0, *(venue(0, f"v{i}") for i in range(5)))
    stage.say(0, *(placed(0, f"o{i}", f"v{i}") for i in range(5)))
    stage.say(1, *(problem(1, f"o{i}") for i in range(5)))
    stage.until(600)
    assert [step for _, _, step, _ in stage.noticed()] == ["open", "open"]
    for i in range(5):
        alert = stage.alert("order_problem", f"o{i}").id
        stage.say(600 + i, CloseAlert(CITY, at(600 + i), "ann", alert, "refunded"))
    stage.until(900)
    assert sorted(step for _, _, step, _ in stage.noticed()) == ["close", "close", "open", "open"]
