"""Small made-up days of one city, the same for the same seed.

`day` gives clean NDJSON lines in the order of their time: couriers who fall silent, shortages,
slow venues, venues that move or are placed late, every step of an order. `dirt.py` spoils them.
Used by the end-to-end tests; realistic cities are `sim`'s affair, not ours.
"""

import json
from dataclasses import dataclass, field
from random import Random
from typing import Any

Json = dict[str, Any]

CITY = "testville"
# A Wednesday noon in Riga, 17 s past the minute, so that the first figures come 43 s later.
START_MS = 1_700_042_417_000
FAR_ID = "outskirts"


def ring(west: float, south: float, east: float, north: float) -> list[list[float]]:
    """A closed rectangle, anticlockwise."""
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def zones() -> Json:
    """Shared borders, a hole that another zone fills, a multipolygon, overlaps and priorities."""

    def feature(geometry: str, coordinates: object, properties: Json, **more: object) -> Json:
        return {
            "type": "Feature",
            "properties": properties,
            "geometry": {"type": geometry, "coordinates": coordinates},
            **more,
        }

    return {
        "type": "FeatureCollection",
        "features": [
            # The wide one comes first in the file, and loses everywhere: lowest priority.
            feature("Polygon", [ring(24.05, 56.90, 24.30, 57.00)], {"priority": -1}, id=FAR_ID),
            feature(
                "Polygon",
                [ring(24.10, 56.94, 24.14, 56.97), ring(24.11, 56.95, 24.12, 56.96)[::-1]],
                {"name": "not this"},
                id="Centrs",
            ),
            feature("Polygon", [ring(24.14, 56.94, 24.18, 56.97)], {"zone_id": "East Side"}),
            feature(
                "MultiPolygon",
                [[ring(24.11, 56.95, 24.12, 56.96)], [ring(24.20, 56.94, 24.22, 56.95)]],
                {"id": "islands"},
            ),
            feature(
                "Polygon",
                [[[24.13, 56.955], [24.15, 56.945], [24.155, 56.96], [24.13, 56.955]]],
                {"name": "Stadium", "priority": 10},
            ),
            # Overlaps East Side with equal priority: the first in the file has the point.
            feature(
                "Polygon",
                [[[24.17, 56.95], [24.21, 56.93], [24.20, 56.97], [24.17, 56.95]]],
                {"name": "Harbour"},
            ),
        ],
    }


# Where the borders of the zones above run: points exactly on them are part of every day.
BORDER_LON = (24.10, 24.11, 24.12, 24.14, 24.18, 24.20, 24.22)
BORDER_LAT = (56.94, 56.95, 56.96, 56.97)


def spot(rng: Random) -> tuple[float, float]:
    """lon, lat of somewhere in the city: one in eight exactly on a border or a corner, some
    outside of every zone."""
    lon = round(rng.uniform(24.095, 24.225), 5)
    lat = round(rng.uniform(56.935, 56.975), 5)
    kind = rng.random()
    if kind < 0.06:
        lon = rng.choice(BORDER_LON)
    elif kind < 0.11:
        lat = rng.choice(BORDER_LAT)
    elif kind < 0.13:
        lon, lat = rng.choice(BORDER_LON), rng.choice(BORDER_LAT)
    elif kind < 0.16:
        lon, lat = round(rng.uniform(24.31, 24.4), 5), 56.95
    return lon, lat


@dataclass
class MadeUpDay:
    """The events of a day in the making; `step_ms` is the grid of their times."""

    rng: Random
    minutes: float
    step_ms: int
    events: list[Json] = field(default_factory=list)

    def at(self, seconds: float) -> int:
        """The time `seconds` after the start, on the grid."""
        return (START_MS + round(seconds * 1000)) // self.step_ms * self.step_ms

    def add(self, ts: int, kind: str, **fields: object) -> None:
        """Write an event down, unless the day is over."""
        if ts <= self.at(self.minutes * 60):
            self.events.append({"type": kind, "city": CITY, "ts": ts, **fields})

    def after(self, ts: int, seconds: float) -> int:
        """A later time on the grid: an entity never has two events at one time."""
        return ts + max(round(seconds * 1000) // self.step_ms, 1) * self.step_ms

    # --- couriers ------------------------------------------------------------------------

    def courier(self, courier_id: str) -> None:
        """A shift: positions each 10 to 50 s, silences, a status now and then, off at the end."""
        rng = self.rng
        ts = self.at(rng.uniform(0, self.minutes * 12))
        end = self.at(rng.uniform(self.minutes * 40, self.minutes * 62))
        lon, lat = spot(rng)
        if rng.random() < 0.2:
            # Known by status before he has a place.
            self.add(ts, "courier.status", courier_id=courier_id, status="to_venue")
            ts = self.after(ts, 20)
        pace = rng.uniform(10, 40)
        while ts < end:
            kind = rng.random()
            if kind < 0.06:
                status = rng.choice(["idle", "to_venue", "at_venue", "to_customer"])
                self.add(ts, "courier.status", courier_id=courier_id, status=status)
            elif kind < 0.07:
                self.add(
                    ts,
                    "courier.push_response",
                    courier_id=courier_id,
                    push_id=f"p{rng.randrange(1000)}",
                    response=rng.choice(["accepted", "declined"]),
                )
            else:
                if rng.random() < 0.3:
                    lon, lat = spot(rng)
                more: Json = {"accuracy_m": 8.5} if rng.random() < 0.2 else {}
                if rng.random() < 0.15:
                    more["status"] = rng.choice(["idle", "to_venue", "to_customer", "off", "idle"])
                self.add(ts, "courier.position", courier_id=courier_id, lat=lat, lon=lon, **more)
            gap = rng.random()
            if gap < 0.02:
                ts = self.after(ts, rng.uniform(60, 500))
            elif gap < 0.06:
                # Onto a whole minute, and from there 60 or 61 s of silence: the very edge.
                minute = (ts // 60_000 + 1) * 60_000
                self.add(minute, "courier.position", courier_id=courier_id, lat=lat, lon=lon)
                ts = minute + rng.choice([60_000, 61_000, 120_000])
            else:
                ts = self.after(ts, rng.uniform(0.6, 1.4) * pace)
        self.add(ts, "courier.status", courier_id=courier_id, status="off")

    # --- venues --------------------------------------------------------------------------

    def venue(self, venue_id: str, number: int) -> None:
        """One never has a place, some get it late, some move; a heartbeat each minute."""
        rng = self.rng
        ts = self.at(rng.uniform(0, 50))
        placed_at = {0: None, 1: 1500.0, 2: 2400.0}.get(number, 1.0)
        updates = [] if placed_at is None else [placed_at]
        if number % 4 == 3:
            updates += [placed_at + rng.uniform(1200, 3000) for placed_at in list(updates)]
        taken = set()
        for seconds in updates:
            lon, lat = spot(rng)
            moment = self.at(seconds)
            taken.add(moment)
            self.add(
                moment, "venue.updated", venue_id=venue_id, lat=lat, lon=lon, name=f"№ {number}"
            )
        while ts <= self.at(self.minutes * 60):
            while ts in taken:
                ts += self.step_ms
            if rng.random() < 0.02:
                status = rng.choice(["open", "busy", "paused", "closed"])
                self.add(ts, "venue.status", venue_id=venue_id, status=status)
            else:
                self.add(ts, "venue.heartbeat", venue_id=venue_id)
            ts = self.after(ts, rng.uniform(50, 62))

    # --- orders --------------------------------------------------------------------------

    def order(
        self, order_id: str, placed_s: float, venue: int, couriers: int, scarce: bool
    ) -> None:
        """One order through its steps; where couriers are scarce, assignments take long."""
        rng = self.rng
        placed = ts = self.at(placed_s)
        slow = venue % 5 == 4
        lon, lat = spot(rng)
        more: Json = {}
        if rng.random() < 0.8:
            more["ready_ts"] = placed + 60_000 * rng.randrange(6, 20)
        unpaid = rng.random() < 0.12
        if unpaid or rng.random() < 0.1:
            more["payment"] = "unpaid" if unpaid else rng.choice(["cash", "paid"])
        if rng.random() < 0.05:
            more["client_id"] = "key-account"
        self.add(
            ts,
            "order.placed",
            order_id=order_id,
            venue_id=f"v{venue}",
            dropoff={"lat": lat, "lon": lon},
            promised_ts=placed + 60_000 * rng.randrange(25, 45),
            **more,
        )
        if unpaid:
            ts = self.after(ts, rng.choice([45, 100, 179, 180, 181, 240, 500]))
            if rng.random() < 0.2:
                self.add(ts, "order.cancelled", order_id=order_id, reason="never paid")
                return
            payment = rng.choice(["paid", "cash"])
            self.add(ts, "order.payment", order_id=order_id, payment=payment)
        ends = rng.random()
        steps: list[tuple[int, str, Json]] = []
        accept = self.after(ts, rng.choice([20, 60, 120, 240, 299, 300, 420]))
        if rng.random() < 0.92:
            promise = {"ready_ts": accept + 60_000 * rng.randrange(5, 15)}
            steps.append((accept, "order.accepted", promise if rng.random() < 0.7 else {}))
        ready = self.after(accept, rng.uniform(600, 2200) if slow else rng.uniform(200, 900))
        steps.append((ready, "order.ready", {}))
        wait = rng.uniform(300, 1100) if scarce else rng.choice([15, 40, 90, 200, 479, 480])
        assign = self.after(ts, wait)
        who = {"courier_id": f"c{rng.randrange(couriers)}"}
        named = rng.random() < 0.9
        if named:
            steps.append((assign, "order.assigned", who))
            while rng.random() < 0.12:
                assign = self.after(assign, rng.uniform(20, 200))
                steps.append((assign, "order.unassigned", {"reason": "declined"}))
                assign = self.after(assign, rng.uniform(20, 400))
                steps.append((assign, "order.assigned", who))
        pick = self.after(max(ready, assign), rng.choice([30, 120, 300, 899, 900, 1000]))
        steps.append((pick, "order.picked_up", {} if named and rng.random() < 0.8 else who))
        if rng.random() < 0.03:
            # The courier's vehicle broke down: somebody else takes it over.
            lost = self.after(pick, 100)
            steps.append((lost, "order.unassigned", {}))
            pick = self.after(lost, 130)
            steps.append((pick, "order.assigned", who))
        delivered = self.after(pick, rng.uniform(200, 1500))
        steps.append((delivered, "order.delivered", {}))
        if rng.random() < 0.05:
            problem = self.after(delivered, 200)
            steps.append((problem, "order.problem", {"problem": "missing_item"}))
        cancelled = self.after(ts, rng.uniform(60, 2000)) if ends < 0.1 else None
        last = placed
        for moment, kind, fields in sorted(steps, key=lambda step: step[0]):
            # Never two at one time for one order, so that the day has one meaning.
            last = max(moment, last + self.step_ms)
            if last == ts:
                last += self.step_ms
            if cancelled is not None and last >= cancelled:
                self.add(last, "order.cancelled", order_id=order_id)
                return
            self.add(last, kind, order_id=order_id, **fields)


def day(
    seed: int,
    minutes: float = 100,
    couriers: int = 36,
    venues: int = 14,
    orders: int = 260,
    step_ms: int = 1000,
) -> list[str]:
    """The NDJSON lines of a clean day in the order of their time.

    No entity has two events at one time. Every stream is dense enough that it never falls
    silent, so that `feed_silent` has no cause. `step_ms` 1 gives times of odd milliseconds.
    """
    rng = Random(seed)
    made = MadeUpDay(rng, minutes, step_ms)
    for number in range(couriers):
        made.courier(f"c{number}")
    for number in range(venues):
        made.venue(f"v{number}", number)
    made.add(made.at(100), "city.weather", temperature_c=3.5, wind_mps=4)
    rush = rng.uniform(0.3, 0.6) * minutes * 60
    for number in range(orders):
        # A third of the orders come in a rush of a quarter of an hour.
        rushed = number % 3 == 0
        placed_s = rush + rng.uniform(0, 900) if rushed else rng.uniform(0, minutes * 57)
        scarce = rush - 300 < placed_s < rush + 900
        made.order(f"o{number}", placed_s, rng.randrange(venues), couriers, scarce)
    made.events.sort(key=lambda event: event["ts"])
    return [json.dumps(event, ensure_ascii=False) for event in made.events]
