"""One client from its first message to its last: a reader, a writer, a closer, its commands.

One TaskGroup each. Knows no WebSocket library, only the `Socket` that `server` gives it. Only the
writer ever waits for the client, and for `stall_s` at most.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from msgspec import Raw, Struct

from ws import messages
from ws.auth import Authenticate
from ws.client import Client
from ws.commands import ClientInfo, CommandPort
from ws.hub import Hub
from ws.outbox import Binary, Outbox
from ws.reasons import CloseReason
from ws.session import (
    Action,
    Answer,
    Greet,
    Quit,
    Refresh,
    Run,
    Session,
    Unwatch,
    Watch,
    refused,
)


class SocketGone(Exception):  # noqa: N818 - the end of a connection is no error
    """The connection is no more; `reason` says what it went by, as far as the socket knows."""

    def __init__(self, reason: CloseReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Socket(Protocol):
    """A client's end of the wire."""

    writable: asyncio.Event

    async def receive(self) -> str | bytes:
        """The next message; raises `SocketGone`."""

    def write_text(self, wire: bytes) -> bool:
        """Hand over a message; the caller waits for `writable` before the next. False: gone."""

    def write_binary(self, wire: Binary) -> bool:
        """The same for a binary message, which many clients are sent."""

    async def shut(self, code: int, words: str, within_s: float) -> None:
        """Close with the handshake, and at the deadline without it."""


class Ports(Struct, frozen=True):
    """What a connection asks of the rest of the program."""

    authenticate: Authenticate
    command: CommandPort
    cities: Callable[[], Collection[str]]
    log: logging.Logger


class Connection:
    """One client from its first message to its last."""

    def __init__(
        self,
        hub: Hub,
        ports: Ports,
        socket: Socket,
        *,
        address: str,
        number: int,
        token: str | None,
    ) -> None:
        self._hub = hub
        self._ports = ports
        self._limits = hub.limits
        self._socket = socket
        self._address = address
        self._number = number
        self._work = asyncio.Event()
        self._ended = asyncio.Event()
        self._idle = asyncio.Event()
        self._commands: set[asyncio.Task[None]] = set()
        self._client = Client(Outbox(hub.limits), self._wake)
        self._session = Session(hub.limits, hub.stats, ports.authenticate, ports.cities, token)

    async def run(self) -> None:
        """Serve the client until the connection is gone."""
        reason = CloseReason.SERVER_ERROR
        self._hub.attach(self._client)
        try:
            async with asyncio.TaskGroup() as tasks:
                writer = tasks.create_task(self._write())
                closer = tasks.create_task(self._close_when_ended())
                gone = await self._read(tasks)
                for task in (writer, closer, *self._commands):
                    task.cancel()
            reason = self._client.ending or gone
        except Exception:
            self._ports.log.exception("stream client %d: an error of ours", self._number)
            raise
        finally:
            self._hub.detach(self._client, reason)
            identity = self._client.identity
            name = identity.name if identity is not None else "nobody"
            words = "stream client %d (%s, %s) left: %s"
            self._ports.log.info(words, self._number, name, self._address, reason.value)

    def sign_in_anew(self) -> None:
        """Close it where its token is no longer known, or stands for other rights."""
        reason = self._session.lost_rights()
        if reason is not None:
            self._client.end(reason)

    def _wake(self) -> None:
        self._idle.clear()
        self._work.set()
        if self._client.ending is not None:
            self._ended.set()

    # --- in

    async def _read(self, tasks: asyncio.TaskGroup) -> CloseReason:
        """Take messages until the connection is gone; gives what it went by."""
        try:
            try:
                async with asyncio.timeout(self._limits.hello_timeout_s) as hello:
                    while True:
                        self._receive(await self._socket.receive(), tasks)
                        if self._client.identity is not None and hello.when() is not None:
                            hello.reschedule(None)
            except TimeoutError:
                self._act(self._session.quit(CloseReason.HELLO_TIMEOUT), tasks)
            while True:  # nothing more is listened to, but the closing handshake must be read
                await self._socket.receive()
        except SocketGone as gone:
            return gone.reason

    def _receive(self, data: str | bytes, tasks: asyncio.TaskGroup) -> None:
        hub = self._hub
        self._act(self._session.receive(data, hub.monotonic_s(), hub.now_ms()), tasks)

    def _act(self, actions: Sequence[Action], tasks: asyncio.TaskGroup) -> None:
        hub, client = self._hub, self._client
        for action in actions:
            match action:
                case Answer(message):
                    hub.send(client, message)
                case Greet(identity, cities):
                    hub.greet(client, identity, cities)
                case Watch(watch_id, cities, layers, box, position, form):
                    for city in cities:
                        hub.subscribe(client, watch_id, city, layers, box, position, form)
                case Unwatch(watch_id):
                    hub.unsubscribe(client, watch_id)
                case Refresh(city):
                    hub.columns.ask(client, city)
                case Run():
                    self._start(action, tasks)
                case Quit(reason):
                    client.end(reason)

    def _start(self, run: Run, tasks: asyncio.TaskGroup) -> None:
        if len(self._commands) >= self._limits.commands_at_once:
            self._hub.stats.commands["busy"] += 1
            self._hub.send(self._client, refused(run.id, "busy", "more than commands_at_once"))
            return
        task = tasks.create_task(self._carry_out(run))
        self._commands.add(task)
        task.add_done_callback(self._commands.discard)

    async def _carry_out(self, run: Run) -> None:
        identity = self._client.identity
        assert identity is not None, "a command before hello"
        info = ClientInfo(self._number, self._address, identity)
        try:
            async with asyncio.timeout(self._limits.command_timeout_s):
                done = await self._ports.command(info, run.name, run.args)
            result = messages.Result(
                id=run.id,
                ok=done.ok,
                code=done.code,
                message=done.message,
                detail=Raw(done.detail),
            )
        except TimeoutError:
            result = refused(run.id, "timeout", "no answer within command_timeout_s")
        except Exception:  # whatever carries commands out must not take the connection along
            self._ports.log.exception("command %s failed", run.name)
            result = refused(run.id, "failed", "an error of ours; it is in the log")
        self._hub.stats.commands[result.code] += 1
        self._hub.send(self._client, result)

    # --- out

    async def _write(self) -> None:
        """Send what waits, one message at a time, as fast as the client takes it."""
        socket, outbox, stats = self._socket, self._client.outbox, self._hub.stats
        clock = self._hub.monotonic_s
        try:
            while True:
                await self._work.wait()
                self._work.clear()
                while (wire := outbox.take(clock())) is not None:
                    if isinstance(wire, Binary):
                        is_open = socket.write_binary(wire)
                    else:
                        is_open = socket.write_text(wire)
                    if not is_open:
                        return  # the reader sees it too, and ends the connection
                    stats.messages_out += 1
                    stats.bytes_out += len(wire)
                    if not socket.writable.is_set():
                        async with asyncio.timeout(self._limits.stall_s):
                            await socket.writable.wait()
                self._idle.set()
        except TimeoutError:
            self._client.end(CloseReason.STALLED)

    async def _close_when_ended(self) -> None:
        """Once an end is asked for: send what waits, say why, close, and at the deadline cut."""
        await self._ended.wait()
        reason = self._client.ending
        assert reason is not None, "woken without an end"
        self._session.quit(reason)
        try:
            async with asyncio.timeout(self._limits.close_timeout_s):
                if self._client.outbox.failed is None:
                    closing = messages.Closing(reason.code, reason.value, reason.words)
                    self._client.outbox.finish(messages.encode(closing), self._hub.monotonic_s())
                    self._wake()
                    await self._idle.wait()
        except TimeoutError:
            pass  # it does not read: the close frame is all that is tried yet
        words = f"{reason.value}: {reason.words}"
        await self._socket.shut(reason.code, words, self._limits.close_timeout_s)
