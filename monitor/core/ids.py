"""Ids to rows for a table that is asked about thousands of ids at once.

Open addressing in numpy: a block of ids is looked up by a few gathers, whose cache misses overlap,
where a dict takes three misses for each id, one after the other; and it takes a quarter of a dict's
memory. Ids are told apart by the 64 bits of Python's own keyed hash alone, so that no string is
touched (docs/decisions/0008-id-index.md).
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

_EMPTY: Final = -1
_LEFT: Final = -2  # a row was here: the search goes on behind it
_FEW: Final = 8  # so many ids are looked up faster one by one
_SMALLEST: Final = 64


class Names:
    """The row of each id, for tables that are asked about one at a time: a dict."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def find(self, id_: str) -> int:
        """The row of an id, -1 if it has none."""
        return self._rows.get(id_, -1)

    def find_many(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """The row of each id, -1 for those that have none."""
        return np.fromiter([self._rows.get(id_, -1) for id_ in ids], np.int64, len(ids))

    def add(self, id_: str, row: int) -> None:
        """Give an id that has none a row."""
        self._rows[id_] = row

    def add_many(self, ids: Sequence[str], rows: NDArray[np.int64]) -> None:
        """Give ids that have none, each standing once, a row each."""
        self._rows.update(zip(ids, rows.tolist(), strict=True))

    def remove(self, id_: str) -> None:
        """Take an id's row from it."""
        del self._rows[id_]

    def load(self, ids: Sequence[str | None]) -> None:
        """Become, being empty, the index of ids by row; raises ValueError for one twice."""
        self._rows = {id_: row for row, id_ in enumerate(ids) if id_ is not None}
        if len(self._rows) + ids.count(None) != len(ids):
            raise ValueError("an id stands twice")


class Index:
    """The row of each id, for thousands at once; at most half of its places are taken."""

    def __init__(self) -> None:
        self._places = np.full(_SMALLEST, _EMPTY, np.int32)  # a row each, or one of the two above
        # By row; two more than there can be rows, which stand for _EMPTY and _LEFT.
        self._hashes = np.zeros(_SMALLEST, np.int64)
        self._taken = 0  # places that are not empty
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def places(self) -> int:
        """How many there are, taken or not."""
        return len(self._places)

    def find(self, id_: str) -> int:
        """The row of an id, -1 if it has none."""
        own = hash(id_)
        place = self._search(own)
        return -1 if place < 0 else self._places.item(place)

    def find_many(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """The row of each id, -1 for those that have none."""
        own = np.fromiter(map(hash, ids), np.int64, len(ids))
        mask = len(self._places) - 1
        at = own & mask
        found = self._places[at]
        # A place without a row asks for the hash of a row that is never given.
        left = np.flatnonzero(self._hashes[found] != own)
        left = left[found[left] != _EMPTY]
        at, own_left = at[left], own[left]
        step = (own_left >> 32) | 1
        while len(left) > _FEW:
            at = at + step & mask
            seen = self._places[at]
            found[left] = seen
            again = (self._hashes[seen] != own_left) & (seen != _EMPTY)
            left, at, own_left, step = left[again], at[again], own_left[again], step[again]
        for i in left.tolist():
            place = self._search(own.item(i))
            found[i] = _EMPTY if place < 0 else self._places[place]
        return np.asarray(found, np.int64)

    def add(self, id_: str, row: int) -> None:
        """Give an id that has none a row."""
        self.add_many([id_], np.array([row]))

    def add_many(self, ids: Sequence[str], rows: NDArray[np.int64]) -> None:
        """Give ids that have none, each standing once, a row each."""
        missing = int(rows.max(initial=0)) + 3 - len(self._hashes)
        if missing > 0:
            more = max(missing, _SMALLEST, len(self._hashes) // 4)
            self._hashes = np.concatenate([self._hashes, np.zeros(more, np.int64)])
        self._hashes[rows] = np.fromiter(map(hash, ids), np.int64, len(ids))
        self._count += len(ids)
        if 2 * (self._taken + len(ids)) > len(self._places):
            known = self._places[self._places >= 0]
            self._rebuild(np.concatenate([known, rows]), self._count)
        else:
            self._place(rows)

    def remove(self, id_: str) -> None:
        """Take an id's row from it."""
        place = self._search(hash(id_))
        assert place >= 0, f"{id_} has no row"
        self._places[place] = _LEFT
        self._count -= 1

    def load(self, ids: Sequence[str | None]) -> None:
        """Become, being empty, the index of ids by row; raises ValueError for one twice."""
        rows = np.flatnonzero(np.fromiter([id_ is not None for id_ in ids], np.bool_, len(ids)))
        self._hashes = np.fromiter(map(hash, ids), np.int64, len(ids))
        if len(rows) != len(np.unique(self._hashes[rows])):
            raise ValueError("an id stands twice")
        self._hashes = np.concatenate([self._hashes, np.zeros(_SMALLEST, np.int64)])
        self._count = len(rows)
        self._rebuild(rows, len(rows))

    def _search(self, own: int) -> int:
        """The place of an id by its hash, -1 if there is none."""
        places, hashes = self._places, self._hashes
        mask, step = len(places) - 1, (own >> 32) | 1
        at = own & mask
        while (row := places.item(at)) != _EMPTY:
            if hashes.item(row) == own:
                return at
            at = at + step & mask
        return -1

    def _rebuild(self, rows: NDArray[np.int64], count: int) -> None:
        """Place rows anew, with room for half as many again as there will be."""
        size = _SMALLEST
        while size < 3 * count:
            size *= 2
        self._places = np.full(size, _EMPTY, np.int32)
        self._taken = 0
        self._place(rows)

    def _place(self, rows: NDArray[np.int64]) -> None:
        """Give each row a place, by its hash."""
        places, mask = self._places, len(self._places) - 1
        self._taken += len(rows)
        own = self._hashes[rows]
        at, step = own & mask, (own >> 32) | 1
        while len(rows):
            # Of several that want one empty place the last gets it; the others look further.
            empty = places[at] == _EMPTY
            places[at[empty]] = rows[empty]
            left = places[at] != rows
            rows, step = rows[left], step[left]
            at = at[left] + step & mask
