"""What the HTTP port is made of: the events' route, the live map, reads of the store, the server.

Used by the composition root, which puts the API together of it; the API itself knows no store, no
transport and no configuration.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, ParamSpec, TypeVar

from aiohttp import web

from config.edges import HttpSettings
from config.load import Loaded
from monitor.api.context import LiveMap
from monitor.api.problem import not_now
from monitor.ingest.codec import Limits
from monitor.inputs import Inputs
from monitor.runtime.clock import Clock
from monitor.store.port import StoreError
from monitor.transports.http import HttpLimits, events_route

P = ParamSpec("P")
T = TypeVar("T")

READ_S: Final = 15.0  # nobody waits longer for an answer of the store
KEPT_BYTES: Final = 16 * 1024 * 1024  # bodies up to this find their memory where the last one's was


def read_for_api(read: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """A read of the store that raises a problem (503) where the store fails or takes too long."""

    async def reading(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            async with asyncio.timeout(READ_S):
                return await read(*args, **kwargs)
        except StoreError as fault:
            raise not_now(f"the store can't be read: {fault}") from None
        except TimeoutError:
            raise not_now(f"the store gave no answer within {READ_S:g} s") from None

    return reading


def taking_events(inputs: Inputs, settings: HttpSettings, clock: Clock) -> web.RouteDef:
    """The route on which events are posted, a source like the others by the name `http`."""
    limits = settings.limits
    feed = inputs.feed("http", Limits(limits.inflated_bytes, limits.events_per_request))
    bounds = HttpLimits(
        max_body_bytes=limits.inflated_bytes,
        events_per_s=limits.events_per_s,
        burst_events=limits.burst_events,
    )
    return events_route(feed, clock, bounds)


def live_map(loaded: Loaded, stream_port: Callable[[], int]) -> LiveMap:
    """What the page is served from."""
    settings = loaded.settings.map
    tiles = settings.basemap_pmtiles
    return LiveMap(
        stream_port=stream_port,
        settings=settings,
        tiles=None if tiles is None else loaded.resolve(tiles),
    )


def keep_freed_memory() -> None:
    """Let the C library keep up to twice KEPT_BYTES of freed memory for the next bodies.

    glibc gives large blocks and the end of its heap back to the system as soon as they are free, so
    that each body would pay for its pages anew: half of what aiohttp takes at 2,000 and more events
    a request. It keeps blocks up to the largest one that was ever given back; so one is, which no
    byte was written to. Elsewhere this does nothing.
    """
    bytearray(KEPT_BYTES)


@asynccontextmanager
async def served(app: web.Application, host: str, port: int, settle_s: float) -> AsyncIterator[int]:
    """The port on which the application is served; at the end open requests have `settle_s`."""
    keep_freed_memory()
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=settle_s)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
