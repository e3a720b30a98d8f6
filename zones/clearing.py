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
    slots = len(on_shift)
    remaining = remaining_min(orders, idle_lon, idle_lat, slots - 1, pace)
    total = np.bincount(orders.zone % slots, weights=remaining, minlength=slots)
    return total / np.maximum(on_shift, 1)


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
    slots = zone_count + 1
    slot = orders.zone % slots
    waiting, carried = orders.leg == WAITING, orders.leg == PICKED_UP
    to_venue = travel_min(
        distance_m(orders.courier_lon, orders.courier_lat, orders.venue_lon, orders.venue_lat),
        pace.detour,
        pace.speed_kmh,
    )
    usual_approach = _mean_leg(to_venue, orders.leg == ASSIGNED, slot, slots)
    to_venue[waiting] = travel_min(
        nearest_m(orders.venue_lon[waiting], orders.venue_lat[waiting], idle_lon, idle_lat),
        pace.detour,
        pace.speed_kmh,
    )
    approach = np.where(np.isnan(to_venue), np.nan_to_num(usual_approach), to_venue)

    whole_ride = travel_min(
        distance_m(orders.venue_lon, orders.venue_lat, orders.dropoff_lon, orders.dropoff_lat),
        pace.detour,
        pace.speed_kmh,
    )
    usual_ride = _mean_leg(whole_ride, np.ones(len(slot), dtype=np.bool_), slot, slots)
    ride = np.where(np.isnan(whole_ride), np.nan_to_num(usual_ride), whole_ride)

    rest = travel_min(
        distance_m(orders.courier_lon, orders.courier_lat, orders.dropoff_lon, orders.dropoff_lat),
        pace.detour,
        pace.speed_kmh,
    )
    usual_rest = _mean_leg(rest, carried, slot, slots)
    rest = np.where(np.isnan(rest), np.where(np.isnan(usual_rest), ride, usual_rest), rest)
    return np.where(carried, rest, approach + pace.pickup_min + ride) + pace.dropoff_min


def nearest_m(lon: Floats, lat: Floats, from_lon: Floats, from_lat: Floats) -> Floats:
    """Metres from each point to the nearest of the others; NaN for unknown points or no others.

    The nearest is sought in an equirectangular projection about the others' mean latitude: within
    a city it errs only between candidates that are equally far to a small part of a percent. A
    city across the antimeridian is not catered for.
    """
    metres = np.full(len(lon), np.nan)
    asked = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    known = np.isfinite(from_lon) & np.isfinite(from_lat)
    if not len(asked) or not known.any():
        return metres
    from_lon, from_lat = from_lon[known], from_lat[known]
    shrink = float(np.cos(np.radians(from_lat.mean())))
    tree = cKDTree(np.column_stack((from_lon * shrink, from_lat)))
    _, nearest = tree.query(np.column_stack((lon[asked] * shrink, lat[asked])))
    metres[asked] = distance_m(lon[asked], lat[asked], from_lon[nearest], from_lat[nearest])
    return metres


def _mean_leg(
    minutes: Floats, mask: NDArray[np.bool_], slot: NDArray[np.int32], slots: int
) -> Floats:
    """For each order the mean known leg of its zone's masked orders, else the city's, else NaN."""
    known = mask & np.isfinite(minutes)
    if not known.any():
        return np.full(len(minutes), np.nan)
    total = np.bincount(slot[known], weights=minutes[known], minlength=slots)
    count = np.bincount(slot[known], minlength=slots)
    mean = np.full(slots, minutes[known].mean())
    np.divide(total, count, out=mean, where=count > 0)
    return mean[slot]
