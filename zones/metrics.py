"""Formulas of the zone figures (contract, section 3): distance, ratio, travel time, time to clear.

Pure functions over columns; counting is `balance.py`'s, thresholds are the rules'. Distances are
great circles, times are minutes. An unknown place is NaN in both its columns.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]

# Mean earth radius R1 of GRS 80: H. Moritz, "Geodetic Reference System 1980", Journal of Geodesy
# 74 (2000), 128-133: 6,371,008.7714 m.
EARTH_RADIUS_M: Final = 6_371_008.8

# What of an order is still to be done.
WAITING: Final = 0  # no courier: approach, pick-up, ride, drop-off
ASSIGNED: Final = 1  # a courier is under way to the venue or stands there: the same
PICKED_UP: Final = 2  # a courier carries it: what is left of the ride, drop-off


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a city's couriers work: straight lines times `detour` at `speed_kmh`."""

    detour: float = 1.3
    speed_kmh: float = 18.0
    pickup_min: float = 4.0
    dropoff_min: float = 4.0


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


def distance_m(lon1: Floats, lat1: Floats, lon2: Floats, lat2: Floats) -> Floats:
    """Great-circle distance in metres between points in degrees; NaN where a point is unknown.

    The haversine formula (R. W. Sinnott, "Virtues of the Haversine", Sky and Telescope 68 (1984),
    159), exact for near points too.
    """
    phi1, phi2 = np.radians(lat1), np.radians(lat2)
    half_rise = np.sin((phi2 - phi1) / 2)
    half_turn = np.sin(np.radians(lon2 - lon1) / 2)
    haversine = half_rise**2 + np.cos(phi1) * np.cos(phi2) * half_turn**2
    metres: Floats = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(haversine, 1.0)))
    return metres


def ratio(open_count: NDArray[np.int64], on_shift: NDArray[np.int64]) -> Floats:
    """Open orders for each courier on shift; a zone without couriers counts as if it had one."""
    return open_count / np.maximum(on_shift, 1)


def travel_min(metres: Floats, detour: float, speed_kmh: float) -> Floats:
    """Minutes for a straight line of so many metres, by a way `detour` times as long."""
    return metres * (detour * 60 / (speed_kmh * 1000))


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
