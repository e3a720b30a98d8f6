"""The kill switches of a city: which kinds of actions are off, by whom and why; off and on."""

from typing import Final, Literal, get_args

from aiohttp import web
from msgspec import Struct

from monitor.api.commands import REFUSALS, carry_out
from monitor.api.context import Call, as_json
from monitor.api.reading import read_body
from monitor.api.routes import Route
from monitor.core.city import City
from monitor.core.commands import Reason, SwitchActions

Switched = Literal["push_couriers", "pause_venue", "warn_support", "page_on_call", "all"]


class SwitchView(Struct, frozen=True):
    """A kind of action: off since when, by whom, why; null where it is on."""

    kind: Switched
    off: bool
    by: str | None = None
    since_ts: int | None = None
    reason: str | None = None


class SwitchList(Struct, frozen=True):
    """Every switch of a city; `all` is one of its own, beside those of the kinds."""

    ts: int
    items: list[SwitchView]


class SwitchBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Which kind, off or on, and why."""

    kind: Switched
    off: bool
    reason: Reason


def _view(city: City, kind: Switched) -> SwitchView:
    known = city.desk.actions.switches.get(kind)
    if known is None:
        return SwitchView(kind, False)
    return SwitchView(kind, True, known.by, known.ts, known.reason)


def _answer(call: Call, city: City) -> web.Response:
    items = [_view(city, kind) for kind in get_args(Switched)]
    return as_json(SwitchList(call.now_ms, items))


async def list_them(call: Call) -> web.Response:
    """Every switch."""
    return _answer(call, call.city())


async def post_switch(call: Call) -> web.Response:
    """A kind is switched off, or on again."""
    body = await read_body(call.request, SwitchBody)
    city = call.city()
    slug, now_ms = city.plan.slug, call.context.now_ms()
    command = SwitchActions(slug, now_ms, call.identity.name, body.kind, body.off, body.reason)
    await carry_out(call, command)
    return _answer(call, city)


ROUTES: Final = (
    Route(
        method="GET",
        path="/v1/cities/{city}/switches",
        handler=list_them,
        subject="actions",
        summary="Which kinds of actions are switched off, by whom and why",
        answer=SwitchList,
        refusals=(404,),
    ),
    Route(
        method="POST",
        path="/v1/cities/{city}/switches",
        handler=post_switch,
        act="switch",
        subject="actions",
        summary="Switch a kind of action, or all, off or on again",
        role="lead",
        body=SwitchBody,
        answer=SwitchList,
        refusals=REFUSALS,
    ),
)
