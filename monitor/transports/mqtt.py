"""Events from an MQTT broker, and messages of ours to it.

Lives here: the options, the session that is kept over every loss of the connection, and the
readiness it shows. Does not live here: one connection (`mqtt_link`), packets (`mqtt_wire`), why
no client library is used (docs/decisions/0002-mqtt-client.md).

Nothing sent with QoS 1 is lost while we are away: the broker keeps our session under a stable
client id, and a message is acknowledged only after the engine took it. What comes twice is
harmless, since a repeated event changes nothing. Topics: `{prefix}/{city}/{stream}/{entity_id}`;
the entity may be left out. Our own pushes, `{prefix}/{city}/push/…`, are not subscribed to.
"""

import asyncio
import logging
import random
import ssl
from dataclasses import dataclass, field
from typing import Literal

from monitor.core.events import STREAMS
from monitor.ingest.source import Sink
from monitor.runtime.backoff import Backoff
from monitor.runtime.clock import Clock
from monitor.transports import mqtt_wire as wire
from monitor.transports.mqtt_hand import Handing
from monitor.transports.mqtt_link import Link, LinkError, ProtocolRefusedError, open_link

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MqttOptions:
    """How to reach a broker; times in seconds."""

    host: str = "127.0.0.1"
    port: int = 1883
    tls: bool = False
    ca_file: str | None = None  # None: the system's authorities
    cert_file: str | None = None  # a client certificate, with its key
    key_file: str | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    client_id: str = "citywatch"  # one monitor each: a second one with the same id takes over
    session_expiry_s: int = 86_400  # how long the broker keeps what we miss; 0: not at all
    protocol: Literal[4, 5, "auto"] = "auto"  # auto: 5, and 3.1.1 where the broker refuses it
    prefix: str = "citywatch/v1"
    streams: tuple[str, ...] = STREAMS  # what is subscribed to, behind `{prefix}/{city}/`
    max_payload_bytes: int = 1_048_576  # above it, a message is dropped and counted
    connect_timeout_s: float = 10.0  # until connected, welcomed and subscribed
    keep_alive_s: float = 20.0  # silence for longer is a dead connection
    publish_timeout_s: float = 10.0
    backoff_first_s: float = 0.5
    backoff_cap_s: float = 30.0


@dataclass(slots=True)
class MqttState:
    """For readiness and metrics; counts since the start."""

    connected: bool = False
    since_ms: int = 0  # when `connected` last changed
    last_error: str | None = None  # why the last connection failed or ended
    connects: int = 0
    failures: int = 0
    messages: int = 0
    bytes: int = 0
    oversized: int = 0  # messages dropped for their size
    published: int = 0

    @property
    def reconnects(self) -> int:
        """Connections after the first."""
        return max(0, self.connects - 1)


class MqttSource:
    """A source that stays subscribed; `publish` sends over the same connection."""

    def __init__(
        self, options: MqttOptions, clock: Clock, rng: random.Random, name: str = "mqtt"
    ) -> None:
        self.name = name
        self.state = MqttState(since_ms=clock.now_ms())
        self._options = options
        self._clock = clock
        self._backoff = Backoff(rng, options.backoff_first_s, options.backoff_cap_s)
        self._protocol: wire.Protocol = 5 if options.protocol == "auto" else options.protocol
        self._link: Link | None = None

    @property
    def prefix(self) -> str:
        """What every topic of ours begins with."""
        return self._options.prefix

    @property
    def filters(self) -> list[str]:
        """The topic filters subscribed to, with and without an entity after the stream."""
        return [f"{self._options.prefix}/+/{stream}/#" for stream in self._options.streams]

    async def run(self, sink: Sink) -> None:
        """Brings messages into `sink` until cancelled, connecting again whenever it must.

        Raises OSError (ssl.SSLError is one) at once when a certificate file can't be used.
        """
        tls = tls_context(self._options)
        now_s = asyncio.get_running_loop().time
        while True:
            started_s = now_s()
            try:
                await self._session(sink, tls)
            except LinkError as fault:
                if isinstance(fault, ProtocolRefusedError) and self._try_other_version():
                    log.info("%s: MQTT 5: %s; trying 3.1.1", self.name, fault)
                    continue
                self._note_failure(str(fault))
            if now_s() - started_s > self._options.backoff_cap_s:
                self._backoff.reset()  # it held for a while; a flapping one keeps backing off
            await asyncio.sleep(self._backoff.next_s())

    async def publish(self, topic: str, payload: bytes, qos: Literal[0, 1] = 0) -> None:
        """Sends a message; with QoS 1 returns once the broker has it.

        Raises LinkError when not connected, refused or unanswered in time, and ValueError for a
        topic with a wildcard in it.
        """
        link = self._link
        if link is None:
            raise LinkError("not connected")
        try:
            async with asyncio.timeout(self._options.publish_timeout_s):
                await link.publish(topic, payload, qos)
        except TimeoutError:
            raise LinkError("no acknowledgement in time") from None
        self.state.published += 1

    async def _session(self, sink: Sink, tls: ssl.SSLContext | None) -> None:
        """One connection, to its end, which is always a LinkError (or the sink's own fault)."""
        link = await self._connect(tls)
        try:
            self._link = link
            self._note_connected(link.granted)
            await self._pump(link, sink)
        finally:
            self._link = None
            self.state.connected = False
            self.state.since_ms = self._clock.now_ms()
            await link.close()

    async def _connect(self, tls: ssl.SSLContext | None) -> Link:
        """A link that is welcomed and subscribed; every failure is a LinkError."""
        options = self._options
        link: Link | None = None
        try:
            async with asyncio.timeout(options.connect_timeout_s):
                link = await open_link(
                    options.host,
                    options.port,
                    tls,
                    self._protocol,
                    options.keep_alive_s,
                    options.max_payload_bytes,
                )
                await link.handshake(self._hello(), self.filters)
                return link
        except BaseException as fault:
            if link is not None:
                link.abort("not connected")
            if isinstance(fault, TimeoutError):
                raise LinkError(f"no answer within {options.connect_timeout_s:g} s") from fault
            if isinstance(fault, OSError):
                raise LinkError(str(fault) or type(fault).__name__) from fault
            raise

    async def _pump(self, link: Link, sink: Sink) -> None:
        async with Handing(sink, link) as handing:
            while True:
                arrived = await link.arrivals()
                self.state.messages += len(arrived.payloads) + arrived.oversized
                self.state.bytes += arrived.size
                self.state.oversized += arrived.oversized
                await handing.over(arrived)

    def _hello(self) -> bytes:
        options = self._options
        return wire.connect(
            self._protocol,
            options.client_id,
            max(1, round(options.keep_alive_s)),
            options.session_expiry_s,
            options.username,
            options.password,
        )

    def _try_other_version(self) -> bool:
        """Changes the version where both are allowed; whether it is worth trying at once."""
        if self._options.protocol != "auto":
            return False
        self._protocol = 4 if self._protocol == 5 else 5
        return self._protocol == 4

    def _note_connected(self, granted: bytes) -> None:
        state = self.state
        state.connects += 1
        state.connected = True
        state.since_ms = self._clock.now_ms()
        state.last_error = None
        name = {4: "3.1.1", 5: "5"}[self._protocol]
        options = self._options
        log.info("%s: connected to %s:%d, MQTT %s", self.name, options.host, options.port, name)
        if 0 in granted:
            words = "the broker grants QoS 0 only: what comes while we are away is lost"
            log.warning("%s: %s", self.name, words)

    def _note_failure(self, words: str) -> None:
        """Counts it, and logs the reason when it is another one than last time."""
        self.state.failures += 1
        if words != self.state.last_error:
            options = self._options
            log.warning("%s: %s:%d: %s", self.name, options.host, options.port, words)
        self.state.last_error = words


def tls_context(options: MqttOptions) -> ssl.SSLContext | None:
    """The context for a verified connection, or None without TLS; raises OSError for bad files."""
    if not options.tls:
        return None
    context = ssl.create_default_context(cafile=options.ca_file)
    if options.cert_file is not None:
        context.load_cert_chain(options.cert_file, options.key_file)
    return context
