"""The three clocks."""

import pytest

from monitor.runtime.clock import EventClock, SystemClock, VirtualClock


def test_the_system_clock_never_goes_back() -> None:
    """Readings only grow."""
    clock = SystemClock()
    readings = [clock.now_ms() for _ in range(1_000)]
    assert readings == sorted(readings)
    assert readings[0] > 1_600_000_000_000


def test_a_virtual_clock_moves_only_when_told_and_only_on() -> None:
    """It stands still between moves and refuses to go back."""
    clock = VirtualClock(5)
    assert clock.now_ms() == clock.now_ms() == 5
    assert clock.advance(10) == 15
    clock.set(20)
    with pytest.raises(ValueError, match="never goes back"):
        clock.set(19)
    assert clock.now_ms() == 20


def test_the_event_clock_shows_the_greatest_time_seen() -> None:
    """An older event does not turn it back."""
    clock = EventClock()
    seen = [clock.started]
    clock.see(7)
    clock.see(3)
    seen.append(clock.started)
    assert seen == [False, True]
    assert clock.now_ms() == 7
