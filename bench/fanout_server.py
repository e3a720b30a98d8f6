"""The server of the benchmark of the fan-out, a process of its own: `LAYER` as its argument.

`couriers`: 20,000 who all move at each of four beats a second. `zones`: 300 of them, 40 of which
change at each of five beats a second. Prints its port as JSON; ends with SIGTERM.
"""

import asyncio
import itertools
import json
import signal
import sys
from collections.abc import AsyncIterator

from bench.fanout_city import Moving
from ws.auth import let_everybody_in
from ws.commands import refuse_all
from ws.hub import Item
from ws.limits import Limits
from ws.server import StreamServer

COURIERS = 20_000
ZONES = 300
CHANGED = 40
LIMITS = Limits(
    clients_per_address=10_000, clients_max=10_000, stall_s=3_600, ping_interval_s=3_600
)


async def _serve(layer: str) -> None:
    moving = Moving(COURIERS if layer == "couriers" else 1, LIMITS)
    server = StreamServer(
        moving.hub,
        authenticate=let_everybody_in,
        command=refuse_all,
        cities=lambda: [moving.slug],
    )
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with server.serve("127.0.0.1", 0) as port:
        print(json.dumps({"port": port}), flush=True)
        beats = _ride(moving) if layer == "couriers" else _figures(moving)
        task = asyncio.create_task(beats)
        await stop.wait()
        task.cancel()


async def _beats(per_s: float) -> AsyncIterator[int]:
    """Count beats at a steady pace; one that is missed is not made up for."""
    loop = asyncio.get_running_loop()
    due_s = loop.time()
    for beat in itertools.count(1):
        due_s = max(due_s + 1 / per_s, loop.time())
        await asyncio.sleep(due_s - loop.time())
        yield beat


async def _ride(moving: Moving) -> None:
    async for _ in _beats(LIMITS.frames_per_s):
        moving.ride()
        moving.publisher.send_frames()


async def _figures(moving: Moving) -> None:
    async for beat in _beats(5.0):
        now_ms = moving.now_ms()
        zones = [_zone((beat * CHANGED + n) % ZONES, beat, now_ms) for n in range(CHANGED)]
        moving.hub.publish(moving.slug, "zones", zones, (), now_ms)


def _zone(number: int, beat: int, now_ms: int) -> Item:
    """As long as a zone of the stream is."""
    view = {
        "zone_id": f"zone-{number:04d}",
        "name": f"Zone number {number}",
        "lon": 24.1,
        "lat": 56.9,
        "idle": beat % 40,
        "busy": 12,
        "on_shift": beat % 40 + 12,
        "open": 31,
        "waiting": 4,
        "oldest_wait_s": 118.0,
        "ratio": 1.41,
        "clear_min": 22.14,
        "stale": [],
        "pushing": None,
        "ts": now_ms,
    }
    return Item(str(view["zone_id"]), json.dumps(view, separators=(",", ":")).encode(), 24.1, 56.9)


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
