"""What people decide about an action: approve, reject, cancel.

Each is one route and one command of the engine; the answer is the action as it then stands. Whoever
names the `version` that he saw is refused, and told who was first, if it has changed since.
"""

from collections.abc import Callable
from typing import Final, TypeVar

from aiohttp import web
from msgspec import Struct

from alerts.action import Action
from monitor.api.actions import find_action
from monitor.api.commands import carry_out
from monitor.api.context import Call, as_json
from monitor.api.reading import read_body
from monitor.api.routes import Handler, Route
from monitor.core.commands import ApproveAction, CancelAction, Command, Reason, RejectAction
from monitor.core.commands import Version as Seen

B = TypeVar("B", bound=Struct)


class Head(Struct, frozen=True):
    """What every decision on an action says: where, when, who, on which."""

    city: str
    ts: int
    by: str
    action_id: str


class ApproveBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Which version he saw."""

    version: Seen | None = None


class DecideBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Why, and which version he saw."""

    reason: Reason
    version: Seen | None = None


def _approve(head: Head, body: ApproveBody) -> Command:
    return ApproveAction(head.city, head.ts, head.by, head.action_id, body.version)


def _reject(head: Head, body: DecideBody) -> Command:
    return RejectAction(head.city, head.ts, head.by, head.action_id, body.reason, body.version)


def _cancel(head: Head, body: DecideBody) -> Command:
    return CancelAction(head.city, head.ts, head.by, head.action_id, body.reason, body.version)


def _act(body_type: type[B], make: Callable[[Head, B], Command]) -> Handler:
    """The handler of one decision: reads the body, submits the command, answers with the action."""

    async def handle(call: Call) -> web.Response:
        body = await read_body(call.request, body_type)
        action_id = call.path("action_id")
        city, _ = find_action(call, action_id)
        slug, now_ms = city.plan.slug, call.context.now_ms()
        await carry_out(call, make(Head(slug, now_ms, call.identity.name, action_id), body))
        return as_json(find_action(call, action_id)[1])

    return handle


def _route(
    name: str, summary: str, body_type: type[B], make: Callable[[Head, B], Command]
) -> Route:
    return Route(
        method="POST",
        path=f"/v1/actions/{{action_id}}/{name}",
        handler=_act(body_type, make),
        subject="actions",
        summary=summary,
        role="watcher",
        body=body_type,
        answer=Action,
        refusals=(404, 409, 413, 415),
    )


ROUTES: Final = (
    _route("approve", "Yes: a proposed action is carried out", ApproveBody, _approve),
    _route("reject", "No: a proposed action is not carried out", DecideBody, _reject),
    _route("cancel", "Stop: nothing more is sent; a pause is resumed", DecideBody, _cancel),
)
