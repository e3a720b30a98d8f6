"""Bytes a courier: all that the engine holds once each has told where he is, his id included.

Counted twice: what the process has grown by, and what Python and numpy allocated for it
(`tracemalloc`), which is exact for small cities as well. Of the latter the same city with one
courier in it is taken off: figures of 500 zones and their rules are no courier's. Ids have 8
characters. The bar of 100 bytes a courier stands as the base.
"""

import gc
import os
import tracemalloc
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from bench.day import START_MS
from bench.locate import BOX
from bench.machine import peak_mb
from bench.measure import Ratio, Record, progress
from bench.riders import Riders, Way
from bench.tick_city import Size, plans_of
from monitor.core.plan import CityPlan

COURIERS: Final = (20_000, 200_000, 1_000_000)
BAR_BYTES: Final = 100


def run(quick: bool = False) -> Iterator[Record]:
    """A record for each number of couriers."""
    plan = plans_of(Size(zones=500, venues=0, orders=0, couriers=0), 1)["bench0"]
    _held(plan, 1)  # what is made once for all cities
    city = _held(plan, 1)
    for couriers in COURIERS[:1] if quick else COURIERS:
        progress(f"{couriers:,} couriers")
        before = _resident_mb()
        way = _filled(plan, Riders(plan.slug, couriers, BOX).once(START_MS))
        resident, peak = _resident_mb() - before, peak_mb(os.getpid())
        table = vars(way.state.cities[plan.slug].couriers)
        columns = sum(each.nbytes for each in table.values() if isinstance(each, np.ndarray))
        del way, table
        each = (_held(plan, couriers) - city) / couriers
        yield Record(
            variant=f"{couriers:,} couriers",
            base=f"{BAR_BYTES} bytes",
            ratio=Ratio.of([each / BAR_BYTES]),
            peak_mb=round(peak),
            more={
                "bytes_a_courier": round(each, 1),
                "of_it_columns": round(columns / couriers, 1),
                "grown_by_mb": round(resident, 1),
                "city_kb": round(city / 1000),
            },
        )


def _held(plan: CityPlan, couriers: int) -> int:
    """The bytes allocated for a city in which so many couriers have told where they are."""
    batches = list(Riders(plan.slug, couriers, BOX).once(START_MS))
    tracemalloc.start()
    way = _filled(plan, batches)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del way
    return held


def _filled(plan: CityPlan, batches: Iterable[Sequence[bytes]]) -> Way:
    way = Way(plan)
    for lines in batches:
        way.take(lines)
    gc.collect()
    return way


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
