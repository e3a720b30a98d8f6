"""One connection to an MQTT broker, from CONNECT to its end.

Lives here: the handshake, the keep-alive that notices half-open sockets, back-pressure both ways,
and messages of our own with their acknowledgements. Does not live here: the packets' bytes
(`mqtt_wire`), and when to connect again (`mqtt`). A link is used once.
"""

import asyncio
import ssl
from collections.abc import Sequence
from typing import Any, Final, cast

from monitor.transports import mqtt_wire as wire

# Reading stops while this much waits for the engine; the broker then queues for us.
WAITING_MESSAGES: Final = 10_000
WAITING_BYTES: Final = 16 * 1024 * 1024
# Small reads close together are a flood in crumbs: waiting NAP_S after one lets the next be larger,
# and with it the batch that the engine takes, which costs a message half as much; a message after
# a quiet moment never waits, and QoS 1 not at all, since the broker sends the next ones only as we
# acknowledge.
NAP_WITHIN_S: Final = 0.002
NAP_BELOW_BYTES: Final = 65_536
NAP_S: Final = 0.005
# QoS 1 messages of ours that may be unacknowledged at once.
IN_FLIGHT: Final = 100
# Bytes of ours that a broker may leave untaken while it goes on sending: a million
# acknowledgements, and many more than any honest one lets wait.
UNTAKEN_BYTES: Final = 4 * 1024 * 1024
CLOSE_DEADLINE_S: Final = 1.0


class LinkError(Exception):
    """The connection could not be made, or ended; its text says why."""


class ProtocolRefusedError(LinkError):
    """The broker does not speak the protocol version that was asked for."""


class Link(asyncio.Protocol):
    """Bytes to and from one broker; made by `open_link`."""

    def __init__(
        self, protocol: wire.Protocol, keep_alive_s: float, max_payload_bytes: int
    ) -> None:
        self.oversized = 0
        self.granted = b""  # the QoS of each subscription, once welcome
        self._loop = asyncio.get_running_loop()
        self._protocol = protocol
        self._keep_alive_s = keep_alive_s
        self._reader = wire.Reader(protocol, max_payload_bytes)
        self._transport: asyncio.Transport | None = None
        self._why_lost: str | None = None
        self._arrival = asyncio.Event()
        self._lost = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._stopped = False  # for the engine's sake
        self._nap: asyncio.TimerHandle | None = None  # for the sake of larger reads
        self._last_in_s = self._last_out_s = self._flows_s = self._loop.time()
        self._check: asyncio.TimerHandle | None = None
        self._connack: asyncio.Future[wire.ConnAck] = self._loop.create_future()
        self._subacks: dict[int, asyncio.Future[bytes]] = {}
        self._pubacks: dict[int, asyncio.Future[wire.PubAck]] = {}
        self._next_id = 0
        self._slots = asyncio.Semaphore(IN_FLIGHT)

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        now_s = self._loop.time()
        busy = now_s - self._flows_s < NAP_WITHIN_S and len(data) < NAP_BELOW_BYTES
        self._last_in_s = self._flows_s = now_s
        try:
            controls = self._reader.feed(data)
        except wire.ProtocolError as fault:
            self.abort(f"the broker broke the protocol: {fault}")
            return
        for packet in controls:
            self._on_control(packet)
        arrived = self._reader.arrived
        if arrived.payloads or arrived.ack_ids:
            self._arrival.set()
            if len(arrived.payloads) >= WAITING_MESSAGES or arrived.size >= WAITING_BYTES:
                self._stopped = True
            if busy and self._nap is None and not arrived.ack_ids:
                self._nap = self._loop.call_later(NAP_S, self._wake)
            self._set_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._why_lost is None:
            self._why_lost = f"connection lost: {exc}" if exc else self._closed_words()
        for timer in (self._check, self._nap):
            if timer is not None:
                timer.cancel()
        fault = LinkError(self._why_lost)
        _fail(self._connack, fault)
        for subscribed in self._subacks.values():
            _fail(subscribed, fault)
        for published in self._pubacks.values():
            _fail(published, fault)
        self._lost.set()
        self._arrival.set()
        self._writable.set()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    # What the session calls.

    async def handshake(self, connect: bytes, filters: Sequence[str]) -> wire.ConnAck:
        """CONNECT and SUBSCRIBE; raises LinkError with the broker's reason."""
        self._write(connect)
        try:
            connack = await self._connack
        except LinkError as fault:  # some brokers just hang up on a version they do not know
            raise ProtocolRefusedError(str(fault)) from None
        if connack.code in wire.UNSUPPORTED_PROTOCOL:
            raise ProtocolRefusedError(connack.words)
        if connack.code:
            raise LinkError(f"refused: {connack.words}")
        if not connack.receive_maximum:  # 3.2.2.3.3; nothing of ours would ever be sent
            raise LinkError("the broker broke the protocol: a receive maximum of 0")
        if connack.keep_alive_s is not None:
            self._keep_alive_s = min(self._keep_alive_s, connack.keep_alive_s or self._keep_alive_s)
        for _ in range(max(0, IN_FLIGHT - connack.receive_maximum)):
            await self._slots.acquire()
        packet_id = self._take_id()
        answer = self._subacks[packet_id] = self._loop.create_future()
        self._write(wire.subscribe(self._protocol, packet_id, filters))
        codes = await answer
        if len(codes) != len(filters):
            raise LinkError(f"{len(filters)} subscriptions asked for, {len(codes)} answered")
        for name, code in zip(filters, codes, strict=True):
            if code >= 0x80:
                raise LinkError(f"subscription to {name} refused")
        self.granted = codes
        self._watch()
        return connack

    async def arrivals(self) -> wire.Arrived:
        """All that came in since the last call, waiting for some; LinkError once lost and empty."""
        while True:
            arrived = self._reader.arrived
            if arrived.payloads or arrived.ack_ids:
                self._reader.arrived = wire.Arrived()
                self.oversized += arrived.oversized
                self._go_on()
                return arrived
            if self._why_lost is not None:
                raise LinkError(self._why_lost)
            self._arrival.clear()
            await self._arrival.wait()

    def acknowledge(self, arrived: wire.Arrived) -> None:
        """Tells the broker that these messages are ours now; of no effect on a lost link."""
        if arrived.ack_ids:
            self._write(wire.pubacks(arrived.ack_ids))
            if self._transport and self._transport.get_write_buffer_size() > UNTAKEN_BYTES:
                self.abort("the broker sends, but takes no acknowledgements")

    async def publish(self, topic: str, payload: bytes, qos: int) -> None:
        """Sends a message; with QoS 1 returns once the broker has it. Raises LinkError."""
        if qos == 0:
            packet = wire.publish(self._protocol, topic, payload, None)
            await self._send(packet)
            return
        async with self._slots:
            packet_id = self._take_id()
            packet = wire.publish(self._protocol, topic, payload, packet_id)
            answer = self._pubacks[packet_id] = self._loop.create_future()
            try:
                await self._send(packet)
                puback = await answer
            finally:
                del self._pubacks[packet_id]
        if puback.code >= 0x80:
            raise LinkError(f"message on {topic} refused: {puback.words}")

    async def close(self) -> None:
        """An orderly end: the broker keeps our session. Takes CLOSE_DEADLINE_S at most."""
        self._write(wire.DISCONNECT)
        self._why_lost = self._why_lost or "closed"
        if self._transport is None:
            return
        self._transport.close()
        try:
            async with asyncio.timeout(CLOSE_DEADLINE_S):
                await self._lost.wait()
        except TimeoutError:
            pass  # the peer takes nothing any more: drop what is left to send
        finally:
            self._transport.abort()

    def abort(self, why: str) -> None:
        """An end at once, for a reason that then stands in every LinkError."""
        self._why_lost = self._why_lost or why
        if self._transport is not None:
            self._transport.abort()

    # Within.

    def _closed_words(self) -> str:
        """Brokers often give no reason; once welcome, it mostly is this one, or their own end."""
        if self._check is None:
            return "the broker closed"
        return "the broker closed; does another client use the same client id?"

    def _on_control(self, packet: wire.Control) -> None:
        match packet:
            case wire.ConnAck():
                if not self._connack.done():
                    self._connack.set_result(packet)
            case wire.SubAck(packet_id, codes):
                subscribed = self._subacks.pop(packet_id, None)
                if subscribed is not None and not subscribed.done():
                    subscribed.set_result(codes)
            case wire.PubAck(packet_id):
                published = self._pubacks.get(packet_id)
                if published is not None and not published.done():
                    published.set_result(packet)
            case wire.Goodbye(words):
                self.abort(f"the broker closed: {words}")
            case wire.Pong():
                pass

    def _write(self, data: bytes) -> None:
        if self._why_lost is None and self._transport is not None:
            self._transport.write(data)
            self._last_out_s = self._loop.time()

    async def _send(self, packet: bytes) -> None:
        await self._writable.wait()
        if self._why_lost is not None:
            raise LinkError(self._why_lost)
        self._write(packet)

    def _take_id(self) -> int:
        while True:
            self._next_id = self._next_id % 65_535 + 1
            if self._next_id not in self._pubacks and self._next_id not in self._subacks:
                return self._next_id

    def _go_on(self) -> None:
        if self._stopped:
            self._stopped = False
            self._last_in_s = self._loop.time()  # the silence was of our making
            self._set_reading()

    def _wake(self) -> None:
        self._nap = None
        self._flows_s = self._loop.time()  # what is there already came without a quiet moment
        self._set_reading()

    def _set_reading(self) -> None:
        wanted = not self._stopped and self._nap is None
        transport = self._transport
        if transport is None or transport.is_closing() or transport.is_reading() == wanted:
            return
        if wanted:
            transport.resume_reading()
        else:
            transport.pause_reading()

    def _watch(self) -> None:
        """Four times per keep-alive: pings when quiet, gives up when nothing came for all of it.

        While we do not read, silence says nothing about the broker; we still ping, so that it
        does not give us up.
        """
        now_s = self._loop.time()
        if not self._stopped and now_s - self._last_in_s > self._keep_alive_s:
            self.abort(f"no answer from the broker for {self._keep_alive_s:g} s")
            return
        quiet_s = self._keep_alive_s / 2
        silent_s = 0.0 if self._stopped else now_s - self._last_in_s
        if max(silent_s, now_s - self._last_out_s) >= quiet_s:
            self._write(wire.PINGREQ)
        self._check = self._loop.call_later(self._keep_alive_s / 4, self._watch)


def _fail(answer: asyncio.Future[Any], fault: LinkError) -> None:
    """Ends a wait that can't be answered any more."""
    if not answer.done():
        answer.set_exception(fault)
        answer.exception()  # marks it as seen: nobody may be waiting


async def open_link(
    host: str,
    port: int,
    tls: ssl.SSLContext | None,
    protocol: wire.Protocol,
    keep_alive_s: float,
    max_payload_bytes: int,
) -> Link:
    """A connected socket, before the handshake; raises OSError (certificate faults included)."""
    _, link = await asyncio.get_running_loop().create_connection(
        lambda: Link(protocol, keep_alive_s, max_payload_bytes), host, port, ssl=tls
    )
    return link
