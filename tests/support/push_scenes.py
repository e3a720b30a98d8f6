"""Small cities for plans of pushes, and two slow, sure ways to the best assignment."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import LinearConstraint, milp
from scipy.sparse import csr_array, vstack

from alerts.remedies.edges import Edges
from alerts.remedies.push import NO_BOUND, PushBounds, SinkPlan, Sinks, Supply, plan_pushes

Ints = NDArray[np.int64]

NOW_MS: Final = 1_767_225_600_000
LON, LAT = 24.1, 56.95
METRES_PER_DEGREE: Final = 2 * np.pi * 6_371_008.8 / 360


@dataclass(frozen=True)
class Courier:
    """An idle courier so many metres north of the centre."""

    row: int
    north_m: float
    zone: int = 0
    last_push_ts: int = -1
    pushes_last_hour: int = 0


@dataclass(frozen=True)
class Place:
    """A sink so many metres north of the centre."""

    asked: int = 1
    north_m: float = 0.0
    zone: int = 9
    radius_m: float = 2_500.0
    urgency: float = 1.0
    for_order: bool = False
    asked_before: AbstractSet[int] = frozenset()


def supply_of(couriers: Sequence[Courier]) -> Supply:
    """As columns."""
    return Supply(
        row=np.array([c.row for c in couriers], dtype=np.int64),
        lon=np.full(len(couriers), LON),
        lat=_lat([c.north_m for c in couriers]),
        zone=np.array([c.zone for c in couriers], dtype=np.int32),
        last_push_ts=np.array([c.last_push_ts for c in couriers], dtype=np.int64),
        pushes_last_hour=np.array([c.pushes_last_hour for c in couriers], dtype=np.int64),
    )


def sinks_of(places: Sequence[Place]) -> Sinks:
    """As columns."""
    return Sinks(
        lon=np.full(len(places), LON),
        lat=_lat([p.north_m for p in places]),
        zone=np.array([p.zone for p in places], dtype=np.int32),
        asked=np.array([p.asked for p in places], dtype=np.int64),
        radius_m=np.array([p.radius_m for p in places], dtype=np.float64),
        urgency=np.array([p.urgency for p in places], dtype=np.float64),
        for_order=np.array([p.for_order for p in places], dtype=np.bool_),
        asked_before=[p.asked_before for p in places],
    )


def _lat(north_m: Sequence[float]) -> NDArray[np.float64]:
    return LAT + np.array(north_m, dtype=np.float64) / METRES_PER_DEGREE


def plan(
    couriers: Sequence[Courier],
    places: Sequence[Place],
    spare: Sequence[int] = (5,) * 10,
    budget: int = 1_000,
) -> tuple[SinkPlan, ...]:
    """A plan with a cool-down of 15 minutes, 3 pushes an hour, at 5 m/s with no detour."""
    bounds = PushBounds(900_000, 3, budget, detour=1.0, speed_kmh=18.0)
    slots = np.array([*spare, NO_BOUND], dtype=np.int64)
    return plan_pushes(supply_of(couriers), sinks_of(places), slots, bounds, NOW_MS)


def rows(plans: Sequence[SinkPlan]) -> list[list[int]]:
    """Whom each sink gets, nearest first."""
    return [[choice.row for choice in plan.chosen] for plan in plans]


def best(edges: Edges, asked: Ints, may_leave: Ints) -> tuple[int, int]:
    """The most edges that can be taken, and the least cost of so many: by trying everything."""
    couriers = sorted(set(edges.courier.tolist()))
    choices = [np.flatnonzero(edges.courier == courier).tolist() for courier in couriers]
    sink, cost = edges.sink.tolist(), edges.cost.tolist()
    group, home = edges.group.tolist(), edges.home.tolist()
    found = (0, 0)

    def walk(n: int, count: int, total: int, slots: list[int], leave: list[int]) -> None:
        nonlocal found
        if n == len(couriers):
            found = min(found, (-count, total))
            return
        walk(n + 1, count, total, slots, leave)
        for edge in choices[n]:
            away = 0 if home[edge] else 1
            if slots[sink[edge]] and leave[group[edge]] >= away:
                slots[sink[edge]] -= 1
                leave[group[edge]] -= away
                walk(n + 1, count + 1, total + cost[edge], slots, leave)
                slots[sink[edge]] += 1
                leave[group[edge]] += away

    walk(0, 0, 0, asked.tolist(), may_leave.tolist())
    return -found[0], found[1]


def programmed(edges: Edges, asked: Ints, may_leave: Ints) -> tuple[int, int]:
    """As `best`, by a linear program: first the most edges, then their least cost.

    Its corners are whole where nobody is at home; else it is told that they have to be.
    """
    count = len(edges.sink)

    def sums(key: Ints, rows: int, weight: NDArray[np.float64]) -> csr_array:
        return csr_array((weight, (key, np.arange(count))), (rows, count))

    each, couriers = np.ones(count), int(edges.courier.max()) + 1
    bounds = vstack(
        (
            sums(edges.sink, len(asked), each),
            sums(edges.courier, couriers, each),
            sums(edges.group, len(may_leave), (~edges.home).astype(np.float64)),
        )
    )
    most = np.concatenate((asked, np.ones(couriers), may_leave))
    within_bounds = LinearConstraint(bounds, -np.inf, most)

    def solve(goal: NDArray[np.float64], *also: LinearConstraint) -> float:
        found = milp(
            goal,
            integrality=np.full(count, int(edges.home.any())),
            bounds=(0, 1),
            constraints=(within_bounds, *also),
            options={"mip_rel_gap": 0},
        )
        assert found.success
        return float(found.fun)

    number = round(-solve(-each))
    as_many = LinearConstraint(each[None, :], number, number)
    return number, round(solve(edges.cost.astype(np.float64), as_many))
