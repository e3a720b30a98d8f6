"""What others see of the state: one frozen struct a thing, as JSON by the API and the stream.

Structs only; they are filled in `views/zones.py`, `views/rows.py`, `views/city.py` and
`views/lists.py`. Times are ms since the epoch, None where not known; so are places. Alerts need no
view: `alerts.alert.Alert` is what everybody sees.
"""

from typing import Literal

from msgspec import Struct

from monitor.core.events import CourierStatus, Payment, Problem, VenueStatusName

OrderState = Literal["placed", "accepted", "ready", "picked_up", "delivered", "cancelled"]


class Pushing(Struct, frozen=True):
    """What couriers are being pushed to a zone: how many are wanted, how many have accepted."""

    actions: tuple[str, ...]
    expected: int
    accepted: int


class PausedBy(Struct, frozen=True):
    """Our pause of a venue, and when it ends by itself."""

    action_id: str
    until_ts: int | None


class ZoneView(Struct, frozen=True, kw_only=True):
    """The figures of a zone at `ts` (contract, section 3).

    `ratio` is open orders for each courier on shift, `clear_min` the minutes to clear it, None
    where nobody computed them. `stale` names the silent streams that the figures depend on.
    `pushing` tells of couriers who are asked to come, None where none are.
    `lon`, `lat` lie well inside the zone: where a label can stand.
    """

    zone_id: str
    name: str
    lon: float
    lat: float
    idle: int
    busy: int
    on_shift: int
    open: int
    waiting: int
    oldest_wait_s: float
    ratio: float
    clear_min: float | None
    stale: tuple[str, ...]
    pushing: Pushing | None
    ts: int


class CourierView(Struct, frozen=True, kw_only=True, gc=False):
    """A courier: `ts` and `age_s` are his last position's, `heard_ts` is his newest word's.

    `silent`: he is not off, and his last position is past the city's `courier_stale_s`, or never
    came. `carrying` counts his open orders, `order_ids` names them where one courier was asked for.
    """

    courier_id: str
    lon: float | None
    lat: float | None
    status: CourierStatus
    ts: int | None
    age_s: float | None
    silent: bool
    heard_ts: int | None
    zone_id: str | None
    carrying: int


class CourierDetail(CourierView, frozen=True, kw_only=True):
    """A courier with the orders he is to bring."""

    order_ids: tuple[str, ...]


class CourierNear(CourierView, frozen=True, kw_only=True, gc=False):
    """A courier and how far he is from the point asked about, as the crow flies."""

    distance_m: float


class OrderView(Struct, frozen=True, kw_only=True, gc=False):
    """An order: `state` is the furthest step known, a cancellation being the furthest of all.

    `lon`, `lat` are its venue's, where a map shows it; where it goes are `dropoff_lon`, `_lat`.
    `venue_promise_ts` is when the venue is to have it ready. `open` and `waiting` are what it
    counts as in its zone. `late_min`: minutes past what the client was promised, now or when it
    ended, at least 0. `orphan`: never placed as far as is known.
    """

    order_id: str
    venue_id: str | None
    courier_id: str | None
    client_id: str | None
    zone_id: str | None
    state: OrderState
    open: bool
    waiting: bool
    orphan: bool
    payment: Payment
    problem: Problem | None
    lon: float | None
    lat: float | None
    dropoff_lon: float | None
    dropoff_lat: float | None
    placed_ts: int | None
    promised_ts: int | None
    venue_promise_ts: int | None
    accepted_ts: int | None
    ready_ts: int | None
    assigned_ts: int | None
    picked_up_ts: int | None
    delivered_ts: int | None
    cancelled_ts: int | None
    late_min: float | None


class VenueView(Struct, frozen=True, kw_only=True, gc=False):
    """A venue: `status` as last told, `takes_orders` whether that still holds and lets orders in.

    `overdue` counts its orders past its promise, `mean_overrun_min` is the mean of its last five
    readied, None before. `paused_by`: an action of ours has told it to take no orders.
    """

    venue_id: str
    name: str | None
    client_id: str | None
    lon: float | None
    lat: float | None
    zone_id: str | None
    status: VenueStatusName
    until_ts: int | None
    takes_orders: bool
    heartbeat_ts: int | None
    open_orders: int
    overdue: int
    mean_overrun_min: float | None
    prep_minutes: float | None
    paused_by: PausedBy | None


class StreamView(Struct, frozen=True, kw_only=True):
    """A stream of events: its newest event, how long ago that was, and whether it fell silent."""

    last_ts: int | None
    age_s: float | None
    total: int
    silent: bool


class WeatherView(Struct, frozen=True, kw_only=True):
    """The weather as last told."""

    ts: int
    precipitation_mm_h: float | None
    wind_mps: float | None
    temperature_c: float | None


class CityView(Struct, frozen=True, kw_only=True):
    """A city in figures at `ts`, over all its zones and outside of them.

    `silent` couriers are not off and past `courier_stale_s`; `late` orders are past what the client
    was promised; `outside` counts what has a known place that no zone covers. `alerts` counts the
    living ones by state, then severity. `watchers` are the people who watch it in the stream and
    may act.
    """

    city: str
    name: str
    timezone: str
    zones: int
    couriers: int
    idle: int
    busy: int
    silent: int
    orders: int
    open: int
    waiting: int
    late: int
    venues: int
    outside_couriers: int
    outside_orders: int
    streams: dict[str, StreamView]
    weather: WeatherView | None
    alerts: dict[str, dict[str, int]]
    ts: int
    watchers: int = 0


class ZoneDetail(Struct, frozen=True, kw_only=True):
    """A zone with the very orders, couriers and venues behind its figures.

    Each list is cut at a limit; `zone` has the whole counts, `venue_count` the venues'.
    """

    zone: ZoneView
    orders: tuple[OrderView, ...]
    couriers: tuple[CourierView, ...]
    venues: tuple[VenueView, ...]
    venue_count: int
