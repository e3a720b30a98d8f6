"""What a receiver answers that makes no sense."""

import asyncio

import pytest

from monitor.delivery.addresses import Reach
from monitor.delivery.http import HttpClient
from monitor.runtime.clock import SystemClock


@pytest.mark.parametrize(
    "when", ["Fri, 99 Jan 99999999999999999 00:00:00 GMT", "Fri, 31 Dec 2026 23:59:59 +" + "9" * 20]
)
async def test_a_wait_until_a_time_that_is_none_is_no_wait(when: str) -> None:
    """The answer counts for its status, as one without `Retry-After`."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n{}")
        head = f"HTTP/1.1 503 No\r\nRetry-After: {when}\r\nContent-Length: 0\r\n\r\n"
        writer.write(head.encode())
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, HttpClient(SystemClock(), "1") as http:
        answer = await http.post(f"http://127.0.0.1:{port}/", b"{}", Reach(True, True))
    assert (answer.status, answer.after_s) == (503, None)
