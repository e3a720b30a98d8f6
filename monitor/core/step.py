"""The pipeline: events and the time in, effects out. Read it from top to bottom.

Synchronous and deterministic: what comes out depends on the state, the events and `now_ms` alone.
At whole seconds, what changed or falls due is judged by the rules; then events are applied in their
order, positions of couriers in runs, as columns. A judgement at second T is meant to see all events
up to T and none after it; `timeline.py` cuts a recording so that it does exactly.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, Final, get_args

import numpy as np
from numpy.typing import NDArray

from alerts import act
from monitor.core.actions import decide, remedies
from monitor.core.actions.deliveries import take_answer
from monitor.core.city import City
from monitor.core.commands import (
    AckAlert,
    ActionCommand,
    ClaimAlert,
    CloseAlert,
    Command,
    NoteAlert,
    ReleaseAlert,
    Silence,
    UnackAlert,
    Unsilence,
)
from monitor.core.couriers import SMALL_BLOCK, apply_block, apply_position, apply_status
from monitor.core.effects import Effects
from monitor.core.events import CourierPosition, CourierPushResponse, Event
from monitor.core.judging.judge import judge_city
from monitor.core.orders import apply_order, settle
from monitor.core.positions import PositionBlock
from monitor.core.reports import DeliveryReport, Incoming, Input
from monitor.core.state import State
from monitor.core.streams import SLOT_MS
from monitor.core.venues import apply_venue


def _courier(city: City, event: Any, now_ms: int) -> tuple[bool, bool]:
    applied = apply_status(city, event, now_ms)
    if type(event) is CourierPushResponse:
        # An answer is to the push: a newer position does not make it stale.
        applied = take_answer(city, event) or applied
    return applied, False


def _order(city: City, event: Any, _now_ms: int) -> tuple[bool, bool]:
    return apply_order(city, event)


def _venue(city: City, event: Any, _now_ms: int) -> tuple[bool, bool]:
    applied, moved_orders = apply_venue(city, event)
    for row in moved_orders:
        settle(city, row)
    return applied, False


def _weather(city: City, event: Any, _now_ms: int) -> tuple[bool, bool]:
    applied = city.weather is None or event.ts >= city.weather.ts
    if applied:
        city.weather = event
    return applied, False


# What is done with an event: (city, event, now) -> (applied, whether it is an orphan).
Take = Callable[[City, Any, int], tuple[bool, bool]]
_TAKES: Final[dict[str, Take]] = {
    "courier": _courier,
    "order": _order,
    "venue": _venue,
    "city": _weather,
}
_STREAMS: Final = {"courier": "couriers", "order": "orders", "venue": "venues", "city": "city"}


def _kinds() -> dict[type, tuple[str, str, Take]]:
    """Each type of event but the position: its name, its stream, and what is done with it."""
    kinds: dict[type, tuple[str, str, Take]] = {}
    for kind in get_args(Event):
        name = str(kind.__struct_config__.tag)
        entity = name.split(".")[0]
        if kind is not CourierPosition:
            kinds[kind] = (name, _STREAMS[entity], _TAKES[entity])
    return kinds


_KINDS: Final = _kinds()


class _Run:
    """Positions of one city that wait for the end of the batch, in their order: first the blocks,
    then what came singly after them."""

    __slots__ = ("blocks", "singles")

    def __init__(self) -> None:
        self.blocks: list[PositionBlock] = []
        self.singles: list[CourierPosition] = []

    def add_block(self, block: PositionBlock) -> None:
        self._gather(block.city)
        self.blocks.append(block)

    def take_block(self, slug: str) -> PositionBlock:
        """All of it as one block; nothing waits any more."""
        self._gather(slug)
        blocks, self.blocks = self.blocks, []
        return PositionBlock.joined(blocks)

    def _gather(self, slug: str) -> None:
        if self.singles:
            self.blocks.append(PositionBlock.of(slug, self.singles))
            self.singles = []

    def __len__(self) -> int:
        return sum(map(len, self.blocks)) + len(self.singles)

    def __bool__(self) -> bool:
        return bool(self.singles or self.blocks)


def step(state: State, events: Sequence[Input], now_ms: int) -> Effects:
    """Judge if a whole second that has passed asks for it, then apply admitted events in order."""
    state.now_ms = max(state.now_ms, now_ms)
    second = state.now_ms - state.now_ms % 1000
    effects = judge(state, second) if second >= state.next_wake_ms() else Effects()
    apply(state, events, effects)
    return effects


def apply(state: State, events: Sequence[Input], effects: Effects) -> None:
    """Change the tables by admitted events; the rules are not asked."""
    if events:
        state.applied_ms = state.now_ms
    runs: defaultdict[str, _Run] = defaultdict(_Run)
    for event in events:
        if type(event) is CourierPosition:
            runs[event.city].singles.append(event)
        elif isinstance(event, PositionBlock):
            runs[event.city].add_block(event)
        else:
            _apply_other(state, event, runs, effects)
    for slug, run in runs.items():
        city = state.cities.get(slug)
        if city is None:
            state.tally.left += len(run)
        else:
            _flush(state, city, run)
    for city in state.cities.values():
        remedies.collect(city, effects, state.now_ms)


def _flush(state: State, city: City, run: _Run) -> None:
    if not run:
        return
    if len(run.singles) < SMALL_BLOCK and not run.blocks:
        applied = 0
        for event in run.singles:
            applied += apply_position(city, event, state.now_ms)
            city.saw("couriers", event.ts)
        count = len(run.singles)
        run.singles = []
    else:
        block = run.take_block(city.plan.slug)
        count, applied = len(block), apply_block(city, block, state.now_ms)
        _saw_block(city, block.ts)
    state.tally.applied += applied
    state.tally.stale += count - applied
    state.by_type["courier.position"] = state.by_type.get("courier.position", 0) + count


def _saw_block(city: City, ts: NDArray[np.int64]) -> None:
    """Count them in their slots of time; the first of them comes first, as one by one."""
    newest = int(ts.max())
    if int(ts.min()) // SLOT_MS == newest // SLOT_MS:
        city.saw("couriers", newest, len(ts))
        return
    city.saw("couriers", int(ts[0]), 0)
    slots, counts = np.unique(ts // SLOT_MS, return_counts=True)
    for slot, count in zip(slots.tolist(), counts.tolist(), strict=True):
        city.saw("couriers", min(newest, slot * SLOT_MS + SLOT_MS - 1), count)


def _apply_other(state: State, event: Incoming, runs: dict[str, _Run], effects: Effects) -> None:
    city = state.cities.get(event.city)
    if city is None:
        state.tally.left += 1
        return
    kind = type(event)
    known = _KINDS.get(kind)
    if known is None:
        if isinstance(event, DeliveryReport):
            remedies.report(city, event)
        else:
            assert isinstance(event, Command), event
            effects.answers.append((event, _obey(city, event)))
        return
    name, stream, take = known
    if stream == "couriers" and (run := runs.get(event.city)):
        # Positions before it come first: what a courier says last counts.
        _flush(state, city, run)
    applied, orphan = take(city, event, state.now_ms)
    tally = state.tally
    if applied:
        tally.applied += 1
    else:
        tally.stale += 1
    if orphan:
        tally.orphan += 1
    state.by_type[name] = state.by_type.get(name, 0) + 1
    city.saw(stream, event.ts)


def _obey(city: City, command: Command) -> act.Outcome:
    if isinstance(command, ActionCommand):
        return decide.obey(city, command)
    book, now = city.book, command.ts
    city.marks_due_ms = min(city.marks_due_ms, now)  # its end may be the next one
    if isinstance(command, AckAlert):
        return act.ack(book, command.alert_id, command.by, command.until_ts, now)
    if isinstance(command, UnackAlert):
        return act.unack(book, command.alert_id, now)
    if isinstance(command, ClaimAlert):
        return act.claim(book, command.alert_id, command.by, now)
    if isinstance(command, ReleaseAlert):
        return act.release(book, command.alert_id, command.by, command.force, now)
    if isinstance(command, NoteAlert):
        return act.note(book, command.alert_id, command.by, command.text, now)
    if isinstance(command, CloseAlert):
        return act.close(book, command.alert_id, command.by, command.reason, now)
    if isinstance(command, Silence):
        return act.silence(
            book, command.matchers, command.by, command.reason, command.until_ts, now
        )
    assert isinstance(command, Unsilence)
    return act.unsilence(book, command.silence_id, now)


def judge(state: State, second_ms: int) -> Effects:
    """Judge every city at a whole second."""
    effects = Effects()
    state.judged_ms = second_ms
    for city in state.cities.values():
        judge_city(city, second_ms)
        remedies.hear_changes(city, effects, second_ms)
        remedies.run(city, second_ms)
        remedies.collect(city, effects, second_ms)
    return effects
