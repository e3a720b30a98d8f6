"""`GET /v1/openapi.json`: the document of the API, made from the very routes that are served."""

import asyncio
import re
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import msgspec
from aiohttp import web
from msgspec import Struct

from monitor.api.context import Call
from monitor.api.problem import CONTENT_TYPE, ProblemView, title_of
from monitor.api.routes import Route

PATH: Final = "/v1/openapi.json"
REF: Final = "#/components/schemas/{name}"
_PATH_PART: Final = re.compile(r"{(\w+)}")
_ABOUT: Final = (
    "Supply against demand per zone, venue delays, alerts and what people do about them. Times are "
    "milliseconds since the Unix epoch, UTC; positions WGS 84 degrees. Refusals are "
    "application/problem+json (RFC 9457). Live changes come over the WebSocket `/v1/stream`."
)
_PATH_WORDS: Final = {
    "city": "The city's slug.",
    "zone_id": "The zone's id.",
    "courier_id": "The courier's id.",
    "order_id": "The order's id.",
    "venue_id": "The venue's id.",
    "alert_id": "The alert's id.",
    "silence_id": "The silence's id.",
    "action_id": "The action's id.",
}


def openapi_route(routes: Sequence[Route], version: str) -> Route:
    """The route that answers with the document of `routes` and itself."""

    @cache  # made when it is first asked for: a tenth of a second that no start should wait for
    def body() -> bytes:
        return msgspec.json.encode(document([*routes, route], version))

    async def get_document(call: Call) -> web.Response:
        told = await asyncio.to_thread(body)
        return web.Response(body=told, content_type="application/json")

    route = Route(
        method="GET",
        path=PATH,
        handler=get_document,
        subject="running",
        summary="This document",
        role=None,
    )
    return route


def document(routes: Sequence[Route], version: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document of these routes."""
    types: list[Any] = [ProblemView]
    for route in routes:
        types += [t for t in (route.answer, route.body) if t is not None]
    refs, schemas = msgspec.json.schema_components(types, ref_template=REF)
    known = dict(zip(map(_key, types), refs, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, known)
    return {
        "openapi": "3.1.0",
        "info": {"title": "citywatch", "version": version or "0", "description": _ABOUT},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _key(kind: Any) -> str:
    return repr(kind)


def _operation(route: Route, known: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": _operation_id(route),
        "tags": [route.subject],
        "summary": route.summary,
        "parameters": [*_path_parameters(route.path), *_query_parameters(route.query)],
        "responses": _responses(route, known),
    }
    if route.role is not None:
        words = f"Needs the role {route.role} or a higher one"
        operation["description"] = words + (", for all cities." if route.every_city else ".")
        operation["security"] = [{"token": []}, {}]
    if route.body is not None:
        schema = known[_key(route.body)]
        operation["requestBody"] = {
            "content": {kind: {"schema": schema} for kind in route.body_types}
        }
    return operation


def _operation_id(route: Route) -> str:
    words = re.findall(r"\w+", route.path.removeprefix("/v1/"))
    return "_".join([route.method.lower(), *words]).replace("-", "_")


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": _PATH_WORDS[name],
            "schema": {"type": "string"},
        }
        for name in _PATH_PART.findall(path)
    ]


def _query_parameters(query: type[Struct] | None) -> list[dict[str, Any]]:
    if query is None:
        return []
    (_,), components = msgspec.json.schema_components([query])
    schema = components[query.__name__]
    required = schema.get("required", [])
    parameters = []
    for name, one in schema["properties"].items():
        given = {key: value for key, value in one.items() if (key, value) != ("default", None)}
        several = [kind for kind in given.get("anyOf", ()) if kind.get("type") != "null"]
        if len(several) == 1:  # a parameter that is left out is no null
            given = {key: value for key, value in given.items() if key != "anyOf"} | several[0]
        if "enum" in given:
            given["enum"] = [value for value in given["enum"] if value is not None]
        parameters.append(
            {"name": name, "in": "query", "required": name in required} | _told(given)
        )
    return parameters


def _told(schema: dict[str, Any]) -> dict[str, Any]:
    rest = {key: value for key, value in schema.items() if key != "description"}
    words = {"description": schema["description"]} if "description" in schema else {}
    return words | {"schema": rest}


def _responses(route: Route, known: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": title_of(route.status)}
    if route.answer is not None:
        answer["content"] = {route.content_type: {"schema": known[_key(route.answer)]}}
    elif route.status != 204:
        answer["content"] = {route.content_type: {}}
    refusals = {400, 500, *route.refusals, *(() if route.role is None else (401, 403))}
    problem = {CONTENT_TYPE: {"schema": known[_key(ProblemView)]}}
    return {str(route.status): answer} | {
        str(status): {"description": title_of(status), "content": problem}
        for status in sorted(refusals)
    }
