"""The index of ids does whatever a dict does, one by one or thousands at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.tables.ids import Index, Names

IDS = st.sampled_from([f"c{n}" for n in range(90)])
# An id that is known leaves, another one comes.
CHANGES = st.lists(st.lists(IDS, max_size=60, unique=True), max_size=12)


@given(CHANGES, st.lists(IDS, max_size=200))
def test_every_id_has_the_row_it_was_given_whatever_came_and_went(
    changes: list[list[str]], asked: list[str]
) -> None:
    """Rows are given, taken back and given again; who left is not found."""
    index, names = Index(), Names()
    free = list(range(90))
    for change in changes:
        for id_ in change:
            row = names.find(id_)
            for known in (index, names):
                known.remove(id_) if row >= 0 else known.add(id_, free[-1])
            free.append(row) if row >= 0 else free.pop()
        assert index.find_many(asked).tolist() == names.find_many(asked).tolist()
        assert [index.find(id_) for id_ in asked] == [names.find(id_) for id_ in asked]
        assert len(index) == len(names)


@pytest.mark.parametrize("kind", [Index, Names])
def test_an_index_read_from_rows_knows_them_all(kind: type[Index | Names]) -> None:
    """More than one rebuild's worth; rows without an id are left out."""
    ids = [None if row % 7 == 0 else f"courier-{row}" for row in range(5_000)]
    known = [id_ for id_ in ids if id_ is not None]
    index = kind()
    index.load(ids)
    assert len(index) == len(known)
    assert index.find_many(known).tolist() == [r for r in range(5_000) if r % 7]
    assert index.find("nobody") == -1
    assert index.find_many(["nobody", *known, "else"])[[0, -1]].tolist() == [-1, -1]


@pytest.mark.parametrize("kind", [Index, Names])
def test_an_id_of_two_rows_is_refused(kind: type[Index | Names]) -> None:
    """A file that contradicts itself is not loaded."""
    with pytest.raises(ValueError, match="twice"):
        kind().load(["a", "b", None, "a"])


def test_an_index_in_constant_change_does_not_grow_or_slow_down() -> None:
    """Places left behind are used again: a million couriers that come and go need no more room."""
    index = Index()
    for n in range(20_000):
        index.add(f"c{n}", n % 51)
        if n >= 50:
            assert index.find(f"c{n - 50}") == (n - 50) % 51
            index.remove(f"c{n - 50}")
    assert len(index) == 50
    assert index.find_many([f"c{n}" for n in range(19_900, 20_000)]).tolist() == [
        *np.full(50, -1),
        *(n % 51 for n in range(19_950, 20_000)),
    ]
    assert index.places <= 512
