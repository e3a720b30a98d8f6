"""The life of one alert as a table: (state, signal) -> state.

A rule's condition at one moment is a signal; `for_s` and `keep_s` make it a held one. Shown states
are pending, firing and resolved; `inactive` is nothing to show, and `clearing` is shown as firing:
the breach is gone, not yet for long enough. The docs' diagram is drawn from `TABLE`.
"""

from enum import Enum
from typing import Final


class State(Enum):
    """Where a step of an alert stands."""

    __hash__ = object.__hash__  # each is one object; that of Enum takes longer than the table
    INACTIVE = "inactive"
    PENDING = "pending"
    FIRING = "firing"
    CLEARING = "clearing"
    RESOLVED = "resolved"


class Signal(Enum):
    """What the rule says now."""

    __hash__ = object.__hash__
    BREACH = "breach"  # the raise condition holds, not yet for `for_s`
    BREACH_HELD = "breach held"  # it has held for `for_s`
    BETWEEN = "between"  # neither the raise nor the clear condition holds
    CLEAR = "clear"  # the clear condition holds, not yet for `keep_s`
    CLEAR_HELD = "clear held"  # it has held for `keep_s`


TABLE: Final[dict[tuple[State, Signal], State]] = {
    (State.INACTIVE, Signal.BREACH): State.PENDING,
    (State.INACTIVE, Signal.BREACH_HELD): State.FIRING,
    (State.PENDING, Signal.BREACH_HELD): State.FIRING,
    (State.PENDING, Signal.BETWEEN): State.INACTIVE,
    (State.PENDING, Signal.CLEAR): State.INACTIVE,
    (State.PENDING, Signal.CLEAR_HELD): State.INACTIVE,
    (State.FIRING, Signal.CLEAR): State.CLEARING,
    (State.FIRING, Signal.CLEAR_HELD): State.RESOLVED,
    (State.CLEARING, Signal.BREACH): State.FIRING,
    (State.CLEARING, Signal.BREACH_HELD): State.FIRING,
    (State.CLEARING, Signal.BETWEEN): State.FIRING,
    (State.CLEARING, Signal.CLEAR_HELD): State.RESOLVED,
}

SHOWN_AS_FIRING: Final = (State.FIRING, State.CLEARING)


class Step:
    """One severity step of one alert: a walk through `TABLE`.

    `since_ms` is when the present breach began, `clear_ms` when the present clearing did.
    """

    __slots__ = ("clear_ms", "since_ms", "state")

    def __init__(self) -> None:
        self.state = State.INACTIVE
        self.since_ms = 0
        self.clear_ms = 0

    def observe(
        self, breach: bool, clear: bool, now_ms: int, began_ms: int, for_ms: int, keep_ms: int
    ) -> bool:
        """Take one judgement; whether the state changed.

        `began_ms` is when a breach seen for the first time began (at most `now_ms`).
        """
        before = self.state
        if breach:
            if before is State.INACTIVE:
                self.since_ms = began_ms
            held = now_ms - self.since_ms >= for_ms
            signal = Signal.BREACH_HELD if held else Signal.BREACH
        elif clear:
            if before is State.FIRING:
                self.clear_ms = now_ms
            held = now_ms - self.clear_ms >= keep_ms
            signal = Signal.CLEAR_HELD if held else Signal.CLEAR
        else:
            signal = Signal.BETWEEN
        self.state = TABLE.get((before, signal), before)
        return self.state is not before

    def due_ms(self, for_ms: int, keep_ms: int) -> int | None:
        """When the mere passing of time may change the state, if ever."""
        if self.state is State.PENDING:
            return self.since_ms + for_ms
        if self.state is State.CLEARING:
            return self.clear_ms + keep_ms
        return None
