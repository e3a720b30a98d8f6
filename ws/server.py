"""The WebSocket server at `/v1/stream`: who is let in, how bytes go out, and the stop.

The only file that knows `websockets`; what a client's tasks do stands in `connection`. What a
client has not read waits in three places, each bounded: its socket's buffer (`write_buffer_bytes`
and one message), its outbox (`outbox_hard_bytes`), and the pongs that `websockets` writes by
itself (cut above `_PONG_BYTES`).

Close codes: 1001 the server stops, 1008 too many refused messages, 1009 a message too big, 1011 no
pong, and ours from 4000 on, in `reasons.py`. A connection that is refused gets plain HTTP: 400
token in the URL, 401 unknown token, 403 origin, 404 path, 429 address, 503 full or stopping.
"""

import asyncio
import logging
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from ssl import SSLContext
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import Event, State
from websockets.server import ServerProtocol

from ws.auth import Authenticate, bearer_token, is_origin_allowed
from ws.commands import CommandPort
from ws.connection import Connection, Ports, SocketGone
from ws.hub import Hub
from ws.outbox import Binary
from ws.reasons import CloseReason, Refusal

PATH: Final = "/v1/stream"
_PONG_BYTES: Final = 65_536
_HANDSHAKE_BYTES: Final = 32_768  # a browser's request has one or two thousand
_FRAGMENTS: Final = 256  # of one message; empty ones have no bytes that `message_in_bytes` bounds
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
    """A connection to which whole messages are written without a task switch each.

    It is cut when it makes us answer pings without reading the answers, when its request or the
    pieces of its message are more than any honest one has, and at once beyond `most` connections.
    """

    _pong_bytes = 0
    _handshake_bytes = 0
    _fragments = 0

    def __init__(
        self, protocol: ServerProtocol, server: Server, *, most: int, **settings: Any
    ) -> None:
        super().__init__(protocol, server, **settings)
        self._most = most

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.writable = asyncio.Event()
        self.writable.set()
        super().connection_made(transport)
        if len(self.server.handlers) > self._most:
            self.transport.abort()
        line = transport.get_extra_info("socket")
        if line is not None and line.family in (socket.AF_INET, socket.AF_INET6):
            # Else the kernel takes megabytes for a slow client, all of it out of date by the time
            # it is read, and a ping waits behind them.
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, self.write_limit[0])

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.writable.set()

    def pause_writing(self) -> None:
        super().pause_writing()
        self.writable.clear()

    def resume_writing(self) -> None:
        super().resume_writing()
        self.writable.set()

    async def receive(self) -> str | bytes:
        """The next message; raises `SocketGone`."""
        try:
            return await self.recv()
        except ConnectionClosed as closed:
            raise SocketGone(_why(closed)) from closed

    async def shut(self, code: int, words: str, within_s: float) -> None:
        """Close with the handshake, and at the deadline without it."""
        try:
            async with asyncio.timeout(within_s):
                await self.close(code, words)
        except TimeoutError:
            self.transport.abort()

    def write_text(self, wire: bytes) -> bool:
        """Hand a message to the transport; False when the connection is no longer open.

        The caller waits for `writable` before the next one. As in `broadcast()` of `websockets`
        nothing is awaited; `send()` costs two to three times as much a message.
        """
        if self.state is not State.OPEN:
            return False
        self.transport.write(Frame(Opcode.TEXT, wire).serialize(mask=False))
        return True

    def write_binary(self, wire: Binary) -> bool:
        """The same for a binary message; the frame around it is made once for all clients."""
        if self.state is not State.OPEN:
            return False
        if wire.framed is None:
            wire.framed = Frame(Opcode.BINARY, wire).serialize(mask=False)
        self.transport.write(wire.framed)
        return True

    def data_received(self, data: bytes) -> None:
        if self.state is State.CONNECTING:
            self._handshake_bytes += len(data)
            if self._handshake_bytes > _HANDSHAKE_BYTES:
                self.transport.abort()
                return
        before = self.transport.get_write_buffer_size()
        super().data_received(data)
        after = self.transport.get_write_buffer_size()
        self._pong_bytes = 0 if before == 0 else self._pong_bytes + max(0, after - before)
        if self._pong_bytes > _PONG_BYTES:
            self.transport.abort()

    def process_event(self, event: Event) -> None:
        if isinstance(event, Frame) and event.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            self._fragments = 0 if event.fin else self._fragments + 1
            if self._fragments > _FRAGMENTS:
                self.transport.abort()
                return
        super().process_event(event)


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
        self._log = log or logging.getLogger("citywatch.ws")
        self._ports = Ports(
            authenticate=authenticate, command=command, cities=cities, log=self._log
        )
        self._origins = origins
        self._addresses: Counter[str] = Counter()
        self._connections: set[Connection] = set()
        self._stopping = False
        self._empty = asyncio.Event()
        self._empty.set()

    @asynccontextmanager
    async def serve(
        self, host: str, port: int, ssl: SSLContext | None = None
    ) -> AsyncIterator[int]:
        """Serve within the context, which gives the port bound (for port 0, the one found).

        On leaving it every client is sent what waits for it and closed with 1001, or, twice
        `close_timeout_s` later, cut. Raises `OSError` when the address can't be bound.
        """
        limits = self.limits
        # What goes wrong in a handshake is the client's affair; ours is logged here.
        quiet = self._log.getChild("handshake")
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
            create_connection=partial(  # type: ignore[arg-type]  # any factory will do
                _Socket, most=2 * limits.clients_max
            ),
        )
        try:
            yield next(iter(server.sockets)).getsockname()[1]
        finally:
            await self._stop(server)

    def sign_in_anew(self) -> None:
        """After tokens changed: close who is not let in any more, or not as he was."""
        for connection in self._connections:
            connection.sign_in_anew()

    async def _stop(self, server: Server) -> None:
        self._stopping = True
        self.hub.end_all(CloseReason.STOPPING)
        try:
            # Each needs up to twice that by itself; this is for what went wrong.
            async with asyncio.timeout(2 * self.limits.close_timeout_s + 1.0):
                await self._empty.wait()
        except TimeoutError:
            self._log.warning("clients cut at the stop: %d", self._addresses.total())
            for connection in server.connections:
                connection.transport.abort()
        server.close()
        await server.wait_closed()

    def _let_in(self, client: ServerConnection, request: Request) -> Response | None:
        refusal = self._refusal(client, request)
        if refusal is None:
            return None
        self.hub.stats.refused[refusal.value] += 1
        status, words = _REFUSED[refusal]
        return client.respond(status, f"{words}\n")

    def _refusal(self, client: ServerConnection, request: Request) -> Refusal | None:
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
        if token is not None and self._ports.authenticate(token) is None:
            return Refusal.UNAUTHORIZED
        if self._addresses.total() >= self.limits.clients_max:
            return Refusal.TOO_MANY_CLIENTS
        if self._addresses[_address(client)] >= self.limits.clients_per_address:
            return Refusal.TOO_MANY_FROM_ADDRESS
        return None

    async def _handle(self, client: ServerConnection) -> None:
        assert isinstance(client, _Socket), "serve() was told to make these"
        address = _address(client)
        self._addresses[address] += 1
        self._empty.clear()
        self.hub.stats.connections += 1
        request = client.request
        connection = Connection(
            self.hub,
            self._ports,
            client,
            address=address,
            number=self.hub.stats.connections,
            token=None if request is None else bearer_token(_header(request, "Authorization")),
        )
        self._connections.add(connection)
        try:
            await connection.run()
        finally:
            self._connections.discard(connection)
            self._addresses -= Counter({address: 1})
            if not self._addresses:
                self._empty.set()


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


def _address(client: ServerConnection) -> str:
    address = client.remote_address
    return str(address[0]) if address else ""
