"""What people do to an alert: ack, unack, claim, release, note, close.

Each is one route and one command of the engine; the answer is the alert as it then stands.
"""

from collections.abc import Callable
from typing import Annotated, Final, TypeVar

from aiohttp import web
from msgspec import Meta, Struct

from alerts.alert import Alert
from monitor.api.alerts import find_alert
from monitor.api.commands import carry_out
from monitor.api.context import Call, as_json
from monitor.api.problem import Problem
from monitor.api.reading import read_body
from monitor.api.routes import Handler, Route
from monitor.core.commands import (
    AckAlert,
    ClaimAlert,
    CloseAlert,
    Command,
    NoteAlert,
    Reason,
    ReleaseAlert,
    UnackAlert,
)
from monitor.core.events import Timestamp

B = TypeVar("B", bound=Struct)
Force = Annotated[bool, Meta(description="Take it from another who holds it; needs a lead.")]


class Head(Struct, frozen=True):
    """What every command on an alert says: where, when, who, on which."""

    city: str
    ts: int
    by: str
    alert_id: str


class AckBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Until when it is seen; half an hour without it."""

    until_ts: Timestamp | None = None


class EmptyBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing more to say."""


class ReleaseBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Whether to take it from another."""

    force: Force = False


class NoteBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A word for the others."""

    text: Reason


class CloseBody(Struct, frozen=True, forbid_unknown_fields=True):
    """How it was dealt with."""

    reason: Reason


def _ack(head: Head, body: AckBody) -> Command:
    return AckAlert(head.city, head.ts, head.by, head.alert_id, body.until_ts)


def _unack(head: Head, body: EmptyBody) -> Command:
    return UnackAlert(head.city, head.ts, head.by, head.alert_id)


def _claim(head: Head, body: EmptyBody) -> Command:
    return ClaimAlert(head.city, head.ts, head.by, head.alert_id)


def _release(head: Head, body: ReleaseBody) -> Command:
    return ReleaseAlert(head.city, head.ts, head.by, head.alert_id, body.force)


def _note(head: Head, body: NoteBody) -> Command:
    return NoteAlert(head.city, head.ts, head.by, head.alert_id, body.text)


def _close(head: Head, body: CloseBody) -> Command:
    return CloseAlert(head.city, head.ts, head.by, head.alert_id, body.reason)


def _act(body_type: type[B], make: Callable[[Head, B], Command]) -> Handler:
    """The handler of one act: reads the body, submits the command, answers with the alert."""

    async def handle(call: Call) -> web.Response:
        body = await read_body(call.request, body_type)
        alert_id = call.path("alert_id")
        city, alert = find_alert(call, alert_id)
        if alert.state == "resolved":
            raise Problem(409, "resolved", "the alert has ended; nothing is to be done about it")
        slug, now_ms = city.plan.slug, call.context.now_ms()
        command = make(Head(slug, now_ms, call.identity.name, alert_id), body)
        await carry_out(call, command)
        return as_json(find_alert(call, alert_id)[1])

    return handle


def _route(
    name: str, summary: str, body_type: type[B], make: Callable[[Head, B], Command]
) -> Route:
    return Route(
        method="POST",
        path=f"/v1/alerts/{{alert_id}}/{name}",
        handler=_act(body_type, make),
        subject="alerts",
        summary=summary,
        role="watcher",
        body=body_type,
        answer=Alert,
        refusals=(404, 409, 413, 415),
    )


ROUTES: Final = (
    _route("ack", "Seen: no reminder until the mark comes off again", AckBody, _ack),
    _route("unack", "Takes the mark off", EmptyBody, _unack),
    _route("claim", "Mine: refused while another holds it", EmptyBody, _claim),
    _route("release", "No longer mine; a lead may take it from another", ReleaseBody, _release),
    _route("note", "A word for the others", NoteBody, _note),
    _route("close", "Dealt with: ends an alert that only a person can clear", CloseBody, _close),
)
