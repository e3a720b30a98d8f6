"""Cells of couriers, orders and venues: the columns' own memory, whatever the table grew to."""

from dataclasses import fields

import pytest

from monitor.core.tables.columns import Couriers, Orders, Venues


@pytest.mark.parametrize(
    "table", [Couriers(), Orders(), Venues()], ids=["couriers", "orders", "venues"]
)
def test_a_cell_is_its_column_before_and_after_the_table_grows(
    table: Couriers | Orders | Venues,
) -> None:
    """What is written to a cell stands in the column, and the other way round."""
    first = table.row("first")
    for last in (first, max(table.row(f"n{i}") for i in range(1_000))):
        for cell in fields(table.cells):
            column, one = getattr(table, cell.name), getattr(table.cells, cell.name)
            one[last] = 1
            assert column[last] == 1, cell.name
            column[last] = 0
            assert one[last] == 0, cell.name


def test_a_removed_row_is_blank_in_its_cells() -> None:
    """A row that is given free leaves nothing of its order behind."""
    orders = Orders()
    row = orders.row("o1")
    orders.cells.venue[row], orders.cells.accepted[row] = 7, True
    orders.remove(row)
    assert (orders.cells.venue[row], orders.cells.accepted[row]) == (-1, False)
