"""Letters as MQTT messages, against the real Mosquitto."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

from alerts.letter import Body, Drill, Letter, Notice, Push, VenueOrder
from monitor.delivery.mqtt import MqttTarget, level, topic_of
from monitor.delivery.payload import payload_of
from monitor.delivery.target import NotNowError
from monitor.runtime.clock import SystemClock
from monitor.transports.mqtt import MqttOptions, MqttSource
from monitor.transports.mqtt_link import LinkError
from tests.support.mosquitto import Mosquitto, mosquitto
from tests.support.sources import engine, running
from tests.support.waiting import until

DEADLINE_S: Final = 10.0
ODD: Final = "a/b+c#d%e\0f\tg\x7fh\ufffei ķ🛵"


def letter(key: str, body: Body) -> Letter:
    """A letter with this body."""
    return Letter(
        key=key,
        of=key,
        to="main",
        city="riga",
        action_id="a1",
        recipient=key,
        created_ts=5,
        deadline_ts=60_005,
        body=body,
    )


def push(courier_id: str, city: str = "riga") -> Push:
    """A push to this courier."""
    return Push(
        push_id="p1",
        city=city,
        courier_id=courier_id,
        action_id="a1",
        ts=5,
        answer_by_ts=60_005,
        lon=24.1,
        lat=56.95,
        reason="2 couriers short",
    )


PAUSE: Final = VenueOrder(
    change="pause", city="riga", venue_id="v1", action_id="a1", ts=5, reason="silent"
)
NOTICE: Final = Notice(
    notice_id="n1",
    step="close",
    kind="warn_support",
    city="riga",
    ts=5,
    level=0,
    severity="warning",
    title="Over",
    count=0,
    alerts=(),
)
DRILL: Final = Drill(ts=5, words="a test")


@asynccontextmanager
async def target_at(broker: Mosquitto) -> AsyncIterator[tuple[MqttTarget, MqttSource]]:
    """A connected target, over the connection of a source."""
    options = MqttOptions(port=broker.port, client_id="monitor", backoff_first_s=0.01)
    source = MqttSource(options, SystemClock(), random.Random(1))
    async with engine() as sink, running(source, sink.feed):
        await until(lambda: source.state.connected, "connected")
        yield MqttTarget("main", source.publish, LinkError, options.prefix), source


async def listen(broker: Mosquitto, *options: str) -> list[tuple[str, bytes]]:
    """Runs a receiver that is away in between: the broker keeps only QoS 1 messages for it."""
    command = ["mosquitto_sub", "-h", "127.0.0.1", "-p", str(broker.port), "-i", "receiver", "-c"]
    process = await asyncio.create_subprocess_exec(
        *command, "-q", "1", "-t", "#", "-F", "%q %t\t%p", *options, stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(DEADLINE_S):
        said, _ = await process.communicate()
    assert process.returncode == 0
    heard = []
    for line in said.splitlines():
        assert line.startswith(b"1 ")
        topic, payload = line[2:].split(b"\t", 1)
        heard.append((topic.decode(), payload))
    return heard


async def test_each_kind_of_letter_has_its_topic_and_comes_with_qos_1(tmp_path: Path) -> None:
    """A receiver that was away gets every one, with the payload that all targets send."""
    bodies: dict[str, Body] = {
        "citywatch/v1/riga/push/c1": push("c1"),
        "citywatch/v1/riga/venue/v1": PAUSE,
        "citywatch/v1/riga/notice/n1": NOTICE,
        "citywatch/v1/drill": DRILL,
    }
    async with mosquitto(tmp_path) as broker, target_at(broker) as (target, _):
        await listen(broker, "-E")
        for key, body in bodies.items():
            await target.deliver(letter(key, body))
        heard = await listen(broker, "-C", str(len(bodies)))
    assert heard == [(topic, payload_of(letter(topic, body))) for topic, body in bodies.items()]


async def test_an_id_of_any_characters_reaches_its_courier(tmp_path: Path) -> None:
    """What no topic may hold is percent-encoded there and whole in the payload; the connection
    holds."""
    odd = letter("k1", push(ODD))
    async with mosquitto(tmp_path) as broker, target_at(broker) as (target, source):
        await listen(broker, "-E")
        await target.deliver(odd)
        ((topic, payload),) = await listen(broker, "-C", "1")
        assert source.state.failures == 0
    assert topic == ("citywatch/v1/riga/push/a%2Fb%2Bc%23d%25e%00f%09g%7Fh%EF%BF%BEi ķ🛵")
    assert json.loads(payload)["courier_id"] == ODD


async def test_a_broker_that_is_down_is_not_now(tmp_path: Path) -> None:
    """The letter may come later, and does once it is back."""
    async with mosquitto(tmp_path) as broker, target_at(broker) as (target, source):
        await broker.kill()
        await until(lambda: not source.state.connected, "noticed")
        with pytest.raises(NotNowError, match="not connected"):
            await target.deliver(letter("k1", DRILL))
        await broker.start()
        await until(lambda: source.state.connected, "connected again")
        await target.deliver(letter("k1", DRILL))


async def test_a_message_that_the_broker_refuses_is_not_now(tmp_path: Path) -> None:
    """Rights can be given while the letter waits; the words are the broker's."""
    rights = tmp_path / "rights"
    rights.write_text("topic read #\n", encoding="utf-8")
    settings = ("allow_anonymous true", f"acl_file {rights}")
    async with mosquitto(tmp_path, settings) as broker, target_at(broker) as (target, _):
        with pytest.raises(NotNowError, match="refused"):
            await target.deliver(letter("k1", DRILL))


def test_two_cities_or_ids_never_share_a_topic() -> None:
    """Encoding keeps apart what was different."""
    names = ["a/b", "a%2Fb", "a+b", "a b", "a\0b", "a%00b"]
    assert len({level(name) for name in names}) == len(names)
    assert topic_of("p", push("c", "a/b")) != topic_of("p", push("b/c", "a"))
