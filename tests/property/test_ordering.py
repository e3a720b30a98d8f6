"""A block of events is judged as its events would be one by one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.ordering import latest_in_block

ROWS = st.integers(0, 9) | st.sampled_from([0, 1 << 10, 1 << 11, 3 << 10, (1 << 20) - 1])
EVENTS = st.lists(st.tuples(ROWS, st.integers(0, 5) | st.integers(0, 1 << 47)), max_size=60)


@given(EVENTS, st.integers(-1, 5))
def test_a_block_is_judged_as_its_events_one_by_one(
    events: list[tuple[int, int]], told_before: int
) -> None:
    """Late ones are left out, and of each row the newest stays, of equal ones the later."""
    last_ts = np.full(1 << 20, told_before)
    rows, ts = np.array(events, dtype=np.int64).reshape(-1, 2).T.copy()
    kept = latest_in_block(rows, ts, last_ts)
    known: dict[int, int] = {}
    newest: dict[int, int] = {}
    applied: list[bool] = []
    for place, (row, at) in enumerate(events):
        applied.append(at >= known.get(row, told_before))
        if applied[-1]:
            known[row], newest[row] = at, place
    assert kept.applied.tolist() == applied
    assert np.arange(len(events))[kept.newest].tolist() == sorted(newest.values())
