"""The OpenAPI document without a monitor that runs: the routes are described, never called."""

from typing import Any, NoReturn

from aiohttp import web

from monitor.api.app import ApiContext, routes_of
from monitor.api.events import PATH
from monitor.api.openapi import document
from monitor.ingest.dead_letters import DeadLetters
from monitor.runtime.telemetry import Telemetry


def openapi(version: str) -> dict[str, Any]:
    """The document of every route that the monitor serves."""
    context = ApiContext(
        state=_never,
        now_ms=_never,
        submit=_never,
        dead_letters=DeadLetters(),
        telemetry=Telemetry(version),
        extra_routes=(web.post(PATH, _never),),
        version=version,
    )
    return document(routes_of(context), version)


def _never(*_: object) -> NoReturn:
    raise AssertionError("a route was called while it was being described")
