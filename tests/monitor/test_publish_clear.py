"""Times to clear as the publisher keeps them."""

import numpy as np

from monitor.core.views.zones import clear_minutes
from monitor.publish import CLEAR_EVERY_MS, ClearTimes
from tests.support.cities import at, placed
from tests.support.towns import Story, fleet, rush, venue


def test_times_to_clear_are_kept_for_some_seconds_and_then_made_anew() -> None:
    """An order more changes them when the next ones are due, and its zone is told of."""
    told = Story()
    told.say(0, venue(0), *fleet(0, 3), *rush(0, 4))
    city, times = told.city, ClearTimes()
    first = times.of(city, at(1))
    np.testing.assert_array_equal(first, clear_minutes(city))
    told.say(2, placed(2, "one more"))
    assert times.of(city, at(1) + CLEAR_EVERY_MS - 1) is first
    city.zones_to_publish[:] = False
    later = times.of(city, at(1) + CLEAR_EVERY_MS)
    np.testing.assert_array_equal(later, clear_minutes(city))
    assert later[0] > first[0]
    assert city.zones_to_publish.tolist() == [True, False, False]
