"""The one owner of the state, and the only caller of `step`.

Takes all that waits in the inbox, reads the clock once, steps, and hands the effects on; wakes by
itself when the core says that something falls due. With the events' own clock the same events end
in the same alerts as a replay of them.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from alerts.act import Outcome
from monitor.core.commands import Command
from monitor.core.effects import Effects
from monitor.core.plan import CityPlan
from monitor.core.replan import replan
from monitor.core.state import State
from monitor.core.step import Incoming, apply, step
from monitor.core.table import FAR
from monitor.core.timeline import Timeline
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
        self.counts = EngineCounts()
        self._inbox = inbox
        self._clock = clock
        self._on_effects = on_effects
        self._on_step = on_step
        self._speed = speed
        # In the events' own time judgements come between events, not by the wall clock.
        self._timeline: Timeline | None = None
        if isinstance(clock, EventClock):
            self._timeline = Timeline(state, lambda effects, _: on_effects(effects))

    async def run(self) -> None:
        """Step until cancelled; what was taken from the inbox is always applied."""
        while True:
            events = await self._inbox.take(self._sleep_s())
            self._step(events)
            if events:
                self._inbox.done()
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

    def _step(self, events: list[Incoming]) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        if self._timeline is not None:
            self._timeline.feed(events)
        else:
            self._on_effects(step(self.state, events, self._clock.now_ms()))
        counts = self.counts
        counts.heartbeat_s = loop.time()
        if events:
            took = counts.heartbeat_s - began
            counts.steps += 1
            counts.events += len(events)
            counts.busy_s += took
            counts.last_step_s, counts.last_step_events = took, len(events)
            if self._on_step is not None:
                self._on_step(took, len(events))

    def now_ms(self) -> int:
        """The time that commands of people are stamped with and views are read at."""
        return max(self._clock.now_ms(), self.state.now_ms)

    async def submit(self, command: Command) -> Outcome:
        """Do what a person asks, at once, as an event of its own."""
        effects = Effects()
        apply(self.state, [command], effects)
        self._on_effects(effects)
        return effects.answers[-1][1]

    def replan(self, plans: Iterable[CityPlan]) -> None:
        """Take new zones and rules, without losing what is known."""
        self._on_effects(replan(self.state, plans))
