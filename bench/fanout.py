"""Couriers to watchers: what a beat costs to make, and what it costs to send to many.

First the beat itself, table to bytes, of a city in which every courier has moved 1.5 m and was
heard: a delta, a keyframe, and beside them the same couriers as JSON. Then `fanout_server`, a
process of its own with 20,000 couriers, and watchers over loopback in this one (`fanout_readers`),
who only take the bytes and read the frames' times. One of them stops reading.
"""

import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from bench.fanout_city import Moving
from bench.fanout_readers import Crowd
from bench.machine import cpu_s, peak_mb
from ws.client import Client
from ws.limits import Limits
from ws.messages import Form
from ws.outbox import Outbox

ROUNDS = 40
JSON_ROUNDS = 5
WARM_S = 4
SECONDS = 12


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


def run() -> list[dict[str, object]]:
    """A record for each size of city, then one for each crowd of watchers."""
    return [*(_beat(couriers) for couriers in (20_000, 100_000)), *(_watch(case) for case in CASES)]


# --- the beat


def _beat(couriers: int) -> dict[str, object]:
    delta = _measured(Moving(couriers, Limits(keyframe_s=3_600)), "columns", ROUNDS)
    keyframe = _measured(Moving(couriers, Limits(keyframe_s=0)), "columns", ROUNDS)
    items = _measured(Moving(couriers, _ROOMY), "json", JSON_ROUNDS)
    return {
        "case": "fanout",
        "variant": f"a beat of {couriers:,} couriers who all moved",
        "delta": delta,
        "keyframe": keyframe,
        "as JSON": items,
        "base": "as JSON",
        "ratio": round(delta["cpu_ms"] / items["cpu_ms"], 4),
        "ratio of bytes": round(delta["kib"] / items["kib"], 4),
    }


_ROOMY = Limits(outbox_high_bytes=1 << 29, outbox_hard_bytes=1 << 30)


def _measured(moving: Moving, form: Form, rounds: int) -> dict[str, float]:
    """Median CPU ms of a beat, its longest wall time and its largest size."""
    client = Client(Outbox(moving.hub.limits), lambda: None)
    moving.hub.attach(client)
    moving.hub.subscribe(client, "w", moving.slug, ["couriers"], form=form)
    beat: Callable[[], None] = (
        moving.publisher.send_frames if form == "columns" else moving.publisher.flush
    )
    cpu, wall, size = [], [], []
    for number in range(rounds + 2):
        moving.ride()
        began, worked = time.perf_counter(), time.process_time()
        beat()
        sent = 0
        while (wire := client.outbox.take(0.0)) is not None:
            sent += len(wire)
        worked, took = time.process_time() - worked, time.perf_counter() - began
        if number >= 2:  # the first ones bring the slots, or warm up
            cpu.append(worked)
            wall.append(took)
            size.append(sent)
    return {
        "cpu_ms": round(1000 * statistics.median(cpu), 2),
        "wall_max_ms": round(1000 * max(wall), 1),
        "kib": round(max(size) / 1024, 1),
    }


# --- the watchers


def _watch(case: Case) -> dict[str, object]:
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


async def _measure(case: Case, pid: int, port: int) -> dict[str, object]:
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
    return {
        "case": "fanout",
        "variant": str(case),
        "share_of_a_core": {"server": round(worked / took, 3), "all readers": round(own / took, 3)},
        "messages_per_s_and_watcher": {
            "fewest": round(seen.fewest / took, 2),
            "most": round(seen.most / took, 2),
        },
        "mb_per_s": round(seen.bytes / took / 1e6, 1),
        "late_ms": {"p50": round(seen.late_p50_ms, 1), "p99": round(seen.late_p99_ms, 1)},
        "cpu_us_a_message": round(1e6 * worked / max(1, seen.messages), 1),
        "peak_mb": round(peak),
        "load": round(os.getloadavg()[0], 1),
    }
