"""Cities: all that the caller may see, and one."""

from aiohttp import web
from msgspec import Struct
from msgspec.structs import replace

from monitor.api.context import Call, as_json
from monitor.api.routes import Route
from monitor.core.city import City
from monitor.core.views.city import city_view
from monitor.core.views.structs import CityView


class CityList(Struct, frozen=True):
    """The cities watched, in the order of the configuration."""

    ts: int
    items: list[CityView]


async def list_cities(call: Call) -> web.Response:
    """Each city in figures."""
    views = [_view(call, city) for city in call.cities().values()]
    return as_json(CityList(call.now_ms, views))


async def get_city(call: Call) -> web.Response:
    """One city in figures."""
    return as_json(_view(call, call.city()))


def _view(call: Call, city: City) -> CityView:
    view = city_view(city, call.now_ms)
    return replace(view, watchers=call.context.watchers(city.plan.slug))


ROUTES = (
    Route(
        method="GET",
        path="/v1/cities",
        handler=list_cities,
        subject="cities",
        summary="Every city in figures",
        answer=CityList,
    ),
    Route(
        method="GET",
        path="/v1/cities/{city}",
        handler=get_city,
        subject="cities",
        summary="One city in figures: its streams, weather and counts of alerts too",
        answer=CityView,
        refusals=(404,),
    ),
)
