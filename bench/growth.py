"""What one position, one tick and one beat cost as a city grows, beside the smallest city.

Each curve lets one size grow. A position goes from JSON bytes to zone figures in batches of 5,000,
within one second, so without a judgement. A tick is the judgement of a whole second of a city in
which couriers report every 5 s and orders go their way; a larger one has more of it all. A beat
is the couriers' columns, made once and laid into each watcher's outbox, without sockets (those are
in `fanout`). The smallest takes turns with each of the others.
"""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from bench.day import START_MS
from bench.fanout_city import Beats, Moving
from bench.measure import Record, alternate, progress, short
from bench.riders import BATCH, SECOND_MS, Riders, Way
from bench.tick_city import Size, Town, plans_of
from monitor.core.state import State
from monitor.core.step import step
from ws.limits import Limits

COURIERS: Final = (20_000, 200_000, 1_000_000)
ZONES: Final = (50, 500, 5_000)
OVERRIDES: Final = (0, 50, 500, 5_000)
ORDERS: Final = (1_000, 10_000, 200_000)
WATCHERS: Final = (10, 100, 1_000)
BATCHES: Final = 4  # of positions, in one measurement
TICKS: Final = 10  # in one measurement: who stands still is looked at every 10 s
ROUNDS: Final = 7
Measure = Callable[[], float]


def run(quick: bool = False) -> Iterator[Record]:
    """The curves one after the other: a record for each size above the smallest."""
    town = Size(zones=500, venues=5_000, orders=10_000, couriers=20_000)
    if quick:
        town = Size(zones=50, venues=100, orders=100, couriers=1_000)
    curves: list[tuple[str, str, Sequence[int], Callable[[int], Measure], int]] = [
        ("position", "couriers", COURIERS, lambda n: positions(n, 500), BATCH * BATCHES),
        ("position", "zones", ZONES, lambda n: positions(20_000, n), BATCH * BATCHES),
        ("tick", "zones", ZONES, lambda n: ticks(_with(town, zones=n)), TICKS),
        ("tick", "overrides of rules", OVERRIDES, lambda n: ticks(town, n), TICKS),
        ("tick", "open orders", ORDERS, lambda n: ticks(_with(town, orders=n)), TICKS),
        ("beat", "watchers", WATCHERS, beats, 1),
    ]
    for what, grows, sizes, make, times in curves:
        first, *others = sizes[:2] if quick else sizes
        progress(f"{what}, {first:,} {grows}")
        base = make(first)
        for size in others:
            progress(f"{what}, {size:,} {grows}")
            variant = make(size)
            # What lives long is not looked through by the collector, as in the program.
            gc.collect()
            gc.freeze()
            pairs = alternate(base, variant, 3 if quick else ROUNDS)
            gc.unfreeze()
            yield pairs.record(
                f"a {what} with {size:,} {grows}",
                f"with {first:,}",
                {
                    "curve": f"{what} over {grows}",
                    "size": size,
                    "us": short(1e6 * pairs.variant_s / times),
                    "base_size": first,
                    "base_us": short(1e6 * pairs.base_s / times),
                },
            )


def _with(town: Size, zones: int | None = None, orders: int | None = None) -> Size:
    """The same town but for one size."""
    return Size(zones or town.zones, town.venues, orders or town.orders, town.couriers)


def positions(couriers: int, zones: int) -> Measure:
    """Batches of positions in a city where everybody has been heard once."""
    plan = plans_of(Size(zones, venues=0, orders=0, couriers=couriers), 1)["bench0"]
    riders, way = Riders(plan.slug, couriers, plan.zones.bounds), Way(plan)
    for lines in riders.once(way.now_ms):
        way.take(lines)
    return lambda: way.position_s(riders, BATCHES)


def ticks(size: Size, overrides: int = 0) -> Measure:
    """Judgements of a town; the events between them are applied and not timed."""
    plan = plans_of(size, 1)["bench0"]
    if overrides:
        plan = plans_of(size, 1, _rules(plan.zones.ids, size.venues, overrides))["bench0"]
    town, state = Town(plan, size, seed=3), State([plan])
    step(state, town.begin(), START_MS)
    now_ms = START_MS

    def measured() -> float:
        nonlocal now_ms
        worked = 0.0
        for _ in range(TICKS):
            now_ms += SECOND_MS
            step(state, town.second(now_ms), now_ms - 1)
            began = time.process_time()
            step(state, (), now_ms)
            worked += time.process_time() - began
        return worked

    return measured


def _rules(zones: Sequence[str], venues: int, overrides: int) -> str:
    """So many overrides: of zones for the one half, or as many as there are, else of venues."""
    of_zones = min(len(zones), overrides // 2)
    told = [
        f'[cities.bench0.zone."{zone}".rules.zone_shortage]\nratio_raise = {10 + n % 4}.5\n'
        for n, zone in enumerate(zones[:of_zones])
    ]
    told += [
        f"[cities.bench0.venue.venue-{n:06d}.rules.venue_slow]\noverdue_raise = {3 + n % 3}\n"
        for n in range(min(venues, overrides - of_zones))
    ]
    return "".join(told)


def beats(watchers: int) -> Measure:
    """Beats of a city of 20,000 couriers who all move."""
    return Beats(Moving(20_000, Limits(clients_max=10_000)), "columns", watchers).beat
