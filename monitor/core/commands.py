"""What a person does, as events of the engine, so that a recording replays exactly.

They never come over the public event inputs (MQTT, `POST /v1/events`); the API and the WebSocket
stream make them, with `by` and `ts` filled in by the server.
"""

from typing import Annotated

from msgspec import Meta, Struct

from alerts.mute import Matcher
from monitor.core.events import City, Id, Timestamp

By = Annotated[str, Meta(min_length=1, max_length=128, description="Who did it.")]
Reason = Annotated[str, Meta(min_length=1, max_length=1000, description="Why, in words.")]


class AckAlert(Struct, frozen=True, tag="command.ack"):
    """Seen: no reminder until `until_ts`, when the mark comes off again."""

    city: City
    ts: Timestamp
    by: By
    alert_id: Id
    until_ts: Timestamp | None = None


class UnackAlert(Struct, frozen=True, tag="command.unack"):
    """Takes the mark off."""

    city: City
    ts: Timestamp
    by: By
    alert_id: Id


class ClaimAlert(Struct, frozen=True, tag="command.claim"):
    """Mine: refused when another holds it."""

    city: City
    ts: Timestamp
    by: By
    alert_id: Id


class ReleaseAlert(Struct, frozen=True, tag="command.release"):
    """No longer mine; `force` takes it from another."""

    city: City
    ts: Timestamp
    by: By
    alert_id: Id
    force: bool = False


class NoteAlert(Struct, frozen=True, tag="command.note"):
    """A word for the others."""

    city: City
    ts: Timestamp
    by: By
    alert_id: Id
    text: Reason


class CloseAlert(Struct, frozen=True, tag="command.close"):
    """Dealt with: ends an alert whose rule a person clears (`order_problem`)."""

    city: City
    ts: Timestamp
    by: By
    alert_id: Id
    reason: Reason


class Silence(Struct, frozen=True, tag="command.silence"):
    """Hides matching alerts until `until_ts`; an end and a reason are obligatory."""

    city: City
    ts: Timestamp
    by: By
    matchers: Annotated[tuple[Matcher, ...], Meta(min_length=1, max_length=16)]
    until_ts: Timestamp
    reason: Reason


class Unsilence(Struct, frozen=True, tag="command.unsilence"):
    """Ends a silence before its time."""

    city: City
    ts: Timestamp
    by: By
    silence_id: Id


Command = (
    AckAlert | UnackAlert | ClaimAlert | ReleaseAlert | NoteAlert | CloseAlert | Silence | Unsilence
)
