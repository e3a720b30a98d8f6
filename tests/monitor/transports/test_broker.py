"""The broker inside the process."""

import asyncio
import random

import pytest

from monitor.runtime.clock import VirtualClock
from monitor.transports import mqtt_wire as wire
from monitor.transports.broker import BrokerError, embedded_broker
from monitor.transports.mqtt import MqttOptions, MqttSource
from tests.support.servers import free_port
from tests.support.sources import NOW_MS, TOPIC, engine, position, running
from tests.support.waiting import until


async def test_beyond_loopback_it_wants_a_password() -> None:
    """Anybody may publish on loopback, nobody unknown from elsewhere."""
    with pytest.raises(BrokerError, match="not loopback"):
        async with embedded_broker("0.0.0.0"):
            pass
    async with embedded_broker("localhost") as port:
        assert port > 0


async def test_a_port_in_use_is_told_in_words() -> None:
    """Two brokers do not share a port."""
    async with embedded_broker(port=free_port()) as port:
        with pytest.raises(BrokerError, match=str(port)):
            async with embedded_broker(port=port):
                pass


async def test_only_the_right_password_gets_in() -> None:
    """A wrong one is refused, and the refusal is seen."""
    async with embedded_broker(username="watch", password="right") as port, engine() as monitor:

        def source(name: str, password: str | None) -> MqttSource:
            options = MqttOptions(
                port=port,
                client_id=name,
                username="watch" if password else None,
                password=password,
                backoff_first_s=0.05,
            )
            return MqttSource(options, VirtualClock(NOW_MS), random.Random(1))

        right, wrong, nobody = source("a", "right"), source("b", "wrong"), source("c", None)
        async with (
            running(right, monitor.feed),
            running(wrong, monitor.feed),
            running(nobody, monitor.feed),
        ):
            await until(lambda: right.state.connected, "let in")
            await until(lambda: wrong.state.failures > 0 and nobody.state.failures > 0, "refused")
            assert wrong.state.connects == nobody.state.connects == 0


async def test_a_packet_beyond_the_bound_ends_its_connection_only() -> None:
    """A client that announces a huge packet is closed; the others go on."""
    async with embedded_broker(max_packet_bytes=2_000) as port, engine() as monitor:
        source = MqttSource(MqttOptions(port=port), VirtualClock(NOW_MS), random.Random(1))
        async with running(source, monitor.feed):
            await until(lambda: source.state.connected, "connected")
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(wire.connect(4, "greedy", 20, 0))
            assert await reader.readexactly(4) == b"\x20\x02\x00\x00"
            writer.write(wire.publish(4, TOPIC, b"x" * 10_000, None))
            async with asyncio.timeout(5):
                assert await reader.read() == b""
            writer.close()
            await source.publish(TOPIC, position(1), 1)
            await monitor.until(1)


async def test_a_client_that_says_nothing_or_nonsense_does_no_harm() -> None:
    """Bytes that are no MQTT end their own connection, and the broker still stops cleanly."""
    async with embedded_broker() as port:
        _, silent = await asyncio.open_connection("127.0.0.1", port)
        reader, noisy = await asyncio.open_connection("127.0.0.1", port)
        noisy.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        noisy.write_eof()
        async with asyncio.timeout(5):
            await reader.read()
        noisy.close()
    silent.close()
