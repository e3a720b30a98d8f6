"""What the judgement of a second costs: 5,000 zones, 50,000 venues, 200,000 open orders.

Every second a fifth of 50,000 couriers moves and 119 orders are placed, with all the steps of those
under way; 833 venues give a sign of life; some hundred alerts live, a dozen change. Timed is the
judgement alone, in CPU time, by its parts; beside it a scan of all tables as arrays, in the same
seconds. Then the worst seconds, and a second in which nothing happened.
"""

import gc
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from bench.day import START_MS
from bench.measure import Ratio, Record, compare, progress
from bench.tick_city import SECOND_MS, Size, Town, plans_of
from bench.tick_scan import scan
from monitor.core.actions import remedies
from monitor.core.effects import Effects
from monitor.core.events import OrderAccepted, OrderAssigned, OrderPlaced, Place
from monitor.core.judging.judge import PARTS
from monitor.core.replan import replan
from monitor.core.reports import Incoming
from monitor.core.state import State
from monitor.core.step import apply

WHOLE: Final = Size(zones=5_000, venues=50_000, orders=200_000, couriers=50_000)
QUICK: Final = WHOLE.share(50)
WARM_S: Final = 30
STEADY_S: Final = 120
QUICK_S: Final = 15
LATE: Final = 2_000  # orders that become late in the same second
SILENT_S: Final = 20
# Couriers and venues can be told something, so that pushes are planned; a feed is soon silent.
RULES: Final = (
    f"[broker]\nenabled = true\n[rules.feed_silent]\nsilent_s = {SILENT_S}\nwindow_min = 1\n"
)


@dataclass(frozen=True, slots=True)
class Judged:
    """One judgement: CPU and wall seconds, CPU seconds by part, how many alerts changed."""

    cpu_s: float
    wall_s: float
    parts: Mapping[str, float]
    changes: int


class Run:
    """Cities of one size, judged second by second."""

    def __init__(self, size: Size, cities: int) -> None:
        self.size, self.plans = size, plans_of(size, cities, RULES)
        self.towns = [Town(plan, size, n) for n, plan in enumerate(self.plans.values())]
        self.state = State(self.plans.values())
        self.now_ms = self.state.now_ms = START_MS
        for town in self.towns:
            self._apply(town.begin())
        self.first = self.judge()
        # What lives long is not looked through again and again by the collector, as in the program.
        gc.collect()
        gc.freeze()

    def _apply(self, events: Sequence[Incoming]) -> None:
        apply(self.state, events, Effects())

    def second(self, without: str = "") -> None:
        """Let a second pass, without the events of one stream; it is not judged yet."""
        self.now_ms += SECOND_MS
        self.state.now_ms = self.now_ms
        for town in self.towns:
            events = town.second(self.now_ms)
            if without:
                events = [e for e in events if not type(e).__name__.startswith(without)]
            self._apply(events)

    def judge(self) -> Judged:
        """Judge the second as `step.judge` does, with the clock read in between."""
        parts: dict[str, float] = defaultdict(float)
        effects, clock = Effects(), time.process_time
        self.state.judged_ms = self.now_ms
        wall, began = time.perf_counter(), clock()
        last = began
        for city in self.state.cities.values():
            city.last_now_ms = self.now_ms
            for name, part in PARTS:
                part(city, self.now_ms)
                last, before = clock(), last
                parts[name] += last - before
            remedies.hear_changes(city, effects, self.now_ms)
            remedies.run(city, self.now_ms)
            remedies.collect(city, effects, self.now_ms)
            last, before = clock(), last
            parts["remedies"] += last - before
        return Judged(last - began, time.perf_counter() - wall, parts, len(effects.alerts))

    def scan_s(self) -> float:
        """CPU seconds of a scan, after it was seen to find what fires."""
        began = time.process_time()
        found: Counter[str] = Counter()
        for city in self.state.cities.values():
            found.update(scan(city, self.now_ms))
        took = time.process_time() - began
        firing = Counter(
            rule for city in self.state.cities.values() for rule, _ in city.book.tracks
        )
        for rule, count in found.items():
            if rule.startswith("order_") and count != firing[rule]:
                raise AssertionError(f"{rule}: {firing[rule]} alerts, but a scan finds {count}")
        return took

    def make_late(self, second_ms: int) -> None:
        """Place orders that become late in that second, and for no other reason."""
        town = self.towns[0]
        slug, placed = town.slug, self.now_ms
        west, south, east, north = town.plan.zones.bounds
        place = Place(lat=(south + north) / 2, lon=(west + east) / 2)
        for n in range(LATE):
            venue, courier = n % self.size.venues, n % self.size.couriers
            id_, venue_id, courier_id = f"late-{n}", f"venue-{venue:06d}", f"courier-{courier:06d}"
            promised = second_ms - 600_000
            self._apply(
                [
                    OrderPlaced(slug, placed, id_, venue_id, place, promised),
                    OrderAccepted(slug, placed, id_, placed + 900_000),
                    OrderAssigned(slug, placed, id_, courier_id),
                ]
            )


def run(quick: bool = False) -> Iterator[Record]:
    """Steady seconds of a small city, of ten, of a large one; a second of nothing; the worst."""
    whole, seconds = (QUICK, QUICK_S) if quick else (WHOLE, STEADY_S)
    part = whole.share(10)
    progress(f"one city of {part.words()}")
    yield _steady(Run(part, 1), f"one city of {part.words()}", seconds)[0]
    progress("ten of these")
    yield _steady(Run(part, 10), "ten of these", seconds)[0]
    progress(f"one city of {whole.words()}")
    large = Run(whole, 1)
    record, usual_s = _steady(large, f"one city of {whole.words()}", seconds)
    yield record
    for words, tick in _worst(large):
        yield Record(
            variant=f"{words}, in the large city",
            base="its usual second",
            ratio=Ratio.of([tick.cpu_s / usual_s]),
            cpu_s=round(tick.cpu_s, 6),
            more={
                "cpu_ms": round(1000 * tick.cpu_s, 2),
                "wall_ms": round(1000 * tick.wall_s, 2),
                "alerts_changed": tick.changes,
                "parts_ms": _ms(tick.parts),
            },
        )


def _steady(cities: Run, words: str, seconds: int) -> tuple[Record, float]:
    """Judge seconds in turns with scans; the record, and the median of a judgement, CPU s."""
    judged: list[Judged] = []
    scans: list[float] = []
    for second in range(WARM_S + seconds):
        cities.second()
        took = cities.judge()
        if second >= WARM_S:
            judged.append(took)
            scans.append(cities.scan_s())
    ticks = [tick.cpu_s for tick in judged]
    pairs = compare(scans, ticks)
    usual = {
        name: float(np.median([tick.parts[name] for tick in judged])) for name in judged[0].parts
    }
    books = [city.book for city in cities.state.cities.values()]
    more = {
        "seconds": seconds,
        "cpu_ms": {"median": _q(ticks, 0.5), "p99": _q(ticks, 0.99), "max": _q(ticks, 1)},
        "wall_ms_max": _q([tick.wall_s for tick in judged], 1),
        "parts_ms": _ms(usual),
        "alerts_changed": round(sum(tick.changes for tick in judged) / seconds, 1),
        "alerts_alive": sum(len(book.tracks) for book in books),
        "scan_ms": round(1000 * pairs.base_s, 2),
        "first_judgement_ms": round(1000 * cities.first.cpu_s, 1),
    }
    return pairs.record(words, "a scan of all its tables as arrays", more), float(np.median(ticks))


def _worst(large: Run) -> Iterator[tuple[str, Judged]]:
    """Seconds unlike others: nothing comes, much breaches at once, a feed is gone and is back."""
    large.now_ms += SECOND_MS
    yield "a second in which nothing came", large.judge()
    for _ in range(5):
        large.second()
        large.judge()
    late_in = 3 * SECOND_MS
    large.make_late(large.now_ms + late_in)
    for _ in range(late_in // SECOND_MS - 1):
        large.second()
        large.judge()
    large.second()
    yield f"{LATE:,} orders late at once", large.judge()
    silent: list[Judged] = []
    for _ in range(SILENT_S + 5):
        large.second(without="Order")
        silent.append(large.judge())
    yield "the feed of orders falls silent", max(silent, key=lambda tick: tick.cpu_s)
    large.second()
    yield "it is back: everything is looked at", large.judge()
    for _ in range(5):
        large.second()
        large.judge()
    began, cpu = time.perf_counter(), time.process_time()
    effects = replan(large.state, large.plans.values())
    cpu, wall = time.process_time() - cpu, time.perf_counter() - began
    yield "a reload: zones located and counted anew", Judged(cpu, wall, {}, len(effects.alerts))
    large.second()
    yield "the judgement after it", large.judge()


def _q(seconds: Sequence[float], q: float) -> float:
    return round(1000 * float(np.quantile(seconds, q)), 2)


def _ms(parts: Mapping[str, float]) -> dict[str, float]:
    """In ms, the largest first, without what is nothing."""
    sizes = sorted(parts.items(), key=lambda part: -part[1])
    return {name: round(1000 * took, 2) for name, took in sizes if took >= 5e-6}
