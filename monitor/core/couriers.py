"""The couriers of a city: what their events change.

Positions come in blocks of columns; a single one takes a scalar way that does the same. Zone counts
are kept by the difference each move makes. Deadlines (age, silence, standing still) are judged in
`judging/couriers.py`.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from monitor.core.city import City
from monitor.core.events import CourierPosition, CourierPushResponse, CourierStatusChanged
from monitor.core.ordering import latest_in_block
from monitor.core.positions import KEEP, PositionBlock
from monitor.core.tables.columns import KIND_OF_STATUS, KINDS, NOWHERE, STATUS_CODE
from monitor.core.tables.table import NEVER

SMALL_BLOCK: Final = 12  # below this many positions the scalar way is the faster one


def apply_position(city: City, event: CourierPosition, now_ms: int) -> bool:
    """Take one position; False where it is stale."""
    row = city.couriers.row(event.courier_id)
    c, ts = city.couriers.cells, event.ts
    if ts < c.last_ts[row]:
        return False
    lon, lat = event.lon, event.lat
    c.last_ts[row] = c.pos_ts[row] = ts
    c.lon[row], c.lat[row] = lon, lat
    if event.status is not None:
        c.status[row] = STATUS_CODE[event.status]
    _told(city, row, now_ms)
    _count(city, row, city.plan.locator.locate_one(lon, lat), now_ms)
    return True


def _told(city: City, row: int, now_ms: int) -> None:
    """A courier told something of himself: others may want to look at him."""
    c = city.couriers.cells
    c.moved[row] = c.changed[row] = True
    city.follow_from(now_ms)
    if c.alerts[row]:
        city.touched_couriers.add(row)


def _count(city: City, row: int, zone: int, now_ms: int) -> None:
    """Let the balance count a courier as he now stands."""
    c = city.couriers.cells
    pos_ts = c.pos_ts[row]
    stale_ms = city.plan.stale_ms
    fresh = pos_ts != NEVER and now_ms - pos_ts <= stale_ms
    kind = KINDS[c.status[row]] if fresh else NOWHERE
    old_zone, old_kind = c.zone[row], c.kind[row]
    if zone != old_zone or kind != old_kind:
        city.balance.move_courier(old_zone, old_kind, zone, kind)
        c.zone[row] = zone
        c.kind[row] = kind
        c.changed[row] = True
        city.zones_dirty = True
    if fresh:
        city.courier_wheel.arm(c.due_s, row, pos_ts + stale_ms + 1)


def apply_block(city: City, block: PositionBlock, now_ms: int) -> int:
    """Take positions in their order; how many were applied, the rest being stale."""
    t = city.couriers
    rows, ts, status = t.rows_of(block.ids), block.ts, block.status
    kept = latest_in_block(rows, ts, t.last_ts)
    pick = kept.newest
    moved = rows[pick]
    if isinstance(pick, slice) and status.max() != KEEP:  # all are applied, and tell one
        t.status[rows] = status
    else:
        those = (kept.applied & (status != KEEP)).nonzero()[0]
        # In order of arrival, so that of several statuses the last one stays.
        t.status[rows.take(those)] = status.take(those)
    lon, lat = block.lon[pick], block.lat[pick]
    new_ts = ts[pick]
    t.lon[moved], t.lat[moved] = lon, lat
    t.last_ts[moved] = t.pos_ts[moved] = new_ts
    t.moved[moved] = t.changed[moved] = True
    city.follow_from(now_ms)
    alerts = t.alerts.take(moved)
    if alerts.any():
        city.touched_couriers.update(moved[alerts > 0].tolist())
    recount(city, moved, city.plan.locator.locate(lon, lat), now_ms)
    return int(np.count_nonzero(kept.applied))


def recount(city: City, rows: NDArray[np.int64], zone: NDArray[np.int32], now_ms: int) -> None:
    """Let the balance count couriers (each once) as they now stand in `zone`."""
    if len(rows) < SMALL_BLOCK:
        for row, its_zone in zip(rows.tolist(), zone.tolist(), strict=True):
            _count(city, row, its_zone, now_ms)
        return
    t = city.couriers
    stale_ms = city.plan.stale_ms
    # `take` is twice as fast as an index for what is not many thousands, and five times as fast, by
    # the places of what is true, as a mask.
    pos_ts = t.pos_ts.take(rows)
    kind = KIND_OF_STATUS.take(t.status.take(rows))
    since = max(now_ms - stale_ms, 0)  # NEVER is less
    rows_fresh = rows
    if pos_ts.min() < since:
        fresh = pos_ts >= since
        kind[~fresh] = NOWHERE
        those = fresh.nonzero()[0]
        rows_fresh, pos_ts = rows.take(those), pos_ts.take(those)
    differ = ((zone != t.zone.take(rows)) | (kind != t.kind.take(rows))).nonzero()[0]
    if len(differ):
        some, zone, kind = rows.take(differ), zone.take(differ), kind.take(differ)
        city.balance.move_couriers(t.zone.take(some), t.kind.take(some), zone, kind)
        t.zone[some] = zone
        t.kind[some] = kind
        t.changed[some] = True
        city.zones_dirty = True
    city.courier_wheel.arm_many(t.due_s, rows_fresh, pos_ts + (stale_ms + 1))


def apply_status(
    city: City, event: CourierStatusChanged | CourierPushResponse, now_ms: int
) -> bool:
    """Take what a courier says of himself; False where it is stale."""
    row = city.couriers.row(event.courier_id)
    c = city.couriers.cells
    if event.ts < c.last_ts[row]:
        return False
    c.last_ts[row] = event.ts
    if isinstance(event, CourierStatusChanged):
        c.status[row] = STATUS_CODE[event.status]
        _told(city, row, now_ms)
        _count(city, row, c.zone[row], now_ms)
    return True


def carry(city: City, row: int, orders: int) -> None:
    """One order more or less is his to bring."""
    c = city.couriers.cells
    c.carrying[row] += orders
    c.changed[row] = True
    city.touched_couriers.add(row)
