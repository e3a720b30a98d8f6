"""What the API says of `POST /v1/events`, which `transports/http.py` carries out.

Writing needs a watcher who may see all cities: an event names its city itself, and is not held
against the token's.
"""

from collections.abc import Awaitable
from typing import Final, cast

from aiohttp import web
from msgspec import Struct

from monitor.api.context import Call
from monitor.api.problem import Handler
from monitor.api.routes import Method, Route
from monitor.core.events import Event
from monitor.ingest.codec import RejectReason


class RejectedEvent(Struct, frozen=True):
    """An event of the body, by its place in it, and why it was refused."""

    index: int
    reason: RejectReason
    detail: str


class Taken(Struct, frozen=True):
    """What became of the body: `rejected` lists the first refusals, `rejected_count` counts all."""

    taken: int
    rejected_count: int
    rejected: list[RejectedEvent]


PATH: Final = "/v1/events"


def wrap(extra: web.RouteDef) -> Route:
    """A transport's route with what is known of it; raises ValueError for one that is not known."""
    if (extra.method, extra.path) != ("POST", PATH):
        raise ValueError(f"nothing is said of the route {extra.method} {extra.path}")
    handler = cast("Handler", extra.handler)

    def pass_on(call: Call) -> Awaitable[web.StreamResponse]:
        return handler(call.request)

    return Route(
        method=cast("Method", extra.method),
        path=extra.path,
        handler=pass_on,
        subject="events",
        summary="Events in: one object, an array or NDJSON lines, gzip allowed; 202 once taken",
        role="watcher",
        every_city=True,
        body=Event | list[Event],
        body_types=("application/json", "application/x-ndjson"),
        answer=Taken,
        status=202,
        refusals=(408, 413, 415, 429, 503),
    )
