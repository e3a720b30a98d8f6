"""What a courier's phone makes of where it is: noise, lost fixes, silences.

The numbers were taken from 57,960 fixes in 805 public traces of delivery agents
(amazon-science/goal-gps-ordered-activity-labels, CC BY 4.0; a fix each 5 s), none of which is
part of this project:
- noise: the median distance of a fix from the line between its neighbours gives, for white
  noise on each axis, a sigma of 2.9 m when driving and up to 1.8 m (by the mean square) on foot;
- 87.7 % of the steps keep the 5 s, 10.7 % miss one fix (6 to 11 s), 0.9 % two to three;
- 0.68 % of the steps are silences above 21 s: of these 73 % end within 61 s, 18 % within 121 s,
  8 % within 301 s and the rest within 660 s.
Used by `operation`; draws from the generator that it is handed, always in the same order.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.plane import Floats

SIGMA_MOVING_M: Final = 2.9
SIGMA_STANDING_M: Final = 1.8
# What a phone claims about itself: about twice the sigma, never below its best of 3 m.
ACCURACY_M: Final = 3.0
# Singly lost fixes matter only where fixes are as dense as in the traces.
LOST_FIX_SHARE: Final = 0.107
DENSE_INTERVAL_MS: Final = 10_000
SILENCES_PER_MS: Final = 0.0068 / 5_000
SILENCE_SHARES: Final = (0.0, 0.73, 0.91, 0.985, 1.0)
SILENCE_LENGTHS_MS: Final = (21_000.0, 61_000.0, 121_000.0, 301_000.0, 660_000.0)


class Gps:
    """Noise and silences for batches of fixes; `interval_ms` is the time between two."""

    def __init__(self, rng: np.random.Generator, interval_ms: int) -> None:
        self._rng = rng
        self._silence_share = min(SILENCES_PER_MS * interval_ms, 0.2)
        self._lost_share = LOST_FIX_SHARE if interval_ms <= DENSE_INTERVAL_MS else 0.0

    def blur(self, x: Floats, y: Floats, moving: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """The points as a receiver reports them, in metres."""
        sigma = np.where(moving, SIGMA_MOVING_M, SIGMA_STANDING_M)
        noise = self._rng.standard_normal((2, x.size))
        return x + sigma * noise[0], y + sigma * noise[1]

    def accuracy(self, count: int) -> Floats:
        """The accuracy a phone claims for each of `count` fixes, metres with one decimal."""
        return np.round(ACCURACY_M + self._rng.exponential(2.5, count), 1)

    def lost(self, count: int) -> NDArray[np.bool_]:
        """Which of `count` fixes never arrive, each by itself."""
        return self._rng.random(count) < self._lost_share

    def silences(self, count: int) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
        """Which of `count` couriers fall silent after this fix, and for how many ms each."""
        chosen = np.flatnonzero(self._rng.random(count) < self._silence_share)
        drawn = np.interp(self._rng.random(chosen.size), SILENCE_SHARES, SILENCE_LENGTHS_MS)
        return chosen, drawn.astype(np.int64)
