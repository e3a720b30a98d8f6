"""When couriers work: every day each draws a shift, so that supply follows demand, roughly.

The kinds of shift and their shares are made so that about 6 in 10 couriers are on shift at the
dinner peak and 5 in 10 at lunch, when demand is nearly as high: lunch is when a city runs short.
Used by `city`.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.demand import pick

MINUTE_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class ShiftKind:
    """Begins and lasts within these bounds, in minutes of the local day."""

    share: float
    begin: tuple[int, int]
    length: tuple[int, int]


KINDS: Final = (
    ShiftKind(0.27, (9 * 60, 11 * 60), (420, 540)),  # day
    ShiftKind(0.41, (15 * 60 + 30, 18 * 60), (300, 390)),  # evening
    ShiftKind(0.14, (10 * 60, 12 * 60), (600, 720)),  # long
    ShiftKind(0.08, (20 * 60, 22 * 60), (420, 540)),  # night
    ShiftKind(0.10, (5 * 60, 7 * 60 + 30), (360, 480)),  # morning
)


def draw_shifts(
    rng: np.random.Generator, couriers: int, midnight_ms: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Each courier's shift on the day that begins at `midnight_ms`: begins and ends, ms."""
    kinds = pick(rng, [kind.share for kind in KINDS], couriers)
    bounds = np.array([(*kind.begin, *kind.length) for kind in KINDS], np.float64)[kinds]
    part = rng.random((2, couriers))
    begin = bounds[:, 0] + part[0] * (bounds[:, 1] - bounds[:, 0])
    length = bounds[:, 2] + part[1] * (bounds[:, 3] - bounds[:, 2])
    begins = midnight_ms + (begin * MINUTE_MS).astype(np.int64)
    return begins, begins + (length * MINUTE_MS).astype(np.int64)
