"""How long a recorded day of 100,000 events takes, beside the bare decoding of the same bytes.

Each run is a process of its own; base and variant alternate. The day is simulated: 60 couriers
that report every 20 s, 40 venues, orders with lunch and dinner peaks, H3 zones.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.day import Day, write_day

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


def run() -> list[dict[str, object]]:
    """One record: seconds of CPU and wall, and the ratio to bare decoding."""
    with tempfile.TemporaryDirectory() as folder:
        day = write_day(Path(folder), EVENTS)
        pairs = [(_bare(day), *_replayed(day)) for _ in range(ROUNDS)]
    ratios = sorted(cpu / bare for bare, cpu, _ in pairs)
    return [
        {
            "case": "replay",
            "variant": f"citywatch replay of {EVENTS:,} events, start-up included",
            "base": "decoding the same bytes",
            "ratio": {
                "min": round(ratios[0], 1),
                "median": round(statistics.median(ratios), 1),
                "max": round(ratios[-1], 1),
            },
            "cpu_s": round(statistics.median(cpu for _, cpu, _ in pairs), 2),
            "wall_s": round(statistics.median(wall for _, _, wall in pairs), 2),
            "base_cpu_s": round(statistics.median(bare for bare, _, _ in pairs), 3),
        }
    ]


def _bare(day: Day) -> float:
    done = subprocess.run(
        [sys.executable, "-c", _DECODE, str(day.events), str(day.count)],
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout)


def _replayed(day: Day) -> tuple[float, float]:
    out = day.events.with_suffix(".out")
    code = (
        "import resource, sys; from monitor.cli.arguments import main; main(sys.argv[1:]); "
        "u = resource.getrusage(resource.RUSAGE_SELF); print(u.ru_utime + u.ru_stime)"
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
    return float(done.stdout), time.perf_counter() - began
