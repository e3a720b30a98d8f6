"""Watchers by the hundred for the benchmark of the fan-out: they take bytes and little else.

A WebSocket library's work per message, times a thousand clients on the same machine, would drown
what is measured: these know just enough of the protocol to tell messages apart and to read the
time that each was made.
"""

import asyncio
import json
import os
import struct
import time
from base64 import b64encode
from dataclasses import dataclass
from typing import Final

import numpy as np
from websockets.frames import Frame, Opcode

_PEEK: Final = 128  # bytes of a message that are looked at: its time stands within them
_TS_AT: Final = 32  # in a binary frame
_ROOM = memoryview(bytearray(1 << 18))  # what any of them reads into; nothing is kept of it


@dataclass(frozen=True, slots=True)
class Seen:
    """What those who did not stall were sent."""

    messages: int
    bytes: int
    fewest: int
    most: int
    late_p50_ms: float
    late_p99_ms: float


class Watcher(asyncio.BufferedProtocol):
    """One client; of its messages it looks at the first `peek` bytes."""

    def __init__(self, layer: str) -> None:
        self._layer = layer
        self.peek = _PEEK
        self._head = bytearray()
        self._left = 0  # bytes of the present message still to come; 0: a header comes next
        self._is_open = False
        self.messages = 0
        self.bytes = 0
        self.late_ms: list[float] = []
        self.transport: asyncio.Transport | None = None
        self.greeted = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        key = b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET /v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def get_buffer(self, sizehint: int) -> memoryview:
        return _ROOM

    def buffer_updated(self, nbytes: int) -> None:
        data = _ROOM[:nbytes]
        if not self._is_open:
            self._head += data
            _, end, rest = self._head.partition(b"\r\n\r\n")
            if not end:
                return
            self._is_open = True
            self._head = bytearray()
            self.subscribe()
            data = memoryview(bytes(rest))
        self._take(data)

    def subscribe(self) -> None:
        """Say what is watched."""
        layer = {"id": "w", "city": "bench", "layers": [self._layer], "form": "columns"}
        self.say({"type": "hello"}, {"type": "subscribe", **layer})

    def say(self, *messages: dict[str, object]) -> None:
        """Send messages."""
        assert self.transport is not None
        for message in messages:
            frame = Frame(Opcode.TEXT, json.dumps(message).encode())
            self.transport.write(frame.serialize(mask=True))

    def _take(self, data: memoryview) -> None:
        """Follow the frames through what was read."""
        at, end = 0, len(data)
        while at < end:
            if self._left == 0:
                self._head += data[at : at + 1]
                at += 1
                length = _length(self._head)
                if length is None:
                    continue
                self._left, self._head = length, bytearray(self._head[:1])
            taken = min(self._left, end - at)
            if len(self._head) <= self.peek:
                self._head += data[at : at + min(taken, self.peek)]
            at += taken
            self._left -= taken
            self.bytes += taken
            if self._left == 0:
                self._end()

    def _end(self) -> None:
        head, self._head = self._head, bytearray()
        self.greeted.set()
        self.messages += 1
        self.heard(head)

    def heard(self, head: bytearray) -> None:
        """A message is whole: the first byte of its frame, then what was looked at of it."""
        if head[0] & 15 == Opcode.BINARY:
            (ts_ms,) = struct.unpack_from("<d", head, 1 + _TS_AT)
            self.late_ms.append(time.time() * 1000 - ts_ms)
        elif (at := head.find(b'"ts":')) > 0:
            digits = bytes(head[at + 5 : at + 18])
            self.late_ms.append(time.time() * 1000 - int(digits))


def _length(head: bytearray) -> int | None:
    """The length of the message whose header this is, None while it is not whole."""
    if len(head) < 2:
        return None
    short = head[1] & 127
    more = {126: 2, 127: 8}.get(short, 0)
    if len(head) < 2 + more:
        return None
    return int.from_bytes(head[2:]) if more else short


class Crowd:
    """Many watchers of one server."""

    def __init__(self) -> None:
        self._all: list[Watcher] = []
        self._stalled = 0

    async def join(self, port: int, count: int, layer: str) -> None:
        """Have them connect, a few at a time, and watch."""
        loop = asyncio.get_running_loop()
        for _ in range(count):
            _, watcher = await loop.create_connection(
                lambda: Watcher(layer), host="127.0.0.1", port=port
            )
            self._all.append(watcher)
        for watcher in self._all:
            async with asyncio.timeout(60):
                await watcher.greeted.wait()

    def stall(self, count: int) -> None:
        """So many of them stop reading."""
        self._stalled = count
        for watcher in self._all[:count]:
            assert watcher.transport is not None
            watcher.transport.pause_reading()

    def clear(self) -> None:
        """Forget what was seen so far."""
        for watcher in self._all:
            watcher.messages = watcher.bytes = 0
            watcher.late_ms.clear()

    def seen(self) -> Seen:
        """What was seen since."""
        reading = self._all[self._stalled :]
        counts = [watcher.messages for watcher in reading]
        late = np.array([late for watcher in reading for late in watcher.late_ms])
        return Seen(
            messages=sum(counts),
            bytes=sum(watcher.bytes for watcher in reading),
            fewest=min(counts),
            most=max(counts),
            late_p50_ms=float(np.quantile(late, 0.5)),
            late_p99_ms=float(np.quantile(late, 0.99)),
        )

    def leave(self) -> None:
        """All go."""
        for watcher in self._all:
            assert watcher.transport is not None
            watcher.transport.abort()
