"""Which edges are worth a thought when a city plans its pushes."""

import numpy as np

from alerts.remedies.edges import (
    CHOICE,
    EDGES,
    LEAST_CHOICE,
    SINKS,
    Edges,
    ahead_of,
    rank,
    useful_of,
)
from tests.support.push_scenes import Ints


def edges_of(cost: Ints) -> Edges:
    """From every courier to every sink, at the cost that stands in the sink's row."""
    sink, courier = np.divmod(np.arange(cost.size), cost.shape[1])
    at = np.lexsort((cost.ravel(), sink))
    none = np.zeros(cost.size, dtype=np.int64)
    return Edges(sink, courier[at], cost.ravel()[at], none, none > 0)


def test_a_rank_counts_those_of_the_same_key_that_go_first() -> None:
    """Rows rank within their key, by position or by a second number and then by position."""
    key = np.array([7, 3, 7, 7, 3])
    assert rank(key).tolist() == [0, 0, 1, 2, 1]
    assert rank(key, np.array([5, 1, 0, 5, 0])).tolist() == [1, 1, 0, 2, 0]
    assert rank(key[:0]).tolist() == []


def test_a_courier_whom_two_sinks_want_counts_half_for_each() -> None:
    """What is nearer is told as edges, and as couriers of whom rivals have a share each."""
    two = edges_of(np.array([[1, 2, 3], [1, 2, 3]]))
    turn, ahead = ahead_of(two, np.array([1, 1]), np.array([9]))
    assert turn.tolist() == [0, 1, 2, 0, 1, 2]
    assert ahead.tolist() == [0.0, 0.5, 1.0, 0.0, 0.5, 1.0]


def test_couriers_of_a_zone_count_as_many_as_may_leave_it() -> None:
    """Four couriers of whom their zone may lose one count for a quarter each."""
    one = edges_of(np.array([[1, 2, 3, 4]]))
    _, ahead = ahead_of(one, np.array([1]), np.array([1]))
    assert ahead.tolist() == [0.0, 0.25, 0.5, 0.75]


def test_few_couriers_are_thought_of_for_every_sink() -> None:
    """As long as the edges are few, none is left out."""
    cost = np.random.default_rng(1).integers(1, 1_000, (4 * SINKS, 50))
    asked = np.full(len(cost), 2)
    assert useful_of(edges_of(cost), asked, np.array([50])).all()


def test_many_couriers_are_thought_of_where_they_save_the_most() -> None:
    """Of many sinks each courier keeps so many, those where the next one costs the most more."""
    rng = np.random.default_rng(2)
    couriers = EDGES // SINKS
    cost = rng.integers(1, 1_000, (SINKS + 4, couriers))
    cost[:2] += 5_000
    cost[:2, :3] -= 5_000  # only three are near the first two sinks
    edges = edges_of(cost)
    useful = useful_of(edges, np.full(len(cost), 3), np.array([couriers]), choose=False)
    assert (np.bincount(edges.courier[useful]) == SINKS).all()
    assert set(edges.sink[useful & (edges.courier < 3)].tolist()) >= {0, 1}


def test_a_sink_with_plenty_chooses_among_the_nearest() -> None:
    """A lone sink looks at so many times what it asks, or at the least; beside a rival at more."""
    cost = np.arange(1_000)[None, :]
    asked, all_may = np.array([50, 50]), np.array([1_000])
    assert useful_of(edges_of(cost), asked[:1], all_may).sum() == CHOICE * 50
    assert useful_of(edges_of(cost), np.array([2]), all_may).sum() == LEAST_CHOICE
    two = edges_of(np.repeat(cost, 2, axis=0))
    assert useful_of(two, asked, all_may).sum() > 2 * CHOICE * 50
