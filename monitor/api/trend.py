"""How a city's figures, or a zone's, went in the last hour: for whoever opens the map late."""

from aiohttp import web
from msgspec import Struct

from monitor.api.context import Call, as_json, zone_index
from monitor.api.reading import read_query
from monitor.api.routes import Route
from monitor.core.events import Id


class TrendQuery(Struct, frozen=True, kw_only=True):
    """Whose figures: those of a zone, else the city's."""

    zone: Id | None = None


class TrendView(Struct, frozen=True, kw_only=True):
    """Figures minute by minute, at most an hour of them: the one at place i is of `from_ts` plus
    i times `every_ms`, null where there is none. They begin with the program.

    Of a city: `open`, `waiting`, `late`, `idle`, `busy`, `silent`, `venues` in trouble, `alerts`
    that fire and are not muted. Of a zone: `ratio`, `oldest_wait_s`.
    """

    city: str
    zone_id: str | None
    from_ts: int
    every_ms: int
    figures: dict[str, list[float | None]]


async def get_trend(call: Call) -> web.Response:
    """The last hour."""
    query = read_query(call.request, TrendQuery)
    city = call.city()
    zone = None if query.zone is None else zone_index(city, query.zone)
    found = call.context.trend(city.plan.slug, zone)
    from_ts, figures = (call.now_ms, {}) if found is None else found
    return as_json(
        TrendView(
            city=city.plan.slug,
            zone_id=query.zone,
            from_ts=from_ts,
            every_ms=60_000,
            figures=figures,
        )
    )


ROUTES = (
    Route(
        method="GET",
        path="/v1/cities/{city}/trend",
        handler=get_trend,
        subject="cities",
        summary="How the figures of a city or of one of its zones went in the last hour",
        query=TrendQuery,
        answer=TrendView,
        refusals=(404,),
    ),
)
