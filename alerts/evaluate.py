"""Rules over many subjects at once: columns in, breach and clear bits out.

Bit 0 is a rule's first (mildest) step, bit 1 its second. Zones and venues are judged here as
arrays; orders, couriers and streams have deadlines and are judged one by one when theirs comes.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alerts.rules import RuleSet, VenueSilent, VenueSlow, ZoneShortage

Bits = NDArray[np.uint8]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


class ShortageBounds:
    """The thresholds of `zone_shortage` as columns, one row a zone."""

    def __init__(self, rules: Sequence[ZoneShortage]) -> None:
        def column(name: str) -> Floats:
            return np.array([getattr(rule, name) for rule in rules], dtype=np.float64)

        self.enabled: Mask = np.array([rule.enabled for rule in rules], dtype=np.bool_)
        self.min_on_shift = column("min_on_shift")
        self.ratio_raise = (column("ratio_raise"), column("critical_ratio_raise"))
        self.ratio_clear = (column("ratio_clear"), column("critical_ratio_clear"))
        self.wait_raise_s = (column("wait_raise_s"), column("critical_wait_raise_s"))
        self.wait_clear_s = (column("wait_clear_s"), column("critical_wait_clear_s"))


class CourierBounds:
    """The thresholds of the rules on couriers as columns, one row a zone and one for none."""

    def __init__(self, rules: Sequence[RuleSet]) -> None:
        def column(values: Iterable[float], dtype: type) -> NDArray[Any]:
            return np.array(list(values), dtype=dtype)

        self.silent_ms: Ints = column(
            (round(r.courier_silent.after_min * 60_000) for r in rules), np.int64
        )
        self.stuck_ms: Ints = column(
            (round(r.courier_stuck.window_min * 60_000) for r in rules), np.int64
        )
        self.radius_m: Floats = column((r.courier_stuck.radius_m for r in rules), np.float64)


def zone_shortage(
    bounds: ShortageBounds, rows: Ints, ratio: Floats, on_shift: Ints, oldest_wait_s: Floats
) -> tuple[Bits, Bits]:
    """Breach and clear bits of the zones `rows`; the figures are given for those rows only."""
    judged = bounds.enabled[rows]
    enough = judged & (on_shift >= bounds.min_on_shift[rows])
    breach = np.zeros(len(rows), dtype=np.uint8)
    clear = np.zeros(len(rows), dtype=np.uint8)
    for step in (0, 1):
        short = enough & (ratio >= bounds.ratio_raise[step][rows])
        waits = judged & (oldest_wait_s >= bounds.wait_raise_s[step][rows])
        breach |= (short | waits).astype(np.uint8) << step
        fine = (ratio < bounds.ratio_clear[step][rows]) & (
            oldest_wait_s < bounds.wait_clear_s[step][rows]
        )
        clear |= (fine | ~judged).astype(np.uint8) << step
    return breach, clear


def venue_slow(rule: VenueSlow, overdue: Ints, overrun_min: Floats) -> tuple[Mask, Mask]:
    """Breach and clear of venues; `overrun_min` is NaN where five were never readied."""
    breach = (overdue >= max(rule.overdue_raise, 1)) | (overrun_min >= rule.overrun_raise_min)
    clear = (overdue == 0) & ~(overrun_min >= rule.overrun_clear_min)
    return breach, clear


def venue_silent(
    rule: VenueSilent, is_open: Mask, heartbeat_age_ms: Ints, run: Ints
) -> tuple[Mask, Mask]:
    """Breach and clear of venues.

    `heartbeat_age_ms` is the time since the last sign of life of a venue that sends heartbeats,
    -1 for one that never sent any; `run` counts its latest orders in a row left unaccepted.
    """
    silent = is_open & (heartbeat_age_ms >= rule.heartbeat_min * 60_000)
    left = run >= max(rule.unaccepted_run, 1)
    breach = silent | left
    return breach, ~breach  # a heartbeat ends the one, only an accept can end the other
