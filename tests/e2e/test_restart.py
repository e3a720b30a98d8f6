"""`citywatch run` killed and started again: it is what it would be had nobody killed it.

Events come in through the real Mosquitto or over HTTP; the events are the clock, so that a day
needs seconds. What a user sees is compared: the API, the stream, the log, the exit code.
"""

import asyncio
import json
import sqlite3
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from redis.asyncio import Redis
from websockets.asyncio.client import connect

from tests.e2e.test_live import (
    TOWN,
    by_http,
    by_mqtt,
    command,
    everything,
    replayed,
    source,
    write_zones,
)
from tests.support import days
from tests.support.mosquitto import Mosquitto, mosquitto
from tests.support.redis_server import redis_server
from tests.support.running import Running, message, running

Json = dict[str, Any]

EVENTS: Final = '[engine]\nclock = "events"\n'
SQLITE: Final = '[store]\npath = "city.db"\nsnapshot_s = 1\n'
CITY: Final = f"/v1/cities/{days.CITY}"
FAR_MS: Final = days.START_MS + 86_400_000


def a_day(minutes: int, orders: int) -> tuple[list[str], int]:
    """A day's lines, and the whole minute up to which all of it is judged."""
    lines = days.day(3, minutes=minutes, orders=orders)
    last = -(-json.loads(lines[-1])["ts"] // 60_000) * 60_000 + 60_000
    for ts in (last, last + 1):
        lines.append(json.dumps({"type": "city.weather", "city": days.CITY, "ts": ts}))
    return lines, last


async def undisturbed(folder: Path, lines: list[str], last: int) -> tuple[list[Any], list[Any]]:
    """The figures and alerts of the day when nobody is killed."""
    (folder / "day.ndjson").write_text("\n".join(lines) + "\n")
    code, out, err = await command(
        "replay", str(folder / "day.ndjson"), "--config", str(folder / "city.toml")
    )
    assert code == 0, err
    return replayed(out.encode(), last)


# --- while events come in ---------------------------------------------------------------------


async def mark(monitor: Running) -> tuple[str, str]:
    """A watcher acknowledges an alert and silences a rule; their ids."""
    body = json.dumps({"until_ts": FAR_MS}).encode()
    acked: dict[str, Any] = {}
    while not acked.get("acked_by"):  # events still come in: the alert may have ended meanwhile
        seen = await monitor.until("/v1/alerts?state=firing", lambda answer: answer["items"])
        alert_id = seen["items"][0]["id"]
        acked = await monitor.post(f"/v1/alerts/{alert_id}/ack", body, "application/json")
    silence = {
        "city": days.CITY,
        "matchers": [{"field": "rule", "value": "courier_stuck"}],
        "until_ts": FAR_MS,
        "reason": "road works",
    }
    answer = await monitor.post("/v1/silences", json.dumps(silence).encode(), "application/json")
    return alert_id, answer["id"]


async def check_marks(monitor: Running, alert_id: str, silence_id: str) -> None:
    """Both are there."""
    alert = await monitor.get(f"/v1/alerts/{alert_id}")
    assert alert["acked_by"] is not None
    assert [each["id"] for each in (await monitor.get("/v1/silences"))["items"]] == [silence_id]


async def test_killed_while_events_come_in_it_ends_as_if_nobody_had(tmp_path: Path) -> None:
    """Killed twice in a day over MQTT: figures and alerts with their ids, acks and silences."""
    lines, last = a_day(45, 140)
    write_zones(tmp_path)
    third = len(lines) // 3
    async with mosquitto(tmp_path) as broker:
        config = TOWN + EVENTS + SQLITE + source(broker)
        async with running(tmp_path, config) as monitor:
            await by_mqtt(monitor, broker, lines[:third])
            marks = await mark(monitor)
            sending = asyncio.create_task(by_mqtt(monitor, broker, lines[third:]))
            await past(monitor, lines[third + third // 3])
            await monitor.kill()
        async with running(tmp_path, config) as monitor:
            await check_marks(monitor, *marks)
            await past(monitor, lines[2 * third])
            await monitor.kill()
        async with running(tmp_path, config) as monitor:
            await sending
            live = await everything(monitor, last + 1)
            await check_marks(monitor, *marks)
            assert "lacks entries" not in monitor.log.read_text()
            assert "went on from entry" in monitor.log.read_text()
    figures, alerts = await undisturbed(tmp_path, lines, last)
    assert live == (figures, alerts)
    assert len(alerts) > 20


async def past(monitor: Running, line: str) -> None:
    """Waits until the monitor has taken events up to about this one."""
    ts = json.loads(line)["ts"]
    await monitor.until(f"{CITY}/zones", lambda answer: answer["ts"] >= ts)


async def test_watchers_get_a_new_epochs_snapshot(tmp_path: Path) -> None:
    """Who resumes after the kill is told `other_epoch`, and gets what is there now, whole."""
    lines, _ = a_day(20, 60)
    write_zones(tmp_path)
    config = TOWN + EVENTS + SQLITE
    async with running(tmp_path, config) as monitor:
        await post(monitor, lines)
        async with monitor.watching(days.CITY, "alerts") as socket:
            before = await message(socket, lambda told: told["type"] == "snapshot")
        await monitor.kill()
    async with (
        running(tmp_path, config) as monitor,
        connect(f"ws://127.0.0.1:{monitor.stream}/v1/stream", max_size=None) as socket,
    ):
        position = {"epoch": before["epoch"], "seq": before["seq"]}
        await socket.send(json.dumps({"type": "hello", "protocol": 1, "resume": position}))
        subscribe = {"type": "subscribe", "id": "s", "city": days.CITY, "layers": ["alerts"]}
        await socket.send(json.dumps(subscribe))
        after = await message(socket, lambda told: told["type"] == "snapshot")
        assert after["reason"] == "other_epoch"
        assert after["epoch"] != before["epoch"]
        assert ids(after) == ids(before) != set()


def ids(snapshot: Json) -> set[str]:
    """The alerts of a snapshot."""
    return {item["id"] for item in snapshot["layers"]["alerts"]}


# --- snapshots that can't be used -------------------------------------------------------------


@dataclass
class Place:
    """A store from outside: its configuration, and a way to change the newest snapshot."""

    config: str
    spoil: Callable[[Callable[[bytes], bytes]], Awaitable[None]]


@asynccontextmanager
async def sqlite_place(folder: Path) -> AsyncIterator[Place]:
    """A file."""

    async def spoil(change: Callable[[bytes], bytes]) -> None:
        db = sqlite3.connect(folder / "city.db")
        (newest,) = db.execute("SELECT max(id) FROM snapshots").fetchone()
        where = "FROM pieces WHERE snapshot = ? AND no = 0"
        row, body = db.execute(f"SELECT id, body {where}", (newest,)).fetchone()
        db.execute("UPDATE pieces SET body = ? WHERE id = ?", (change(body), row))
        db.commit()
        db.close()

    yield Place(SQLITE, spoil)


@asynccontextmanager
async def redis_place(folder: Path) -> AsyncIterator[Place]:
    """A server."""
    (folder / "redis").mkdir()
    async with redis_server(folder / "redis") as server:

        async def spoil(change: Callable[[bytes], bytes]) -> None:
            async with Redis.from_url(server.url, protocol=2) as client:
                told = await client.hget("citywatch:{town}:meta", "index")
                assert isinstance(told, bytes)
                key = f"citywatch:{{town}}:snapshot:{json.loads(told)[0]['id']}:0"
                body = await client.get(key)
                assert isinstance(body, bytes)
                await client.set(key, change(body))

        store = f'[store]\ntype = "redis"\nurl = "{server.url}"\nname = "town"\nsnapshot_s = 1\n'
        yield Place(store, spoil)


PLACES: Final = {"sqlite": sqlite_place, "redis": redis_place}


def flipped(body: bytes) -> bytes:
    """One byte in the middle is another."""
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ 0xFF]) + body[middle + 1 :]


def newer(body: bytes) -> bytes:
    """As a later version would write it."""
    return body[:8] + struct.pack("<H", 99) + body[10:]


@pytest.mark.parametrize(("change", "words"), [(flipped, "checksum"), (newer, "version is 99")])
@pytest.mark.parametrize("store", PLACES)
async def test_a_snapshot_that_cannot_be_used_is_set_aside_and_nothing_lost(
    tmp_path: Path, store: str, change: Callable[[bytes], bytes], words: str
) -> None:
    """A corrupt or newer snapshot: the older one and the journal serve, and the log says why."""
    lines, last = a_day(30, 90)
    write_zones(tmp_path)
    third = len(lines) // 3
    async with PLACES[store](tmp_path) as place:
        config = TOWN + EVENTS + place.config
        async with running(tmp_path, config) as monitor:
            for start in (0, third):
                await post(monitor, lines[start : start + third])
                await snapshot_taken(monitor)
            await post(monitor, lines[2 * third :])
            before = await everything(monitor, last + 1)
            await monitor.kill()
        await place.spoil(change)
        async with running(tmp_path, config) as monitor:
            assert await everything(monitor, last + 1) == before
            log = monitor.log.read_text()
        assert words in log
        assert "an older one, or none, is used instead" in log
        assert "Traceback" not in log
    assert before == await undisturbed(tmp_path, lines, last)


async def post(monitor: Running, lines: list[str]) -> None:
    """All lines, over HTTP."""
    await by_http(monitor, Mosquitto(Path()), lines)


async def snapshot_taken(monitor: Running) -> None:
    """Waits for the next snapshot but one: the next may have begun before what was just told."""
    taken = await snapshots(monitor)
    async with asyncio.timeout(30):
        # An event each time, for nothing is written where nothing happened.
        while await snapshots(monitor) < taken + 2:
            await heartbeat(monitor)


async def heartbeat(monitor: Running) -> None:
    """An event that changes nothing: one that is over and done."""
    event = {"type": "city.weather", "city": days.CITY, "ts": days.START_MS}
    await monitor.post("/v1/events", json.dumps(event).encode())


async def snapshots(monitor: Running) -> int:
    """How many were kept in this life."""
    for line in (await monitor.text("/metrics")).splitlines():
        if line.startswith("citywatch_snapshots_total "):
            return int(float(line.split()[1]))
    raise AssertionError("no figure of snapshots")


# --- a store that can't be used ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("store", "words"),
    [
        ('[store]\npath = "zones.geojson/city.db"\n', "can't be opened"),
        ('[store]\npath = "/proc/city.db"\n', "can't be opened"),
        ('[store]\ntype = "redis"\nurl = "redis://127.0.0.1:1/0"\n', "Redis at 127.0.0.1:1"),
    ],
)
async def test_a_store_that_cannot_be_used_is_one_clear_line(
    tmp_path: Path, store: str, words: str
) -> None:
    """A place that can't be written, a server that is not there: one line, exit code 1."""
    write_zones(tmp_path)
    path = tmp_path / "city.toml"
    path.write_text(f"{TOWN}{store}[http]\nport = 0\n[stream]\nport = 0\n")
    code, out, err = await command("run", "--config", str(path))
    assert (code, out) == (1, "")
    assert len(err.splitlines()) == 1, err
    assert words in err
