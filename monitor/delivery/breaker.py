"""The circuit breaker of one target as a table: (state, signal) -> state.

A target that fails with one letter after the other is left alone for a while; then one try tells
whether it is back. A letter that fails again and again counts once: it may be the letter's fault,
and its own back-off is enough. A target that asks to be left alone (`Retry-After`) is so for as
long as it asks, within bounds. Letters wait meanwhile and use up no tries. It knows no clock: times
are seconds of the caller's. The docs' diagram is drawn from `TABLE`.
"""

import random
from enum import Enum
from typing import Final

from monitor.delivery.limits import LedgerLimits
from monitor.runtime.backoff import Backoff


class State(Enum):
    """Whether letters are tried."""

    CLOSED = "closed"  # they are
    OPEN = "open"  # none
    HALF_OPEN = "half_open"  # one, to see


class Signal(Enum):
    """What became of a try, or of time."""

    ANSWERED = "answered"  # it took the letter, or refused it: it is there
    FAILED = "failed"  # not yet with too many letters in a row
    FAILED_OFTEN = "failed often"
    ASKED = "asked"  # it failed and asked to be left alone for a time
    RESTED = "rested"  # the time is over


# What is not here changes nothing: a try that was under way when it opened does not close it.
TABLE: Final[dict[tuple[State, Signal], State]] = {
    (State.CLOSED, Signal.FAILED_OFTEN): State.OPEN,
    (State.CLOSED, Signal.ASKED): State.OPEN,
    (State.OPEN, Signal.RESTED): State.HALF_OPEN,
    (State.HALF_OPEN, Signal.ANSWERED): State.CLOSED,
    (State.HALF_OPEN, Signal.FAILED): State.OPEN,
    (State.HALF_OPEN, Signal.FAILED_OFTEN): State.OPEN,
    (State.HALF_OPEN, Signal.ASKED): State.OPEN,
}


class Breaker:
    """A walk through `TABLE`; rests grow while it does not close."""

    def __init__(self, rng: random.Random, limits: LedgerLimits) -> None:
        self.state = State.CLOSED
        self.opened = 0  # how often it opened
        self._limits = limits
        self._backoff = Backoff(rng, limits.breaker_rest_s, limits.breaker_rest_cap_s)
        self._failed: set[str] = set()  # letters since the last answer, as many as matter
        self._until_s = 0.0

    def wait_s(self, now_s: float, in_hand: int) -> float | None:
        """How long no try may begin: 0 if one may now, None until those in hand have ended.

        Half open, only one that is alone may: nobody else's end is then taken for its end.
        """
        if self.state is State.OPEN:
            if now_s < self._until_s:
                return self._until_s - now_s
            self._take(Signal.RESTED)
        if self.state is State.HALF_OPEN and in_hand:
            return None
        return 0.0

    def answered(self) -> bool:
        """A try reached it; whether it closed."""
        self._failed.clear()
        closed = self._take(Signal.ANSWERED)
        if closed:
            self._backoff.reset()
        return closed

    def failed(self, key: str, now_s: float, after_s: float | None) -> bool:
        """A letter failed, the target asking to be left alone for `after_s`, if at all; whether
        it opened.

        What it asks for is honoured by all letters, whatever was waited for before.
        """
        if len(self._failed) < self._limits.breaker_letters:
            self._failed.add(key)
        asked_s = min(after_s or 0.0, self._limits.breaker_asked_max_s)
        signal = Signal.FAILED
        if asked_s:
            signal = Signal.ASKED
        elif len(self._failed) >= self._limits.breaker_letters:
            signal = Signal.FAILED_OFTEN
        opened = self._take(signal)
        if opened:
            self.opened += 1
            rest_s = self._limits.breaker_rest_s + self._backoff.next_s()
            self._until_s = now_s + (asked_s or rest_s)
        self._until_s = max(self._until_s, now_s + asked_s)
        return opened

    def _take(self, signal: Signal) -> bool:
        """Whether the state changed."""
        before = self.state
        self.state = TABLE.get((before, signal), before)
        return self.state is not before
