"""A city whose couriers all ride, with its publisher and hub: for the benchmark of the fan-out."""

import tempfile
import time
from pathlib import Path
from typing import Final

import numpy as np

from bench.day import config_text
from config.load import load
from monitor.core.state import State
from monitor.plans import make_plans
from monitor.publish import Publisher
from ws.hub import Hub
from ws.limits import Limits

METRES: Final = 1.5  # in a beat: 22 km/h at four beats a second
METRES_PER_LAT: Final = 111_195.0


class Moving:
    """So many couriers anywhere in the town; `ride` moves every one of them."""

    slug: Final = "bench"

    def __init__(self, couriers: int, limits: Limits) -> None:
        with tempfile.TemporaryDirectory() as folder:
            loaded = load(config_text(self.slug, Path(folder)), {})
            plan = make_plans(loaded).plans[self.slug]
        self.state = State([plan])
        self.city = self.state.cities[self.slug]
        self.publisher = Publisher(lambda: self.state, self.now_ms)
        self.hub = Hub(
            epoch="bench", snapshot=self.publisher.snapshot, now_ms=self.now_ms, limits=limits
        )
        self.publisher.hub = self.hub
        self._rng = np.random.default_rng(8)
        table = self.city.couriers
        self._rows = np.array([table.row(f"courier-{n:06d}") for n in range(couriers)])
        table.lon[self._rows] = self._rng.uniform(24.02, 24.20, couriers)
        table.lat[self._rows] = self._rng.uniform(56.91, 56.99, couriers)
        table.status[self._rows] = self._rng.integers(0, 4, couriers)
        angle = self._rng.uniform(0, 2 * np.pi, couriers)
        self._east = np.cos(angle) * METRES / (METRES_PER_LAT * np.cos(np.radians(56.95)))
        self._north = np.sin(angle) * METRES / METRES_PER_LAT
        self._way = 1.0
        self._beats = 0

    def now_ms(self) -> int:
        """The wall clock."""
        return time.time_ns() // 1_000_000

    def ride(self) -> None:
        """Everybody rides on for a beat (to and fro, to stay in town) and is heard."""
        self._beats += 1
        if self._beats % 100 == 0:
            self._way = -self._way
        table, rows = self.city.couriers, self._rows
        table.lon[rows] += self._way * self._east
        table.lat[rows] += self._way * self._north
        table.pos_ts[rows] = self.now_ms()
        table.changed[rows] = True
