"""Wheels wake rows in time, whatever their column of deadlines looks like."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.tables.table import FAR
from monitor.core.tables.timers import NO_SECOND, Due, SecondsWheel, Wheel


def no_deadlines(kind: type[Wheel], rows: int) -> Due:
    """The column of a wheel in which nothing is due."""
    if kind is SecondsWheel:
        return np.full(rows, NO_SECOND, dtype=np.uint32)
    return np.full(rows, FAR, dtype=np.int64)


@pytest.mark.parametrize("kind", [Wheel, SecondsWheel])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["arm", "arm", "arm", "pop"]),
            st.integers(0, 40),
            st.integers(0, 30_000),
        ),
        max_size=60,
    ),
    st.integers(0, 60),
)
def test_a_wheel_made_of_its_seconds_and_the_deadlines_turns_the_same(
    kind: type[Wheel], told: list[tuple[str, int, int]], cut: int
) -> None:
    """It wakes at the same seconds and gives the same rows, overtaken entries or not."""
    due = no_deadlines(kind, 41)
    wheels = [(kind(), due)]
    now = 2_147_483_630_000  # soon 31 bits of seconds begin anew
    for number, (what, row, ms) in enumerate([*told, ("pop", 0, 100_000)]):
        if number == cut:
            wheel, column = wheels[0]
            copy = column.copy()
            twin = kind()
            twin.load(wheel.dump(), copy)
            wheels.append((twin, copy))
        if what == "pop":
            now += ms
            rows = [wheel.pop(column, now) for wheel, column in wheels]
            assert rows[0] == rows[-1]
        else:
            for wheel, column in wheels:
                wheel.arm(column.data, row, now + ms)
        assert wheels[0][0].next_ms == wheels[-1][0].next_ms
        np.testing.assert_array_equal(wheels[0][1], wheels[-1][1])


@given(
    st.lists(
        st.tuples(st.sampled_from(["arm", "all", "pop"]), st.integers(0, 40), st.integers(0, 30)),
        max_size=60,
    ),
    st.sampled_from([0, 1_800_000_000, 2_147_483_640, 9_000_000_000]),
)
def test_a_wheel_of_seconds_wakes_the_same_rows_as_one_of_milliseconds(
    told: list[tuple[str, int, int]], began_s: int
) -> None:
    """Asked at whole seconds, as the city is; also while 31 bits of seconds begin anew in 2038."""
    wheels = [(kind(), no_deadlines(kind, 41)) for kind in (Wheel, SecondsWheel)]
    now_s = began_s
    for what, row, number in [*told, ("pop", 0, 100)]:
        if what == "pop":
            now_s += number
            rows = [wheel.pop(due, 1_000 * now_s) for wheel, due in wheels]
            assert rows[0] == rows[1]
            continue
        for wheel, due in wheels:
            at_ms = 1_000 * now_s + 700 * number + 1
            if what == "arm":
                wheel.arm(due.data, row, at_ms)
            else:
                wheel.arm_many(due, np.arange(row), at_ms + 41 * np.arange(row))
