"""Dispatch: which waiting order goes to which free courier, in rounds.

Oldest due order first, each to the free courier who arrives soonest; an order that nobody can
reach in reasonable time waits, and the longer it waits the farther it looks. No batching: a
courier carries one order. Pure: `operation` calls it and carries out what it says.
"""

from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np

from sim.couriers import Fleet
from sim.orders import Order

# A fresh order looks for couriers within this ride; each waited minute adds one more.
FIRST_REACH_MS: Final = 12 * 60_000


class Grounds(Protocol):
    """Where the venues are, in metres."""

    @property
    def x(self) -> Sequence[float]:
        """Metres east, by venue row."""

    @property
    def y(self) -> Sequence[float]:
        """Metres north, by venue row."""


class Dispatcher:
    """Holds the orders that wait for a courier."""

    def __init__(self) -> None:
        self._waiting: list[Order] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, order: Order, now_ms: int) -> None:
        """From now on the order wants a courier; one that was handed back keeps its turn."""
        order.due_ms = order.due_ms or now_ms
        self._waiting.append(order)

    def round(
        self, now_ms: int, fleet: Fleet, venues: Grounds, metres_per_ms: float
    ) -> list[tuple[Order, int]]:
        """Pairs of order and courier row, each at most once; paired orders leave the queue."""
        self._waiting = [order for order in self._waiting if order.is_open and order.courier < 0]
        if not self._waiting:
            return []
        rows = fleet.free_rows(now_ms)
        if not rows.size:
            return []
        self._waiting.sort(key=lambda order: order.due_ms)
        x, y = fleet.at(rows, now_ms)
        free = np.ones(rows.size, np.bool_)
        left = int(rows.size)
        pairs: list[tuple[Order, int]] = []
        kept: list[Order] = []
        for order in self._waiting:
            if not left:
                kept.append(order)
                continue
            away = np.hypot(x - venues.x[order.plan.venue], y - venues.y[order.plan.venue])
            allowed = free
            if order.refused_by:
                allowed = free & ~np.isin(rows, list(order.refused_by))
            away = np.where(allowed, away, np.inf)
            best = int(np.argmin(away))
            reach_ms = FIRST_REACH_MS + (now_ms - order.due_ms)
            if away[best] / metres_per_ms > reach_ms:
                kept.append(order)
                continue
            free[best] = False
            left -= 1
            pairs.append((order, int(rows[best])))
        self._waiting = kept
        return pairs
