"""The fleet: every courier as a row of columns, on a leg from one point to another.

A courier's place is a closed formula of time (a leg has a start, an end and two times), so
nothing is moved step by step: any instant of all couriers is one array expression, and how the
time is cut into steps changes nothing. What couriers do for orders is `operation`'s business,
how their phones report it `gps`'s.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from monitor.core.events import CourierStatus
from sim.plane import Floats

Rows = NDArray[np.intp]

STATUSES: Final[tuple[CourierStatus, ...]] = ("idle", "to_venue", "at_venue", "to_customer", "off")
IDLE, TO_VENUE, AT_VENUE, TO_CUSTOMER, OFF = range(5)


class Fleet:
    """`count` couriers, all off shift and at (0, 0) until they are placed."""

    def __init__(self, ids: list[str], networks: list[str | None] | None = None) -> None:
        count = len(ids)
        self.ids: Final = ids
        self.networks: Final = networks if networks is not None else [None] * count
        self.status: Final = np.full(count, OFF, np.int8)
        self.off_ms: Final = np.zeros(count, np.int64)
        self.silent_until_ms: Final = np.zeros(count, np.int64)
        self.heading_deg: Final = np.zeros(count)
        # Counts the things a courier was told to do, so that an outdated arrival is known.
        self.task: Final = [0] * count
        self._x0, self._y0 = np.zeros(count), np.zeros(count)
        self._x1, self._y1 = np.zeros(count), np.zeros(count)
        self._t0, self._t1 = np.zeros(count), np.zeros(count)
        self._speed_mps = np.zeros(count)

    def __len__(self) -> int:
        return len(self.ids)

    def put(self, row: int, now_ms: int, x: float, y: float) -> None:
        """Stand at (x, y) from now on."""
        self._x0[row] = self._x1[row] = x
        self._y0[row] = self._y1[row] = y
        self._t0[row] = self._t1[row] = now_ms
        self._speed_mps[row] = 0.0

    def stop(self, row: int, now_ms: int) -> None:
        """Stand where the courier is now."""
        x, y = self.at(np.array([row]), now_ms)
        self.put(row, now_ms, float(x[0]), float(y[0]))

    def go(self, row: int, now_ms: int, x: float, y: float, metres_per_ms: float) -> int:
        """Ride in a straight line to (x, y); the time of arrival, in whole ms."""
        xs, ys = self.at(np.array([row]), now_ms)
        here_x, here_y = float(xs[0]), float(ys[0])
        distance = math.hypot(x - here_x, y - here_y)
        arrival = now_ms + math.ceil(distance / metres_per_ms)
        self._x0[row], self._y0[row], self._t0[row] = here_x, here_y, now_ms
        self._x1[row], self._y1[row], self._t1[row] = x, y, arrival
        self._speed_mps[row] = metres_per_ms * 1000.0
        if distance > 1.0:
            self.heading_deg[row] = round(math.degrees(math.atan2(x - here_x, y - here_y)) % 360, 1)
        return arrival

    def at(self, rows: Rows, now_ms: int) -> tuple[Floats, Floats]:
        """Where the couriers in `rows` are, metres."""
        t0 = self._t0[rows]
        span = np.maximum(self._t1[rows] - t0, 1.0)
        part = np.clip((now_ms - t0) / span, 0.0, 1.0)
        x0, y0 = self._x0[rows], self._y0[rows]
        return x0 + part * (self._x1[rows] - x0), y0 + part * (self._y1[rows] - y0)

    def moving(self, rows: Rows, now_ms: int) -> NDArray[np.bool_]:
        """Which of `rows` are on their way now."""
        return self._t1[rows] > now_ms

    def speed_mps(self, rows: Rows, now_ms: int) -> Floats:
        """Metres a second along the ground now; 0 when standing."""
        return np.where(self.moving(rows, now_ms), np.round(self._speed_mps[rows], 1), 0.0)

    def free_rows(self, now_ms: int) -> Rows:
        """The couriers an order can be given to: idle, and their shift not over."""
        return np.flatnonzero((self.status == IDLE) & (self.off_ms > now_ms))

    def begin_task(self, row: int) -> int:
        """A new thing to do; what was scheduled for the one before no longer counts."""
        self.task[row] += 1
        return self.task[row]
