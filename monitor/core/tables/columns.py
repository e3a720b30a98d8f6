"""The tables of a city: which columns couriers, orders and venues have, and their codes.

What an event does to them stands in `couriers.py`, `orders.py` and `venues.py`. Times are ms, -1
where not known; positions are lon, lat in degrees, NaN where not known.
"""

from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

from monitor.core.tables.cells import Cells, CourierCells, OrderCells, VenueCells
from monitor.core.tables.id_blocks import IdBlocks
from monitor.core.tables.ids import Index
from monitor.core.tables.table import FAR, NEVER, Table
from monitor.core.tables.timers import NO_SECOND

STATUSES: Final = ("idle", "to_venue", "at_venue", "to_customer", "off")
STATUS_CODE: Final = {name: code for code, name in enumerate(STATUSES)}
IDLE, TO_VENUE, AT_VENUE, TO_CUSTOMER, OFF = range(5)

# How a status counts while the position is fresh: 0 nowhere, 1 idle, 2 busy.
NOWHERE, COUNTS_IDLE, COUNTS_BUSY = range(3)
KIND_OF_STATUS: Final = np.array(
    [COUNTS_IDLE, COUNTS_BUSY, COUNTS_BUSY, COUNTS_BUSY, NOWHERE], dtype=np.uint8
)
KINDS: Final[list[int]] = KIND_OF_STATUS.tolist()

PAYMENTS: Final = ("paid", "unpaid", "cash")
PAYMENT_CODE: Final = {name: code for code, name in enumerate(PAYMENTS)}
PAID, UNPAID, CASH = range(3)

VENUE_STATUSES: Final = ("open", "busy", "paused", "closed")
VENUE_STATUS_CODE: Final = {name: code for code, name in enumerate(VENUE_STATUSES)}
OPEN, BUSY, PAUSED, CLOSED = range(4)

PROBLEMS: Final = (
    "missing_item",
    "wrong_item",
    "wrong_order",
    "damaged",
    "not_received",
    "other",
)
PROBLEM_CODE: Final = {name: code + 1 for code, name in enumerate(PROBLEMS)}  # 0: none

ANCHOR_STEPS: Final = 10_000_000  # a degree: each a centimetre, of tens of metres compared with

OVERRUNS_KEPT: Final = 5  # the rule looks at the last five readied orders of a venue


class _CelledTable(Table):
    """A table whose columns can be had cell by cell: `cells`, which a subclass types."""

    CELLS: ClassVar[type[Cells]]

    def _grow(self, capacity: int) -> None:
        own = vars(self)
        own.pop("cells", None)  # a column that is held can't grow where it lies
        super()._grow(capacity)
        own["cells"] = self.CELLS.of(self)


class Couriers(_CelledTable):
    """One row a courier; `kind` and `zone` are what the balance counts him as, and where.

    A city may have a million of them: what need not be a double or a time is not.
    """

    CELLS = CourierCells
    INDEX = Index
    IDS = IdBlocks
    SPARE = 32

    COLUMNS: ClassVar[dict[str, tuple[DTypeLike, Any]]] = {
        "lon": (np.float64, np.nan),
        "lat": (np.float64, np.nan),
        "last_ts": (np.int64, NEVER),  # the newest event of any type
        "pos_ts": (np.int64, NEVER),  # the newest position
        "status": (np.uint8, IDLE),
        "zone": (np.int32, -1),
        "kind": (np.uint8, NOWHERE),
        "carrying": (np.int32, 0),  # open orders assigned to him
        # Where he was last seen to have moved to, in `ANCHOR_STEPS`, and when; NEVER: not yet.
        "anchor_x": (np.int32, 0),
        "anchor_y": (np.int32, 0),
        "anchor_ts": (np.int64, NEVER),
        "moved": (np.bool_, False),  # told a position or status since the last judgement
        "alerts": (np.uint8, 0),  # bit 0 courier_silent, bit 1 courier_stuck
        "due_s": (np.uint32, NO_SECOND),
    }
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    last_ts: NDArray[np.int64]
    pos_ts: NDArray[np.int64]
    status: NDArray[np.uint8]
    zone: NDArray[np.int32]
    kind: NDArray[np.uint8]
    carrying: NDArray[np.int32]
    anchor_x: NDArray[np.int32]
    anchor_y: NDArray[np.int32]
    anchor_ts: NDArray[np.int64]
    moved: NDArray[np.bool_]
    alerts: NDArray[np.uint8]
    due_s: NDArray[np.uint32]
    ids: IdBlocks
    cells: CourierCells


class Orders(_CelledTable):
    """One row an order.

    `*_ts` are the times as told; a later step implies the earlier ones, hence the flags beside
    them. `in_zone`, `in_open`, `in_waiting`, `on_courier`, `on_venue` and the `venue_*` flags are
    what is counted of the order elsewhere, so that settling it takes back exactly that.
    """

    CELLS = OrderCells
    COLUMNS: ClassVar[dict[str, tuple[DTypeLike, Any]]] = {
        "venue": (np.int32, -1),
        "courier": (np.int32, -1),
        "drop_lon": (np.float64, np.nan),
        "drop_lat": (np.float64, np.nan),
        "last_ts": (np.int64, NEVER),
        "placed_ts": (np.int64, NEVER),
        "promised_ts": (np.int64, NEVER),
        "estimate_ts": (np.int64, NEVER),  # the `ready_ts` of order.placed
        "accepted_ts": (np.int64, NEVER),
        "venue_ready_ts": (np.int64, NEVER),  # the `ready_ts` of order.accepted
        "ready_ts": (np.int64, NEVER),
        "assign_ts": (np.int64, NEVER),  # when it was last told to have a courier, or none
        "given_ts": (np.int64, NEVER),  # when dispatch last gave it to a courier
        "picked_ts": (np.int64, NEVER),
        "delivered_ts": (np.int64, NEVER),
        "cancelled_ts": (np.int64, NEVER),
        "payment": (np.uint8, PAID),
        "payment_ts": (np.int64, NEVER),
        "unpaid_ts": (np.int64, NEVER),  # since when it has been unpaid
        "problem": (np.uint8, 0),
        "problem_ts": (np.int64, NEVER),
        "accepted": (np.bool_, False),
        "ready": (np.bool_, False),
        "assigned": (np.bool_, False),
        "picked": (np.bool_, False),
        "closed": (np.bool_, False),
        "orphan": (np.bool_, False),  # never placed as far as is known
        "in_zone": (np.int32, -1),
        "in_open": (np.bool_, False),
        "in_waiting": (np.bool_, False),
        "in_ready": (np.bool_, False),  # ready and not picked up
        "on_courier": (np.int32, -1),
        "on_venue": (np.int32, -1),
        "venue_overdue": (np.bool_, False),
        "venue_left": (np.bool_, False),  # counted among the venue's orders left unaccepted
        "alerts": (np.uint16, 0),  # bit i: a living alert of order rule i
        "due_ms": (np.int64, FAR),
    }
    venue: NDArray[np.int32]
    courier: NDArray[np.int32]
    drop_lon: NDArray[np.float64]
    drop_lat: NDArray[np.float64]
    last_ts: NDArray[np.int64]
    placed_ts: NDArray[np.int64]
    promised_ts: NDArray[np.int64]
    estimate_ts: NDArray[np.int64]
    accepted_ts: NDArray[np.int64]
    venue_ready_ts: NDArray[np.int64]
    ready_ts: NDArray[np.int64]
    assign_ts: NDArray[np.int64]
    given_ts: NDArray[np.int64]
    picked_ts: NDArray[np.int64]
    delivered_ts: NDArray[np.int64]
    cancelled_ts: NDArray[np.int64]
    payment: NDArray[np.uint8]
    payment_ts: NDArray[np.int64]
    unpaid_ts: NDArray[np.int64]
    problem: NDArray[np.uint8]
    problem_ts: NDArray[np.int64]
    accepted: NDArray[np.bool_]
    ready: NDArray[np.bool_]
    assigned: NDArray[np.bool_]
    picked: NDArray[np.bool_]
    closed: NDArray[np.bool_]
    orphan: NDArray[np.bool_]
    in_zone: NDArray[np.int32]
    in_open: NDArray[np.bool_]
    in_waiting: NDArray[np.bool_]
    in_ready: NDArray[np.bool_]
    on_courier: NDArray[np.int32]
    on_venue: NDArray[np.int32]
    venue_overdue: NDArray[np.bool_]
    venue_left: NDArray[np.bool_]
    alerts: NDArray[np.uint16]
    due_ms: NDArray[np.int64]
    cells: OrderCells


class Venues(_CelledTable):
    """One row a venue; `overruns` holds the prep overruns in minutes of its last five readied."""

    CELLS = VenueCells
    COLUMNS: ClassVar[dict[str, tuple[DTypeLike, Any]]] = {
        "lon": (np.float64, np.nan),
        "lat": (np.float64, np.nan),
        "zone": (np.int32, -1),
        "last_ts": (np.int64, NEVER),
        "place_ts": (np.int64, NEVER),
        "prep_min": (np.float64, np.nan),
        "status": (np.uint8, OPEN),
        "status_ts": (np.int64, NEVER),
        "until_ts": (np.int64, NEVER),
        "heartbeat_ts": (np.int64, NEVER),
        "accept_ts": (np.int64, NEVER),
        "order_ts": (np.int64, NEVER),  # when its newest order was placed
        "open_orders": (np.int32, 0),
        "overdue": (np.int32, 0),
        "left_run": (np.int32, 0),  # its latest orders in a row left unaccepted
        "overruns": (np.float64, np.full(OVERRUNS_KEPT, np.nan)),
        "readied": (np.int64, 0),
        "alerts": (np.uint8, 0),  # bit 0 venue_slow, bit 1 venue_silent
        "due_ms": (np.int64, FAR),
    }
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    zone: NDArray[np.int32]
    last_ts: NDArray[np.int64]
    place_ts: NDArray[np.int64]
    prep_min: NDArray[np.float64]
    status: NDArray[np.uint8]
    status_ts: NDArray[np.int64]
    until_ts: NDArray[np.int64]
    heartbeat_ts: NDArray[np.int64]
    accept_ts: NDArray[np.int64]
    order_ts: NDArray[np.int64]
    open_orders: NDArray[np.int32]
    overdue: NDArray[np.int32]
    left_run: NDArray[np.int32]
    overruns: NDArray[np.float64]
    readied: NDArray[np.int64]
    alerts: NDArray[np.uint8]
    due_ms: NDArray[np.int64]
    cells: VenueCells
