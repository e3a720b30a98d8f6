"""A city whose couriers all ride, with its publisher and hub: for the benchmark of the fan-out."""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from bench.day import config_text
from config.load import load
from monitor.core.state import State
from monitor.publish import Publisher
from monitor.wiring.plans import make_plans
from ws.client import Client
from ws.hub import Hub
from ws.limits import Limits
from ws.messages import Form
from ws.outbox import Outbox

METRES: Final = 1.5  # in a beat: 22 km/h at four beats a second
METRES_PER_LAT: Final = 111_195.0
WARM_BEATS: Final = 2  # the first ones bring the slots


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


class Beats:
    """Beats of a city up to its watchers' outboxes, which are emptied: what each beat cost."""

    def __init__(self, moving: Moving, form: Form, watchers: int = 1) -> None:
        self._moving = moving
        self._clients = [Client(Outbox(moving.hub.limits), lambda: None) for _ in range(watchers)]
        for client in self._clients:
            moving.hub.attach(client)
            moving.hub.subscribe(client, "w", moving.slug, ["couriers"], form=form)
        self._beat: Callable[[], None] = (
            moving.publisher.send_frames if form == "columns" else moving.publisher.flush
        )
        self._cpu_s: list[float] = []
        self._wall_s: list[float] = []
        self._bytes: list[int] = []

    def beat(self) -> float:
        """One beat, after everybody rode on; its CPU seconds."""
        self._moving.ride()
        began, worked = time.perf_counter(), time.process_time()
        self._beat()
        sent = 0
        for client in self._clients:
            while (wire := client.outbox.take(0.0)) is not None:
                sent += len(wire)
        worked, took = time.process_time() - worked, time.perf_counter() - began
        self._cpu_s.append(worked)
        self._wall_s.append(took)
        self._bytes.append(sent)
        return worked

    def kib(self) -> float:
        """The largest beat but for the first ones, which bring the slots."""
        return max(self._bytes[WARM_BEATS:]) / 1024

    def figures(self) -> dict[str, float]:
        """Median CPU ms of a beat, its longest wall time and its largest size."""
        return {
            "cpu_ms": round(1000 * statistics.median(self._cpu_s[WARM_BEATS:]), 2),
            "wall_max_ms": round(1000 * max(self._wall_s[WARM_BEATS:]), 1),
            "kib": round(self.kib(), 1),
        }
