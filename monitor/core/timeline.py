"""A recording through the engine in virtual time: the clock is the events' own greatest `ts`.

Cuts a stream of events at the whole seconds at which something must be judged, so that each
judgement at T sees all events with `ts` <= T that stand before the first later one, however the
stream comes in batches. Used by `replay`, and live where the clock is set to the events' own.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence

import numpy as np

from monitor.core.effects import Effects
from monitor.core.reports import Incoming
from monitor.core.state import State
from monitor.core.step import apply, judge
from monitor.core.stretch import Stretch
from monitor.core.tables.table import FAR, NEVER
from monitor.core.tables.timers import whole_second


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
        self._wake_ms = FAR  # when the state next asks for a judgement
        if state.now_ms != NEVER:  # a restored state goes on from where it stood
            self._start_ticks()
            self._wake_ms = state.next_wake_ms()

    def _start_ticks(self) -> None:
        if self._every_ms and self._on_tick is not None:
            self._tick_ms = -(-self._state.now_ms // self._every_ms) * self._every_ms

    def feed(self, events: Sequence[Incoming]) -> None:
        """Take admitted events in their order; what they leave open is judged by later ones."""
        self.take(Stretch(events))

    def take(self, stretch: Stretch) -> None:
        """`feed`, of events as columns."""
        state = self._state
        if not len(stretch):
            return
        if state.now_ms == NEVER:
            state.now_ms = int(stretch.ts[0])
            self._start_ticks()
            self._wake_ms = whole_second(state.now_ms)
        else:
            # A command or a report that was applied since may have made something due sooner.
            self._wake_ms = state.next_wake_ms()
        clock = state.now_ms
        # The clock at each event: the greatest time until then. A few of them are looked at.
        clocks: memoryview[int] = np.maximum(np.maximum.accumulate(stretch.ts), clock).data
        start, count = 0, len(clocks)
        while start < count:
            # What lies behind the second, or behind what is due, waits for a judgement. What is
            # applied may itself ask for one at the end of its second.
            last = max(clock, min(self._wake_ms, self._tick_ms, whole_second(clock)))
            end = bisect_right(clocks, last, start)
            if end > start:
                state.now_ms = clocks[end - 1]
                self._apply(stretch, start, end)
            if end < count:
                clock = clocks[end]
                self._advance(clock)
            start = end

    def finish(self) -> None:
        """All events are in: judge and tick up to the last one's time."""
        if self._state.now_ms != NEVER:
            self._advance(self._state.now_ms + 1)

    def _apply(self, stretch: Stretch, start: int, end: int) -> None:
        """Apply a part of which nothing lies behind the next second to judge."""
        effects = Effects()
        apply(self._state, stretch.part(start, end), effects)
        if effects.has_any:  # an answer to a push, say, moves an action on at once
            self._on_effects(effects, self._state.now_ms)
        self._wake_ms = self._state.next_wake_ms()

    def _advance(self, before_ms: int) -> None:
        """Judge at every second that asks for it and lies before `before_ms`."""
        state = self._state
        while (second := min(self._wake_ms, self._tick_ms)) < before_ms:
            state.now_ms = max(state.now_ms, second)
            if self._wake_ms <= second:
                self._on_effects(judge(state, second), second)
                self._wake_ms = state.next_wake_ms()
            if second == self._tick_ms and self._on_tick is not None:
                self._on_tick(second)
                self._tick_ms += self._every_ms
