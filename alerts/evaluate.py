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
    """The thresholds of `zone_shortage`: one row a zone, one column a step.

    `rules` are the different ones, `which` says by its index which of them holds in each zone.
    """

    def __init__(self, rules: Sequence[ZoneShortage], which: Ints) -> None:
        def columns(*names: str) -> Floats:
            rows = [[getattr(rule, name) for name in names] for rule in rules]
            return np.array(rows, dtype=np.float64).reshape(len(rules), len(names))[which]

        self.enabled: Mask = np.array([rule.enabled for rule in rules], dtype=np.bool_)[which]
        self.min_on_shift = columns("min_on_shift")[:, 0]
        self.ratio_raise = columns("ratio_raise", "critical_ratio_raise")
        self.ratio_clear = columns("ratio_clear", "critical_ratio_clear")
        self.wait_raise_s = columns("wait_raise_s", "critical_wait_raise_s")
        self.wait_clear_s = columns("wait_clear_s", "critical_wait_clear_s")
        self.wait_raise_ms: Ints = np.rint(self.wait_raise_s * 1000).astype(np.int64)


class CourierBounds:
    """The thresholds of the rules on couriers as columns, one row a zone and one for none.

    `rules` and `which` as for `ShortageBounds`.
    """

    def __init__(self, rules: Sequence[RuleSet], which: Ints) -> None:
        def column(values: Iterable[float], dtype: type) -> NDArray[Any]:
            return np.array(list(values), dtype=dtype)[which]

        self.silent_ms: Ints = column(
            (round(r.courier_silent.after_min * 60_000) for r in rules), np.int64
        )
        self.stuck_ms: Ints = column(
            (round(r.courier_stuck.window_min * 60_000) for r in rules), np.int64
        )
        self.radius_m: Floats = column((r.courier_stuck.radius_m for r in rules), np.float64)
        self.least_silent_ms = int(self.silent_ms.min()) if len(which) else 0


def zone_shortage(
    bounds: ShortageBounds, rows: Ints, ratio: Floats, on_shift: Ints, oldest_wait_s: Floats
) -> tuple[Bits, Bits]:
    """Breach and clear bits of the zones `rows`; the figures are given for those rows only."""
    judged = bounds.enabled[rows]
    enough = judged & (on_shift >= bounds.min_on_shift[rows])
    ratio, wait_s = ratio[:, None], oldest_wait_s[:, None]
    breach = enough[:, None] & (ratio >= bounds.ratio_raise[rows])
    breach |= judged[:, None] & (wait_s >= bounds.wait_raise_s[rows])
    clear = (ratio < bounds.ratio_clear[rows]) & (wait_s < bounds.wait_clear_s[rows])
    clear |= ~judged[:, None]
    return _bits(breach), _bits(clear)


def shortage_of_one(
    rule: ZoneShortage, ratio: float, on_shift: int, oldest_wait_s: float
) -> tuple[int, int]:
    """`zone_shortage` of one zone, in a tenth of the time."""
    if not rule.enabled:
        return 0b00, 0b11
    enough = on_shift >= rule.min_on_shift
    mild = (enough and ratio >= rule.ratio_raise) or oldest_wait_s >= rule.wait_raise_s
    critical = (
        enough and ratio >= rule.critical_ratio_raise
    ) or oldest_wait_s >= rule.critical_wait_raise_s
    mild_over = ratio < rule.ratio_clear and oldest_wait_s < rule.wait_clear_s
    critical_over = ratio < rule.critical_ratio_clear and oldest_wait_s < rule.critical_wait_clear_s
    return mild + 2 * critical, mild_over + 2 * critical_over


def _bits(steps: Mask) -> Bits:
    """A column a step becomes a bit a step."""
    bits: Bits = steps[:, 0] + (steps[:, 1] * np.uint8(2))
    return bits


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
