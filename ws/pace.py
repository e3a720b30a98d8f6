"""How often something may happen: a token bucket, with the time passed in."""


class Pace:
    """At most `per_s` a second in the long run, and `burst` at once."""

    def __init__(self, per_s: float, burst: float) -> None:
        self._per_s = per_s
        self._burst = max(1.0, burst)
        self._tokens = self._burst
        self._last_s: float | None = None

    def allows(self, now_s: float) -> bool:
        """Whether one more may happen now; if so, it is counted."""
        if self._last_s is not None:
            passed_s = max(0.0, now_s - self._last_s)
            self._tokens = min(self._burst, self._tokens + passed_s * self._per_s)
        self._last_s = now_s
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True
