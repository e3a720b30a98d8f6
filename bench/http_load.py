"""NDJSON to `POST /v1/events` over several kept connections, from a process of its own.

`python -m bench.http_load PORT CONNECTIONS EVENTS REQUESTS`: each connection sends its next request
when the last was answered, until all have been sent. Says at the end, as one line of JSON, how many
answers were a 202. Started by `bench/http.py`.
"""

import asyncio
import json
import sys
import time
from itertools import count
from typing import Final

from bench.stamped import PHASES, Stamped, lines

PATH: Final = "/v1/events"


def bodies(events: int) -> Stamped:
    """NDJSON of so many couriers each, all of them in turn."""
    all_lines = lines()
    groups = [all_lines[at : at + events] for at in range(0, len(all_lines), events)]
    return Stamped([b"\n".join(group) + b"\n" for group in groups])


class Sender(asyncio.Protocol):
    """One connection."""

    def __init__(self, made: Stamped, numbers: "count[int]", requests: int) -> None:
        self.taken = self.refused = 0
        self.over = asyncio.get_running_loop().create_future()
        self._made = made
        self._numbers = numbers
        self._requests = requests
        self._answer = b""
        self._head = (
            f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-ndjson\r\n"
            f"Content-Length: {made.size}\r\n\r\n"
        ).encode()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, end, body = self._answer.partition(b"\r\n\r\n")
        if not end:
            return
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        if len(body) < length:
            return
        self._answer = b""
        if head.startswith(b"HTTP/1.1 202 "):
            self.taken += 1
        else:
            self.refused += 1
        self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.over.done():
            self.over.set_result(None)

    def send(self) -> None:
        """The next request; closes the connection where there is none."""
        n = next(self._numbers)
        if n >= self._requests:
            self._transport.close()
            return
        phase = n // self._made.count % PHASES
        body = self._made.take(n % self._made.count, 1, time.time_ns() // 1_000_000, phase)
        self._transport.write(self._head)
        self._transport.write(bytes(body))


async def send(port: int, connections: int, events: int, requests: int) -> None:
    """All of it."""
    loop, made, numbers = asyncio.get_running_loop(), bodies(events), count()
    began, used = time.monotonic(), time.process_time()
    senders = [
        (await loop.create_connection(lambda: Sender(made, numbers, requests), "127.0.0.1", port))[
            1
        ]
        for _ in range(connections)
    ]
    for sender in senders:  # now that all are connected: the server leaves after the last request
        sender.send()
    for sender in senders:
        await sender.over
    told = {
        "taken": sum(sender.taken for sender in senders),
        "refused": sum(sender.refused for sender in senders),
        "wall_s": time.monotonic() - began,
        "cpu_s": time.process_time() - used,
    }
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    asyncio.run(send(*map(int, sys.argv[1:])))
