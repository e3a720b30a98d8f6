"""What is refused over loopback: connections, messages, commands."""

import asyncio
import json
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.ws.stage import Stage, eventually, stage
from tests.ws.town import CITY
from ws.auth import Identity
from ws.commands import ClientInfo, CommandResult
from ws.limits import Limits

LEAD = Identity(name="anna", role="lead", cities=(CITY,))


def by_token(token: str | None) -> Identity | None:
    """One token is known."""
    return LEAD if token == "secret" else None


async def carry_out(client: ClientInfo, name: str, args: bytes) -> CommandResult:
    """Some commands of the tests' own."""
    match name:
        case "echo":
            return CommandResult(ok=True, message=client.identity.name, detail=args)
        case "wait":
            await asyncio.Event().wait()
        case "break":
            raise RuntimeError("broken")
    return CommandResult(ok=False, code="unknown_command", message=f"no command {name}")


async def refused_with(running: Stage, path: str = "/v1/stream", **headers: str) -> int:
    """The HTTP status of a refused connection."""
    with pytest.raises(InvalidStatus) as caught:
        await running.connect(path, additional_headers=headers)
    return caught.value.response.status_code


async def test_a_bad_message_is_answered_and_the_connection_goes_on(stream: Stage) -> None:
    """Every sort of bad message has its own word, and each is counted."""
    watcher = await stream.connect()
    for text, code in [
        ("{", "bad_json"),
        ('{"x":' + "[" * 9_000, "bad_json"),
        ('{"type":"dance"}', "unknown_type"),
        ('{"no":"type"}', "unknown_type"),
        ('{"type":"subscribe","id":"s","city":"riga","layers":["moon"]}', "bad_message"),
        ('{"type":"subscribe","id":"s","city":"riga","layers":["zones"]}', "unexpected"),
        ("[]", "bad_message"),
    ]:
        await watcher.socket.send(text)
        answer = await watcher.next()
        assert (answer["type"], answer["code"]) == ("error", code)
    assert (await watcher.hello())["type"] == "welcome"
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"city": "atlantis"}, "unknown_city"),
        ({"bbox": [0, 5, 1, 4]}, "bad_message"),
    ]
    for fields, code in wrong:
        message = {"type": "subscribe", "id": "s", "city": CITY, "layers": ["zones"], **fields}
        await watcher.socket.send(json.dumps(message))
        answer = await watcher.next()
        assert (answer["code"], answer["id"]) == (code, "s")
    await watcher.send(type="unsubscribe", id="never")
    assert (await watcher.next())["code"] == "unknown_subscription"
    assert stream.hub.stats.errors.total() == 10


async def test_unknown_fields_are_ignored(stream: Stage) -> None:
    """A newer client with more to say is understood as far as it goes."""
    watcher = await stream.connect()
    assert (await watcher.hello(colour="green"))["type"] == "welcome"


async def test_too_many_bad_messages_end_the_connection() -> None:
    """One more than `bad_messages_max` closes with 1008."""
    async with stage(Limits(bad_messages_max=2)) as running:
        watcher = await running.connect()
        for _ in range(3):
            await watcher.socket.send("?")
        with pytest.raises(ConnectionClosed):
            await watcher.until_closed()
        assert watcher.socket.close_code == 1008
        assert watcher.reader.seen[-1]["reason"] == "bad_messages"


async def test_too_many_messages_are_refused() -> None:
    """Above the rate a message is not even looked at."""
    async with stage(Limits(messages_per_s=0.001)) as running:
        watcher = await running.connect()
        await watcher.hello()
        await watcher.send(type="ping")
        assert (await watcher.next())["code"] == "rate_limited"


async def test_a_message_too_big_closes_with_1009() -> None:
    """Nothing above `message_in_bytes` is read."""
    async with stage(Limits(message_in_bytes=256)) as running:
        watcher = await running.connect()
        await watcher.socket.send("x" * 1_000)
        with pytest.raises(ConnectionClosed):
            await watcher.until_closed()
        assert watcher.socket.close_code == 1009
        await eventually(lambda: running.hub.stats.closed == {"message_too_big": 1})


async def test_whoever_says_no_hello_is_closed() -> None:
    """After `hello_timeout_s` the connection ends with 4001."""
    async with stage(Limits(hello_timeout_s=0.2)) as running:
        watcher = await running.connect()
        with pytest.raises(ConnectionClosed):
            await watcher.until_closed()
        assert watcher.socket.close_code == 4001


async def test_another_protocol_version_is_refused(stream: Stage) -> None:
    """The client learns which one is spoken, and is closed with 4002."""
    watcher = await stream.connect()
    await watcher.send(type="hello", protocol=2)
    with pytest.raises(ConnectionClosed):
        await watcher.until_closed()
    assert watcher.reader.seen[0]["code"] == "unsupported_protocol"
    assert watcher.socket.close_code == 4002


async def test_without_a_known_token_nobody_is_let_in() -> None:
    """Neither a missing nor a wrong token opens the stream, in hello or in the header."""
    async with stage(authenticate=by_token) as running:
        for fields in ({}, {"token": "wrong"}):
            watcher = await running.connect()
            await watcher.send(type="hello", protocol=1, **fields)
            with pytest.raises(ConnectionClosed):
                await watcher.until_closed()
            assert watcher.socket.close_code == 4003
        assert await refused_with(running, Authorization="Bearer wrong") == 401


async def test_a_token_opens_its_own_cities_only() -> None:
    """In hello or in the header it gives the identity, and another city is forbidden."""
    async with stage(authenticate=by_token) as running:
        with_hello = await running.connect()
        welcome = await with_hello.hello(token="secret")
        assert (welcome["name"], welcome["role"], welcome["cities"]) == ("anna", "lead", [CITY])
        with_header = await running.connect(additional_headers={"Authorization": "Bearer secret"})
        assert (await with_header.hello())["name"] == "anna"
        await with_hello.send(type="subscribe", id="s", city="oslo", layers=["zones"])
        assert (await with_hello.next())["code"] == "forbidden"


async def test_connections_are_refused_in_plain_http() -> None:
    """Each refusal has its status and is counted under its reason."""
    async with stage(Limits(clients_max=2, clients_per_address=1)) as running:
        assert await refused_with(running, "/elsewhere") == 404
        assert await refused_with(running, "/v1/stream?token=secret") == 400
        assert await refused_with(running, Origin="https://evil.example") == 403
        await running.connect(origin="http://127.0.0.1:8080")
        await eventually(lambda: running.hub.clients == 1)
        assert await refused_with(running) == 429
        assert running.hub.stats.refused == {
            "not_found": 1,
            "token_in_url": 1,
            "origin": 1,
            "too_many_from_address": 1,
        }
    async with stage(Limits(clients_max=1)) as running:
        await running.connect()
        await eventually(lambda: running.hub.clients == 1)
        assert await refused_with(running) == 503


async def test_a_client_that_left_makes_room_for_another() -> None:
    """The limits count who is there, not who was."""
    async with stage(Limits(clients_max=1)) as running:
        for _ in range(3):
            watcher = await running.watcher(["zones"])
            await watcher.socket.close()
            await eventually(lambda: running.hub.clients == 0)
        assert running.hub.stats.closed == {"client_left": 3}


async def test_a_command_is_carried_out_and_answered() -> None:
    """The result has the command's id; arguments and details are JSON as they are."""
    async with stage(command=carry_out) as running:
        watcher = await running.connect()
        await watcher.hello()
        await watcher.send(type="command", id="1", command="echo", args={"alert_id": "a", "x": [1]})
        result = await watcher.next()
        assert (result["id"], result["ok"], result["message"]) == ("1", True, "anonymous")
        assert result["detail"] == {"alert_id": "a", "x": [1]}
        await watcher.send(type="command", id="2", command="fly")
        assert (await watcher.next())["code"] == "unknown_command"
        await watcher.send(type="command", id="3", command="echo", args=[1])
        assert (await watcher.next())["code"] == "bad_message"
        assert running.hub.stats.commands == {"done": 1, "unknown_command": 1}


async def test_a_command_that_fails_or_hangs_is_answered_too() -> None:
    """The connection outlives what carries commands out."""
    limits = Limits(command_timeout_s=0.2)
    async with stage(limits, command=carry_out) as running:
        watcher = await running.connect()
        await watcher.hello()
        await watcher.send(type="command", id="1", command="break")
        assert (await watcher.next())["code"] == "failed"
        await watcher.send(type="command", id="2", command="wait")
        assert (await watcher.next())["code"] == "timeout"


async def test_commands_are_bounded_in_rate_and_number() -> None:
    """Those above are refused by name, each with a result."""
    limits = Limits(commands_at_once=1, commands_per_s=1.5)
    async with stage(limits, command=carry_out) as running:
        watcher = await running.connect()
        await watcher.hello()
        for command_id in ("1", "2", "3", "4"):
            await watcher.send(type="command", id=command_id, command="wait")
        answers = [await watcher.next() for _ in range(3)]
        assert {one["id"]: one["code"] for one in answers} == {
            "2": "busy",
            "3": "busy",
            "4": "rate_limited",
        }


async def test_topics_are_bounded() -> None:
    """A subscription beyond `topics_per_client` is refused and those before it stand."""
    async with stage(Limits(topics_per_client=2)) as running:
        watcher = await running.watcher(["zones", "alerts"])
        await watcher.send(type="subscribe", id="more", city=CITY, layers=["couriers"])
        assert (await watcher.next())["code"] == "too_many_topics"
        assert running.hub.wants(CITY, "zones")
