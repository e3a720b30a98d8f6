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
    n = len(rows)
    applied = ts >= last_ts.take(rows)
    by_row = np.sort(rows)
    if not (by_row[1:] == by_row[:-1]).any():  # each courier once
        return Kept(applied, slice(None) if applied.all() else np.flatnonzero(applied))
    # A stable sort by row: of keys that differ, which is several times as fast as a stable argsort.
    bits = n.bit_length()
    keys = (rows << bits) | np.arange(n)
    keys.sort()
    order, by_row = keys & ((1 << bits) - 1), keys >> bits
    first = np.empty(n, dtype=np.bool_)
    first[0] = True
    np.not_equal(by_row[1:], by_row[:-1], out=first[1:])
    # A running maximum of `ts` within each row: shift every row above the one before it.
    at = ts[order]
    low = int(at.min())
    span = int(at.max()) - low + 1
    shifted = at - low + (np.cumsum(first) - 1) * span
    best = np.maximum.accumulate(shifted)
    kept = (shifted >= best) & applied[order]
    applied = np.empty(n, dtype=np.bool_)
    applied[order] = kept
    where = np.flatnonzero(kept)
    last = np.empty(len(where), dtype=np.bool_)
    if len(where):
        last[-1] = True
        np.not_equal(by_row[where[1:]], by_row[where[:-1]], out=last[:-1])
    return Kept(applied, order[where[last]])


def newer(told_ts: int, known_ts: int, in_time: bool) -> bool:
    """Whether something told at `told_ts` replaces what was told at `known_ts` (or never).

    Of equal times the later arrival wins while it is in time; a late repeat changes nothing.
    """
    return known_ts == NEVER or told_ts > known_ts or (in_time and told_ts == known_ts)
