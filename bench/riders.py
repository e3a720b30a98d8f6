"""Couriers who report as JSON lines, and the way of those lines into the engine's tables.

For the cases that need bytes of so many couriers: `decode`, `pipeline`, `memory`, `growth`.
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
from monitor.ingest.pack import pack

SECOND_MS: Final = 1_000
METRES: Final = 30.0  # between two reports: 5 s at 22 km/h
METRES_PER_LAT: Final = 111_195.0
BATCH: Final = 5_000


class Riders:
    """So many couriers anywhere in a box, who report in an order that is not that of their rows."""

    def __init__(self, city: str, couriers: int, box: tuple[float, float, float, float]) -> None:
        west, south, east, north = box
        rng = np.random.default_rng(5)
        self._city = city.encode()
        self._order: list[int] = rng.permutation(couriers).tolist()
        self._lon: list[float] = rng.uniform(west, east, couriers).tolist()
        self._lat: list[float] = rng.uniform(south, north, couriers).tolist()
        self._heard = 0

    def once(self, now_ms: int) -> Iterator[list[bytes]]:
        """Everybody's first report, in batches: who comes first has the first row."""
        couriers = len(self._order)
        for start in range(0, couriers, BATCH):
            rows = range(start, min(start + BATCH, couriers))
            yield [self._line(row, 0.0, now_ms) for row in rows]

    def lines(self, count: int, now_ms: int) -> list[bytes]:
        """The reports of the next ones, each 30 m north or south of his last."""
        couriers, heard = len(self._order), self._heard
        self._heard += count
        return [
            self._line(
                self._order[i % couriers], (i // couriers + 1) % 2 * METRES / METRES_PER_LAT, now_ms
            )
            for i in range(heard, heard + count)
        ]

    def _line(self, row: int, north: float, now_ms: int) -> bytes:
        return (
            b'{"type":"courier.position","city":"%b","ts":%d,"courier_id":"c%07d","lat":%.6f,'
            b'"lon":%.6f,"status":"idle","accuracy_m":5.0,"speed_mps":4.2}'
            % (self._city, now_ms, row, self._lat[row] + north, self._lon[row])
        )


class Way:
    """A city's engine in memory: lines go in, decoded, let in and stepped, as in the program."""

    def __init__(self, plan: CityPlan) -> None:
        self.state = State([plan])
        self.now_ms = START_MS
        self._gate = Gate([plan.slug])

    def take(self, lines: Sequence[bytes]) -> None:
        """One batch."""
        inputs = pack(decode_many(lines).events, BATCH)
        assert self._gate.lets_all_in(inputs, self.now_ms)
        step(self.state, inputs, self.now_ms)

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
