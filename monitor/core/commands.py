"""What a person does, as events of the engine, so that a recording replays exactly.

They never come over the public event inputs (MQTT, `POST /v1/events`); the API and the WebSocket
stream make them, with `by` and `ts` filled in by the server.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from alerts.mute import Matcher
from monitor.core.events import City, Id, Timestamp

By = Annotated[str, Meta(min_length=1, max_length=128, description="Who did it.")]
Reason = Annotated[str, Meta(min_length=1, max_length=1000, description="Why, in words.")]


class Head(Struct, frozen=True):
    """What every command says: in which city, when, by whom."""

    city: City
    ts: Timestamp
    by: By


class OnAlert(Head, frozen=True):
    """What every command on an alert says."""

    alert_id: Id


class OnAction(Head, frozen=True):
    """What every decision on an action says."""

    action_id: Id


class AckAlert(OnAlert, frozen=True, tag="command.ack"):
    """Seen: no reminder until `until_ts`, when the mark comes off again."""

    until_ts: Timestamp | None = None


class UnackAlert(OnAlert, frozen=True, tag="command.unack"):
    """Takes the mark off."""


class ClaimAlert(OnAlert, frozen=True, tag="command.claim"):
    """Mine: refused when another holds it."""


class ReleaseAlert(OnAlert, frozen=True, tag="command.release"):
    """No longer mine; `force` takes it from another."""

    force: bool = False


class NoteAlert(OnAlert, frozen=True, tag="command.note"):
    """A word for the others."""

    text: Reason


class CloseAlert(OnAlert, frozen=True, tag="command.close"):
    """Dealt with: ends an alert whose rule a person clears (`order_problem`)."""

    reason: Reason


class Silence(Head, frozen=True, tag="command.silence"):
    """Hides matching alerts until `until_ts`; an end and a reason are obligatory."""

    matchers: Annotated[tuple[Matcher, ...], Meta(min_length=1, max_length=16)]
    until_ts: Timestamp
    reason: Reason


class Unsilence(Head, frozen=True, tag="command.unsilence"):
    """Ends a silence before its time."""

    silence_id: Id


Version = Annotated[
    int, Meta(ge=1, description="The version that he saw; refused if it has changed since.")
]


class ApproveAction(OnAction, frozen=True, tag="command.approve"):
    """Yes: a proposed action is carried out."""

    version: Version | None = None


class RejectAction(OnAction, frozen=True, tag="command.reject"):
    """No: a proposed action is not carried out."""

    reason: Reason
    version: Version | None = None


class CancelAction(OnAction, frozen=True, tag="command.cancel"):
    """Stop: nothing more is sent for it; a pause of it is resumed."""

    reason: Reason
    version: Version | None = None


class PushByHand(Head, frozen=True, tag="command.push"):
    """Pushes couriers to a zone or for an order: those named, else the best `count` of the plan."""

    reason: Reason
    zone_id: Id | None = None
    order_id: Id | None = None
    count: Annotated[int, Meta(ge=1, le=1_000)] | None = None
    courier_ids: Annotated[tuple[Id, ...], Meta(max_length=1_000)] = ()


class PauseByHand(Head, frozen=True, tag="command.pause"):
    """Pauses a venue, or only lengthens its preparation times (`busy`)."""

    venue_id: Id
    reason: Reason
    minutes: Annotated[float, Meta(gt=0, le=240)] | None = None
    busy: bool = False


class ResumeByHand(Head, frozen=True, tag="command.resume"):
    """Ends a pause of ours before its time."""

    venue_id: Id
    reason: Reason


class SwitchActions(Head, frozen=True, tag="command.switch"):
    """The kill switch of a city: no action of this kind (or none at all) is sent while off."""

    kind: Literal["push_couriers", "pause_venue", "warn_support", "page_on_call", "all"]
    off: bool
    reason: Reason


AlertCommand = (
    AckAlert | UnackAlert | ClaimAlert | ReleaseAlert | NoteAlert | CloseAlert | Silence | Unsilence
)
ActionCommand = (
    ApproveAction
    | RejectAction
    | CancelAction
    | PushByHand
    | PauseByHand
    | ResumeByHand
    | SwitchActions
)
Command = AlertCommand | ActionCommand
