"""How long to wait before the next attempt.

Exponential back-off with full jitter (the wait is drawn evenly between nothing and a ceiling that
doubles), so that clients that lost a server together do not come back together. The source of
randomness is handed in; waiting is the caller's business.
"""

import random


class Backoff:
    """Waits in seconds: ceilings of `first_s`, `first_s`, twice that, and so on up to `cap_s`."""

    def __init__(self, rng: random.Random, first_s: float = 0.5, cap_s: float = 30.0) -> None:
        if not 0 < first_s <= cap_s:
            raise ValueError(f"need 0 < first_s <= cap_s, got {first_s} and {cap_s}")
        self._rng = rng
        self._first_s = first_s
        self._cap_s = cap_s
        self._ceiling_s = first_s
        self._attempts = 0

    @property
    def attempts(self) -> int:
        """Waits drawn since the last reset."""
        return self._attempts

    def next_s(self) -> float:
        """The next wait, from 0 to the present ceiling; the ceiling then doubles up to the cap."""
        wait_s = self._rng.uniform(0, self._ceiling_s)
        self._ceiling_s = min(self._cap_s, self._ceiling_s * 2)
        self._attempts += 1
        return wait_s

    def reset(self) -> None:
        """After a success: begin again at `first_s`."""
        self._ceiling_s = self._first_s
        self._attempts = 0
