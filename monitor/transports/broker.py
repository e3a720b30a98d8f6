"""An MQTT broker inside the process, for the demo and for small installations.

Lives here: amqtt (MQTT 3.1.1, QoS 0 to 2), its quirks tamed: packets bounded, connections bounded,
its log at warnings. Does not live here: our own client of it (`mqtt`). It carries about 3,000
messages a second on one core, shared with the monitor; put 50 events into a message, or run
Mosquitto beside the monitor, for more. What it queues lives in memory and ends with the process.
"""

import asyncio
import hmac
import ipaddress
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from amqtt.adapters import StreamReaderAdapter, StreamWriterAdapter
from amqtt.broker import Broker
from amqtt.plugins.base import BaseAuthPlugin
from amqtt.session import Session

MAX_PACKET_BYTES: Final = 1_048_576 + 1_024  # a payload of 1 MiB with its topic
MAX_CONNECTIONS: Final = 1_000
STOP_DEADLINE_S: Final = 5.0
GREETING_DEADLINE_S: Final = 10.0

_LISTENER: Final = "default"
_CONNECT_HEAD: Final = 12  # reaches the protocol level, and no CONNECT is shorter than 14
_VERSION_REFUSED: Final = b"\x20\x03\x00\x84\x00"
log = logging.getLogger(__name__)


class BrokerError(Exception):
    """The broker can't be started as asked; its text says why."""


class BoundedReader(StreamReaderAdapter):  # type: ignore[misc]  # amqtt has no types
    """Ends a connection that announces a packet beyond the bound, before anything is read.

    `ahead` is what was read off the stream already and comes first.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        max_packet_bytes: int,
        ahead: bytes,
    ) -> None:
        super().__init__(reader)
        self._writer = writer
        self._max_packet_bytes = max_packet_bytes
        self._ahead = ahead

    async def read(self, n: int = -1) -> bytes:
        """As amqtt asks: `n` is the length of a field or of a whole packet as announced."""
        if n > self._max_packet_bytes:
            log.warning("broker: closed a client that announced a packet of %d bytes", n)
            self._writer.transport.abort()
            raise ConnectionResetError("packet too large")
        first, self._ahead = self._ahead[:n], self._ahead[n:]
        if len(first) == n:
            return first
        rest: bytes = await super().read(n - len(first))
        return first + rest


class Doorman(BaseAuthPlugin):  # type: ignore[misc]  # amqtt has no types
    """Lets in whoever knows user and password; everybody when none are set."""

    async def authenticate(self, *, session: Session) -> bool:
        """Whether the session may stay."""
        config: Doorman.Config = self.config
        if config.username is None:
            session.is_anonymous = True
            return True
        given = f"{session.username or ''}\0{session.password or ''}"
        wanted = f"{config.username}\0{config.password or ''}"
        return hmac.compare_digest(given.encode(), wanted.encode())

    @dataclass(repr=False)
    class Config:
        """What amqtt hands to the plugin."""

        username: str | None = None
        password: str | None = None


@asynccontextmanager
async def embedded_broker(
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    username: str | None = None,
    password: str | None = None,
    max_packet_bytes: int = MAX_PACKET_BYTES,
    max_connections: int = MAX_CONNECTIONS,
) -> AsyncIterator[int]:
    """A broker for the length of the block; gives the port it is bound to (0: a free one).

    Beyond loopback it wants a user and a password. Raises BrokerError for that, and for an
    address in use.
    """
    if username is None and not _is_loopback(host):
        raise BrokerError(f"{host} is not loopback: set a user name and a password for the broker")
    logging.getLogger("amqtt").setLevel(logging.ERROR)
    logging.getLogger("transitions").setLevel(logging.WARNING)
    broker = Broker(
        {
            "listeners": {_LISTENER: {"type": "external", "bind": f"{host}:{port}"}},
            "timeout_disconnect_delay": 0,
            "plugins": {
                f"{__name__}.{Doorman.__name__}": {"username": username, "password": password}
            },
        }
    )
    clients: dict[asyncio.StreamWriter, asyncio.Event] = {}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(clients) >= max_connections:
            log.warning("broker: refused a client beyond %d connections", max_connections)
            writer.close()
            return
        ended = clients[writer] = asyncio.Event()
        try:
            ahead = await _greeting(reader, writer)
            if ahead is not None:
                bounded = BoundedReader(reader, writer, max_packet_bytes, ahead)
                await broker.external_connected(bounded, StreamWriterAdapter(writer), _LISTENER)
        except OSError as fault:
            log.debug("broker: a client went away: %s", fault)
        finally:
            del clients[writer]
            ended.set()
            writer.close()

    await broker.start()
    try:
        try:
            server = await asyncio.start_server(serve, host, port)
        except OSError as fault:
            raise BrokerError(f"{host}:{port}: {fault.strerror or fault}") from fault
        try:
            bound_port: int = server.sockets[0].getsockname()[1]
            log.info("broker: listening on %s:%d", host, bound_port)
            yield bound_port
        finally:
            server.close()
    finally:
        async with asyncio.timeout(STOP_DEADLINE_S):
            await broker.shutdown()
            waiting = list(clients.items())
            for writer, ended in waiting:
                writer.transport.abort()
                await ended.wait()


async def _greeting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes | None:
    """The first bytes of a CONNECT that amqtt understands; else the client is told and None.

    amqtt waits for ever on a CONNECT of MQTT 5, so it is answered here, as MQTT 5 wants it.
    """
    try:
        async with asyncio.timeout(GREETING_DEADLINE_S):
            ahead = await reader.readexactly(_CONNECT_HEAD)
    except (TimeoutError, asyncio.IncompleteReadError):
        return None
    length_bytes = next((n for n in range(1, 5) if ahead[n] < 0x80), 4)
    name_at = 1 + length_bytes
    level = ahead[name_at + 6]
    if ahead[0] == 0x10 and ahead[name_at : name_at + 6] == b"\x00\x04MQTT" and level > 4:
        writer.write(_VERSION_REFUSED)
        await writer.drain()
        return None
    return ahead


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
