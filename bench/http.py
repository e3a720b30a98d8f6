"""NDJSON over HTTP into the monitor, by events a request, beside decoding the same bytes.

The base is msgspec alone: `decode_lines` on the very bodies, into our events. Variants, each a
process of its own that several kept connections send to as fast as it answers: aiohttp that reads
the bodies and throws them away, the route with what makes columns of events and lets them in, and
the whole monitor. What is compared is the events that a second of CPU is enough for, the taker's
threads and the kernel's work for it counted in: whoever decodes behind aiohttp reaches at most
base / (base + what aiohttp takes).
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

import msgspec

from bench.http_load import bodies
from bench.measure import Record, as_they_come, compare, middle, progress, short
from bench.stamped import PHASES
from monitor.core.events import Event

SIZES: Final = (500, 2_000, 5_000)  # events a request
CONNECTIONS: Final = 8
TOTAL: Final = 1_000_000  # events a round
BASE_EVENTS: Final = 200_000
ROUNDS: Final = 5
TAKERS: Final = {
    "bare": "aiohttp alone: read and thrown away",
    "route": "the route: read, decoded, columns made, let in, answered",
    "monitor": "the whole monitor",
}
BASE: Final = "the same bytes through msgspec alone"
DEADLINE_S: Final = 300.0

Figures = dict[str, Any]


def run(quick: bool = False) -> Iterator[Record]:
    """For each size a record of aiohttp, of the route and of the monitor."""
    return as_they_come(_measure(quick))


async def _measure(quick: bool) -> AsyncIterator[Record]:
    total, rounds = (TOTAL // 20, 1) if quick else (TOTAL, ROUNDS)
    for size in SIZES:
        base = _Base(size)
        bases: dict[str, list[float]] = {kind: [] for kind in TAKERS}
        seen: dict[str, list[Figures]] = {kind: [] for kind in TAKERS}
        for n in range(rounds):
            progress(f"{size:,} events a request, round {n + 1}")
            for kind in TAKERS:
                bases[kind].append(base.rate())
                seen[kind].append(await _round(kind, size, total // size))
        for kind in TAKERS:
            yield _record(kind, size, [*bases[kind], base.rate()], seen[kind])


class _Base:
    """Decoding alone."""

    def __init__(self, size: int) -> None:
        made, now_ms = bodies(size), time.time_ns() // 1_000_000
        self._bodies = [
            bytes(made.take(n % made.count, 1, now_ms, n % PHASES))
            for n in range(BASE_EVENTS // size)
        ]
        self._decode = msgspec.json.Decoder(Event).decode_lines

    def rate(self) -> float:
        """Events that a second of CPU is enough for."""
        began = time.process_time()
        for body in self._bodies:
            self._decode(body)
        return BASE_EVENTS / (time.process_time() - began)


async def _round(kind: str, size: int, requests: int) -> Figures:
    """One taker, and all that is sent to it."""
    async with asyncio.timeout(DEADLINE_S):
        taker = await _start("http_takers", kind, requests * size, size)
        try:
            assert taker.stdout is not None
            word, _, port = (await taker.stdout.readline()).decode().partition(" ")
            if word != "ready":
                raise SystemExit(f"{TAKERS[kind]} did not come up")
            client = await _start("http_load", int(port), CONNECTIONS, size, requests)
            out, _ = await client.communicate()
            found: Figures = json.loads(await taker.stdout.readline())
            await taker.wait()
        finally:
            if taker.returncode is None:
                taker.kill()
    sent = json.loads(out)
    return found | {
        "rate": found["got"] / found["cpu_s"],
        "per_s": found["got"] / found["wall_s"],
        "refused": sent["refused"],
        "taker": found["cpu_s"] / found["wall_s"],
        "client": sent["cpu_s"] / sent["wall_s"],
    }


async def _start(module: str, *args: object) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"bench.{module}", *map(str, args), stdout=subprocess.PIPE
    )


def _record(kind: str, size: int, bases: list[float], rounds: list[Figures]) -> Record:
    pairs = compare(bases, [each["rate"] for each in rounds])
    more: dict[str, object] = {
        "ratio_of": "events a second of CPU",
        "events_per_s": round(middle([each["per_s"] for each in rounds])),
        "us_an_event": short(1e6 / pairs.variant_s),
        "base_us_an_event": short(1e6 / pairs.base_s),
        "share_of_a_core": {
            name: middle([each[name] for each in rounds]) for name in ("taker", "client")
        },
        "refused": sum(each["refused"] for each in rounds),
    }
    if kind == "monitor":
        more["events_a_step"] = middle([each["events_a_step"] for each in rounds])
    return pairs.record(
        f"{size:,} events a request, {CONNECTIONS} connections: {TAKERS[kind]}",
        BASE,
        more,
        cpu_s=middle([each["cpu_s"] for each in rounds]),
    )
