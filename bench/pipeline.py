"""From JSON bytes to zone figures, in memory on one core, beside the bare decoding of the bytes.

Positions only, 200,000 a second in a random order, over H3 zones, by batch size and couriers. Base
and variant take turns batch by batch, and in who comes first, so that a slow phase of the machine
and warm caches meet both.
"""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from bench.day import START_MS, config_text
from bench.measure import Record, compare
from config.load import load
from monitor.core.events import Event
from monitor.core.state import State
from monitor.core.step import step
from monitor.ingest.codec import decode_many
from monitor.ingest.gate import Gate
from monitor.ingest.pack import pack
from monitor.plans import make_plans

EVENTS: Final = 100_000
# Events a batch, couriers; and how many times decoding alone it may take (docs/cost.md).
SIZES: Final = (
    (1, 20_000),
    (100, 20_000),
    (1_000, 20_000),
    (5_000, 20_000),
    (20_000, 20_000),
    (5_000, 200_000),
    (1_000, 1_000_000),
    (5_000, 1_000_000),
)
ROUNDS: Final = 7
EVENTS_PER_MS: Final = 200
BATCH: Final = 5_000  # events that the engine takes at most at a time

_decode = msgspec.json.Decoder(Event).decode


def run() -> Iterator[Record]:
    """A record a batch size and number of couriers."""
    for size, couriers in SIZES:
        way = _Way(size, couriers)
        pairs = compare(*zip(*[way.round() for _ in range(ROUNDS)], strict=True))
        way.state.check()
        yield pairs.record(
            f"{couriers:,} couriers, batches of {size:,}: decode, pack, gate, step",
            "the same bytes through msgspec alone",
            {"events_per_s": round(way.count / pairs.variant_s)},
        )


class _Way:
    """A city whose couriers are all known, and the way of their positions into it."""

    def __init__(self, size: int, couriers: int) -> None:
        with tempfile.TemporaryDirectory() as folder:
            plans = make_plans(load(config_text("bench", Path(folder)), {})).plans
        self.state, self.gate = State(plans.values()), Gate(plans)
        # Fewer events where each is a batch of its own.
        self.count = max(EVENTS // 10, size) if size < 100 else EVENTS
        self._size, self._couriers = size, couriers
        rng = np.random.default_rng(5)
        self._lon = (24.02 + rng.random(couriers) * 0.18).tolist()
        self._lat = (56.92 + rng.random(couriers) * 0.06).tolist()
        self._order = rng.permutation(couriers).tolist()
        self._next = 0
        self._now_ms = float(START_MS)
        while self._next < couriers:
            self._take(self._lines(BATCH))
        self._turn = 0

    def round(self) -> tuple[float, float]:
        """CPU seconds of bare decoding and of the whole way, over the same batches."""
        spent = [0.0, 0.0]
        for _ in range(0, self.count, self._size):
            lines = self._lines(self._size)
            ways = (_bare, self._take)
            self._turn += 1
            for which in (0, 1) if self._turn % 2 else (1, 0):
                began = time.process_time()
                ways[which](lines)
                spent[which] += time.process_time() - began
        return spent[0], spent[1]

    def _take(self, lines: list[bytes]) -> None:
        now_ms = int(self._now_ms)
        inputs = pack(decode_many(lines).events, BATCH)
        assert self.gate.lets_all_in(inputs, now_ms)
        step(self.state, inputs, now_ms)

    def _lines(self, count: int) -> list[bytes]:
        self._now_ms += count / EVENTS_PER_MS
        first, self._next = self._next, self._next + count
        shift = first // self._couriers % 50 * 2e-5  # each has moved a metre or two
        rows = (self._order[i % self._couriers] for i in range(first, self._next))
        return [
            b'{"type":"courier.position","city":"bench","ts":%d,"courier_id":"c%07d","lat":%.6f,'
            b'"lon":%.6f,"status":"idle","accuracy_m":5.0,"speed_mps":4.2}'
            % (self._now_ms, row, self._lat[row] + shift, self._lon[row])
            for row in rows
        ]


def _bare(lines: list[bytes]) -> None:
    list(map(_decode, lines))
