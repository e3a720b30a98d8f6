"""Orders: lists by zone, venue, courier and state, and one."""

import numpy as np
from aiohttp import web
from msgspec import Struct
from msgspec.structs import asdict

from monitor.api.context import Call, as_json, zone_index
from monitor.api.paging import DEFAULT_LIMIT, Cursor, Limit, as_page
from monitor.api.problem import Problem
from monitor.api.reading import read_query
from monitor.api.routes import PageView, Route
from monitor.core.events import Id
from monitor.core.views.effects import Doing, doing_for
from monitor.core.views.lists import OrderFilter, list_orders
from monitor.core.views.rows import order_views
from monitor.core.views.structs import OrderState, OrderView


class OrderQuery(Struct, frozen=True, kw_only=True):
    """What a list of orders is narrowed to; `late`: not over, and past what was promised."""

    zone: Id | None = None
    venue: Id | None = None
    courier: Id | None = None
    state: OrderState | None = None
    open: bool | None = None
    waiting: bool | None = None
    late: bool | None = None
    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor | None = None


async def list_them(call: Call) -> web.Response:
    """A page of orders, the longest placed first."""
    query = read_query(call.request, OrderQuery)
    city = call.city()
    wanted = OrderFilter(
        zone=None if query.zone is None else zone_index(city, query.zone),
        venue=query.venue,
        courier=query.courier,
        state=query.state,
        open=query.open,
        waiting=query.waiting,
        late=query.late,
    )
    return as_page(
        call.now_ms,
        lambda: list_orders(city, wanted, call.now_ms, query.limit, query.cursor),
    )


class OrderDetail(OrderView, frozen=True, kw_only=True):
    """An order with what was and is being done for it, what changed last being last."""

    doing: tuple[Doing, ...]


async def get_order(call: Call) -> web.Response:
    """One order, and what is being done for it."""
    city = call.city()
    order_id = call.path("order_id")
    row = city.orders.find(order_id)
    if row < 0:
        raise Problem(404, "unknown_order", f"{city.plan.slug} has no order {order_id!r}")
    view = order_views(city, np.array([row]), call.now_ms)[0]
    return as_json(OrderDetail(**asdict(view), doing=doing_for(city, row, call.now_ms)))


ROUTES = (
    Route(
        method="GET",
        path="/v1/cities/{city}/orders",
        handler=list_them,
        subject="orders",
        summary="Orders by zone, venue, courier and state, the longest placed first",
        query=OrderQuery,
        answer=PageView[OrderView],
        refusals=(404,),
    ),
    Route(
        method="GET",
        path="/v1/cities/{city}/orders/{order_id}",
        handler=get_order,
        subject="orders",
        summary="One order, and what is being done for it in words",
        answer=OrderDetail,
        refusals=(404,),
    ),
)
