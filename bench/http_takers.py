"""Who answers `POST /v1/events`, in a process of its own: nobody, the route, or the whole monitor.

`python -m bench.http_takers bare|route|monitor TOTAL EACH` takes TOTAL events, EACH a request. It
says `ready PORT` once it listens, and at the end, as one line of JSON, how many events came between
the first and the last, in what time and with how much CPU. Started by `bench/http.py`.
"""

import asyncio
import gc
import sys
import tempfile
from pathlib import Path
from typing import Final

from aiohttp import web

from bench.day import config_text
from bench.mqtt_takers import Count
from bench.stamped import CITY
from config.load import load
from monitor.app import Monitor
from monitor.ingest.dead_letters import DeadLetters
from monitor.ingest.feed import Feed
from monitor.ingest.gate import Gate
from monitor.ingest.inbox import Inbox
from monitor.runtime.clock import SystemClock
from monitor.transports.http import PATH, HttpLimits, events_route
from monitor.wiring.plans import make_plans
from monitor.wiring.serving import served

MANY: Final = 10_000_000  # events a second and client: no limit
LOOK_S: Final = 0.02  # a look costs as much as a hundred events: seldom enough not to be seen
ANSWER: Final = b'{"taken":500,"rejected_count":0,"rejected":[]}'


async def bare(count: Count, each: int) -> dict[str, float]:
    """aiohttp alone: the body is read and thrown away."""
    requests = 0

    async def throw_away(request: web.Request) -> web.Response:
        nonlocal requests
        await request.content.read()
        requests += 1
        return web.Response(status=202, body=ANSWER, content_type="application/json")

    app = web.Application()
    app.add_routes([web.post(PATH, throw_away)])
    async with served(app, "127.0.0.1", 0, 1.0) as port:
        print("ready", port, flush=True)
        while not count.at(requests * each):  # noqa: ASYNC110 - so that no request pays for it
            await asyncio.sleep(LOOK_S)
    return {}


async def route(count: Count) -> dict[str, float]:
    """The route on a server of its own, with nobody behind the inbox but a hand that empties it."""
    clock, inbox = SystemClock(), Inbox(200_000, 20_000)
    feed = Feed("http", inbox, Gate([CITY]), DeadLetters(), clock)
    app = web.Application()
    app.add_routes([events_route(feed, clock, HttpLimits(events_per_s=MANY, burst_events=MANY))])

    async def empty() -> None:
        while True:
            await inbox.take()
            inbox.done()
            await asyncio.sleep(0)

    emptying = asyncio.create_task(empty())
    async with served(app, "127.0.0.1", 0, 1.0) as port:
        print("ready", port, flush=True)
        while not count.at(inbox.counts.taken):  # noqa: ASYNC110 - as above
            await asyncio.sleep(LOOK_S)
    emptying.cancel()
    return {}


async def whole(count: Count, folder: Path) -> dict[str, float]:
    """The monitor with its engine, rules and journal, as `citywatch run` has it."""
    config = config_text(CITY, folder)
    with config.open("a") as file:
        file.write(
            f"[http]\nport = 0\n[http.limits]\nevents_per_s = {MANY}\nburst_events = {MANY}\n"
            '[stream]\nport = 0\n[store]\ntype = "none"\n[recording]\nenabled = false\n'
        )
    loaded = load(config, {})
    monitor, stop = Monitor(loaded, make_plans(loaded)), asyncio.Event()
    task = asyncio.create_task(monitor.run(stop))
    await monitor.ready.wait()
    print("ready", monitor.ports["http"], flush=True)
    counts = monitor.engine.counts
    while not count.at(counts.events):  # noqa: ASYNC110 - as above
        await asyncio.sleep(LOOK_S)
    stop.set()
    await task
    return {"events_a_step": counts.events / counts.steps, "commits": monitor.recorder.batches}


def main(kind: str, total: int, each: int) -> None:
    """One taker, from its start to its end."""
    count = Count(total)
    gc.freeze()  # as the program does once it is loaded
    with tempfile.TemporaryDirectory() as folder:
        takers = {
            "bare": lambda: bare(count, each),
            "route": lambda: route(count),
            "monitor": lambda: whole(count, Path(folder)),
        }
        more = asyncio.run(takers[kind]())
    count.tell(**more)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
