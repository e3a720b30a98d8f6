"""A real HTTP receiver on loopback that records what it is sent, and can misbehave in every way.

In-process: `async with receiver() as one`. As a process: `python -m tests.support.receiver PORT
FILE` appends each letter that takes effect to FILE, durably, before it answers; a key that stands
there already takes no effect again, in any life of the process. `POST /_behave` with the fields of
`Behaviour` tells a process how to behave.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import msgspec
from aiohttp import web

from tests.support.mosquitto import free_port


class Behaviour(msgspec.Struct, frozen=True, kw_only=True):
    """How requests are answered. `takes`: whether they take effect, however they are answered.

    `silent`: `hang` never answers, `close` cuts the connection. `echo` answers with all that was
    sent; `flood` goes on answering without an end.
    """

    status: int = 200
    headers: dict[str, str] = {}
    body: str = "ok"
    after_s: float = 0.0
    takes: bool = True
    silent: Literal["", "hang", "close"] = ""
    echo: bool = False
    flood: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """One request that came."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """What its body says."""
        return json.loads(self.body)

    @property
    def key(self) -> str | None:
        """Its idempotency key, of the body or the header."""
        try:
            told = self.json
        except ValueError:
            told = None
        inside = told.get("key") if isinstance(told, dict) else None
        return inside or self.headers.get("Citywatch-Key")


@dataclass
class Receiver:
    """`requests` are all that came, `effects` those that took effect: each key once."""

    port: int = field(default_factory=free_port)
    file: Path | None = None
    behaviour: Behaviour = field(default_factory=Behaviour)
    requests: list[Request] = field(default_factory=list)
    effects: list[Request] = field(default_factory=list)
    _keys: set[str] = field(default_factory=set)
    _runner: web.AppRunner | None = None
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def url(self) -> str:
        """Where it listens, without a path."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listen; what the file holds has taken effect already."""
        if self.file is not None and self.file.exists():
            lines = self.file.read_text(encoding="utf-8").splitlines()
            self._keys |= {key for line in lines if (key := json.loads(line)["key"])}
        app = web.Application(client_max_size=1 << 26)
        app.router.add_post("/_behave", self._behave)
        app.router.add_route("*", "/{path:.*}", self._take)
        self._runner = web.AppRunner(app, shutdown_timeout=0.05, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def stop(self) -> None:
        """Down: connections are refused."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def until(self, count: int, deadline_s: float = 20.0) -> list[Request]:
        """Waits until so many requests have taken effect, and gives them."""
        async with asyncio.timeout(deadline_s), self._changed:
            await self._changed.wait_for(lambda: len(self.effects) >= count)
        return self.effects

    async def _behave(self, request: web.Request) -> web.Response:
        self.behaviour = msgspec.json.decode(await request.read(), type=Behaviour)
        return web.Response(status=204)

    async def _take(self, request: web.Request) -> web.StreamResponse:
        came = Request(request.path, dict(request.headers), await request.read())
        how = self.behaviour
        self.requests.append(came)
        if how.after_s:
            await asyncio.sleep(how.after_s)
        if how.takes and how.status < 300:
            self._effect(came)
        async with self._changed:
            self._changed.notify_all()
        if how.silent == "hang":
            await asyncio.Event().wait()
        if how.silent == "close":
            assert request.transport is not None
            request.transport.abort()
        if how.flood:
            return await self._flood(request, how)
        told = f"{came.path} {came.headers} {came.body.decode()}" if how.echo else how.body
        return web.Response(status=how.status, headers=how.headers, text=told)

    async def _flood(self, request: web.Request, how: Behaviour) -> web.StreamResponse:
        answer = web.StreamResponse(status=how.status)
        await answer.prepare(request)
        while True:  # until the client closes the connection
            await answer.write(b"x" * 65_536)

    def _effect(self, came: Request) -> None:
        key = came.key
        if key is not None and key in self._keys:
            return
        if self.file is not None:
            line = json.dumps({"key": key, "path": came.path, "body": came.body.decode()}) + "\n"
            with self.file.open("ab") as file:
                file.write(line.encode())
                file.flush()
                os.fsync(file.fileno())
        if key is not None:
            self._keys.add(key)
        self.effects.append(came)


@asynccontextmanager
async def receiver(file: Path | None = None) -> AsyncIterator[Receiver]:
    """A receiver for the length of a test."""
    one = Receiver(file=file)
    await one.start()
    try:
        yield one
    finally:
        await one.stop()


async def main(port: int, file: Path) -> None:
    """Serve until killed."""
    await Receiver(port=port, file=file).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2])))
