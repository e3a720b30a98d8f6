"""A command refused at the door of `citywatch run` is in the audit, and is so after a restart."""

import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from websockets.asyncio.client import connect

from tests.support.configs import CITY
from tests.support.receiver import Behaviour, receiver
from tests.support.redis_server import redis_server
from tests.support.running import Running, message, running
from tests.support.waiting import until, until_told

PEOPLE: Final = {"vera": ("viewer", ""), "walt": ("watcher", "oslo"), "lea": ("lead", "")}
CONFIG: Final = (
    CITY
    + CITY.replace("riga", "oslo")
    + "".join(
        f'[tokens.{name}]\ntoken = "token-of-{name}"\nrole = "{role}"\n'
        + (f'cities = ["{city}"]\n' if city else "")
        for name, (role, city) in PEOPLE.items()
    )
)
SWITCH: Final = {"kind": "all", "off": True, "reason": "stop"}
# Who, what, where, on what, why refused, how often.
Seen = tuple[str, str, str, str, str, int]
WANTED: Final[set[Seen]] = {
    ("vera", "switch", "riga", "all", "forbidden", 1),
    ("vera", "switch", "riga", "all", "forbidden", 4),
    ("vera", "push", "riga", "x", "forbidden", 1),
    ("walt", "resume", "riga", "v", "forbidden", 1),
    ("walt", "ack", "", "a", "unknown_city", 1),
}


@asynccontextmanager
async def a_store(kind: str, folder: Path) -> AsyncIterator[str]:
    """The table of a store of this kind."""
    if kind == "sqlite":
        yield '[store]\npath = "city.db"\n'
        return
    (folder / "redis").mkdir()
    async with redis_server(folder / "redis") as server:
        yield f'[store]\ntype = "redis"\nurl = "{server.url}"\n'


async def by_http(monitor: Running, who: str, path: str, body: Any) -> int:
    """The status that somebody is answered."""
    headers = {"Authorization": f"Bearer token-of-{who}"}
    async with monitor.session.post(monitor.url(path), headers=headers, json=body) as answer:
        return answer.status


async def by_stream(monitor: Running, who: str, command: str, **args: Any) -> str:
    """The code that somebody is answered over the WebSocket."""
    async with connect(f"ws://127.0.0.1:{monitor.stream}/v1/stream") as socket:
        hello = {"type": "hello", "protocol": 1, "token": f"token-of-{who}"}
        asked = {"type": "command", "id": "c", "command": command, "args": args}
        for told in (hello, asked):
            await socket.send(msgspec.json.encode(told).decode())
        answer = await message(socket, lambda told: told["type"] == "result")
        return str(answer["code"])


async def trail(monitor: Running) -> set[Seen]:
    """What a lead reads of refused commands."""
    headers = {"Authorization": "Bearer token-of-lea"}
    async with monitor.session.get(monitor.url("/v1/audit"), headers=headers) as answer:
        items = (await answer.json())["items"]
    return {
        (one["by"], one["act"], one["city"], one["subject"], one["code"], one["count"])
        for one in items
        if not one["ok"]
    }


async def is_trail(monitor: Running, wanted: set[Seen]) -> bool:
    """Whether that is what a lead reads."""
    return await trail(monitor) == wanted


@pytest.mark.parametrize("kind", ["sqlite", "redis"])
async def test_what_was_refused_over_http_and_stream_is_read_after_a_restart(
    tmp_path: Path, kind: str
) -> None:
    """Who may not is told so; the lead reads it in the next life, each once and repeats counted."""
    async with a_store(kind, tmp_path) as store:
        async with running(tmp_path, CONFIG + store) as monitor:
            for _ in range(5):
                assert await by_http(monitor, "vera", "/v1/cities/riga/switches", SWITCH) == 403
            push = {"city": "riga", "zone_id": "x", "reason": "rain"}
            assert await by_stream(monitor, "vera", "push", **push) == "forbidden"
            resume = {"city": "riga", "venue_id": "v", "reason": "r"}
            assert await by_stream(monitor, "walt", "resume", **resume) == "unknown_city"
            ack = {"city": "atlantis", "alert_id": "a"}
            assert await by_stream(monitor, "walt", "ack", **ack) == "unknown_city"
            # They are answered without waiting for the disk.
            seen = {one for one in WANTED if one[-1] == 1}
            await until_told(lambda: is_trail(monitor, seen), "the first of each in the audit")
        async with running(tmp_path, CONFIG + store) as monitor:
            assert await trail(monitor) == WANTED


async def test_what_is_refused_while_it_stops_is_counted_as_well(tmp_path: Path) -> None:
    """The stop waits for a desk that takes its time: nobody is refused uncounted meanwhile."""
    config = CONFIG + '[store]\npath = "city.db"\n[actions.warn_support]\ngroup_wait_s = 0\n'
    async with receiver(tmp_path / "taken") as desk:
        desk.behaviour = Behaviour(after_s=1.5)
        config += 'levels = [["desk"]]\n[targets.desk]\ntype = "webhook"\nallow_private = true\n'
        config += f'secret = "sixteen-letters-x"\nurl = "{desk.url}"\n'
        async with running(tmp_path, config) as monitor:
            head = {"city": "riga", "ts": time.time_ns() // 1_000_000}
            where = {"lat": 56.95, "lon": 24.1}
            order = {"order_id": "o", "venue_id": "v", "dropoff": where}
            happened = [
                head | {"type": "order.placed", "promised_ts": head["ts"]} | order,
                head | {"type": "order.problem", "order_id": "o", "problem": "damaged"},
            ]
            assert await by_http(monitor, "lea", "/v1/events", happened) == 202
            await until(lambda: desk.requests, "a try in hand")
            monitor.process.send_signal(signal.SIGTERM)
            await monitor.until_logged("stopping")
            for _ in range(9):
                assert await by_http(monitor, "vera", "/v1/cities/riga/switches", SWITCH) == 403
            assert await monitor.stop() == 0
        async with running(tmp_path, CONFIG + '[store]\npath = "city.db"\n') as monitor:
            assert sum(one[-1] for one in await trail(monitor)) == 9
