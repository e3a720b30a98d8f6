"""Actions by hand: push couriers, pause a venue or resume it, and what each would do beforehand.

A preview changes nothing; what is ordered is one command of the engine, answered with its action.
"""

from typing import Annotated, Final

from aiohttp import web
from msgspec import Meta, Struct

from alerts.action import Action
from alerts.alert import Subject
from monitor.api.actions import find_action
from monitor.api.commands import REFUSALS, carry_out
from monitor.api.context import Call, as_json, zone_index
from monitor.api.problem import Problem
from monitor.api.reading import read_body, read_query
from monitor.api.routes import Route
from monitor.core.city import City
from monitor.core.commands import PauseByHand, PushByHand, Reason, ResumeByHand
from monitor.core.events import Id
from monitor.core.views.by_hand import (
    PausePreview,
    PushPreview,
    pause_preview,
    push_preview,
)

Count = Annotated[int, Meta(ge=1, le=1_000, description="How many couriers to ask.")]
CourierIds = Annotated[tuple[Id, ...], Meta(max_length=1_000, description="Just these couriers.")]
Pause = Annotated[float, Meta(gt=0, le=240, description="How long; else as configured.")]
Busy = Annotated[bool, Meta(description="Only lengthen its preparation times.")]


class PushQuery(Struct, frozen=True, kw_only=True):
    """Where to: a zone or an order; without `count` as many as are short."""

    zone_id: Id | None = None
    order_id: Id | None = None
    count: Count | None = None


class PauseQuery(Struct, frozen=True, kw_only=True):
    """Which venue."""

    venue_id: Id


class PushBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to, a zone or an order; whom: these couriers, else the best `count`, else one; why."""

    reason: Reason
    zone_id: Id | None = None
    order_id: Id | None = None
    count: Count | None = None
    courier_ids: CourierIds = ()


class PauseBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why, for how long, and whether only preparation times are to be longer."""

    reason: Reason
    minutes: Pause | None = None
    busy: Busy = False


class ResumeBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Why."""

    reason: Reason


async def get_push_preview(call: Call) -> web.Response:
    """Whom a push would ask."""
    query = read_query(call.request, PushQuery)
    city = call.city()
    if query.zone_id is not None and query.order_id is None:
        zone_index(city, query.zone_id)
        subject = Subject("zone", query.zone_id)
    elif query.order_id is not None and query.zone_id is None:
        _known_order(city, query.order_id)
        subject = Subject("order", query.order_id)
    else:
        raise Problem(400, "bad_parameter", "name either a zone_id or an order_id")
    preview = push_preview(city, subject, query.count, call.now_ms)
    if preview is None:
        words = "its venue's place is not known, or the city was not looked at yet"
        raise Problem(409, "not_possible", f"nobody can be sent there: {words}")
    return as_json(preview)


async def post_push(call: Call) -> web.Response:
    """Couriers are pushed."""
    body = await read_body(call.request, PushBody)
    command = PushByHand(
        call.city().plan.slug,
        call.context.now_ms(),
        call.identity.name,
        body.reason,
        body.zone_id,
        body.order_id,
        body.count,
        body.courier_ids,
    )
    outcome = await carry_out(call, command)
    return _action(call, outcome.id, 201)


async def get_pause_preview(call: Call) -> web.Response:
    """What a pause would meet."""
    query = read_query(call.request, PauseQuery)
    city = call.city()
    preview = pause_preview(city, query.venue_id, call.now_ms)
    if preview is None:
        raise _no_venue(city, query.venue_id)
    return as_json(preview)


async def post_pause(call: Call) -> web.Response:
    """A venue is paused, or only made busy."""
    body = await read_body(call.request, PauseBody)
    command = PauseByHand(
        call.city().plan.slug,
        call.context.now_ms(),
        call.identity.name,
        call.path("venue_id"),
        body.reason,
        body.minutes,
        body.busy,
    )
    outcome = await carry_out(call, command)
    return _action(call, outcome.id, 200)


async def post_resume(call: Call) -> web.Response:
    """Our pause of a venue ends."""
    body = await read_body(call.request, ResumeBody)
    slug, now_ms = call.city().plan.slug, call.context.now_ms()
    command = ResumeByHand(slug, now_ms, call.identity.name, call.path("venue_id"), body.reason)
    outcome = await carry_out(call, command)
    return _action(call, outcome.id, 200)


def _action(call: Call, action_id: str | None, status: int) -> web.Response:
    assert action_id is not None, "what was ordered has an action"
    where = {"Location": f"/v1/actions/{action_id}"}
    return as_json(find_action(call, action_id)[1], status, where)


def _known_order(city: City, order_id: str) -> None:
    if city.orders.find(order_id) < 0:
        raise Problem(404, "unknown_order", f"{city.plan.slug} has no order {order_id!r}")


def _no_venue(city: City, venue_id: str) -> Problem:
    return Problem(404, "unknown_venue", f"{city.plan.slug} has no venue {venue_id!r}")


ROUTES: Final = (
    Route(
        method="GET",
        path="/v1/cities/{city}/push-preview",
        handler=get_push_preview,
        subject="actions",
        summary="Whom a push to a zone or for an order would ask, and why; changes nothing",
        query=PushQuery,
        answer=PushPreview,
        refusals=(404, 409),
    ),
    Route(
        method="POST",
        path="/v1/cities/{city}/push",
        handler=post_push,
        act="push",
        subject="actions",
        summary="Push couriers to a zone or for an order",
        role="watcher",
        body=PushBody,
        answer=Action,
        status=201,
        refusals=REFUSALS,
    ),
    Route(
        method="GET",
        path="/v1/cities/{city}/pause-preview",
        handler=get_pause_preview,
        subject="actions",
        summary="What a pause of a venue would meet: its figures, what hinders; changes nothing",
        query=PauseQuery,
        answer=PausePreview,
        refusals=(404,),
    ),
    Route(
        method="POST",
        path="/v1/cities/{city}/venues/{venue_id}/pause",
        handler=post_pause,
        act="pause",
        subject="actions",
        summary="Pause a venue, or only lengthen its preparation times",
        role="watcher",
        body=PauseBody,
        answer=Action,
        refusals=REFUSALS,
    ),
    Route(
        method="POST",
        path="/v1/cities/{city}/venues/{venue_id}/resume",
        handler=post_resume,
        act="resume",
        subject="actions",
        summary="End our pause of a venue before its time",
        role="watcher",
        body=ResumeBody,
        answer=Action,
        refusals=REFUSALS,
    ),
)
