"""The columns of a table, one cell at a time.

The very memory of a table's columns, as Python's numbers: reading or writing a cell takes a third
of the time that numpy takes for a scalar, and an order's event does it some forty times. For
whoever looks at one row; columns are for many. A table makes its cells anew when it grows, so
always read them through the table.
"""

from dataclasses import dataclass, fields
from typing import Any, Self, TypeAlias

from monitor.core.tables.table import Table

Ints: TypeAlias = "memoryview[int]"
Bools: TypeAlias = "memoryview[bool]"
Floats: TypeAlias = "memoryview[float]"


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Cells of a table; each field is one of its columns."""

    changed: Bools

    @classmethod
    def of(cls, table: Table) -> Self:
        """The cells of a table as it has grown so far."""
        cells: dict[str, Any] = {f.name: memoryview(getattr(table, f.name)) for f in fields(cls)}
        return cls(**cells)


@dataclass(frozen=True, slots=True, eq=False)
class CourierCells(Cells):
    """See `columns.Couriers`; what only many are looked at for is not here."""

    lon: Floats
    lat: Floats
    last_ts: Ints
    pos_ts: Ints
    status: Ints
    zone: Ints
    kind: Ints
    carrying: Ints
    moved: Bools
    alerts: Ints
    due_s: Ints


@dataclass(frozen=True, slots=True, eq=False)
class OrderCells(Cells):
    """See `columns.Orders`."""

    venue: Ints
    courier: Ints
    drop_lon: Floats
    drop_lat: Floats
    last_ts: Ints
    placed_ts: Ints
    promised_ts: Ints
    estimate_ts: Ints
    accepted_ts: Ints
    venue_ready_ts: Ints
    ready_ts: Ints
    assign_ts: Ints
    given_ts: Ints
    picked_ts: Ints
    delivered_ts: Ints
    cancelled_ts: Ints
    payment: Ints
    payment_ts: Ints
    unpaid_ts: Ints
    problem: Ints
    problem_ts: Ints
    accepted: Bools
    ready: Bools
    assigned: Bools
    picked: Bools
    closed: Bools
    orphan: Bools
    in_zone: Ints
    in_open: Bools
    in_waiting: Bools
    in_ready: Bools
    on_courier: Ints
    on_venue: Ints
    venue_overdue: Bools
    venue_left: Bools
    alerts: Ints
    due_ms: Ints


@dataclass(frozen=True, slots=True, eq=False)
class VenueCells(Cells):
    """See `columns.Venues`; its overruns are not here."""

    lon: Floats
    lat: Floats
    zone: Ints
    last_ts: Ints
    place_ts: Ints
    prep_min: Floats
    status: Ints
    status_ts: Ints
    until_ts: Ints
    heartbeat_ts: Ints
    accept_ts: Ints
    order_ts: Ints
    open_orders: Ints
    overdue: Ints
    left_run: Ints
    readied: Ints
    alerts: Ints
    due_ms: Ints
