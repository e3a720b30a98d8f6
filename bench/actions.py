"""What actions bring about: simulated days with them off and on, paired by seed.

Two kinds of day, 24 hours from four in the morning, 21 quarters, crowds in four of them. `pushes`:
380 couriers, short here and idle there. `pauses`: 300 couriers, short all over at lunch, and four
kitchens that fall behind; three venues in ten finish an order only when it has a courier, so that
they look slow where couriers are late. How a day is run stands in `acted_day.py`.
"""

import statistics
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

from bench.acted_day import ActedDay, Modes, OrderSeen, live
from bench.measure import Ratio, Record
from sim.city import SimCity
from sim.faults import parse_fault
from sim.settings import SimSettings

SEEDS: Final = (1, 2, 3, 4, 5)
START_MS: Final = 1_740_967_200_000  # Monday, 3 March 2025, 04:00 in Riga
MINUTE_MS: Final = 60_000
CROWDS: Final = (
    "crowd:lindens@13:00+1h",
    "crowd:old-harbour@16:30+1h",
    "crowd:mill-quarter@19:00+1h",
    "crowd:tannery@20:30+1h",
)
BROKEN_AT: Final = ("11:45", "12:15", "17:45", "18:30")  # one of the busiest venues each
BROKEN_MIN: Final = 90
Days = list[tuple[ActedDay, ActedDay]]  # off and on, a seed


class Sides(msgspec.Struct, frozen=True):
    """A figure of the days with actions off and on, by seed."""

    off: list[float]
    on: list[float]
    ratio: Ratio | None


def run() -> Iterator[Record]:
    """One record for pushes, one for pauses."""
    yield _pushes(_days("pushes"))
    yield _pauses(_days("pauses"))


def _days(kind: str) -> Days:
    """Every seed's day with the actions off and on."""
    jobs = [(kind, seed, on) for seed in SEEDS for on in (0, 1)]
    with ProcessPoolExecutor() as workers:
        days = dict(zip(jobs, workers.map(_day, jobs), strict=True))
    return [(days[kind, seed, 0], days[kind, seed, 1]) for seed in SEEDS]


def _day(job: tuple[str, int, int]) -> ActedDay:
    kind, seed, on = job
    modes = Modes(pushes="auto") if kind == "pushes" else Modes(pauses="auto")
    settings = pushes_day(seed) if kind == "pushes" else pauses_day(seed)
    with tempfile.TemporaryDirectory() as folder:
        return live(settings, modes if on else Modes(), Path(folder))


def pushes_day(seed: int) -> SimSettings:
    """Couriers enough for the city, at the wrong places."""
    faults = tuple(map(parse_fault, CROWDS))
    return SimSettings(
        seed=seed, start_ms=START_MS, couriers=380, position_interval_ms=30_000, faults=faults
    )


def pauses_day(seed: int) -> SimSettings:
    """Couriers short at lunch, broken kitchens, and venues that only look slow."""
    day = SimSettings(
        seed=seed, start_ms=START_MS, position_interval_ms=30_000, waiting_kitchen_share=0.3,
        slow_venue_share=0.0,
    )  # fmt: skip
    broken = [
        f"slow-kitchen:{venue}@{at}+{BROKEN_MIN}m"
        for venue, at in zip(broken_venues(day), BROKEN_AT, strict=True)
    ]
    return replace(day, faults=tuple(map(parse_fault, [*CROWDS, *broken])))


def broken_venues(day: SimSettings) -> list[str]:
    """The venues whose kitchens break, in the order of `BROKEN_AT`."""
    return SimCity(day).busiest_venues(len(BROKEN_AT))


def _pushes(days: Days) -> Record:
    """Shortage, waits and lateness beside what was asked of couriers."""
    ons = [on for _, on in days]
    came = [[action.came for action in on.actions if action.kind == "push_couriers"] for on in ons]
    short = _paired(days, lambda day: day.short_alert_min)
    more = {
        "seeds": SEEDS,
        "zone minutes of zone_shortage firing": short,
        "zone minutes of its condition": _paired(days, lambda day: day.short_raw_min),
        "of the base's condition": _shares([off.looks for off, _ in days]),
        "of the variant's condition": _shares([on.looks for on in ons]),
        "orders delivered late": _paired(days, lambda day: sum(map(_is_late, _all(day)))),
        "mean seconds without a courier": _paired(days, _mean_wait_s, 1),
        "mean minutes from order to delivery": _paired(days, _mean_total_min, 2),
        "orders given up for want of a courier": _paired(days, _given_up),
        "pushes sent": [len(on.pushes()) for on in ons],
        "accepted": [sum(each.accepted for each in some) for some in came],
        "moved, of those sent": [sum(each.moved for each in some) for some in came],
        "held back, and of those moved by themselves": [
            (sum(each.held_back for each in some), sum(each.held_back_moved for each in some))
            for some in came
        ],
        "most pushes to one courier in an hour": max(on.most_pushes_in_an_hour() for on in ons),
        "least minutes between two": round(min(on.least_rest_min() for on in ons), 1),
    }
    return Record(
        variant="pushes automatic",
        base="zone minutes of zone_shortage firing on the same day with actions off",
        ratio=short.ratio,
        more=more,
    )


def _pauses(days: Days) -> Record:
    """Who was paused and why, and what it brought the clients of the broken kitchens."""
    pairs = list(
        zip(days, [frozenset(broken_venues(pauses_day(seed))) for seed in SEEDS], strict=True)
    )
    told = [
        Counter(
            ("broken " if order.venue_id in broken else "never slow ") + order.change
            for order in on.venue_orders()
        )
        for (_, on), broken in pairs
    ]

    def of_broken(figure: Callable[[list[OrderSeen]], float], digits: int = 1) -> Sides:
        both = [[figure(_of(day, broken)) for day in pair] for pair, broken in pairs]
        return _side_by_side([b for b, _ in both], [v for _, v in both], digits)

    late = of_broken(lambda orders: sum(map(_is_late, orders)), 0)
    more = {
        "seeds": SEEDS,
        "kitchens that broke": len(BROKEN_AT),
        "told to venues": [dict(sorted(counts.items())) for counts in told],
        "never slow, yet venue_slow fired on": [
            len(on.tempted - broken) for (_, on), broken in pairs
        ],
        "never slow, yet paused or busy": [
            sum(n for what, n in counts.items() if what.startswith("never")) for counts in told
        ],
        "put off because couriers were late": [
            on.hindered.get("couriers_late", 0) for _, on in days
        ],
        "broken kitchens: orders placed": of_broken(len, 0),
        "broken kitchens: mean minutes past their promise": of_broken(_mean_overrun_min),
        "broken kitchens: mean minutes from order to delivery": of_broken(_total_min),
        "broken kitchens: orders delivered late": late,
        "orders never placed because of it": [on.lost_orders for _, on in days],
        "orders delivered late in the whole city": _paired(
            days, lambda day: sum(map(_is_late, _all(day)))
        ),
    }
    return Record(
        variant="pauses automatic",
        base="late orders of the broken kitchens on the same day with actions off",
        ratio=late.ratio,
        more=more,
    )


def _paired(days: Days, figure: Callable[[ActedDay], float], digits: int = 0) -> Sides:
    return _side_by_side([figure(off) for off, _ in days], [figure(on) for _, on in days], digits)


def _side_by_side(off: list[float], on: list[float], digits: int) -> Sides:
    """Both for each seed, and their ratio."""
    return Sides(
        off=[round(value, digits or None) for value in off],
        on=[round(value, digits or None) for value in on],
        ratio=Ratio.of(b / a for a, b in zip(off, on, strict=True) if a),
    )


def _shares(looks: list[dict[str, float]]) -> dict[str, float]:
    """What the minutes of shortage were, as shares of all of them."""
    total: Counter[str] = Counter()
    for some in looks:
        total.update(some)
    return {what: round(n / total.total(), 2) for what, n in total.most_common()}


def _all(day: ActedDay) -> list[OrderSeen]:
    return list(day.orders.values())


def _of(day: ActedDay, venues: frozenset[str]) -> list[OrderSeen]:
    return [order for order in day.orders.values() if order.venue in venues]


def _is_late(order: OrderSeen) -> bool:
    return order.delivered is not None and order.delivered > order.promised


def _given_up(day: ActedDay) -> float:
    return sum(order.cancelled == "no_courier" for order in _all(day))


def _mean_wait_s(day: ActedDay) -> float:
    return statistics.fmean(
        (order.assigned - order.placed) / 1000 for order in _all(day) if order.assigned
    )


def _mean_total_min(day: ActedDay) -> float:
    return _total_min(_all(day))


def _total_min(orders: list[OrderSeen]) -> float:
    took = [(o.delivered - o.placed) / MINUTE_MS for o in orders if o.delivered]
    return statistics.fmean(took)


def _mean_overrun_min(orders: list[OrderSeen]) -> float:
    late = [(o.ready - o.promise) / MINUTE_MS for o in orders if o.ready and o.promise]
    return statistics.fmean(late)
