"""Deadlines of rows, by whole seconds: cost grows with what falls due, not with what waits.

Each row has at most one deadline that counts, kept in a column of its table; an entry that was
overtaken by an earlier one is left in the wheel and passed over when it comes up. `Wheel` goes by
a column of ms, `SecondsWheel` by one of half the size.
"""

import heapq
from array import array
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, ClassVar, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from monitor.core.tables.table import FAR

SECOND_MS: Final = 1_000
FEW: Final = 24  # up to so many rows are faster looked at one by one
NO_SECOND: Final = 1 << 31  # in a column of seconds: no deadline
_SECONDS: Final = NO_SECOND - 1  # in such a column they are counted modulo one more than this
_EARLIER: Final = 1 << 30  # of their differences: from here on they are negative ones

Due = NDArray[Any]  # a column of deadlines: int64 of ms, or uint32 of seconds
Cells: TypeAlias = "memoryview[int]"  # the same, cell by cell


def whole_second(ms: int) -> int:
    """The first whole second not before `ms`, in ms."""
    return -(-ms // SECOND_MS) * SECOND_MS


class Wheel:
    """Rows by the second in which they fall due; the column of deadlines is ms, FAR where none."""

    NONE: ClassVar[int] = FAR

    def __init__(self) -> None:
        self._rows: dict[int, array[int]] = {}  # packed: with a list a row takes 40 bytes
        self._seconds: list[int] = []

    # What the column holds; each takes numbers and columns alike.

    def _stamp(self, at_ms: Any) -> Any:
        """A deadline as the column holds it."""
        return at_ms

    def _is_sooner(self, stamp: Any, known: Any) -> Any:
        """Whether a deadline comes before what the column has."""
        return stamp < known

    def _is_behind(self, at_ms: int, known: Due) -> bool:
        """Whether a deadline is surely not sooner than any of these; a quick look."""
        return bool(known.max() <= at_ms)

    def _is_due(self, known: Any, now_ms: int) -> Any:
        """Whether what the column has is over by `now_ms`."""
        return known <= now_ms

    def _armed(self, due: Due) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The rows that have a deadline, and when it is, ms."""
        rows = np.flatnonzero(due != FAR)
        return rows, due[rows]

    def arm(self, due: Cells, row: int, at_ms: int) -> None:
        """Wake `row` at `at_ms` at the latest; `due` are the cells of its table's column."""
        stamp = self._stamp(at_ms)
        if self._is_sooner(stamp, due[row]):
            due[row] = stamp
            self._bucket(whole_second(at_ms)).append(row)

    def arm_many(self, due: Due, rows: NDArray[np.int64], at_ms: NDArray[np.int64]) -> None:
        """`arm` for many rows, each once."""
        known = due.take(rows)
        # Mostly each of them has a deadline before the first of these.
        if not len(rows) or self._is_behind(int(at_ms.min()), known):
            return
        if len(rows) <= FEW:
            for row, at in zip(rows.tolist(), at_ms.tolist(), strict=True):
                self.arm(due.data, row, at)
            return
        stamps = self._stamp(at_ms)
        sooner = self._is_sooner(stamps, known).nonzero()[0]
        if not len(sooner):
            return
        rows = rows[sooner]
        due[rows] = stamps[sooner]
        self._put(rows, at_ms[sooner])

    def _put(self, rows: NDArray[np.int64], at_ms: NDArray[np.int64]) -> None:
        """Add entries, each in its second; the column of deadlines is not looked at."""
        seconds = -(-at_ms // SECOND_MS) * SECOND_MS
        order = np.argsort(seconds, kind="stable")
        seconds, rows = seconds[order], rows[order]
        bounds = [0, *(np.flatnonzero(seconds[1:] != seconds[:-1]) + 1).tolist(), len(seconds)]
        for start, end in pairwise(bounds):
            bucket = self._bucket(int(seconds[start]))
            bucket.frombytes(rows[start:end].astype(np.intc).tobytes())

    def _bucket(self, second: int) -> "array[int]":
        """The rows of a second, in which from now on the wheel wakes."""
        bucket = self._rows.get(second)
        if bucket is None:
            bucket = self._rows[second] = array("i")
            heapq.heappush(self._seconds, second)
        return bucket

    def dump(self) -> list[int]:
        """The seconds at which it wakes; with the column of deadlines that is all of it.

        Every armed row has an entry in the second of its deadline, so that `pop` gives the rows
        that the column names, whatever else is in the wheel. What was overtaken matters only by its
        second: the wheel wakes at it, and a judgement takes place.
        """
        return self._seconds.copy()

    def load(self, seconds: Sequence[int], due: Due) -> None:
        """Become, being empty, the dumped wheel over its column of deadlines."""
        self._rows = {second: array("i") for second in seconds}
        self._seconds = sorted(self._rows)
        armed, at_ms = self._armed(due)
        if len(armed):
            self._put(armed, at_ms)

    @property
    def next_ms(self) -> int:
        """The next second in which something may fall due, far off if nothing does."""
        return self._seconds[0] if self._seconds else FAR

    def pop(self, due: Due, now_ms: int) -> list[int]:
        """The rows due by `now_ms`, ascending, each once and disarmed."""
        rows: list[int] = self.pop_rows(due, now_ms).tolist()
        return rows

    def pop_rows(self, due: Due, now_ms: int) -> NDArray[np.int64]:
        """`pop` where they may be many."""
        if not self._seconds or self._seconds[0] > now_ms:
            return np.zeros(0, np.int64)
        found = array("i")
        while self._seconds and self._seconds[0] <= now_ms:
            found.extend(self._rows.pop(heapq.heappop(self._seconds)))
        if len(found) <= FEW:
            cells = due.data
            few = [row for row in sorted(set(found)) if self._is_due(cells[row], now_ms)]
            for row in few:
                cells[row] = self.NONE
            return np.array(few, np.int64)
        every = np.frombuffer(found, np.intc)
        fallen = self._is_due(due.take(every), now_ms).nonzero()[0]
        rows = each_once(every.take(fallen).astype(np.int64))
        due[rows] = self.NONE
        return rows


def each_once(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows ascending without repeats; `np.unique` takes six times as long for a million."""
    rows = np.sort(rows)
    kept = np.ones(len(rows), np.bool_)
    np.not_equal(rows[1:], rows[:-1], out=kept[1:])
    return rows[kept]


class SecondsWheel(Wheel):
    """The same over a column of whole seconds since 1970, `NO_SECOND` where there is none.

    Whoever asks is told at whole seconds, so that nothing is woken at another one. The seconds are
    kept modulo 2^31 and compared as if none were farther than 34 years from another.
    """

    NONE = NO_SECOND

    def arm(self, due: Cells, row: int, at_ms: int) -> None:
        """Wake `row` at `at_ms` at the latest; `due` are the cells of its table's column."""
        # Said out, for a position alone has this to pay.
        known, second = due[row], -(-at_ms // SECOND_MS)
        if second - known & _SECONDS >= _EARLIER or known == NO_SECOND:
            due[row] = second & _SECONDS
            self._bucket(second * SECOND_MS).append(row)

    def _stamp(self, at_ms: Any) -> Any:
        return -(-at_ms // SECOND_MS) & _SECONDS

    def _is_sooner(self, stamp: Any, known: Any) -> Any:
        return (stamp - known & _SECONDS >= _EARLIER) | (known == NO_SECOND)

    def _is_behind(self, at_ms: int, known: Due) -> bool:
        # `NO_SECOND` is far behind every second, modulo 2^32.
        return bool((self._stamp(at_ms) - known).max() < _EARLIER)

    def _is_due(self, known: Any, now_ms: int) -> Any:
        now = now_ms // SECOND_MS & _SECONDS
        return (now - known & _SECONDS < _EARLIER) & (known != NO_SECOND)

    def _armed(self, due: Due) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        rows = np.flatnonzero(due != NO_SECOND)
        if not len(rows):
            return rows, rows
        # Each has an entry, so that they are reckoned from the earliest of these.
        first = self._seconds[0] // SECOND_MS
        after = (due[rows].astype(np.int64) - first + _EARLIER & _SECONDS) - _EARLIER
        return rows, (first + after) * SECOND_MS
