"""Deadlines of rows, by whole seconds: cost grows with what falls due, not with what waits.

Each row has at most one deadline that counts, kept in a column of its table; an entry that was
overtaken by an earlier one is left in the wheel and passed over when it comes up.
"""

import heapq
from array import array
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from monitor.core.table import FAR

SECOND_MS: Final = 1_000
FEW: Final = 24  # up to so many rows are faster looked at one by one


def whole_second(ms: int) -> int:
    """The first whole second not before `ms`, in ms."""
    return -(-ms // SECOND_MS) * SECOND_MS


class Wheel:
    """Rows by the second in which they fall due."""

    def __init__(self) -> None:
        self._rows: dict[int, array[int]] = {}  # packed: with a list a row takes 40 bytes
        self._seconds: list[int] = []

    def arm(self, due: NDArray[np.int64], row: int, at_ms: int) -> None:
        """Wake `row` at `at_ms` at the latest; `due` is the column of its table."""
        if at_ms < due[row]:
            due[row] = at_ms
            second = whole_second(at_ms)
            rows = self._rows.get(second)
            if rows is None:
                self._rows[second] = array("i", [row])
                heapq.heappush(self._seconds, second)
            else:
                rows.append(row)

    def arm_many(
        self, due: NDArray[np.int64], rows: NDArray[np.int64], at_ms: NDArray[np.int64]
    ) -> None:
        """`arm` for many rows, each once."""
        if len(rows) <= FEW:
            for row, at in zip(rows.tolist(), at_ms.tolist(), strict=True):
                self.arm(due, row, at)
            return
        sooner = at_ms < due[rows]
        rows, at_ms = rows[sooner], at_ms[sooner]
        if not len(rows):
            return
        due[rows] = at_ms
        self._put(rows, at_ms)

    def _put(self, rows: NDArray[np.int64], at_ms: NDArray[np.int64]) -> None:
        """Add entries, each in its second; the column of deadlines is not looked at."""
        seconds = -(-at_ms // SECOND_MS) * SECOND_MS
        order = np.argsort(seconds, kind="stable")
        seconds, rows = seconds[order], rows[order]
        bounds = [0, *(np.flatnonzero(seconds[1:] != seconds[:-1]) + 1).tolist(), len(seconds)]
        for start, end in pairwise(bounds):
            second = int(seconds[start])
            bucket = self._rows.get(second)
            if bucket is None:
                bucket = self._rows[second] = array("i")
                heapq.heappush(self._seconds, second)
            bucket.frombytes(rows[start:end].astype(np.intc).tobytes())

    def dump(self) -> list[int]:
        """The seconds at which it wakes; with the column of deadlines that is all of it.

        Every armed row has an entry in the second of its deadline, so that `pop` gives the rows
        that the column names, whatever else is in the wheel. What was overtaken matters only by its
        second: the wheel wakes at it, and a judgement takes place.
        """
        return self._seconds.copy()

    def load(self, seconds: Sequence[int], due: NDArray[np.int64]) -> None:
        """Become, being empty, the dumped wheel over its column of deadlines."""
        self._rows = {second: array("i") for second in seconds}
        self._seconds = sorted(self._rows)
        armed = np.flatnonzero(due < FAR)
        if len(armed):
            self._put(armed, due[armed])

    @property
    def next_ms(self) -> int:
        """The next second in which something may fall due, far off if nothing does."""
        return self._seconds[0] if self._seconds else FAR

    def pop(self, due: NDArray[np.int64], now_ms: int) -> list[int]:
        """The rows due by `now_ms`, ascending, each once and disarmed."""
        if not self._seconds or self._seconds[0] > now_ms:
            return []
        found = array("i")
        while self._seconds and self._seconds[0] <= now_ms:
            found.extend(self._rows.pop(heapq.heappop(self._seconds)))
        if len(found) <= FEW:
            rows = sorted(row for row in set(found) if due[row] <= now_ms)
        else:
            every = np.frombuffer(found, np.intc)
            rows = np.unique(every[due[every] <= now_ms]).tolist()
        due[rows] = FAR
        return rows
