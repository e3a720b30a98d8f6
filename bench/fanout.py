"""Couriers to watchers: what a beat costs to make, and what it costs to send to many.

First the beat itself, table to bytes, of a city in which every courier has moved 1.5 m and was
heard: a delta, a keyframe, and beside them the same couriers as JSON. Then `fanout_server`, a
process of its own with 20,000 couriers, and watchers over loopback in this one (`fanout_readers`),
who only take the bytes and read the frames' times. One of them stops reading.
"""

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from bench.fanout_city import Beats, Moving
from bench.fanout_readers import Crowd
from bench.machine import cpu_s, peak_mb
from bench.measure import Record, alternate, progress
from ws.limits import Limits

ROUNDS = 40
JSON_ROUNDS = 5
WARM_S = 4
SECONDS = 12
_ROOMY = Limits(outbox_high_bytes=1 << 29, outbox_hard_bytes=1 << 30)


@dataclass(frozen=True, slots=True)
class Case:
    """So many watchers of a layer, so many of whom stop reading."""

    layer: str
    watchers: int
    stalled: int = 0

    def __str__(self) -> str:
        what = "20,000 couriers as columns" if self.layer == "couriers" else "300 zones as JSON"
        stalled = f", {self.stalled} of them stalled" if self.stalled else ""
        return f"{what}, {self.watchers:,} watchers{stalled}"


CASES = (
    Case("couriers", 1),
    Case("couriers", 100),
    Case("couriers", 100, 1),
    Case("couriers", 1_000, 1),
    Case("zones", 1),
    Case("zones", 1_000, 1),
)


def run() -> Iterator[Record]:
    """A record for each size of city, then one for each crowd of watchers."""
    yield from map(_beat, (20_000, 100_000))
    for case in CASES:
        progress(str(case))
        yield _watch(case)


# --- the beat


def _beat(couriers: int) -> Record:
    delta = Beats(Moving(couriers, Limits(keyframe_s=3_600)), "columns")
    keyframe = Beats(Moving(couriers, Limits(keyframe_s=0)), "columns")
    items = Beats(Moving(couriers, _ROOMY), "json")
    pairs = alternate(items.beat, delta.beat, JSON_ROUNDS)
    for each in (delta, keyframe):
        for _ in range(ROUNDS):
            each.beat()
    return pairs.record(
        f"a beat of {couriers:,} couriers who all moved, as columns",
        "the same beat as JSON items",
        {
            "delta": delta.figures(),
            "keyframe": keyframe.figures(),
            "as JSON": items.figures(),
            "ratio of bytes": round(delta.kib() / items.kib(), 4),
        },
    )


# --- the watchers


def _watch(case: Case) -> Record:
    server = subprocess.Popen(
        [sys.executable, "-m", "bench.fanout_server", case.layer],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        port = json.loads(server.stdout.readline())["port"]
        return asyncio.run(_measure(case, server.pid, port))
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=30)


async def _measure(case: Case, pid: int, port: int) -> Record:
    crowd = Crowd()
    await crowd.join(port, case.watchers, case.layer)
    crowd.stall(case.stalled)
    await asyncio.sleep(WARM_S)
    crowd.clear()
    worked, own, began = cpu_s(pid), time.process_time(), time.monotonic()
    await asyncio.sleep(SECONDS)
    took = time.monotonic() - began
    worked, own = cpu_s(pid) - worked, time.process_time() - own
    seen = crowd.seen()
    peak = peak_mb(pid)
    crowd.leave()
    return Record(
        variant=str(case),
        cpu_s=round(worked, 2),
        peak_mb=round(peak),
        more={
            "share_of_a_core": {
                "server": round(worked / took, 3),
                "all readers": round(own / took, 3),
            },
            "messages_per_s_and_watcher": {
                "fewest": round(seen.fewest / took, 2),
                "most": round(seen.most / took, 2),
            },
            "mb_per_s": round(seen.bytes / took / 1e6, 1),
            "late_ms": {"p50": round(seen.late_p50_ms, 1), "p99": round(seen.late_p99_ms, 1)},
            "cpu_us_a_message": round(1e6 * worked / max(1, seen.messages), 1),
        },
    )
