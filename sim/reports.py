"""What devices send by themselves: positions from couriers' phones, heartbeats from tablets.

Both are spread over their interval in equal slots, as phones do not report in step: at each slot
one array expression tells where its couriers are, noise and silences included (`gps`). Used by
`city` and `mdrp`, beside an `operation`, whose agenda it uses.
"""

from functools import partial
from typing import Final

import numpy as np

from monitor.core.events import CourierPosition, VenueHeartbeat
from sim.couriers import OFF, STATUSES, Rows
from sim.gps import Gps
from sim.operation import Operation
from sim.plane import Plane

# An interval falls into at most this many slots: at 5 s one each 167 ms, at 30 s one a second.
SLOTS: Final = 30
# A small fleet has fewer, with about so many devices each.
DEVICES_PER_SLOT: Final = 8


def slot_count(devices: int) -> int:
    """Into how many slots the reports of so many devices are spread."""
    return min(max(devices // DEVICES_PER_SLOT, 1), SLOTS)


class PhoneReports:
    """A position from every courier on shift, once each `interval_ms`."""

    def __init__(
        self, operation: Operation, plane: Plane, rng: np.random.Generator, interval_ms: int
    ) -> None:
        self._operation = operation
        self._plane = plane
        self._gps = Gps(rng, interval_ms)
        self._interval_ms = interval_ms
        count = slot_count(len(operation.fleet))
        slots = rng.integers(0, count, len(operation.fleet))
        start = operation.agenda.now_ms
        for slot in range(count):
            rows = np.flatnonzero(slots == slot)
            if rows.size:
                first = start + slot * interval_ms // count
                operation.agenda.at(first, partial(self._report, rows))

    def _report(self, slot_rows: Rows, ts: int) -> None:
        operation = self._operation
        operation.agenda.at(ts + self._interval_ms, partial(self._report, slot_rows))
        fleet, gps = operation.fleet, self._gps
        heard = (fleet.status[slot_rows] != OFF) & (fleet.silent_until_ms[slot_rows] <= ts)
        rows = slot_rows[heard]
        rows = rows[~gps.lost(rows.size)]
        if not rows.size:
            return
        moving = fleet.moving(rows, ts)
        x, y = fleet.at(rows, ts)
        lon, lat = self._plane.lonlat(*gps.blur(x, y, moving))
        silent, length_ms = gps.silences(rows.size)
        fleet.silent_until_ms[rows[silent]] = ts + length_ms
        columns = zip(
            rows.tolist(),
            lat.tolist(),
            lon.tolist(),
            fleet.status[rows].tolist(),
            gps.accuracy(rows.size).tolist(),
            fleet.speed_mps(rows, ts).tolist(),
            fleet.heading_deg[rows].tolist(),
            strict=True,
        )
        city, ids, networks, emit = operation.city, fleet.ids, fleet.networks, operation.emit
        for row, la, lo, status, accuracy, speed, heading in columns:
            network = networks[row]
            event = CourierPosition(
                city, ts, ids[row], la, lo, STATUSES[status], accuracy, speed, heading, network
            )
            emit("couriers", event, network)


class TabletReports:
    """A heartbeat from every venue in `rows`, once each `interval_ms`."""

    def __init__(self, operation: Operation, rows: Rows, interval_ms: int) -> None:
        self._operation = operation
        self._interval_ms = interval_ms
        start = operation.agenda.now_ms
        count = slot_count(rows.size)
        for slot in range(count):
            mine = rows[slot::count].tolist()
            if mine:
                first = start + slot * interval_ms // count
                operation.agenda.at(first, partial(self._beat, mine))

    def _beat(self, rows: list[int], ts: int) -> None:
        operation = self._operation
        operation.agenda.at(ts + self._interval_ms, partial(self._beat, rows))
        for row in rows:
            if row not in operation.now.dead_tablets:
                venue = operation.venues.all[row]
                event = VenueHeartbeat(operation.city, ts, venue.venue_id, venue.network)
                operation.emit("venues", event, venue.network)
