"""Which couriers, orders and venues a list shows: filters as masks, a limit and a cursor.

Reads the state, changes nothing. Called by the API; what a row looks like stands in
`views/rows.py`. A cursor says where the next page begins; it stays good while rows come and go.
"""

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import numpy as np
from msgspec.structs import asdict
from numpy.typing import NDArray

from monitor.core.city import City
from monitor.core.events import CourierStatus, VenueStatusName
from monitor.core.tables.columns import COUNTS_IDLE, NOWHERE, OFF, STATUS_CODE, VENUE_STATUS_CODE
from monitor.core.views.rows import (
    ORDER_STATES,
    courier_views,
    late_mask,
    order_states,
    order_views,
    silent_mask,
    venue_views,
)
from monitor.core.views.structs import (
    CourierNear,
    CourierView,
    OrderState,
    OrderView,
    VenueView,
    ZoneDetail,
)
from monitor.core.views.zones import zone_view
from zones.metrics import EARTH_RADIUS_M, distance_m

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]
V = TypeVar("V")
DETAIL_LIMIT: Final = 500  # of each kind in the detail of a zone


class CursorError(ValueError):
    """A cursor that no page of this list has given."""


@dataclass(frozen=True, slots=True)
class Page(Generic[V]):
    """One page: its items, how many match in all, and where the next one begins (None: nowhere)."""

    items: list[V]
    total: int
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CourierFilter:
    """What a list of couriers is narrowed to; `zone` by index."""

    zone: int | None = None
    status: CourierStatus | None = None
    silent: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """What a list of orders is narrowed to; `zone` by index, `venue` and `courier` by id."""

    zone: int | None = None
    venue: str | None = None
    courier: str | None = None
    state: OrderState | None = None
    open: bool | None = None
    waiting: bool | None = None
    late: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueFilter:
    """What a list of venues is narrowed to; `zone` by index."""

    zone: int | None = None
    status: VenueStatusName | None = None


def list_couriers(
    city: City, wanted: CourierFilter, now_ms: int, limit: int, cursor: str | None = None
) -> Page[CourierView]:
    """Couriers, about in the order in which they were first seen; raises CursorError."""
    t = city.couriers
    rows = t.live_rows()
    if wanted.zone is not None:
        rows = rows[t.zone[rows] == wanted.zone]
    if wanted.status is not None:
        rows = rows[t.status[rows] == STATUS_CODE[wanted.status]]
    if wanted.silent is not None:
        rows = rows[silent_mask(city, rows, now_ms) == wanted.silent]
    picked, next_cursor = _cut(rows, limit, cursor)
    return Page(courier_views(city, picked, now_ms), len(rows), next_cursor)


def list_venues(
    city: City, wanted: VenueFilter, now_ms: int, limit: int, cursor: str | None = None
) -> Page[VenueView]:
    """Venues, about in the order in which they were first named; raises CursorError."""
    t = city.venues
    rows = t.live_rows()
    if wanted.zone is not None:
        rows = rows[t.zone[rows] == wanted.zone]
    if wanted.status is not None:
        rows = rows[t.status[rows] == VENUE_STATUS_CODE[wanted.status]]
    picked, next_cursor = _cut(rows, limit, cursor)
    return Page(venue_views(city, picked, now_ms), len(rows), next_cursor)


def list_orders(
    city: City, wanted: OrderFilter, now_ms: int, limit: int, cursor: str | None = None
) -> Page[OrderView]:
    """Orders, the longest placed first (those never placed before them); raises CursorError."""
    t = city.orders
    rows = t.live_rows()
    if wanted.zone is not None:
        venue = t.venue[rows]
        rows = rows[(venue >= 0) & (city.venues.zone[venue] == wanted.zone)]
    if wanted.venue is not None:
        venue_row = city.venues.find(wanted.venue)
        rows = rows[(t.venue[rows] == venue_row) & (venue_row >= 0)]
    if wanted.courier is not None:
        courier_row = city.couriers.find(wanted.courier)
        rows = rows[(t.courier[rows] == courier_row) & (courier_row >= 0)]
    if wanted.state is not None:
        rows = rows[order_states(t, rows) == ORDER_STATES.index(wanted.state)]
    if wanted.open is not None:
        rows = rows[t.in_open[rows] == wanted.open]
    if wanted.waiting is not None:
        rows = rows[t.in_waiting[rows] == wanted.waiting]
    if wanted.late is not None:
        rows = rows[late_mask(city, rows, now_ms) == wanted.late]
    picked, next_cursor = _cut_by_time(rows, t.placed_ts[rows], limit, cursor)
    return Page(order_views(city, picked, now_ms), len(rows), next_cursor)


def couriers_near(
    city: City,
    lon: float,
    lat: float,
    radius_m: float,
    limit: int,
    now_ms: int,
    status: CourierStatus | None = None,
) -> list[CourierNear]:
    """The nearest couriers with a fresh position within `radius_m`, the nearest first.

    Those who are off only where `status` asks for them.
    """
    t = city.couriers
    rows = t.live_rows()
    if status is None:
        rows = rows[t.status[rows] != OFF]
    else:
        rows = rows[t.status[rows] == STATUS_CODE[status]]
    rows = rows[now_ms - t.pos_ts[rows] <= city.plan.stale_ms]
    # A band of latitude first: most of a city lies outside of it, and it costs one comparison.
    reach_deg = np.degrees(radius_m / EARTH_RADIUS_M) * 1.000001
    rows = rows[np.abs(t.lat[rows] - lat) <= reach_deg]
    here = np.full(len(rows), lon), np.full(len(rows), lat)
    metres = distance_m(*here, t.lon[rows], t.lat[rows])
    inside = metres <= radius_m
    rows, metres = rows[inside], metres[inside]
    nearest = np.argsort(metres, kind="stable")[:limit]
    views = courier_views(city, rows[nearest], now_ms)
    return [
        CourierNear(**asdict(view), distance_m=round(far, 1))
        for view, far in zip(views, metres[nearest].tolist(), strict=True)
    ]


def zone_detail(
    city: City, zone: int, now_ms: int, clear: NDArray[np.float64] | None = None
) -> ZoneDetail:
    """A zone with what its figures count: the longest waiting orders and idle couriers first."""
    o, c, v = city.orders, city.couriers, city.venues
    orders = o.live_rows()
    orders = orders[o.in_open[orders] & (o.in_zone[orders] == zone)]
    orders = orders[np.lexsort((o.placed_ts[orders], ~o.in_waiting[orders]))]
    couriers = c.live_rows()
    couriers = couriers[(c.kind[couriers] != NOWHERE) & (c.zone[couriers] == zone)]
    couriers = couriers[np.argsort(c.kind[couriers] != COUNTS_IDLE, kind="stable")]
    venues = v.live_rows()
    venues = venues[v.zone[venues] == zone]
    busiest = venues[np.argsort(-v.open_orders[venues], kind="stable")]
    return ZoneDetail(
        zone=zone_view(city, zone, now_ms, clear),
        orders=tuple(order_views(city, orders[:DETAIL_LIMIT], now_ms)),
        couriers=tuple(courier_views(city, couriers[:DETAIL_LIMIT], now_ms)),
        venues=tuple(venue_views(city, busiest[:DETAIL_LIMIT], now_ms)),
        venue_count=len(venues),
    )


def _cut(rows: Rows, limit: int, cursor: str | None) -> tuple[Rows, str | None]:
    """A page of ascending rows; the cursor is the last row given."""
    if cursor is not None:
        rows = rows[rows > _number(cursor)]
    page = rows[:limit]
    return page, str(int(page[-1])) if len(rows) > limit else None


def _cut_by_time(
    rows: Rows, times: NDArray[np.int64], limit: int, cursor: str | None
) -> tuple[Rows, str | None]:
    """A page of rows by time, then row; the cursor is the last one's time and row."""
    if cursor is not None:
        at, _, row = cursor.partition(".")
        time, last = _number(at), _number(row)
        later = (times > time) | ((times == time) & (rows > last))
        rows, times = rows[later], times[later]
    order = np.lexsort((rows, times))
    page = order[:limit]
    if len(rows) <= limit:
        return rows[page], None
    return rows[page], f"{int(times[page[-1]])}.{int(rows[page[-1]])}"


def _number(text: str) -> int:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
        raise CursorError(f"not a cursor of this list: {text!r}")
    return int(text)
