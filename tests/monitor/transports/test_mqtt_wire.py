"""The bytes of MQTT, both ways."""

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.transports import mqtt_wire as wire


def reader(protocol: wire.Protocol = 5, max_payload_bytes: int = 1_000) -> wire.Reader:
    return wire.Reader(protocol, max_payload_bytes)


def test_connect_is_as_the_standards_show_it() -> None:
    """3.1.1 without properties, 5 with the session's expiry; user and password at the end."""
    assert wire.connect(4, "ab", 20, 60) == b"\x10\x0e\x00\x04MQTT\x04\x00\x00\x14\x00\x02ab"
    assert wire.connect(4, "ab", 20, 0)[9] == 0x02
    assert wire.connect(5, "ab", 20, 60, "u", "p") == (
        b"\x10\x1a\x00\x04MQTT\x05\xc0\x00\x14\x05\x11\x00\x00\x00\x3c\x00\x02ab\x00\x01u\x00\x01p"
    )


def test_subscribe_and_acknowledgements_are_as_the_standards_show_them() -> None:
    """QoS 1 for each filter; MQTT 5 asks for retained messages on new subscriptions only."""
    assert wire.subscribe(4, 7, ["a/#"]) == b"\x82\x08\x00\x07\x00\x03a/#\x01"
    assert wire.subscribe(5, 7, ["a/#"]) == b"\x82\x09\x00\x07\x00\x00\x03a/#\x11"
    assert wire.pubacks([b"\x00\x01", b"\x12\x34"]) == b"\x40\x02\x00\x01\x40\x02\x12\x34"


def test_long_packets_carry_long_lengths() -> None:
    """Lengths of one to three bytes come back as they went."""
    for size in (0, 100, 127, 128, 16_000, 17_000, 2_100_000):
        one = reader(4, 3_000_000)
        one.feed(wire.publish(4, "t", b"x" * size, None))
        assert [len(payload) for payload in one.arrived.payloads] == [size]


def test_the_brokers_answers_are_understood() -> None:
    """Welcome with its properties, refusals in words, pings and goodbyes."""
    welcome = b"\x20\x09\x01\x00\x06\x22\x00\x0a\x21\x03\xe8"
    [connack] = reader(5).feed(welcome)
    assert connack == wire.ConnAck(True, 0, "code 0x0", None, 1_000)
    [refused] = reader(4).feed(b"\x20\x02\x00\x04")
    assert isinstance(refused, wire.ConnAck)
    assert refused.words == "bad user name or password"
    long_winded = b"\x20\x0f\x00\x87\x0c\x1f\x00\x02no\x26\x00\x01a\x00\x01b"
    [refused] = reader(5).feed(long_winded)
    assert isinstance(refused, wire.ConnAck)
    assert refused.words == "not authorised"
    assert reader(5).feed(b"\x90\x05\x00\x07\x00\x01\x80") == [wire.SubAck(7, b"\x01\x80")]
    assert reader(4).feed(b"\x90\x03\x00\x07\x01") == [wire.SubAck(7, b"\x01")]
    assert reader(4).feed(b"\xd0\x00\xd0\x00") == [wire.Pong(), wire.Pong()]
    assert reader(5).feed(b"\xe0\x01\x8e") == [
        wire.Goodbye("another client took over this client id")
    ]
    [puback] = reader(5).feed(b"\x40\x03\x00\x05\x87")
    assert puback == wire.PubAck(5, 0x87, "not authorised")


@pytest.mark.parametrize(
    "data",
    [
        b"\x34\x05\x00\x01t\x00\x01",  # QoS 2
        b"\x30\x03\x00\x09t",  # a topic longer than its packet
        b"\x32\x03\x00\x01t",  # no room for the packet id
        b"\x30\xff\xff\xff\xff\x01",  # a length of five bytes
        b"\x10\x02\x00\x00",  # a CONNECT from a broker
        b"\x20\x01\x00",  # a CONNACK that is cut off
        b"\xd0\xff\xff\x7f",  # a huge control packet
        b"\x20\x05\x00\x00\x02\x77\x00",  # an unknown property
    ],
)
def test_what_no_broker_may_send_ends_the_connection(data: bytes) -> None:
    """A fault of the protocol is told as such, never as another exception."""
    with pytest.raises(wire.ProtocolError):
        reader(5).feed(data)


@pytest.mark.parametrize("topic", ["", "a/+", "#", "nul\0"])
def test_a_topic_to_publish_on_has_no_wildcards(topic: str) -> None:
    """Else a courier's id could reach other couriers."""
    with pytest.raises(ValueError, match="not a topic"):
        wire.publish(5, topic, b"", None)


messages = st.lists(
    st.tuples(
        st.text("abc/", min_size=1, max_size=20),
        st.binary(max_size=300),
        st.none() | st.integers(1, 65_535),
    ),
    max_size=12,
)


@given(
    protocol=st.sampled_from([4, 5]),
    sent=messages,
    cuts=st.lists(st.integers(0, 4_000), max_size=20),
)
def test_any_split_of_the_bytes_gives_the_same_messages(
    protocol: wire.Protocol,
    sent: list[tuple[str, bytes, int | None]],
    cuts: list[int],
) -> None:
    """Payloads, acknowledgements and drops depend on the bytes, not on how they were cut."""
    stream = b"".join(wire.publish(protocol, topic, data, mid) for topic, data, mid in sent)
    one = reader(protocol, max_payload_bytes=200)
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    for start, end in pairwise(edges):
        one.feed(stream[start:end])
    assert one.arrived.payloads == [data for _, data, _ in sent if len(data) <= 200]
    ids = [mid.to_bytes(2, "big") for _, _, mid in sent if mid is not None]
    assert one.arrived.ack_ids == ids
    assert one.arrived.oversized == sum(len(data) > 200 for _, data, _ in sent)


@given(
    protocol=st.sampled_from([4, 5]),
    qos=st.sampled_from([0, 1]),
    flags=st.sampled_from([0, 0x01, 0x08, 0x09]),
    sizes=st.lists(st.sampled_from([0, 1, 90, 110, 127, 128, 200, 16_400]), max_size=6),
    properties=st.sampled_from([b"", b"\x01\x00", b"\x02\0\0\0\x09", b"\x03\x00\x80" + 128 * b"t"]),
)
def test_messages_with_all_that_may_be_in_them_are_read(
    protocol: wire.Protocol, qos: int, flags: int, sizes: list[int], properties: bytes
) -> None:
    """Duplicates, retained ones, any length, properties of any kind: one by one or joined."""
    head = b"\x00\x01t" + (b"\x12\x34" if qos else b"")
    if protocol == 5:
        length = len(properties)
        head += bytes([length] if length < 128 else [length & 127 | 128, length >> 7]) + properties
    packets = [_packet(0x30 | qos << 1 | flags, head + b"x" * size) for size in sizes]
    for pieces in (packets, [b"".join(packets)]):
        one = reader(protocol, 20_000)
        for piece in pieces:
            assert one.feed(piece) == []
        assert [len(payload) for payload in one.arrived.payloads] == sizes
        assert one.arrived.size == sum(sizes)
        assert one.arrived.ack_ids == [b"\x12\x34"] * len(sizes) * qos


def test_a_head_larger_than_any_honest_one_is_skipped_and_not_held() -> None:
    """Properties as large as a packet may be are dropped as they come, and what follows is read."""
    size = 4_000_000
    length = bytes([size & 127 | 128, size >> 7 & 127 | 128, size >> 14 & 127 | 128, size >> 21])
    huge = _packet(0x32, b"\x00\x01t\x12\x34" + length + b"\x26" * size + b"small")
    one = reader(5)
    for at in range(0, len(huge), 65_536):
        one.feed(huge[at : at + 65_536])
        assert len(one._rest) < 65_536
    one.feed(wire.publish(5, "t", b"next", None))
    assert one.arrived.payloads == [b"next"]
    assert one.arrived.ack_ids == [b"\x12\x34"]
    assert one.arrived.oversized == 1


def _packet(first: int, body: bytes) -> bytes:
    """A packet with its length in as many bytes as it needs."""
    length, head = len(body), [first]
    while length > 127:
        head.append(length & 127 | 128)
        length >>= 7
    return bytes([*head, length]) + body


@pytest.mark.parametrize(
    "packet",
    [
        b"\x30\x04\x00\x09ab",  # the topic is longer than the packet
        b"\x32\x05\x00\x03abc",  # no room for the packet's id
        b"\x30\x06\x00\x01t\x7fxx",  # nor for the properties
        b"\x34\x06\x00\x01t\x12\x34\x00",  # QoS 2
    ],
)
def test_a_broken_message_is_a_fault_between_good_ones_too(packet: bytes) -> None:
    """What is wrong with a message does not depend on what stands around it."""
    good = wire.publish(5, "t", b"x" * 20, None)
    with pytest.raises(wire.ProtocolError):
        reader(5).feed(packet)
    with pytest.raises(wire.ProtocolError):
        reader(5).feed(good + packet + good)


@given(st.sampled_from([4, 5]), st.binary(max_size=200))
def test_no_bytes_break_the_reader(protocol: wire.Protocol, data: bytes) -> None:
    """Noise is read or refused as a fault of the protocol."""
    with suppress(wire.ProtocolError):
        reader(protocol).feed(data)
