"""When a target is left alone, and when it is tried again."""

import random

import pytest

from monitor.delivery.breaker import TABLE, Breaker, Signal, State
from monitor.delivery.limits import LedgerLimits

LIMITS = LedgerLimits(breaker_letters=3, breaker_rest_s=10, breaker_rest_cap_s=40)


def breaker(opened_at_s: float | None = None) -> Breaker:
    """One that three letters in a row have opened at that time, if any."""
    one = Breaker(random.Random(1), LIMITS)
    if opened_at_s is not None:
        for key in "abc":
            one.failed(key, opened_at_s, None)
    return one


def test_some_failures_in_a_row_open_it() -> None:
    """The third letter that fails is the last one tried."""
    one = breaker()
    assert [one.failed(key, 0.0, None) for key in "abc"] == [False, False, True]
    assert (one.state, one.opened) == (State.OPEN, 1)


def test_an_answer_in_between_begins_the_count_anew() -> None:
    """Failures that do not follow each other tell nothing about the target."""
    one = breaker()
    for key in "abcdef":
        one.failed(key, 0.0, None)
        if key in "bd":
            one.answered()
    assert one.state is State.CLOSED


def test_one_letter_that_always_fails_does_not_open_it() -> None:
    """Others need not wait for what may be the fault of one letter."""
    one = breaker()
    for _ in range(100):
        one.failed("poison", 0.0, None)
    assert one.state is State.CLOSED
    assert one.wait_s(0.0, 0) == 0


def test_it_rests_at_least_its_time_and_at_most_twice_that_at_first() -> None:
    """The rest is drawn, so that many monitors do not come back together."""
    rest_s = breaker(100.0).wait_s(100.0, 0)
    assert rest_s is not None
    assert 10 <= rest_s <= 20


def test_after_its_rest_one_try_alone_tells() -> None:
    """The next one waits for the end of the first."""
    one = breaker(0.0)
    assert one.wait_s(20.0, 1) is None
    assert one.state is State.HALF_OPEN
    assert one.wait_s(20.0, 0) == 0


def test_the_one_try_that_is_answered_closes_it() -> None:
    """And everything goes on as before."""
    one = breaker(0.0)
    one.wait_s(20.0, 0)
    one.answered()
    assert one.state is State.CLOSED
    assert one.wait_s(20.0, 8) == 0


def test_the_one_try_that_fails_opens_it_for_longer() -> None:
    """The rests grow to their cap and begin anew once it has closed."""
    one = breaker(0.0)
    rests_s = []
    for now_s in range(1_000, 41_000, 1_000):
        one.wait_s(now_s, 0)
        assert one.failed("a", now_s, None)
        rests_s.append(one.wait_s(now_s, 0) or 0.0)
    assert max(rests_s) > 40
    assert all(10 <= rest_s <= 50 for rest_s in rests_s)
    one.wait_s(50_000.0, 0)
    one.answered()
    for key in "abc":
        one.failed(key, 50_000.0, None)
    assert (one.wait_s(50_000.0, 0) or 0.0) <= 20


def test_a_target_that_asks_is_left_alone_for_exactly_so_long() -> None:
    """At the first failure, and not a moment sooner."""
    one = breaker()
    assert one.failed("a", 5.0, 90.0)
    assert one.wait_s(5.0, 0) == 90
    assert one.wait_s(94.5, 0) == 0.5
    assert one.wait_s(95.0, 0) == 0


def test_what_ends_late_does_not_close_it_and_may_ask_for_more() -> None:
    """Tries that were under way when it opened can only make it wait longer."""
    one = breaker(0.0)
    one.answered()
    assert one.state is State.OPEN
    assert not one.failed("d", 1.0, 60.0)
    assert one.wait_s(1.0, 0) == 60


def test_nobody_is_left_alone_for_ever() -> None:
    """A senseless wish is honoured up to its bound."""
    one = breaker()
    one.failed("a", 0.0, 1e9)
    assert one.wait_s(0.0, 0) == LIMITS.breaker_asked_max_s


@pytest.mark.parametrize("state", State)
def test_every_state_can_be_left(state: State) -> None:
    """From each there is a way to each other."""
    reached, size = {state}, 0
    while len(reached) > size:
        size = len(reached)
        reached |= {to for (before, _), to in TABLE.items() if before in reached}
    assert reached == set(State)


def test_only_rest_ends_an_open_one() -> None:
    """The table knows one way out of `open`."""
    assert [signal for state, signal in TABLE if state is State.OPEN] == [Signal.RESTED]
