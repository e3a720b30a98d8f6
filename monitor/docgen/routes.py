"""The HTTP API without a monitor that runs: its routes are described, never called."""

from typing import Any, NoReturn

from monitor.api.app import ApiContext, routes_of
from monitor.api.openapi import document
from monitor.api.routes import Route
from monitor.ingest.dead_letters import DeadLetters
from monitor.ingest.feed import Feed
from monitor.ingest.gate import Gate
from monitor.ingest.inbox import Inbox
from monitor.runtime.clock import VirtualClock
from monitor.runtime.telemetry import Telemetry
from monitor.transports.http import events_route


def openapi(version: str) -> dict[str, Any]:
    """The OpenAPI document of every route that the monitor serves."""
    return document(_routes(version), version)


def table() -> str:
    """Every route in one table: what it is for, and who may call it."""
    lines = ["| | | needs |", "|---|---|---|"]
    for route in _routes(""):
        needs: str = route.role or "nothing"
        if route.every_city:
            needs += ", all cities"
        lines.append(f"| `{route.method} {route.path}` | {route.summary} | {needs} |")
    return "\n".join(lines)


def _routes(version: str) -> tuple[Route, ...]:
    letters, clock = DeadLetters(), VirtualClock()
    context = ApiContext(
        state=_never,
        now_ms=_never,
        submit=_never,
        dead_letters=letters,
        telemetry=Telemetry(version),
        extra_routes=(events_route(Feed("http", Inbox(), Gate(()), letters, clock), clock),),
        version=version,
    )
    return routes_of(context)


def _never(*_: object) -> NoReturn:
    raise AssertionError("a route was called while it was being described")
