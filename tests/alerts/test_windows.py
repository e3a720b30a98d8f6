"""A window of the week at its limits."""

from alerts.profiles import Profile


def test_a_window_that_ends_where_it_begins_never_holds() -> None:
    """It is empty and not a whole day."""
    window = Profile(name="none", days=(0, 1, 2, 3, 4, 5, 6), start_min=600, end_min=600)
    assert not any(window.holds(day, minute) for day in range(7) for minute in range(1_440))
