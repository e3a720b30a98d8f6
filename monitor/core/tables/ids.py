"""Ids to rows for a table that is asked about thousands of ids at once.

Open addressing in numpy: a block of ids is looked up by a few gathers, whose cache misses overlap,
where a dict takes three misses for each id, one after the other; and it takes a sixth of a dict's
memory. Ids are told apart by the 64 bits of Python's own keyed hash alone, so that no string is
touched (docs/decisions/0008-id-index.md). The ids themselves stand in `id_blocks.py`.
"""

from collections.abc import Sequence
from math import isqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from monitor.core.tables.growing import grow

_EMPTY: Final = -1
_LEFT: Final = -2  # a row was here: the search goes on behind it
_FEW: Final = 4  # so many ids are looked up faster one by one
_SMALLEST: Final = 61  # places; like all their numbers a prime, so that every step meets them all
_HALF: Final = (1 << 32) - 1  # the lower half of a hash
# Of a hundred places: more are never taken, so many are after all were given anew.
_FULL: Final = 56
_AFTER: Final = 48


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
    """The row of each id, for thousands at once.

    The lower half of a hash says where the search begins, the upper one by which step it goes on.
    About half of the places are taken: fuller ones would cost more misses than the memory is worth.
    """

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
        row = self._places.item((own & _HALF) * len(self._places) >> 32)
        if self._hashes.item(row) == own:  # as for four in five
            return row
        place = self._place_of(own)
        return -1 if place < 0 else self._places.item(place)

    def find_many(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """The row of each id, -1 for those that have none."""
        places, hashes = self._places, self._hashes
        own = np.fromiter(map(hash, ids), np.int64, len(ids))
        at = own & _HALF
        at *= len(places)
        at >>= 32
        found = places.take(at)
        # A place without a row asks for the hash of a row that is never given: -1 is the last.
        left = (hashes.take(found, mode="wrap") != own).nonzero()[0]
        at, own_left = at.take(left), own.take(left)
        step = _steps(own_left, len(places))
        while len(left) > _FEW:
            at += step
            seen = places.take(at, mode="wrap")
            found[left] = seen
            again = hashes.take(seen, mode="wrap") != own_left
            again &= seen != _EMPTY
            goes_on = again.nonzero()[0]
            left, at = left.take(goes_on), at.take(goes_on)
            own_left, step = own_left.take(goes_on), step.take(goes_on)
        rows = np.asarray(found, np.int64)
        for i in left.tolist():
            rows[i] = self.find(ids[i])
        return rows

    def add(self, id_: str, row: int) -> None:
        """Give an id that has none a row."""
        self.add_many([id_], np.array([row]))

    def add_many(self, ids: Sequence[str], rows: NDArray[np.int64]) -> None:
        """Give ids that have none, each standing once, a row each."""
        needed = int(rows.max(initial=0)) + 3
        if needed > len(self._hashes):
            more = max(_SMALLEST, len(self._hashes) // 32)
            grow(self, "_hashes", max(needed, len(self._hashes) + more), 0)
        self._hashes[rows] = np.fromiter(map(hash, ids), np.int64, len(ids))
        self._count += len(ids)
        if 100 * (self._taken + len(ids)) > _FULL * len(self._places):
            known = self._places[self._places >= 0]
            self._rebuild(np.concatenate([known, rows]))
        else:
            self._place(rows)

    def remove(self, id_: str) -> None:
        """Take an id's row from it."""
        place = self._place_of(hash(id_))
        assert place >= 0, f"{id_} has no row"
        self._places[place] = _LEFT
        self._count -= 1

    def load(self, ids: Sequence[str | None]) -> None:
        """Become, being empty, the index of ids by row; raises ValueError for one twice."""
        # No id is the empty one, whose hash is 0.
        hashes = np.fromiter([hash(id_ or "") for id_ in ids], np.int64, len(ids))
        rows = np.flatnonzero(hashes)
        in_order = np.sort(hashes[rows])  # `unique` takes three times as long
        if (in_order[1:] == in_order[:-1]).any():
            raise ValueError("an id stands twice")
        self._hashes = np.concatenate([hashes, np.zeros(2, np.int64)])
        self._count = len(rows)
        self._rebuild(rows)

    def _place_of(self, own: int) -> int:
        """The place of a hash, -1 if there is none."""
        places, hashes, size = self._places, self._hashes, len(self._places)
        at = (own & _HALF) * size >> 32
        step = ((own >> 32 & _HALF) * (size - 1) >> 32) + 1
        while (row := places.item(at)) != _EMPTY:
            if hashes.item(row) == own:
                return at
            at = (at + step) % size
        return -1

    def _rebuild(self, rows: NDArray[np.int64]) -> None:
        """Place these rows, and no others, in as many places as they need."""
        self._places = np.full(_prime(100 * len(rows) // _AFTER), _EMPTY, np.int32)
        self._taken = 0
        self._place(rows)

    def _place(self, rows: NDArray[np.int64]) -> None:
        """Give each row a place, by its hash."""
        places = self._places
        self._taken += len(rows)
        own = self._hashes[rows]
        at, step = (own & _HALF) * len(places) >> 32, _steps(own, len(places))
        while len(rows):
            # Of several that want one empty place the last gets it; the others look further.
            empty = places[at] == _EMPTY
            places[at[empty]] = rows[empty]
            left = places[at] != rows
            rows, step = rows[left], step[left]
            at = _next(at[left], step, len(places))


def _steps(own: NDArray[np.int64], places: int) -> NDArray[np.int64]:
    """By how many places the search for each hash goes on: 1 or more, and fewer than there are."""
    return ((own >> 32 & _HALF) * (places - 1) >> 32) + 1


def _next(at: NDArray[np.int64], step: NDArray[np.int64], places: int) -> NDArray[np.int64]:
    """The places after these; a division of each would take longer than all else."""
    at = at + step
    np.subtract(at, places, out=at, where=at >= places)
    return at


def _prime(least: int) -> int:
    """The first prime number from `least` and the smallest number of places on."""
    number = max(least, _SMALLEST) | 1
    while any(number % odd == 0 for odd in range(3, isqrt(number) + 1, 2)):
        number += 2
    return number
