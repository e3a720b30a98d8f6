"""Ids packed in blocks are what a list of strings would be, and keep copies as they were."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.tables.growing import grow
from monitor.core.tables.id_blocks import ROWS, IdBlocks
from ws.columns import BLOCK, END

ID = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=128)
IDS = st.lists(st.none() | ID, max_size=5 * ROWS)


@given(IDS, IDS, st.lists(st.tuples(st.integers(0, 9 * ROWS), st.none() | ID), max_size=9))
def test_packed_ids_are_those_of_a_list(
    first: list[str | None], more: list[str | None], changes: list[tuple[int, str | None]]
) -> None:
    """Whatever is added, set and given free, one by one or many at once, in any alphabet."""
    plain, packed = list[str | None](), IdBlocks()
    for ids in (plain, packed):
        for id_ in first:
            ids.append(id_)
        ids.extend(more)
        for row, id_ in changes:
            if row < len(ids):
                ids[row] = id_
    assert len(packed) == len(plain)
    assert list(packed) == [packed[row] for row in range(len(packed))] == plain
    rows = list(range(0, len(plain), 3))
    assert packed.of(rows) == [plain[row] for row in rows]
    again = IdBlocks.packed(packed.blocks())
    assert (list(again), len(again)) == (plain, len(plain))


@given(IDS, st.data())
def test_blocks_once_taken_stand_still_and_only_changed_ones_are_others(
    ids: list[str | None], data: st.DataObject
) -> None:
    """So a watcher's channel compares them by identity, and a snapshot copies no text."""
    packed = IdBlocks()
    packed.extend([*ids, "last"])
    before, was = packed.blocks(), list(packed)
    row = data.draw(st.integers(0, len(ids)))
    packed[row] = "another"
    after = packed.blocks()
    differ = [n for n, (a, b) in enumerate(zip(before, after, strict=True)) if a is not b]
    assert differ == [row // ROWS]
    assert list(IdBlocks.packed(before)) == was


def test_the_stream_reads_the_blocks_that_the_table_writes() -> None:
    """As many rows in each, and the same end behind each id."""
    packed = IdBlocks()
    packed.extend(["a"] * (BLOCK + 1))
    assert [block.count(END) for block in packed.blocks()] == [BLOCK, 1]


@pytest.mark.parametrize("is_held", [False, True])
def test_a_column_grows_in_place_unless_somebody_holds_it(is_held: bool) -> None:
    """Its rows stay, new ones hold the fill; who holds the old array keeps it as it was."""

    class Owner:
        column = np.arange(6, dtype=np.float64).reshape(3, 2)

    owner = Owner()
    owner.column = owner.column.copy()
    held = owner.column[:2] if is_held else None
    at = id(owner.column)
    grow(owner, "column", 5, np.nan)
    assert (id(owner.column) == at) != is_held
    np.testing.assert_equal(owner.column[:3], [[0, 1], [2, 3], [4, 5]])
    assert np.isnan(owner.column[3:]).all()
    if held is not None:
        owner.column[0] = 9
        np.testing.assert_equal(held, [[0, 1], [2, 3]])
