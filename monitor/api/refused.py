"""What a command was that came no further than the API: an entry for the audit.

A refusal here is one that the engine never hears of: for the role, for a city that the token does
not reach, or for something that is not there or has ended. What was asked stands in the route, the
path and the body as far as they can be read; a body that is none asks for nothing, and is kept only
where the role was refused before it was looked at. Called by `guard.py`.
"""

import asyncio
from typing import Final

from aiohttp import web
from msgspec import Struct

from monitor.api.alerts import alert_in
from monitor.api.context import Call
from monitor.api.problem import Problem
from monitor.api.reading import read_body
from monitor.api.routes import Route
from monitor.core.audit import AuditEntry, reason_of, subject_of
from monitor.core.city import City

# Of a problem: for the role or the city, for what is not there, for what has ended.
STATUSES: Final = frozenset({403, 404, 409})
BODY_WITHIN_S: Final = 2.0  # nobody is waited for longer to hear more of what he may not do
ID_CHARS: Final = 128  # an id is never longer; a path may be


async def entry_of(call: Call, route: Route, problem: Problem) -> AuditEntry:
    """The entry of a command that was refused with this problem.

    Its `city` is empty where none is known. Its code is that of the answer, but `forbidden` where
    the answer hides a city from who may not see it.
    """
    body = await _body(call.request, route)
    named = [value for name, value in call.request.match_info.items() if name != "city"]
    subject = named[0] if named else subject_of(body)
    city = _city(call, subject, getattr(body, "city", None))
    hidden = city is not None and not call.identity.may_see(city.plan.slug)
    return AuditEntry(
        ts=call.context.now_ms(),
        city="" if city is None else city.plan.slug,
        by=call.identity.name,
        act=route.act,
        subject=_storable(subject[:ID_CHARS]),
        ok=False,
        code="forbidden" if hidden else problem.view.code,
        reason=_storable(reason_of(body)),
    )


async def _body(request: web.Request, route: Route) -> Struct | None:
    """What it says beside the path; None where that can't be read."""
    if route.body is None:
        return None
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            body: Struct = await read_body(request, route.body)
    except (Problem, TimeoutError, web.HTTPException, web.RequestPayloadError, ConnectionError):
        return None
    return body


def _city(call: Call, subject: str, told: str | None) -> City | None:
    """The city that it is about, whether the caller may see it or not."""
    every = call.context.state().cities
    slug = call.request.match_info.get("city", told)
    if slug is not None:
        return every.get(slug)
    for city in every.values():
        if (
            alert_in(city, subject) is not None
            or city.desk.actions.find(subject) is not None
            or subject in city.book.silences
        ):
            return city
    return None


def _storable(text: str) -> str:
    """Without the halves of characters that an odd path may hold, and no store takes."""
    return text.encode(errors="replace").decode()
