"""The last deltas of one topic, for clients that come back; bounded by count, bytes and age.

Only `hub` uses it. No clock: times are passed in.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from ws.delta import Delta, item_bytes
from ws.limits import Limits
from ws.topics import is_conflated


class Bounds(Struct, frozen=True):
    """How much a history may hold; the oldest go first."""

    count: int
    bytes: int
    seconds: float


# What a delta without any item takes, roughly.
_DELTA_BYTES: Final = 256


def bounds_of(layer: str, limits: Limits) -> Bounds:
    """The bounds for a topic of `layer`."""
    if is_conflated(layer):
        return Bounds(limits.resume_count, limits.resume_bytes, limits.resume_s)
    return Bounds(limits.resume_alerts_count, limits.resume_alerts_bytes, limits.resume_alerts_s)


class History:
    """Deltas of a topic without a hole from `floor` on."""

    def __init__(self, bounds: Bounds, floor: int) -> None:
        self._bounds = bounds
        self._deltas: deque[tuple[Delta, int, float]] = deque()
        self._bytes = 0
        self.floor = floor

    def add(self, delta: Delta, now_s: float) -> None:
        """Keep `delta`, the newest, and let go what is beyond the bounds."""
        size = item_bytes(delta.items) + _DELTA_BYTES
        self._deltas.append((delta, size, now_s))
        self._bytes += size
        bounds = self._bounds
        while self._deltas and (
            len(self._deltas) > bounds.count
            or self._bytes > bounds.bytes
            or now_s - self._deltas[0][2] > bounds.seconds
        ):
            oldest, size, _ = self._deltas.popleft()
            self._bytes -= size
            self.floor = oldest.seq

    def since(self, seq: int) -> Sequence[Delta] | None:
        """All deltas after `seq`, oldest first; None when some of them are gone."""
        if seq < self.floor:
            return None
        return [delta for delta, _, _ in self._deltas if delta.seq > seq]
