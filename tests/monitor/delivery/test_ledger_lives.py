"""The ledger across its lives: withdrawals, stops, restarts, and a store with troubles."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import pytest

from monitor.delivery.ledger import Ledger
from monitor.delivery.limits import LedgerLimits
from tests.support.ledger_stage import (
    FAILS,
    HANGS,
    START_MS,
    Act,
    ScriptedTarget,
    Stage,
    at_work,
    busy,
    letter,
    play,
)
from tests.support.virtual_loop import passes, virtually

DOWN = LedgerLimits(lane_at_once=1, breaker_letters=1, breaker_rest_s=60)


def in_one_life(stage: Stage, scenario: Callable[[Ledger], Awaitable[None]]) -> None:
    """Plays a scenario with a ledger at work."""

    async def life() -> None:
        async with at_work(stage.ledger()) as ledger:
            await scenario(ledger)

    virtually(life())


def test_a_known_key_is_ignored() -> None:
    """Taken again, waiting or ended, a letter is not sent again."""
    target = ScriptedTarget("main")
    stage = Stage([target])

    async def scenario(ledger: Ledger) -> None:
        letters = stage.write(letter("k1"))
        ledger.take(letters)
        ledger.take(letters)
        await passes(1)
        ledger.take(letters)
        await passes(1)

    in_one_life(stage, scenario)
    assert target.keys() == ["k1"]
    assert stage.told["k1"] == ["sent", "delivered"]


def test_what_waits_is_withdrawn_durably() -> None:
    """Letters of the action that have not gone never go; those of others do."""
    target = ScriptedTarget("main", {"k1": [Act(after_s=5)]})
    stage = Stage([target], LedgerLimits(lane_at_once=1))

    async def scenario(ledger: Ledger) -> None:
        ledger.take(stage.write(letter("k1"), letter("k2"), letter("k3", action_id="a2")))
        await passes(1)
        assert ledger.cancel("a1") == 2
        assert ledger.cancel("a9") == 0
        await passes(60)

    in_one_life(stage, scenario)
    assert stage.states() == {"k1": "delivered", "k2": "cancelled", "k3": "delivered"}
    assert stage.told["k2"] == ["cancelled"]


def test_one_target_of_an_action_is_withdrawn() -> None:
    """The others of the action stay."""
    stage = Stage([ScriptedTarget("main", always=HANGS)], LedgerLimits(lane_at_once=1))

    async def scenario(ledger: Ledger) -> None:
        ledger.take(stage.write(letter("k0"), letter("k1", of="t1"), letter("k2", of="t2")))
        await passes(1)
        assert ledger.cancel("a1", "t2") == 1
        await passes(1)

    in_one_life(stage, scenario)
    assert stage.states() == {"k0": "waiting", "k1": "waiting", "k2": "cancelled"}


def test_a_try_in_hand_is_not_repeated_after_a_withdrawal() -> None:
    """When it fails, that is its end."""
    target = ScriptedTarget("main", always=Act("fails", after_s=5))
    stage = Stage([target])

    async def scenario(ledger: Ledger) -> None:
        ledger.take(stage.write(letter("k1")))
        await passes(1)
        ledger.cancel("a1")
        await passes(100)

    in_one_life(stage, scenario)
    assert target.keys() == ["k1"]
    assert stage.told["k1"] == ["sent", "cancelled"]


def test_a_letter_taken_by_an_idle_ledger_expires_at_its_deadline_too() -> None:
    """Nothing else happens that could remind it."""
    stage = Stage([ScriptedTarget("main", always=FAILS)], DOWN)

    async def scenario(ledger: Ledger) -> None:
        await passes(10)
        ledger.take(stage.write(letter("k1", deadline_s=30)))
        await passes(21)

    in_one_life(stage, scenario)
    assert stage.told["k1"] == ["sent", "expired"]


def test_a_deadline_that_passes_during_a_mark_is_not_missed() -> None:
    """The letter ends when the slow store has answered, not when its next try would be due."""
    stage = Stage([ScriptedTarget("main", always=FAILS)], DOWN, save_s=5)
    virtually(play(stage, letter("k1", deadline_s=3), for_s=11))
    assert [mark.state for mark in stage.marks] == ["waiting", "expired"]


def test_a_letter_taken_after_a_withdrawal_goes() -> None:
    """The resume that a withdrawn pause calls for belongs to the same action."""
    stage = Stage([ScriptedTarget("main", {"pause": [HANGS] * 9})])

    async def scenario(ledger: Ledger) -> None:
        ledger.take(stage.write(letter("pause", "v1")))
        await passes(1)
        ledger.cancel("a1")
        ledger.take(stage.write(letter("resume", "v1")))
        await passes(100)

    in_one_life(stage, scenario)
    assert stage.states() == {"pause": "cancelled", "resume": "delivered"}


def test_an_ordered_stop_finishes_what_is_in_hand_and_begins_nothing() -> None:
    """What is not begun stays waiting in the store."""
    stage = Stage([ScriptedTarget("main", always=Act(after_s=3))], LedgerLimits(lane_at_once=2))

    async def scenario(ledger: Ledger) -> None:
        ledger.take(stage.write(*(letter(f"k{n}") for n in range(4))))
        await passes(1)
        assert await ledger.settle(10) == 0
        assert asyncio.get_running_loop().time() == pytest.approx(3)

    in_one_life(stage, scenario)
    assert list(stage.states().values()) == ["delivered", "delivered", "waiting", "waiting"]


def test_an_ordered_stop_has_a_deadline() -> None:
    """What is not finished by then is told by its number, and stays waiting."""
    stage = Stage([ScriptedTarget("main", always=HANGS)])

    async def scenario(ledger: Ledger) -> None:
        ledger.take(stage.write(letter("k1"), letter("k2")))
        await passes(1)
        assert await ledger.settle(2) == 2

    in_one_life(stage, scenario)
    assert set(stage.states().values()) == {"waiting"}


def test_a_new_life_goes_on_where_the_last_one_was() -> None:
    """Attempts go on counting, a wait that a target asked for goes on, nothing is sent twice."""
    target = ScriptedTarget("main", {"k1": [busy(300)]})
    stage = Stage([target])

    async def scenario() -> None:
        ledger = stage.ledger()
        ledger.take(stage.write(letter("k0"), letter("k1", "v1"), letter("k2", "v1")))
        async with at_work(ledger):
            await passes(10)
        ledger = stage.ledger()
        ledger.take(stage.waiting())
        async with at_work(ledger):
            await passes(500)

    virtually(scenario())
    assert target.keys() == ["k0", "k1", "k1", "k2"]
    assert target.times("k1")[1] >= 300
    assert stage.store["k1"].attempts == 2
    assert stage.told["k1"] == ["sent", "sent", "delivered"]


def test_what_an_earlier_life_tried_is_told_as_sent_before_it_is_withdrawn() -> None:
    """Whoever was tried may have heard, though that life was killed before it told."""
    stage = Stage([ScriptedTarget("main")])
    tried = msgspec.structs.replace(letter("k1"), attempts=1, next_ts=START_MS + 60_000)

    async def scenario(ledger: Ledger) -> None:
        ledger.take(stage.write(tried))
        assert ledger.cancel("a1") == 1
        await passes(1)

    in_one_life(stage, scenario)
    assert stage.told["k1"] == ["sent", "cancelled"]


def test_an_end_of_an_earlier_life_is_told_again_and_nothing_else() -> None:
    """That life may have been killed between the mark and the report."""
    target = ScriptedTarget("main")
    stage = Stage([target])
    ended = msgspec.structs.replace(letter("k1"), state="dead", error="it says no")
    virtually(play(stage, ended))
    assert [(report.outcome, report.words) for report in stage.reports] == [
        ("failed", "it says no")
    ]
    assert (target.keys(), stage.marks) == ([], [])


def test_a_store_that_fails_is_asked_again_and_nothing_goes_on_before() -> None:
    """The end is told once it is durable, and the recipient's next letter goes after that."""
    target = ScriptedTarget("main")
    stage = Stage([target], store_faults=5)

    async def scenario(ledger: Ledger) -> None:
        ledger.take(stage.write(letter("k1", "v1"), letter("k2", "v1")))
        await passes(100)
        assert ledger.store_failures == 5

    in_one_life(stage, scenario)
    assert [report.outcome for report in stage.reports] == ["sent", "delivered"] * 2
    assert stage.reports[1].ts > START_MS
    assert target.times("k2")[0] * 1000 == pytest.approx(stage.reports[1].ts - START_MS, abs=2)


def test_a_lane_waits_for_a_slow_store() -> None:
    """No more than a lane's few letters are ever sent and not yet marked."""
    target = ScriptedTarget("main")
    stage = Stage([target], LedgerLimits(lane_at_once=3), save_s=1)
    virtually(play(stage, *(letter(f"k{n}") for n in range(9)), for_s=1.5))
    assert (len(target.taken), len(stage.marks)) == (6, 3)


def test_above_its_bound_a_lane_keeps_letters_in_the_store() -> None:
    """They are read when their turn comes, in order; expiry and withdrawal reach them too."""
    target = ScriptedTarget("main", {"k0": [busy(100)]})
    stage = Stage([target], LedgerLimits(lane_max=2, lane_at_once=1))

    async def scenario(ledger: Ledger) -> None:
        letters = [letter(f"k{n}", "v1" if n % 2 else "v2") for n in range(8)]
        late = letter("late", deadline_s=50)
        ledger.take(stage.write(*letters, late, letter("not", action_id="a2")))
        await passes(1)
        (health,) = ledger.health()
        assert (health.waiting, health.stored) == (10, 8)
        ledger.cancel("a2")
        await passes(200)
        (health,) = ledger.health()
        assert (health.waiting, health.stored, health.in_hand) == (0, 0, 0)

    in_one_life(stage, scenario)
    assert stage.states() == {
        **{f"k{n}": "delivered" for n in range(8)},
        "late": "expired",
        "not": "cancelled",
    }
    for parity in "1357", "0246":
        order = [key for _, key in target.taken if key[1] in parity]
        assert order == [f"k{n}" for n in parity]


def test_a_lane_has_a_wall_and_says_so() -> None:
    """Letters above it fail with their reason, and are counted."""
    stage = Stage([ScriptedTarget("main", always=HANGS)], LedgerLimits(lane_wall=3))

    async def scenario(ledger: Ledger) -> None:
        ledger.take(stage.write(*(letter(f"k{n}") for n in range(5))))
        await passes(1)
        assert ledger.overflowed == 2

    in_one_life(stage, scenario)
    assert stage.told["k3"] == stage.told["k4"] == ["failed"]
    assert stage.store["k4"].error == "the lane of main is full"


def test_a_letter_that_left_the_store_or_ended_there_is_forgotten() -> None:
    """A lane that reads it finds nothing to do, and goes on."""
    target = ScriptedTarget("main", always=Act(after_s=1))
    stage = Stage([target], LedgerLimits(lane_max=1, lane_at_once=1))

    async def scenario(ledger: Ledger) -> None:
        ledger.take(stage.write(*(letter(f"k{n}", "v1") for n in range(4))))
        del stage.store["k1"]
        stage.store["k2"] = msgspec.structs.replace(stage.store["k2"], state="cancelled")
        await passes(100)
        assert ledger.health()[0].waiting == 0

    in_one_life(stage, scenario)
    assert target.keys() == ["k0", "k3"]


def test_the_points_of_a_letters_life_come_in_order() -> None:
    """Each is where a test may kill the process."""
    points: list[str] = []
    stage = Stage([ScriptedTarget("main", {"k1": [FAILS]})], probe=points.append)
    virtually(play(stage, letter("k1")))
    one_try = ["before_send", "after_send", "before_mark", "after_mark"]
    assert points == [f"ledger.{point}" for point in one_try * 2]


def test_a_targets_figures() -> None:
    """Tries, failures, ends, the last error and how long the last took."""
    script = {"k1": [FAILS, Act(after_s=0.5)], "k2": [Act("refuses")], "k3": [HANGS] * 99}
    stage = Stage([ScriptedTarget("main", script)])

    async def scenario(ledger: Ledger) -> None:
        ledger.take(stage.write(letter("k1"), letter("k2"), letter("k3", deadline_s=15)))
        ledger.take(stage.write(letter("k4", to="elsewhere")))
        await passes(100)
        (health,) = ledger.health()
        assert (health.name, health.breaker, health.waiting) == ("main", "closed", 0)
        assert (health.delivered, health.dead, health.expired, health.cancelled) == (1, 1, 1, 0)
        assert health.tries == health.failures + 1
        assert health.last_error == "no answer within 10 s"
        assert health.latency_s == pytest.approx(0.5)
        assert ledger.unaddressed == 1

    in_one_life(stage, scenario)


def test_memory_of_ended_keys_is_bounded() -> None:
    """The oldest are forgotten: one taken again then is told again, which is harmless."""
    stage = Stage([ScriptedTarget("main")], LedgerLimits(ended_keys=2))

    async def scenario(ledger: Ledger) -> None:
        ledger.take(stage.write(*(letter(f"k{n}") for n in range(3))))
        await passes(1)
        ledger.take([stage.store["k2"], stage.store["k0"]])

    in_one_life(stage, scenario)
    assert stage.told["k0"] == ["sent", "delivered", "delivered"]
    assert stage.told["k2"] == ["sent", "delivered"]
