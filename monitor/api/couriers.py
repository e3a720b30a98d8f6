"""Couriers: lists, those near a point, one with his orders."""

from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct

from monitor.api.context import Call, as_json, zone_index
from monitor.api.paging import DEFAULT_LIMIT, Cursor, Limit, as_page
from monitor.api.problem import Problem
from monitor.api.reading import read_query
from monitor.api.routes import PageView, Route
from monitor.core.events import CourierStatus, Id, Lat, Lon
from monitor.core.views.lists import CourierFilter, couriers_near, list_couriers
from monitor.core.views.rows import courier_detail
from monitor.core.views.structs import CourierDetail, CourierNear, CourierView


class CourierQuery(Struct, frozen=True, kw_only=True):
    """What a list of couriers is narrowed to."""

    zone: Id | None = None
    status: CourierStatus | None = None
    silent: bool | None = None
    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor | None = None


class NearQuery(Struct, frozen=True, kw_only=True):
    """A point, and how far around it to look."""

    lat: Lat
    lon: Lon
    radius_m: Annotated[float, Meta(gt=0, le=100_000, description="In metres.")] = 2_000
    status: CourierStatus | None = None
    limit: Limit = DEFAULT_LIMIT


class NearList(Struct, frozen=True):
    """The nearest couriers with a fresh position, the nearest first."""

    ts: int
    items: list[CourierNear]


async def list_them(call: Call) -> web.Response:
    """A page of couriers."""
    query = read_query(call.request, CourierQuery)
    city = call.city()
    wanted = CourierFilter(
        zone=None if query.zone is None else zone_index(city, query.zone),
        status=query.status,
        silent=query.silent,
    )
    return as_page(
        call.now_ms,
        lambda: list_couriers(city, wanted, call.now_ms, query.limit, query.cursor),
    )


async def list_near(call: Call) -> web.Response:
    """The couriers near a point."""
    query = read_query(call.request, NearQuery)
    near = couriers_near(
        call.city(),
        query.lon,
        query.lat,
        query.radius_m,
        query.limit,
        call.now_ms,
        query.status,
    )
    return as_json(NearList(call.now_ms, near))


async def get_courier(call: Call) -> web.Response:
    """One courier with the orders he is to bring."""
    city = call.city()
    courier_id = call.path("courier_id")
    row = city.couriers.find(courier_id)
    if row < 0:
        raise Problem(404, "unknown_courier", f"{city.plan.slug} has no courier {courier_id!r}")
    return as_json(courier_detail(city, row, call.now_ms))


ROUTES = (
    Route(
        method="GET",
        path="/v1/cities/{city}/couriers",
        handler=list_them,
        subject="couriers",
        summary="Couriers by zone and status",
        query=CourierQuery,
        answer=PageView[CourierView],
        refusals=(404,),
    ),
    Route(
        method="GET",
        path="/v1/cities/{city}/couriers-near",
        handler=list_near,
        subject="couriers",
        summary="Couriers near a point, the nearest first; those off duty only by their status",
        query=NearQuery,
        answer=NearList,
        refusals=(404,),
    ),
    Route(
        method="GET",
        path="/v1/cities/{city}/couriers/{courier_id}",
        handler=get_courier,
        subject="couriers",
        summary="One courier with the orders he is to bring",
        answer=CourierDetail,
        refusals=(404,),
    ),
)
