"""How long a recorded day of 100,000 events takes, beside the bare decoding of the same bytes.

Each run is a process of its own; base and variant alternate. The day is simulated: 60 couriers
that report every 20 s, 40 venues, orders with lunch and dinner peaks, H3 zones.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.day import Day, write_day
from bench.measure import Record, compare

EVENTS = 100_000
ROUNDS = 5

_DECODE = """
import sys, time
from monitor.ingest.codec import decode_many
lines = open(sys.argv[1], "rb").read().splitlines()
began = time.process_time()
out = decode_many(lines)
assert len(out.events) == int(sys.argv[2])
print(time.process_time() - began)
"""


def run() -> Iterator[Record]:
    """One record: seconds of CPU and wall, and the ratio to bare decoding."""
    with tempfile.TemporaryDirectory() as folder:
        day = write_day(Path(folder), EVENTS)
        runs = [(_bare(day), *_replayed(day)) for _ in range(ROUNDS)]
    bares, cpus, walls, peaks = zip(*runs, strict=True)
    found = compare(bares, cpus)
    yield found.record(
        f"citywatch replay of {EVENTS:,} events, start-up included",
        "decoding the same bytes",
        {"wall_s": round(statistics.median(walls), 2), "base_cpu_s": round(found.base_s, 3)},
        peak_mb=round(max(peaks)),
    )


def _bare(day: Day) -> float:
    done = subprocess.run(
        [sys.executable, "-c", _DECODE, str(day.events), str(day.count)],
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout)


def _replayed(day: Day) -> tuple[float, float, float]:
    """CPU seconds, wall seconds and the most memory in MB."""
    out = day.events.with_suffix(".out")
    code = (
        "import resource, sys; from monitor.cli.arguments import main; main(sys.argv[1:]); "
        "u = resource.getrusage(resource.RUSAGE_SELF); "
        "print(u.ru_utime + u.ru_stime, u.ru_maxrss / 1024)"
    )
    began = time.perf_counter()
    done = subprocess.run(
        [
            *(sys.executable, "-c", code, "replay", str(day.events)),
            *("--config", str(day.config), "--out", str(out)),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    wall_s = time.perf_counter() - began
    cpu_s, peak_mb = map(float, done.stdout.split())
    return cpu_s, wall_s, peak_mb
