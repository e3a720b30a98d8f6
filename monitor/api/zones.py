"""Zones: their figures, their shapes, and what stands behind the figures of one."""

from functools import lru_cache
from hashlib import blake2b

import msgspec
from aiohttp import web
from msgspec import Struct

from monitor.api.context import Call, as_json, zone_index
from monitor.api.routes import Route
from monitor.core.views.lists import zone_detail
from monitor.core.views.structs import ZoneDetail, ZoneView
from monitor.core.views.zones import zone_views
from zones.geojson import to_geojson
from zones.polygons import ZoneSet

GEOJSON = "application/geo+json"


class ZoneList(Struct, frozen=True):
    """The zones of a city, in the order of its file."""

    ts: int
    items: list[ZoneView]


async def list_zones(call: Call) -> web.Response:
    """The figures of every zone."""
    city = call.city()
    clear = call.context.clear_minutes(city, call.now_ms)
    return as_json(ZoneList(call.now_ms, zone_views(city, call.now_ms, clear)))


async def get_zone(call: Call) -> web.Response:
    """The figures of one zone with the very orders, couriers and venues behind them."""
    city = call.city()
    zone = zone_index(city, call.path("zone_id"))
    clear = call.context.clear_minutes(city, call.now_ms)
    return as_json(zone_detail(city, zone, call.now_ms, clear))


async def get_shapes(call: Call) -> web.StreamResponse:
    """The zones as GeoJSON; they hardly ever change, so that a tag spares sending them again."""
    body, tag = _shapes(call.city().plan.zones)
    # The token decides what is seen: a shared cache must not keep it, a browser asks each time.
    headers = {"ETag": f'"{tag}"', "Cache-Control": "private, no-cache"}
    known = call.request.if_none_match or ()
    if any(one.value in (tag, "*") for one in known):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, content_type=GEOJSON, headers=headers)


@lru_cache(maxsize=256)  # a pure function of a frozen set of zones; one entry a city
def _shapes(zones: ZoneSet) -> tuple[bytes, str]:
    body = msgspec.json.encode(to_geojson(zones))
    return body, blake2b(body, digest_size=12).hexdigest()


ROUTES = (
    Route(
        method="GET",
        path="/v1/cities/{city}/zones",
        handler=list_zones,
        subject="zones",
        summary="The figures of every zone",
        answer=ZoneList,
        refusals=(404,),
    ),
    Route(
        method="GET",
        path="/v1/cities/{city}/zones.geojson",
        handler=get_shapes,
        subject="zones",
        summary="The shapes of the zones, with an ETag",
        content_type=GEOJSON,
        refusals=(404,),
    ),
    Route(
        method="GET",
        path="/v1/cities/{city}/zones/{zone_id}",
        handler=get_zone,
        subject="zones",
        summary="One zone with the orders, couriers and venues behind its figures",
        answer=ZoneDetail,
        refusals=(404,),
    ),
)
