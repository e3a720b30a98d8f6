"""Plans of pushes: who is asked, who is left alone, and why somebody is missing."""

import numpy as np
import pytest

from tests.support.push_scenes import NOW_MS, Courier, Place, plan, rows


def test_the_nearest_are_asked_with_their_way_and_zone() -> None:
    """A place gets its nearest couriers, nearest first, each with seconds, metres and zone."""
    couriers = [Courier(1, 900.0), Courier(2, -300.0, zone=3), Courier(3, 600.0)]
    (found,) = plan(couriers, [Place(asked=2)])
    assert [(c.row, c.from_zone) for c in found.chosen] == [(2, 3), (3, 0)]
    assert [c.travel_s for c in found.chosen] == pytest.approx([60.0, 120.0], abs=0.001)
    assert [c.metres for c in found.chosen] == pytest.approx([300.0, 600.0], abs=0.001)
    assert found.missing == {}


def test_two_places_share_couriers_so_that_all_travel_least() -> None:
    """A courier near both places goes where the other courier would lose more time."""
    couriers = [Courier(1, 0.0), Courier(2, -1_000.0)]
    places = [Place(north_m=100.0), Place(north_m=-100.0)]
    assert rows(plan(couriers, places)) == [[1], [2]]


def test_a_place_further_off_is_filled_before_travel_is_saved() -> None:
    """A near courier goes to the only place that he can reach, though another would like him."""
    couriers = [Courier(1, 1_000.0), Courier(2, -2_000.0)]
    places = [Place(north_m=900.0, radius_m=5_000), Place(north_m=1_500.0, radius_m=1_000)]
    assert rows(plan(couriers, places)) == [[2], [1]]


def test_a_zone_gives_no_more_than_it_can_spare() -> None:
    """Of a zone that can spare one, one is asked, and the others are named as needed at home."""
    couriers = [Courier(n, 100.0 * n, zone=2) for n in range(1, 5)]
    (found,) = plan(couriers, [Place(asked=3)], spare=(0, 0, 1))
    assert rows([found]) == [[1]]
    assert found.missing == {"needed_at_home": 2}


def test_couriers_in_no_zone_are_missed_by_nobody() -> None:
    """Of those who stand in no zone, all may be asked."""
    couriers = [Courier(n, 100.0 * n, zone=-1) for n in range(1, 5)]
    assert rows(plan(couriers, [Place(asked=4)], spare=(0,))) == [[1, 2, 3, 4]]


def test_a_short_zone_gains_nothing_from_its_own_couriers() -> None:
    """Couriers of the short zone itself are not asked for it, and are not named as in reach."""
    (found,) = plan([Courier(1, 100.0, zone=4)], [Place(zone=4)])
    assert found.chosen == ()
    assert found.missing == {"no_courier": 1}


def test_an_order_is_helped_by_couriers_of_its_own_zone() -> None:
    """A courier of the order's zone is asked although the zone can spare nobody."""
    order = Place(zone=4, for_order=True)
    assert rows(plan([Courier(1, 100.0, zone=4)], [order], spare=(0,) * 10)) == [[1]]


def test_an_orders_own_zone_loses_no_more_than_its_spare_to_others() -> None:
    """Where a zone serves its own order, its spare courier goes, and only he."""
    couriers = [Courier(n, 100.0 * n, zone=4) for n in range(4)]
    places = [Place(zone=4, for_order=True), Place(asked=3, zone=5)]
    spare = [0, 0, 0, 0, 1, 0]
    at_order, at_zone = plan(couriers, places, spare)
    assert len(at_order.chosen) == 1
    assert len(at_zone.chosen) == 1
    assert at_zone.missing == {"needed_at_home": 2}


def test_a_zone_that_would_lose_too_many_still_serves_its_own_order() -> None:
    """An order that a zone's couriers would rather leave alone is served when they may not leave.

    Both couriers are nearer to the place outside, and only one of them may go there.
    """
    couriers = [Courier(1, 0.0, zone=4), Courier(2, 10.0, zone=4), Courier(3, 2_000.0, zone=5)]
    places = [
        Place(north_m=1_000.0, zone=4, for_order=True),
        Place(asked=2, zone=6),
    ]
    at_order, outside = rows(plan(couriers, places, spare=[0, 0, 0, 0, 1, 1, 0]))
    assert len(outside) + len(at_order) == 3
    assert sum(row in (1, 2) for row in outside) <= 1


@pytest.mark.parametrize(
    ("ago_ms", "asked"), [(899_999, False), (900_000, True), (10_000_000, True)]
)
def test_a_courier_is_left_alone_after_a_push(ago_ms: int, asked: bool) -> None:
    """Within the cool-down after a push nobody is asked again, and at its end he may be."""
    (found,) = plan([Courier(1, 0.0, last_push_ts=NOW_MS - ago_ms)], [Place()])
    assert bool(found.chosen) is asked
    assert found.missing == ({} if asked else {"no_courier": 1})


def test_a_courier_over_his_hourly_bound_is_left_alone() -> None:
    """The third push in an hour is the last one."""
    couriers = [Courier(1, 0.0, pushes_last_hour=3), Courier(2, 50.0, pushes_last_hour=2)]
    assert rows(plan(couriers, [Place(asked=2)])) == [[2]]


def test_an_action_asks_nobody_twice() -> None:
    """Whom the same action asked before is not asked again, but may be asked for another place."""
    places = [Place(asked_before=frozenset({1})), Place(north_m=2_000.0)]
    assert rows(plan([Courier(1, 0.0)], places)) == [[], [1]]


def test_nobody_is_asked_from_beyond_the_radius() -> None:
    """A courier a metre within the radius is asked, one a metre outside is not in reach."""
    couriers = [Courier(1, 2_501.0), Courier(2, 2_499.0)]
    (found,) = plan(couriers, [Place(asked=2)])
    assert rows([found]) == [[2]]
    assert found.missing == {"no_courier": 1}


def test_of_two_couriers_alike_the_lower_row_goes() -> None:
    """Row numbers break ties, in whatever order the couriers are given."""
    couriers = [Courier(row, 500.0) for row in (7, 3, 5)]
    assert rows(plan(couriers, [Place(asked=1)])) == [[3]]
    assert rows(plan(couriers[::-1], [Place(asked=1)])) == [[3]]


def test_a_short_budget_goes_to_the_most_urgent() -> None:
    """With two pushes left, the more urgent place keeps its couriers and the other is cut."""
    couriers = [Courier(n, 100.0 * n) for n in range(1, 6)]
    places = [Place(asked=2, urgency=1.3), Place(asked=2, urgency=2.0, north_m=50.0)]
    calm, urgent = plan(couriers, places, budget=2)
    assert calm.chosen == ()
    assert calm.missing == {"budget_spent": 2}
    assert rows([urgent]) == [[1, 2]]
    assert urgent.missing == {}


def test_after_a_cut_the_nearest_couriers_go_to_those_who_are_left() -> None:
    """A courier whom a cut place would have got is given to the place that is left, if nearer."""
    couriers = [Courier(1, 0.0), Courier(2, 400.0)]
    places = [Place(north_m=0.0, urgency=1.0), Place(north_m=100.0, urgency=2.0)]
    assert rows(plan(couriers, places)) == [[1], [2]]
    assert rows(plan(couriers, places, budget=1)) == [[], [1]]


@pytest.mark.parametrize("budget", [0, -3])
def test_without_budget_nobody_is_asked(budget: int) -> None:
    """What would have been sent is named as the budget's, what could not be filled is not."""
    (found,) = plan([Courier(1, 0.0)], [Place(asked=3)], budget=budget)
    assert found.chosen == ()
    assert found.missing == {"budget_spent": 1, "no_courier": 2}


def test_many_more_candidates_than_asked_lose_no_slot() -> None:
    """A place that could only get couriers beyond its first choice gets them.

    Two places ask; the nearest couriers of both are the same ones, of zones that can't spare all.
    """
    couriers = [Courier(n, float(n), zone=n % 3) for n in range(30)]
    places = [Place(asked=3), Place(asked=3, north_m=1.0)]
    first, second = plan(couriers, places, spare=(2, 2, 2))
    assert len(first.chosen) == len(second.chosen) == 3
    assert sorted(c.from_zone for p in (first, second) for c in p.chosen) == [0, 0, 1, 1, 2, 2]


def test_unknown_places_are_in_nobodys_reach() -> None:
    """A courier or a venue without a known position takes no part, and harms nobody."""
    couriers = [Courier(1, np.nan), Courier(2, 10.0)]
    places = [Place(north_m=np.nan), Place()]
    unknown, known = plan(couriers, places)
    assert unknown.missing == {"no_courier": 1}
    assert rows([known]) == [[2]]


def test_nothing_asked_or_nobody_idle_gives_empty_plans() -> None:
    """No places give no plans; no couriers give plans that miss everybody."""
    assert plan([Courier(1, 0.0)], []) == ()
    (nobody,) = plan([], [Place(asked=2)])
    assert nobody.missing == {"no_courier": 2}
    (nothing,) = plan([Courier(1, 0.0)], [Place(asked=0)])
    assert nothing.chosen == ()
    assert nothing.missing == {}
