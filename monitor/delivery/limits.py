"""All limits of the ledger in one place, with unit, default and what happens when one is hit."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LedgerLimits:
    """Times in seconds of the wall; letters' own deadlines come with them."""

    try_s: float = 10.0  # a try that takes longer is broken off and counts as failed
    lane_at_once: int = 8  # tries of one target at once; further letters wait
    # Letters of one target that wait in memory; of further ones only what order and deadlines need
    # is kept (under a kilobyte), the rest is fetched from the store when their turn comes.
    lane_max: int = 10_000
    lane_wall: int = 200_000  # letters of one target at all; above it they fail: "the lane is full"
    retry_first_s: float = 1.0  # the first wait of a letter is up to this long, the next up to
    retry_cap_s: float = 30.0  # twice that, and so on up to this
    breaker_letters: int = 5  # so many letters failed in a row, and the target is left alone
    breaker_rest_s: float = 5.0  # for so long at least, for up to twice that at first, and
    breaker_rest_cap_s: float = 60.0  # in the end for up to this long more than at least
    # A target that asks to be left alone for longer (`Retry-After`) is so only for this long; the
    # letter that it asked about is kept for all of it.
    breaker_asked_max_s: float = 3_600.0
    marks_at_once: int = 256  # letters that end untried are marked so many at once
    ended_keys: int = 100_000  # keys of ended letters remembered; the oldest are forgotten
