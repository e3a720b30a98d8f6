"""An MQTT broker inside the process, for the demo and for small installations.

Lives here: amqtt (MQTT 3.1.1, QoS 0 to 2), its quirks tamed: packets, connections and all that
waits are bounded, strangers are stopped at the door, its log is kept to errors. Does not live here:
our own client of it (`mqtt`). It carries about 3,000 messages a second on one core, shared with the
monitor; put 50 events into a message, or run Mosquitto beside the monitor, for more. What it queues
lives in memory and ends with the process.
"""

import asyncio
import hmac
import ipaddress
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from amqtt.adapters import BufferReader, StreamReaderAdapter, StreamWriterAdapter
from amqtt.broker import Broker
from amqtt.errors import AMQTTError, ProtocolHandlerError
from amqtt.mqtt.connect import ConnectPacket
from amqtt.mqtt.protocol.broker_handler import BrokerProtocolHandler
from amqtt.plugins.base import BaseAuthPlugin
from amqtt.session import Session

MAX_PACKET_BYTES: Final = 1_048_576 + 1_024  # a payload of 1 MiB with its topic
MAX_CONNECTIONS: Final = 1_000
STOP_DEADLINE_S: Final = 5.0
GREETING_DEADLINE_S: Final = 10.0
LINGER_S: Final = 5.0  # for the last bytes to a client whose connection ends

# What a publisher sent that was not handed on yet; beyond it nothing more of his is read. A message
# counts as large as the largest of those that wait, and as MESSAGE_BYTES at least.
BEHIND_BYTES: Final = 4 * 1024 * 1024
BEHIND_LOOK_S: Final = 0.01
MESSAGE_BYTES: Final = 2_048  # about what amqtt takes for one, however small
# What a publisher sent with QoS 2 and did not release; beyond it his connection ends.
UNRELEASED_BYTES: Final = 8 * 1024 * 1024
# What one reader was handed and has not taken or acknowledged; beyond it his connection ends.
OWED_BYTES: Final = 64 * 1024 * 1024
# Retained messages, all together; what is beyond is handed on and not kept.
RETAINED_MESSAGES: Final = 10_000
RETAINED_BYTES: Final = 32 * 1024 * 1024

_LISTENER: Final = "default"
_CONNECT_MAX_BYTES: Final = 131_072  # more than client id, will, user and password ever need
_VERSION_REFUSED: Final = b"\x20\x03\x00\x84\x00"
_NOT_AUTHORISED: Final = b"\x20\x02\x00\x05"
log = logging.getLogger(__name__)


class BrokerError(Exception):
    """The broker can't be started as asked; its text says why."""


class BoundedReader(StreamReaderAdapter):  # type: ignore[misc]  # amqtt has no types
    """Ends a connection that announces a packet beyond the bound, before anything is read, and
    waits while too much of what it read was not handed on.

    `ahead` is what was read off the stream already and comes first. `behind` counts the messages
    that wait.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        max_packet_bytes: int,
        ahead: bytes,
    ) -> None:
        super().__init__(reader)
        self.behind: Callable[[], int] = int  # nothing, until it is known whose they are
        self._writer = writer
        self._max_packet_bytes = max_packet_bytes
        self._ahead = ahead
        self._largest = MESSAGE_BYTES

    async def read(self, n: int = -1) -> bytes:
        """As amqtt asks: `n` is the length of a field or of a whole packet as announced."""
        if n > self._max_packet_bytes:
            self.end(f"announced a packet of {n} bytes")
        # Asked now and again, since amqtt says nothing when it has handed a message on.
        while (waiting := self.behind()) and waiting * self._largest > BEHIND_BYTES:  # noqa: ASYNC110
            await asyncio.sleep(BEHIND_LOOK_S)
        self._largest = max(self._largest if waiting else MESSAGE_BYTES, n)
        first, self._ahead = self._ahead[:n], self._ahead[n:]
        if len(first) == n:
            return first
        rest: bytes = await super().read(n - len(first))
        return first + rest

    def end(self, why: str) -> NoReturn:
        """Close the connection at once; raises ConnectionResetError."""
        log.warning("broker: closed a client that %s", why)
        self._writer.transport.abort()
        raise ConnectionResetError(why)


class PatientWriter(StreamWriterAdapter):  # type: ignore[misc]  # amqtt has no types
    """Counts what its reader owes, and ends without waiting for one that takes nothing."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        super().__init__(writer)
        self.owed = 0  # bytes

    def abort(self, why: str) -> None:
        """Close the connection at once."""
        log.warning("broker: closed a client that %s", why)
        self.is_closed = True
        self._writer.transport.abort()

    def write(self, data: bytes) -> None:
        """Into the buffer; nothing, where the connection has ended."""
        if not self._writer.transport.is_closing():
            super().write(data)

    async def close(self) -> None:
        """What was written goes out within LINGER_S, or is dropped."""
        if not self.is_closed:
            self.is_closed = True
            end_soon(self._writer)


class Delivery:
    """The way of messages to one reader, for as long as he does not owe too much."""

    def __init__(self, handler: BrokerProtocolHandler, writer: PatientWriter) -> None:
        self._handler = handler
        self._writer = writer

    async def mqtt_publish(
        self, topic: str, data: bytes | bytearray, qos: int | None, retain: bool
    ) -> None:
        """Hand it over; returns once it was taken, acknowledged if it is to be, or given up."""
        writer, size = self._writer, MESSAGE_BYTES + len(data)
        if writer.is_closed:
            return
        if writer.owed + size > OWED_BYTES:
            writer.abort(f"left {writer.owed} bytes untaken")
            return
        writer.owed += size
        try:
            await self._handler.mqtt_publish(topic, data, qos, retain=retain)
        except (AMQTTError, ProtocolHandlerError, TimeoutError, OSError) as fault:
            log.debug("broker: a message was not taken: %s", fault)
        finally:
            writer.owed -= size


class BoundedBroker(Broker):  # type: ignore[misc]  # amqtt has no types
    """amqtt's broker, with bounds on what waits for others and on what is retained."""

    _retained_bytes = 0

    async def _handle_client_session(
        self,
        reader: BoundedReader,
        writer: PatientWriter,
        client_session: Session,
        handler: BrokerProtocolHandler,
        *rest: Any,
    ) -> None:
        def behind() -> int:
            held = client_session.inflight_in.values()
            if sum(MESSAGE_BYTES + len(message.data) for message in held) > UNRELEASED_BYTES:
                reader.end("sent too much with QoS 2 and did not release it")
            queued: int = client_session.delivered_message_queue.qsize()
            return queued + int(self._broadcast_queue.qsize())

        reader.behind = behind
        await super()._handle_client_session(reader, writer, client_session, handler, *rest)

    def _get_handler(self, session: Session) -> Delivery | None:
        handler = super()._get_handler(session)
        if handler is None or handler.writer is None:
            return None
        return Delivery(handler, handler.writer)

    async def retain_message(
        self,
        source_session: Session | None,
        topic_name: str | None,
        data: bytes | bytearray | None,
        qos: int | None = None,
    ) -> None:
        """As amqtt does, within the bounds: what finds no room is not retained."""
        known = self._retained_messages.get(topic_name)
        count = len(self._retained_messages) - (known is not None)
        size = self._retained_bytes + len(data or b"") - (len(known.data) if known else 0)
        if data and (count >= RETAINED_MESSAGES or size > RETAINED_BYTES):
            log.warning("broker: no room to retain a message; it was handed on")
            return
        self._retained_bytes = size
        # Whose it was is of no use later: nobody's session is kept for it.
        await super().retain_message(None, topic_name, data, qos)


class Admitted(BaseAuthPlugin):  # type: ignore[misc]  # amqtt has no types
    """Lets in everybody: whoever has no business here was stopped at the door."""

    async def authenticate(self, *, session: Session) -> bool:
        """Whether the session may stay; a nameless one is not kept."""
        config: Admitted.Config = self.config
        session.is_anonymous = config.nameless
        return True

    @dataclass
    class Config:
        """What amqtt hands to the plugin."""

        nameless: bool = True


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
    wanted = None if username is None else f"{username}\0{password or ''}"
    broker = BoundedBroker(
        {
            "listeners": {_LISTENER: {"type": "external", "bind": f"{host}:{port}"}},
            "timeout_disconnect_delay": 0,
            "plugins": {f"{__name__}.{Admitted.__name__}": {"nameless": wanted is None}},
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
            ahead = await _at_the_door(reader, writer, wanted)
            if ahead is not None:
                bounded = BoundedReader(reader, writer, max_packet_bytes, ahead)
                await broker.external_connected(bounded, PatientWriter(writer), _LISTENER)
        except OSError as fault:
            log.debug("broker: a client went away: %s", fault)
        finally:
            del clients[writer]
            ended.set()
            end_soon(writer)

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
        for writer in clients:
            if writer.transport.get_write_buffer_size():
                writer.transport.abort()  # it takes nothing: it would be waited for
        try:
            async with asyncio.timeout(STOP_DEADLINE_S):
                await broker.shutdown()
                for writer, ended in list(clients.items()):
                    writer.transport.abort()
                    await ended.wait()
        except TimeoutError:
            log.warning("broker: %d clients did not end in time", len(clients))


async def _at_the_door(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wanted: str | None
) -> bytes | None:
    """The whole CONNECT of one who may come in; else the client is told and None.

    It is judged here: amqtt gives the session of a client id away, and keeps a new one, before it
    asks for the password, and it waits for ever on a CONNECT of MQTT 5 or on half of one.
    """
    try:
        async with asyncio.timeout(GREETING_DEADLINE_S):
            packet = await _read_connect(reader)
    except (TimeoutError, asyncio.IncompleteReadError):
        return None
    if packet is None:
        return None
    name_at = next(n for n, byte in enumerate(packet) if n and byte < 0x80) + 1
    if packet[name_at : name_at + 6] == b"\x00\x04MQTT" and packet[name_at + 6 :][:1] > b"\x04":
        writer.write(_VERSION_REFUSED)
        return None
    try:
        connect = await ConnectPacket.from_stream(BufferReader(packet))
        given = f"{connect.username or ''}\0{connect.password or ''}"
    except Exception as fault:  # noqa: BLE001 - each odd byte breaks its reading in another way
        log.debug("broker: a client that can't be read: %r", fault)
        return None
    if wanted is not None and not hmac.compare_digest(given.encode(), wanted.encode()):
        writer.write(_NOT_AUTHORISED)
        return None
    return packet


async def _read_connect(reader: asyncio.StreamReader) -> bytes | None:
    """A CONNECT from its first byte to its last; None for anything else, or a larger one."""
    head = await reader.readexactly(2)
    while head[-1] & 0x80 and len(head) < 5:
        head += await reader.readexactly(1)
    length = sum((byte & 0x7F) << 7 * n for n, byte in enumerate(head[1:]))
    if head[0] != 0x10 or head[-1] & 0x80 or length > _CONNECT_MAX_BYTES:
        return None
    return head + await reader.readexactly(length)


def end_soon(writer: asyncio.StreamWriter) -> None:
    """Close it; what was written goes out within LINGER_S, or is dropped."""
    writer.close()
    if writer.transport.get_write_buffer_size():
        asyncio.get_running_loop().call_later(LINGER_S, writer.transport.abort)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
