"""The kill switch over notices that are written and have not arrived: who heard nothing is told
nothing, who may have heard is told the end, and what still fires is told when it is on again."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alerts.letter import Letter, Notice, Posting
from monitor.core.commands import AckAlert, CloseAlert, SwitchActions
from monitor.durable.keeper import open_letters
from monitor.store.port import Batch
from monitor.store.sqlite import open_sqlite
from tests.support.acting import acting
from tests.support.cities import CITY, at, placed, problem, venue
from tests.support.remedies import Stage
from tests.support.towns import only

KIND = "warn_support"
LEVELS = (("t",), ("boss",))


def switch(seconds: float, off: bool, kind: str = KIND) -> SwitchActions:
    """Eve throws the switch, or puts it back."""
    return SwitchActions(CITY, at(seconds), "eve", kind, off, "stop")  # type: ignore[arg-type]


def complaint(levels: Sequence[Sequence[str]] = (("t",),), **support: Any) -> Stage:
    """A complaint at 1 s, of which support is written at 11 s; nothing is known of the letters."""
    rules = only("order_problem", mode="auto", action=KIND)
    stage = Stage(acting(rules, support={"levels": levels} | support), arrives=False)
    stage.say(0, venue(0), placed(0, "o"), placed(0, "p"))
    stage.say(1, problem(1, "o"))
    stage.until(12)
    return stage


def settle(stage: Stage, seconds: float, *orders: str) -> None:
    """Support has dealt with it."""
    for order in orders or ("o",):
        alert = stage.alert("order_problem", order)
        stage.say(seconds, CloseAlert(CITY, at(seconds), "ann", alert.id, "refunded"))


def steps(stage: Stage) -> list[tuple[float, str, str]]:
    """What was written: when, to whom, which step."""
    return [(seconds, to, step) for seconds, to, step, _ in stage.noticed()]


def cancel_recalled(stage: Stage, seconds: float) -> list[Letter]:
    """The ledger tells of all that was recalled that it is not sent any more."""
    keys = {of for _, of in stage.recalled}
    found = [letter for letter in stage.letters if letter.of in keys]
    for letter in found:
        stage.report(seconds, letter, "cancelled")
    return found


def test_what_nobody_heard_of_is_no_notice_and_is_opened_anew() -> None:
    """Taken back untried: the action is cancelled; on again, what fires is told as another one."""
    stage = complaint()
    (first,) = stage.letters
    stage.say(20, switch(20, True))
    assert stage.recalled == [(first.action_id, first.of)]
    stage.report(21, first, "cancelled")
    action = stage.action()
    assert (action.state, action.targets[0].state) == ("cancelled", "withdrawn")
    assert (action.record[-1].words, stage.living) == ("switched off: stop", [])
    stage.until(300)
    assert steps(stage) == [(11, "t", "open")]
    stage.say(300, switch(300, False))
    stage.until(320)
    assert steps(stage) == [(11, "t", "open"), (301, "t", "open")]
    assert stage.letters[-1].action_id != first.action_id
    stage.report(321, stage.letters[-1])
    settle(stage, 330)
    stage.until(340)
    assert [step for _, _, step in steps(stage)] == ["open", "open", "close"]


def test_what_nobody_heard_of_and_is_over_is_never_told() -> None:
    """It ends while the switch is off: neither an opening nor a close."""
    stage = complaint()
    stage.say(20, switch(20, True, "all"))
    cancel_recalled(stage, 21)
    settle(stage, 60)
    stage.say(90, switch(90, False, "all"))
    stage.until(2_000)
    assert steps(stage) == [(11, "t", "open")]


def test_who_may_have_heard_is_told_the_end() -> None:
    """A first try was begun and then taken back: it counts as heard, and its close goes while all
    else is switched off."""
    stage = complaint()
    stage.report(12, stage.letters[0], "sent")
    stage.say(20, switch(20, True))
    cancel_recalled(stage, 21)
    assert stage.action().targets[0].state == "failed"
    settle(stage, 60)
    stage.until(70)
    assert [(to, step) for _, to, step in steps(stage)] == [("t", "open"), ("t", "close")]
    stage.report(71, stage.letters[-1])
    assert stage.living == []


def test_who_may_have_heard_is_told_anew_when_it_is_on_again() -> None:
    """A first try was begun and then taken back: what still fires then comes as an update."""
    stage = complaint(group_interval_s=5)
    stage.report(12, stage.letters[0], "sent")
    stage.say(20, switch(20, True))
    cancel_recalled(stage, 21)
    stage.say(60, switch(60, False))
    stage.until(90)
    assert steps(stage) == [(11, "t", "open"), (60, "t", "update")]


def test_a_try_in_hand_that_arrives_is_heard() -> None:
    """The ledger could not take it back: the notice lives on, and is closed."""
    stage = complaint()
    stage.say(20, switch(20, True))
    stage.report(21, stage.letters[0], "delivered")
    settle(stage, 60)
    stage.until(70)
    assert [step for _, _, step in steps(stage)] == ["open", "close"]


def test_of_two_levels_the_one_that_heard_alone_is_told_the_end() -> None:
    """The desk heard, the message to the boss is taken back: the close goes to the desk."""
    stage = complaint(LEVELS, escalate_s=60)
    stage.report(12, stage.letters[0])
    stage.until(72)
    assert steps(stage)[-1] == (71, "boss", "escalate")
    stage.say(80, switch(80, True))
    cancel_recalled(stage, 81)
    settle(stage, 90)
    stage.until(100)
    assert [(to, step) for _, to, step in steps(stage)[2:]] == [("t", "close")]


def test_of_two_levels_both_are_told_when_it_is_on_again() -> None:
    """What still fires then is an update for everybody told so far; the close goes to both."""
    stage = complaint(LEVELS, escalate_s=60, group_interval_s=5)
    stage.report(12, stage.letters[0])
    stage.until(72)
    stage.say(80, switch(80, True))
    cancel_recalled(stage, 81)
    stage.say(200, switch(200, False))
    stage.until(230)
    assert {(to, step) for _, to, step in steps(stage)[2:]} == {("t", "update"), ("boss", "update")}
    for letter in stage.letters[2:]:
        stage.report(231, letter)
    settle(stage, 240)
    stage.until(260)
    assert {(to, step) for _, to, step in steps(stage)[4:]} == {("t", "close"), ("boss", "close")}


def test_a_reminder_that_was_taken_back_is_not_made_up_for() -> None:
    """Everybody had heard: the next reminder comes in its time."""
    stage = complaint(repeat_s=120, group_interval_s=5)
    stage.report(12, stage.letters[0])
    stage.until(132)
    assert steps(stage)[-1] == (131, "t", "repeat")
    stage.say(133, switch(133, True))
    cancel_recalled(stage, 134)
    stage.say(140, switch(140, False))
    stage.until(250)
    assert steps(stage)[2:] == []
    stage.until(260)
    assert steps(stage)[2:] == [(251, "t", "repeat")]


def test_a_close_for_those_who_heard_nothing_is_taken_back_with_the_opening() -> None:
    """A target is down, opening and close wait for it, then the switch is thrown: neither goes, and
    the notice is over."""
    stage = complaint()
    settle(stage, 30)
    stage.until(40)
    assert [step for _, _, step in steps(stage)] == ["open", "close"]
    stage.say(50, switch(50, True))
    assert len(stage.recalled) == 1
    cancel_recalled(stage, 51)
    assert len(stage.recalled) == 2
    cancel_recalled(stage, 52)
    assert (stage.living, stage.action().state) == ([], "expired")


def test_a_close_for_who_has_heard_goes_though_another_s_opening_is_taken_back() -> None:
    """Of two at one desk one heard, the other's opening waits, and both closes: his alone go on."""
    stage = complaint((("t", "u"),))
    first, second = stage.letters
    stage.report(12, first)
    settle(stage, 30)
    stage.until(40)
    assert [(to, step) for _, to, step in steps(stage)[2:]] == [("t", "close"), ("u", "close")]
    stage.say(50, switch(50, True))
    cancel_recalled(stage, 51)
    assert stage.recalled == [
        (letter.action_id, letter.of) for letter in (second, stage.letters[3])
    ]


def test_an_acknowledged_notice_that_nobody_heard_of_is_opened_anew_as_well() -> None:
    """Somebody took the alert by the map; the others hear of it when notices go again."""
    stage = complaint()
    alert = stage.alert("order_problem", "o")
    stage.say(15, AckAlert(CITY, at(15), "ann", alert.id, at(9_000)))
    stage.say(20, switch(20, True))
    cancel_recalled(stage, 21)
    stage.say(60, switch(60, False))
    stage.until(90)
    assert [step for _, _, step in steps(stage)] == ["open", "open"]


def test_another_kind_s_switch_takes_nothing_back() -> None:
    """Couriers are not pushed any more; support still hears."""
    stage = complaint()
    stage.say(20, switch(20, True, "push_couriers"))
    assert stage.recalled == []


def test_a_desk_that_was_kept_knows_what_nobody_heard() -> None:
    """Kept and taken up again between the switch and its end: opened anew all the same."""
    stage = complaint()
    stage.say(20, switch(20, True))
    cancel_recalled(stage, 21)
    stage.restart()
    stage.say(60, switch(60, False))
    stage.until(90)
    assert [step for _, _, step in steps(stage)] == ["open", "open"]


async def test_after_a_crash_messages_are_taken_back_and_closes_are_not(tmp_path: Path) -> None:
    """Of what the store still calls waiting the opening is withdrawn again before it is tried."""
    stage = complaint()
    settle(stage, 30)
    stage.until(40)
    stage.say(50, switch(50, True))
    opening, close = stage.letters
    assert isinstance(close.body, Notice)
    async with open_sqlite(tmp_path / "city.db") as store:
        letters = [Posting(letter=letter, updated_ts=at(10)) for letter in stage.letters]
        await store.write(Batch(1, put=letters))
        _, withdrawn = await open_letters(store, stage.state)
    assert withdrawn == [(opening.action_id, opening.of)]
