"""What the API tells while the store can't be read, or does not take what people do."""

import asyncio
import logging
import socket
from collections.abc import Sequence
from resource import RUSAGE_SELF, getpagesize, getrusage

import pytest
from aiohttp import web

from alerts.act import Outcome
from monitor.api.context import Audit
from monitor.core.audit import AuditEntry
from monitor.core.commands import Command
from monitor.store.port import StoreError
from monitor.wiring.serving import keep_freed_memory, read_for_api, served
from tests.support.acting import complaint_town
from tests.support.api_stage import api, by_name, signed


async def _gone(city: str | None, before_ts: int | None, limit: int) -> Sequence[AuditEntry]:
    raise StoreError("redis: connection refused")


async def test_a_store_that_cannot_be_read_is_a_503_with_its_reason() -> None:
    """It says why, and when to come again; nothing is called an error of ours."""
    audit: Audit = read_for_api(_gone)
    async with api(complaint_town(), authenticate=by_name, audit=audit) as client:
        answer = await client.get("/v1/audit", headers=signed("lea"))
        told = await answer.json()
    assert (answer.status, told["code"]) == (503, "store_failing")
    assert "connection refused" in told["detail"]
    assert int(answer.headers["Retry-After"]) > 0


async def test_a_command_that_does_not_become_durable_is_answered_in_time() -> None:
    """It was done, and is not called so: a 503 that says to look before it is repeated."""
    town = complaint_town()

    async def submit(command: Command) -> Outcome:
        await town.submit(command)
        return await asyncio.Future()

    (alert,) = (t.alert for t in town.state.cities[town.city_name].book.tracks.values() if t.alert)
    within = {"submit": submit, "durable_within_s": 0.05}
    async with api(town, authenticate=by_name, **within) as client:
        answer = await client.post(f"/v1/alerts/{alert.id}/ack", headers=signed("walt"))
        told = await answer.json()
        shown = await (await client.get(f"/v1/alerts/{alert.id}", headers=signed("walt"))).json()
    assert (answer.status, told["code"]) == (503, "store_failing")
    assert shown["acked_by"] == "walt"


def test_the_next_large_body_finds_the_memory_of_the_last_one() -> None:
    """Blocks taken and freed over and over cost hardly a page fault after the first time."""
    keep_freed_memory()
    blocks, size, rounds = 4, 1024 * 1024, 20
    full = b"x" * size

    def faults() -> int:
        began = getrusage(RUSAGE_SELF).ru_minflt
        for _ in range(rounds):
            for block in [bytearray(size) for _ in range(blocks)]:
                block[:] = full
        return getrusage(RUSAGE_SELF).ru_minflt - began

    faults()
    assert faults() < blocks * size / getpagesize()


async def _answer_of(port: int, sent: bytes) -> bytes:
    """All that comes back until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.timeout(15):
        writer.write(sent)
        answer = await reader.read()
    writer.close()
    return answer


async def test_connections_are_bounded_and_who_says_nothing_is_closed() -> None:
    """One beyond the bound is told to come again; a half-sent request ends with `quiet_s`."""
    async with served(web.Application(), "127.0.0.1", 0, 1.0, connections_max=1) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        assert (await _answer_of(port, b"")).startswith(b"HTTP/1.1 503 ")
        writer.close()
    async with served(web.Application(), "127.0.0.1", 0, 1.0, quiet_s=0.05) as port:
        assert await _answer_of(port, b"GET / HTTP/1.1\r\nX: ") == b""


async def test_an_answer_that_nobody_takes_ends_its_connection() -> None:
    """Who stops reading for `unread_s` is cut off, and what he was sent is let go."""
    ended = asyncio.Event()

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(bytes(65_536))
        finally:
            ended.set()

    app = web.Application()
    app.router.add_get("/", endless)
    async with served(app, "127.0.0.1", 0, 1.0, unread_s=0.5) as port:
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            async with asyncio.timeout(15):
                await ended.wait()


async def test_what_is_no_http_is_no_error_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    """The client is told 400, and the log says nothing."""
    with caplog.at_level(logging.DEBUG, "citywatch.http.server"):
        async with served(web.Application(), "127.0.0.1", 0, 1.0) as port:
            assert (await _answer_of(port, b"GET / HTTP/9.9\r\n\r\n")).split()[1] == b"400"
    assert not caplog.records
