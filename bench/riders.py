"""Couriers who report as JSON lines, and the way of those lines into the engine's tables.

For the cases that need bytes of so many couriers: `decode`, `memory`, `growth`.
"""

import time
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from bench.day import START_MS
from monitor.core.plan import CityPlan
from monitor.core.state import State
from monitor.core.step import step
from monitor.ingest.codec import decode_many
from monitor.ingest.gate import Gate

SECOND_MS: Final = 1_000
METRES: Final = 30.0  # between two reports: 5 s at 22 km/h
METRES_PER_LAT: Final = 111_195.0
BATCH: Final = 5_000


class Riders:
    """So many couriers anywhere in a box, in an order that has nothing to do with their rows."""

    def __init__(self, city: str, couriers: int, box: tuple[float, float, float, float]) -> None:
        west, south, east, north = box
        rng = np.random.default_rng(5)
        self._city = city
        self._order: list[int] = rng.permutation(couriers).tolist()
        self._lon: list[float] = rng.uniform(west, east, couriers).tolist()
        self._lat: list[float] = rng.uniform(south, north, couriers).tolist()
        self._next = 0

    def lines(self, count: int, now_ms: int) -> list[bytes]:
        """The reports of the next ones, each 30 m north or south of his last."""
        couriers = len(self._order)
        lines = []
        for i in range(self._next, self._next + count):
            row = self._order[i % couriers]
            lat = self._lat[row] + (i // couriers % 2) * METRES / METRES_PER_LAT
            lines.append(
                b'{"type":"courier.position","city":"%b","ts":%d,"courier_id":"c%07d","lat":%.6f,'
                b'"lon":%.6f,"status":"idle","accuracy_m":5.0,"speed_mps":4.2}'
                % (self._city.encode(), now_ms, row, lat, self._lon[row])
            )
        self._next += count
        return lines

    def once(self, now_ms: int) -> Iterator[list[bytes]]:
        """Everybody's next report, in batches."""
        couriers = len(self._order)
        for start in range(0, couriers, BATCH):
            yield self.lines(min(BATCH, couriers - start), now_ms)


class Way:
    """A city's engine in memory: lines go in, decoded, let in and stepped, as in the program."""

    def __init__(self, plan: CityPlan) -> None:
        self.state = State([plan])
        self.now_ms = START_MS
        self._gate = Gate([plan.slug])

    def take(self, lines: Sequence[bytes]) -> None:
        """One batch."""
        decoded = decode_many(lines)
        self._gate.admit(decoded, self.now_ms)
        step(self.state, decoded.events, self.now_ms)

    def position_s(self, riders: Riders, batches: int) -> float:
        """CPU seconds of so many batches within one second; its judgement is not timed."""
        self.now_ms += SECOND_MS
        step(self.state, (), self.now_ms)
        worked = 0.0
        for _ in range(batches):
            lines = riders.lines(BATCH, self.now_ms)
            began = time.process_time()
            self.take(lines)
            worked += time.process_time() - began
        return worked
