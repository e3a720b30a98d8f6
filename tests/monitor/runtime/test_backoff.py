"""Waiting longer after each failure."""

import random

import pytest

from monitor.runtime.backoff import Backoff


def test_ceilings_double_up_to_the_cap_and_a_reset_begins_again() -> None:
    """Each wait lies between nothing and its ceiling."""
    backoff = Backoff(random.Random(7), first_s=1, cap_s=5)
    for ceiling in (1, 2, 4, 5, 5):
        assert 0 <= backoff.next_s() <= ceiling
    assert backoff.attempts == 5
    backoff.reset()
    assert backoff.attempts == 0
    assert backoff.next_s() <= 1


def test_two_clients_do_not_wait_the_same() -> None:
    """Waits are drawn over the whole range, so clients spread out."""
    waits = [Backoff(random.Random(seed), first_s=8, cap_s=8).next_s() for seed in range(400)]
    assert min(waits) < 1
    assert max(waits) > 7
    assert len(set(waits)) == 400


def test_a_backoff_without_a_wait_is_refused() -> None:
    """A wait of nothing would hammer the server."""
    with pytest.raises(ValueError, match="first_s"):
        Backoff(random.Random(1), first_s=0)
