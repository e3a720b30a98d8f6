"""Silences: which hide alerts now, a new one, the end of one."""

from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct

from alerts.mute import Matcher, SilenceRecord
from monitor.api.commands import REFUSALS, carry_out
from monitor.api.context import Call, as_json
from monitor.api.problem import Problem
from monitor.api.reading import read_body, read_query
from monitor.api.routes import Route
from monitor.core import events
from monitor.core.city import City
from monitor.core.commands import Reason, Silence, Unsilence


class SilenceQuery(Struct, frozen=True, kw_only=True):
    """What a list of silences is narrowed to."""

    city: events.City | None = None


class SilenceBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to hide in a city, until when and why; all matchers must hold."""

    city: events.City
    matchers: Annotated[tuple[Matcher, ...], Meta(min_length=1, max_length=16)]
    until_ts: events.Timestamp
    reason: Reason


class SilenceList(Struct, frozen=True):
    """The silences that hold, the one that ends first before the others."""

    ts: int
    items: list[SilenceRecord]


async def list_them(call: Call) -> web.Response:
    """Every silence that holds."""
    query = read_query(call.request, SilenceQuery)
    cities = call.cities().values() if query.city is None else [call.city_named(query.city)]
    found = [
        record
        for city in cities
        for record in city.book.silences.values()
        if record.until_ts > call.now_ms
    ]
    return as_json(SilenceList(call.now_ms, sorted(found, key=lambda s: (s.until_ts, s.id))))


def _find(call: Call, silence_id: str) -> tuple[City, SilenceRecord]:
    for city in call.cities().values():
        record = city.book.silences.get(silence_id)
        if record is not None:
            return city, record
    raise Problem(404, "unknown_silence", f"no silence has the id {silence_id!r}")


async def get_silence(call: Call) -> web.Response:
    """One silence."""
    return as_json(_find(call, call.path("silence_id"))[1])


async def post_silence(call: Call) -> web.Response:
    """A new silence."""
    body = await read_body(call.request, SilenceBody)
    city = call.city_named(body.city)
    outcome = await carry_out(
        call,
        Silence(
            city.plan.slug,
            call.context.now_ms(),
            call.identity.name,
            body.matchers,
            body.until_ts,
            body.reason,
        ),
    )
    assert outcome.id is not None
    record = city.book.silences[outcome.id]
    return as_json(record, 201, {"Location": f"/v1/silences/{outcome.id}"})


async def delete_silence(call: Call) -> web.Response:
    """Ends a silence before its time."""
    silence_id = call.path("silence_id")
    city, _ = _find(call, silence_id)
    now_ms = call.context.now_ms()
    await carry_out(call, Unsilence(city.plan.slug, now_ms, call.identity.name, silence_id))
    return web.Response(status=204)


ROUTES = (
    Route(
        method="GET",
        path="/v1/silences",
        handler=list_them,
        subject="silences",
        summary="The silences that hold",
        query=SilenceQuery,
        answer=SilenceList,
        refusals=(404,),
    ),
    Route(
        method="POST",
        path="/v1/silences",
        handler=post_silence,
        act="silence",
        subject="silences",
        summary="Hide matching alerts until an end, for a reason",
        role="watcher",
        body=SilenceBody,
        answer=SilenceRecord,
        status=201,
        refusals=REFUSALS,
    ),
    Route(
        method="GET",
        path="/v1/silences/{silence_id}",
        handler=get_silence,
        subject="silences",
        summary="One silence",
        answer=SilenceRecord,
        refusals=(404,),
    ),
    Route(
        method="DELETE",
        path="/v1/silences/{silence_id}",
        handler=delete_silence,
        act="unsilence",
        subject="silences",
        summary="End a silence before its time",
        role="watcher",
        status=204,
        refusals=(404, 503),
    ),
)
