"""The matching behind plans of pushes: whole towns, against a linear program."""

import numpy as np
import pytest

from alerts.remedies.assign import assign
from alerts.remedies.edges import EDGES, LEAST_CHOICE, SINKS, Edges, useful_of
from alerts.remedies.matching import EXACT_SENT
from tests.support.push_scenes import Ints, programmed

SIDE = 5  # groups are the squares of a grid so many wide


def town(
    seed: int, couriers: int, sinks: int, reach: float, asked: int, spare: int
) -> tuple[Edges, Ints, Ints]:
    """Couriers and sinks anywhere on the grid, edges where they are in reach, costs by distance."""
    rng = np.random.default_rng(seed)
    place, at = rng.uniform(0, SIDE, (couriers, 2)), rng.uniform(0, SIDE, (sinks, 2))
    far = np.hypot(*(at[:, None, :] - place[None, :, :]).transpose(2, 0, 1))
    sink, courier = np.nonzero(far <= reach)
    square = place.astype(np.int64) @ np.array([SIDE, 1])
    cost = np.rint(300_000 * far[sink, courier]).astype(np.int64)
    edges = Edges(sink, courier, cost, square[courier], np.zeros(len(sink), dtype=np.bool_))
    return edges, rng.integers(1, asked + 1, sinks), rng.integers(0, spare + 1, SIDE * SIDE)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(
    ("asked", "spare"),
    [(3, 6), (8, 6), (8, 2), (20, 9)],
    ids=["enough", "tight", "few", "fewest"],
)
def test_a_town_is_filled_as_by_a_linear_program(seed: int, asked: int, spare: int) -> None:
    """Whether couriers abound or lack, as many are sent as can be, and all bounds hold.

    The cost is the least where all edges are looked at, and never a hundredth more.
    """
    edges, wanted, may_leave = town(seed, 200, 25, 1.2, asked, spare)
    taken = assign(edges, wanted, may_leave)
    count, cost = programmed(edges, wanted, may_leave)
    assert taken.sum() == count
    assert len(set(edges.courier[taken].tolist())) == count
    assert (np.bincount(edges.sink[taken], minlength=len(wanted)) <= wanted).all()
    assert (np.bincount(edges.group[taken], minlength=len(may_leave)) <= may_leave).all()
    found = int(edges.cost[taken].sum())
    of_sink, of_courier = np.bincount(edges.sink), np.bincount(edges.courier)
    if of_sink.max() <= LEAST_CHOICE and of_courier.max() <= SINKS:
        assert found == cost
    assert cost <= found <= 1.01 * cost


def test_where_all_stay_short_the_cost_is_the_least() -> None:
    """Sinks that ask more than there are couriers in reach choose among all of them."""
    edges, wanted, may_leave = town(3, 400, 30, 2.0, 1, 2)
    wanted = wanted + 9
    taken = assign(edges, wanted, may_leave)
    count, cost = programmed(edges, wanted, may_leave)
    assert count == may_leave.sum() < wanted.sum()
    assert (taken.sum(), edges.cost[taken].sum()) == (count, cost)


def test_many_slots_cost_a_little_more_at_the_most() -> None:
    """Past the slots that are matched exactly as many are sent, for a hundredth more at most."""
    edges, wanted, may_leave = town(5, 4_000, 120, 0.6, 20, 100)
    taken = assign(edges, wanted, may_leave)
    count, cost = programmed(edges, wanted, may_leave)
    assert taken.sum() == count > EXACT_SENT
    assert cost <= edges.cost[taken].sum() <= 1.01 * cost


@pytest.mark.parametrize(("asked", "spare"), [(12, 90), (20, 60), (30, 40)])
def test_looking_far_costs_a_little_more_at_the_most(asked: int, spare: int) -> None:
    """Couriers with many more sinks in reach than they are thought of for lose hardly anything."""
    edges, wanted, may_leave = town(9, 2_000, 100, 1.5, asked, spare)
    assert np.bincount(edges.courier).mean() > 2 * SINKS
    taken = assign(edges, wanted, may_leave)
    count, cost = programmed(edges, wanted, may_leave)
    assert taken.sum() == count
    assert cost <= edges.cost[taken].sum() <= 1.01 * cost


def test_a_sink_that_nobody_is_thought_of_for_gets_couriers_all_the_same() -> None:
    """Where every courier is as near to every sink, all are sent, also past the first few sinks."""
    couriers, sinks = EDGES // SINKS, SINKS + 3
    sink, courier = np.divmod(np.arange(sinks * couriers), couriers)
    none = np.zeros(len(sink), dtype=np.int64)
    edges = Edges(sink, courier, none + 60_000, none, none > 0)
    asked = np.where(np.arange(sinks) < SINKS, 1, couriers)
    useful = useful_of(edges, asked, np.array([couriers]), choose=False)
    assert sink[useful].max() < SINKS
    assert assign(edges, asked, np.array([couriers])).sum() == couriers


def test_the_order_of_edges_does_not_matter() -> None:
    """Shuffled edges give the same couriers to the same sinks, among many who are alike."""
    edges, wanted, may_leave = town(7, 200, 25, 1.2, 8, 4)
    coarse = Edges(edges.sink, edges.courier, edges.cost // 50_000, edges.group, edges.home)
    taken = assign(coarse, wanted, may_leave)
    shuffled = np.random.default_rng(1).permutation(len(taken))
    again = assign(coarse.only(shuffled), wanted, may_leave)
    np.testing.assert_array_equal(again, taken[shuffled])


def test_places_alike_share_who_there_is() -> None:
    """Of two orders that wait at one venue, with a courier for each, neither is left alone."""
    edges = Edges(
        sink=np.repeat([0, 1, 2], 3),
        courier=np.tile([0, 1, 2], 3),
        cost=np.tile([60_000, 90_000, 91_000], 3),
        group=np.zeros(9, dtype=np.int64),
        home=np.zeros(9, dtype=np.bool_),
    )
    taken = assign(edges, np.array([3, 2, 3]), np.array([3]))
    assert sorted(edges.sink[taken].tolist()) == [0, 1, 2]


def test_sharing_costs_nothing() -> None:
    """It is asked for last: a place whose couriers are nearer by a millisecond has them all."""
    cost = np.array([60_000, 60_000, 60_000, 60_001, 60_001, 60_001])
    edges = Edges(
        sink=np.repeat([0, 1], 3),
        courier=np.tile([0, 1, 2], 2),
        cost=cost,
        group=np.zeros(6, dtype=np.int64),
        home=np.zeros(6, dtype=np.bool_),
    )
    taken = assign(edges, np.array([4, 4]), np.array([3]))
    assert taken.tolist() == [True] * 3 + [False] * 3


@pytest.mark.parametrize("seed", range(6))
def test_few_couriers_are_chosen_at_the_least_cost(seed: int) -> None:
    """However many orders wait at a handful of venues, all in everybody's reach."""
    rng = np.random.default_rng(seed)
    place, venue = rng.uniform(0, SIDE, (240, 2)), rng.uniform(0, SIDE, (5, 2))
    at = venue[rng.integers(0, 5, 110)]
    far = np.hypot(*(at[:, None, :] - place[None, :, :]).transpose(2, 0, 1))
    sink, courier = np.divmod(np.arange(far.size), 240)
    square = place.astype(np.int64) @ np.array([SIDE, 1])
    cost = np.rint(300_000 * far.ravel()).astype(np.int64)
    edges = Edges(sink, courier, cost, square[courier], np.zeros(len(sink), dtype=np.bool_))
    wanted, may_leave = np.ones(110, dtype=np.int64), np.full(SIDE * SIDE, 6)
    taken = assign(edges, wanted, may_leave)
    assert (taken.sum(), edges.cost[taken].sum()) == programmed(edges, wanted, may_leave)
