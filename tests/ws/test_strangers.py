"""What the stream bears from who is no client yet, or one whose rights have changed."""

import asyncio
from contextlib import suppress

from tests.ws.stage import DEADLINE_S, eventually, stage
from ws.auth import Identity
from ws.limits import Limits

ASKING = (
    b"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)


PATIENT = Limits(hello_timeout_s=300, close_timeout_s=0.2)


async def is_cut(port: int, sent: bytes, *, welcome: bytes = b"") -> bool:
    """Whether a connection that sends this is cut without another word."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(DEADLINE_S):
            if welcome:
                writer.write(ASKING + b"\r\n")
                await reader.readuntil(welcome)
            writer.write(sent)
            with suppress(ConnectionError):
                return await reader.read() == b""
            return True
    finally:
        writer.close()


async def test_a_request_larger_than_any_honest_one_is_cut() -> None:
    """A hundred long headers are not gathered until their end."""
    headers = b"".join(b"X-%d: %s\r\n" % (n, b"x" * 8_000) for n in range(100))
    async with stage(PATIENT) as running:
        assert await is_cut(running.port, ASKING + headers)


async def test_a_message_of_endless_empty_pieces_is_cut() -> None:
    """Pieces without a byte count too: no bound on bytes would ever end them."""
    piece = b"\x00\x80\x00\x00\x00\x00"
    many = b"\x01" + piece[1:] + piece * 10_000
    async with stage(PATIENT) as running:
        assert await is_cut(running.port, many, welcome=b"\r\n\r\n")


async def test_connections_that_say_nothing_are_bounded() -> None:
    """With twice `clients_max` of them one more is cut at once, not after `hello_timeout_s`."""
    limits = Limits(clients_max=2, hello_timeout_s=300, close_timeout_s=0.2)
    async with stage(limits) as running:
        quiet = [await asyncio.open_connection("127.0.0.1", running.port) for _ in range(4)]
        assert await is_cut(running.port, b"")
        for _, writer in quiet:
            writer.close()


async def test_who_lost_his_token_or_rights_is_closed_with_the_reason() -> None:
    """A token that is gone and one that has another role end the connection, others go on."""
    known = {name: Identity(name, "watcher") for name in ("anna", "ben", "carl")}
    async with stage(authenticate=lambda token: known.get(token or "")) as running:
        watchers = {name: await running.connect() for name in known}
        for name, watcher in watchers.items():
            await watcher.hello(token=name)
        del known["anna"]
        known["ben"] = Identity("ben", "viewer")
        running.server.sign_in_anew()
        told = {}
        for name in ("anna", "ben"):
            closing = await watchers[name].next()
            await watchers[name].socket.wait_closed()
            told[name] = (closing["reason"], watchers[name].socket.close_code)
        assert told == {"anna": ("unauthorized", 4003), "ben": ("rights_changed", 4004)}
        await eventually(lambda: running.hub.clients == 1)
