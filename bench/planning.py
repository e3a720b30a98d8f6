"""A city's pushes planned at once, on one core: 300 zones, 20,000 couriers, 60 zones short.

What grows is varied one at a time, each case beside the first: the zones and couriers that have
nothing to do with the shortage, the shortage itself, the radius, and how close couriers stand.
"""

import gc
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alerts.remedies.push import PushBounds, SinkPlan, Sinks, Supply, needs, plan_pushes
from bench.measure import Record, compare
from monitor.wiring.serving import keep_freed_memory

ROUNDS = 60
NOW_MS = 1_767_225_600_000
COOLDOWN_MS = 900_000
Ints = NDArray[np.int64]
WEST, SOUTH = 24.0, 56.9
METRES_PER_LAT = 111_195.0
METRES_PER_LON = METRES_PER_LAT * float(np.cos(np.radians(SOUTH)))


@dataclass(frozen=True, slots=True)
class Town:
    """A grid of square zones with couriers anywhere in it, 30 % of them idle."""

    name: str
    columns: int = 20
    rows: int = 15
    side_m: float = 1_500
    couriers: int = 20_000
    short: int = 60
    radius_m: float = 2_500
    budget: int = 1_000_000
    orders: int = 0


TOWNS = (
    Town("300 zones of 1.5 km, 20,000 couriers, 60 zones short by 5 to 20"),
    Town("the same with a budget for 300 pushes", budget=300),
    Town("the second round, looking 4 km far", radius_m=4_000),
    Town("the third round, looking 6.4 km far", radius_m=6_400),
    Town("zones of 0.75 km, couriers four times as close", side_m=750),
    Town("20 zones short", short=20),
    Town("120 zones short: more asked than is to spare nearby", short=120),
    Town("120 zones short, looking 4 km far", short=120, radius_m=4_000),
    Town("120 zones short, looking 6.4 km far", short=120, radius_m=6_400),
    Town("180 zones short: two thirds of what is asked can be had", short=180),
    Town("180 zones short, looking 6.4 km far", short=180, radius_m=6_400),
    Town("60 zones short and 100 orders that ask for 2 each", orders=100),
    Town("four times the zones and couriers, as many short", 40, 30, couriers=80_000),
)


def run() -> Iterator[Record]:
    """A record a town; the towns take turns, so that a slow phase of the machine meets all."""
    keep_freed_memory()  # as the program does, and so the next line
    gc.freeze()
    took: list[list[float]] = [[] for _ in TOWNS]
    wall: list[list[float]] = [[] for _ in TOWNS]
    asked, sent = [0] * len(TOWNS), [0] * len(TOWNS)
    for number in range(ROUNDS + 1):
        for n, town in enumerate(TOWNS):
            scene = _scene(town, number)
            began, worked = time.perf_counter(), time.process_time()
            plans = _plan(scene, town)
            seconds, worked = time.perf_counter() - began, time.process_time() - worked
            if number:  # the first is for warming up
                took[n].append(worked)
                wall[n].append(seconds)
                asked[n] += int(scene.sinks.asked.sum())
                sent[n] += sum(len(plan.chosen) for plan in plans)
    for n, town in enumerate(TOWNS):
        yield compare(took[0], took[n]).record(
            town.name,
            TOWNS[0].name,
            {
                "asked, sent (mean)": f"{asked[n] / ROUNDS:.0f}, {sent[n] / ROUNDS:.0f}",
                "CPU ms": _spread(took[n]),
                "wall ms": _spread(wall[n]),
            },
        )


def _spread(seconds: list[float]) -> dict[str, float]:
    return {
        "p50": round(1000 * statistics.median(seconds), 1),
        "p95": round(1000 * float(np.quantile(seconds, 0.95)), 1),
        "max": round(1000 * max(seconds), 1),
    }


@dataclass(frozen=True, slots=True)
class Scene:
    """What the core would hand over: counts a zone, idle couriers, and the places that ask."""

    counts: dict[str, Ints]
    supply: Supply
    sinks: Sinks


def _plan(scene: Scene, town: Town) -> tuple[SinkPlan, ...]:
    zones = len(scene.counts["idle"])
    found = needs(
        open_count=scene.counts["open"],
        on_shift=scene.counts["on_shift"],
        idle=scene.counts["idle"],
        waiting=scene.counts["waiting"],
        waits_too_long=np.zeros(zones, dtype=np.bool_),
        ratio_clear=np.full(zones, 1.25),
        incoming=np.zeros(zones, dtype=np.int64),
        leaving=np.zeros(zones, dtype=np.int64),
    )
    bounds = PushBounds(COOLDOWN_MS, 3, town.budget, detour=1.3, speed_kmh=18)
    return plan_pushes(scene.supply, scene.sinks, found.spare, bounds, NOW_MS)


def _scene(town: Town, seed: int) -> Scene:
    """Short zones have orders for 5 to 20 couriers more; in the others 0.5 to 1.25 a courier."""
    rng = np.random.default_rng(seed)
    zones, idle_count = town.columns * town.rows, town.couriers * 3 // 10
    x = rng.uniform(0, town.columns, idle_count)
    y = rng.uniform(0, town.rows, idle_count)
    zone = (np.floor(y) * town.columns + np.floor(x)).astype(np.int32)
    idle = np.bincount(zone, minlength=zones)
    on_shift = idle + rng.poisson((town.couriers - idle_count) / zones, zones)
    short = rng.choice(zones, town.short, replace=False)
    asked = rng.integers(5, 21, town.short)
    open_count = np.floor(on_shift * rng.uniform(0.5, 1.25, zones)).astype(np.int64)
    open_count[short] = np.ceil((on_shift[short] + asked) * 1.25).astype(np.int64)
    waiting = np.minimum(rng.poisson(2, zones), open_count)
    pushed = rng.random(idle_count) < 0.1
    supply = Supply(
        row=rng.permutation(town.couriers)[:idle_count],
        lon=WEST + x * (town.side_m / METRES_PER_LON),
        lat=SOUTH + y * (town.side_m / METRES_PER_LAT),
        zone=zone,
        last_push_ts=np.where(pushed, NOW_MS - rng.integers(0, 3_600_000, idle_count), -1),
        pushes_last_hour=pushed.astype(np.int64),
    )
    order_x = rng.uniform(0, town.columns, town.orders)
    order_y = rng.uniform(0, town.rows, town.orders)
    order_zone = np.floor(order_y) * town.columns + np.floor(order_x)
    place_x = np.append(short % town.columns + 0.5, order_x)
    place_y = np.append(short // town.columns + 0.5, order_y)
    places = town.short + town.orders
    sinks = Sinks(
        lon=WEST + place_x * (town.side_m / METRES_PER_LON),
        lat=SOUTH + place_y * (town.side_m / METRES_PER_LAT),
        zone=np.append(short, order_zone).astype(np.int32),
        asked=np.append(asked, np.full(town.orders, 2)),
        radius_m=np.full(places, town.radius_m),
        urgency=rng.uniform(1.25, 3.0, places),
        for_order=np.arange(places) >= town.short,
        asked_before=[frozenset()] * places,
    )
    return Scene(
        {"open": open_count, "on_shift": on_shift, "idle": idle, "waiting": waiting}, supply, sinks
    )
