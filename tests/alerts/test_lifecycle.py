"""The table of an alert's life, and one step's walk through it."""

import pytest

from alerts.lifecycle import TABLE, Signal, State, Step

FOR_MS, KEEP_MS = 120_000, 60_000


class Walk:
    """One step with a `for_s` of two minutes and a `keep_s` of one."""

    def __init__(self) -> None:
        self.step = Step()

    def see(self, now_s: float, breach: bool = False, clear: bool = False) -> State:
        """One judgement; where the step stands after it."""
        now_ms = round(now_s * 1000)
        self.step.observe(breach, clear, now_ms, now_ms, FOR_MS, KEEP_MS)
        return self.step.state


def test_only_legal_moves_are_in_the_table() -> None:
    """Nothing leads out of `resolved`, and to `firing` only what has held for its time."""
    assert not [move for move in TABLE if move[0] is State.RESOLVED]
    into_firing = {move for move, to in TABLE.items() if to is State.FIRING}
    assert {signal for state, signal in into_firing if state is not State.CLEARING} == {
        Signal.BREACH_HELD
    }
    assert all(to is not state for (state, _), to in TABLE.items())


def test_every_state_can_be_reached_and_resolved() -> None:
    """From `inactive` each state can come about, and from each that is shown the end."""
    reached = {State.INACTIVE}
    while more := {to for (state, _), to in TABLE.items() if state in reached} - reached:
        reached |= more
    assert reached == set(State)


def test_a_breach_fires_when_it_has_held() -> None:
    """Pending from 0 on, firing at 120 s and not a millisecond sooner."""
    walk = Walk()
    assert walk.see(0, breach=True) is State.PENDING
    assert walk.see(119.999, breach=True) is State.PENDING
    assert walk.see(120, breach=True) is State.FIRING


@pytest.mark.parametrize("clear", [True, False])
def test_a_pending_breach_that_ends_is_inactive_again(clear: bool) -> None:
    """Gone or between the bounds: the next breach begins its time anew."""
    walk = Walk()
    walk.see(0, breach=True)
    assert walk.see(60, clear=clear) is State.INACTIVE
    assert walk.see(61, breach=True) is State.PENDING
    assert walk.see(180, breach=True) is State.PENDING
    assert walk.see(181, breach=True) is State.FIRING


def test_a_breach_that_is_gone_is_kept_for_its_time() -> None:
    """Clear from 200 s on: firing until 260 s, resolved then."""
    walk = Walk()
    walk.see(0, breach=True)
    walk.see(120, breach=True)
    assert walk.see(200, clear=True) is State.CLEARING
    assert walk.see(259.999, clear=True) is State.CLEARING
    assert walk.see(260, clear=True) is State.RESOLVED


@pytest.mark.parametrize("breach", [True, False])
def test_a_clearing_that_stops_begins_its_time_anew(breach: bool) -> None:
    """In breach again or between the bounds for a moment: the minute starts over."""
    walk = Walk()
    walk.see(0, breach=True)
    walk.see(120, breach=True)
    walk.see(200, clear=True)
    assert walk.see(230, breach=breach) is State.FIRING
    assert walk.see(240, clear=True) is State.CLEARING
    assert walk.see(299, clear=True) is State.CLEARING
    assert walk.see(300, clear=True) is State.RESOLVED


def test_between_the_bounds_a_firing_step_stays() -> None:
    """Hysteresis: neither raised nor cleared is no change."""
    walk = Walk()
    walk.see(0, breach=True)
    walk.see(120, breach=True)
    for second in range(121, 1000, 60):
        assert walk.see(second) is State.FIRING


def test_a_breach_known_to_have_begun_earlier_counts_from_then() -> None:
    """Seen first at 100 s but begun at 0: it has held at 120 s."""
    step = Step()
    step.observe(True, False, 100_000, 0, FOR_MS, KEEP_MS)
    assert step.due_ms(FOR_MS, KEEP_MS) == 120_000
    step.observe(True, False, 120_000, 120_000, FOR_MS, KEEP_MS)
    assert step.state is State.FIRING


def test_a_step_tells_when_time_alone_may_change_it() -> None:
    """Pending and clearing have a due time, all else waits for the rule."""
    walk = Walk()
    assert walk.step.due_ms(FOR_MS, KEEP_MS) is None
    walk.see(10, breach=True)
    assert walk.step.due_ms(FOR_MS, KEEP_MS) == 130_000
    walk.see(130, breach=True)
    assert walk.step.due_ms(FOR_MS, KEEP_MS) is None
    walk.see(200, clear=True)
    assert walk.step.due_ms(FOR_MS, KEEP_MS) == 260_000


def test_without_times_to_hold_it_fires_and_resolves_at_once() -> None:
    """`for_s` and `keep_s` 0: the first judgement fires, the first clear resolves."""
    step = Step()
    states = []
    for second, breach in enumerate((True, False)):
        assert step.observe(breach, not breach, second, second, 0, 0)
        states.append(step.state)
    assert states == [State.FIRING, State.RESOLVED]
