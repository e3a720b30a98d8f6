"""A recording through the engine in virtual time: the clock is the events' own greatest `ts`.

Cuts a stream of events at the whole seconds at which something must be judged, so that each
judgement at T sees all events with `ts` <= T that stand before the first later one, however the
stream comes in batches. Used by `replay`, and live where the clock is set to the events' own.
"""

from collections.abc import Callable, Sequence

import numpy as np

from monitor.core.effects import Effects
from monitor.core.reports import Incoming
from monitor.core.state import State
from monitor.core.step import apply, judge
from monitor.core.table import FAR, NEVER
from monitor.core.timers import whole_second


class Timeline:
    """Drives one state by the times of its events.

    `on_effects` hears the effects of each judgement and its second. With `every_ms`, `on_tick` is
    called at every whole multiple of it from the first event's time on, when all is judged up to
    that time.
    """

    def __init__(
        self,
        state: State,
        on_effects: Callable[[Effects, int], None],
        every_ms: int = 0,
        on_tick: Callable[[int], None] | None = None,
    ) -> None:
        self._state = state
        self._on_effects = on_effects
        self._on_tick = on_tick
        self._every_ms = every_ms
        self._tick_ms = FAR
        self._waiting: list[Incoming] = []
        self._due_ms = FAR
        if state.now_ms != NEVER:  # a restored state goes on from where it stood
            self._start_ticks()
            self._due_ms = min(state.next_wake_ms(), self._tick_ms)

    def _start_ticks(self) -> None:
        if self._every_ms and self._on_tick is not None:
            self._tick_ms = -(-self._state.now_ms // self._every_ms) * self._every_ms

    def feed(self, events: Sequence[Incoming]) -> None:
        """Take admitted events in their order; what they leave open is judged by later ones."""
        state = self._state
        waiting = self._waiting
        clock = state.now_ms
        if clock == NEVER and events:
            clock = state.now_ms = events[0].ts
            self._start_ticks()
            self._due_ms = whole_second(clock)
        elif clock != NEVER:
            # A command or a report that was applied since may have made something due sooner.
            self._due_ms = min(state.next_wake_ms(), self._tick_ms)
        # The clock at each event: the greatest time until then.
        clocks = np.maximum.accumulate(np.array([clock, *[event.ts for event in events]]))[1:]
        start = 0
        while start < len(events):
            # What lies behind the second, or behind what is due, waits for a judgement. What waits
            # may itself ask for one at the end of its second.
            last = max(clock, min(self._due_ms, whole_second(clock)))
            end = int(np.searchsorted(clocks, last, side="right"))
            waiting += events[start:end]
            if end > start:
                clock = int(clocks[end - 1])
            if end < len(events):
                state.now_ms = clock
                self._flush()
                clock = int(clocks[end])
                self._advance(clock)
            start = end
        state.now_ms = clock
        self._flush()

    def finish(self) -> None:
        """All events are in: judge and tick up to the last one's time."""
        if self._state.now_ms != NEVER:
            self._advance(self._state.now_ms + 1)

    def _flush(self) -> None:
        """Apply what waits: nothing in it lies behind the next second to judge."""
        if self._waiting:
            effects = Effects()
            apply(self._state, self._waiting, effects)
            self._waiting.clear()
            if effects.has_any:  # an answer to a push, say, moves an action on at once
                self._on_effects(effects, self._state.now_ms)
        self._due_ms = min(self._state.next_wake_ms(), self._tick_ms)

    def _advance(self, before_ms: int) -> None:
        """Judge at every second that asks for it and lies before `before_ms`."""
        state = self._state
        while self._due_ms < before_ms:
            second = self._due_ms
            state.now_ms = max(state.now_ms, second)
            if state.next_wake_ms() <= second:
                self._on_effects(judge(state, second), second)
            if second == self._tick_ms and self._on_tick is not None:
                self._on_tick(second)
                self._tick_ms += self._every_ms
            self._due_ms = min(state.next_wake_ms(), self._tick_ms)
