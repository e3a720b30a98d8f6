"""What must always hold of plans of pushes."""

from dataclasses import replace
from itertools import chain

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.remedies.assign import assign
from alerts.remedies.edges import Edges
from alerts.remedies.push import LEAST_CLEAR, NO_BOUND, PushBounds, needs, plan_pushes
from tests.support.push_scenes import NOW_MS, Courier, Place, best, sinks_of, supply_of

ZONES = 4
zones = st.integers(-1, ZONES - 1)


@st.composite
def problems(draw: st.DrawFn, with_home: bool) -> tuple[Edges, list[int], list[int]]:
    """Up to six couriers in three groups, up to three sinks, small costs with many ties."""
    couriers, sinks = draw(st.integers(1, 6)), draw(st.integers(1, 3))
    group = draw(st.lists(st.integers(0, 2), min_size=couriers, max_size=couriers))
    home = draw(st.lists(st.integers(-1, 2), min_size=sinks, max_size=sinks))
    pairs = [(s, c) for s in range(sinks) for c in range(couriers) if draw(st.booleans())]
    costs = draw(st.lists(st.integers(0, 12), min_size=len(pairs), max_size=len(pairs)))
    edges = Edges(
        np.array([s for s, _ in pairs], dtype=np.int64),
        np.array([c for _, c in pairs], dtype=np.int64),
        np.array(costs, dtype=np.int64),
        np.array([group[c] for _, c in pairs], dtype=np.int64),
        np.array([with_home and home[s] == group[c] for s, c in pairs], dtype=np.bool_),
    )
    asked = draw(st.lists(st.integers(0, 3), min_size=sinks, max_size=sinks))
    may_leave = draw(st.lists(st.integers(0, 2), min_size=3, max_size=3))
    return edges, asked, may_leave


@settings(max_examples=400, deadline=None)
@given(problem=problems(with_home=False))
def test_the_assignment_is_the_best_there_is(
    problem: tuple[Edges, list[int], list[int]],
) -> None:
    """As many slots are filled as by trying everything, at the same cost."""
    edges, asked, may_leave = problem
    taken = assign(edges, np.array(asked), np.array(may_leave))
    count, cost = best(edges, np.array(asked), np.array(may_leave))
    assert (taken.sum(), edges.cost[taken].sum()) == (count, cost)


@settings(max_examples=400, deadline=None)
@given(problem=problems(with_home=True))
def test_every_bound_of_an_assignment_holds(problem: tuple[Edges, list[int], list[int]]) -> None:
    """Nobody goes twice, no sink gets too many, no group loses more than it may.

    And a sink with an open slot has nobody free at home.
    """
    edges, asked, may_leave = problem
    taken = assign(edges, np.array(asked), np.array(may_leave))
    got = np.bincount(edges.sink[taken], minlength=len(asked))
    assert len(set(edges.courier[taken].tolist())) == taken.sum()
    assert (got <= asked).all()
    assert (np.bincount(edges.group[taken & ~edges.home], minlength=3) <= may_leave).all()
    free = ~np.isin(edges.courier, edges.courier[taken])
    assert not (edges.home & free & (got < asked)[edges.sink]).any()


couriers = st.builds(
    Courier,
    row=st.just(0),
    north_m=st.integers(-20, 20).map(lambda n: n * 100.0),
    zone=zones,
    last_push_ts=st.sampled_from([-1, NOW_MS - 900_000, NOW_MS - 1]),
    pushes_last_hour=st.integers(0, 4),
)
places = st.builds(
    Place,
    asked=st.integers(0, 4),
    north_m=st.integers(-20, 20).map(lambda n: n * 100.0),
    zone=zones,
    radius_m=st.sampled_from([500.0, 2_000.0, 5_000.0]),
    urgency=st.sampled_from([1.0, 1.5, 2.0]),
    for_order=st.booleans(),
    asked_before=st.frozensets(st.integers(0, 29), max_size=3),
)


@settings(max_examples=200, deadline=None)
@given(
    crowd=st.lists(couriers, max_size=30),
    asking=st.lists(places, max_size=5, unique_by=lambda p: (p.north_m, p.urgency)),
    spare=st.lists(st.integers(0, 4), min_size=ZONES, max_size=ZONES),
    budget=st.integers(0, 12),
    seed=st.integers(0, 2**32 - 1),
)
def test_a_plan_keeps_every_guard_rail_in_any_order(
    crowd: list[Courier], asking: list[Place], spare: list[int], budget: int, seed: int
) -> None:
    """Bounds, exclusions and counts hold, and shuffled rows give the same plan."""
    crowd = [replace(courier, row=row) for row, courier in enumerate(crowd)]
    bounds = PushBounds(900_000, 3, budget, detour=1.3, speed_kmh=15.0)
    slots = np.array([*spare, NO_BOUND])
    plans = plan_pushes(supply_of(crowd), sinks_of(asking), slots, bounds, NOW_MS)

    chosen = list(chain.from_iterable(plan.chosen for plan in plans))
    assert len({choice.row for choice in chosen}) == len(chosen) <= budget
    left = np.zeros(ZONES + 1, dtype=np.int64)
    for place, plan in zip(asking, plans, strict=True):
        assert len(plan.chosen) + sum(plan.missing.values()) == place.asked
        assert [c.travel_s for c in plan.chosen] == sorted(c.travel_s for c in plan.chosen)
        for choice in plan.chosen:
            courier = crowd[choice.row]
            assert courier.last_push_ts != NOW_MS - 1
            assert courier.pushes_last_hour < 3
            assert choice.row not in place.asked_before
            assert choice.metres <= place.radius_m
            assert choice.from_zone == courier.zone
            at_home = courier.zone == place.zone >= 0
            assert place.for_order or not at_home
            left[courier.zone] += not at_home
    assert (left[:-1] <= spare).all()

    rng = np.random.default_rng(seed)
    people, turn = rng.permutation(len(crowd)), rng.permutation(len(asking))
    again = plan_pushes(
        supply_of([crowd[n] for n in people]),
        sinks_of([asking[n] for n in turn]),
        slots,
        bounds,
        NOW_MS,
    )
    assert again == tuple(plans[n] for n in turn)


counts = st.integers(0, 60)


@settings(max_examples=300, deadline=None)
@given(
    open_count=counts,
    waiting=counts,
    idle=counts,
    busy=counts,
    waits=st.booleans(),
    clear=st.floats(0.0, 10.0),
    incoming=st.integers(0, 5),
    leaving=st.integers(0, 5),
)
def test_a_giving_zone_never_reaches_its_threshold(
    open_count: int,
    waiting: int,
    idle: int,
    busy: int,
    waits: bool,
    clear: float,
    incoming: int,
    leaving: int,
) -> None:
    """With all that it spares gone, and those already asked away, a zone's ratio stays clear.

    Each waiting order keeps its idle courier; and with the shortage met the ratio is clear.
    """
    waiting = min(waiting, open_count)
    on_shift = idle + busy
    found = needs(
        open_count=np.array([open_count]),
        on_shift=np.array([on_shift]),
        idle=np.array([idle]),
        waiting=np.array([waiting]),
        waits_too_long=np.array([waits]),
        ratio_clear=np.array([clear]),
        incoming=np.array([incoming]),
        leaving=np.array([leaving]),
    )
    shortage, spare = int(found.shortage[0]), int(found.spare[0])
    if spare:
        gone = spare + leaving
        assert open_count / max(on_shift - gone, 1) < clear
        assert idle - gone >= waiting
        assert not waits
        assert shortage == 0
    if shortage:
        met = on_shift + shortage + incoming
        by_ratio = open_count / max(met, 1) < clear
        fewer = open_count / max(met - 1, 1) < clear
        stood_by = waits and met - busy == waiting
        assert by_ratio or clear < LEAST_CLEAR
        assert not fewer or stood_by
