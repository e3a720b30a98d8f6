"""Letters come to one end each, which is durable before it is told: tries, deadlines, order."""

import pytest

from monitor.delivery.limits import LedgerLimits
from tests.support.ledger_stage import (
    BREAKS,
    FAILS,
    HANGS,
    REFUSES,
    SECRET,
    Act,
    ScriptedTarget,
    Stage,
    at_work,
    busy,
    letter,
    play,
)
from tests.support.virtual_loop import passes, virtually


def test_a_letter_is_sent_then_delivered() -> None:
    """Each is told once, and the end is durable by then."""
    stage = Stage([ScriptedTarget("main")])
    virtually(play(stage, letter("k1")))
    assert stage.told["k1"] == ["sent", "delivered"]
    assert [(mark.state, mark.attempts) for mark in stage.marks] == [("delivered", 1)]


def test_a_letter_that_fails_is_tried_again() -> None:
    """Sent is told at the first try only; every failure is marked with its words."""
    target = ScriptedTarget("main", {"k1": [FAILS, FAILS]})
    stage = Stage([target])
    virtually(play(stage, letter("k1")))
    assert stage.told["k1"] == ["sent", "delivered"]
    marks = [(mark.state, mark.attempts, mark.error) for mark in stage.marks]
    assert marks == [
        ("waiting", 1, "it is down"),
        ("waiting", 2, "it is down"),
        ("delivered", 3, ""),
    ]
    first_s, second_s, third_s = target.times("k1")
    assert 0 < second_s - first_s <= stage.limits.retry_first_s
    assert 0 < third_s - second_s <= 2 * stage.limits.retry_first_s


def test_a_refused_letter_is_dead() -> None:
    """It is tried once and told as failed, with the target's words."""
    target = ScriptedTarget("main", {"k1": [REFUSES]})
    stage = Stage([target])
    virtually(play(stage, letter("k1")))
    assert stage.told["k1"] == ["sent", "failed"]
    assert stage.reports[-1].words == stage.store["k1"].error == "it says no"
    assert target.keys() == ["k1"]


def test_a_letter_without_a_target_is_dead() -> None:
    """Nothing is sent, and the words name the target that is not configured."""
    stage = Stage([ScriptedTarget("main")])
    virtually(play(stage, letter("k1", to="elsewhere")))
    assert stage.told["k1"] == ["failed"]
    assert stage.store["k1"].state == "dead"
    assert stage.store["k1"].error == "no target elsewhere is configured"


def test_a_letter_expires_at_its_deadline() -> None:
    """It is not tried after it, and its end says what the last try said."""
    target = ScriptedTarget("main", always=FAILS)
    stage = Stage([target])
    virtually(play(stage, letter("k1", deadline_s=60)))
    assert stage.told["k1"] == ["sent", "expired"]
    assert stage.store["k1"].error == "not taken in time: it is down"
    assert max(target.times("k1")) < 60
    assert 60_000 <= stage.reports[-1].ts - stage.reports[0].ts <= 60_001


def test_a_letter_that_comes_too_late_is_not_tried() -> None:
    """Its deadline passed while the program was down."""
    target = ScriptedTarget("main")
    stage = Stage([target])
    virtually(play(stage, letter("k1", deadline_s=-1)))
    assert (stage.told["k1"], target.keys()) == (["expired"], [])
    assert stage.store["k1"].error == "not tried in time"


def test_a_try_has_its_time() -> None:
    """A target that never answers is a failure after `try_s`."""
    target = ScriptedTarget("main", {"k1": [HANGS]})
    stage = Stage([target])
    virtually(play(stage, letter("k1")))
    assert stage.marks[0].error == "no answer within 10 s"
    assert target.times("k1")[1] > 10
    assert stage.store["k1"].state == "delivered"


def test_a_target_that_asks_for_time_gets_it() -> None:
    """No letter of the lane is sent to it sooner, not even another one."""
    target = ScriptedTarget("main", {"k1": [busy(90)]})
    stage = Stage([target])

    async def scenario() -> None:
        ledger = stage.ledger()
        async with at_work(ledger):
            ledger.take(stage.write(letter("k1")))
            await passes(1)
            ledger.take(stage.write(letter("k2")))
            await passes(200)

    virtually(scenario())
    assert [at_s for at_s, _ in target.tries] == pytest.approx([0, 90, 90])
    assert min(at_s for at_s, _ in target.tries[1:]) >= 90
    assert stage.store["k2"].attempts == 1


def test_a_letter_that_would_have_to_wait_beyond_its_deadline_expires_at_once() -> None:
    """Nobody waits for what can't come any more."""
    stage = Stage([ScriptedTarget("main", {"k1": [busy(90)]})])
    virtually(play(stage, letter("k1", deadline_s=60), for_s=1))
    assert stage.told["k1"] == ["sent", "expired"]


@pytest.mark.parametrize("wish_s", [float("nan"), float("inf"), -5.0, 0.0])
def test_a_senseless_wish_harms_nobody(wish_s: float) -> None:
    """Whatever stands in a `Retry-After`, the letter comes to an end and others go on."""
    stage = Stage([ScriptedTarget("main", {"k1": [busy(wish_s)]}), ScriptedTarget("other")])
    virtually(play(stage, letter("k1"), letter("k2", to="other")))
    assert stage.told["k1"][-1] in ("delivered", "expired")
    assert stage.store["k2"].state == "delivered"


def test_a_fault_of_a_targets_code_is_a_failed_try(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged with its place, and without its text, which may hold a secret."""
    stage = Stage([ScriptedTarget("main", {"k1": [BREAKS]})])
    virtually(play(stage, letter("k1")))
    assert stage.marks[0].error == "KeyError in the target's own code"
    assert stage.store["k1"].state == "delivered"
    assert "ledger_stage.py" in caplog.text
    assert SECRET not in caplog.text


def test_a_slow_target_holds_up_no_other() -> None:
    """The other's letters are all delivered while this one hangs."""
    slow, quick = ScriptedTarget("slow", always=HANGS), ScriptedTarget("quick")
    stage = Stage([slow, quick])
    letters = [letter(f"{to}{n}", to=to) for n in range(20) for to in ("slow", "quick")]
    virtually(play(stage, *letters, for_s=1))
    assert len(quick.taken) == 20
    assert max(at_s for at_s, _ in quick.taken) == 0
    assert slow.most_at_once == stage.limits.lane_at_once


def test_a_slow_letter_holds_up_no_other_recipient() -> None:
    """While one hangs, the rest of the lane goes on."""
    target = ScriptedTarget("main", {"k0": [HANGS]})
    stage = Stage([target])
    virtually(play(stage, *(letter(f"k{n}") for n in range(20)), for_s=1))
    assert len(target.taken) == 19


def test_a_letter_never_overtakes_an_earlier_one_to_the_same_recipient() -> None:
    """A resume waits for its pause, however often that fails; others do not."""
    target = ScriptedTarget("main", {"pause": [FAILS, HANGS, FAILS]})
    stage = Stage([target])
    letters = (letter("pause", "v1"), letter("resume", "v1"), letter("other", "v2"))
    virtually(play(stage, *letters))
    assert target.keys() == ["pause", "other", "pause", "pause", "pause", "resume"]


@pytest.mark.parametrize(
    ("act", "deadline_s", "end"), [(REFUSES, 600, "dead"), (FAILS, 30, "expired")]
)
def test_the_next_goes_when_the_earlier_ended_otherwise(
    act: Act, deadline_s: float, end: str
) -> None:
    """A dead or expired letter lets the next one of its recipient go."""
    target = ScriptedTarget("main", {"k1": [act] * 100})
    stage = Stage([target])
    virtually(play(stage, letter("k1", "v1", deadline_s=deadline_s), letter("k2", "v1")))
    assert stage.states() == {"k1": end, "k2": "delivered"}


def test_recipients_of_two_cities_and_targets_are_two() -> None:
    """Order is kept within a target only."""
    one, two = ScriptedTarget("one", always=HANGS), ScriptedTarget("two")
    stage = Stage([one, two])
    virtually(play(stage, letter("k1", "v1", to="one"), letter("k2", "v1", to="two"), for_s=1))
    assert two.keys() == ["k2"]


def test_a_target_that_is_down_is_left_alone_and_letters_use_up_no_tries() -> None:
    """Twenty letters in five minutes cost it few tries, and none is counted that was not made."""
    target = ScriptedTarget("main", always=FAILS)
    stage = Stage([target], LedgerLimits(lane_at_once=1))
    virtually(play(stage, *(letter(f"k{n}") for n in range(20)), for_s=300))
    assert 5 < len(target.tries) < 40
    assert sum(posting.attempts for posting in stage.store.values()) == len(target.tries)


def test_deadlines_pass_while_a_target_is_left_alone() -> None:
    """Letters expire in time, tried or not."""
    target = ScriptedTarget("main", always=FAILS)
    limits = LedgerLimits(lane_at_once=1, breaker_rest_s=500, breaker_rest_cap_s=500)
    stage = Stage([target], limits)
    virtually(play(stage, *(letter(f"k{n}", deadline_s=30) for n in range(9)), for_s=31))
    assert set(stage.states().values()) == {"expired"}
    assert len(target.tries) == limits.breaker_letters


def test_a_target_that_is_back_gets_all_that_waited() -> None:
    """After one try that tells, the rest follows."""
    target = ScriptedTarget("main", always=FAILS)
    stage = Stage([target])

    async def scenario() -> None:
        ledger = stage.ledger()
        ledger.take(stage.write(*(letter(f"k{n}") for n in range(30))))
        async with at_work(ledger):
            await passes(100)
            assert ledger.health()[0].breaker == "open"
            target.always = Act()
            await passes(100)
            assert ledger.health()[0].breaker == "closed"

    virtually(scenario())
    assert set(stage.states().values()) == {"delivered"}


def test_deadlines_follow_the_engines_clock_and_retries_the_wall() -> None:
    """In a city ten times as fast, a letter of ten minutes has one, and rests stay rests."""
    target = ScriptedTarget("main", {"k2": [busy(30)]})
    stage = Stage([target], LedgerLimits(lane_at_once=1), speed=10)
    target.always = FAILS
    virtually(play(stage, letter("k1", deadline_s=600), letter("k2", "b", deadline_s=600)))
    expired_s = [(report.ts - stage.reports[0].ts) / 1000 for report in stage.reports[-2:]]
    assert expired_s == pytest.approx([600, 600], abs=10.1)
    assert 30 <= target.times("k2")[1] <= 60
