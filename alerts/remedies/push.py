"""Whom to push where: the couriers of a whole city planned at once, arrays in, plan out.

`needs` says how many couriers each zone is short of and how many it can spare, `plan_pushes` gives
the spare ones out. When to plan, what becomes of a plan and who counts as idle are the core's;
the assignment itself is `assign.py`'s. See `docs/decisions/0006-pushes-as-assignment.md`.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from alerts.action import Hindrance
from alerts.remedies.assign import assign, within
from alerts.remedies.edges import Edges

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

NO_BOUND: Final = 2**31 - 1  # spare couriers of "in no zone": nobody there is missed
LEAST_CLEAR: Final = 1e-6  # a million couriers an order: below it no number is enough


@dataclass(frozen=True, slots=True, eq=False)
class Needs:
    """What `needs` found: `shortage` a slot a zone, `spare` one more, the last for "in no zone"."""

    shortage: Ints
    spare: Ints


def needs(
    *,
    open_count: Ints,
    on_shift: Ints,
    idle: Ints,
    waiting: Ints,
    waits_too_long: Mask,
    ratio_clear: Floats,
    incoming: Ints,
    leaving: Ints,
) -> Needs:
    """How many couriers each zone is short of, and how many of its idle ones it can spare.

    Short: so many that the ratio falls below `ratio_clear`, and where an order waits too long at
    least one for each waiting order that no idle courier stands by for; less the `incoming` that
    are expected already. Spare: so many that without them the ratio stays below `ratio_clear` and
    an idle courier stays for each waiting order; those already asked away (`leaving`) count as
    gone. A zone that is short, whoever is expected there, or where orders wait too long spares
    none; nor does one whose threshold is below `LEAST_CLEAR`, and it asks for none.
    """
    enough, reachable = _couriers_to_clear(open_count, ratio_clear)
    by_ratio = np.where(reachable, np.maximum(enough - on_shift, 0), 0)
    by_wait = np.where(waits_too_long, np.maximum(waiting - idle, 0), 0)
    shortage = np.maximum(np.maximum(by_ratio, by_wait) - incoming, 0)
    spare = np.maximum(np.minimum(idle - waiting, on_shift - enough) - leaving, 0)
    spare = np.where(reachable & ~waits_too_long, spare, 0)
    return Needs(shortage, np.append(spare, NO_BOUND))


def _couriers_to_clear(open_count: Ints, ratio_clear: Floats) -> tuple[Ints, Mask]:
    """The fewest on shift with open / max(on_shift, 1) < ratio_clear, and whether a number does.

    The comparison is the very one that judges the rule, in floats: 8 / 5 is not below 1.6 there,
    though it is in exact numbers, the float 1.6 being a little more. The rounded quotient is at
    most one off, and the comparison once more: the answer is found among four.
    """
    reachable = ratio_clear >= LEAST_CLEAR
    limit = np.where(reachable, ratio_clear, 1.0)
    enough = np.maximum(np.floor(open_count / limit).astype(np.int64) - 1, 0)
    for _ in range(3):
        enough += ~(open_count / np.maximum(enough, 1) < limit)
    return enough, reachable


@dataclass(frozen=True, slots=True, eq=False)
class Supply:
    """Couriers that could be asked, columns of equal length: idle, fresh, carrying nothing.

    `zone` is -1 for none; `last_push_ts` is in ms, -1 for never; `row` is unique and names the
    courier in the plan: of two alike the lower row goes first.
    """

    row: Ints
    lon: Floats
    lat: Floats
    zone: NDArray[np.int32]
    last_push_ts: Ints
    pushes_last_hour: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Sinks:
    """Places that ask for couriers, columns of equal length: short zones, and single orders.

    `asked` is how many to ask, `radius_m` how far to look, `urgency` what a short budget goes by,
    highest first. `for_order`: couriers of the place's own zone help, too; to a short zone they
    are no gain. `asked_before` holds the rows of couriers that the same action asked already.
    """

    lon: Floats
    lat: Floats
    zone: NDArray[np.int32]
    asked: Ints
    radius_m: Floats
    urgency: Floats
    for_order: Mask
    asked_before: Sequence[AbstractSet[int]]


@dataclass(frozen=True, slots=True)
class PushBounds:
    """The city's guard rails and pace: `budget` is what is left of its pushes of this hour."""

    cooldown_ms: int
    courier_per_hour: int
    budget: int
    detour: float
    speed_kmh: float


class Choice(Struct, frozen=True, gc=False):
    """A courier to ask; `from_zone` is -1 for none."""

    row: int
    travel_s: float
    metres: float
    from_zone: int


@dataclass(frozen=True, slots=True)
class SinkPlan:
    """Whom one place gets, nearest first, and why it does not get the others it asked for."""

    chosen: tuple[Choice, ...]
    missing: dict[Hindrance, int]


def plan_pushes(
    supply: Supply, sinks: Sinks, spare: Ints, bounds: PushBounds, now_ms: int
) -> tuple[SinkPlan, ...]:
    """A plan for each sink: as many slots filled as can be, with the least total travel time.

    `spare` has a slot a zone and a last one for none (`Needs.spare`): no more than that leave a
    zone. Nobody is in two plans, and none is in one within his cool-down or past his hourly bound.
    With less budget than that takes, the most urgent sinks keep what they would get, and these are
    planned anew. The order of the rows of either table does not matter.

    What is missing has a reason: `budget_spent`; `needed_at_home` for couriers in reach who may
    not leave their zone; `no_courier` for the rest.
    """
    supply = _askable(supply, bounds, now_ms)
    order = np.lexsort((sinks.lat, sinks.lon, -sinks.urgency))
    sinks = _of_sinks(sinks, order)
    supply, needed = _split(supply, sinks, spare)
    edges, metres = _in_reach(supply, sinks, len(spare), bounds)

    taken = assign(edges, sinks.asked, spare)
    full = np.bincount(edges.sink[taken], minlength=len(order))
    used = np.zeros(len(supply.row), dtype=np.bool_)
    used[edges.courier[taken]] = True
    needed_at_home = np.bincount(edges.sink[~used[edges.courier]], minlength=len(order))
    unfilled = np.flatnonzero(full < sinks.asked)
    kept, _ = _in_reach(needed, _of_sinks(sinks, unfilled), len(spare), bounds)
    needed_at_home += np.bincount(unfilled[kept.sink], minlength=len(order))

    granted = np.diff(np.minimum(np.cumsum(full), max(bounds.budget, 0)), prepend=0)
    if granted.sum() < full.sum():
        taken = assign(edges, granted, spare)

    chosen: list[list[Choice]] = [[] for _ in order]
    at = np.flatnonzero(taken)
    at = at[np.lexsort((edges.courier[at], edges.cost[at]))]
    courier = edges.courier[at]
    columns = (
        edges.sink[at],
        supply.row[courier],
        edges.cost[at] / 1000,
        metres[at],
        supply.zone[courier],
    )
    for sink, *choice in zip(*(column.tolist() for column in columns), strict=True):
        chosen[sink].append(Choice(*choice))
    plans = [
        SinkPlan(tuple(choices), _missing(full_count - len(choices), *counts))
        for choices, full_count, *counts in zip(
            chosen,
            full.tolist(),
            needed_at_home.tolist(),
            (sinks.asked - full).tolist(),
            strict=True,
        )
    ]
    return tuple(plans[place] for place in np.argsort(order).tolist())


def _askable(supply: Supply, bounds: PushBounds, now_ms: int) -> Supply:
    """Those who may be asked now and whose place is known, by row."""
    rested = (supply.last_push_ts < 0) | (now_ms - supply.last_push_ts >= bounds.cooldown_ms)
    within_hour = supply.pushes_last_hour < bounds.courier_per_hour
    known = np.isfinite(supply.lon) & np.isfinite(supply.lat)
    at = np.flatnonzero(rested & within_hour & known)
    return _of_supply(supply, at[np.argsort(supply.row[at])])


def _split(supply: Supply, sinks: Sinks, spare: Ints) -> tuple[Supply, Supply]:
    """Those whose zone can spare somebody or has an order to serve, and those who have to stay."""
    may_go = spare > 0
    may_go[sinks.zone[sinks.for_order & (sinks.zone >= 0)]] = True
    goes = may_go[supply.zone]
    return _of_supply(supply, np.flatnonzero(goes)), _of_supply(supply, np.flatnonzero(~goes))


def _of_supply(supply: Supply, at: Ints) -> Supply:
    return Supply(
        supply.row[at],
        supply.lon[at],
        supply.lat[at],
        supply.zone[at],
        supply.last_push_ts[at],
        supply.pushes_last_hour[at],
    )


def _of_sinks(sinks: Sinks, at: Ints) -> Sinks:
    return Sinks(
        sinks.lon[at],
        sinks.lat[at],
        sinks.zone[at],
        sinks.asked[at],
        sinks.radius_m[at],
        sinks.urgency[at],
        sinks.for_order[at],
        tuple(sinks.asked_before[n] for n in at.tolist()),
    )


def _in_reach(supply: Supply, sinks: Sinks, slots: int, bounds: PushBounds) -> tuple[Edges, Floats]:
    """Who could go where, at a cost of milliseconds of travel; and the metres as the crow flies."""
    placed = np.flatnonzero(np.isfinite(sinks.lon) & np.isfinite(sinks.lat))
    sink, courier, metres = within(
        supply.lon, supply.lat, sinks.lon[placed], sinks.lat[placed], sinks.radius_m[placed]
    )
    sink = placed[sink]
    zone = supply.zone[courier]
    own_zone = (zone == sinks.zone[sink]) & (zone >= 0)
    wanted = ~own_zone | sinks.for_order[sink]
    for n, before in enumerate(sinks.asked_before):
        if before:
            wanted &= (sink != n) | ~np.isin(supply.row[courier], list(before))
    at = np.flatnonzero(wanted)
    sink, courier, metres = sink[at], courier[at], metres[at]
    travel_ms = metres * (bounds.detour * 3_600 / bounds.speed_kmh)
    group = np.where(zone[at] < 0, slots - 1, zone[at]).astype(np.int64)
    return Edges(sink, courier, np.rint(travel_ms).astype(np.int64), group, own_zone[at]), metres


def _missing(cut: int, at_home: int, unfilled: int) -> dict[Hindrance, int]:
    """The named reasons, those that count none left out."""
    at_home = min(at_home, unfilled)
    reasons: dict[Hindrance, int] = {
        "budget_spent": cut,
        "needed_at_home": at_home,
        "no_courier": unfilled - at_home,
    }
    return {reason: count for reason, count in reasons.items() if count}
