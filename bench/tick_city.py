"""Large cities at work: for each second the events of their couriers, orders and venues.

Made so that the sizes stay as they are: every order that is delivered is followed by another. No
dispatch and no roads; what matters is how much changes, where, and how often it becomes late.
"""

import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from bench.day import START_MS
from config.load import load
from monitor.core.events import (
    CourierPosition,
    Event,
    OrderAccepted,
    OrderAssigned,
    OrderDelivered,
    OrderPickedUp,
    OrderPlaced,
    OrderReady,
    Place,
    VenueHeartbeat,
    VenueUpdated,
)
from monitor.core.plan import CityPlan
from monitor.core.reports import Incoming
from monitor.wiring.plans import make_plans

SECOND_MS: Final = 1_000
POSITION_EVERY_S: Final = 5  # a fifth of the couriers moves in every second
HEARTBEAT_EVERY_S: Final = 60
METRES: Final = 30.0  # in these five seconds: 22 km/h
METRES_PER_LAT: Final = 111_195.0
WEST: Final = 24.0
SOUTH: Final = 56.9
HEX_KM2: Final = 0.0857  # of H3's resolution 9, here
HEX_OVER_KM: Final = 0.36  # so much wider than a box are the cells that cover it
WRONG: Final = 0.0025
LIFE_S: Final = 1_680.0  # of an order, on average


@dataclass(frozen=True, slots=True)
class Size:
    """How large a city is."""

    zones: int
    venues: int
    orders: int
    couriers: int

    def share(self, parts: int) -> "Size":
        """One of so many equal parts of it."""
        return Size(
            self.zones // parts, self.venues // parts, self.orders // parts, self.couriers // parts
        )

    def words(self) -> str:
        """For the name of a case."""
        return (
            f"{self.zones:,} zones, {self.venues:,} venues, {self.orders:,} open orders, "
            f"{self.couriers:,} couriers"
        )


def plans_of(size: Size, count: int, rules: str = "") -> dict[str, CityPlan]:
    """So many cities of that size, over hexagons of 0.1 km²; `rules` is TOML to come behind.

    There are four open orders for each courier, hence other bounds of a shortage than usual: some
    percent of the zones are short.
    """
    side_km = float(np.sqrt(size.zones * HEX_KM2)) - HEX_OVER_KM
    north = SOUTH + side_km / (METRES_PER_LAT / 1000)
    east = WEST + side_km / (METRES_PER_LAT / 1000 * np.cos(np.radians(SOUTH)))
    cities = "".join(
        f'[cities.bench{n}]\ntimezone = "Europe/Riga"\n[cities.bench{n}.hexagons]\n'
        f"resolution = 9\nbbox = [{WEST}, {SOUTH}, {east:.6f}, {north:.6f}]\n"
        for n in range(count)
    )
    shortage = (
        "[rules.zone_shortage]\nratio_raise = 10.0\nratio_clear = 8.0\n"
        "critical_ratio_raise = 14.0\ncritical_ratio_clear = 11.0\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tick.toml"
        path.write_text(cities + shortage + rules)
        return make_plans(load(path, {})).plans


class Town:
    """The events of one city, second by second, from `START_MS` on."""

    def __init__(self, plan: CityPlan, size: Size, seed: int) -> None:
        self.plan, self.size, self.slug = plan, size, plan.slug
        self._rng = np.random.default_rng(seed)
        self._at: dict[int, list[Event]] = defaultdict(list)  # by whole second, what is to come
        self._placed = 0
        self._draws: list[list[float]] = []
        west, south, east, north = plan.zones.bounds
        self._box = (west, south, east, north)
        n = size.couriers
        self._lon, self._lat = self._rng.uniform(west, east, n), self._rng.uniform(south, north, n)
        angle = self._rng.uniform(0, 2 * np.pi, n)
        self._east = np.cos(angle) * METRES / (METRES_PER_LAT * np.cos(np.radians(south)))
        self._north = np.sin(angle) * METRES / METRES_PER_LAT
        self._courier_ids = [f"courier-{i:06d}" for i in range(n)]
        self._venue_ids = [f"venue-{i:06d}" for i in range(size.venues)]

    def begin(self) -> list[Incoming]:
        """All that has happened until `START_MS`, in the order of its time."""
        rng, size = self._rng, self.size
        west, south, east, north = self._box
        events: list[Event] = [
            VenueUpdated(self.slug, START_MS - 7_200_000, id_, lat, lon, prep_minutes=15)
            for id_, lon, lat in zip(
                self._venue_ids,
                rng.uniform(west, east, size.venues).tolist(),
                rng.uniform(south, north, size.venues).tolist(),
                strict=True,
            )
        ]
        events += [
            VenueHeartbeat(self.slug, START_MS - age, id_)
            for id_, age in zip(
                self._venue_ids, self._ages(size.venues, HEARTBEAT_EVERY_S), strict=True
            )
        ]
        # As if they had gone on shift at any time: they don't all fall due together.
        for row, age in enumerate(self._ages(size.couriers, 50)):
            events.append(self._position(row, START_MS - age))
        longest_ms = round(2.5 * LIFE_S) * SECOND_MS
        for age in rng.integers(0, longest_ms, round(2.5 * size.orders)).tolist():
            self._order(START_MS - age, longest_ms)
        for second in [s for s in self._at if s <= START_MS]:
            events += self._at.pop(second)
        events.sort(key=lambda event: event.ts)
        return list(events)

    def second(self, now_ms: int) -> list[Incoming]:
        """The events of the second that ends at `now_ms`."""
        second = now_ms // SECOND_MS
        events: list[Event] = self._at.pop(now_ms, [])
        for _ in range(self._rng.poisson(self.size.orders / LIFE_S)):
            self._order(now_ms, 0)
        events += self._at.pop(now_ms, [])
        beating = range(second % HEARTBEAT_EVERY_S, self.size.venues, HEARTBEAT_EVERY_S)
        events += [VenueHeartbeat(self.slug, now_ms, self._venue_ids[row]) for row in beating]
        part = slice(second % POSITION_EVERY_S, None, POSITION_EVERY_S)
        self._ride(part)
        rows = range(self.size.couriers)[part]
        events += [self._position(row, now_ms) for row in rows]
        return list(events)

    def _ages(self, count: int, within_s: int) -> list[int]:
        return [int(age) for age in self._rng.integers(0, within_s * SECOND_MS, count)]

    def _ride(self, part: slice) -> None:
        west, south, east, north = self._box
        self._lon[part] += self._east[part]
        self._lat[part] += self._north[part]
        out_x = (self._lon[part] < west) | (self._lon[part] > east)
        out_y = (self._lat[part] < south) | (self._lat[part] > north)
        self._east[part] = np.where(out_x, -self._east[part], self._east[part])
        self._north[part] = np.where(out_y, -self._north[part], self._north[part])

    def _position(self, row: int, ts: int) -> CourierPosition:
        return CourierPosition(
            self.slug,
            ts,
            self._courier_ids[row],
            float(self._lat[row]),
            float(self._lon[row]),
            status="to_customer" if row % 3 else "idle",
        )

    def _order(self, placed: int, over_before: int) -> None:
        """Put all events of an order into their seconds; not those of one that is over.

        One in a hundred goes wrong in some way: accepted, assigned, readied or delivered too late.
        """
        u = self._draw()
        number = self._placed
        self._placed += 1
        accepted = placed + round(1000 * (20 + 100 * u[0] + 600 * (u[1] < WRONG)))
        assigned = placed + round(1000 * (60 + 210 * u[2] + 600 * (u[3] < WRONG)))
        ready = accepted + round(1000 * (600 + 240 * u[4] + 900 * (u[5] < WRONG)))
        picked = max(ready, assigned) + round(1000 * (60 + 240 * u[6]))
        delivered = picked + round(1000 * (300 + 800 * u[7] + 1_800 * (u[8] < WRONG)))
        if over_before and delivered <= START_MS:
            return
        id_ = f"order-{number:08d}"
        courier = self._courier_ids[int(u[9] * self.size.couriers)]
        venue = self._venue_ids[int(u[10] * self.size.venues)]
        west, south, east, north = self._box
        dropoff = Place(lat=south + u[11] * (north - south), lon=west + u[12] * (east - west))
        promised = placed + 2_700_000
        slug = self.slug
        for event in (
            OrderPlaced(slug, placed, id_, venue, dropoff, promised),
            OrderAccepted(slug, accepted, id_, accepted + 900_000),
            OrderAssigned(slug, assigned, id_, courier),
            OrderReady(slug, ready, id_),
            OrderPickedUp(slug, picked, id_, courier),
            OrderDelivered(slug, delivered, id_),
        ):
            self._at[-(-event.ts // SECOND_MS) * SECOND_MS].append(event)

    def _draw(self) -> list[float]:
        """The random numbers of one order, from 0 to 1."""
        if not self._draws:
            self._draws = self._rng.random((4_096, 13)).tolist()
        return self._draws.pop()
