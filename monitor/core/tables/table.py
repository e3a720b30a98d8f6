"""A growable table of numpy columns: id -> row, free rows used again, a mask of changed rows.

The tables of `couriers`, `orders` and `venues` declare their columns; what an event does to them
stands there, not here. Rows move never, so a row number stays good until its id is removed.
"""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np
from msgspec import Struct
from numpy.typing import DTypeLike, NDArray

from monitor.core.tables.growing import grow
from monitor.core.tables.id_blocks import IdBlocks
from monitor.core.tables.ids import Index, Names
from monitor.core.tables.memory import Memory

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

NEVER = -1  # a time that is not known
FAR = np.iinfo(np.int64).max  # a time that never comes


class TableDump(Struct, frozen=True):
    """A table as it stood: ids by row, free rows in the order of their use, columns by name.

    Of a table that packs its ids they are in `blocks`, and `ids` is empty.
    """

    ids: list[str | None]
    free: list[int]
    columns: dict[str, NDArray[Any]]
    blocks: list[bytes] = []


class Table:
    """Rows by id. Growing may replace the column arrays: always read them through the table."""

    # column -> (dtype, what a new row holds)
    COLUMNS: ClassVar[dict[str, tuple[DTypeLike, Any]]] = {}
    # Where thousands are asked about at once, or there may be a million: `Index`, packed ids, and
    # no more room than a thirty-second of what is used.
    INDEX: ClassVar[type[Names | Index]] = Names
    IDS: ClassVar[type[list[str | None] | IdBlocks]] = list
    SPARE: ClassVar[int] = 4

    changed: Mask
    live: Mask

    def __init__(self, capacity: int = 64) -> None:
        self._index = self.INDEX()
        self.ids: list[str | None] | IdBlocks = self.IDS()
        self._free: list[int] = []
        self._capacity = 0
        self._columns: dict[str, tuple[DTypeLike, Any]] = {
            **self.COLUMNS,
            "changed": (np.bool_, False),
            "live": (np.bool_, False),
        }
        for name, (dtype, fill) in self._columns.items():
            shape = (0, *np.shape(fill))
            setattr(self, name, np.empty(shape, dtype=dtype))
        self._grow(capacity)

    def __len__(self) -> int:
        return len(self._index)

    @property
    def size(self) -> int:
        """Rows in use or free: every row number is below it."""
        return len(self.ids)

    def _grow(self, capacity: int) -> None:
        for name, (_, fill) in self._columns.items():
            grow(self, name, capacity, fill)
        self._capacity = capacity

    def find(self, id_: str) -> int:
        """The row of an id, -1 if it has none."""
        return self._index.find(id_)

    def row(self, id_: str) -> int:
        """The row of an id, a new one if it has none yet."""
        row = self._index.find(id_)
        return self._add(id_) if row < 0 else row

    def rows_of(self, ids: Sequence[str]) -> Ints:
        """The rows of ids, new ones for those that have none yet."""
        rows = self._index.find_many(ids)
        if rows.min(initial=0) < 0:
            new = np.flatnonzero(rows < 0)
            asked = [ids[i] for i in new.tolist()]
            names = list(dict.fromkeys(asked))  # one may be asked for twice
            added = self._take_rows(names)
            self._index.add_many(names, added)
            self.live[added] = self.changed[added] = True
            rows[new] = added if len(names) == len(asked) else self._index.find_many(asked)
        return rows

    def _add(self, id_: str) -> int:
        row = self._take_row(id_)
        self._index.add(id_, row)
        self.live[row] = True
        self.changed[row] = True
        return row

    def _take_row(self, id_: str) -> int:
        """A row for a new id: a free one, else one more."""
        if self._free:
            row = self._free.pop()
            self.ids[row] = id_
            return row
        row = len(self.ids)
        self._make_room(row + 1)
        self.ids.append(id_)
        return row

    def _take_rows(self, ids: list[str]) -> Ints:
        """`_take_row` for each of them."""
        again = [self._take_row(id_) for id_ in ids[: len(self._free)]]
        first = len(self.ids)
        more = range(first, first + len(ids) - len(again))
        self._make_room(more.stop)
        self.ids.extend(ids[len(again) :])
        return np.array([*again, *more], np.int64)

    def _make_room(self, size: int) -> None:
        if size > self._capacity:
            self._grow(max(size, self._capacity + max(64, self._capacity // self.SPARE)))

    def remove(self, row: int) -> str:
        """Give a row free and blank it; its id."""
        id_ = self.ids[row]
        assert id_ is not None, f"row {row} is free already"
        self._index.remove(id_)
        self.ids[row] = None
        for name, (_, fill) in self._columns.items():
            getattr(self, name)[row] = fill
        self._free.append(row)
        return id_

    def id(self, row: int) -> str:
        """The id of a live row."""
        id_ = self.ids[row]
        assert id_ is not None, f"row {row} is free"
        return id_

    def ids_of(self, rows: Sequence[int]) -> list[str]:
        """The ids of live rows; quickest where they are ascending."""
        if isinstance(self.ids, IdBlocks):
            found = self.ids.of(rows)
        else:
            found = [self.ids[row] for row in rows]
        ids = [id_ for id_ in found if id_ is not None]
        assert len(ids) == len(rows), "a row is free"
        return ids

    def live_rows(self) -> Ints:
        """Every row in use, ascending."""
        return np.flatnonzero(self.live[: self.size])

    def take_changed(self) -> Ints:
        """The live rows changed since the last call, ascending."""
        size = self.size
        rows = np.flatnonzero(self.changed[:size])
        if len(rows):
            self.changed[rows] = False
        return rows

    def __iter__(self) -> Iterator[int]:
        return iter(self.live_rows().tolist())

    def columns(self) -> dict[str, NDArray[Any]]:
        """The declared columns by name, as far as rows are in use or free; not copies."""
        return {name: getattr(self, name)[: self.size] for name in self.COLUMNS}

    def dump(self, memory: Memory) -> TableDump:
        """A copy of all of it but the mask of changes; `load` makes an equal table of it."""
        ids, free, columns = self.ids, self._free.copy(), memory.copies(self.columns())
        if isinstance(ids, IdBlocks):
            return TableDump([], free, columns, ids.blocks())
        return TableDump(ids.copy(), free, columns)

    def load(self, dump: TableDump) -> None:
        """Become, being empty, the dumped table, with every live row changed.

        A column that the dump lacks, or has in another shape, holds what a new row does; one that
        is not known here is left out. Raises ValueError where the dump contradicts itself.
        """
        if isinstance(self.ids, IdBlocks):
            ids: list[str | None] | IdBlocks = IdBlocks.packed(dump.blocks)
        else:
            ids = list(dump.ids)
        size, known = len(ids), list(ids)
        alive = np.fromiter([id_ is not None for id_ in known], np.bool_, size)
        self._index.load(known)
        if len(self) + len(dump.free) != size or alive[dump.free].any():
            raise ValueError("the free rows are others than those without an id")
        self.ids, self._free = ids, list(dump.free)
        if size > self._capacity:
            self._grow(size)
        for name, (_, fill) in self.COLUMNS.items():
            column = dump.columns.get(name)
            if column is not None and column.shape == (size, *np.shape(fill)):
                getattr(self, name)[:size] = column
        self.live[:size] = self.changed[:size] = alive

    def check(self) -> None:
        """Assert the invariants of the table."""
        assert len(self) + len(self._free) == len(self.ids)
        known = [(id_, row) for row, id_ in enumerate(self.ids) if id_ is not None]
        assert len(known) == len(self)
        for id_, row in known:
            assert self.find(id_) == row
        assert self.live_rows().tolist() == [row for _, row in known]
