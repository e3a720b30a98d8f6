"""Whatever happens in a city, its increments equal a recount of its tables."""

from hypothesis import HealthCheck, given, settings

from monitor.core.state import State
from monitor.core.step import Incoming, step
from tests.support.happenings import stories
from tests.support.towns import town

FEW = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@FEW
@given(stories(bursts=True))
def test_counts_equal_a_recount_after_every_event(told: list[tuple[int, Incoming]]) -> None:
    """After any event at any time every zone, courier and venue counts what its tables hold."""
    state = State([town()])
    for clock, event in told:
        step(state, [event], clock)
        state.check()
    step(state, [], state.now_ms + 2 * 86_400_000)
    state.check()
