"""Warm memory that a snapshot's columns are copied into.

The first touch of a page of memory costs many times what copying into it does (2.5 ms a MB
measured in a virtual machine, against 0.15 ms), so that the pages are touched before, in a thread,
and the event loop only copies.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

ALIGN: Final = 64  # bytes; each column begins at a multiple of it


def room_for(columns: dict[str, NDArray[Any]]) -> int:
    """The bytes that copies of these columns take."""
    return sum(_room(column) for column in columns.values())


def _room(column: NDArray[Any]) -> int:
    return -(-column.nbytes // ALIGN) * ALIGN


class Memory:
    """So many bytes, given out piece by piece, once; touching them releases the interpreter."""

    def __init__(self, size: int = 0) -> None:
        self._bytes = np.empty(size, dtype=np.uint8)
        self._bytes.fill(0)
        self._used = 0

    def copies(self, columns: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Copies of columns, in this memory as far as it reaches and in other after that."""
        return {name: self._copy(column) for name, column in columns.items()}

    def _copy(self, column: NDArray[Any]) -> NDArray[Any]:
        start, end = self._used, self._used + _room(column)
        if end > len(self._bytes):
            return column.copy()
        self._used = end
        piece = self._bytes[start : start + column.nbytes]
        copy: NDArray[Any] = piece.view(column.dtype).reshape(column.shape)
        copy[...] = column
        return copy
