"""The packets of MQTT 3.1.1 and 5 that a subscriber needs, as bytes; no I/O.

Lives here: building our packets and reading the broker's. Does not live here: sockets, deadlines
(`mqtt_link`), reconnecting (`mqtt`). Sources: OASIS MQTT 3.1.1 (2014) and 5.0 (2019), section
numbers of 5.0 in the comments. We subscribe with QoS 1, so no QoS 2 flow ever reaches us, and
announce no topic aliases, so a PUBLISH always stands alone.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

Protocol = Literal[4, 5]  # the protocol level byte of 3.1.1 and of 5

PINGREQ: Final = b"\xc0\x00"
DISCONNECT: Final = b"\xe0\x00"
UNSUPPORTED_PROTOCOL: Final = (1, 0x84)  # the CONNACK codes of 3.1.1 and 5

_REFUSALS_4: Final = {
    1: "protocol version not supported",
    2: "client id refused",
    3: "server unavailable",
    4: "bad user name or password",
    5: "not authorised",
}
_REASONS_5: Final = {
    0x80: "unspecified error",
    0x81: "malformed packet",
    0x82: "protocol error",
    0x84: "protocol version not supported",
    0x85: "client id refused",
    0x86: "bad user name or password",
    0x87: "not authorised",
    0x88: "server unavailable",
    0x89: "server busy",
    0x8A: "banned",
    0x8B: "server shutting down",
    0x8C: "bad authentication method",
    0x8D: "keep alive timeout",
    0x8E: "another client took over this client id",
    0x8F: "topic filter invalid",
    0x90: "topic name invalid",
    0x93: "receive maximum exceeded",
    0x95: "packet too large",
    0x97: "quota exceeded",
    0x98: "closed by an administrator",
    0x9C: "use another server",
    0x9D: "server moved",
    0x9F: "connection rate exceeded",
}
# Property id -> size in bytes; -1 a length-prefixed string, -2 a pair of them, -3 a varint (2.2.2).
_PROPERTY_SIZE: Final = {
    **dict.fromkeys((0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2A), 1),
    **dict.fromkeys((0x13, 0x21, 0x22, 0x23), 2),
    **dict.fromkeys((0x02, 0x11, 0x18, 0x27), 4),
    **dict.fromkeys((0x03, 0x08, 0x09, 0x12, 0x15, 0x16, 0x1A, 0x1C, 0x1F), -1),
    0x26: -2,
    0x0B: -3,
}
# A topic has 65,535 bytes at most; MQTT 5 lets properties after it be as large as a whole packet.
_HEAD_MAX_BYTES: Final = 131_072
_RECEIVE_MAXIMUM: Final = 0x21
_SERVER_KEEP_ALIVE: Final = 0x13


class ProtocolError(Exception):
    """The broker sent what MQTT does not allow; the connection can't go on."""


@dataclass(frozen=True, slots=True)
class ConnAck:
    """The broker's answer to our CONNECT; `code` 0 is a welcome."""

    session_present: bool
    code: int
    words: str
    keep_alive_s: int | None = None
    receive_maximum: int = 65_535


@dataclass(frozen=True, slots=True)
class SubAck:
    """One code per filter; 0x80 and above are refusals."""

    packet_id: int
    codes: bytes


@dataclass(frozen=True, slots=True)
class PubAck:
    """Our QoS 1 message arrived; a code of 0x80 and above is a refusal."""

    packet_id: int
    code: int
    words: str


@dataclass(frozen=True, slots=True)
class Pong:
    """The answer to a ping."""


@dataclass(frozen=True, slots=True)
class Goodbye:
    """The broker closes, and says why (MQTT 5 only)."""

    words: str


Control = ConnAck | SubAck | PubAck | Pong | Goodbye


@dataclass(slots=True)
class Arrived:
    """Messages in their order; `ack_ids` are the QoS 1 ones' raw ids, to be acknowledged."""

    payloads: list[bytes] = field(default_factory=list)
    ack_ids: list[bytes] = field(default_factory=list)
    size: int = 0
    oversized: int = 0


def connect(
    protocol: Protocol,
    client_id: str,
    keep_alive_s: int,
    session_expiry_s: int,
    username: str | None = None,
    password: str | None = None,
) -> bytes:
    """CONNECT with a session that outlives the connection (clean start off)."""
    flags = (0x80 if username is not None else 0) | (0x40 if password is not None else 0)
    if session_expiry_s == 0:
        flags |= 0x02
    body = b"\x00\x04MQTT" + bytes([protocol, flags]) + struct.pack("!H", keep_alive_s)
    if protocol == 5:
        body += b"\x05\x11" + struct.pack("!I", session_expiry_s)
    body += _text(client_id)
    for part in (username, password):
        if part is not None:
            body += _text(part)
    return _packet(0x10, body)


def subscribe(protocol: Protocol, packet_id: int, filters: Sequence[str]) -> bytes:
    """SUBSCRIBE with QoS 1; MQTT 5 sends retained messages for a new subscription only."""
    options = b"\x11" if protocol == 5 else b"\x01"
    body = struct.pack("!H", packet_id) + (b"\x00" if protocol == 5 else b"")
    return _packet(0x82, body + b"".join(_text(one) + options for one in filters))


def publish(protocol: Protocol, topic: str, payload: bytes, packet_id: int | None) -> bytes:
    """PUBLISH, QoS 1 with a packet id and QoS 0 without; ValueError for a topic of no use."""
    if not topic or any(mark in topic for mark in "+#\0"):
        raise ValueError(f"not a topic to publish on: {topic!r}")
    body = _text(topic)
    if packet_id is not None:
        body += struct.pack("!H", packet_id)
    if protocol == 5:
        body += b"\x00"
    return _packet(0x30 if packet_id is None else 0x32, body + payload)


def pubacks(ack_ids: Iterable[bytes]) -> bytes:
    """PUBACKs for raw packet ids, as one piece of bytes."""
    return b"".join([b"\x40\x02" + ack_id for ack_id in ack_ids])


def refusal(protocol: Protocol, code: int) -> str:
    """A CONNACK, SUBACK, PUBACK or DISCONNECT code in words."""
    known = _REASONS_5 if protocol == 5 or code >= 0x80 else _REFUSALS_4
    return known.get(code, f"code {code:#x}")


class Reader:
    """Cuts the broker's bytes into packets; messages collect in `arrived` until swapped out.

    A message above `max_payload_bytes`, or with a head that no honest one has, is skipped as it
    comes, never held, and counted; with QoS 1 it is still acknowledged, or it would come for ever.
    """

    def __init__(self, protocol: Protocol, max_payload_bytes: int) -> None:
        self.arrived = Arrived()
        self._protocol = protocol
        self._max_payload_bytes = max_payload_bytes
        self._rest = b""
        self._skip = 0

    def feed(self, data: bytes) -> list[Control]:
        """Takes bytes off the wire, gives the control packets; raises ProtocolError."""
        try:
            return self._feed(data)
        except (IndexError, struct.error) as fault:
            raise ProtocolError("a packet ends before its fields do") from fault

    def _feed(self, data: bytes) -> list[Control]:
        if self._skip:
            skipped = min(self._skip, len(data))
            self._skip -= skipped
            data = data[skipped:]
        buffer = self._rest + data if self._rest else data
        end_of_data = len(buffer)
        controls: list[Control] = []
        at = 0
        while (at := self._take_plain(buffer, at)) + 2 <= end_of_data:
            length, body = buffer[at + 1], at + 2
            if length > 127:
                found = _varint(buffer, at + 1)
                if found is None:
                    break
                length, body = found
            end = body + length
            kind = buffer[at] >> 4
            if kind == 3:
                start, ack_id = self._publish_head(buffer, at, body, end)
                if start < 0:
                    break  # not enough of it yet to know where its payload begins
                if end - start > self._max_payload_bytes or start - at > _HEAD_MAX_BYTES:
                    self._drop(ack_id)
                    self._skip = max(0, end - end_of_data)
                    at = min(end, end_of_data)
                    continue
                if end > end_of_data:
                    break
                arrived = self.arrived
                arrived.payloads.append(buffer[start:end])
                arrived.size += end - start
                if ack_id:
                    arrived.ack_ids.append(ack_id)
            elif length > self._max_payload_bytes:
                raise ProtocolError(f"a control packet of {length} bytes")
            elif end > end_of_data:
                break
            else:
                controls.append(self._control(kind, buffer[body:end]))
            at = end
        self._rest = buffer[at:] if at < end_of_data else b""
        return controls

    def _take_plain(self, buffer: bytes, at: int) -> int:
        """Takes messages as long as they are whole and plain, as nearly all are; gives where the
        first other packet begins, for `_feed` to read with all that may be in it."""
        arrived, most = self.arrived, self._max_payload_bytes
        has_properties = self._protocol == 5
        take, size, end_of_data = arrived.payloads.append, 0, len(buffer)
        while at + 4 < end_of_data:
            kind, length, body = buffer[at] & 0xF6, buffer[at + 1], at + 2
            if length > 127:
                length, body = length - 128 + (buffer[body] << 7), body + 1
            end = body + length
            if end > end_of_data or length > 16_383:
                break
            start = body + 2 + (buffer[body] << 8 | buffer[body + 1])
            if kind == 0x32:
                ack_id = buffer[start : start + 2]
                start += 2
            elif kind != 0x30:
                break
            if start >= end:
                break
            if has_properties:
                properties = buffer[start]
                start += 1 + properties
                if properties > 127 or start > end:
                    break
            if end - start > most:
                break
            take(buffer[start:end])
            size += end - start
            if kind == 0x32:
                arrived.ack_ids.append(ack_id)
            at = end
        arrived.size += size
        return at

    def _publish_head(self, buffer: bytes, at: int, body: int, end: int) -> tuple[int, bytes]:
        """Where the payload begins and the raw packet id; (-1, ...) if more bytes are needed."""
        have = min(len(buffer), end)
        if body + 2 > have:
            return self._head_cut(have, end)
        start = body + 2 + (buffer[body] << 8 | buffer[body + 1])
        ack_id = b""
        qos = buffer[at] & 0x06
        if qos:
            if qos != 0x02:
                raise ProtocolError("a message with QoS 2 on a subscription with QoS 1")
            start += 2
            if start > have:
                return self._head_cut(have, end)
            ack_id = buffer[start - 2 : start]
        if self._protocol == 5:
            if start >= have:
                return self._head_cut(have, end)
            length = buffer[start]
            start += 1
            if length > 127:
                found = _varint(buffer[:have], start - 1)
                if found is None:
                    return self._head_cut(have, end)
                length, start = found
            start += length
        if start > end:
            raise ProtocolError("a packet ends before its fields do")
        return start, ack_id

    def _head_cut(self, have: int, end: int) -> tuple[int, bytes]:
        if have == end:
            raise ProtocolError("a packet ends before its fields do")
        return -1, b""

    def _drop(self, ack_id: bytes) -> None:
        self.arrived.oversized += 1
        if ack_id:
            self.arrived.ack_ids.append(ack_id)

    def _control(self, kind: int, body: bytes) -> Control:
        is_5 = self._protocol == 5
        if kind == 2:
            properties = _properties(body[2:]) if is_5 and len(body) > 2 else {}
            words = refusal(self._protocol, body[1])
            keep_alive_s = properties.get(_SERVER_KEEP_ALIVE)
            receive_maximum = properties.get(_RECEIVE_MAXIMUM, 65_535)
            return ConnAck(bool(body[0] & 1), body[1], words, keep_alive_s, receive_maximum)
        if kind == 4:
            (packet_id,) = struct.unpack_from("!H", body)
            code = body[2] if len(body) > 2 else 0
            return PubAck(packet_id, code, refusal(self._protocol, code))
        if kind == 9:
            (packet_id,) = struct.unpack_from("!H", body)
            start = 2
            if is_5:
                found = _varint(body, 2)
                if found is None:
                    raise ProtocolError("a SUBACK without its properties")
                start = found[0] + found[1]
            return SubAck(packet_id, body[start:])
        if kind == 13:
            return Pong()
        if kind == 14 and is_5:
            return Goodbye(refusal(5, body[0]) if body else "no reason given")
        raise ProtocolError(f"a packet of type {kind}, which no broker sends to us")


def _packet(first: int, body: bytes) -> bytes:
    length, head = len(body), bytearray([first])
    if length > 268_435_455:  # four bytes of seven bits (1.5.5)
        raise ValueError(f"a packet of {length} bytes is beyond MQTT")
    while True:
        length, low = divmod(length, 128)
        head.append(low | (0x80 if length else 0))
        if not length:
            return bytes(head) + body


def _text(text: str) -> bytes:
    raw = text.encode()
    if len(raw) > 65_535:
        raise ValueError("a string of more than 65,535 bytes is beyond MQTT")
    return struct.pack("!H", len(raw)) + raw


def _varint(buffer: bytes, at: int) -> tuple[int, int] | None:
    """The number and where it ends, or None when it goes on beyond the buffer."""
    value = 0
    for n, byte in enumerate(buffer[at : at + 4]):
        value |= (byte & 0x7F) << (7 * n)
        if byte < 0x80:
            return value, at + n + 1
    if len(buffer) - at >= 4:
        raise ProtocolError("a length of more than four bytes")
    return None


def _properties(data: bytes) -> dict[int, int]:
    """The numeric properties of a control packet."""
    found = _varint(data, 0)
    if found is None:
        raise ProtocolError("a packet without its properties")
    length, at = found
    end = at + length
    numbers: dict[int, int] = {}
    while at < end:
        key = data[at]
        size = _PROPERTY_SIZE.get(key)
        if size is None:
            raise ProtocolError(f"an unknown property {key:#x}")
        at += 1
        if size > 0:
            numbers[key] = int.from_bytes(data[at : at + size], "big")
            at += size
        elif size == -3:
            number = _varint(data, at)
            if number is None:
                raise ProtocolError("a property that is cut off")
            at = number[1]
        else:
            for _ in range(-size):
                at += 2 + int.from_bytes(data[at : at + 2], "big")
    return numbers
