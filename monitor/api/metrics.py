"""`GET /metrics`: what Prometheus scrapes. The figures are made in `runtime/telemetry.py`."""

from aiohttp import web

from monitor.api.context import Call
from monitor.api.routes import Route


async def scrape(call: Call) -> web.Response:
    """All metrics, in the format the scraper prefers."""
    body, content_type = call.context.telemetry.render(call.request.headers.get("Accept", ""))
    return web.Response(body=body, headers={"Content-Type": content_type})


ROUTES = (
    Route(
        method="GET",
        path="/metrics",
        handler=scrape,
        subject="running",
        summary="Metrics for Prometheus",
        role=None,
        content_type="text/plain",
    ),
)
