"""From publish to screen, live: positions through a real Mosquitto, one event a message.

Processes of their own: Mosquitto, `citywatch run` with a journal in SQLite, the recording and a
snapshot every few seconds, a publisher that keeps a steady rate (`mqtt_load`), and (this one) a
hundred watchers as the live map has them (`latency_watchers`). A latency is the time from handing
a position to the broker's socket until a watcher has read the frame that shows it, or a newer one
of that courier; every position counts for every watcher. Collections of garbage, snapshots and the
longest stall of the monitor's loop are read from `/metrics` once a second.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Final
from urllib.request import urlopen

import numpy as np
from numpy.typing import NDArray

from bench.day import config_text
from bench.latency_watchers import Screen, Shown, arrivals, shown
from bench.machine import cpu_s, peak_mb, waited_s
from bench.measure import Record, as_they_come, progress, short
from bench.mqtt_load import sent_at
from bench.stamped import CITY, COURIERS
from tests.support.mosquitto import mosquitto
from tests.support.servers import free_port, until_listening

RATE: Final = 50_000
WATCHERS: Final = 100
SECONDS: Final = 25
WARM_S: Final = 8
SNAPSHOT_S: Final = 10
BIN_NS: Final = 100_000
BINS: Final = 100_000  # 10 s
EDGES_MS: Final = (10, 25, 50, 75, 100, 150, 200, 250, 300, 500, 1_000, 10_000)

I64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Case:
    """So many positions a second, so many frames; so many more watchers who stop reading."""

    rate: int = RATE
    frames_per_s: int = 10
    stalled: int = 0

    def __str__(self) -> str:
        stalled = f", and {self.stalled} who stopped reading" if self.stalled else ""
        return (
            f"{self.rate:,} positions a second of {COURIERS:,} couriers, {WATCHERS} watchers, "
            f"{self.frames_per_s} frames a second{stalled}"
        )


CASES: Final = (Case(), Case(stalled=1), Case(frames_per_s=4))


def run(quick: bool = False) -> Iterator[Record]:
    """A record for each case."""
    return as_they_come(_all((Case(rate=RATE // 10),) if quick else CASES, quick))


async def _all(cases: tuple[Case, ...], quick: bool) -> AsyncIterator[Record]:
    for case in cases:
        progress(str(case))
        with tempfile.TemporaryDirectory() as folder:
            yield await _measure(case, Path(folder), 5 if quick else SECONDS)


@asynccontextmanager
async def _monitor(case: Case, folder: Path, mqtt: int) -> AsyncIterator[tuple[int, int, int]]:
    """A monitor on that broker: its process and the ports of its API and stream."""
    http, stream = free_port(), free_port()
    config = config_text(CITY, folder)
    with config.open("a") as file:
        file.write(
            f'[sources.main]\ntype = "mqtt"\nhost = "127.0.0.1"\nport = {mqtt}\n'
            f"[http]\nport = {http}\n[stream]\nport = {stream}\n"
            f"[stream.limits]\nframes_per_s = {case.frames_per_s}\n"
            f"[store]\nsnapshot_s = {SNAPSHOT_S}\n"
        )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "monitor.cli", "run", "--config", str(config)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        await until_listening(stream, 30)
        yield process.pid, http, stream
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(20):
                await process.wait()
        except TimeoutError:
            process.kill()


async def _measure(case: Case, folder: Path, seconds: int) -> Record:
    log = folder / "sent"
    settings = ("allow_anonymous true", "set_tcp_nodelay true")
    async with (
        mosquitto(folder, settings) as broker,
        _monitor(case, folder, broker.port) as (monitor, http, stream),
    ):
        publisher = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench.mqtt_load", "steady"),
            *(str(each) for each in (broker.port, case.rate, WARM_S + seconds + 1, log)),
            stdout=subprocess.PIPE,
        )
        await asyncio.sleep(WARM_S / 2)
        screens = await _join(stream, WATCHERS + case.stalled)
        stalled, screens = screens[: case.stalled], screens[case.stalled :]
        for screen in stalled:
            assert screen.transport is not None
            screen.transport.pause_reading()
        await asyncio.sleep(WARM_S / 2)
        pids = {"broker": broker.pid, "monitor": monitor, "all watchers": os.getpid()}
        used = {name: (cpu_s(pid), waited_s(pid)) for name, pid in pids.items()}
        began, began_ns = time.monotonic(), time.time_ns()
        looks = [await _look(http)]
        for _ in range(seconds):
            await asyncio.sleep(1)
            looks.append(await _look(http))
        took, ended_ns = time.monotonic() - began, time.time_ns()
        shares = {name: (cpu_s(pid) - used[name][0]) / took for name, pid in pids.items()}
        waited = {name: (waited_s(pid) - used[name][1]) / took for name, pid in pids.items()}
        peak = peak_mb(monitor)
        out, _ = await publisher.communicate()
        for screen in (*stalled, *screens):
            assert screen.transport is not None
            screen.transport.abort()
    sent = json.loads(out)
    shares["publisher"] = sent["cpu_s"] / sent["wall_s"]
    sent_ns = sent_at(log)
    frames = [
        frame
        for n, frame in enumerate(shown(screens[-1], sent_ns))
        if n and began_ns <= frame.at_ns < ended_ns
    ]
    counts = sum((_late(frame, screens, sent_ns) for frame in frames), np.zeros(BINS, np.int64))
    count = sum(len(frame.positions) for frame in frames)
    return Record(
        variant=str(case),
        peak_mb=round(peak),
        cpu_s=short(shares["monitor"] * took),
        more={
            "sent_per_s": round(sent["sent"] / sent["wall_s"]),
            "seen_per_s": round(count / took),
            "ms": {f"p{q}": _percentile(counts, q) for q in (50, 90, 99, 99.9)}
            | {"max": _percentile(counts, 100)},
            "histogram_ms": _histogram(counts),
            "share_of_a_core": {name: round(share, 2) for name, share in shares.items()},
            # Of all time; where other work is on the machine, this is what the latencies tell of.
            "share_waiting_for_a_core": {name: round(share, 2) for name, share in waited.items()},
            "frames_a_watcher": _span([len(screen.frames) for screen in screens]),
            "zone_messages_a_watcher": _span([screen.zones for screen in screens]),
            **_stalls(looks, frames, screens, sent_ns),
        },
    )


async def _join(port: int, count: int) -> list[Screen]:
    loop = asyncio.get_running_loop()
    screens: list[Screen] = []
    for n in range(count):
        # The last of them is never one of those that stop reading.
        make = partial(Screen, keeps=n == count - 1)
        _, screen = await loop.create_connection(make, "127.0.0.1", port)
        screens.append(screen)
    async with asyncio.timeout(60):
        for screen in screens:
            await screen.greeted.wait()
    return screens


# --- what the monitor says of itself


@dataclass(frozen=True, slots=True)
class Look:
    """`/metrics` at a moment: each line of it by its name and labels."""

    at_ns: int
    figures: dict[str, float]

    def __getitem__(self, name: str) -> float:
        return self.figures.get(name, 0.0)


async def _look(port: int) -> Look:
    def read() -> str:
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as answer:
            return str(answer.read(), "utf-8")

    figures: dict[str, float] = {}
    for line in (await asyncio.to_thread(read)).splitlines():
        name, _, figure = line.rpartition(" ")
        with suppress(ValueError):
            figures[name] = float(figure)
    return Look(time.time_ns(), figures)


def _stalls(
    looks: list[Look], frames: list[Shown], screens: list[Screen], sent_ns: I64
) -> dict[str, object]:
    """What held the monitor up, and what that did to the seconds in which it happened."""
    first, last = looks[0], looks[-1]

    def more(name: str) -> float:
        return last[name] - first[name]

    marked: dict[str, I64] = {}
    for before, after in pairwise(looks):
        kinds = [
            kind
            for kind, name in (
                ("with a snapshot", "citywatch_snapshots_total"),
                ("with a full collection", 'python_gc_collections_total{generation="2"}'),
            )
            if after[name] > before[name]
        ]
        counts = sum(
            (
                _late(frame, screens, sent_ns)
                for frame in frames
                if before.at_ns <= frame.at_ns < after.at_ns
            ),
            np.zeros(BINS, np.int64),
        )
        for kind in kinds or ["with neither"]:
            marked[kind] = marked.get(kind, 0) + counts
    return {
        "ms_of_the_seconds": {
            kind: {f"p{q}": _percentile(counts, q) for q in (50, 99)}
            | {"max": _percentile(counts, 100)}
            for kind, counts in marked.items()
        },
        "longest_stall_of_the_loop_ms": round(1e3 * last["citywatch_loop_lag_longest_seconds"], 1),
        "collections": {
            f"generation {n}": {
                "count": round(more(f'python_gc_collections_total{{generation="{n}"}}')),
                "longest_ms": round(
                    1e3 * last[f'citywatch_gc_pause_longest_seconds{{generation="{n}"}}'], 2
                ),
                "all_ms": round(
                    1e3 * more(f'citywatch_gc_pause_seconds_total{{generation="{n}"}}'), 1
                ),
            }
            for n in range(3)
        },
        "snapshots": {
            "count": round(more("citywatch_snapshots_total")),
            "longest_hold_ms": round(
                1e3 * max(look["citywatch_snapshot_hold_seconds"] for look in looks), 1
            ),
        },
        "events_a_step": short(
            more("citywatch_step_events_sum") / max(1, more("citywatch_step_events_count"))
        ),
        "us_an_event_in_steps": short(
            1e6
            * more("citywatch_step_duration_seconds_sum")
            / max(1, more("citywatch_step_events_sum"))
        ),
        "commits_a_second": short(more("citywatch_store_batches_total") / (len(looks) - 1)),
    }


# --- latencies


def _late(frame: Shown, screens: list[Screen], sent_ns: I64) -> I64:
    """How many of a frame's positions came so late to how many watchers, by bins."""
    sent = sent_ns[frame.positions] // BIN_NS
    first = int(sent.min(initial=frame.at_ns // BIN_NS))
    before = np.bincount(sent - first)[::-1]  # by how long before the last of them
    counts = np.zeros(BINS, np.int64)
    for at in (arrivals(screens, frame.seq) // BIN_NS).tolist():
        late = at - first - len(before) + 1
        end = min(BINS, late + len(before))
        counts[max(0, late) : end] += before[max(0, -late) : end - late]
    return counts


def _percentile(counts: I64, q: float) -> float:
    """In ms."""
    if not counts.any():
        return 0.0
    reached = np.searchsorted(np.cumsum(counts), counts.sum() * q / 100)
    return short(float(reached + 1) * BIN_NS / 1e6)


def _histogram(counts: I64) -> dict[str, float]:
    """The share of all that came within so many ms, and not within fewer."""
    upto = np.cumsum(counts) / max(1, counts.sum())
    shares, before = dict[str, float](), 0.0
    for edge in EDGES_MS:
        share = float(upto[edge * 1_000_000 // BIN_NS - 1])
        if share > before:
            shares[f"<= {edge}"] = round(share - before, 5)
        before = share
    return shares


def _span(values: list[int]) -> dict[str, int]:
    return {"fewest": min(values), "most": max(values)}
