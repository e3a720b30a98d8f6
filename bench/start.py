"""How soon a killed monitor of a large city is ready again: the real program on a SQLite store.

The store holds the city of `bench/restart.py` as a snapshot, and after it a journal of 30 s at
5,000 events a second, as a monitor leaves it that was killed just before its next snapshot. Then
`citywatch run` is started three times, and killed each time once `/readyz` says that it is ready.
Beside it the parts of the way, one after the other in this process.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final
from urllib.error import URLError
from urllib.request import urlopen

import numpy as np

from bench.day import config_text
from bench.machine import cpu_s
from bench.measure import Record
from bench.restart import CITY, COURIERS, OPEN, VENUES, filled
from config.load import load
from monitor.core.effects import Effects
from monitor.core.events import CourierPosition, OrderReady
from monitor.core.plan import CityPlan
from monitor.core.reports import Incoming
from monitor.core.snapshot import capture, restore
from monitor.core.state import State
from monitor.core.step import step
from monitor.durable.keeper import PARTS
from monitor.durable.recorder import Recorder, read_record
from monitor.durable.snapshots import decode, encode
from monitor.store.port import Snapshot
from monitor.store.sqlite import open_sqlite
from monitor.wiring.plans import make_plans

TAIL_S: Final = 30
EVENTS_PER_S: Final = 5_000
STEPS_PER_S: Final = 50
ORDERS_SHARE: Final = 20  # one event in so many is an order's
ROUNDS: Final = 3
LONGEST_S: Final = 120.0
PORT: Final = 18_923
PENDING_BYTES: Final = 1 << 30


def run() -> Iterator[Record]:
    """One record: seconds from the start of the process, and of each part in this one."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = config_text(CITY, folder)
        with config.open("a") as file:
            file.write(
                "[rules.feed_silent]\nenabled = false\n"
                f'[http]\nport = {PORT}\n[stream]\nport = 0\n[engine]\nclock = "events"\n'
                '[store]\npath = "city.db"\nsnapshot_s = 3600\n'
            )
        plan = make_plans(load(config, {})).plans[CITY]
        size = asyncio.run(_leave_behind(folder / "city.db", plan))
        parts = asyncio.run(_parts(folder / "city.db", plan))
        # The first start makes a snapshot of its own, which would spare the next the journal.
        kept = (folder / "city.db").read_bytes()
        ready = []
        for _ in range(ROUNDS):
            (folder / "city.db").write_bytes(kept)
            for ending in ("-wal", "-shm"):
                (folder / f"city.db{ending}").unlink(missing_ok=True)
            os.sync()  # as it is after a kill: each commit was synced
            ready.append(_start(config))
    yield Record(
        variant=f"{COURIERS:,} couriers, {OPEN:,} open orders, {VENUES:,} venues; a journal "
        f"of {TAIL_S} s at {EVENTS_PER_S:,} events/s in {TAIL_S * STEPS_PER_S:,} entries",
        more={
            "process_to_ready_s": sorted(round(wall_s, 2) for wall_s, _ in ready),
            "its_cpu_s": sorted(round(used_s, 2) for _, used_s in ready),
            "snapshot_mb": round(size / 1e6, 1),
            **{name: round(seconds, 2) for name, seconds in parts.items()},
        },
    )


async def _leave_behind(path: Path, plan: CityPlan) -> int:
    """What a killed monitor leaves; the size of its snapshot."""
    state = filled(plan)
    body = encode(capture(state, PARTS))
    async with open_sqlite(path) as store:
        await store.save(Snapshot(0, state.now_ms, body), 0)
        recorder = Recorder(store, 0, 0, random.Random(1), PENDING_BYTES)
        writing = asyncio.create_task(recorder.run())
        for now_ms, events in _tail(state):
            recorder.record("step", now_ms, events, Effects())
        await recorder.durable()
        writing.cancel()
    return len(body)


def _tail(state: State) -> Iterator[tuple[int, list[Incoming]]]:
    """The steps after the snapshot: every courier reports each 40 s, orders go on."""
    rng = np.random.default_rng(5)
    each = EVENTS_PER_S // STEPS_PER_S
    courier = order = 0
    for number in range(TAIL_S * STEPS_PER_S):
        now_ms = state.now_ms + (number + 1) * 1_000 // STEPS_PER_S
        places = rng.random((each, 2))
        events: list[Incoming] = []
        for i, (east, north) in enumerate(places.tolist()):
            if i % ORDERS_SHARE == 0:
                events.append(OrderReady(CITY, now_ms, f"order-{100_000 + order % OPEN:08d}"))
                order += 1
                continue
            lat, lon = 56.92 + north * 0.06, 24.02 + east * 0.18
            events.append(CourierPosition(CITY, now_ms, f"courier-{courier:06d}", lat, lon))
            courier = (courier + 1) % COURIERS
        yield now_ms, events


async def _parts(path: Path, plan: CityPlan) -> dict[str, float]:
    """Processor seconds of each part of the way back."""
    marks = [("", time.process_time())]

    def mark(name: str) -> None:
        marks.append((name, time.process_time()))

    async with open_sqlite(path) as store:
        mark("open_store_cpu_s")
        (snapshot,) = await store.snapshots()
        mark("read_snapshot_cpu_s")
        captured = decode(snapshot.body)
        mark("decode_cpu_s")
        state = restore(captured, [plan], PARTS).state
        mark("restore_cpu_s")
        records = [read_record(entry.body) async for entry in store.entries(0)]
        mark("read_journal_cpu_s")
        for record in records:
            step(state, record.events, record.now_ms)
        mark("repeat_journal_cpu_s")
    return {name: at - before for (_, before), (name, at) in pairwise(marks)}


def _start(config: Path) -> tuple[float, float]:
    """Seconds from the start of the process until it is ready, and of them on a processor; then
    it is killed."""
    command = [sys.executable, "-m", "monitor.cli", "run", "--config", str(config)]
    began = time.perf_counter()
    with subprocess.Popen(
        command, cwd=Path(__file__).parents[1], stderr=subprocess.DEVNULL
    ) as process:
        try:
            while not _is_ready():
                if time.perf_counter() - began > LONGEST_S or process.poll() is not None:
                    raise RuntimeError("it did not become ready")
                time.sleep(0.01)
            return time.perf_counter() - began, cpu_s(process.pid)
        finally:
            os.kill(process.pid, signal.SIGKILL)


def _is_ready() -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{PORT}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False
