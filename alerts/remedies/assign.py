"""The two questions of planning that scipy answers: who is near, and who goes where.

`within` finds the couriers in reach of places, `assign` gives them out at the least total cost
without taking more of a group than it may lose. Numbers only: who may be asked and what is short
is `push.py`'s, the only caller.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import min_weight_full_bipartite_matching
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

# Mean earth radius R1 of GRS 80: H. Moritz, "Geodetic Reference System 1980", Journal of Geodesy
# 74 (2000), 128-133: 6,371,008.7714 m.
EARTH_RADIUS_M: Final = 6_371_008.8
DIAMETER_M: Final = 2 * EARTH_RADIUS_M
# A sink chooses among the nearest so many times what it asks, unless that leaves a slot open.
CHOICE: Final = 5


def within(
    lon: Floats, lat: Floats, place_lon: Floats, place_lat: Floats, radius_m: Floats
) -> tuple[Ints, Ints, Floats]:
    """Every place with every point at most its `radius_m` away, by place, then point: 3 columns.

    All coordinates are finite degrees. The tree holds points on the sphere, where the straight
    chord c belongs to an arc of 2R asin(c / 2R): exact everywhere, poles and date line too.
    """
    found_place, found_point, found_m = [], [], []
    if len(lon):
        tree = cKDTree(_on_sphere(lon, lat))
        # Places with the same radius (all that are in the same round) are sought together.
        for radius in np.unique(radius_m).tolist():
            at = np.flatnonzero(radius_m == radius)
            places = cKDTree(_on_sphere(place_lon[at], place_lat[at]))
            # A metre more than the chord, so that rounding loses nobody; the arc decides.
            chord = DIAMETER_M * math.sin(min(radius / DIAMETER_M, math.pi / 2)) + 1
            found = tree.sparse_distance_matrix(places, chord, output_type="ndarray")
            metres = DIAMETER_M * np.arcsin(np.minimum(found["v"] / DIAMETER_M, 1.0))
            near = metres <= radius
            found_place.append(at[found["j"][near]])
            found_point.append(found["i"][near])
            found_m.append(metres[near])
    if not found_m:
        none = np.empty(0, dtype=np.int64)
        return none, none, np.empty(0)
    place, point = np.concatenate(found_place), np.concatenate(found_point)
    order = np.argsort(place * len(lon) + point)
    return place[order], point[order], np.concatenate(found_m)[order]


def _on_sphere(lon: Floats, lat: Floats) -> Floats:
    """Points in degrees as metres from the centre of the earth, three columns."""
    turn, rise = np.radians(lon), np.radians(lat)
    flat = EARTH_RADIUS_M * np.cos(rise)
    return np.column_stack(
        (flat * np.cos(turn), flat * np.sin(turn), EARTH_RADIUS_M * np.sin(rise))
    )


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Who may be sent where: `courier` to `sink` at a whole `cost` of at least 0.

    `group` is where the courier stands; `home`: the sink lies there too, so that he does not
    leave his group. A courier has one group; a pair occurs once; rows go by sink, then courier.
    """

    sink: Ints
    courier: Ints
    cost: Ints
    group: Ints
    home: Mask

    def only(self, mask: Mask) -> "Edges":
        """Those that the mask names."""
        return Edges(
            self.sink[mask], self.courier[mask], self.cost[mask], self.group[mask], self.home[mask]
        )


def assign(edges: Edges, asked: Ints, may_leave: Ints) -> Mask:
    """The edges to take: as many as possible, and of all such choices one of the least total cost.

    A courier is taken once at most, a sink gets at most `asked`, and of a group at most `may_leave`
    go to sinks that lie elsewhere. The same edges in the same order give the same answer.

    For the sake of time two things limit that. A sink chooses among the nearest `CHOICE` times
    `asked` couriers while all sinks get what they ask so: the number is the greatest even then.
    And where sinks have home edges, see `_held`.
    """
    home = np.unique(np.column_stack((edges.sink, edges.group))[edges.home], axis=0)
    may_give = may_leave.copy()
    np.add.at(may_give, home[:, 1], asked[home[:, 0]])
    may_give = np.minimum(may_give, asked.sum())

    # Of a group no more than `may_give` are taken. So where somebody is taken who is not among the
    # group's so many nearest to the sink, one of these is free and would do at no greater cost.
    allowed = edges.home | (may_leave[edges.group] > 0)
    pair = edges.sink * len(may_leave) + edges.group
    useful = _nearest(edges, allowed, pair, may_give[edges.group])
    near = _nearest(edges, useful, edges.sink, CHOICE * asked[edges.sink])
    taken = _held(edges, near, asked, may_leave, may_give)
    if near.sum() < useful.sum():
        most = np.minimum(asked, np.bincount(edges.sink[useful], minlength=len(asked)))
        if taken.sum() < most.sum():
            taken = _held(edges, useful, asked, may_leave, may_give)
    return taken


def _nearest(edges: Edges, mask: Mask, key: Ints, most: Ints) -> Mask:
    """Of the masked edges with the same key, the `most` cheapest; the lower courier where equal."""
    at = np.flatnonzero(mask)
    dearest = int(edges.cost.max(initial=0))
    at = at[np.argsort(key[at] * (dearest + 1) + edges.cost[at], kind="stable")]
    turn = np.arange(len(at))
    begins = np.append(True, key[at][1:] != key[at][:-1])[: len(at)]
    rank = turn - np.maximum.accumulate(np.where(begins, turn, 0))
    kept = np.zeros(len(mask), dtype=np.bool_)
    kept[at[rank < most[at]]] = True
    return kept


def _held(edges: Edges, allowed: Mask, asked: Ints, may_leave: Ints, may_give: Ints) -> Mask:
    """The allowed edges to take so that no more than `may_leave` leave a group.

    Who stays at home needs no leave, which a matching cannot say: each group may first give
    `may_give`, its leave and as many more as the sinks in it ask. That is the best answer unless
    too many then leave somewhere. If so, those who serve at home are settled first, once as found
    and once as many as can in the groups that gave too many; the others are given out anew, and
    the better of the two is taken. Every bound holds, and what is lost to the best answer is small
    (decision 0006 has figures; a program in whole numbers would find it, in seconds).
    """
    found = _match(edges, allowed, asked, may_give)
    left = np.bincount(edges.group[found & ~edges.home], minlength=len(may_leave))
    robbed = left > may_leave
    if not robbed.any():
        return found

    def around(settled: Mask) -> Mask:
        taken = settled.copy()
        for side, gives in ((~edges.home, may_leave), (edges.home, may_give)):
            still = asked - np.bincount(edges.sink[taken], minlength=len(asked))
            free = ~np.isin(edges.courier, edges.courier[taken])
            taken |= _match(edges, allowed & side & free, still, gives)
        return taken

    at_home = allowed & edges.home & robbed[edges.group]
    answers = (
        around(found & edges.home),
        around(_match(edges, at_home, asked, may_give)),
    )
    return min(answers, key=lambda taken: (-int(taken.sum()), int(edges.cost[taken].sum())))


def _match(edges: Edges, allowed: Mask, asked: Ints, may_give: Ints) -> Mask:
    """The allowed edges to take, with `may_give` for all edges of a group alike: a matching.

    Rows are the slots of the sinks and, of every group with more couriers here than it may give,
    slots to stay for the others. Columns are the couriers and, for each sink's slot, a nobody, who
    costs more than any exchange of couriers can save. So every row finds a column. Costs are whole
    and below 2**53 in sum, exact as floats; one is added, since scipy reads 0 as no edge.
    """
    taken = np.zeros(len(edges.sink), dtype=np.bool_)
    used = np.flatnonzero(allowed & (asked[edges.sink] > 0))
    if not len(used):
        return taken
    sink, cost = edges.sink[used], edges.cost[used]
    _, first, courier = np.unique(edges.courier[used], return_index=True, return_inverse=True)
    group = edges.group[used][first]
    couriers = len(first)

    slots = np.minimum(asked, np.bincount(sink, minlength=len(asked)))
    slot_row, slot_edge = _repeat(slots, sink)
    total = int(slots.sum())
    stays = np.maximum(np.bincount(group, minlength=len(may_give)) - may_give, 0)
    stay_row, stay_courier = _repeat(stays, group)
    nobody = np.arange(total)
    dear = (float(cost.max()) + 1) * (total + 1)

    rows = np.concatenate((slot_row, nobody, total + stay_row))
    columns = np.concatenate((courier[slot_edge], couriers + nobody, stay_courier))
    costs = np.concatenate((cost[slot_edge], np.full(total, dear), np.zeros(len(stay_row)))) + 1
    shape = (total + int(stays.sum()), couriers + total)
    row, column = min_weight_full_bipartite_matching(csr_array((costs, (rows, columns)), shape))

    sent = (row < total) & (column < couriers)
    sink_of_row = np.repeat(np.arange(len(slots)), slots)
    pairs = sink_of_row[row[sent]] * couriers + column[sent]
    taken[used] = np.isin(sink * couriers + courier, pairs)
    return taken


def _repeat(slots: Ints, owner: Ints) -> tuple[Ints, Ints]:
    """Each of the members once for every slot of its owner: (slot, member) columns.

    Slots are numbered through all owners; `owner` names that of each member.
    """
    times = slots[owner]
    member = np.repeat(np.arange(len(owner)), times)
    turn = np.arange(len(member)) - np.repeat(np.cumsum(times) - times, times)
    return (np.cumsum(slots) - slots)[owner[member]] + turn, member
