"""What only a real broker shows: losses of connection, sessions, versions, TLS, refusals."""

import logging
import random
from pathlib import Path
from typing import Any, Literal

import pytest

from monitor.runtime.clock import VirtualClock
from monitor.transports.mqtt import MqttOptions, MqttSource
from monitor.transports.mqtt_link import LinkError
from tests.support.certificates import make_certificates
from tests.support.mosquitto import mosquitto, password_file
from tests.support.proxy import proxy
from tests.support.servers import free_port
from tests.support.sources import NOW_MS, TOPIC, array, engine, position, running
from tests.support.waiting import until


def make_source(port: int, **changes: Any) -> MqttSource:
    """A source that reconnects quickly."""
    options = {"client_id": "monitor", "backoff_first_s": 0.05, "backoff_cap_s": 0.2}
    return MqttSource(
        MqttOptions(port=port, **{**options, **changes}), VirtualClock(NOW_MS), random.Random(1)
    )


async def connected(source: MqttSource, times: int = 1) -> None:
    await until(lambda: source.state.connected and source.state.connects >= times, "connected")


@pytest.mark.parametrize("qos", ["0", "1"])
@pytest.mark.parametrize("version", ["mqttv311", "mqttv5"])
@pytest.mark.parametrize("protocol", [4, 5])
async def test_publishers_of_both_versions_are_heard_with_either_client(
    tmp_path: Path, protocol: Literal[4, 5], version: str, qos: str
) -> None:
    """`mosquitto_pub` of 3.1.1 and 5, QoS 0 and 1, reaches a client of 3.1.1 and of 5."""
    async with mosquitto(tmp_path) as broker, engine() as monitor:
        source = make_source(broker.port, protocol=protocol)
        async with running(source, monitor.feed):
            await connected(source)
            await broker.publish(TOPIC, position(1), "-V", version, "-q", qos)
            await broker.publish("citywatch/v1/riga/orders", position(2), "-V", version, "-q", qos)
            await monitor.until(2)
        assert monitor.times == [1, 2]


async def test_events_sent_after_the_broker_was_killed_and_restarted_arrive(
    tmp_path: Path,
) -> None:
    """The source finds the broker again by itself and says why it was away."""
    async with mosquitto(tmp_path) as broker, engine() as monitor:
        source = make_source(broker.port)
        async with running(source, monitor.feed):
            await connected(source)
            await broker.kill()
            await until(lambda: source.state.failures > 1, "the loss is noticed")
            assert "connect" in str(source.state.last_error).lower()
            await broker.start()
            await connected(source, times=2)
            assert source.state.reconnects == 1
            assert source.state.last_error is None
            await broker.publish(TOPIC, position(1))
            await monitor.until(1)


@pytest.mark.parametrize("protocol", [4, 5])
async def test_nothing_sent_with_qos_1_is_lost_while_we_restart(
    tmp_path: Path, protocol: Literal[4, 5]
) -> None:
    """Messages published while no monitor runs wait in its session."""
    async with mosquitto(tmp_path) as broker, engine() as monitor:
        first = make_source(broker.port, protocol=protocol)
        async with running(first, monitor.feed):
            await connected(first)
        for n in range(30):
            await broker.publish(TOPIC, position(n), "-q", "1")
        second = make_source(broker.port, protocol=protocol)
        async with running(second, monitor.feed):
            await monitor.until(30)
        assert monitor.times == list(range(30))


async def test_what_the_engine_did_not_take_comes_again(tmp_path: Path) -> None:
    """A message is acknowledged only after the engine took it: a crash before that loses none."""
    async with mosquitto(tmp_path) as broker:
        async with engine() as crashing:
            crashing.hold()
            source = make_source(broker.port)
            async with running(source, crashing.feed):
                await connected(source)
                await broker.publish(TOPIC, position(1), "-q", "1")
                await until(lambda: crashing.inbox.counts.put == 1, "the message is here")
        async with engine() as monitor:
            async with running(make_source(broker.port), monitor.feed):
                await monitor.until(1)
            assert monitor.times == [1]


async def test_a_half_open_connection_is_noticed_and_replaced(tmp_path: Path) -> None:
    """A peer that says nothing for the keep-alive, ping or not, is given up."""
    async with (
        mosquitto(tmp_path) as broker,
        proxy(broker.port) as between,
        engine() as monitor,
    ):
        source = make_source(between.port, keep_alive_s=0.4)
        async with running(source, monitor.feed):
            await connected(source)
            between.freeze()
            await connected(source, times=2)
            assert between.connections == 2
            await broker.publish(TOPIC, position(1))
            await monitor.until(1)


async def test_a_quiet_connection_is_kept_by_pings(tmp_path: Path) -> None:
    """Several keep-alives without an event do not end a healthy connection."""
    async with mosquitto(tmp_path) as broker, engine() as monitor:
        source = make_source(broker.port, keep_alive_s=0.1)
        probe = make_source(broker.port, client_id="probe", keep_alive_s=1.0)
        async with running(source, monitor.feed), running(probe, monitor.feed):
            await connected(source)
            await connected(probe)
            for _ in range(50):
                await probe.publish("citywatch/v1/riga/push/c1", b"ping", 1)
                await until(lambda: True, "a turn of the loop")
            assert source.state.connects == 1
            await broker.publish(TOPIC, position(1))
            await monitor.until(1)
            assert source.state.failures == 0


async def test_a_broker_that_never_answers_is_given_up(tmp_path: Path) -> None:
    """A connection without a welcome ends at the connect deadline."""
    async with mosquitto(tmp_path) as broker, proxy(broker.port) as between, engine() as monitor:
        between.hold_new()
        source = make_source(between.port, connect_timeout_s=0.1)
        async with running(source, monitor.feed):
            await until(lambda: source.state.failures > 0, "given up")
            assert source.state.last_error == "no answer within 0.1 s"
            assert not source.state.connected


async def test_a_wrong_password_is_told_once_and_never_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The reason is in the state and once in the log; the password is nowhere."""
    caplog.set_level(logging.DEBUG)
    settings = [
        "allow_anonymous false",
        f"password_file {password_file(tmp_path, 'watch', 'right-word')}",
    ]
    async with mosquitto(tmp_path, settings) as broker, engine() as monitor:
        source = make_source(broker.port, username="watch", password="wrong-word")
        async with running(source, monitor.feed):
            await until(lambda: source.state.failures >= 3, "three refusals")
        assert "not authorised" in str(source.state.last_error)
        warnings = [one for one in caplog.records if one.levelno == logging.WARNING]
        assert len(warnings) == 1
        assert "wrong-word" not in caplog.text
        assert "wrong-word" not in repr(MqttOptions(password="wrong-word"))
        right = make_source(broker.port, username="watch", password="right-word")
        async with running(right, monitor.feed):
            await connected(right)


async def test_tls_is_verified(tmp_path: Path) -> None:
    """With the authority's certificate we connect; without it we refuse the broker."""
    made = make_certificates(tmp_path)
    settings = ["allow_anonymous true", f"certfile {made.cert}", f"keyfile {made.key}"]
    async with mosquitto(tmp_path, settings) as broker, engine() as monitor:
        trusting = make_source(broker.port, tls=True, ca_file=str(made.ca))
        wary = make_source(broker.port, tls=True, client_id="wary")
        async with running(trusting, monitor.feed), running(wary, monitor.feed):
            await connected(trusting)
            await broker.publish(TOPIC, position(1), "--cafile", str(made.ca))
            await monitor.until(1)
            await until(lambda: wary.state.failures > 0, "refused by us")
            assert wary.state.connects == 0
            assert "certificate verify failed" in str(wary.state.last_error)


async def test_a_client_certificate_lets_us_in(tmp_path: Path) -> None:
    """A broker that asks for a certificate takes ours, and refuses us without one."""
    made = make_certificates(tmp_path)
    settings = [
        "allow_anonymous true",
        f"certfile {made.cert}",
        f"keyfile {made.key}",
        f"cafile {made.ca}",
        "require_certificate true",
    ]
    tls = {"tls": True, "ca_file": str(made.ca)}
    async with mosquitto(tmp_path, settings) as broker, engine() as monitor:
        known = make_source(broker.port, cert_file=str(made.cert), key_file=str(made.key), **tls)
        unknown = make_source(broker.port, client_id="unknown", **tls)
        async with running(known, monitor.feed), running(unknown, monitor.feed):
            await connected(known)
            await until(lambda: unknown.state.failures > 0, "refused by the broker")
            assert unknown.state.connects == 0


@pytest.mark.parametrize("qos", ["0", "1"])
async def test_a_message_beyond_the_bound_is_dropped_and_counted(tmp_path: Path, qos: str) -> None:
    """It costs neither its neighbours nor memory, and does not come again."""
    async with mosquitto(tmp_path) as broker, engine() as monitor:
        source = make_source(broker.port, max_payload_bytes=10_000)
        async with running(source, monitor.feed):
            await connected(source)
            await broker.publish(TOPIC, position(1), "-q", qos)
            await broker.publish(TOPIC, array(range(5_000)), "-q", qos)
            await broker.publish(TOPIC, position(2), "-q", qos)
            await monitor.until(2)
        assert monitor.times == [1, 2]
        assert source.state.oversized == 1
        again = make_source(broker.port, max_payload_bytes=10_000)
        async with running(again, monitor.feed):
            await connected(again)
            await broker.publish(TOPIC, position(3), "-q", "1")
            await monitor.until(3)
        assert again.state.oversized == 0


async def test_our_own_pushes_do_not_come_back_as_events(tmp_path: Path) -> None:
    """What we publish to couriers is on no topic that we read."""
    async with mosquitto(tmp_path) as broker, engine() as monitor:
        source = make_source(broker.port)
        async with running(source, monitor.feed):
            await connected(source)
            await source.publish("citywatch/v1/riga/push/c1", b"go to Centrs", 1)
            await source.publish("citywatch/v1/riga/push/c1", b"go to Centrs", 0)
            await broker.publish(TOPIC, position(1))
            await monitor.until(1)
            assert source.state.messages == 1
            assert source.state.published == 2


async def test_a_message_of_ours_needs_a_connection_and_a_topic(tmp_path: Path) -> None:
    """Without a connection the sender is told; a wildcard in a topic is a mistake."""
    source = make_source(free_port())
    with pytest.raises(LinkError, match="not connected"):
        await source.publish("citywatch/v1/riga/push/c1", b"")
    async with mosquitto(tmp_path) as broker, engine() as monitor:
        source = make_source(broker.port)
        async with running(source, monitor.feed):
            await connected(source)
            with pytest.raises(ValueError, match="not a topic"):
                await source.publish("citywatch/v1/riga/push/#", b"", 1)


async def test_a_second_monitor_with_the_same_client_id_is_named(tmp_path: Path) -> None:
    """The one that is put out is told what it is likely to be: Mosquitto gives no reason."""
    async with mosquitto(tmp_path) as broker, engine() as monitor:
        first = make_source(broker.port, backoff_first_s=30, backoff_cap_s=30)
        async with running(first, monitor.feed):
            await connected(first)
            async with running(make_source(broker.port), monitor.feed):
                await until(lambda: first.state.failures > 0, "put out")
                assert "another client use the same client id" in str(first.state.last_error)
