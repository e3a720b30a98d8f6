"""Who answers `POST /v1/events`, in a process of its own: the route alone, or the whole monitor.

`python -m bench.http_takers route|monitor EVENTS` says `ready PORT` once it listens, and at the
end, as one line of JSON, how many events came between the first and the last, in what time and with
how much CPU. Started by `bench/http.py`.
"""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Final

from aiohttp import web

from bench.day import config_text
from bench.mqtt_takers import LOOK_S, Count
from bench.stamped import CITY
from config.load import load
from monitor.app import Monitor
from monitor.ingest.dead_letters import DeadLetters
from monitor.ingest.feed import Feed
from monitor.ingest.gate import Gate
from monitor.ingest.inbox import Inbox
from monitor.plans import make_plans
from monitor.runtime.clock import SystemClock
from monitor.transports.http import HttpLimits, events_route

MANY: Final = 10_000_000  # events a second and client: no limit


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
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print("ready", runner.addresses[0][1], flush=True)
    while not count.at(inbox.counts.taken):  # noqa: ASYNC110 - so that no request pays for it
        await asyncio.sleep(LOOK_S)
    await runner.cleanup()
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


def main(kind: str, events: int) -> None:
    """One taker, from its start to its end."""
    count = Count(events)
    with tempfile.TemporaryDirectory() as folder:
        more = asyncio.run(route(count) if kind == "route" else whole(count, Path(folder)))
    count.tell(**more)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
