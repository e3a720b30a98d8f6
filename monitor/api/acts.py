"""What people do to an alert and decide about an action: one route and one command each.

The answer is the alert, or the action, as it then stands. Whoever names the `version` of the action
that he saw is refused, and told who was first, if it has changed since.
"""

from collections.abc import Callable
from typing import Annotated, Final, NamedTuple, TypeVar

from aiohttp import web
from msgspec import Meta, Struct

from alerts.action import Action
from alerts.alert import Alert
from monitor.api.actions import find_action
from monitor.api.alerts import find_alert
from monitor.api.commands import REFUSALS, carry_out
from monitor.api.context import Call, as_json
from monitor.api.problem import Problem
from monitor.api.reading import read_body
from monitor.api.routes import Route
from monitor.core.city import City
from monitor.core.commands import (
    AckAlert,
    ApproveAction,
    CancelAction,
    ClaimAlert,
    CloseAlert,
    Command,
    NoteAlert,
    Reason,
    RejectAction,
    ReleaseAlert,
    UnackAlert,
)
from monitor.core.commands import Version as Seen
from monitor.core.events import Timestamp

B = TypeVar("B", bound=Struct)
Force = Annotated[bool, Meta(description="Take it from another who holds it; needs a lead.")]


class Head(NamedTuple):
    """How every command on an alert or an action begins: where, when, who, on which."""

    city: str
    ts: int
    by: str
    id: str


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


class ApproveBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Which version he saw."""

    version: Seen | None = None


class DecideBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Why, and which version he saw."""

    reason: Reason
    version: Seen | None = None


def _living_alert(call: Call, alert_id: str) -> tuple[City, Alert]:
    city, alert = find_alert(call, alert_id)
    if alert.state == "resolved":
        raise Problem(409, "resolved", "the alert has ended; nothing is to be done about it")
    return city, alert


def _route(
    path: str, summary: str, body_type: type[B], make: Callable[[Head, B], Command]
) -> Route:
    """`path` is what stands after `/v1`; `make` makes the command of its head and the body."""
    subject = path.split("/")[1]
    on_alert = subject == "alerts"
    name = "alert_id" if on_alert else "action_id"

    async def handle(call: Call) -> web.Response:
        body = await read_body(call.request, body_type)
        id_ = call.path(name)
        city, _ = _living_alert(call, id_) if on_alert else find_action(call, id_)
        head = Head(city.plan.slug, call.context.now_ms(), call.identity.name, id_)
        await carry_out(call, make(head, body))
        _, as_it_stands = find_alert(call, id_) if on_alert else find_action(call, id_)
        return as_json(as_it_stands)

    return Route(
        method="POST",
        path=f"/v1{path}",
        handler=handle,
        subject=subject,
        summary=summary,
        role="watcher",
        body=body_type,
        answer=Alert if on_alert else Action,
        act=path.rsplit("/", 1)[1],
        refusals=REFUSALS,
    )


ROUTES: Final = (
    _route(
        "/alerts/{alert_id}/ack",
        "Seen: no reminder until the mark comes off again",
        AckBody,
        lambda head, body: AckAlert(*head, body.until_ts),
    ),
    _route(
        "/alerts/{alert_id}/unack",
        "Takes the mark off",
        EmptyBody,
        lambda head, body: UnackAlert(*head),
    ),
    _route(
        "/alerts/{alert_id}/claim",
        "Mine: refused while another holds it",
        EmptyBody,
        lambda head, body: ClaimAlert(*head),
    ),
    _route(
        "/alerts/{alert_id}/release",
        "No longer mine; a lead may take it from another",
        ReleaseBody,
        lambda head, body: ReleaseAlert(*head, body.force),
    ),
    _route(
        "/alerts/{alert_id}/note",
        "A word for the others",
        NoteBody,
        lambda head, body: NoteAlert(*head, body.text),
    ),
    _route(
        "/alerts/{alert_id}/close",
        "Dealt with: ends an alert that only a person can clear",
        CloseBody,
        lambda head, body: CloseAlert(*head, body.reason),
    ),
    _route(
        "/actions/{action_id}/approve",
        "Yes: a proposed action is carried out",
        ApproveBody,
        lambda head, body: ApproveAction(*head, body.version),
    ),
    _route(
        "/actions/{action_id}/reject",
        "No: a proposed action is not carried out",
        DecideBody,
        lambda head, body: RejectAction(*head, body.reason, body.version),
    ),
    _route(
        "/actions/{action_id}/cancel",
        "Stop: nothing more is sent; a pause is resumed",
        DecideBody,
        lambda head, body: CancelAction(*head, body.reason, body.version),
    ),
)
