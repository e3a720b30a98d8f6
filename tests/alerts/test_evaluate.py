"""Rules over columns: raise and clear bits at, above and below each bound."""

import numpy as np
import pytest

from alerts.evaluate import (
    ShortageBounds,
    shortage_of_one,
    venue_silent,
    venue_slow,
    zone_shortage,
)
from alerts.mute import EXPLAINS, Matcher, SilenceRecord, explained_by
from alerts.rules import READS, RULES, SUBJECTS, RuleSet, VenueSilent, VenueSlow, ZoneShortage

WARN, BOTH, NEITHER = 0b01, 0b11, 0b00
NAN = float("nan")


@pytest.mark.parametrize(
    ("ratio", "on_shift", "wait_s", "breach", "clear"),
    [
        (1.5, 5, 0, WARN, 0b10),
        (1.4999, 5, 0, NEITHER, 0b10),
        (1.5, 4, 0, NEITHER, 0b10),
        (1.6, 5, 0, WARN, NEITHER),
        (1.5999, 5, 0, WARN, 0b10),
        (2.0, 5, 0, BOTH, NEITHER),
        (2.0, 4, 0, NEITHER, NEITHER),
        (1.25, 5, 0, NEITHER, 0b10),
        (1.2499, 5, 0, NEITHER, BOTH),
        (0, 0, 299.9, NEITHER, 0b10),
        (0, 0, 300, WARN, 0b10),
        (0, 0, 480, WARN, NEITHER),
        (0, 0, 479.9, WARN, 0b10),
        (0, 0, 600, BOTH, NEITHER),
        (0, 0, 180, NEITHER, 0b10),
        (0, 0, 179.9, NEITHER, BOTH),
        (1.2, 9, 200, NEITHER, 0b10),
    ],
)
def test_shortage_bounds(
    ratio: float, on_shift: int, wait_s: float, breach: int, clear: int
) -> None:
    """Each bound of the contract's table: reached raises, not reached clears."""
    bounds = ShortageBounds([ZoneShortage(), ZoneShortage(enabled=False)], np.array([0, 1]))
    rows = np.array([0, 1])
    raised, cleared = zone_shortage(
        bounds, rows, np.full(2, ratio), np.full(2, on_shift), np.full(2, wait_s)
    )
    assert (raised[0], cleared[0]) == (breach, clear)
    assert (raised[1], cleared[1]) == (NEITHER, BOTH), "a rule switched off never raises"
    assert shortage_of_one(ZoneShortage(), ratio, on_shift, wait_s) == (breach, clear)
    assert shortage_of_one(ZoneShortage(enabled=False), ratio, on_shift, wait_s) == (NEITHER, BOTH)


@pytest.mark.parametrize(
    ("overdue", "mean", "breach", "clear"),
    [
        (2, NAN, False, False),
        (3, NAN, True, False),
        (0, NAN, False, True),
        (0, 9.99, False, False),
        (0, 10, True, False),
        (0, 5, False, False),
        (0, 4.99, False, True),
        (1, 0, False, False),
        (3, 0, True, False),
    ],
)
def test_venue_slow_bounds(overdue: int, mean: float, breach: bool, clear: bool) -> None:
    """Three overdue or a mean of ten raise; none overdue and a mean below five clear."""
    raised, cleared = venue_slow(VenueSlow(), np.array([overdue]), np.array([float(mean)]))
    assert (bool(raised[0]), bool(cleared[0])) == (breach, clear)


@pytest.mark.parametrize(
    ("is_open", "age_s", "run", "breach", "clear"),
    [
        (True, 299.999, 0, False, True),
        (True, 300, 0, True, False),
        (False, 300, 0, False, True),
        (True, -0.001, 0, False, True),
        (True, 0, 3, True, False),
        (True, 0, 2, False, True),
        (False, 0, 3, True, False),
    ],
)
def test_venue_silent_bounds(
    is_open: bool, age_s: float, run: int, breach: bool, clear: bool
) -> None:
    """Five minutes without a heartbeat while open, or three orders left in a row."""
    age_ms = -1 if age_s < 0 else round(age_s * 1000)
    raised, cleared = venue_silent(
        VenueSilent(), np.array([is_open]), np.array([age_ms]), np.array([run])
    )
    assert (bool(raised[0]), bool(cleared[0])) == (breach, clear)


def test_every_rule_has_a_subject_and_says_what_it_reads() -> None:
    """The tables beside the rules name each of them, and only streams that exist."""
    assert set(SUBJECTS) == set(READS) == set(RULES) == set(RuleSet.__struct_fields__)
    streams = {stream for read in READS.values() for stream in read}
    assert streams <= {"couriers", "orders", "venues", "city"}


def test_a_silent_stream_explains_just_the_rules_that_read_it() -> None:
    """What `feed_silent` holds and what it inhibits are the same rules."""
    for stream in ("couriers", "orders", "venues"):
        held = {rule for rule, read in READS.items() if stream in read}
        assert EXPLAINS["feed_silent", stream] == held, stream


def test_nothing_explains_itself() -> None:
    """A stall is not the reason for a stall."""
    assert explained_by("city_stall", [("id", "city_stall", "riga")]) is None
    assert explained_by("order_late", [("id", "city_stall", "riga")]) == "id"
    assert explained_by("order_unpaid", [("id", "city_stall", "riga")]) is None


def test_a_silence_hides_what_all_its_matchers_match() -> None:
    """A label that an alert does not have matches nothing."""
    record = SilenceRecord(
        id="s",
        city="riga",
        matchers=(Matcher("rule", "order_late"), Matcher("zone", "Centrs")),
        by="ann",
        reason="known",
        from_ts=0,
        until_ts=1,
    )
    assert record.hides({"rule": "order_late", "zone": "Centrs", "venue": "v"})
    assert not record.hides({"rule": "order_late", "zone": "Teika"})
    assert not record.hides({"rule": "order_late"})


def test_the_defaults_are_those_of_the_contract() -> None:
    """Every figure of the contract's table of rules."""
    r = RuleSet()
    z = r.zone_shortage
    assert (z.ratio_raise, z.min_on_shift, z.wait_raise_s, z.for_s) == (1.5, 5, 300, 120)
    assert (z.ratio_clear, z.wait_clear_s, z.severity) == (1.25, 180, "warning")
    assert (z.critical_ratio_raise, z.critical_wait_raise_s, z.critical_for_s) == (2.0, 600, 120)
    assert (z.critical_ratio_clear, z.critical_wait_clear_s) == (1.6, 480)
    assert (r.order_unaccepted.after_min, r.order_unassigned.after_min) == (5, 8)
    assert (r.order_pickup_late.after_min, r.order_late.after_min) == (15, 10)
    assert (r.order_unpaid.after_min, r.courier_silent.after_min) == (3, 5)
    s = r.venue_slow
    assert (s.overdue_raise, s.overrun_raise_min, s.overrun_clear_min, s.for_s) == (3, 10, 5, 60)
    assert s.overdue_after_min == 5
    v = r.venue_silent
    assert (v.heartbeat_min, v.unaccepted_run, v.unaccepted_min) == (5, 3, 5)
    assert (r.courier_stuck.radius_m, r.courier_stuck.window_min) == (50, 10)
    f = r.feed_silent
    assert (f.silent_s, f.min_per_min, f.window_min) == (120, 1, 10)
    c = r.city_stall
    assert (c.placed_raise, c.ready_raise, c.window_min, c.for_s) == (10, 5, 10, 60)
    held = {name for name in RULES if getattr(r, name).for_s}
    assert held == {"zone_shortage", "venue_slow", "city_stall"}
    assert all(getattr(r, name).enabled for name in RULES)
