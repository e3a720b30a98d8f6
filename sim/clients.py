"""What clients order, minute by minute, and what they do where a venue takes no orders.

The day's curve and the places are `demand`'s, what becomes of an order `plans`' and `operation`'s.
Used by `city`.
"""

from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np

from sim.demand import FARTHEST_CLIENT_M, MINUTE_MS, client_places, pick, rate_share
from sim.openings import Openings
from sim.operation import Operation
from sim.orders import OrderPlan
from sim.plane import Floats
from sim.plans import Planner
from sim.settings import SimSettings

# What a client is promised beyond the venue's time, and how long he waits without a courier.
RIDE_PROMISE_MS: Final = 25 * MINUTE_MS
PATIENCE_MS: Final = 60 * MINUTE_MS
# While there is a crowd in a quarter, so many times as much is ordered there.
CROWD_DEMAND: Final = 4.0
# Of the clients of a busy venue every seventh is put off by the longer time, of a paused one all
# are; six in ten of them order from another venue near them, the others not at all.
PUT_OFF_BY_BUSY: Final = 1.0 / 7.0
ORDER_ELSEWHERE: Final = 0.6


class Clients:
    """Draws the orders of a city and places them.

    `popularity` is each venue's share of them. `rng` draws what is ordered, `second_thoughts` what
    those do who are turned away: with nobody turned away the orders are the same.
    """

    def __init__(
        self,
        settings: SimSettings,
        operation: Operation,
        openings: Openings,
        planner: Planner,
        popularity: Floats,
        rng: np.random.Generator,
        second_thoughts: np.random.Generator,
    ) -> None:
        self._settings = settings
        self._operation = operation
        self._openings = openings
        self._planner = planner
        self._popularity = popularity
        self._rng = rng
        self._second_thoughts = second_thoughts
        venues = operation.venues
        self._x, self._y = np.array(venues.x), np.array(venues.y)
        self._quarters: Final = np.array([venue.quarter or "" for venue in venues.all])
        self._count = 0
        self.lost = 0  # orders that were never placed, because a venue took none
        operation.agenda.at(settings.start_ms, self._minute)

    def _weights(self) -> Floats:
        """Each venue's orders as a share of an ordinary day's of all."""
        crowds = self._operation.now.crowds
        if not crowds:
            return self._popularity
        crowded = np.isin(self._quarters, sorted(crowds))
        return np.where(crowded, self._popularity * CROWD_DEMAND, self._popularity)

    def _minute(self, ts: int) -> None:
        """Draw the orders of the minute that begins now."""
        settings, rng, agenda = self._settings, self._rng, self._operation.agenda
        agenda.at(ts + MINUTE_MS, self._minute)
        weights = self._weights()
        more = 1.0 if weights is self._popularity else float(weights.sum())
        share = rate_share(ts, settings.utc_offset_min) * self._operation.now.demand * more
        count = int(rng.poisson(settings.orders_per_hour * share / 60.0))
        times = np.sort(rng.integers(0, MINUTE_MS, count))
        rows = pick(rng, weights, count)
        x, y = client_places(rng, self._x[rows], self._y[rows])
        cooking = np.clip(rng.normal(1.0, 0.25, count), 0.4, 2.5)
        columns = (times.tolist(), rows.tolist(), x.tolist(), y.tolist(), cooking.tolist())
        for offset, row, to_x, to_y, part in zip(*columns, strict=True):
            self._count += 1
            order = partial(self._order, f"o{self._count:06d}", row, (to_x, to_y), part)
            agenda.at(ts + offset, order)

    def _order(
        self, order_id: str, wanted: int, at: tuple[float, float], part: float, ts: int
    ) -> None:
        """A client orders, from the venue that he wanted if it lets him."""
        # A fixed number of draws for each order, lost ones too, keeps the others as they are.
        row = self._choose(wanted, at, *self._second_thoughts.random(3).tolist())
        venue = self._operation.venues.all[wanted if row is None else row]
        ready = ts + int(part * venue.prep_minutes * MINUTE_MS)
        promised = ts + int(venue.prep_minutes * MINUTE_MS) + RIDE_PROMISE_MS
        plan = self._planner.plan(
            order_id, wanted if row is None else row, venue, at, ts, ready, promised,
            ts + PATIENCE_MS,
        )  # fmt: skip
        if row is None:
            self.lost += 1
        else:
            self._operation.place(_with_more_time(plan, self._openings.longer_ms(row)))

    def _choose(
        self, wanted: int, at: tuple[float, float], put_off: float, elsewhere: float, which: float
    ) -> int | None:
        """The venue that gets the order; the chances lie from 0 to 1."""
        openings = self._openings
        if not openings.is_paused(wanted) and not (
            openings.is_busy(wanted) and put_off < PUT_OFF_BY_BUSY
        ):
            return wanted
        if elsewhere >= ORDER_ELSEWHERE:
            return None
        near = np.hypot(self._x - at[0], self._y - at[1]) <= FARTHEST_CLIENT_M
        near[wanted] = False
        near[openings.paused_rows()] = False
        edges = np.cumsum(np.where(near, self._popularity, 0.0))
        if edges[-1] <= 0.0:
            return None
        return int(np.searchsorted(edges, which * edges[-1], side="right"))


def _with_more_time(plan: OrderPlan, longer_ms: int) -> OrderPlan:
    """A busy venue's order: more time is promised, the kitchen is no slower for it."""
    if not longer_ms:
        return plan
    return replace(
        plan,
        estimate_ms=plan.estimate_ms + longer_ms,
        promise_ms=plan.promise_ms + longer_ms,
        promised_ms=plan.promised_ms + longer_ms,
    )
