"""The one owner of the state, and the only caller of `step`.

Takes all that waits in the inbox, reads the clock once, steps, and hands the effects on; wakes by
itself when the core says that something falls due. With the events' own clock the same events end
in the same alerts as a replay of them. Every input is recorded with what came of it; whoever sent
it hears that it was taken once it is durable. `repeat` takes such a record again.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from alerts.act import Outcome
from monitor.core.commands import Command
from monitor.core.effects import Effects
from monitor.core.plan import CityPlan
from monitor.core.replan import replan
from monitor.core.reports import DeliveryReport, Incoming, Input, count_events
from monitor.core.state import State
from monitor.core.step import apply, step
from monitor.core.tables.table import FAR, NEVER
from monitor.core.timeline import Timeline
from monitor.durable.recorder import Kind, Record, Recorder
from monitor.ingest.inbox import Inbox
from monitor.runtime.clock import Clock, EventClock

LONGEST_SLEEP_S = (
    1.0  # so that the heartbeat shows a stuck engine, and a clock set back does no harm
)


@dataclass(slots=True)
class EngineCounts:
    """What the engine did; read by telemetry."""

    steps: int = 0
    events: int = 0
    busy_s: float = 0.0
    last_step_s: float = 0.0
    last_step_events: int = 0
    heartbeat_s: float = 0.0  # on the loop's clock


class Engine:
    """Runs the state; everything else reads it, or asks by `submit` and `replan`."""

    def __init__(
        self,
        state: State,
        inbox: Inbox,
        clock: Clock,
        on_effects: Callable[[Effects], None],
        on_step: Callable[[float, int], None] | None = None,
        speed: float = 1.0,
    ) -> None:
        """`speed`: how many times as fast as the wall clock `clock` runs (a simulated city's)."""
        self.state = state
        self.recorder: Recorder | None = None
        self.counts = EngineCounts()
        self._inbox = inbox
        self._clock = clock
        self._on_effects = on_effects
        self._on_step = on_step
        self._speed = speed
        # In the events' own time judgements come between events, not by the wall clock.
        self._timeline: Timeline | None = None
        self._fed = Effects()
        if isinstance(clock, EventClock):
            self._timeline = Timeline(state, lambda effects, _: self._fed.add(effects))

    def restart(self, state: State) -> None:
        """Go on with a restored state; before `run`."""
        self.state = state
        if isinstance(self._clock, EventClock):
            self._timeline = Timeline(state, lambda effects, _: self._fed.add(effects))
            if state.now_ms != NEVER:
                self._clock.see(state.now_ms)

    def repeat(self, record: Record) -> Effects:
        """Take a recorded input again, exactly as it was; nobody is told."""
        if record.kind == "step":
            return step(self.state, record.events, record.now_ms)
        if record.kind == "feed":
            effects = self._feed(record.events)
            if isinstance(self._clock, EventClock):
                self._clock.see(self.state.now_ms)
            return effects
        effects = Effects()
        apply(self.state, record.events, effects)
        return effects

    async def run(self) -> None:
        """Step until cancelled; what was taken from the inbox is always applied."""
        # It is awake, though nothing came yet: who asks is not told to wait for its first second.
        self.counts.heartbeat_s = asyncio.get_running_loop().time()
        while True:
            if self.recorder is not None:
                await self.recorder.room()
            events = await self._inbox.take(self._sleep_s())
            self._step(events)
            if events:
                self._inbox.done(None if self.recorder is None else self.recorder.when_durable())
                # Others have their turn even while events wait without end.
                await asyncio.sleep(0)

    def _sleep_s(self) -> float:
        if self._timeline is not None:
            return LONGEST_SLEEP_S
        wake_ms = self.state.next_wake_ms()
        if wake_ms == FAR:
            return LONGEST_SLEEP_S
        return min(
            max((wake_ms - self._clock.now_ms()) / 1000 / self._speed, 0.001), LONGEST_SLEEP_S
        )

    def _step(self, events: Sequence[Input]) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        if self._timeline is not None:
            if events:  # time alone changes nothing where the events are the clock
                effects = self._feed(events)
                self._tell("feed", self.state.now_ms, events, effects)
        else:
            now_ms, judged_ms = self._clock.now_ms(), self.state.judged_ms
            effects = step(self.state, events, now_ms)
            if events or self.state.judged_ms != judged_ms:
                self._tell("step", now_ms, events, effects)
        counts = self.counts
        counts.heartbeat_s = loop.time()
        if events:
            took, count = counts.heartbeat_s - began, count_events(events)
            counts.steps += 1
            counts.events += count
            counts.busy_s += took
            counts.last_step_s, counts.last_step_events = took, count
            if self._on_step is not None:
                self._on_step(took, count)

    def _feed(self, events: Sequence[Input]) -> Effects:
        assert self._timeline is not None
        self._timeline.feed(cast(Sequence[Incoming], events))  # these are never packed
        effects, self._fed = self._fed, Effects()
        return effects

    def _tell(self, kind: Kind, now_ms: int, events: Sequence[Input], effects: Effects) -> None:
        """Record an input with what came of it, and hand that on."""
        if self.recorder is not None:
            self.recorder.record(kind, now_ms, events, effects)
        self._on_effects(effects)

    def now_ms(self) -> int:
        """The time that commands of people are stamped with and views are read at."""
        return max(self._clock.now_ms(), self.state.now_ms)

    async def submit(self, command: Command) -> Outcome:
        """Do what a person asks, at once, as an event of its own; answers once it is durable."""
        outcome = self._apply(command).answers[-1][1]
        if self.recorder is not None:
            await self.recorder.durable()
        return outcome

    def report(self, report: DeliveryReport) -> None:
        """Take note of what became of a letter."""
        self._apply(report)

    def _apply(self, event: Command | DeliveryReport) -> Effects:
        effects = Effects()
        apply(self.state, [event], effects)
        self._tell("apply", self.state.now_ms, [event], effects)
        return effects

    def replan(self, plans: Iterable[CityPlan]) -> None:
        """Take new zones and rules, without losing what is known."""
        self.note(replan(self.state, plans))

    def note(self, effects: Effects) -> None:
        """Hand on what came about without an input: it is recorded, and not repeated."""
        self._tell("note", self.state.now_ms, [], effects)
