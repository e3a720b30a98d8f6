"""The protocol without a socket: the table of moves, and who is let in."""

import json
from typing import Any

import pytest

from ws.auth import ANONYMOUS, bearer_token, is_origin_allowed, let_everybody_in
from ws.limits import Limits
from ws.messages import Error, Result
from ws.reasons import CloseReason
from ws.session import Answer, Greet, Quit, Run, Session, State, Unwatch, Watch
from ws.stats import Stats

HELLO = {"type": "hello"}
SUBSCRIBE = {"type": "subscribe", "id": "s", "city": "riga", "layers": ["zones"]}
UNSUBSCRIBE = {"type": "unsubscribe", "id": "s"}
COMMAND = {"type": "command", "id": "c", "command": "ack"}
PING = {"type": "ping"}


def session(limits: Limits | None = None) -> Session:
    """One that lets everybody in."""
    return Session(limits or Limits(), Stats(), let_everybody_in, lambda: ["riga", "oslo"])


def say(to: Session, message: Any, now_s: float = 0.0) -> list[Any]:
    """Send a message; gives what follows."""
    return list(to.receive(json.dumps(message), now_s, 0))


@pytest.mark.parametrize(
    ("before", "message", "action", "state"),
    [
        ([], HELLO, Greet, State.GREETED),
        ([], PING, Answer, State.CONNECTED),
        ([], SUBSCRIBE, Error, State.CONNECTED),
        ([], COMMAND, Error, State.CONNECTED),
        ([], UNSUBSCRIBE, Error, State.CONNECTED),
        ([HELLO], HELLO, Error, State.GREETED),
        ([HELLO], SUBSCRIBE, Watch, State.LIVE),
        ([HELLO], COMMAND, Run, State.GREETED),
        ([HELLO], UNSUBSCRIBE, Error, State.GREETED),
        ([HELLO, SUBSCRIBE], SUBSCRIBE, Watch, State.LIVE),
        ([HELLO, SUBSCRIBE], COMMAND, Run, State.LIVE),
        ([HELLO, SUBSCRIBE], UNSUBSCRIBE, Unwatch, State.GREETED),
        ([HELLO, SUBSCRIBE], HELLO, Error, State.LIVE),
    ],
)
def test_every_message_moves_the_session_as_the_table_says(
    before: list[Any], message: Any, action: type, state: State
) -> None:
    """A legal move is made and acted on; an illegal one is an error and changes nothing."""
    subject = session()
    for earlier in before:
        say(subject, earlier)
    (followed,) = say(subject, message)
    assert isinstance(followed.message if action is Error else followed, action)
    assert subject.state is state


def test_once_it_is_closing_nothing_is_listened_to() -> None:
    """Whatever a client sends after the end was decided has no consequence."""
    subject = session()
    assert subject.quit(CloseReason.STOPPING) == [Quit(CloseReason.STOPPING)]
    assert say(subject, HELLO) == []
    assert subject.quit(CloseReason.STOPPING) == []


def test_a_subscription_replaced_in_part_holds_the_rest() -> None:
    """Of two layers one moves to another subscription; each id then ends its own."""
    subject = session()
    say(subject, HELLO)
    say(subject, SUBSCRIBE | {"layers": ["zones", "alerts"]})
    say(subject, SUBSCRIBE | {"id": "t", "layers": ["zones"]})
    states = []
    for watch_id in ("s", "t"):
        say(subject, UNSUBSCRIBE | {"id": watch_id})
        states.append(subject.state)
    assert states == [State.LIVE, State.GREETED]


def test_cities_and_layers_named_twice_are_watched_once() -> None:
    """A careless client gets one snapshot of each."""
    subject = session()
    say(subject, HELLO)
    (watch,) = say(subject, SUBSCRIBE | {"city": ["riga", "riga"], "layers": ["zones", "zones"]})
    assert (watch.cities, watch.layers) == (["riga"], ["zones"])


def test_the_position_of_hello_holds_unless_fresh_is_asked_for() -> None:
    """Subscriptions after a resuming hello go on from it."""
    subject = session()
    say(subject, HELLO | {"resume": {"epoch": "e", "seq": 7}})
    (resuming,) = say(subject, SUBSCRIBE)
    (anew,) = say(subject, SUBSCRIBE | {"fresh": True})
    assert resuming.position.seq == 7
    assert anew.position is None


def test_commands_above_their_rate_are_answered_with_a_result() -> None:
    """The client learns which of its commands was not carried out."""
    subject = session(Limits(commands_per_s=0.5))
    say(subject, HELLO)
    first, second = say(subject, COMMAND)[0], say(subject, COMMAND)[0]
    later = say(subject, COMMAND, now_s=2.0)[0]
    assert isinstance(first, Run)
    assert isinstance(second.message, Result)
    assert second.message.code == "rate_limited"
    assert isinstance(later, Run)


def test_without_tokens_everybody_is_an_anonymous_watcher() -> None:
    """So the demo needs no set-up."""
    assert let_everybody_in(None) is ANONYMOUS
    assert ANONYMOUS.role == "watcher"
    assert ANONYMOUS.may_see("anywhere")


@pytest.mark.parametrize(
    ("header", "token"),
    [("Bearer abc", "abc"), ("bearer  abc ", "abc"), ("Basic abc", None), ("Bearer ", None)],
)
def test_a_bearer_header_gives_its_token(header: str, token: str | None) -> None:
    """Only the Bearer scheme carries one."""
    assert bearer_token(header) == token


@pytest.mark.parametrize(
    ("origin", "host", "allowed", "let_in"),
    [
        (None, "map.example:8081", (), True),
        ("http://map.example:8080", "map.example:8081", (), True),
        ("http://[::1]:8080", "[::1]:8081", (), True),
        ("https://evil.example", "map.example", (), False),
        ("https://desk.example", "map.example", ("https://desk.example",), True),
        ("https://evil.example", "map.example", ("*",), True),
        ("null", "map.example", (), False),
        ("http://[", "map.example", (), False),
        ("http://map.example", None, (), False),
    ],
)
def test_a_page_is_let_in_from_its_own_host_or_when_allowed(
    origin: str | None, host: str | None, allowed: tuple[str, ...], let_in: bool
) -> None:
    """A foreign page can't use a watcher's browser to reach the stream."""
    assert is_origin_allowed(origin, host, allowed) is let_in
