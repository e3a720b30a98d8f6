"""Whatever targets do, and whenever the program is killed, each letter comes to one end."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.letter import Posting
from monitor.delivery.limits import LedgerLimits
from tests.support.ledger_stage import (
    BREAKS,
    FAILS,
    HANGS,
    REFUSES,
    START_MS,
    TAKES,
    Act,
    ScriptedTarget,
    Stage,
    busy,
    letter,
)
from tests.support.virtual_loop import virtually

LIMITS = LedgerLimits(lane_at_once=3, lane_max=4, breaker_letters=2, marks_at_once=2)
ACTS = (TAKES, Act(after_s=4), FAILS, Act("fails", after_s=9), REFUSES, HANGS, BREAKS, busy(20))


class KilledError(Exception):
    """The process, at a point of writing or sending."""


@dataclass(frozen=True)
class Plan:
    """What is written in one life of the program, what is withdrawn in it, and where it ends.

    `killed_at` counts the points of writing and sending; None, or one that does not come, is an
    end by cancellation after `for_s`.
    """

    letters: Sequence[Posting]
    withdrawn: str | None
    killed_at: int | None
    for_s: float


@st.composite
def plans(draw: st.DrawFn) -> list[Plan]:
    """Some lives; keys tell who was written before whom."""
    lives = []
    for life in range(draw(st.integers(1, 3))):
        letters = [
            letter(
                f"{life}-{n:02d}",
                draw(st.sampled_from(["v1", "v2", "c1"])),
                to=draw(st.sampled_from(["one", "two", "nowhere"])),
                deadline_s=draw(st.sampled_from([3, 30, 90, 400])),
                action_id=draw(st.sampled_from(["a1", "a2", "a3"])),
            )
            for n in range(draw(st.integers(0, 9)))
        ]
        withdrawn = draw(st.sampled_from([None, None, "a1"]))
        killed_at = draw(st.none() | st.integers(1, 40))
        lives.append(Plan(letters, withdrawn, killed_at, draw(st.sampled_from([5, 50, 300]))))
    return lives


def killing_at(point: int | None, stage: Stage) -> None:
    """Lets the stage's process be killed at the so-manieth point from now."""
    passed = 0

    def probe(name: str) -> None:
        nonlocal passed
        passed += 1
        if passed == point:
            raise KilledError(name)

    stage.probe = probe


async def live(stage: Stage, plan: Plan) -> None:
    """One life: it takes what the store has, then what is written in it."""
    killing_at(plan.killed_at, stage)
    ledger = stage.ledger()
    ledger.take(list(stage.store.values()))
    task = asyncio.create_task(ledger.run())
    await asyncio.wait([task], timeout=1)
    ledger.take(stage.write(*plan.letters))
    await asyncio.wait([task], timeout=1)
    if plan.withdrawn is not None and not task.done():
        ledger.cancel(plan.withdrawn)
    await asyncio.wait([task], timeout=plan.for_s)
    task.cancel()
    (end,) = await asyncio.gather(task, return_exceptions=True)
    if isinstance(end, ExceptionGroup):
        assert end.subgroup(KilledError) is not None
        end = end.split(KilledError)[1]
    assert end is None or isinstance(end, asyncio.CancelledError), end


def staged(lives: Sequence[Plan], scripts: dict[str, list[Act]], seed: int) -> Stage:
    """All lives one after the other, and a last one that outlives every deadline."""
    targets = [ScriptedTarget("one", scripts), ScriptedTarget("two", scripts, always=FAILS)]
    stage = Stage(targets, LIMITS, seed=seed, save_s=0.01)

    async def scenario() -> None:
        for plan in lives:
            await live(stage, plan)
        await live(stage, Plan((), None, None, 1_000))

    virtually(scenario())
    return stage


def lines_of(stage: Stage) -> list[list[str]]:
    """For each recipient at each target his letters, the earliest first."""
    lines: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key, posting in stage.store.items():
        lines[posting.letter.to, posting.letter.recipient].append(key)
    return list(lines.values())


@settings(max_examples=150, deadline=None)
@given(plans(), st.lists(st.lists(st.sampled_from(ACTS), max_size=4), max_size=9), st.integers())
def test_each_letter_comes_to_one_end_in_order_and_in_time(
    lives: list[Plan], acts: list[list[Act]], seed: int
) -> None:
    """One durable end each, told in the end; no try after the deadline or the end; never out of
    order."""
    keys = [posting.letter.key for plan in lives for posting in plan.letters]
    stage = staged(lives, dict(zip(keys, acts, strict=False)), seed)

    ends = [(n, key) for n, (what, key) in enumerate(stage.log) if what not in ("try", "waiting")]
    tries = [(n, key) for n, (what, key) in enumerate(stage.log) if what == "try"]
    assert Counter(key for _, key in ends) == Counter(keys)
    ended_at = {key: n for n, key in ends}
    for key, posting in stage.store.items():
        outcome = "failed" if posting.state == "dead" else posting.state
        assert set(stage.told[key]) - {"sent"} == {outcome}
    for n, key in tries:
        assert n < ended_at[key]
    for target in stage.targets:
        for at_s, key in target.tries:
            assert START_MS + at_s * 1000 < stage.store[key].letter.deadline_ts + 1
    for line in lines_of(stage):
        for n, key in tries:
            if key in line:
                assert all(ended_at[earlier] < n for earlier in line[: line.index(key)])


@settings(max_examples=50, deadline=None)
@given(plans(), st.integers())
def test_without_a_crash_nothing_is_told_or_taken_twice(lives: list[Plan], seed: int) -> None:
    """Every letter is taken by its target once at most, and its first try told once in a life."""
    letters = [posting for plan in lives for posting in plan.letters]
    stage = staged([Plan(letters, None, None, 5)], {}, seed)
    one, two = stage.targets
    assert max(Counter(key for _, key in one.taken).values(), default=1) == 1
    assert not two.taken
    for key in stage.store:
        told = [outcome for outcome in stage.told[key] if outcome == "sent"]
        # The last life tells again what the one before it had tried and not ended.
        assert len(told) in ((1, 2) if key in {*one.keys(), *two.keys()} else (0,))
