"""The WebSocket server at `/v1/stream`: sockets, tasks and deadlines around `hub` and `session`.

The only file that knows `websockets`. One connection is one TaskGroup: a reader, a writer, a
closer, and the commands under way. What a client has not read waits in three places, each bounded:
its socket's buffer (`write_buffer_bytes` and one message), its outbox (`outbox_hard_bytes`), and
the pongs that `websockets` writes by itself (cut above `_PONG_BYTES`). Only a client's own writer
ever waits for it, for `stall_s` at most.

Close codes: 1001 the server stops, 1008 too many refused messages, 1009 a message too big, 1011 no
pong, and ours from 4000 on, in `reasons.py`. A connection that is refused gets plain HTTP: 400
token in the URL, 401 unknown token, 403 origin, 404 path, 429 address, 503 full or stopping.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from ssl import SSLContext
from typing import Final
from urllib.parse import parse_qs, urlsplit

from msgspec import Raw
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from ws import messages
from ws.auth import Authenticate, bearer_token, is_origin_allowed
from ws.commands import ClientInfo, CommandPort
from ws.hub import Client, Hub
from ws.outbox import Outbox
from ws.reasons import CloseReason, Refusal
from ws.session import Action, Answer, Greet, Quit, Run, Session, Unwatch, Watch, refused

PATH: Final = "/v1/stream"
_PONG_BYTES: Final = 65_536
_REFUSED: Final[dict[Refusal, tuple[HTTPStatus, str]]] = {
    Refusal.NOT_FOUND: (HTTPStatus.NOT_FOUND, f"the stream is at {PATH}"),
    Refusal.TOKEN_IN_URL: (HTTPStatus.BAD_REQUEST, "tokens go into hello, never into the URL"),
    Refusal.ORIGIN: (HTTPStatus.FORBIDDEN, "pages of this origin are not let in"),
    Refusal.UNAUTHORIZED: (HTTPStatus.UNAUTHORIZED, "token not known"),
    Refusal.TOO_MANY_CLIENTS: (HTTPStatus.SERVICE_UNAVAILABLE, "clients_max are connected"),
    Refusal.TOO_MANY_FROM_ADDRESS: (HTTPStatus.TOO_MANY_REQUESTS, "clients_per_address"),
    Refusal.STOPPING: (HTTPStatus.SERVICE_UNAVAILABLE, "the server is stopping"),
}
_TOKEN_NAMES: Final = frozenset({"token", "access_token", "authorization"})


class _Socket(ServerConnection):
    """A connection that is cut when it makes us answer pings without reading the answers."""

    _pong_bytes = 0

    def data_received(self, data: bytes) -> None:
        before = self.transport.get_write_buffer_size()
        super().data_received(data)
        after = self.transport.get_write_buffer_size()
        self._pong_bytes = 0 if before == 0 else self._pong_bytes + max(0, after - before)
        if self._pong_bytes > _PONG_BYTES:
            self.transport.abort()


class StreamServer:
    """The stream of one hub; `cities` gives the cities there are at the moment.

    `origins` are web pages let in beside those of the server's own host ("*": all).
    """

    def __init__(
        self,
        hub: Hub,
        *,
        authenticate: Authenticate,
        command: CommandPort,
        cities: Callable[[], Collection[str]],
        origins: Sequence[str] = (),
        log: logging.Logger | None = None,
    ) -> None:
        self.hub = hub
        self.limits = hub.limits
        self.authenticate = authenticate
        self.command = command
        self.cities = cities
        self.log = log or logging.getLogger("citywatch.ws")
        self._origins = origins
        self._addresses: Counter[str] = Counter()
        self._stopping = False
        self._empty = asyncio.Event()
        self._empty.set()

    @asynccontextmanager
    async def serve(
        self, host: str, port: int, ssl: SSLContext | None = None
    ) -> AsyncIterator[int]:
        """Serve within the context, which gives the port bound (for port 0, the one found).

        On leaving it every client is sent what waits for it and closed with 1001, within twice
        `close_timeout_s`, then cut. Raises `OSError` when the address can't be bound.
        """
        limits = self.limits
        # What goes wrong in a handshake is the client's affair; ours is logged here.
        quiet = self.log.getChild("handshake")
        quiet.setLevel(logging.CRITICAL)
        server = await serve(
            self._handle,
            host,
            port,
            ssl=ssl,
            process_request=self._let_in,
            server_header=None,
            compression=None,
            open_timeout=limits.hello_timeout_s,
            ping_interval=limits.ping_interval_s,
            ping_timeout=limits.ping_timeout_s,
            close_timeout=limits.close_timeout_s,
            max_size=limits.message_in_bytes,
            max_queue=4,
            write_limit=limits.write_buffer_bytes,
            logger=quiet,
            create_connection=_Socket,
        )
        try:
            yield next(iter(server.sockets)).getsockname()[1]
        finally:
            await self._stop(server)

    async def _stop(self, server: Server) -> None:
        self._stopping = True
        self.hub.end_all(CloseReason.STOPPING)
        try:
            async with asyncio.timeout(2 * self.limits.close_timeout_s):
                await self._empty.wait()
        except TimeoutError:
            self.log.warning("clients cut at the stop: %d", self._addresses.total())
            for connection in server.connections:
                connection.transport.abort()
        server.close()
        await server.wait_closed()

    def _let_in(self, socket: ServerConnection, request: Request) -> Response | None:
        refusal = self._refusal(socket, request)
        if refusal is None:
            return None
        self.hub.stats.refused[refusal.value] += 1
        status, words = _REFUSED[refusal]
        return socket.respond(status, f"{words}\n")

    def _refusal(self, socket: ServerConnection, request: Request) -> Refusal | None:
        url = urlsplit(request.path)
        if url.path != PATH:
            return Refusal.NOT_FOUND
        if self._stopping:
            return Refusal.STOPPING
        if _TOKEN_NAMES & {name.lower() for name in parse_qs(url.query)}:
            return Refusal.TOKEN_IN_URL
        origin, host = _header(request, "Origin"), _header(request, "Host")
        if not is_origin_allowed(origin, host, self._origins):
            return Refusal.ORIGIN
        token = bearer_token(_header(request, "Authorization"))
        if token is not None and self.authenticate(token) is None:
            return Refusal.UNAUTHORIZED
        if self._addresses.total() >= self.limits.clients_max:
            return Refusal.TOO_MANY_CLIENTS
        if self._addresses[_address(socket)] >= self.limits.clients_per_address:
            return Refusal.TOO_MANY_FROM_ADDRESS
        return None

    async def _handle(self, socket: ServerConnection) -> None:
        address = _address(socket)
        self._addresses[address] += 1
        self._empty.clear()
        self.hub.stats.connections += 1
        try:
            await _Connection(self, socket, address, self.hub.stats.connections).run()
        finally:
            self._addresses -= Counter({address: 1})
            if not self._addresses:
                self._empty.set()


class _Connection:
    """One client from its first message to its last."""

    def __init__(
        self, server: StreamServer, socket: ServerConnection, address: str, number: int
    ) -> None:
        self._server = server
        self._hub = server.hub
        self._limits = server.limits
        self._socket = socket
        self._address = address
        self._number = number
        self._work = asyncio.Event()
        self._ended = asyncio.Event()
        self._idle = asyncio.Event()
        self._commands: set[asyncio.Task[None]] = set()
        self._client = Client(Outbox(server.limits), self._wake)
        request = socket.request
        token = bearer_token(_header(request, "Authorization")) if request is not None else None
        self._session = Session(
            server.limits, server.hub.stats, server.authenticate, server.cities, token
        )

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
            self._server.log.exception("stream client %d: an error of ours", self._number)
            raise
        finally:
            self._hub.detach(self._client, reason)
            identity = self._client.identity
            name = identity.name if identity is not None else "nobody"
            words = "stream client %d (%s, %s) left: %s"
            self._server.log.info(words, self._number, name, self._address, reason.value)

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
                        self._receive(await self._socket.recv(), tasks)
                        if self._client.identity is not None and hello.when() is not None:
                            hello.reschedule(None)
            except TimeoutError:
                self._act(self._session.quit(CloseReason.HELLO_TIMEOUT), tasks)
            while True:  # nothing more is listened to, but the closing handshake must be read
                await self._socket.recv()
        except ConnectionClosed as closed:
            return _why(closed)

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
                case Watch(watch_id, cities, layers, box, position):
                    for city in cities:
                        hub.subscribe(client, watch_id, city, layers, box, position)
                case Unwatch(watch_id):
                    hub.unsubscribe(client, watch_id)
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
                done = await self._server.command(info, run.name, run.args)
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
            self._server.log.exception("command %s failed", run.name)
            result = refused(run.id, "failed", "an error of ours; it is in the log")
        self._hub.stats.commands[result.code] += 1
        self._hub.send(self._client, result)

    # --- out

    async def _write(self) -> None:
        """Send what waits, one message at a time, as fast as the client takes it."""
        outbox, stats, clock = self._client.outbox, self._hub.stats, self._hub.monotonic_s
        try:
            while True:
                await self._work.wait()
                self._work.clear()
                while (wire := outbox.take(clock())) is not None:
                    async with asyncio.timeout(self._limits.stall_s):
                        await self._socket.send(wire, text=True)
                    stats.messages_out += 1
                    stats.bytes_out += len(wire)
                self._idle.set()
        except TimeoutError:
            self._client.end(CloseReason.STALLED)
        except ConnectionClosed:
            pass  # the reader sees it too, and ends the connection

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
        try:
            async with asyncio.timeout(self._limits.close_timeout_s):
                await self._socket.close(reason.code, f"{reason.value}: {reason.words}")
        except TimeoutError:
            self._socket.transport.abort()


def _why(closed: ConnectionClosed) -> CloseReason:
    """How a connection ended that we did not end."""
    if closed.sent is not None and not closed.rcvd_then_sent:
        if closed.sent.code == CloseReason.PING_TIMEOUT.code:
            return CloseReason.PING_TIMEOUT
        if closed.sent.code == CloseReason.MESSAGE_TOO_BIG.code:
            return CloseReason.MESSAGE_TOO_BIG
    return CloseReason.CLIENT_LEFT if closed.rcvd is not None else CloseReason.CONNECTION_LOST


def _header(request: Request, name: str) -> str | None:
    """The header's value; of a repeated one, the first."""
    values = request.headers.get_all(name)
    return values[0] if values else None


def _address(socket: ServerConnection) -> str:
    address = socket.remote_address
    return str(address[0]) if address else ""
