"""Every message of the stream, both ways, as structs; the JSON Schemas are generated from them.

One JSON object per text frame; its `type` is the tag. (What comes in binary frames: `frames.py`.)
Times are milliseconds since the epoch. Unknown fields are ignored; an unknown type is refused with
`error` and counted. What the numbers `epoch`, `seq` and `prev` promise stands on top of `hub.py`.

An item is one JSON object with its own key in it: `zone_id` in layer zones, `id` in alerts
and actions, `venue_id`, `order_id`, `courier_id` in the others. `gone` lists keys.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Raw, Struct, field

PROTOCOL: Final = 1
Layer = Literal["zones", "alerts", "actions", "venues", "orders", "couriers"]
LAYERS: Final[tuple[Layer, ...]] = ("zones", "alerts", "actions", "venues", "orders", "couriers")
Form = Literal["json", "columns"]
SnapshotReason = Literal["new", "other_epoch", "too_long_ago", "box"]

Seq = Annotated[int, Meta(ge=0, le=2**53, description="Position in this epoch.")]
Ts = Annotated[int, Meta(description="Milliseconds since the Unix epoch, UTC.")]
MessageId = Annotated[str, Meta(min_length=1, max_length=128, description="Chosen by the client.")]
City = Annotated[str, Meta(min_length=1, max_length=128, description="The city's slug.")]
Lon = Annotated[float, Meta(ge=-180, le=180)]
Lat = Annotated[float, Meta(ge=-90, le=90)]


class Position(Struct, frozen=True):
    """How far a client got: the epoch it was told and the last `seq` it holds whole."""

    epoch: Annotated[str, Meta(max_length=128)]
    seq: Seq


def _no_args() -> Raw:
    return Raw(b"{}")


# --- from the client


class Hello(Struct, frozen=True, tag="hello"):
    """The first message. `resume` holds for the subscriptions that follow."""

    protocol: Annotated[int, Meta(description="The version spoken: 1.")] = PROTOCOL
    token: Annotated[str, Meta(max_length=4_096)] | None = None
    resume: Position | None = None


class Subscribe(Struct, frozen=True, tag="subscribe"):
    """Watch layers of one or several cities; each topic is answered by `resumed` or a `snapshot`.

    A topic (a layer of a city) is watched once: subscribing to it again replaces the older
    subscription, which is how a map moves its box. The box never filters alerts, nor items
    without a place.

    `form` says how the couriers are sent: as items in JSON, or as columns in binary frames, which
    begin with `slots` and a keyframe and know neither box nor resume. Other layers are JSON anyway.
    """

    id: MessageId
    city: City | Annotated[list[City], Meta(min_length=1, max_length=1_000)]
    layers: Annotated[list[Layer], Meta(min_length=1, max_length=len(LAYERS))]
    bbox: (
        Annotated[tuple[Lon, Lat, Lon, Lat], Meta(description="West, south, east, north.")] | None
    ) = None
    fresh: Annotated[bool, Meta(description="A snapshot even after a hello that resumed.")] = False
    form: Annotated[Form, Meta(description="How the layer couriers is sent.")] = "json"


class Unsubscribe(Struct, frozen=True, tag="unsubscribe"):
    """Stop watching what the subscription `id` still holds."""

    id: MessageId


class Keyframe(Struct, frozen=True, tag="keyframe"):
    """Send a keyframe of the couriers of this city, which are watched as columns."""

    city: City
    id: MessageId | None = None


class Command(Struct, frozen=True, tag="command"):
    """Something a person wants done; answered by one `result` with the same `id`."""

    id: MessageId
    command: Annotated[str, Meta(min_length=1, max_length=64, description="Such as `ack`.")]
    args: Annotated[Raw, Meta(description="A JSON object.")] = field(default_factory=_no_args)


class Ping(Struct, frozen=True, tag="ping"):
    """Are you there (for pages, which can't send WebSocket pings)."""

    id: MessageId | None = None


# --- from the server


class WelcomeLimits(Struct, frozen=True):
    """The limits that a client should know."""

    message_in_bytes: int
    messages_per_s: float
    commands_per_s: float
    topics_per_client: int
    ping_interval_s: float


class Welcome(Struct, frozen=True, tag="welcome"):
    """Answers `hello`: who the client is taken for and what there is to watch."""

    server: str
    protocol: int
    epoch: str
    seq: Seq
    ts: Ts
    name: str
    role: str
    cities: Sequence[str]
    limits: WelcomeLimits


class Snapshot(Struct, frozen=True, tag="snapshot"):
    """The whole of some layers of one city, at `seq`, perhaps in several parts.

    Part 1 names every layer. With part `parts` the snapshot is whole, and only then takes the
    place of what the client held of these layers; nothing else comes in between.
    """

    id: MessageId
    epoch: str
    seq: Seq
    ts: Ts
    city: str
    reason: SnapshotReason
    part: int
    parts: int
    layers: Mapping[str, Sequence[Raw]]


class Resumed(Struct, frozen=True, tag="resumed"):
    """All that these layers of the city missed after `since` has been sent, just before this."""

    id: MessageId
    epoch: str
    seq: Seq
    ts: Ts
    city: str
    since: Seq
    layers: Sequence[str]


class Delta(Struct, frozen=True, tag="delta"):
    """All that changed in one layer of one city after `prev` up to `seq`, whole items."""

    seq: Seq
    prev: Seq
    ts: Ts
    city: str
    layer: str
    items: Sequence[Raw]
    gone: Sequence[str]


class Slots(Struct, frozen=True, tag="slots"):
    """Which courier has which slot of the columns that come in binary frames under `handle`.

    With part 1 of a `whole` all that was known of the city's slots and frames is void. Else it
    changes what is known: first the slots in `gone` are emptied, then the `runs` are put in place.
    A slot is given to another courier only after it was in `gone`.
    """

    city: str
    layer: str
    handle: Annotated[int, Meta(ge=1, description="Stands for the city in binary frames.")]
    whole: bool
    part: int
    parts: int
    gone: Sequence[int]
    runs: Annotated[
        Sequence[tuple[int, Sequence[str | None]]],
        Meta(description="First slot, and the ids from there on; null: empty."),
    ]


class Result(Struct, frozen=True, tag="result"):
    """What came of a command."""

    id: MessageId
    ok: bool
    code: str
    message: str
    detail: Raw


class Error(Struct, frozen=True, tag="error", omit_defaults=True):
    """A message was refused; `id` is that message's, where it has one."""

    code: str
    message: str
    id: str | None = None


class Closing(Struct, frozen=True, tag="closing"):
    """The last message: the connection ends with this close code."""

    code: int
    reason: str
    message: str


class Pong(Struct, frozen=True, tag="pong"):
    """Answers `ping`."""

    ts: Ts
    id: str | None = None


ClientMessage = Hello | Subscribe | Unsubscribe | Keyframe | Command | Ping
ServerMessage = Welcome | Snapshot | Resumed | Delta | Slots | Result | Error | Closing | Pong
CLIENT_MESSAGES: Final = (Hello, Subscribe, Unsubscribe, Keyframe, Command, Ping)
SERVER_MESSAGES: Final = (Welcome, Snapshot, Resumed, Delta, Slots, Result, Error, Closing, Pong)

_ENCODER: Final = msgspec.json.Encoder()


def encode(message: ServerMessage) -> bytes:
    """The message as one JSON text."""
    return _ENCODER.encode(message)
