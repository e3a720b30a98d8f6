"""Who may be sent where, and which of these edges are worth a thought.

In a city where many ask for many and look far, most edges are never needed. `useful_of` names those
that are: it says who is nearest when rivals are counted. Numbers only; `matching.py` and
`assign.py` are the callers, and that nobody is lost by leaving edges out is `matching.py`'s care.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

# A courier is thought of for so many sinks, those that gain the most by him; for more where
# couriers are few, as long as there are no more than so many edges in all.
SINKS: Final = 8
EDGES: Final = 16_000
# A sink chooses from the nearest so many times what it asks, shared fairly with its rivals, and
# from no fewer than the least. Rivals have a courier among the nearest so many times what they ask.
# Decision 0006 has what these save and what they lose.
CHOICE: Final = 3
LEAST_CHOICE: Final = 60
FEW_COURIERS: Final = 500  # of up to so many it chooses from all


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Who may be sent where: `courier` to `sink` at a whole `cost` of at least 0.

    `group` is where the courier stands; `home`: the sink lies there too, so that he does not
    leave his group. A courier has one group; a pair occurs once.
    """

    sink: Ints
    courier: Ints
    cost: Ints
    group: Ints
    home: Mask

    def only(self, rows: Mask | Ints) -> "Edges":
        """Those that the mask or the row numbers name, in this order."""
        return Edges(
            self.sink[rows], self.courier[rows], self.cost[rows], self.group[rows], self.home[rows]
        )


def useful_of(edges: Edges, asked: Ints, may_give: Ints, choose: bool = True) -> Mask:
    """The edges that go to the best sinks of each courier; `edges` go by sink, then cost.

    Best is where the next one would cost the most more than he does. Which one is the next lies
    between two guesses: a sink has the nearest to itself, or shares them with all its rivals. With
    `choose` a sink's own edges are cut as well, to the nearest; not right where it may stay short.
    """
    useful = np.zeros(len(edges.sink), dtype=np.bool_)
    if not len(useful):
        return useful
    wants = asked[edges.sink]
    turn, shared = ahead_of(edges, asked, may_give)
    next_cost = np.zeros(len(asked), dtype=np.int64)
    for ahead in (turn, shared):
        cost = np.full(len(asked), edges.cost.max())
        beyond = ahead >= wants
        np.minimum.at(cost, edges.sink[beyond], edges.cost[beyond])
        next_cost += cost // 2
    couriers = int(np.count_nonzero(np.bincount(edges.courier)))
    near = (turn < LEAST_CHOICE) | (shared < CHOICE * wants)
    at = np.flatnonzero(near | (not choose) | (couriers <= FEW_COURIERS))
    courier, loss = edges.courier[at], edges.cost[at] - next_cost[edges.sink[at]]
    useful[at] = rank(courier, loss - loss.min()) < max(SINKS, EDGES // couriers)
    return useful


def ahead_of(edges: Edges, asked: Ints, may_give: Ints) -> tuple[Ints, Floats]:
    """What is nearer to its sink than each edge: how many edges, and how many couriers by shares.

    A courier is shared evenly by the sinks that have him among their nearest, and counts less
    where his group has more such couriers than it may give.
    """
    of_sink = np.bincount(edges.sink, minlength=len(asked))
    begin = (np.cumsum(of_sink) - of_sink)[edges.sink]
    turn = np.arange(len(edges.sink)) - begin
    wanted = turn < np.maximum(CHOICE * asked, LEAST_CHOICE // 2)[edges.sink]
    rivals = np.bincount(edges.courier[wanted], minlength=int(edges.courier.max(initial=-1)) + 1)
    group = np.zeros(len(rivals), dtype=np.int64)
    group[edges.courier] = edges.group
    of_group = np.bincount(group[rivals > 0], minlength=len(may_give))
    gives = np.minimum(may_give / np.maximum(of_group, 1), 1.0)
    share = gives[edges.group] / np.maximum(rivals, 1)[edges.courier]
    ahead = np.cumsum(share) - share
    return turn, ahead - ahead[begin]


def rank(key: Ints, by: Ints | None = None) -> Ints:
    """How many rows with the same key have a lower `by`, or the same and stand above.

    Neither is below 0, and `by` is told apart by its first 16 bits.
    """
    low = 0 if by is None else 16
    if by is not None:
        key = key << low | by >> max(int(by.max(initial=0)).bit_length() - low, 0)
    order, ordered = in_order(key)
    begins = np.flatnonzero(np.diff(ordered >> low, prepend=-1))
    ranks = np.empty(len(key), dtype=np.int64)
    ranks[order] = np.arange(len(key)) - np.repeat(begins, np.diff(begins, append=len(key)))
    return ranks


def in_order(key: Ints) -> tuple[Ints, Ints]:
    """The rows by their key, of equals the upper ones first; and the keys in this order.

    Key and row go into one number: to sort these is far quicker than to sort rows by their keys.
    """
    bits = len(key).bit_length()
    both = np.sort(key << bits | np.arange(len(key)))
    return both & (1 << bits) - 1, both >> bits
