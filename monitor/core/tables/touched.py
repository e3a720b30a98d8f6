"""Rows that the next judgement looks at: single ones as events touch them, or many at once.

Many are kept as a column: a set of a million rows takes a hundred milliseconds to make.
"""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from monitor.core.tables.timers import each_once

Rows = NDArray[np.int64]
NO_ROWS: Rows = np.zeros(0, dtype=np.int64)


class Touched:
    """The rows of one table that were touched since the last judgement of it."""

    __slots__ = ("_many", "_single")

    def __init__(self, rows: Iterable[int] = ()) -> None:
        self._single = set(rows)
        self._many = NO_ROWS

    def add(self, row: int) -> None:
        """Touch one row."""
        self._single.add(row)

    def update(self, rows: Iterable[int]) -> None:
        """Touch some."""
        self._single.update(rows)

    def update_many(self, rows: Rows) -> None:
        """Touch very many, ascending and each once."""
        self._many = each_once(np.append(self._many, rows)) if len(self._many) else rows

    def take_with(self, due: Rows) -> Rows:
        """All of them and the rows `due`, ascending, each once; then none is touched any more.

        `due` are ascending and each once too.
        """
        if not self:
            return due
        single = np.fromiter(self._single, np.int64, len(self._single))
        rows = each_once(np.concatenate((due, self._many, single)))
        self._single.clear()
        self._many = NO_ROWS
        return rows

    def __bool__(self) -> bool:
        return bool(self._single or len(self._many))

    def __contains__(self, row: int) -> bool:
        return row in self._single or bool((self._many == row).any())

    def __iter__(self) -> Iterator[int]:
        yield from self._single.union(self._many.tolist())
