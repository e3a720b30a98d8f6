"""What a city has shown: how many accept a push, how long recovery takes; and who is held back.

Kept by the core, one of each a city. Both forget by time, so that a season does not plan the next
one. What an answer or a recovery is, the core decides.
"""

import math
from hashlib import blake2b
from typing import Final

HALF_LIFE_MS: Final = 3 * 86_400_000  # after three days what was seen weighs half
LEAST_RATE: Final = 0.05  # a push channel that is down must not have whole districts asked
PRIOR_ASKS: Final = 10.0  # what is assumed weighs as much as ten answers


class Fading:
    """A sum and its weight; both halve in each half-life, against what is new."""

    def __init__(self, half_life_ms: int) -> None:
        if half_life_ms <= 0:
            raise ValueError("a half-life must be longer than 0 ms")
        self._half_life_ms = half_life_ms
        self._total = 0.0
        self._weight = 0.0
        self._at_ms = 0

    def add(self, value: float, now_ms: int) -> None:
        """One thing more, seen now; time that goes back neither fades nor revives."""
        self._total, self._weight = self.at(now_ms)
        self._total += value
        self._weight += 1.0
        self._at_ms = max(self._at_ms, now_ms)

    def at(self, now_ms: int) -> tuple[float, float]:
        """Sum and weight as faded by now."""
        faded = math.exp2(-max(now_ms - self._at_ms, 0) / self._half_life_ms)
        return self._total * faded, self._weight * faded

    def dump(self) -> dict[str, float]:
        """What was seen, as builtins; the half-life is the program's."""
        return {"total": self._total, "weight": self._weight, "at_ms": self._at_ms}

    def load(self, data: dict[str, float]) -> None:
        """Become what `dump` gave; KeyError or ValueError where it can't be that, unchanged."""
        total, weight = float(data["total"]), float(data["weight"])
        at_ms = int(data["at_ms"])
        if not (0 <= total < math.inf and 0 <= weight < math.inf):
            raise ValueError("neither a sum nor a weight can be negative or without end")
        self._total, self._weight, self._at_ms = total, weight, at_ms


class Acceptance:
    """The share of those asked who accept: `prior` until the city has shown its own."""

    def __init__(self, prior: float, half_life_ms: int = HALF_LIFE_MS) -> None:
        self._prior = prior
        self._seen = Fading(half_life_ms)

    def saw(self, accepted: bool, now_ms: int) -> None:
        """One who was asked accepted, or declined, or let his time to answer pass."""
        self._seen.add(float(accepted), now_ms)

    def rate(self, now_ms: int) -> float:
        """The share to plan with, from `LEAST_RATE` to 1."""
        accepted, asked = self._seen.at(now_ms)
        share = (accepted + self._prior * PRIOR_ASKS) / (asked + PRIOR_ASKS)
        return min(max(share, LEAST_RATE), 1.0)

    def dump(self) -> dict[str, float]:
        """What was learned, as builtins; the prior is a setting."""
        return self._seen.dump()

    def load(self, data: dict[str, float]) -> None:
        """Become what `dump` gave; KeyError or ValueError where it can't be that, unchanged."""
        self._seen.load(data)


class Recovery:
    """How long after a push the shortage ends, on average."""

    def __init__(self, half_life_ms: int = HALF_LIFE_MS) -> None:
        self._seen = Fading(half_life_ms)

    def saw(self, seconds: float, now_ms: int) -> None:
        """One recovery that took so many seconds."""
        self._seen.add(seconds, now_ms)

    def mean_s(self, now_ms: int) -> float | None:
        """The mean in seconds; None before the first one, and once it is all but forgotten."""
        seconds, count = self._seen.at(now_ms)
        return seconds / count if count > 0.01 else None

    def dump(self) -> dict[str, float]:
        """What was learned, as builtins."""
        return self._seen.dump()

    def load(self, data: dict[str, float]) -> None:
        """Become what `dump` gave; KeyError or ValueError where it can't be that, unchanged."""
        self._seen.load(data)


def hold_back(key: str, share: float) -> bool:
    """Whether the courier with this push's idempotency key is in the control group: not asked.

    Always the same for a key, true for `share` (0 to 1) of all keys: BLAKE2b (RFC 7693) spreads
    them evenly, whatever they have in common.
    """
    drawn = int.from_bytes(blake2b(key.encode(), digest_size=6).digest())
    return drawn < share * 2**48
