"""Who is sent where when bounds are the same for all: the most that can be, at the least cost.

`match` counts with a flow how much can be filled and with whom, and finds the cheapest such choice
by matching. Numbers only. Who needs no leave of his group is `assign.py`'s, the only caller.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import (
    breadth_first_order,
    maximum_flow,
    min_weight_full_bipartite_matching,
)

from alerts.remedies.edges import Edges, in_order, rank, useful_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

# Where more than this are sent, costs are told apart only in so many steps of what the nearest
# cost on average: a search ends at the first of equals. Decision 0006 has what it saves and loses.
EXACT_SENT: Final = 1_000
STEPS: Final = 28


def match(edges: Edges, asked: Ints, may_give: Ints) -> Mask:
    """The edges to take: as many as possible, and of all such choices one of the least total cost.

    A courier is taken once at most, a sink gets at most `asked`, a group gives at most `may_give`,
    at home or not. `edges` go by sink, then cost, to sinks that ask for somebody; the same in the
    same order give the same answer.

    The number is the greatest there is. For the sake of time the cost may be a little more than
    the least: only useful edges are looked at, and past `EXACT_SENT` costs are told apart in
    `STEPS`.
    """
    taken = np.zeros(len(edges.sink), dtype=np.bool_)
    if not len(taken):
        return taken
    couriers = int(edges.courier.max()) + 1
    scarce = bool(asked.sum() > _given(edges, couriers, may_give))
    useful = useful_of(edges, asked, may_give, choose=not scarce)
    seen = useful
    while True:
        filled = _fill(edges.only(seen), couriers, asked, may_give)
        short, spent = filled.short[edges.sink], filled.spent(edges)
        missed = short & ~spent & ~seen
        if not missed.any():
            break
        seen = seen | np.isin(edges.sink, edges.sink[missed])

    # Who is spent goes to a sink that may stay short, however the most are filled: two problems,
    # in each of which other edges are useful.
    found = filled.sink_of[edges.courier] == edges.sink
    split = scarce or bool(short.any())
    for part, all_go in ((np.flatnonzero(short), True), (np.flatnonzero(~short & ~spent), False)):
        if len(part):
            if split and not (all_go and scarce):  # where couriers are scarce, that was so above
                useful[part] = useful_of(edges.only(part), asked, may_give, choose=not all_go)
            part = part[useful[part] | found[part]]
            left = may_give - np.bincount(edges.group[taken], minlength=len(may_give))
            taken[part] = _cheapest(edges.only(part), filled.sink_of, asked, left, all_go)
    return taken


def _given(edges: Edges, couriers: int, may_give: Ints) -> int:
    """How many could be sent if every sink were in everybody's reach."""
    group = np.full(couriers, -1)
    group[edges.courier] = edges.group
    of_group = np.bincount(group[group >= 0], minlength=len(may_give))
    return int(np.minimum(of_group, may_give).sum())


@dataclass(frozen=True, slots=True, eq=False)
class _Filled:
    """As many couriers sent as can be, whatever it costs, and what bounds their number.

    `short` are the sinks that could stay short even then, by changing who goes where; `couriers`
    and `groups` all that these can have: every choice of the most uses them up for such sinks.
    """

    sink_of: Ints
    short: Mask
    couriers: Mask
    groups: Mask

    def spent(self, edges: Edges) -> Mask:
        """Edges whose courier, or the last of whose group, goes to a sink that may stay short."""
        return self.couriers[edges.courier] | self.groups[edges.group]


def _fill(edges: Edges, couriers: int, asked: Ints, may_give: Ints) -> _Filled:
    """A maximum flow from a source through sinks, couriers and groups to a drain."""
    sinks, groups = len(asked), len(may_give)
    group = np.full(couriers, -1)
    group[edges.courier] = edges.group
    here = np.flatnonzero(group >= 0)
    group_0 = sinks + couriers
    source, drain = group_0 + groups, group_0 + groups + 1

    tail = (np.full(sinks, source), edges.sink, sinks + here, group_0 + np.arange(groups))
    head = (
        np.arange(sinks),
        sinks + edges.courier,
        group_0 + group[here],
        np.full(groups, drain),
    )
    most = (asked, np.ones(len(edges.sink) + len(here), dtype=np.int64), may_give)
    capacity = csr_array(
        (np.concatenate(most).astype(np.int32), (np.concatenate(tail), np.concatenate(head))),
        (drain + 1, drain + 1),
    )
    flow = maximum_flow(capacity, source, drain).flow
    rest = capacity - flow
    rest.eliminate_zeros()
    reached = np.zeros(drain + 1, dtype=np.bool_)
    reached[breadth_first_order(rest, source, return_predecessors=False)] = True

    arcs = flow[:sinks, sinks:group_0].tocoo()
    wanted = np.zeros(couriers, dtype=np.bool_)
    wanted[edges.courier[reached[edges.sink]]] = True
    sink_of = np.full(couriers, -1)
    sink_of[arcs.col[arcs.data > 0]] = arcs.row[arcs.data > 0]
    return _Filled(
        sink_of,
        reached[:sinks],
        wanted,
        reached[group_0:source],
    )


def _cheapest(edges: Edges, sink_of: Ints, asked: Ints, may_give: Ints, all_go: bool) -> Mask:
    """Of all choices that take as many as `sink_of`, one of the least total cost: a matching.

    Seats are the slots of the sinks and, of every group with more couriers here than it may give,
    slots to stay for the others. Either every seat is to be filled or, with `all_go`, every courier
    to be seated: who is fewer are the rows. Costs are whole and below 2**53 in sum, exact as
    floats. One is added, since scipy reads 0 as no edge; with `all_go` as much more to a sink's as
    no exchange of couriers can save, so that all stay who have to.

    The matching begins by looking for any full one, which can take seconds where there are few.
    `sink_of` is one: each row names first the column that it has there.
    """
    number = np.cumsum(np.bincount(edges.courier) > 0) - 1
    courier, couriers = number[edges.courier], int(number[-1]) + 1
    group = np.empty(couriers, dtype=np.int64)
    group[courier] = edges.group
    by_group, of_whom = in_order(group)

    # Whom a seat could have: of each sink its edges, of each group its couriers.
    of_sink = np.bincount(edges.sink, minlength=len(asked))
    of_group = np.bincount(group, minlength=len(may_give))
    slots, stays = np.minimum(asked, of_sink), np.maximum(of_group - may_give, 0)
    total, seats = int(slots.sum()), int(slots.sum() + stays.sum())
    filled = sink_of[edges.courier] == edges.sink
    cost = edges.cost
    many = np.count_nonzero(filled) > EXACT_SENT
    if many:
        nearest = rank(edges.sink) < asked[edges.sink]
        cost = cost // max(int(cost[nearest].mean()) // STEPS, 1)
    dear = (float(cost.max()) + 1) * seats if all_go else 0.0
    costs = np.append(cost + (1 + dear), np.ones(couriers))
    couriers_of, copies = np.append(courier, by_group), np.append(slots, stays)
    if all_go:
        owners = np.append(edges.sink, len(asked) + of_whom)
        graph = _spread(costs, owners, copies, couriers_of, shared=not many)
    else:
        graph = _copied(costs, couriers_of, np.append(of_sink, of_group), copies)

    had = np.full(couriers, -1)
    free = np.ones(couriers, dtype=np.bool_)
    free[courier[filled]] = False
    had[courier[filled]] = _places(slots, edges.sink[filled], 0)
    had[free] = _places(stays, group[free], total)
    begun = had if all_go else np.argsort(had)[-seats:]
    at = np.flatnonzero(graph.indices == np.repeat(begun, np.diff(graph.indptr)))
    for array in (graph.indices, graph.data):
        array[at], array[graph.indptr[:-1]] = array[graph.indptr[:-1]], array[at]
    row, column = min_weight_full_bipartite_matching(graph)

    who, seat = (row, column) if all_go else (column, row)
    goes = np.full(couriers, -1)
    goes[who[seat < total]] = np.repeat(np.arange(len(slots)), slots)[seat[seat < total]]
    taken: Mask = goes[courier] == edges.sink
    return taken


def _copied(data: Floats, columns: Ints, size: Ints, copies: Ints) -> csr_array:
    """A matrix of so many `copies` of each row; the rows stand in `data` one after the other."""
    row = np.repeat(np.arange(len(size)), copies)
    end = np.cumsum(size[row])
    begin = (np.cumsum(size) - size)[row] - (end - size[row])
    pick = np.arange(end[-1]) + np.repeat(begin, size[row])
    return _matrix(data[pick], columns[pick], np.append(0, end), int(columns.max()) + 1)


def _spread(data: Floats, owner: Ints, copies: Ints, rows: Ints, shared: bool) -> csr_array:
    """The same transposed: what a row has in an owner's column stands in all copies of this.

    `shared`: of choices that cost the same the one that shares most evenly among owners, for each
    further copy costs a little more, together less than the smallest difference.
    """
    order, row = in_order(rows)
    size = copies[owner[order]]
    end = np.cumsum(size)
    begin = (np.cumsum(copies) - copies)[owner[order]] - (end - size)
    turn = np.arange(end[-1]) - np.repeat(end - size, size)
    column = turn + np.repeat(begin + end - size, size)
    ends = np.append(0, end)[np.append(0, np.cumsum(np.bincount(row)))]
    spread = np.repeat(data[order], size)
    if shared:
        spread = spread * (1 + int((copies * (copies - 1) // 2).sum())) + turn
    return _matrix(spread, column, ends, int(copies.sum()))


def _matrix(data: Floats, column: Ints, ends: Ints, columns: int) -> csr_array:
    return csr_array(
        (data, column.astype(np.int32), ends.astype(np.int32)), (len(ends) - 1, columns)
    )


def _places(slots: Ints, owner: Ints, begin: int) -> Ints:
    """The members of each owner in its slots, numbered from `begin`; -1 past the owner's last."""
    turn = rank(owner)
    place = begin + (np.cumsum(slots) - slots)[owner] + turn
    return np.where(turn < slots[owner], place, -1)
