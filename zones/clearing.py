"""Time to clear (contract, section 3): the courier minutes still to be worked on open orders.

Pure functions over columns, worked out for whole cities at a time when somebody looks; nothing is
judged by it. The formulas it is made of stand in `metrics.py`.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from zones.metrics import Floats, Pace, distance_m, travel_min

STEP_ORDERS: Final = 25_000  # worked out in one go: some milliseconds

# What of an order is still to be done.
WAITING: Final = 0  # no courier: approach, pick-up, ride, drop-off
ASSIGNED: Final = 1  # a courier is under way to the venue or stands there: the same
PICKED_UP: Final = 2  # a courier carries it: what is left of the ride, drop-off


@dataclass(frozen=True, slots=True, eq=False)
class OpenOrders:
    """Open orders as columns of equal length; `zone` is the venue's, -1 for none."""

    zone: NDArray[np.int32]
    leg: NDArray[np.int8]
    venue_lon: Floats
    venue_lat: Floats
    dropoff_lon: Floats
    dropoff_lat: Floats
    courier_lon: Floats
    courier_lat: Floats


class Clearing:
    """Time to clear of every zone of a large city, worked out step by step, as of its beginning.

    Each `advance` takes `step` orders, milliseconds' worth; `minutes` is None until all are taken.
    What comes out is `clear_min` of the very same columns.
    """

    def __init__(
        self,
        orders: OpenOrders,
        idle_lon: Floats,
        idle_lat: Floats,
        on_shift: NDArray[np.int64],
        pace: Pace,
        step: int = STEP_ORDERS,
    ) -> None:
        """The columns are kept, not copied: nobody may change them."""
        self._step = step
        self._orders, self._on_shift, self._pace = orders, on_shift, pace
        self._idle = Nearest(idle_lon, idle_lat)
        self._legs = Legs(len(orders.zone))
        self._taken = 0
        self.minutes: Floats | None = None

    def advance(self) -> None:
        """Take the next orders; with the last ones come the sums."""
        end = self._taken + self._step
        self._legs.fill(self._orders, slice(self._taken, end), self._idle, self._pace)
        self._taken = end
        if end >= len(self._orders.zone):
            slots = len(self._on_shift)
            remaining = self._legs.remaining(self._orders, slots - 1, self._pace)
            total = np.bincount(self._orders.zone % slots, weights=remaining, minlength=slots)
            self.minutes = total / np.maximum(self._on_shift, 1)

    def finish(self) -> Floats:
        """All that is left of it, at once."""
        while self.minutes is None:
            self.advance()
        return self.minutes


def clear_min(
    orders: OpenOrders,
    idle_lon: Floats,
    idle_lat: Floats,
    on_shift: NDArray[np.int64],
    pace: Pace,
) -> Floats:
    """Time to clear each zone in minutes: what its open orders still need / max(on_shift, 1).

    `on_shift` has one slot more than there are zones, for "in no zone" (as in `Balance`), and so
    has the answer. A zone without open orders is clear in 0 minutes.
    """
    return Clearing(orders, idle_lon, idle_lat, on_shift, pace).finish()


def remaining_min(
    orders: OpenOrders, idle_lon: Floats, idle_lat: Floats, zone_count: int, pace: Pace
) -> Floats:
    """The courier minutes each open order still needs; always finite.

    Waiting and assigned orders need approach + pick-up + ride + drop-off, picked-up ones the rest
    of the ride + drop-off. The approach starts where the courier is now, so that it is about 0 for
    one who stands at the venue; his pick-up still counts whole, for no event says how much of it
    is over. A waiting order is approached from the nearest idle courier, whom several may share.

    Where a place is unknown, the mean of the same leg stands in: over the zone's orders whose leg
    is known, else over the city's, else 0. The mean approach is that of assigned orders alone. A
    carried order without a known courier counts as the zone's mean rest of a ride, else its own
    whole ride.
    """
    legs = Legs(len(orders.zone))
    legs.fill(orders, slice(0, None), Nearest(idle_lon, idle_lat), pace)
    return legs.remaining(orders, zone_count, pace)


class Legs:
    """What is left of each order's ways, in minutes; NaN where not known, or not to be gone.

    `approach` is from the courier to the venue, `ride` from there to the client, `rest` what one
    who carries the order has still to go.
    """

    def __init__(self, count: int) -> None:
        self.approach, self.ride, self.rest = (np.full(count, np.nan) for _ in range(3))

    def fill(self, orders: OpenOrders, some: slice, idle: "Nearest", pace: Pace) -> None:
        """Work out the legs of some of the orders; means are not made yet."""
        leg = orders.leg[some]
        venue_lon, venue_lat = orders.venue_lon[some], orders.venue_lat[some]
        dropoff_lon, dropoff_lat = orders.dropoff_lon[some], orders.dropoff_lat[some]
        courier_lon, courier_lat = orders.courier_lon[some], orders.courier_lat[some]

        def minutes(metres: Floats) -> Floats:
            return travel_min(metres, pace.detour, pace.speed_kmh)

        at = np.flatnonzero(leg == ASSIGNED)
        self.approach[some][at] = minutes(
            distance_m(courier_lon[at], courier_lat[at], venue_lon[at], venue_lat[at])
        )
        at = np.flatnonzero(leg == WAITING)
        self.approach[some][at] = minutes(idle.metres(venue_lon[at], venue_lat[at]))
        self.ride[some] = minutes(distance_m(venue_lon, venue_lat, dropoff_lon, dropoff_lat))
        at = np.flatnonzero(leg == PICKED_UP)
        self.rest[some][at] = minutes(
            distance_m(courier_lon[at], courier_lat[at], dropoff_lon[at], dropoff_lat[at])
        )

    def remaining(self, orders: OpenOrders, zone_count: int, pace: Pace) -> Floats:
        """`remaining_min`, once all are filled: means stand in for what is not known."""
        slots = zone_count + 1
        slot = orders.zone % slots
        carried = orders.leg == PICKED_UP
        lacking = np.isnan(self.approach) & ~carried
        if lacking.any():
            usual = _mean_leg(self.approach, orders.leg == ASSIGNED, slot, slots, lacking)
            self.approach[lacking] = np.nan_to_num(usual)
        lacking = np.isnan(self.ride)
        if lacking.any():
            usual = _mean_leg(self.ride, ~lacking, slot, slots, lacking)
            self.ride[lacking] = np.nan_to_num(usual)
        lacking = np.isnan(self.rest) & carried
        if lacking.any():
            usual = _mean_leg(self.rest, carried, slot, slots, lacking)
            self.rest[lacking] = np.where(np.isnan(usual), self.ride[lacking], usual)
        whole = self.approach + pace.pickup_min + self.ride
        return np.where(carried, self.rest, whole) + pace.dropoff_min


class Nearest:
    """Points among which the nearest is asked for; unknown ones are left out.

    The nearest is sought in an equirectangular projection about their mean latitude: within a city
    it errs only between candidates that are equally far to a small part of a percent. A city across
    the antimeridian is not catered for.
    """

    def __init__(self, lon: Floats, lat: Floats) -> None:
        known = np.isfinite(lon) & np.isfinite(lat)
        self._lon, self._lat = lon[known], lat[known]
        self._tree: cKDTree | None = None
        self._shrink = 1.0
        if known.any():
            self._shrink = float(np.cos(np.radians(self._lat.mean())))
            self._tree = cKDTree(np.column_stack((self._lon * self._shrink, self._lat)))

    def metres(self, lon: Floats, lat: Floats) -> Floats:
        """Metres from each point to the nearest; NaN for unknown points, or where there is none."""
        metres = np.full(len(lon), np.nan)
        asked = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
        if not len(asked) or self._tree is None:
            return metres
        _, nearest = self._tree.query(np.column_stack((lon[asked] * self._shrink, lat[asked])))
        metres[asked] = distance_m(lon[asked], lat[asked], self._lon[nearest], self._lat[nearest])
        return metres


def nearest_m(lon: Floats, lat: Floats, from_lon: Floats, from_lat: Floats) -> Floats:
    """Metres from each point to the nearest of the others; NaN for unknown points or no others."""
    return Nearest(from_lon, from_lat).metres(lon, lat)


def _mean_leg(
    minutes: Floats,
    mask: NDArray[np.bool_],
    slot: NDArray[np.int32],
    slots: int,
    lacking: NDArray[np.bool_],
) -> Floats:
    """For each lacking order the mean known leg of its zone's masked ones, else the city's, else
    NaN."""
    known = np.flatnonzero(mask & np.isfinite(minutes))
    if not len(known):
        return np.full(int(np.count_nonzero(lacking)), np.nan)
    legs, at = minutes[known], slot[known]
    total = np.bincount(at, weights=legs, minlength=slots)
    count = np.bincount(at, minlength=slots)
    mean = np.full(slots, legs.mean())
    np.divide(total, count, out=mean, where=count > 0)
    return mean[slot[lacking]]
