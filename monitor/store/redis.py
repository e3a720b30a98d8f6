"""The store in a Redis server, for a monitor whose own disk does not outlive it.

Lives here: the one place that speaks to Redis, with a deadline for each call. What is said stands
in `redis_store.py` and `redis_scripts.py`; the composition root opens it.

Whoever opens a name takes it over at once, so that a monitor that was killed can start again; the
one before is refused at its next write. What Redis has answered outlives its own death only with
`appendonly yes`, and a power cut only with `appendfsync always`; the log says at the start what is
amiss.
"""

import asyncio
import logging
import os
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, TypeVar

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

from monitor.store.port import Probe, Store, StoreError, TakenOverError, no_probe
from monitor.store.redis_scripts import OPEN_STORE, SCHEMA
from monitor.store.redis_store import Arg, RedisStore

log = logging.getLogger(__name__)
T = TypeVar("T")

_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@asynccontextmanager
async def open_redis(
    url: str,
    name: str,
    probe: Probe = no_probe,
    password: str | None = None,
    timeout_s: float = 5.0,
) -> AsyncIterator[Store]:
    """The store of this name in the server at `redis://`, `rediss://` or `unix://`.

    Takes the name over from whoever holds it. `timeout_s` is the deadline of each call. A password
    in the URL goes before `password`. Raises StoreError when the server can't be reached or used.
    """
    if not _NAME.fullmatch(name):
        raise StoreError(f"{name!r} can't be a store's name: letters, digits, - _ . (at most 64)")
    try:
        client = Redis.from_url(
            *(url,),
            password=password,
            protocol=2,
            # One more try, for a connection that has died since the last call. All that is said
            # may be said twice; later tries are the caller's.
            retry=Retry(NoBackoff(), 1),
            socket_timeout=None,  # the deadline of a call is ours, connecting included
            socket_connect_timeout=None,
        )
        # Connects nowhere; the options of a URL are looked at only here.
        client.connection_pool.make_connection()  # type: ignore[no-untyped-call]
    except (ValueError, TypeError):  # their words may hold the password
        raise StoreError("the URL of the store must be redis://HOST:PORT/DB or alike") from None
    link = _Link(client, name, timeout_s)
    try:
        await link.take_over()
        await _warn(link)
        yield RedisStore(link, probe)
    finally:
        with suppress(TimeoutError, RedisError, OSError):
            async with asyncio.timeout(timeout_s):
                await client.aclose()


class _Link:
    """Calls with a deadline, and errors that say where and why."""

    def __init__(self, client: Redis, name: str, timeout_s: float) -> None:
        self._client = client
        self._at = f"citywatch:{{{name}}}:"
        self._fence = 0
        self._timeout_s = timeout_s
        at = client.connection_pool.connection_kwargs
        server = at.get("path") or f"{at.get('host', 'localhost')}:{at.get('port', 6379)}"
        self.place = f"the store {name} in Redis at {server}"

    async def take_over(self) -> None:
        """From now on this is who writes."""
        owner = f"{socket.gethostname()}, process {os.getpid()}"
        self._fence = await self._script(OPEN_STORE, (SCHEMA, owner))

    async def read(self, command: str, key: str, *args: Arg) -> Any:
        ask = self._client.execute_command  # the one of its methods without types
        return await self._answer(ask(command, self._at + key, *args))  # type: ignore[no-untyped-call]

    async def run(self, script: str, *args: Arg) -> Any:
        return await self._script(script, (self._fence, *args))

    async def info(self, section: str) -> dict[str, Any]:
        """What the server says of itself."""
        return await self._answer(self._client.info(section))

    async def _script(self, script: str, args: Sequence[Arg]) -> Any:
        run = self._client.register_script(script)  # sent once, then called by its hash
        return await self._answer(run([f"{self._at}meta"], args))

    async def _answer(self, answer: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await answer
        except ResponseError as error:
            raise self._refused(str(error)) from error
        except TimeoutError as error:
            raise StoreError(f"{self.place}: no answer in {self._timeout_s:g} s") from error
        except (RedisError, OSError) as error:
            raise StoreError(f"{self.place}: {error}") from error

    def _refused(self, said: str) -> StoreError:
        code, _, words = said.partition(" ")
        if code == "TAKENOVER":
            return TakenOverError(
                f"{self.place} was taken over by another citywatch ({words}): give each its own "
                "name"
            )
        if code == "NEWER":
            return StoreError(
                f"{self.place} was written by a newer citywatch (schema {words}, this one knows "
                f"{SCHEMA}): start that version, or take another name"
            )
        return StoreError(f"{self.place}: {said}")


async def _warn(link: _Link) -> None:
    """Says in the log what of this server's settings would lose data."""
    try:
        persistence = await link.info("persistence")
        memory = await link.info("memory")
    except StoreError as error:
        log.warning(
            "whether the server keeps what it is given can't be told (%s): make sure of "
            "`appendonly yes` and `maxmemory-policy noeviction`",
            error,
        )
        return
    if not persistence.get("aof_enabled"):
        log.warning(
            "%s forgets what was written last when it ends: set `appendonly yes`", link.place
        )
    if (policy := memory.get("maxmemory_policy")) != "noeviction":
        log.warning(
            "%s may throw away what is stored when its memory is full (maxmemory-policy %s): set "
            "`maxmemory-policy noeviction`",
            *(link.place, policy),
        )
