"""The two questions of planning that scipy answers: who is near, and who goes where.

`within` finds the couriers in reach of places, `assign` gives them out at the least total cost
without taking more of a group than it may lose. Numbers only: who may be asked and what is short
is `push.py`'s, the only caller.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from alerts.remedies.edges import Edges, rank
from alerts.remedies.matching import match

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

# Mean earth radius R1 of GRS 80: H. Moritz, "Geodetic Reference System 1980", Journal of Geodesy
# 74 (2000), 128-133: 6,371,008.7714 m.
EARTH_RADIUS_M: Final = 6_371_008.8
DIAMETER_M: Final = 2 * EARTH_RADIUS_M


def within(
    lon: Floats, lat: Floats, place_lon: Floats, place_lat: Floats, radius_m: Floats
) -> tuple[Ints, Ints, Floats]:
    """Every place with every point at most its `radius_m` away, in no set order: 3 columns.

    All coordinates are finite degrees. The tree holds points on the sphere, where the straight
    chord c belongs to an arc of 2R asin(c / 2R): exact everywhere, poles and date line too.
    """
    none = np.empty(0, dtype=np.int64)
    found_place, found_point, found_m = [none], [none], [np.empty(0)]
    if len(lon):
        # So much is looked for that a tree is quicker made with large leaves and unbalanced.
        points = _on_sphere(lon, lat)
        tree = cKDTree(points, leafsize=32, balanced_tree=False, compact_nodes=False)
        # Places with the same radius (all that are in the same round) are sought together.
        for radius in np.unique(radius_m).tolist():
            at = np.flatnonzero(radius_m == radius)
            places = cKDTree(_on_sphere(place_lon[at], place_lat[at]))
            # A metre more than the chord, so that rounding loses nobody; the arc decides.
            chord = DIAMETER_M * math.sin(min(radius / DIAMETER_M, math.pi / 2)) + 1
            found = tree.sparse_distance_matrix(places, chord, output_type="ndarray")
            metres = DIAMETER_M * np.arcsin(np.minimum(found["v"] / DIAMETER_M, 1.0))
            near = np.flatnonzero(metres <= radius)
            found_place.append(at[found["j"][near]])
            found_point.append(found["i"][near])
            found_m.append(metres[near])
    return np.concatenate(found_place), np.concatenate(found_point), np.concatenate(found_m)


def _on_sphere(lon: Floats, lat: Floats) -> Floats:
    """Points in degrees as metres from the centre of the earth, three columns."""
    turn, rise = np.radians(lon), np.radians(lat)
    flat = EARTH_RADIUS_M * np.cos(rise)
    return np.column_stack(
        (flat * np.cos(turn), flat * np.sin(turn), EARTH_RADIUS_M * np.sin(rise))
    )


def assign(edges: Edges, asked: Ints, may_leave: Ints) -> Mask:
    """The edges to take: as many as possible, and of all such choices one of the least total cost.

    A courier is taken once at most, a sink gets at most `asked`, and of a group at most `may_leave`
    go to sinks that lie elsewhere. The same edges give the same answer in any order.

    The number is the greatest and the cost the least or a little more, see `match`; where sinks
    have home edges neither is certain, see `_held`.
    """
    taken = np.zeros(len(edges.sink), dtype=np.bool_)
    at = np.flatnonzero((edges.home | (may_leave[edges.group] > 0)) & (asked[edges.sink] > 0))
    if not len(at):
        return taken
    # By sink, then cost, then courier: numbers below 2**63, for all that a city can hold.
    dearest, last = int(edges.cost[at].max()), int(edges.courier[at].max())
    worth = edges.sink[at] * (dearest + 1) + edges.cost[at]
    at = at[np.argsort(worth * (last + 1) + edges.courier[at])]

    # Who serves at home needs no leave: a group may give so many more as the sinks in it ask.
    homes = edges.only(np.flatnonzero(edges.home))
    sink_at_home, row = np.unique(homes.sink, return_index=True)
    may_give = may_leave.copy()
    np.add.at(may_give, homes.group[row], asked[sink_at_home])
    may_give = np.minimum(may_give, asked.sum())

    # Of a group no more than `may_give` are taken. So where somebody is taken who is not among the
    # group's so many nearest to the sink, one of these is free and would do at no greater cost.
    group = edges.group[at]
    at = at[rank(edges.sink[at] * len(may_leave) + group) < may_give[group]]
    taken[at] = _held(edges.only(at), asked, may_leave, may_give)
    return taken


def _held(edges: Edges, asked: Ints, may_leave: Ints, may_give: Ints) -> Mask:
    """The edges to take so that no more than `may_leave` leave a group.

    Who stays at home needs no leave, which a matching cannot say: each group may first give
    `may_give`, its leave and as many more as the sinks in it ask. That is the best answer unless
    too many then leave somewhere. If so, those who serve at home are settled first, as found, and
    the others are given out anew. Where that costs a slot, it is tried once more with as many at
    home as can be in the groups that gave too many, and the better of the two is taken. Every
    bound holds, and what is lost to the best answer is small (decision 0006 has figures; a program
    in whole numbers would find it, in seconds).
    """
    found = match(edges, asked, may_give)
    left = np.bincount(edges.group[found & ~edges.home], minlength=len(may_leave))
    robbed = left > may_leave
    if not robbed.any():
        return found

    def matched(mask: Mask, still: Ints, gives: Ints) -> Mask:
        taken = np.zeros(len(mask), dtype=np.bool_)
        mask = mask & (still[edges.sink] > 0)
        taken[mask] = match(edges.only(mask), still, gives)
        return taken

    def around(settled: Mask) -> Mask:
        taken = settled.copy()
        for side, gives in ((~edges.home, may_leave), (edges.home, may_give)):
            still = asked - np.bincount(edges.sink[taken], minlength=len(asked))
            free = ~np.isin(edges.courier, edges.courier[taken])
            taken |= matched(side & free, still, gives)
        return taken

    answer = around(found & edges.home)
    if answer.sum() == found.sum():
        return answer
    at_home = matched(edges.home & robbed[edges.group], asked, may_give)
    answers = answer, around(at_home)
    return min(answers, key=lambda taken: (-int(taken.sum()), int(edges.cost[taken].sum())))
