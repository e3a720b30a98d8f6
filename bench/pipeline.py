"""From JSON bytes to zone figures, in memory on one core, beside the bare decoding of the bytes.

Positions only, 20,000 couriers over H3 zones, by batch size; base and variant alternate batch by
batch, so that a slow phase of the machine meets both.
"""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.day import START_MS, config_text
from bench.measure import Record, compare
from config.load import load
from monitor.core.state import State
from monitor.core.step import step
from monitor.ingest.codec import decode_many
from monitor.ingest.gate import Gate
from monitor.plans import make_plans

COURIERS = 20_000
EVENTS = 100_000
BATCHES = (1, 100, 1_000, 5_000)
ROUNDS = 5


def run() -> Iterator[Record]:
    """A record a batch size."""
    with tempfile.TemporaryDirectory() as folder:
        plans = make_plans(load(config_text("bench", Path(folder)), {})).plans
    for size in BATCHES:
        state, gate = State(plans.values()), Gate(plans)
        rounds = [_round(state, gate, size, n) for n in range(ROUNDS)]
        state.check()
        pairs = compare(*zip(*rounds, strict=True))
        yield pairs.record(
            f"batches of {size:,}: decode, gate, step",
            "decode alone",
            {"events_per_s": round(_count(size) / pairs.variant_s)},
        )


def _count(size: int) -> int:
    """How many events a round takes: fewer where each is a batch of its own."""
    return max(EVENTS // 10, size) if size < 100 else EVENTS


def _round(state: State, gate: Gate, size: int, number: int) -> tuple[float, float]:
    """CPU seconds of bare decoding and of the whole way, over the same batches."""
    bare = whole = 0.0
    count = _count(size)
    for start in range(0, count, size):
        now_ms = START_MS + number * 60_000 + start * 60_000 // count
        lines = _lines(start + number, size, now_ms)
        began = time.process_time()
        decode_many(lines)
        middle = time.process_time()
        decoded = decode_many(lines)
        gate.admit(decoded, now_ms)
        step(state, decoded.events, now_ms)
        ended = time.process_time()
        bare += middle - began
        whole += ended - middle
    return bare, whole


_RNG = np.random.default_rng(5)
_LON = (24.02 + _RNG.random(COURIERS) * 0.18).tolist()
_LAT = (56.92 + _RNG.random(COURIERS) * 0.06).tolist()


def _lines(start: int, size: int, now_ms: int) -> list[bytes]:
    return [
        b'{"type":"courier.position","city":"bench","ts":%d,"courier_id":"c%05d","lat":%.6f,'
        b'"lon":%.6f,"status":"idle","accuracy_m":5.0,"speed_mps":4.2}'
        % (now_ms, row, _LAT[row] + (start % 50) * 2e-5, _LON[row])
        for row in (i % COURIERS for i in range(start, start + size))
    ]
