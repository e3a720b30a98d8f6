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
from typing import Any, Final, Literal

import aiohttp
import msgspec
from aiohttp import web

from tests.support.servers import free_port, until_listening

ROOT: Final = Path(__file__).parents[2]


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
            whole = self.file.read_bytes().rpartition(b"\n")[0]
            os.truncate(self.file, len(whole) + 1 if whole else 0)
            self._keys |= {key for key in keys_in(self.file) if key}
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


def keys_in(file: Path) -> list[str | None]:
    """The keys that a file says have taken effect, in their order."""
    if not file.exists():
        return []
    whole, _, _ = file.read_bytes().rpartition(b"\n")  # what a kill cut off took no effect
    return [json.loads(line)["key"] for line in whole.splitlines()]


@dataclass
class ReceiverProcess:
    """The same as a process of its own, which can be killed; `file` outlives it."""

    file: Path
    port: int = field(default_factory=free_port)
    _process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Where it listens, without a path."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def keys(self) -> list[str | None]:
        """The keys that have taken effect, in their order."""
        return keys_in(self.file)

    async def start(self) -> None:
        """Starts it and waits until it listens."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.support.receiver", str(self.port), str(self.file), cwd=ROOT
        )
        await until_listening(self.port)

    async def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def behave(self, how: Behaviour) -> None:
        """Answers like this from now on."""
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.url}/_behave", data=msgspec.json.encode(how)) as answer,
        ):
            answer.raise_for_status()


@asynccontextmanager
async def receiver_process(file: Path) -> AsyncIterator[ReceiverProcess]:
    """A receiver's process for the length of a test."""
    one = ReceiverProcess(file)
    await one.start()
    try:
        yield one
    finally:
        await one.kill()


async def main(port: int, file: Path) -> None:
    """Serve until killed."""
    await Receiver(port=port, file=file).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2])))
