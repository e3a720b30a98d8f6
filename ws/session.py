"""One client's protocol without I/O: messages in, actions out, the state machine as a table.

Theory. A connection is `connected` until it says hello, then `greeted`, `live` while it watches
anything, and `closing` once we decided to end it. `_MOVES` holds every legal move; anything else
changes nothing and is answered with the error `unexpected`. Every refused message is counted, by
reason in the stats and against `bad_messages_max` here.

The server feeds it and carries the actions out; time is passed in.
"""

from collections.abc import Callable, Collection, Sequence
from enum import Enum
from typing import Final

import msgspec
from msgspec import Raw, Struct

from ws.auth import Authenticate, Identity
from ws.delta import Topic
from ws.limits import Limits
from ws.messages import (
    PROTOCOL,
    ClientMessage,
    Command,
    Error,
    Form,
    Hello,
    Keyframe,
    Ping,
    Pong,
    Position,
    Result,
    ServerMessage,
    Subscribe,
    Unsubscribe,
)
from ws.pace import Pace
from ws.reasons import CloseReason, ErrorCode
from ws.stats import Stats
from ws.topics import COURIERS, Box


class State(Enum):
    """Where a connection stands."""

    CONNECTED = "connected"
    GREETED = "greeted"
    LIVE = "live"
    CLOSING = "closing"


class Move(Enum):
    """What may happen to it."""

    GREET = "greet"
    WATCH = "watch"
    UNWATCH = "unwatch"
    UNWATCH_LAST = "unwatch_last"
    KEYFRAME = "keyframe"
    COMMAND = "command"
    PING = "ping"
    QUIT = "quit"


_MOVES: Final[dict[tuple[State, Move], State]] = {
    (State.CONNECTED, Move.GREET): State.GREETED,
    (State.CONNECTED, Move.PING): State.CONNECTED,
    (State.CONNECTED, Move.QUIT): State.CLOSING,
    (State.GREETED, Move.WATCH): State.LIVE,
    (State.GREETED, Move.COMMAND): State.GREETED,
    (State.GREETED, Move.PING): State.GREETED,
    (State.GREETED, Move.QUIT): State.CLOSING,
    (State.LIVE, Move.WATCH): State.LIVE,
    (State.LIVE, Move.UNWATCH): State.LIVE,
    (State.LIVE, Move.UNWATCH_LAST): State.GREETED,
    (State.LIVE, Move.KEYFRAME): State.LIVE,
    (State.LIVE, Move.COMMAND): State.LIVE,
    (State.LIVE, Move.PING): State.LIVE,
    (State.LIVE, Move.QUIT): State.CLOSING,
}


class Answer(Struct, frozen=True):
    """Send this message."""

    message: ServerMessage


class Greet(Struct, frozen=True):
    """Let the client in and welcome it."""

    identity: Identity
    cities: Sequence[str]


class Watch(Struct, frozen=True):
    """Subscribe it, city by city; `position` is where it wants to go on."""

    id: str
    cities: Sequence[str]
    layers: Sequence[str]
    box: Box | None
    position: Position | None
    form: Form


class Unwatch(Struct, frozen=True):
    """End a subscription."""

    id: str


class Refresh(Struct, frozen=True):
    """Send a keyframe of a city's couriers."""

    city: str


class Run(Struct, frozen=True):
    """Carry out a command."""

    id: str
    name: str
    args: bytes


class Quit(Struct, frozen=True):
    """Close the connection."""

    reason: CloseReason


Action = Answer | Greet | Watch | Unwatch | Refresh | Run | Quit

_DECODER: Final[msgspec.json.Decoder[ClientMessage]] = msgspec.json.Decoder(ClientMessage)


class _Envelope(Struct):
    type: str = ""
    id: str | None = None


_ENVELOPE: Final = msgspec.json.Decoder(_Envelope)


class Session:
    """What one client may say next, and what follows from it.

    `token` is that of its Authorization header; one in `hello` goes before it.
    """

    def __init__(
        self,
        limits: Limits,
        stats: Stats,
        authenticate: Authenticate,
        cities: Callable[[], Collection[str]],
        token: str | None = None,
    ) -> None:
        self.state = State.CONNECTED
        self._limits = limits
        self._stats = stats
        self._authenticate = authenticate
        self._cities = cities
        self._token = token
        self._identity: Identity | None = None
        self._position: Position | None = None
        self._watched: dict[Topic, str] = {}
        self._columns: set[Topic] = set()  # of these, the ones watched as columns
        self._bad = 0
        self._messages = Pace(limits.messages_per_s, 2 * limits.messages_per_s)
        self._commands = Pace(limits.commands_per_s, 2 * limits.commands_per_s)

    def receive(self, data: str | bytes, now_s: float, now_ms: int) -> list[Action]:
        """What follows from one message; never raises for what a client sent."""
        if self.state is State.CLOSING:
            return []
        self._stats.messages_in += 1
        if not self._messages.allows(now_s):
            return self._refuse(ErrorCode.RATE_LIMITED, "more than messages_per_s")
        try:
            message = _DECODER.decode(data)
        except msgspec.ValidationError as error:
            return self._refuse_invalid(data, error)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return self._refuse(ErrorCode.BAD_JSON, "not a JSON text")
        match message:
            case Hello():
                return self._hello(message)
            case Subscribe():
                return self._subscribe(message)
            case Unsubscribe():
                return self._unsubscribe(message)
            case Keyframe():
                return self._keyframe(message)
            case Command():
                return self._command(message, now_s)
            case Ping():
                self._move(Move.PING)
                return [Answer(Pong(ts=now_ms, id=message.id))]

    def quit(self, reason: CloseReason) -> list[Action]:
        """End it from our side."""
        return [Quit(reason)] if self._move(Move.QUIT) else []

    def lost_rights(self) -> CloseReason | None:
        """Why one who was let in has to go or to come anew; None as long as all is as it was."""
        if self._identity is None:
            return None
        identity = self._authenticate(self._token)
        if identity is None:
            return CloseReason.UNAUTHORIZED
        return None if identity == self._identity else CloseReason.RIGHTS_CHANGED

    def _move(self, move: Move) -> bool:
        """Make a move; False, and nothing changed, where it is illegal."""
        target = _MOVES.get((self.state, move))
        if target is None:
            return False
        self.state = target
        return True

    def _can(self, move: Move) -> bool:
        return (self.state, move) in _MOVES

    def _refuse(self, code: ErrorCode, message: str, message_id: str | None = None) -> list[Action]:
        self._stats.errors[code.value] += 1
        self._bad += 1
        actions: list[Action] = [Answer(Error(code=code.value, message=message, id=message_id))]
        if self._bad > self._limits.bad_messages_max:
            actions += self.quit(CloseReason.BAD_MESSAGES)
        return actions

    def _refuse_invalid(self, data: str | bytes, error: msgspec.ValidationError) -> list[Action]:
        try:
            envelope = _ENVELOPE.decode(data)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            envelope = _Envelope()
        unknown = str(error).endswith("at `$.type`") or "missing required field `type`" in str(
            error
        )
        code = ErrorCode.UNKNOWN_TYPE if unknown else ErrorCode.BAD_MESSAGE
        message_id = envelope.id[:128] if envelope.id is not None else None
        return self._refuse(code, str(error)[:500], message_id)

    def _unexpected(self, what: str, message_id: str | None = None) -> list[Action]:
        words = f"no {what} while {self.state.value}"
        return self._refuse(ErrorCode.UNEXPECTED, words, message_id)

    def _hello(self, hello: Hello) -> list[Action]:
        if not self._can(Move.GREET):
            return self._unexpected("hello")
        if hello.protocol != PROTOCOL:
            words = f"protocol {PROTOCOL} is spoken here"
            refused = self._refuse(ErrorCode.UNSUPPORTED_PROTOCOL, words)
            return refused + self.quit(CloseReason.UNSUPPORTED_PROTOCOL)
        if hello.token is not None:
            self._token = hello.token
        identity = self._authenticate(self._token)
        if identity is None:
            refused = self._refuse(ErrorCode.UNAUTHORIZED, "token missing or not known")
            return refused + self.quit(CloseReason.UNAUTHORIZED)
        self._move(Move.GREET)
        self._identity = identity
        self._position = hello.resume
        return [Greet(identity, [city for city in self._cities() if identity.may_see(city)])]

    def _subscribe(self, message: Subscribe) -> list[Action]:
        if self._identity is None or not self._can(Move.WATCH):
            return self._unexpected("subscribe", message.id)
        named = [message.city] if isinstance(message.city, str) else message.city
        cities = list(dict.fromkeys(named))
        layers = list(dict.fromkeys(message.layers))
        known = self._cities()
        for city in cities:
            if not self._identity.may_see(city):
                return self._refuse(ErrorCode.FORBIDDEN, f"not your city: {city}", message.id)
            if city not in known:
                return self._refuse(ErrorCode.UNKNOWN_CITY, f"no city {city}", message.id)
        box = Box(*message.bbox) if message.bbox is not None else None
        if box is not None and box.south > box.north:
            return self._refuse(
                ErrorCode.BAD_MESSAGE, "south is above north - at `$.bbox`", message.id
            )
        topics = {Topic(city, layer): message.id for city in cities for layer in layers}
        watched = self._watched | topics
        if len(watched) > self._limits.topics_per_client:
            words = f"at most {self._limits.topics_per_client} topics"
            return self._refuse(ErrorCode.TOO_MANY_TOPICS, words, message.id)
        self._watched = watched
        self._columns -= topics.keys()
        if message.form == "columns":
            self._columns |= {topic for topic in topics if topic.layer == COURIERS}
        self._move(Move.WATCH)
        position = None if message.fresh else self._position
        return [Watch(message.id, cities, layers, box, position, message.form)]

    def _unsubscribe(self, message: Unsubscribe) -> list[Action]:
        left = {topic: holder for topic, holder in self._watched.items() if holder != message.id}
        move = Move.UNWATCH if left else Move.UNWATCH_LAST
        if len(left) == len(self._watched) or not self._can(move):
            words = "no such subscription"
            return self._refuse(ErrorCode.UNKNOWN_SUBSCRIPTION, words, message.id)
        self._watched = left
        self._columns &= left.keys()
        self._move(move)
        return [Unwatch(message.id)]

    def _keyframe(self, message: Keyframe) -> list[Action]:
        if Topic(message.city, COURIERS) not in self._columns or not self._move(Move.KEYFRAME):
            words = f"couriers of {message.city} are not watched as columns"
            return self._refuse(ErrorCode.UNKNOWN_SUBSCRIPTION, words, message.id)
        return [Refresh(message.city)]

    def _command(self, command: Command, now_s: float) -> list[Action]:
        if not self._can(Move.COMMAND):
            return self._unexpected("command", command.id)
        self._move(Move.COMMAND)
        args = bytes(command.args).strip()
        if not args.startswith(b"{"):
            return self._refuse(ErrorCode.BAD_MESSAGE, "not an object - at `$.args`", command.id)
        if not self._commands.allows(now_s):
            return [Answer(refused(command.id, "rate_limited", "more than commands_per_s"))]
        return [Run(command.id, command.command, args)]


def refused(command_id: str, code: str, message: str) -> Result:
    """The result of a command that was never carried out to its end."""
    return Result(id=command_id, ok=False, code=code, message=message, detail=Raw(b"null"))
