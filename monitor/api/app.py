"""The API put together: every route of every subject, guarded, described, with plain headers.

Called by the composition root, which serves what `build_api` returns. Cross-origin reading is off:
no CORS header is ever sent.
"""

from typing import Final

from aiohttp import web

from monitor.api import (
    actions,
    acts,
    alerts,
    by_hand,
    cities,
    couriers,
    health,
    limits,
    metrics,
    orders,
    page,
    past,
    rejected,
    silences,
    switches,
    trail,
    trend,
    venues,
    zones,
)
from monitor.api.context import ApiContext
from monitor.api.events import wrap
from monitor.api.guard import guarded
from monitor.api.openapi import openapi_route
from monitor.api.problem import problems
from monitor.api.reading import MAX_BODY_BYTES
from monitor.api.readings import (
    action_readings,
    rejected_readings,
    state_readings,
    zone_readings,
)
from monitor.api.routes import Route

__all__ = ["ApiContext", "build_api", "routes_of"]

SUBJECTS: Final = (
    cities,
    trend,
    limits,
    zones,
    couriers,
    orders,
    venues,
    alerts,
    acts,
    silences,
    actions,
    by_hand,
    switches,
    trail,
    past,
    rejected,
    health,
    metrics,
    page,
)
HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def routes_of(context: ApiContext) -> tuple[Route, ...]:
    """Every route that is served, the document's own being the last."""
    routes = [route for subject in SUBJECTS for route in subject.ROUTES]
    routes += [wrap(extra) for extra in context.extra_routes]
    return (*routes, openapi_route(routes, context.version))


def build_api(context: ApiContext) -> web.Application:
    """The application; also lets `telemetry` read the state and the refused events.

    Raises ValueError for an extra route that the API knows nothing of.
    """
    app = web.Application(middlewares=[problems], client_max_size=MAX_BODY_BYTES)
    for route in routes_of(context):
        handler = guarded(context, route)
        # A GET route answers HEAD as well.
        app.router.add_routes(
            [web.get(route.path, handler)]
            if route.method == "GET"
            else [web.route(route.method, route.path, handler)]
        )
    page.add_page(app, context)
    app.on_response_prepare.append(_plain_headers)
    _measure(context)
    return app


def _measure(context: ApiContext) -> None:
    telemetry, state, now_ms = context.telemetry, context.state, context.now_ms
    telemetry.add(lambda: state_readings(state(), now_ms()))
    telemetry.add(lambda: action_readings(state(), now_ms()))
    telemetry.add(lambda: rejected_readings(context.dead_letters))
    if context.zone_metrics:
        telemetry.add(lambda: zone_readings(state(), now_ms()))


async def _plain_headers(request: web.Request, response: web.StreamResponse) -> None:
    """What every answer says, unless it says otherwise itself; nothing of what we are made of."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = "citywatch"
