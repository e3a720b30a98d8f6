"""A broker that says odd things: the fault is named, the client backs off, a good one is heard."""

import asyncio
import random
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import pytest

from monitor.runtime.clock import VirtualClock
from monitor.transports import mqtt_wire as wire
from monitor.transports.mqtt import MqttOptions, MqttSource
from monitor.transports.mqtt_link import UNTAKEN_BYTES, LinkError, open_link
from tests.support.sources import NOW_MS, TOPIC, engine, position, running
from tests.support.waiting import until

WELCOME: Final = b"\x20\x03\x00\x00\x00"
GRANTED: Final = b"\x01\x01\x01\x01"  # one code for each stream


@dataclass(slots=True)
class Script:
    """What a broker answers to CONNECT, to SUBSCRIBE, and what it says then."""

    welcome: bytes = WELCOME
    codes: bytes = GRANTED
    says: bytes = b""
    deaf: bool = False  # reads nothing once it has answered


@dataclass(slots=True)
class ScriptedBroker:
    """A broker by script, which may be changed; `met` is how many clients it saw with this one."""

    script: Script = field(default_factory=Script)
    met: int = 0
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client, to its end."""
        self.met += 1
        try:
            await self._talk(self.script, reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client has left
        finally:
            writer.transport.abort()

    async def _talk(
        self, script: Script, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await _packet(reader)
        writer.write(script.welcome)
        subscribe = await _packet(reader)
        head = struct.pack("!BB", 0x90, 3 + len(script.codes))
        writer.write(head + subscribe[:2] + b"\x00" + script.codes)
        if script.deaf:
            writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(script.says)
        while True:
            await _packet(reader)


async def _packet(reader: asyncio.StreamReader) -> bytes:
    """The body of the client's next packet."""
    (length,) = (await reader.readexactly(2))[1:]
    if length > 127:
        length += (ord(await reader.readexactly(1)) << 7) - 128
    return await reader.readexactly(length)


@asynccontextmanager
async def scripted(script: Script) -> AsyncIterator[tuple[ScriptedBroker, MqttSource]]:
    """A broker by this script, and our client of it."""
    broker = ScriptedBroker(script)
    server = await asyncio.start_server(broker.serve, "127.0.0.1", 0)
    broker.port = server.sockets[0].getsockname()[1]
    options = MqttOptions(
        port=broker.port,
        protocol=5,
        backoff_first_s=0.01,
        backoff_cap_s=0.1,
    )
    try:
        yield broker, MqttSource(options, VirtualClock(NOW_MS), random.Random(1))
    finally:
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (Script(codes=b""), "4 subscriptions asked for, 0 answered"),
        (Script(codes=b"\x01\x01\x01"), "4 subscriptions asked for, 3 answered"),
        (Script(codes=b"\x01\x01\x87\x01"), "/venues/# refused"),
        (Script(welcome=b"\x20\x03\x00\x80\x00"), "refused: unspecified error"),
        (Script(welcome=b"\x20\x06\x00\x00\x03\x21\x00\x00"), "a receive maximum of 0"),
        (Script(says=b"\x34\x08\x00\x01t\x00\x01\x00xx"), "a message with QoS 2"),
        (Script(says=b"\x30\xff\xff\xff\xff\x7f"), "a length of more than four bytes"),
        (Script(says=b"\x40\xff\xff\xff\x7f"), "a control packet of 268435455 bytes"),
        (Script(says=b"\x50\x02\x00\x01"), "a packet of type 5"),
        (Script(says=b"\xe0\x01\x8b"), "the broker closed: server shutting down"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_is_odd_is_named_and_a_good_broker_is_heard(script: Script, words: str) -> None:
    """Each fault ends the connection with its reason; the next good one brings events."""
    async with (
        scripted(script) as (broker, source),
        engine() as monitor,
        running(source, monitor.feed),
    ):
        await until(lambda: source.state.failures > 2, "tried again and again")
        await until(lambda: words in (source.state.last_error or ""), words)
        assert broker.met <= source.state.failures + 1
        broker.script = Script(says=wire.publish(5, TOPIC, position(1), 7))
        await monitor.until(1)
        assert source.state.connected


async def test_a_broker_that_takes_no_acknowledgements_is_left() -> None:
    """What waits for it to read is bounded, however much it sends."""
    async with scripted(Script(deaf=True)) as (broker, source):
        link = await open_link("127.0.0.1", broker.port, None, 5, 20.0, 1_000)
        await link.handshake(wire.connect(5, "c", 20, 0), source.filters)
        link.acknowledge(wire.Arrived(ack_ids=[b"\x00\x07"] * UNTAKEN_BYTES))
        with pytest.raises(LinkError, match="takes no acknowledgements"):
            await link.arrivals()


async def test_a_lower_qos_than_asked_for_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """It works, but what comes while we are away is lost: nobody should find out by losing it."""
    async with (
        scripted(Script(codes=b"\x01\x00\x01\x01")) as (_, source),
        engine() as monitor,
        running(source, monitor.feed),
    ):
        await until(lambda: source.state.connected, "connected")
    assert "the broker grants QoS 0 only" in caplog.text
