"""Events over HTTP: `POST /v1/events`.

Lives here: reading a body within its bounds, the answers, and the rate of each client. Does not
live here: the server, sign-in and the other routes (`api`), and what becomes of the events
(`ingest/feed`). The app adds `events_route(...)` to its routes. aiohttp inflates gzip by itself,
piece by piece, so the bound on the body holds for what it inflates to.
"""

import asyncio
import math
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import msgspec
from aiohttp import web

from monitor.ingest.codec import Rejected
from monitor.ingest.feed import Feed, Receipt
from monitor.runtime.clock import Clock

PATH: Final = "/v1/events"
CONTENT_TYPES: Final = frozenset(
    {
        "application/json",
        "application/x-ndjson",
        "application/ndjson",
        "application/jsonl",
        "application/x-json-stream",
        "text/plain",
        "application/octet-stream",  # what aiohttp reports when the header is missing
    }
)
ENCODINGS: Final = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """Bounds on what clients may send, and what happens beyond them."""

    max_body_bytes: int = 8 * 1024 * 1024  # inflated; beyond it 413
    held_bytes: int = 256 * 1024 * 1024  # of all bodies read or waiting at once; beyond it 503
    rejected_listed: int = 100  # refusals in an answer; the count is always whole
    events_per_s: float = 20_000.0  # per client, refilled evenly; below zero 429
    burst_events: float = 200_000.0  # what a client that was quiet may send at once
    clients: int = 10_000  # rates remembered; beyond it the longest quiet one is forgotten
    read_timeout_s: float = 30.0  # for the whole body; beyond it 408
    take_timeout_s: float = 30.0  # until the engine took it; beyond it 503
    full_retry_s: int = 1  # Retry-After while the engine is behind


class Rates:
    """How many events each client may still send: one bucket a client, filled as time passes.

    A request is let in while the bucket holds anything, and pays afterwards for what it brought.
    """

    def __init__(self, limits: HttpLimits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def wait_s(self, client: str) -> int:
        """Whole seconds until the client may send again; 0 for now."""
        level = self._level(client)
        if level > 0:
            return 0
        return max(1, math.ceil((1 - level) / self._limits.events_per_s))

    def pay(self, client: str, events: int) -> None:
        """Takes what a request brought out of the client's bucket."""
        self._buckets[client] = (self._level(client) - events, self._clock.now_ms())
        self._buckets.move_to_end(client)
        if len(self._buckets) > self._limits.clients:
            self._buckets.popitem(last=False)

    def _level(self, client: str) -> float:
        level, at_ms = self._buckets.get(client, (self._limits.burst_events, 0))
        gained = (self._clock.now_ms() - at_ms) / 1000 * self._limits.events_per_s
        return min(self._limits.burst_events, level + gained)


class Room:
    """The bytes that all bodies together may hold."""

    def __init__(self, most: int) -> None:
        self.left = most

    @contextmanager
    def share(self) -> Iterator["Share"]:
        """What one request takes of it, given back at the end."""
        share = Share(self)
        try:
            yield share
        finally:
            self.left += share.bytes


@dataclass(slots=True)
class Share:
    """What one request holds of the room for all."""

    room: Room
    bytes: int = 0

    def take(self, count: int) -> None:
        """So many bytes more; raises `NoRoomError` where there are not so many."""
        if count > self.room.left:
            raise NoRoomError
        self.room.left -= count
        self.bytes += count


class NoRoomError(Exception):
    """All bodies together hold as much as they may."""


def remote_address(request: web.Request) -> str:
    """The client by its address: the key of its rate unless the app knows a better one."""
    return request.remote or "unknown"


def events_route(
    feed: Feed,
    clock: Clock,
    limits: HttpLimits | None = None,
    client_of: Callable[[web.Request], str] = remote_address,
) -> web.RouteDef:
    """The route for `POST /v1/events`; its 202 is sent after the engine took the events."""
    bounds = limits or HttpLimits()
    rates, room = Rates(bounds, clock), Room(bounds.held_bytes)

    async def post_events(request: web.Request) -> web.StreamResponse:
        refused = _refuse_early(request, feed, bounds, rates.wait_s(client_of(request)))
        if refused is not None:
            return refused
        with room.share() as share:
            return await take(request, share)

    async def take(request: web.Request, share: Share) -> web.StreamResponse:
        try:
            async with asyncio.timeout(bounds.read_timeout_s):
                body = await _read(request, bounds.max_body_bytes, share)
        except TimeoutError:
            return problem(408, f"the body did not arrive within {bounds.read_timeout_s:g} s")
        except web.RequestPayloadError as fault:
            return problem(400, f"the body can't be read: {fault}")
        except NoRoomError:
            headers = {"Retry-After": str(bounds.full_retry_s)}
            return problem(503, "too many bodies are read at once; send again later", headers)
        if body is None:
            return problem(413, f"a body may hold {bounds.max_body_bytes} bytes, inflated")
        try:
            async with asyncio.timeout(bounds.take_timeout_s):
                receipt = await feed.accept(body)
        except TimeoutError:
            headers = {"Retry-After": str(bounds.full_retry_s)}
            return problem(503, "the engine did not take the events in time", headers)
        rates.pay(client_of(request), receipt.taken + len(receipt.rejected))
        return _answer(receipt, bounds)

    return web.post(PATH, post_events)


def problem(status: int, detail: str, headers: dict[str, str] | None = None) -> web.Response:
    """An error in the form of RFC 9457."""
    return _problem(status, {"detail": detail}, headers)


def _refuse_early(
    request: web.Request, feed: Feed, limits: HttpLimits, wait_s: int
) -> web.Response | None:
    """What can be said before the body is read."""
    if request.content_type not in CONTENT_TYPES:
        return problem(
            415, f"send application/json or application/x-ndjson, not {request.content_type}"
        )
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in ENCODINGS:
        return problem(415, f"send gzip or no content encoding, not {encoding}")
    if (request.content_length or 0) > limits.max_body_bytes:
        return problem(413, f"a body may hold {limits.max_body_bytes} bytes")
    if wait_s:
        return problem(429, "more events than this client may send", {"Retry-After": str(wait_s)})
    if feed.is_full:
        headers = {"Retry-After": str(limits.full_retry_s)}
        return problem(429, "the engine is behind; send again later", headers)
    return None


async def _read(request: web.Request, limit: int, share: Share) -> bytes | None:
    """The inflated body, or None as soon as it is beyond the limit; its bytes are of the share."""
    length, transport = request.content_length, request.transport
    if (
        length is not None
        and length <= limit
        and "Content-Encoding" not in request.headers
        # A sender who was stopped, as may be one who did not wait for the answer before, goes on
        # only when some of it is read.
        and transport is not None
        and transport.is_reading()
    ):
        share.take(length)
        # No more than that comes, and waking for each piece of it would cost more than the pieces.
        request.content.set_read_chunk_size(length)
        await request.content.wait_eof()
        return request.content.read_nowait()
    parts: list[bytes] = []
    size = 0
    async for part in request.content.iter_any():
        size += len(part)
        if size > limit:
            return None
        share.take(len(part))
        parts.append(part)
    return b"".join(parts)


def _answer(receipt: Receipt, limits: HttpLimits) -> web.Response:
    rejected = receipt.rejected
    reasons = {bad.reason for bad in rejected}
    body = {
        "taken": receipt.taken,
        "rejected_count": len(rejected),
        "rejected": [_listed(bad) for bad in rejected[: limits.rejected_listed]],
    }
    if not receipt.taken and not rejected:
        return problem(400, "there is no event in the body")
    if not receipt.taken and reasons == {"malformed"}:
        return _problem(400, {"detail": "nothing in the body is JSON", **body})
    if reasons & {"too_large", "too_many"}:
        return _problem(413, {"detail": rejected[0].detail, **body})
    return web.Response(status=202, body=msgspec.json.encode(body), content_type="application/json")


def _listed(bad: Rejected) -> dict[str, int | str]:
    return {"index": bad.index, "reason": bad.reason, "detail": bad.detail}


_TITLES: Final = {
    400: ("Bad Request", "invalid"),
    408: ("Request Timeout", "timeout"),
    413: ("Content Too Large", "too_large"),
    415: ("Unsupported Media Type", "unsupported_media_type"),
    429: ("Too Many Requests", "rate_limited"),
    503: ("Service Unavailable", "behind"),
}


def _problem(
    status: int, members: dict[str, object], headers: dict[str, str] | None = None
) -> web.Response:
    title, code = _TITLES[status]
    body = {"type": "about:blank", "title": title, "status": status, "code": code, **members}
    return web.Response(
        status=status,
        body=msgspec.json.encode(body),
        content_type="application/problem+json",
        headers=headers,
    )
