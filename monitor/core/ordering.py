"""Which events are stale: an event older than the newest one applied to its entity.

For couriers any older event is dropped. For orders and venues each field carries the time it was
told; a late event still sets a field of which nothing newer is known (`newer`), and is stale only
where it sets none.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.core.tables.table import NEVER


class Kept(NamedTuple):
    """What stays of a block: a mask of the applied events, the last applied one of each row."""

    applied: NDArray[np.bool_]
    newest: NDArray[np.int64] | slice


def latest_in_block(
    rows: NDArray[np.int64], ts: NDArray[np.int64], last_ts: NDArray[np.int64]
) -> Kept:
    """Judge a block of events in their order of arrival, as if one by one.

    An event is applied unless an earlier one of its row in the block, or the table's `last_ts`, is
    newer; of equal times the later arrival wins.
    """
    applied = ts >= last_ts.take(rows)
    by_row = np.sort(rows)
    again = by_row[1:][by_row[1:] == by_row[:-1]]
    if len(again):
        return _of_repeated(rows, again, ts, applied)
    return Kept(applied, slice(None) if applied.all() else applied.nonzero()[0])


def _of_repeated(
    rows: NDArray[np.int64],
    again: NDArray[np.int64],
    ts: NDArray[np.int64],
    applied: NDArray[np.bool_],
) -> Kept:
    """The same where the rows `again` stand more than once: only their events are looked at."""
    # Every event of these rows, and of a few others whose last bits are the same.
    last_bits = (4 << len(rows).bit_length()) - 1
    is_meant = np.zeros(last_bits + 1, dtype=np.bool_)
    is_meant[again & last_bits] = True
    some = is_meant.take(rows & last_bits).nonzero()[0]
    # A stable sort by row: of keys that differ, which is several times as fast as a stable argsort.
    bits = len(some).bit_length()
    keys = (rows.take(some) << bits) | np.arange(len(some))
    keys.sort()
    order, by_row = some.take(keys & ((1 << bits) - 1)), keys >> bits
    first = np.append(True, by_row[1:] != by_row[:-1])
    # A running maximum of `ts` within each row: shift every row above the one before it.
    at = ts[order]
    low = int(at.min())
    span = int(at.max()) - low + 1
    shifted = at - low + (np.cumsum(first) - 1) * span
    best = np.maximum.accumulate(shifted)
    kept = (shifted >= best) & applied[order]
    applied[order] = kept
    is_newest = applied.copy()
    is_newest[order] = False
    order, by_row = order[kept], by_row[kept]
    is_last = np.append(by_row[1:] != by_row[:-1], True)[: len(order)]
    is_newest[order[is_last]] = True
    return Kept(applied, is_newest.nonzero()[0])


def newer(told_ts: int, known_ts: int, in_time: bool) -> bool:
    """Whether something told at `told_ts` replaces what was told at `known_ts` (or never).

    Of equal times the later arrival wins while it is in time; a late repeat changes nothing.
    """
    return known_ts == NEVER or told_ts > known_ts or (in_time and told_ts == known_ts)
