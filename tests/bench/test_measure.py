"""How base and variant are compared."""

import pytest

from bench.measure import PATIENCE, Ratio, alternate, compare


def test_a_ratio_tells_the_least_the_middle_and_the_most() -> None:
    """A spread is the minimum, the median and the maximum, to three significant digits."""
    assert Ratio.of([3.0, 1.23456, 2.0]) == Ratio(min=1.23, median=2.0, max=3.0)
    assert Ratio.of([]) is None


def test_each_variant_is_held_against_the_base_before_it() -> None:
    """Pairs are made in the order of measuring, and medians are those of the pairs."""
    pairs = compare([1.0, 1.1, 1.0, 1.05], [2.0, 2.2, 3.0])
    assert pairs.ratio == Ratio(2.0, 2.0, 3.0)
    assert (pairs.base_s, pairs.variant_s) == (1.0, 2.2)
    assert (pairs.kept, pairs.dropped) == (3, 0)


def test_a_pair_between_bases_that_disagree_is_dropped_and_counted() -> None:
    """Where the machine becomes slow between two bases, the variant between them tells nothing."""
    pairs = compare([1.0, 1.0, 2.0, 2.0], [3.0, 5.9, 6.0])
    assert pairs.ratio == Ratio(3.0, 3.0, 3.0)
    assert (pairs.kept, pairs.dropped) == (2, 1)


def test_without_a_last_base_the_last_pair_is_kept() -> None:
    """As many bases as variants will do: the last base stands for the one after it."""
    assert compare([1.0, 1.0], [2.0, 4.0]).ratio == Ratio(2.0, 3.0, 4.0)


def test_where_no_pair_can_be_trusted_there_is_no_ratio() -> None:
    """All pairs dropped give no ratio, yet tell what was measured."""
    pairs = compare([1.0, 2.0, 1.0], [3.0, 5.0])
    assert pairs.ratio is None
    assert (pairs.kept, pairs.dropped, pairs.variant_s) == (0, 2, 4.0)
    assert pairs.record("slow", "fast").ratio is None


@pytest.mark.parametrize(("bases", "variants"), [([], []), ([1.0], [1.0, 1.0]), ([1.0] * 3, [1.0])])
def test_what_makes_no_pairs_is_refused(bases: list[float], variants: list[float]) -> None:
    """Bases and variants that can't have been measured in turns are a mistake of the case."""
    with pytest.raises(ValueError, match="make no pairs"):
        compare(bases, variants)


def test_base_and_variant_take_turns() -> None:
    """After warming up each variant stands between two bases."""
    told = ""

    def side(name: str, seconds: float) -> float:
        nonlocal told
        told += name
        return seconds

    pairs = alternate(lambda: side("b", 1.0), lambda: side("v", 2.0), rounds=3)
    assert told == "bv" + "bvbvbvb"
    assert pairs.ratio == Ratio(2.0, 2.0, 2.0)


def test_dropped_pairs_are_made_up_for() -> None:
    """Turns go on until as many pairs agree as were asked for."""
    bases = iter([9.0, 1.0, 2.0, 2.0, 2.0])
    pairs = alternate(lambda: next(bases), lambda: 4.0, rounds=2)
    assert (pairs.kept, pairs.dropped) == (2, 1)


def test_a_machine_that_never_keeps_its_pace_ends_the_turns() -> None:
    """At most PATIENCE times the rounds are tried."""
    pace = 1.0

    def base() -> float:
        nonlocal pace
        pace *= 2
        return pace

    pairs = alternate(base, lambda: 1.0, rounds=4)
    assert (pairs.kept, pairs.dropped) == (0, 4 * PATIENCE)
