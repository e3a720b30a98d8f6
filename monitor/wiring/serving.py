"""What the HTTP port is made of: the events' route, the live map, reads of the store, the server.

Used by the composition root, which puts the API together of it; the API itself knows no store, no
transport and no configuration.
"""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, ParamSpec, TypeVar, cast

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from config.edges import HttpSettings
from config.load import Loaded
from monitor.api.context import LiveMap
from monitor.api.problem import not_now
from monitor.ingest.codec import Limits
from monitor.runtime.clock import Clock
from monitor.store.port import StoreError
from monitor.transports.http import HttpLimits, events_route
from monitor.wiring.inputs import Inputs

P = ParamSpec("P")
T = TypeVar("T")

READ_S: Final = 15.0  # nobody waits longer for an answer of the store
KEPT_BYTES: Final = 16 * 1024 * 1024  # bodies up to this find their memory where the last one's was

# Connections of all clients together: enough for a thousand browsers, and few enough that what they
# hold is some 100 MB and that files and sockets are left for the rest. One more is told to come
# again.
CONNECTIONS_MAX: Final = 1_000
QUIET_S: Final = 75.0  # for the next request, all of its headers; a browser keeps one open for less
UNREAD_S: Final = 60.0  # for what was sent to be taken; who reads nothing for so long is cut off
_FULL: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\n"
    b"Retry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
)

log = logging.getLogger("citywatch.http")


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
        held_bytes=limits.held_bytes,
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
async def served(
    app: web.Application,
    host: str,
    port: int,
    settle_s: float,
    *,
    connections_max: int = CONNECTIONS_MAX,
    quiet_s: float = QUIET_S,
    unread_s: float = UNREAD_S,
) -> AsyncIterator[int]:
    """The port on which the application is served; at the end open requests have `settle_s`.

    Beyond `connections_max` a connection is refused with 503; one that sends no whole request for
    `quiet_s`, or takes nothing of an answer for `unread_s`, is closed. Raises OSError when the
    address can't be bound.
    """
    keep_freed_memory()
    runner = web.AppRunner(
        app,
        access_log=None,
        shutdown_timeout=settle_s,
        keepalive_timeout=quiet_s,
        logger=_our_faults(),
    )
    await runner.setup()
    server = runner.server
    assert server is not None, "set up just now"

    def accept() -> asyncio.Protocol:
        if len(server.connections) < connections_max:
            return server()
        log.warning("refused a client beyond %d connections", connections_max)
        return _Full()

    try:
        listener = await asyncio.get_running_loop().create_server(accept, host, port)
        try:
            for line in listener.sockets:  # what it accepts inherits it
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(unread_s * 1000))
            yield listener.sockets[0].getsockname()[1]
        finally:
            listener.close()
    finally:
        await runner.cleanup()


class _Full(asyncio.Protocol):
    """A connection that is one too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        line = cast("asyncio.Transport", transport)
        line.write(_FULL)
        line.close()


def _our_faults() -> logging.Logger:
    """The server's log without what a client sent that is no HTTP, or took back: he was told."""

    def is_ours(record: logging.LogRecord) -> bool:
        fault = record.exc_info[1] if record.exc_info else None
        return not isinstance(
            fault, HttpProcessingError | web.RequestPayloadError | ConnectionError
        )

    logger = logging.getLogger("citywatch.http.server")
    logger.filters = [is_ours]
    return logger
