"""The real program on real streams: Mosquitto, HTTP, the WebSocket stream, signals, exit codes."""

import asyncio
import json
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

from monitor.runtime.clock import SystemClock
from monitor.transports.mqtt import MqttOptions, MqttSource
from tests.support import days, dirt
from tests.support.mosquitto import Mosquitto, mosquitto
from tests.support.running import ROOT, Running, message, running
from tests.support.waiting import until

Json = dict[str, Any]

TOWN = '[cities.testville]\ntimezone = "Europe/Riga"\nzones = "zones.geojson"\n'
MARKER = "the marker"


def source(broker: Mosquitto) -> str:
    """The configuration of a broker as a source."""
    return f'[sources.main]\ntype = "mqtt"\nhost = "127.0.0.1"\nport = {broker.port}\n'


def write_zones(folder: Path) -> None:
    """The made-up town's zones beside its configuration."""
    (folder / "zones.geojson").write_text(json.dumps(days.zones()))


async def command(*args: str) -> tuple[int, str, str]:
    """A command of the program: exit code, standard output, standard error."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "monitor.cli", *args),
        cwd=ROOT,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


def topic(event: Json) -> str:
    """Where an event belongs on the broker."""
    stream = {"courier": "couriers", "order": "orders", "venue": "venues", "city": "city"}[
        event["type"].split(".")[0]
    ]
    entity = next((event[k] for k in ("courier_id", "order_id", "venue_id") if k in event), "city")
    return f"citywatch/v1/{days.CITY}/{stream}/{entity}"


def life(alert: Json) -> tuple[Any, ...]:
    """What must be the same of an alert, live and replayed."""
    names = ("id", "rule", "severity", "started_ts", "fired_ts", "resolved_ts", "value", "reason")
    return tuple(alert[name] for name in names)


async def everything(monitor: Running, now_ms: int) -> tuple[list[Any], list[Any]]:
    """The figures of every zone, and every alert that fired."""
    zones = await monitor.until(
        f"/v1/cities/{days.CITY}/zones", lambda answer: answer["ts"] >= now_ms
    )
    figures = [
        tuple(zone[name] for name in ("zone_id", "idle", "busy", "open", "waiting"))
        for zone in zones["items"]
    ]
    firing = await monitor.get("/v1/alerts?limit=1000")
    ended = await monitor.get("/v1/alerts?state=resolved&limit=1000")
    return figures, sorted(life(alert) for alert in firing["items"] + ended["items"])


def replayed(out: bytes, now_ms: int) -> tuple[list[Any], list[Any]]:
    """The same from a replay's output."""
    lines = [json.loads(line) for line in out.splitlines()]
    figures = [
        tuple(line[name] for name in ("zone_id", "idle", "busy", "open", "waiting"))
        for line in lines
        if line["type"] == "zone" and line["ts"] == now_ms
    ]
    last = {line["id"]: line for line in lines if line["type"] == "alert"}
    return figures, sorted(life(line) for line in last.values() if line["state"] != "pending")


class Nowhere:
    """A sink for a client that only publishes."""

    async def take(self, payloads: Sequence[bytes]) -> None:
        """Nothing is subscribed to that anybody sends."""
        raise AssertionError(payloads)


async def by_mqtt(monitor: Running, broker: Mosquitto, lines: list[str]) -> None:
    """One event a message, QoS 1, in order, from one publisher."""
    client = MqttSource(
        MqttOptions(port=broker.port, client_id="publisher", prefix="none"),
        SystemClock(),
        Random(1),
    )
    task = asyncio.create_task(client.run(Nowhere()))
    await until(lambda: client.state.connected, "the publisher is connected")
    for line in lines:
        await client.publish(topic(json.loads(line)), line.encode(), 1)
    task.cancel()


async def by_http(monitor: Running, broker: Mosquitto, lines: list[str]) -> None:
    """NDJSON, a few hundred at a time."""
    for start in range(0, len(lines), 300):
        answer = await monitor.post("/v1/events", "\n".join(lines[start : start + 300]).encode())
        assert "taken" in answer, answer


@pytest.mark.parametrize("send", [by_mqtt, by_http], ids=["mqtt", "http"])
async def test_the_same_events_end_live_as_they_do_replayed(
    tmp_path: Path, send: Callable[[Running, Mosquitto, list[str]], Any]
) -> None:
    """A day's events, live through Mosquitto or HTTP, end in the figures and alerts of a replay."""
    lines = days.day(3, minutes=45, orders=140)
    last = -(-json.loads(lines[-1])["ts"] // 60_000) * 60_000 + 60_000
    # Two events past the day: what came before them is judged up to the last whole minute.
    for ts in (last, last + 1):
        lines.append(json.dumps({"type": "city.weather", "city": days.CITY, "ts": ts}))
    write_zones(tmp_path)
    config = TOWN + '[engine]\nclock = "events"\n'
    async with (
        mosquitto(tmp_path) as broker,
        running(tmp_path, config + source(broker)) as monitor,
    ):
        await send(monitor, broker, lines)
        live = await everything(monitor, last + 1)
    (tmp_path / "day.ndjson").write_text("\n".join(lines) + "\n")
    code, out, err = await command(
        "replay", str(tmp_path / "day.ndjson"), "--config", str(tmp_path / "city.toml")
    )
    assert code == 0, err
    figures, alerts = replayed(out.encode(), last)
    assert len(alerts) > 20
    assert live[1] == alerts
    assert live[0] == figures


async def test_an_event_by_hand_reaches_a_watcher(tmp_path: Path) -> None:
    """What `mosquitto_pub` sends is told to a client of the stream."""
    write_zones(tmp_path)
    async with (
        mosquitto(tmp_path) as broker,
        running(tmp_path, TOWN + source(broker)) as monitor,
        monitor.watching(days.CITY, "couriers", "zones") as socket,
    ):
        await message(socket, lambda told: told["type"] == "snapshot")
        now_ms = time.time_ns() // 1_000_000
        event = {
            "type": "courier.position",
            "city": days.CITY,
            "ts": now_ms,
            "courier_id": "by hand",
            "lat": 56.95,
            "lon": 24.2,
        }
        await broker.publish(topic(event), json.dumps(event).encode(), "-q", "1")
        told = await message(
            socket, lambda told: told["type"] == "delta" and told["layer"] == "couriers"
        )
        assert told["items"][0]["courier_id"] == "by hand"
        assert told["items"][0]["ts"] == now_ms


async def test_a_broker_that_dies_is_survived_and_told(tmp_path: Path) -> None:
    """Mosquitto killed and started again: not ready meanwhile, then events flow; all is logged."""
    write_zones(tmp_path)
    async with (
        mosquitto(tmp_path) as broker,
        running(tmp_path, TOWN + source(broker)) as monitor,
    ):
        await broker.kill()
        await monitor.until_logged("closed")
        async with monitor.session.get(monitor.url("/readyz")) as answer:
            assert answer.status == 503
        await broker.start()
        await monitor.until_ready()
        await broker.publish(
            f"citywatch/v1/{days.CITY}/city",
            json.dumps(
                {
                    "type": "city.weather",
                    "city": days.CITY,
                    "ts": time.time_ns() // 1_000_000,
                }
            ).encode(),
            *("-q", "1"),
        )
        await monitor.until(f"/v1/cities/{days.CITY}", lambda city: city["weather"] is not None)
        metrics = await monitor.text("/metrics")
        assert 'citywatch_mqtt_reconnects_total{source="main"} 1.0' in metrics


async def test_nothing_sent_while_we_restart_is_lost(tmp_path: Path) -> None:
    """The session persists: QoS 1 events sent while the monitor is away come when it is back."""
    write_zones(tmp_path)
    async with mosquitto(tmp_path) as broker:
        config = TOWN + source(broker)
        async with running(tmp_path, config) as monitor:
            assert await monitor.stop() == 0
        now_ms = time.time_ns() // 1_000_000
        for number in range(50):
            heartbeat = {
                "type": "venue.heartbeat",
                "city": days.CITY,
                "ts": now_ms + number,
                "venue_id": f"v{number}",
            }
            await broker.publish(topic(heartbeat), json.dumps(heartbeat).encode(), "-q", "1")
        async with running(tmp_path, config) as monitor:
            await monitor.until(f"/v1/cities/{days.CITY}", lambda city: city["venues"] == 50)


async def test_dirt_is_counted_and_harms_nothing(tmp_path: Path) -> None:
    """Bad events are told with index and reason, counted, kept to look at; the rest is taken."""
    write_zones(tmp_path)
    lines, spoilt = dirt.dirty(days.day(5, minutes=10, orders=20), Random(5))
    config = TOWN + '[engine]\nclock = "events"\n'
    async with running(tmp_path, config) as monitor:
        answer = await monitor.post("/v1/events", "\n".join(lines).encode())
        assert answer["taken"] + answer["rejected_count"] == len(lines)
        counted = await monitor.get("/v1/rejected")
        assert counted["counts"] == {k: v for k, v in spoilt.items() if k in counted["counts"]}
        assert sum(counted["counts"].values()) == answer["rejected_count"] > 0


async def test_a_reload_keeps_what_is_known_and_refuses_what_is_wrong(tmp_path: Path) -> None:
    """SIGHUP with a fault changes nothing; a good configuration comes in without a restart."""
    write_zones(tmp_path)
    path = tmp_path / "city.toml"
    async with running(tmp_path, TOWN) as monitor:
        now_ms = time.time_ns() // 1_000_000
        place = {"lat": 56.95, "lon": 24.2}
        courier = {"type": "courier.position", "city": days.CITY, "ts": now_ms, **place}
        await monitor.post("/v1/events", json.dumps(courier | {"courier_id": "c"}).encode())
        good = path.read_text()
        path.write_text(good.replace("Europe/Riga", "Europe/Nowhere"))
        monitor.process.send_signal(signal.SIGHUP)
        await monitor.until_logged("reload refused")
        square = {
            "type": "Feature",
            "id": "all",
            "properties": {},
            "geometry": {
                "type": "Polygon",
                "coordinates": [days.ring(20, 50, 30, 60)],
            },
        }
        (tmp_path / "zones.geojson").write_text(
            json.dumps({"type": "FeatureCollection", "features": [square]})
        )
        path.write_text(good)
        monitor.process.send_signal(signal.SIGHUP)
        zones = await monitor.until(
            f"/v1/cities/{days.CITY}/zones", lambda answer: len(answer["items"]) == 1
        )
        assert zones["items"][0]["idle"] == 1


async def test_the_end_is_told_to_watchers(tmp_path: Path) -> None:
    """SIGTERM closes each client with 1001 and the program ends with 0."""
    write_zones(tmp_path)
    async with (
        running(tmp_path, TOWN) as monitor,
        monitor.watching(days.CITY, "alerts") as socket,
    ):
        await message(socket, lambda told: told["type"] == "snapshot")
        assert await monitor.stop() == 0
        await socket.wait_closed()
        assert socket.close_code == 1001


async def test_an_alert_is_acknowledged_by_one_and_seen_by_another(tmp_path: Path) -> None:
    """A problem reported becomes an alert; one watcher acks and closes it, another is told."""
    write_zones(tmp_path)
    async with (
        running(tmp_path, TOWN) as monitor,
        monitor.watching(days.CITY, "alerts") as one,
        monitor.watching(days.CITY, "alerts") as other,
    ):
        for socket in (one, other):
            await message(socket, lambda told: told["type"] == "snapshot")
        problem = {
            "type": "order.problem",
            "city": days.CITY,
            "ts": time.time_ns() // 1_000_000,
            "order_id": "o1",
            "problem": "missing_item",
        }
        await monitor.post("/v1/events", json.dumps(problem).encode())
        told = await message(one, lambda told: told["type"] == "delta")
        alert = told["items"][0]
        assert alert["rule"] == "order_problem"
        ack = {"type": "command", "id": "1", "command": "ack"}
        args = {"city": days.CITY, "alert_id": alert["id"]}
        await one.send(json.dumps(ack | {"args": args}))
        result = await message(one, lambda told: told["type"] == "result")
        assert result["ok"]
        await message(
            other,
            lambda told: told["type"] == "delta" and told["items"][0]["acked_by"] is not None,
        )
        args |= {"reason": "replaced"}
        await one.send(json.dumps(ack | {"command": "close", "id": "2", "args": args}))
        ended = await message(
            other,
            lambda told: told["type"] == "delta" and told["items"][-1]["state"] == "resolved",
        )
        assert ended["items"][-1]["notes"][-1]["text"] == "replaced"


async def test_faults_of_a_configuration_are_lines_and_exit_1(tmp_path: Path) -> None:
    """`check` tells every fault, of the file and of the zones, one line each, never a traceback."""
    (tmp_path / "zones.geojson").write_text('{"type":"FeatureCollection","features":[]}')
    path = tmp_path / "city.toml"
    path.write_text(TOWN + "[http]\nprot = 1\n")
    code, _, err = await command("check", "--config", str(path))
    assert code == 1
    assert f"{path}:5: http.prot: " in err
    path.write_text(TOWN)
    code, _, err = await command("check", "--config", str(path))
    assert code == 1
    assert "zones.geojson" in err
    assert "Traceback" not in err


async def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    """A second monitor on the same store, or the same ports, says so and exits with 1."""
    write_zones(tmp_path)
    async with running(tmp_path, TOWN):
        config = tmp_path / "city.toml"
        code, _, err = await command("run", "--config", str(config))
        assert (code, "Traceback" in err) == (1, False)
        assert "is in use by another citywatch" in err
        config.write_text(config.read_text() + '[store]\ntype = "none"\n')
        code, _, err = await command("run", "--config", str(config))
    assert (code, "Traceback" in err) == (1, False)
    assert "is in use by another program" in err


async def test_the_demo_runs_and_ends(tmp_path: Path) -> None:
    """`citywatch demo` shows a city in the middle of its day and ends by itself when told."""
    code, _, err = await command(
        *("demo", "--plain", "--for", "6.5", "--couriers", "40", "--venues", "15"),
        *("--port", "0", "--stream-port", "0", "--mqtt-port", "0"),
    )
    assert code == 0, err
    assert "couriers on shift" in err
    assert "Traceback" not in err
