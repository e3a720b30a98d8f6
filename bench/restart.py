"""What a snapshot of a large city costs the running loop, and how soon a restart has read it.

One city with 200,000 couriers, 50,000 open and 100,000 closed orders, 5,000 venues, 2,000 living
and 20,000 ended alerts. While a snapshot is captured on the loop and encoded in a thread, a task
that sleeps 1 ms at a time notes how late it wakes; beside it the same without any snapshot.
"""

import asyncio
import gc
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bench.day import START_MS, config_text
from bench.measure import Ratio, Record
from config.load import load
from monitor.core.events import (
    CourierPosition,
    OrderAccepted,
    OrderAssigned,
    OrderDelivered,
    OrderPlaced,
    Place,
    VenueUpdated,
)
from monitor.core.plan import CityPlan
from monitor.core.reports import Incoming
from monitor.core.snapshot import capture, restore, room_of
from monitor.core.state import State
from monitor.core.step import step
from monitor.core.tables.memory import Memory
from monitor.durable.snapshots import decode, encode
from monitor.wiring.plans import make_plans

COURIERS = 200_000
OPEN = 50_000
CLOSED = 100_000
VENUES = 5_000
LIVING = 2_000
HISTORY = 20_000
ROUNDS = 5
MINUTE_MS = 60_000
CITY = "bench"


def run() -> Iterator[Record]:
    """One record: the snapshot beside the loop, its size, and the way back."""
    plan = _plan()
    state = filled(plan)
    state.check()
    # What lives long is not looked through again and again by the collector, as in the program.
    gc.collect()
    gc.freeze()
    taken = [asyncio.run(_beside_a_loop(state)) for _ in range(ROUNDS)]
    body = taken[-1].body
    restarts = []
    for _ in range(3):
        began = time.perf_counter()
        captured = decode(body)
        middle = time.perf_counter()
        restored = restore(captured, [plan])
        restarts.append((middle - began, time.perf_counter() - middle))
    restored.state.check()
    gc.unfreeze()
    yield Record(
        variant=f"{COURIERS:,} couriers, {OPEN:,} open and {CLOSED:,} closed orders, "
        f"{VENUES:,} venues, {LIVING:,} living and {HISTORY:,} ended alerts",
        base="the longest stall of the same loop without a snapshot",
        ratio=Ratio.of(t.stall_s / t.idle_stall_s for t in taken),
        more={
            "capture_ms": _spread([t.capture_s * 1000 for t in taken]),
            "capture_cpu_ms": _spread([t.capture_cpu_s * 1000 for t in taken]),
            "longest_stall_ms": _spread([t.stall_s * 1000 for t in taken]),
            "longest_stall_without_ms": _spread([t.idle_stall_s * 1000 for t in taken]),
            "encode_s": _spread([t.encode_s for t in taken]),
            "size_mb": round(len(body) / 1e6, 1),
            "decode_s": _spread([decoded for decoded, _ in restarts]),
            "restore_s": _spread([made for _, made in restarts]),
        },
    )


def _spread(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "min": round(ordered[0], 2),
        "median": round(statistics.median(ordered), 2),
        "max": round(ordered[-1], 2),
    }


@dataclass(frozen=True, slots=True)
class _Taken:
    capture_s: float
    capture_cpu_s: float
    encode_s: float
    stall_s: float
    idle_stall_s: float
    body: bytes


class _Pulse:
    """A task that sleeps 1 ms at a time; `longest_s` is the longest it was away."""

    def __init__(self) -> None:
        self.longest_s = 0.0

    async def run(self) -> None:
        last = time.perf_counter()
        while True:
            await asyncio.sleep(0.001)
            now = time.perf_counter()
            self.longest_s = max(self.longest_s, now - last - 0.001)
            last = now


async def _beside_a_loop(state: State) -> _Taken:
    pulse = _Pulse()
    beating = asyncio.create_task(pulse.run())
    await asyncio.sleep(1)
    idle_stall_s, pulse.longest_s = pulse.longest_s, 0.0
    memory = await asyncio.to_thread(Memory, room_of(state))
    began, cpu_began = time.perf_counter(), time.thread_time()
    captured = capture(state, memory=memory)
    capture_s, capture_cpu_s = time.perf_counter() - began, time.thread_time() - cpu_began
    del memory
    body = await asyncio.to_thread(encode, captured)
    encode_s = time.perf_counter() - began - capture_s
    del captured
    await asyncio.sleep(0.01)
    beating.cancel()
    return _Taken(capture_s, capture_cpu_s, encode_s, pulse.longest_s, idle_stall_s, body)


def _plan() -> CityPlan:
    with tempfile.TemporaryDirectory() as folder:
        config = config_text(CITY, Path(folder))
        with config.open("a") as file:
            file.write("[rules.feed_silent]\nenabled = false\n")
        plan = make_plans(load(config, {})).plans[CITY]
    return replace(plan, retention=replace(plan.retention, alerts_kept=HISTORY))


def filled(plan: CityPlan) -> State:
    """A state so large, by events alone."""
    state = State([plan])
    rng = np.random.default_rng(11)

    def places(count: int) -> list[tuple[float, float]]:
        lon, lat = 24.02 + rng.random(count) * 0.18, 56.92 + rng.random(count) * 0.06
        return list(zip(lon.tolist(), lat.tolist(), strict=True))

    def spread(ts: int, count: int) -> list[int]:
        """Times over the minute before."""
        times: list[int] = (ts - rng.integers(0, MINUTE_MS, count)).tolist()
        return times

    now = START_MS
    venues = [
        VenueUpdated(CITY, now, f"v{i:05d}", lat, lon, f"Venue {i}", 12.0)
        for i, (lon, lat) in enumerate(places(VENUES))
    ]
    step(state, venues, now)

    def place(numbers: range, ts: int) -> list[Incoming]:
        return [
            OrderPlaced(
                CITY, at, f"order-{n:08d}", f"v{n % VENUES:05d}", Place(lat, lon), at + 3_000_000
            )
            for n, at, (lon, lat) in zip(
                numbers, spread(ts, len(numbers)), places(len(numbers)), strict=True
            )
        ]

    # Orders that nobody accepts for so long that it is told, then delivered.
    closed = range(CLOSED)
    step(state, place(closed, now), now)
    step(state, (), now + 6 * MINUTE_MS)
    now += 7 * MINUTE_MS
    ends = zip(closed, spread(now, CLOSED), strict=True)
    step(state, [OrderDelivered(CITY, at, f"order-{n:08d}") for n, at in ends], now)
    step(state, (), now + 1_000)
    # Orders under way, a few of them late.
    now += MINUTE_MS
    under_way = range(CLOSED, CLOSED + OPEN)
    step(state, place(under_way, now), now)
    told: list[Incoming] = []
    for n, at in zip(under_way[:-LIVING], spread(now + MINUTE_MS, OPEN - LIVING), strict=True):
        order_id, courier_id = f"order-{n:08d}", f"courier-{n % COURIERS:06d}"
        told += [
            OrderAccepted(CITY, at, order_id, at + 30 * MINUTE_MS),
            OrderAssigned(CITY, at, order_id, courier_id),
        ]
    step(state, told, now)
    for after_ms in range(0, 6 * MINUTE_MS, 2 * MINUTE_MS):
        positions = [
            CourierPosition(CITY, at, f"courier-{i:06d}", lat, lon, "idle")
            for i, (at, (lon, lat)) in enumerate(
                zip(spread(now + after_ms, COURIERS), places(COURIERS), strict=True)
            )
        ]
        for start in range(0, COURIERS, 5_000):
            step(state, positions[start : start + 5_000], now + after_ms + start // 5)
        step(state, (), now + after_ms + MINUTE_MS)
    return state
