"""What clients and venues will do with an order: drawn once, when the order is known.

Given who ordered what, where and when, and when it could be ready, `Planner` draws how long the
venue takes to accept, how far it overruns its promise, and the few orders that go wrong. The
shares are small, and of the order that support desks report. Used by `demand` and `mdrp`.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from monitor.core.events import Payment, Place, Problem
from sim.orders import OrderPlan
from sim.plane import Plane
from sim.venues import Venue

# Venues accept within a minute as a rule; one order in a hundred waits for more than 5.
ACCEPT_MEDIAN_MS: Final = 45_000
ACCEPT_SPREAD: Final = 0.8
LONGEST_ACCEPT_MS: Final = 12 * 60_000
LEAST_COOKING_MS: Final = 60_000
# A kitchen's ordinary overrun: a little early on average, a minute and a half either way.
OVERRUN_MEAN_MS: Final = -30_000
OVERRUN_SPREAD_MS: Final = 90_000
# An unpaid order is paid after three minutes on average; every fifth is never.
PAY_MEAN_MS: Final = 180_000
NEVER_PAID_SHARE: Final = 0.2
UNPAID_CANCEL_MS: Final = 10 * 60_000
PROBLEMS: Final[tuple[Problem, ...]] = (
    "missing_item", "wrong_item", "wrong_order", "damaged", "not_received", "other",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mishaps:
    """The shares of orders that go wrong, each from 0 to 1."""

    cancelled: float = 0.02
    refused: float = 0.02
    unpaid: float = 0.015
    cash: float = 0.05
    problem: float = 0.01


class Planner:
    """Draws plans; the same calls with the same generator give the same plans."""

    def __init__(self, rng: np.random.Generator, plane: Plane, mishaps: Mishaps) -> None:
        self._rng = rng
        self._plane = plane
        self._mishaps = mishaps

    def plan(
        self,
        order_id: str,
        venue_row: int,
        venue: Venue,
        at: tuple[float, float],
        placed_ms: int,
        could_be_ready_ms: int,
        promised_ms: int,
        patience_ms: int,
    ) -> OrderPlan:
        """The plan of an order placed at `placed_ms` for the point `at` (metres)."""
        # A fixed number of draws for each order keeps the others as they are.
        chance = self._rng.random(7).tolist()
        normal = self._rng.standard_normal(2).tolist()
        mishaps = self._mishaps
        start_ms = placed_ms
        payment: Payment = "paid"
        paid_ms: int | None = None
        cancel_ms: int | None = None
        reason = "client"
        if chance[0] < mishaps.unpaid:
            payment = "unpaid"
            if chance[1] < NEVER_PAID_SHARE:
                cancel_ms, reason = placed_ms + UNPAID_CANCEL_MS, "unpaid"
                start_ms = cancel_ms
            else:
                paid_ms = placed_ms + 10_000 + int(-PAY_MEAN_MS * math.log(1.0 - chance[2]))
                start_ms = paid_ms
        elif chance[0] > 1.0 - mishaps.cash:
            payment = "cash"
        delay = ACCEPT_MEDIAN_MS * math.exp(ACCEPT_SPREAD * normal[0])
        accept_ms = start_ms + min(int(delay) + 3_000, LONGEST_ACCEPT_MS)
        promise_ms = max(could_be_ready_ms, accept_ms + LEAST_COOKING_MS)
        overrun = OVERRUN_MEAN_MS + OVERRUN_SPREAD_MS * normal[1]
        overrun -= venue.slow_ms * math.log(1.0 - chance[3])
        ready_ms = max(promise_ms + int(overrun), accept_ms + LEAST_COOKING_MS // 2)
        if cancel_ms is None and chance[4] < mishaps.cancelled:
            part = chance[4] / mishaps.cancelled
            cancel_ms = placed_ms + 20_000 + int(part * (ready_ms - placed_ms))
        refused = chance[5] < mishaps.refused
        problem = PROBLEMS[int(chance[6] / mishaps.problem * len(PROBLEMS))] if (
            chance[6] < mishaps.problem
        ) else None  # fmt: skip
        lon, lat = self._plane.point(*at)
        return OrderPlan(
            order_id=order_id,
            venue=venue_row,
            x=at[0],
            y=at[1],
            dropoff=Place(lat, lon),
            placed_ms=placed_ms,
            accept_ms=accept_ms,
            estimate_ms=placed_ms + int(venue.prep_minutes * 60_000),
            promise_ms=promise_ms,
            ready_ms=ready_ms,
            promised_ms=promised_ms,
            patience_ms=patience_ms,
            payment=payment,
            paid_ms=paid_ms,
            cancel_ms=cancel_ms,
            cancel_reason=reason,
            refused_after_ms=30_000 + int(chance[1] * 150_000) if refused else None,
            problem=problem,
            client_id=venue.client_id,
        )
