"""Any mix of good and bad events, grouped anyhow, gives the same events and the same refusals."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from monitor.ingest.codec import Decoded, RejectReason, decode, decode_many


def good(n: int) -> bytes:
    fields: dict[str, Any] = {"type": "order.ready", "city": "riga", "ts": n, "order_id": f"o{n}"}
    return json.dumps(fields).encode()


BAD: list[tuple[bytes, RejectReason]] = [
    (b'{"type":"order.ready","city":"riga"', "malformed"),
    (b"{]", "malformed"),
    (b"]", "malformed"),
    (b'"', "malformed"),
    (b",", "malformed"),
    (good(1) + b",", "malformed"),
    (good(1) + good(2), "malformed"),
    (b'{"ts":NaN}', "malformed"),
    (good(1).replace(b'"riga"', b'"\xff"'), "malformed"),
    (b'{"x":' * 5_000, "malformed"),
    (b'{"type":"order.eaten"}', "unknown_type"),
    (good(1).replace(b'"ts": 1', b'"ts": -1'), "invalid"),
    (b"7", "invalid"),
    (b'{"type":"venue.updated","city":"r","ts":1,"venue_id":"v","lat":91,"lon":0}', "coordinates"),
    (
        b'{"type":"venue.updated","city":"r","ts":1,"venue_id":"v","lat":1e999,"lon":0}',
        "coordinates",
    ),
]

lines = st.lists(
    st.integers(0, 9_999).map(lambda n: (good(n), None)) | st.sampled_from(BAD), max_size=30
)


def shape(decoded: Decoded) -> tuple[list[int], list[tuple[int, str]]]:
    return (
        [event.ts for event in decoded.events],
        [(bad.index, bad.reason) for bad in decoded.rejected],
    )


@given(
    lines,
    st.lists(st.integers(1, 6), max_size=30),
    st.sampled_from([b"\n", b"\r\n", b"\n\n", b" \n\t"]),
)
def test_grouping_changes_nothing(
    mixed: list[tuple[bytes, RejectReason | None]], sizes: list[int], line_end: bytes
) -> None:
    """Lines in payloads of any size: the same events in order, each bad one under its reason."""
    wanted = (
        [int(json.loads(data)["ts"]) for data, reason in mixed if reason is None],
        [(n, reason) for n, (_, reason) in enumerate(mixed) if reason is not None],
    )
    payloads: list[bytes] = []
    rest = [data for data, _ in mixed]
    for size in sizes:
        payloads.append(line_end.join(rest[:size]))
        rest = rest[size:]
    payloads += rest
    assert shape(decode_many(payloads)) == wanted
    assert shape(decode_many([data for data, _ in mixed])) == wanted


@given(st.lists(st.integers(0, 9_999).map(good) | st.sampled_from([b"7", b"{}"]), max_size=20))
def test_an_array_is_its_items(items: list[bytes]) -> None:
    """An array of events, some of them refused, gives what its items give alone."""
    array = b"[" + b" , ".join(items) + b"]"
    assert shape(decode(array)) == shape(decode_many(items))


@given(st.binary(max_size=300))
def test_no_bytes_raise(noise: bytes) -> None:
    """Noise beside a good event costs that event nothing."""
    decoded = decode_many([noise, good(5)])
    assert decoded.events[-1].ts == 5


@given(st.text('[]{}",:\\ \n0a', max_size=60))
def test_no_brackets_raise(text: str) -> None:
    """Crafted brackets and quotes cost the neighbour nothing."""
    decoded = decode_many([good(4), text.encode(), good(5)])
    assert [event.ts for event in decoded.events][:: len(decoded.events) - 1] == [4, 5]
