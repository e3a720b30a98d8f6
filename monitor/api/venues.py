"""Venues: lists by zone and status, and one."""

import numpy as np
from aiohttp import web
from msgspec import Struct

from monitor.api.context import Call, as_json, zone_index
from monitor.api.paging import DEFAULT_LIMIT, Cursor, Limit, as_page
from monitor.api.problem import Problem
from monitor.api.reading import read_query
from monitor.api.routes import PageView, Route
from monitor.core.events import Id, VenueStatusName
from monitor.core.views.lists import VenueFilter, list_venues
from monitor.core.views.rows import venue_views
from monitor.core.views.structs import VenueView


class VenueQuery(Struct, frozen=True, kw_only=True):
    """What a list of venues is narrowed to."""

    zone: Id | None = None
    status: VenueStatusName | None = None
    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor | None = None


async def list_them(call: Call) -> web.Response:
    """A page of venues."""
    query = read_query(call.request, VenueQuery)
    city = call.city()
    wanted = VenueFilter(
        zone=None if query.zone is None else zone_index(city, query.zone), status=query.status
    )
    return as_page(
        call.now_ms,
        lambda: list_venues(city, wanted, call.now_ms, query.limit, query.cursor),
    )


async def get_venue(call: Call) -> web.Response:
    """One venue."""
    city = call.city()
    venue_id = call.path("venue_id")
    row = city.venues.find(venue_id)
    if row < 0:
        raise Problem(404, "unknown_venue", f"{city.plan.slug} has no venue {venue_id!r}")
    return as_json(venue_views(city, np.array([row]), call.now_ms)[0])


ROUTES = (
    Route(
        method="GET",
        path="/v1/cities/{city}/venues",
        handler=list_them,
        subject="venues",
        summary="Venues by zone and status",
        query=VenueQuery,
        answer=PageView[VenueView],
        refusals=(404,),
    ),
    Route(
        method="GET",
        path="/v1/cities/{city}/venues/{venue_id}",
        handler=get_venue,
        subject="venues",
        summary="One venue",
        answer=VenueView,
        refusals=(404,),
    ),
)
