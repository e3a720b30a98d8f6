"""From JSON bytes to zone figures, in memory on one core, beside the bare decoding of the bytes.

Positions only, 200,000 a second, over H3 zones, by batch size and number of couriers. Base and
variant take turns batch by batch, and in who comes first, so that a slow phase of the machine and
warm caches meet both.
"""

import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from bench.day import START_MS, config_text
from bench.measure import Record, compare
from bench.riders import Riders, Way
from config.load import load
from monitor.core.events import Event
from monitor.wiring.plans import make_plans

BOX: Final = (24.02, 56.92, 24.2, 56.98)
# Events a batch, couriers.
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
EVENTS: Final = 100_000  # a round
ROUNDS: Final = 7
EVENTS_PER_MS: Final = 200

_decode = msgspec.json.Decoder(Event).decode


def run() -> Iterator[Record]:
    """A record a batch size and number of couriers."""
    with tempfile.TemporaryDirectory() as folder:
        plan = make_plans(load(config_text("bench", Path(folder)), {})).plans["bench"]
    for size, couriers in SIZES:
        # Fewer events where each is a batch of its own.
        count = EVENTS if size >= 100 else EVENTS // 10
        way, riders = Way(plan), Riders("bench", couriers, BOX)
        for lines in riders.once(START_MS):
            way.take(lines)
        rounds = [_round(way, riders, size, count) for _ in range(ROUNDS)]
        way.state.check()
        pairs = compare(*zip(*rounds, strict=True))
        yield pairs.record(
            f"{couriers:,} couriers, batches of {size:,}: decode, pack, gate, step",
            "the same bytes through msgspec alone",
            {"events_per_s": round(count / pairs.variant_s)},
        )


def _round(way: Way, riders: Riders, size: int, count: int) -> tuple[float, float]:
    """CPU seconds of bare decoding and of the whole way, over the same batches."""
    spent = {_bare: 0.0, way.take: 0.0}
    began_ms = way.now_ms
    for start in range(0, count, size):
        way.now_ms = began_ms + start // EVENTS_PER_MS
        lines = riders.lines(size, way.now_ms)
        turns = [_bare, way.take]
        for take in turns if start // size % 2 else reversed(turns):
            began = time.process_time()
            take(lines)
            spent[take] += time.process_time() - began
    return spent[_bare], spent[way.take]


def _bare(lines: Sequence[bytes]) -> None:
    list(map(_decode, lines))
