"""The broker inside the process and those who mean it ill: what they can't do, and who goes on."""

import asyncio
import logging
import random
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Final

import pytest

from monitor.runtime.clock import VirtualClock
from monitor.transports import mqtt_wire as wire
from monitor.transports.broker import (
    BEHIND_BYTES,
    MESSAGE_BYTES,
    OWED_BYTES,
    RETAINED_BYTES,
    UNRELEASED_BYTES,
    BoundedReader,
    embedded_broker,
)
from monitor.transports.mqtt import MqttOptions, MqttSource
from tests.support.sources import NOW_MS, TOPIC, engine, position, running
from tests.support.waiting import until

MIB: Final = 1024 * 1024
DEADLINE_S: Final = 20.0
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def client(port: int, name: str, filters: Sequence[str] = ()) -> AsyncIterator[Streams]:
    """A client of bare bytes that was welcomed, and subscribed with QoS 1."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(DEADLINE_S):
            writer.write(wire.connect(4, name, 0, 0))
            assert await reader.readexactly(4) == b"\x20\x02\x00\x00"
            if filters:
                writer.write(wire.subscribe(4, 1, filters))
                await reader.readexactly(4 + len(filters))
        yield reader, writer
    finally:
        writer.transport.abort()


async def until_ended(reader: asyncio.StreamReader) -> int:
    """Reads until the broker has closed the connection; how many bytes came before."""
    count = 0
    async with asyncio.timeout(DEADLINE_S):
        with suppress(ConnectionResetError):
            while data := await reader.read(MIB):
                count += len(data)
    return count


async def test_a_wrong_password_takes_no_session_away() -> None:
    """Whoever only knows the monitor's client id is refused, and the monitor hears on."""
    async with embedded_broker(username="watch", password="right") as port, engine() as monitor:
        options = MqttOptions(port=port, client_id="m", username="watch", password="right")
        source = MqttSource(options, VirtualClock(NOW_MS), random.Random(1))
        async with running(source, monitor.feed):
            await until(lambda: source.state.connected, "connected")
            for expiry_s in (0, 60):  # once with a clean session, once to take over
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(wire.connect(4, "m", 20, expiry_s, "watch", "wrong"))
                async with asyncio.timeout(DEADLINE_S):
                    assert await reader.read() == b"\x20\x02\x00\x05"
                writer.close()
            await source.publish(TOPIC, position(1), 1)
            await monitor.until(1)
            assert source.state.connects == 1


async def test_no_more_is_read_of_a_publisher_while_too_much_of_his_waits() -> None:
    """His bytes stay in his socket until what came before was handed on."""
    raw = asyncio.StreamReader()
    raw.feed_data(b"next")
    async with embedded_broker() as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        reader = BoundedReader(raw, writer, MIB, b"")
        waiting = BEHIND_BYTES // MESSAGE_BYTES + 1
        looked = 0

        def behind() -> int:
            nonlocal looked
            looked += 1
            return waiting

        reader.behind = behind
        reading = asyncio.create_task(reader.read(4))
        await until(lambda: looked > 2, "looked again and again")
        assert not reading.done()
        waiting = 0
        assert await reading == b"next"
        writer.close()


async def test_a_reader_that_takes_nothing_is_closed_and_the_others_go_on() -> None:
    """What it leaves untaken is bounded."""
    async with embedded_broker() as port, engine() as monitor:
        source = MqttSource(MqttOptions(port=port), VirtualClock(NOW_MS), random.Random(1))
        async with running(source, monitor.feed), client(port, "deaf", ["big"]) as (reader, writer):
            await until(lambda: source.state.connected, "connected")
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            for _ in range(OWED_BYTES // MIB + 8):
                await source.publish("big", b"x" * MIB, 1)
            writer.transport.resume_reading()  # type: ignore[attr-defined]
            assert await until_ended(reader) < OWED_BYTES
            await source.publish(TOPIC, position(1), 1)
            await monitor.until(1)


async def test_it_stops_in_order_while_readers_take_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What was on its way to them is dropped, without a word of a fault of ours."""
    async with AsyncExitStack() as deaf, embedded_broker() as port:
        for n in range(3):
            _, writer = await deaf.enter_async_context(client(port, f"deaf{n}", ["#"]))
            writer.transport.pause_reading()  # type: ignore[attr-defined]
        async with client(port, "sender") as (reader, writer):
            for n in range(1, 21):
                writer.write(wire.publish(4, "t", b"x" * MIB, n))
                async with asyncio.timeout(DEADLINE_S):
                    assert await reader.readexactly(4) == b"\x40\x02" + struct.pack("!H", n)
    assert [record.message for record in caplog.records if record.levelno > logging.INFO] == []


async def test_a_publisher_that_releases_nothing_is_closed() -> None:
    """Messages of QoS 2 wait for their sender's word, in bounded number."""
    async with embedded_broker() as port, client(port, "half") as (reader, writer):
        for packet_id in range(1, UNRELEASED_BYTES // MIB + 3):
            message = bytearray(wire.publish(4, "t", b"x" * (MIB - 9), packet_id))
            message[0] = 0x34  # QoS 2
            writer.write(message)
        await until_ended(reader)


async def test_what_finds_no_room_is_not_retained() -> None:
    """Retained messages are bounded; a smaller one in the place of a large one makes room."""
    async with embedded_broker() as port, client(port, "keeper") as (reader, writer):

        async def retain(n: int, size: int) -> None:
            message = bytearray(wire.publish(4, f"kept/{n}", b"x" * size, n + 1))
            message[0] |= 0x01
            writer.write(message)
            assert await reader.readexactly(4) == b"\x40\x02" + struct.pack("!H", n + 1)

        async def kept() -> int:
            async with client(port, "late", ["kept/#"]) as (late, asking):
                asking.write(wire.publish(4, "kept/end", b"end", None))
                seen = wire.Reader(4, 2 * MIB)
                while b"end" not in seen.arrived.payloads:
                    seen.feed(await late.read(MIB))
                    asking.write(wire.pubacks(seen.arrived.ack_ids))
                    seen.arrived.ack_ids.clear()
                return len(seen.arrived.payloads) - 1

        async with asyncio.timeout(DEADLINE_S):
            most = RETAINED_BYTES // MIB
            for n in range(most + 4):
                await retain(n, MIB)
            assert await kept() == most
            await retain(0, 1)
            await retain(most, MIB // 2)
            assert await kept() == most + 1
