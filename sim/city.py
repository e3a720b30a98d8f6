"""A simulated city: made-up orders, venues and couriers, and what is ordered to go wrong.

`SimCity.advance` gives the events up to a time; there is no clock, no I/O and no asyncio here,
and however the time is cut the events are the same. The work itself is `operation`'s; this adds
demand, shifts, drifting back to the busy quarters, weather, faults, and does what the monitor's
letters ask: couriers answer pushes, venues are paused. Used by `publish`, the demo, tests and
benchmarks.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import numpy as np

from monitor.core.events import CourierPushResponse, Event
from sim.clients import Clients
from sim.couriers import IDLE, OFF, Fleet, Rows
from sim.demand import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    NETWORKS,
    PHONE_SHARES,
    TABLET_NETWORKS,
    make_venues,
    pick,
    popularity,
    scatter,
)
from sim.faults import RAIN_LEAVERS, Fault, apply, check_names
from sim.openings import Openings
from sim.operation import Operation, Pace
from sim.plane import Floats, Plane
from sim.plans import Planner
from sim.reports import PhoneReports, TabletReports
from sim.settings import SimSettings
from sim.shifts import draw_shifts
from sim.venues import Venues

# Two idle couriers in three ride back to a busier quarter, after a minute or two.
DRIFT_SHARE: Final = 2.0 / 3.0
DRIFT_AFTER_MS: Final = (60_000, 150_000)
# A courier answers a push within this time, if at all.
ANSWER_MS: Final = (5_000, 40_000)
# So many letters are remembered, for those that come again.
LETTERS_KEPT: Final = 10_000


class SimCity:
    """The city of `settings`; raises FaultError for faults about venues that it lacks."""

    def __init__(self, settings: SimSettings) -> None:
        self.settings: Final = settings
        town, orders, habits, phones, people, sky, answers, second_thoughts = np.random.default_rng(
            [settings.seed, 2]
        ).spawn(8)
        self._people, self._sky, self._answers = people, sky, answers
        self._plane = Plane(*settings.centre)
        self.venues: Final = Venues(make_venues(settings, town), self._plane)
        self._popularity = popularity(town, len(self.venues))
        self._venue_rows = {venue.venue_id: row for row, venue in enumerate(self.venues.all)}
        check_names(
            settings.faults,
            self._venue_rows,
            {*NETWORKS, *TABLET_NETWORKS},
            [quarter.zone_id for quarter in settings.quarters],
        )
        self.fleet: Final = _fleet(settings, town)
        self._courier_rows = {name: row for row, name in enumerate(self.fleet.ids)}
        self.operation: Final = Operation(
            settings.city, settings.start_ms, self.fleet, self.venues, _pace(settings)
        )
        self.operation.when_free = self._drift
        self.openings: Final = Openings(self.operation)
        self._active: list[Fault] = []
        self._heard: dict[str, None] = {}  # keys of letters, the oldest first
        self._schedule(phones)
        self.clients: Final = Clients(
            settings,
            self.operation,
            self.openings,
            Planner(habits, self._plane, settings.mishaps),
            self._popularity,
            orders,
            second_thoughts,
        )

    @property
    def now_ms(self) -> int:
        """The time that the city has come to."""
        return self.operation.agenda.now_ms

    def advance(self, to_ms: int) -> list[Event]:
        """Run up to and including `to_ms`; the events since the last call, in the order of ts.

        A time already past gives nothing.
        """
        return self.operation.advance(to_ms)

    def push(self, courier_id: str, push_id: str, lon: float, lat: float) -> bool:
        """Ask a courier to ride to a point; the answer is one of the events to come.

        An idle courier accepts by `push_acceptance` and rides there, declines, or keeps silent;
        a busy one declines; one off shift keeps silent. False when there is no such courier.
        """
        row = self._courier_rows.get(courier_id)
        if row is None:
            return False
        chance, delay = self._answers.random(2).tolist()
        answer_ms = self.now_ms + ANSWER_MS[0] + int(delay * (ANSWER_MS[1] - ANSWER_MS[0]))
        answer = partial(self._answer, row, push_id, self._plane.xy(lon, lat), chance)
        self.operation.agenda.at(answer_ms, answer)
        return True

    def pause(self, venue_id: str, until_ms: int, reason: str | None = None) -> bool:
        """A venue takes no orders until then. False for an unknown venue or a time that is past."""
        row = self._venue_rows.get(venue_id)
        return row is not None and self.openings.pause(row, until_ms, reason)

    def busy(
        self, venue_id: str, until_ms: int, longer_min: float, reason: str | None = None
    ) -> bool:
        """A venue promises longer times until then, and gets a few orders less. As `pause`."""
        row = self._venue_rows.get(venue_id)
        longer_ms = round(longer_min * MINUTE_MS)
        return row is not None and self.openings.busy(row, until_ms, longer_ms, reason)

    def resume(self, venue_id: str, reason: str | None = None) -> bool:
        """A paused or busy venue takes orders as usual. False where that was so, or unknown."""
        row = self._venue_rows.get(venue_id)
        return row is not None and self.openings.resume(row, reason)

    def hear(self, letter: Mapping[str, Any]) -> bool:
        """Do what a letter of the monitor asks, given as its JSON object; whether it did something.

        A key that was heard before does nothing more, nor does a letter to another city, of a
        type other than `push` and `venue`, or about somebody unknown.
        """
        key = letter["key"]
        if key in self._heard or letter.get("city") != self.settings.city:
            return False
        self._heard[key] = None
        if len(self._heard) > LETTERS_KEPT:
            del self._heard[next(iter(self._heard))]
        if letter["type"] == "push":
            return self.push(letter["courier_id"], letter["push_id"], letter["lon"], letter["lat"])
        if letter["type"] != "venue":
            return False
        venue_id, change, why = letter["venue_id"], letter["change"], letter["reason"]
        if change == "resume":
            return self.resume(venue_id, why)
        if change == "busy":
            return self.busy(venue_id, letter["until_ts"], letter["longer_prep_min"], why)
        return self.pause(venue_id, letter["until_ts"], why)

    def busiest_venues(self, count: int) -> list[str]:
        """The ids of the `count` venues that most is ordered from."""
        rows = np.argsort(-self._popularity, kind="stable")[:count].tolist()
        return [self.venues.all[row].venue_id for row in rows]

    def _schedule(self, phones: np.random.Generator) -> None:
        settings, agenda, start = self.settings, self.operation.agenda, self.settings.start_ms
        offset_ms = settings.utc_offset_min * MINUTE_MS
        midnight = (start + offset_ms) // DAY_MS * DAY_MS - offset_ms
        if settings.always_on:
            everybody = np.arange(len(self.fleet))
            agenda.at(start, partial(self._come, everybody, start + 1000 * 365 * DAY_MS))
        else:
            # Yesterday's night shifts may still be out.
            for day in (midnight - DAY_MS, midnight):
                self._shifts(day, start)
            agenda.at(midnight + DAY_MS, self._next_day)
        for fault in settings.faults:
            begin = fault.begin_ms(start, settings.utc_offset_min)
            agenda.at(begin, partial(self._fault, fault, True))
            agenda.at(begin + fault.duration_ms, partial(self._fault, fault, False))
        agenda.at(start, self._weather)
        PhoneReports(self.operation, self._plane, phones, settings.position_interval_ms)
        everywhere = np.arange(len(self.venues))
        TabletReports(self.operation, everywhere, settings.heartbeat_interval_ms)

    # Supply.

    def _next_day(self, ts: int) -> None:
        self._shifts(ts, ts)
        self.operation.agenda.at(ts + DAY_MS, self._next_day)

    def _shifts(self, midnight_ms: int, now_ms: int) -> None:
        begins, ends = draw_shifts(self._people, len(self.fleet), midnight_ms)
        agenda = self.operation.agenda
        for row in np.flatnonzero(ends > now_ms).tolist():
            come = partial(self._come, np.array([row]), int(ends[row]))
            agenda.at(int(begins[row]), come)

    def _come(self, rows: Rows, off_ms: int, ts: int) -> None:
        x, y = self._somewhere_busy(rows.size)
        for row, at_x, at_y in zip(rows.tolist(), x.tolist(), y.tolist(), strict=True):
            self.operation.begin_shift(row, at_x, at_y, off_ms, ts)

    def _somewhere_busy(self, count: int) -> tuple[Floats, Floats]:
        quarters = self.settings.quarters
        homes = pick(self._people, [quarter.weight for quarter in quarters], count)
        return scatter(self._people, quarters, homes)

    def _drift(self, row: int, ts: int) -> None:
        chance, delay = self._people.random(2).tolist()
        if chance < DRIFT_SHARE:
            after = DRIFT_AFTER_MS[0] + int(delay * (DRIFT_AFTER_MS[1] - DRIFT_AFTER_MS[0]))
            call = partial(self._drift_off, row, self.fleet.task[row])
            self.operation.agenda.at(ts + after, call)

    def _drift_off(self, row: int, task: int, ts: int) -> None:
        if self.fleet.task[row] == task:
            x, y = self._somewhere_busy(1)
            self.operation.ride(row, float(x[0]), float(y[0]), ts)

    def _answer(
        self, row: int, push_id: str, to: tuple[float, float], chance: float, ts: int
    ) -> None:
        operation, fleet = self.operation, self.fleet
        if fleet.status[row] == OFF:
            return
        accepts = self.settings.push_acceptance
        idle = bool(fleet.status[row] == IDLE)
        accepted = idle and chance < accepts
        if idle and chance >= (1.0 + accepts) / 2.0:
            return
        network = fleet.networks[row]
        event = CourierPushResponse(
            operation.city, ts, fleet.ids[row], push_id, "accepted" if accepted else "declined"
        )
        operation.emit("couriers", event, network)
        if accepted:
            fleet.begin_task(row)
            operation.ride(row, *to, ts)

    # Weather and faults.

    def _weather(self, ts: int) -> None:
        self.operation.agenda.at(ts + HOUR_MS, self._weather)
        self._tell_weather(ts)

    def _tell_weather(self, ts: int) -> None:
        wind, warmth = self._sky.random(2).tolist()
        rain = max((fault.rain_mm_h for fault in self._active if fault.kind == "rain"), default=0.0)
        self.operation.weather(ts, rain, round(1 + 5 * wind, 1), round(8 + 6 * warmth, 1))

    def _fault(self, fault: Fault, begins: bool, ts: int) -> None:
        if begins:
            self._active.append(fault)
        else:
            self._active.remove(fault)
        apply(
            self._active,
            self.operation.now,
            self._venue_rows,
            busiest_venue=int(np.argmax(self._popularity)),
            busiest_network=NETWORKS[int(np.argmax(PHONE_SHARES))],
            busiest_quarter=max(self.settings.quarters, key=lambda each: each.weight).zone_id,
        )
        if fault.kind == "rain":
            self._tell_weather(ts)
            if begins:
                self._some_go_home(fault.duration_ms, ts)

    def _some_go_home(self, duration_ms: int, ts: int) -> None:
        rows = self.fleet.free_rows(ts)
        leaving = rows[self._people.random(rows.size) < RAIN_LEAVERS]
        for row in leaving.tolist():
            off_ms = int(self.fleet.off_ms[row])
            self.operation.end_shift(row, ts)
            if off_ms > ts + duration_ms:
                come_back = partial(self._come, np.array([row]), off_ms)
                self.operation.agenda.at(ts + duration_ms, come_back)


def _fleet(settings: SimSettings, rng: np.random.Generator) -> Fleet:
    digits = len(str(settings.couriers))
    ids = [f"c{row + 1:0{digits}d}" for row in range(settings.couriers)]
    networks = pick(rng, PHONE_SHARES, settings.couriers)
    return Fleet(ids, [NETWORKS[int(index)] for index in networks])


def _pace(settings: SimSettings) -> Pace:
    return Pace(
        metres_per_ms=settings.speed_kmh / 3600.0 / settings.detour,
        pickup_ms=round(settings.pickup_min * MINUTE_MS),
        dropoff_ms=round(settings.dropoff_min * MINUTE_MS),
        lead_ms=20 * MINUTE_MS,
    )
