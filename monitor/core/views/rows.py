"""Couriers, orders and venues as others see them, by the rows of their tables.

Reads the state, changes nothing. Whole columns are taken at once and turned to structs in one pass,
since `publish` asks for thousands of changed rows at a time. Which rows: `views/lists.py`.
"""

from typing import Final

import numpy as np
from msgspec.structs import asdict
from numpy.typing import NDArray

from monitor.core.city import City
from monitor.core.judging.venues import mean_overruns, takes_orders
from monitor.core.orders import promises_of
from monitor.core.tables.columns import OFF, PAYMENTS, PROBLEMS, STATUSES, VENUE_STATUSES, Orders
from monitor.core.tables.table import NEVER
from monitor.core.views.structs import CourierDetail, CourierView, OrderState, OrderView, VenueView
from monitor.core.views.under_way import pauses_by_venue

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]
ORDER_STATES: Final[tuple[OrderState, ...]] = (
    "placed",
    "accepted",
    "ready",
    "picked_up",
    "delivered",
    "cancelled",
)


def silent_mask(city: City, rows: Rows, now_ms: int) -> NDArray[np.bool_]:
    """Which of these couriers are not off although no fresh position is known."""
    t = city.couriers
    pos_ts = t.pos_ts[rows]
    fresh = (pos_ts != NEVER) & (now_ms - pos_ts <= city.plan.stale_ms)
    silent: NDArray[np.bool_] = ~fresh & (t.status[rows] != OFF)
    return silent


def order_states(orders: Orders, rows: Rows) -> NDArray[np.int8]:
    """The furthest step of each order, as an index of `ORDER_STATES`."""
    state = np.zeros(len(rows), dtype=np.int8)
    for code, reached in enumerate(
        (
            orders.accepted[rows],
            orders.ready[rows],
            orders.picked[rows],
            orders.delivered_ts[rows] != NEVER,
            orders.cancelled_ts[rows] != NEVER,
        ),
        start=1,
    ):
        state[reached] = code
    return state


def late_mask(city: City, rows: Rows, now_ms: int) -> NDArray[np.bool_]:
    """Which of these orders are not over although what the client was promised has passed."""
    t = city.orders
    promised = t.promised_ts[rows]
    late: NDArray[np.bool_] = ~t.closed[rows] & (promised != NEVER) & (promised < now_ms)
    return late


def column_at(column: Floats, rows: Rows | NDArray[np.int32]) -> Floats:
    """A column at these rows of its table, NaN for row -1."""
    return np.where(rows >= 0, column[rows], np.nan)


def courier_views(city: City, rows: Rows, now_ms: int) -> list[CourierView]:
    """These live rows of the couriers, in their order."""
    t, zone_ids = city.couriers, (*city.plan.zones.ids, None)
    silent = silent_mask(city, rows, now_ms).tolist()
    return [
        CourierView(
            courier_id=courier_id,
            lon=lon,
            lat=lat,
            status=STATUSES[status],
            ts=ts,
            age_s=None if ts is None else max(now_ms - ts, 0) / 1000,
            silent=is_silent,
            heard_ts=heard,
            zone_id=zone_ids[zone],
            carrying=carrying,
        )
        for courier_id, lon, lat, status, ts, is_silent, heard, zone, carrying in zip(
            t.ids_of(rows.tolist()),
            _known(t.lon[rows]),
            _known(t.lat[rows]),
            t.status[rows].tolist(),
            _times(t.pos_ts[rows]),
            silent,
            _times(t.last_ts[rows]),
            t.zone[rows].tolist(),
            t.carrying[rows].tolist(),
            strict=True,
        )
    ]


def courier_detail(city: City, row: int, now_ms: int) -> CourierDetail:
    """One courier with the ids of his open orders, in the order they were placed."""
    view = courier_views(city, np.array([row]), now_ms)[0]
    o = city.orders
    carried = np.flatnonzero(o.on_courier[: o.size] == row)
    carried = carried[np.argsort(o.placed_ts[carried], kind="stable")]
    return CourierDetail(**asdict(view), order_ids=tuple(o.id(r) for r in carried.tolist()))


def order_views(city: City, rows: Rows, now_ms: int) -> list[OrderView]:
    """These live rows of the orders, in their order."""
    t, zone_ids = city.orders, (*city.plan.zones.ids, None)
    venue = t.venue[rows]
    zone = np.where(venue >= 0, city.venues.zone[venue], -1)
    ended = np.where(t.delivered_ts[rows] != NEVER, t.delivered_ts[rows], t.cancelled_ts[rows])
    late_ms = np.where(ended != NEVER, ended, now_ms) - t.promised_ts[rows]
    late = np.round(np.maximum(late_ms, 0) / 60_000, 2)
    late[t.promised_ts[rows] == NEVER] = np.nan
    return [
        OrderView(
            order_id=t.id(row),
            venue_id=None if venue_row < 0 else city.venues.id(venue_row),
            courier_id=None if courier < 0 else city.couriers.id(courier),
            client_id=_client(city, row, venue_row),
            zone_id=zone_ids[zone_idx],
            state=ORDER_STATES[state],
            open=is_open,
            waiting=waiting,
            orphan=orphan,
            payment=PAYMENTS[payment],
            problem=PROBLEMS[problem - 1] if problem else None,
            lon=lon,
            lat=lat,
            dropoff_lon=drop_lon,
            dropoff_lat=drop_lat,
            placed_ts=placed,
            promised_ts=promised,
            venue_promise_ts=promise,
            accepted_ts=accepted,
            ready_ts=ready,
            assigned_ts=assign if assigned else None,
            picked_up_ts=picked,
            delivered_ts=delivered,
            cancelled_ts=cancelled,
            late_min=late_min,
        )
        for (
            row,
            venue_row,
            courier,
            zone_idx,
            state,
            is_open,
            waiting,
            orphan,
            assigned,
            payment,
            problem,
            lon,
            lat,
            drop_lon,
            drop_lat,
            placed,
            promised,
            promise,
            accepted,
            ready,
            assign,
            picked,
            delivered,
            cancelled,
            late_min,
        ) in zip(
            rows.tolist(),
            venue.tolist(),
            t.courier[rows].tolist(),
            zone.tolist(),
            order_states(t, rows).tolist(),
            t.in_open[rows].tolist(),
            t.in_waiting[rows].tolist(),
            t.orphan[rows].tolist(),
            t.assigned[rows].tolist(),
            t.payment[rows].tolist(),
            t.problem[rows].tolist(),
            _known(column_at(city.venues.lon, venue)),
            _known(column_at(city.venues.lat, venue)),
            _known(t.drop_lon[rows]),
            _known(t.drop_lat[rows]),
            _times(t.placed_ts[rows]),
            _times(t.promised_ts[rows]),
            _times(promises_of(city, rows)),
            _times(t.accepted_ts[rows]),
            _times(t.ready_ts[rows]),
            _times(t.assign_ts[rows]),
            _times(t.picked_ts[rows]),
            _times(t.delivered_ts[rows]),
            _times(t.cancelled_ts[rows]),
            _known(late),
            strict=True,
        )
    ]


def _client(city: City, row: int, venue: int) -> str | None:
    return city.order_clients.get(row) or city.venue_clients.get(venue)


def venue_views(city: City, rows: Rows, now_ms: int) -> list[VenueView]:
    """These live rows of the venues, in their order."""
    t, zone_ids = city.venues, (*city.plan.zones.ids, None)
    paused = pauses_by_venue(city)
    return [
        VenueView(
            venue_id=t.id(row),
            name=city.venue_names.get(row),
            client_id=city.venue_clients.get(row),
            lon=lon,
            lat=lat,
            zone_id=zone_ids[zone],
            status=VENUE_STATUSES[status],
            until_ts=until,
            takes_orders=taking,
            heartbeat_ts=heartbeat,
            open_orders=open_orders,
            overdue=overdue,
            mean_overrun_min=overrun,
            prep_minutes=prep,
            paused_by=paused.get(row),
        )
        for (
            row,
            lon,
            lat,
            zone,
            status,
            until,
            taking,
            heartbeat,
            open_orders,
            overdue,
            overrun,
            prep,
        ) in zip(
            rows.tolist(),
            _known(t.lon[rows]),
            _known(t.lat[rows]),
            t.zone[rows].tolist(),
            t.status[rows].tolist(),
            _times(t.until_ts[rows]),
            takes_orders(city, rows, now_ms).tolist(),
            _times(t.heartbeat_ts[rows]),
            t.open_orders[rows].tolist(),
            t.overdue[rows].tolist(),
            _known(np.round(mean_overruns(city, rows), 2)),
            _known(t.prep_min[rows]),
            strict=True,
        )
    ]


def _times(column: NDArray[np.int64]) -> list[int | None]:
    return [None if ts == NEVER else ts for ts in column.tolist()]


def _known(column: Floats) -> list[float | None]:
    return [None if figure != figure else figure for figure in column.tolist()]
