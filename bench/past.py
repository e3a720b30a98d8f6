"""What it costs to record a city, to open a moment of its day, and to play on from there.

Two cities: a recorded day of 100,000 events, and a large one for some minutes. The engine's inputs
are made as the live engine makes them and written as they are written live. Played in this process,
as `past_worker` does it, and through such a process, as the API does it, beside a loop of
which it is noted how long it was held.
"""

import asyncio
import gc
import random
import statistics
import tempfile
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench.day import START_MS, config_text
from bench.machine import peak_mb
from bench.measure import Record
from config.load import load
from config.store import RecordingSettings
from monitor.api.past_port import PastAsk
from monitor.core.effects import Effects
from monitor.core.plan import CityPlan
from monitor.core.reports import Incoming
from monitor.core.snapshot import capture
from monitor.core.state import State
from monitor.durable.keeper import PARTS
from monitor.durable.recorder import Record as Entered
from monitor.durable.snapshots import encode
from monitor.engine import Engine
from monitor.ingest.inbox import Inbox
from monitor.past.files import listing
from monitor.past.past import Past
from monitor.past.player import Player
from monitor.past.recording import Recording
from monitor.runtime.clock import VirtualClock
from monitor.store.port import Entry, Snapshot
from monitor.wiring.plans import make_plans
from sim.city import SimCity
from sim.settings import SimSettings
from ws.messages import LAYERS, Form

CITY = "bench"
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
OPENINGS = 12


@dataclass(frozen=True, slots=True)
class Size:
    """A city, and how long it is recorded."""

    words: str
    couriers: int
    venues: int
    orders_per_hour: int
    interval_ms: int
    events: int
    always_on: bool = False


DAY = Size("a day of 100,000 events, 60 couriers, 40 venues", 60, 40, 120, 20_000, 100_000)
LARGE = Size(
    "20,000 couriers that report every 5 s, 2,000 venues",
    *(20_000, 2_000, 9_000, 5_000, 1_200_000, True),
)


def run() -> Iterator[Record]:
    """A record a city."""
    for size in (DAY, LARGE):
        with tempfile.TemporaryDirectory() as folder:
            yield asyncio.run(_measure(Path(folder), size))


async def _measure(folder: Path, size: Size) -> Record:
    plan = make_plans(load(config_text(CITY, folder), {})).plans[CITY]
    written = await _record(folder / "recording", plan, size)
    there = listing(folder / "recording")
    (stretch,) = there.stretches()
    span_ms = stretch.to_ts - stretch.from_ts
    chance = random.Random(3)
    moments = [stretch.from_ts + chance.randrange(span_ms) for _ in range(OPENINGS)]
    half_ms = stretch.from_ts + span_ms // 2
    more = {
        "hours": round(span_ms / HOUR_MS, 2),
        "mb_an_hour": round(there.size / 1e6 / (span_ms / HOUR_MS), 2),
        "of_it_points": round(sum(p.size for p in there.points) / there.size, 2),
        "packed_to": round(sum(p.size for p in there.parts) / written.raw_bytes, 3),
        "written_us_an_event": round(written.write_s * 1e6 / written.events, 2),
        "open_s": _spread([_opened(folder, plan, ts) for ts in moments]),
        **_played(folder, plan, half_ms, "json"),
        **_played(folder, plan, half_ms, "columns"),
        **await _through_a_process(folder, plan, half_ms),
    }
    return Record(variant=size.words, more=more)


@dataclass(slots=True)
class _Written:
    events: int = 0
    raw_bytes: int = 0
    write_s: float = 0.0


async def _record(folder: Path, plan: CityPlan, size: Size) -> _Written:
    """Steps of a second, as the live engine takes them."""
    city = SimCity(
        SimSettings(
            city=CITY,
            seed=7,
            start_ms=START_MS,
            couriers=size.couriers,
            venues=size.venues,
            orders_per_hour=size.orders_per_hour,
            position_interval_ms=size.interval_ms,
            always_on=size.always_on,
        )
    )
    state = State([plan])
    engine = Engine(state, Inbox(), VirtualClock(), _nobody)
    recording = Recording(folder, RecordingSettings())
    encoder = msgspec.msgpack.Encoder()
    done = _Written()
    seq = 0
    while done.events < size.events:
        now_ms = city.now_ms + 1_000
        events: Sequence[Incoming] = city.advance(now_ms)
        record = Entered("step", now_ms, list(events))
        engine.repeat(record)
        seq += 1
        done.events += len(events)
        body = encoder.encode(record)
        done.raw_bytes += len(body)
        began = time.perf_counter()
        recording.take([Entry(seq, now_ms, body)])
        if seq % 30 == 1 and recording.is_due(now_ms):
            recording.offer(Snapshot(seq, now_ms, encode(capture(state, PARTS))))
            began = time.perf_counter()
        if seq % 5 == 0:
            await recording.flush()
        done.write_s += time.perf_counter() - began
    await recording.finish()
    return done


def _opened(folder: Path, plan: CityPlan, ts: int) -> float:
    player = Player(folder / "recording", [plan])
    began = time.perf_counter()
    for _ in player.open(ts, CITY, LAYERS, "json"):
        pass
    return time.perf_counter() - began


def _played(folder: Path, plan: CityPlan, ts: int, form: Form) -> dict[str, object]:
    """How fast it goes on: at the beats of a page that plays at 1 and at 64 times the speed."""
    told: dict[str, object] = {}
    for speed, every_ms, span_ms in ((1, 250, 20_000), (64, 16_000, 96_000)):
        player = Player(folder / "recording", [plan])
        for _ in player.open(ts, CITY, LAYERS, form):
            pass
        before, began = player.events, time.perf_counter()
        packer = zlib.compressobj(1, wbits=31)
        size = sum(len(packer.compress(line)) for line in player.play(ts + span_ms, every_ms))
        size += len(packer.flush())
        took_s = time.perf_counter() - began
        told[f"{form}_{speed}x"] = {
            "times_real": round(span_ms / 1000 / took_s),
            "events_a_s": round((player.events - before) / took_s),
            "kb_a_beat": round(size / 1000 / (span_ms / every_ms), 1),
        }
    return told


async def _through_a_process(folder: Path, plan: CityPlan, ts: int) -> dict[str, object]:
    """A moment opened and a minute played by a process, and what the loop here noticed of it."""
    settings = RecordingSettings()
    past = Past(folder / "recording", Recording(folder / "now", settings), settings, lambda: [plan])
    # What lives long is not looked through again and again by the collector, as in the program.
    gc.collect()
    gc.freeze()
    longest = [0.0]

    async def pulse() -> None:
        """How long the loop works in one go, in CPU time: the machine is shared."""
        while True:
            began = time.thread_time()
            await asyncio.sleep(0.001)
            longest[0] = max(longest[0], time.thread_time() - began)

    beating = asyncio.create_task(pulse())
    ask = PastAsk(city=CITY, layers=tuple(LAYERS), from_ts=ts, gzip=True)
    times = []
    for each in (ask, ask, msgspec.structs.replace(ask, to_ts=ts + MINUTE_MS, every_ms=1_000)):
        began = time.perf_counter()
        async for _ in past.play("bench", each):
            pass
        times.append(round(time.perf_counter() - began, 2))
    beating.cancel()
    (pid,) = past.processes
    peak = round(peak_mb(pid))
    await past.close()
    gc.unfreeze()
    return {
        "process_first_open_s": times[0],
        "process_open_again_s": times[1],
        "process_minute_s": times[2],
        "process_peak_mb": peak,
        "loop_held_ms": round(longest[0] * 1000, 1),
    }


def _nobody(effects: Effects) -> None:
    """Nobody is told."""


def _spread(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "min": round(ordered[0], 2),
        "median": round(statistics.median(ordered), 2),
        "max": round(ordered[-1], 2),
    }
