"""Bytes of position events to events: as we do it, beside what one would write, and the floor.

`json.loads` of each payload is what a plain program does, and it checks nothing. The floor is
msgspec's decoder of the same union of types over all lines at once: it can't tell which one is bad,
and a crafted payload could shift the others, which is why we decode payload by payload.
"""

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

import msgspec

from bench.day import START_MS
from bench.measure import ROUNDS, Record, alternate, cpu
from bench.riders import Riders
from monitor.core.events import Event
from monitor.ingest.codec import decode_many

EVENTS: Final = 20_000
COURIERS: Final = 20_000
BATCHES: Final = (1, 100, 5_000)
BOX: Final = (24.02, 56.92, 24.2, 56.98)


def run(quick: bool = False) -> Iterator[Record]:
    """For each size of a batch a record beside `json.loads`, and one beside bare msgspec."""
    events = EVENTS // 10 if quick else EVENTS
    lines = Riders("bench", COURIERS, BOX).lines(events, START_MS)
    assert decode_many(lines).count == events
    for size in BATCHES:
        batches = [lines[start : start + size] for start in range(0, events, size)]
        for name, base in _bases(batches).items():
            pairs = alternate(cpu(base), cpu(partial(_ours, batches)), 3 if quick else ROUNDS)
            yield pairs.record(
                f"batches of {size:,}",
                name,
                {
                    "events_per_s": round(events / pairs.variant_s),
                    "base_events_per_s": round(events / pairs.base_s),
                    "bytes_an_event": round(sum(map(len, lines)) / events),
                },
            )


def _ours(batches: list[list[bytes]]) -> None:
    for batch in batches:
        decode_many(batch)


def _bases(batches: list[list[bytes]]) -> dict[str, Callable[[], None]]:
    floor: msgspec.json.Decoder[Any] = msgspec.json.Decoder(Event)
    joined = [b"\n".join(batch) for batch in batches]

    def loads() -> None:
        for batch in batches:
            [json.loads(line) for line in batch]

    def bare() -> None:
        for text in joined:
            floor.decode_lines(text)

    return {
        "json.loads of each payload": loads,
        "bare msgspec over the lines of the batch": bare,
    }
