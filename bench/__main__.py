"""One case in a process of its own: `python -m bench NAME [--quick]`.

Started by `citywatch bench`. Each record is one line of JSON on standard output, which nothing else
reaches: whatever libraries and servers print there goes to standard error.
"""

import os
import resource
import sys
from typing import Any

import msgspec

from bench.cases import run
from bench.machine import forget_peak, load, peak_mb
from bench.measure import Record


def as_line(case: str, record: Record, cpu_s: float, peak: float) -> dict[str, Any]:
    """A record as it is told; CPU and peak of this process stand in for what it does not tell."""
    told = msgspec.structs.asdict(record)
    more = told.pop("more")
    if record.cpu_s is None:
        told["cpu_s"] = round(cpu_s, 2)
    if record.peak_mb is None:
        told["peak_mb"] = round(peak)
    counts = {name: told.pop(name) for name in ("pairs", "dropped")}
    counted = {name: count for name, count in counts.items() if count is not None}
    return {"case": case, **told, **counted, "load": load(), **more}


def _cpu_s() -> float:
    """Of this process and its ended children."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def main(name: str, quick: bool) -> None:
    """Run the case and write its records."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    forget_peak()
    before = _cpu_s()
    for record in run(name, quick):
        line = as_line(name, record, _cpu_s() - before, peak_mb(os.getpid()))
        out.write(msgspec.json.encode(line) + b"\n")
        out.flush()
        forget_peak()
        before = _cpu_s()


if __name__ == "__main__":
    try:
        main(sys.argv[1], "--quick" in sys.argv[2:])
    except KeyboardInterrupt:
        sys.exit(130)  # whoever broke it off knows why
