"""Bytes to events, and why an event is refused."""

import json
from typing import Any

import pytest

from monitor.core.commands import AckAlert
from monitor.core.events import CourierPosition, OrderPlaced, OrderReady
from monitor.ingest.codec import (
    DETAIL_CHARS,
    PART_BYTES,
    SAMPLE_BYTES,
    Decoded,
    Limits,
    decode,
    decode_many,
    decode_recorded,
)


def position(n: int = 1, **changes: Any) -> dict[str, Any]:
    fields = {"type": "courier.position", "city": "riga", "ts": n, "courier_id": f"c{n}"}
    return {**fields, "lat": 56.95, "lon": 24.1, **changes}


def line(n: int = 1, **changes: Any) -> bytes:
    return json.dumps(position(n, **changes)).encode()


def times(decoded: Decoded) -> list[int]:
    return [event.ts for event in decoded.events]


def faults(decoded: Decoded) -> list[tuple[int, str]]:
    return [(bad.index, bad.reason) for bad in decoded.rejected]


@pytest.mark.parametrize(
    "payload",
    [
        b"[" + line(1) + b"," + line(2) + b"]",
        line(1) + b"\n" + line(2),
        line(1) + b"\r\n" + line(2) + b"\r\n",
        b"\n\n  " + line(1) + b"\n \n\t" + line(2) + b"\n\n",
        b"\xef\xbb\xbf" + line(1) + b"\n" + line(2),
        b"  \xef\xbb\xbf  [" + line(1) + b"\n,\n" + line(2) + b"]\n",
        json.dumps([position(1), position(2)], indent=2).encode(),
        b"[" + line(1) + b"]\n[" + line(2) + b"]",
    ],
)
def test_a_payload_is_an_array_or_lines_however_it_is_spaced(payload: bytes) -> None:
    """Two events come out in order of every spelling of two events."""
    decoded = decode(payload)
    assert times(decoded) == [1, 2]
    assert not decoded.rejected


def test_one_object_may_span_lines() -> None:
    """A pretty-printed event is one event."""
    decoded = decode(json.dumps(position(7), indent=2).encode())
    assert times(decoded) == [7]
    assert isinstance(decoded.events[0], CourierPosition)


@pytest.mark.parametrize("payload", [b"", b" \n\t\r\n", b"\xef\xbb\xbf\n", b"[]"])
def test_nothing_holds_no_event_and_no_fault(payload: bytes) -> None:
    """Blank payloads and empty arrays are not faults."""
    assert decode(payload) == Decoded()


def test_unknown_fields_are_ignored() -> None:
    """A publisher may send more than we know."""
    decoded = decode(line(1, mood="fine", nested={"a": [1, {"b": None}]}))
    assert times(decoded) == [1]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b'{"type":"courier.position",', "malformed"),
        (b"hello", "malformed"),
        (line(1) + b" trailing", "malformed"),
        (line(1) + line(2), "malformed"),
        (line(1, lat=float("nan")), "malformed"),
        (line(1, lat=float("inf")), "malformed"),
        (line(1).replace(b"c1", b"\xff\xfe"), "malformed"),
        (line(1).replace(b"c1", b"\xed\xa0\x80"), "malformed"),
        (line(1).replace(b"c1", rb"\ud800"), "malformed"),
        (line(1, deep=1).replace(b'"deep": 1', b'"deep": ' + b"[" * 50_000), "malformed"),
        (line(1, lat=91).replace(b"}", b""), "malformed"),
        (line(1, type="courier.dance"), "unknown_type"),
        (line(1, type="command.ack"), "unknown_type"),
        (line(1, lat=90.0001), "coordinates"),
        (line(1, lon=-180.5), "coordinates"),
        (line(1).replace(b"56.95", b"1e999"), "coordinates"),
        (line(1).replace(b"56.95", b"9" * 500), "coordinates"),
        (
            b'{"type":"order.placed","city":"riga","ts":1,"order_id":"o","venue_id":"v",'
            b'"promised_ts":2,"dropoff":{"lat":95,"lon":1}}',
            "coordinates",
        ),
        (line(1, lat="56.95"), "invalid"),
        (line(1, lat=None), "invalid"),
        (line(1, type=None), "invalid"),
        (line(1, ts=-1), "invalid"),
        (line(1, ts=1.5), "invalid"),
        (line(1, ts=10**40), "invalid"),
        (line(1, courier_id=""), "invalid"),
        (line(1, courier_id="c" * 129), "invalid"),
        (line(1, status="asleep"), "invalid"),
        (line(1).replace(b"56.95", b"56.95, " + b'"accuracy_m": 1e400'), "invalid"),
        (b"{}", "invalid"),
        (b"null", "invalid"),
        (b'"courier.position"', "invalid"),
    ],
)
def test_each_fault_has_its_reason_and_costs_no_neighbour(bad: bytes, reason: str) -> None:
    """A bad event is refused under its reason, in lines, in arrays and in batches alike."""
    good = [line(1), line(2)]
    as_lines = decode(b"\n".join([good[0], bad, good[1]]))
    as_array = decode(b"[" + b",".join([good[0], bad, good[1]]) + b"]")
    as_batch = decode_many([good[0], bad, good[1]])
    for decoded in (as_lines, as_batch):
        assert times(decoded) == [1, 2]
        assert faults(decoded) == [(1, reason)]
    if bad.count(b"[") == bad.count(b"]") and bad.count(b"{") == bad.count(b"}"):
        assert faults(as_array) == [(1, reason)]
        assert times(as_array) == [1, 2]
    else:
        assert times(as_array)[0] == 1
    assert faults(decode(bad)) == [(0, reason)]


def test_the_detail_names_the_field_and_stays_short() -> None:
    """Whoever reads a refusal sees where the fault is, and a huge value does not fill the ring."""
    by_field = decode(line(1, lat=91)).rejected[0]
    assert by_field.detail.endswith("at `$.lat`")
    huge = decode(line(1, type="x" * 10_000)).rejected[0]
    assert len(huge.detail) == DETAIL_CHARS
    assert len(huge.sample) <= SAMPLE_BYTES


def test_a_broken_array_keeps_the_items_before_and_after_the_fault() -> None:
    """A NaN inside one item, or an end cut off, costs that item alone."""
    items = [line(1), line(2, lat=float("nan")), line(3, courier_id='a"],[{\\')]
    whole = decode(b"[" + b",".join(items) + b"]")
    assert times(whole) == [1, 3]
    assert faults(whole) == [(1, "malformed")]
    cut = decode((b"[" + b",".join([line(1), line(2), line(3)]) + b"]")[:-20])
    assert times(cut) == [1, 2]
    assert faults(cut) == [(2, "malformed")]
    trailing = decode(b"[" + line(1) + b"] and more")
    assert times(trailing) == [1]
    assert faults(trailing) == [(1, "malformed")]


def test_a_crafted_payload_cannot_swallow_its_neighbour() -> None:
    """Payloads that would join into one document are each judged alone."""
    opening = b'{"type":"order.ready","city":"riga","ts":9,"order_id":"o","x":'
    decoded = decode_many([opening, line(1), b"}", line(2) + line(3), line(4)])
    assert times(decoded) == [1, 4]
    assert [index for index, _ in faults(decoded)] == [0, 2, 3]


def test_a_batch_may_mix_every_form() -> None:
    """Single events, arrays, lines and blanks in one batch; indexes run through all of it."""
    payloads = [
        line(1),
        b"",
        b"[" + line(2) + b",{}," + line(3) + b"]",
        line(4) + b"\nbroken\n" + line(5),
        line(6),
    ]
    decoded = decode_many(payloads)
    assert times(decoded) == [1, 2, 3, 4, 5, 6]
    assert faults(decoded) == [(2, "invalid"), (5, "malformed")]


def test_a_payload_beyond_a_limit_is_refused_whole() -> None:
    """Too many bytes and too many events are one refusal each and leave the neighbours."""
    limits = Limits(max_payload_bytes=1_000, max_events=3)
    fat = line(9, note="x" * 1_000)
    many = b"[" + b",".join([line(9)] * 4) + b"]"
    decoded = decode_many([line(1), fat, many, line(2)], limits)
    assert times(decoded) == [1, 2]
    assert faults(decoded) == [(1, "too_large"), (2, "too_many")]


def test_commands_come_only_from_our_own_recordings() -> None:
    """An acknowledgement is read from a recording and refused from a stream."""
    ack = b'{"type":"command.ack","city":"riga","ts":1,"by":"anna","alert_id":"a1"}'
    recorded = decode_recorded(ack + b"\n" + line(2))
    assert isinstance(recorded.events[0], AckAlert)
    assert times(recorded) == [1, 2]
    assert faults(decode(ack)) == [(0, "unknown_type")]


def test_every_event_is_typed() -> None:
    """The type picks the struct, wherever it stands in the object."""
    order = (
        b'{"city":"riga","ts":1,"order_id":"o","venue_id":"v","promised_ts":2,'
        b'"dropoff":{"lat":56.9,"lon":24.1},"type":"order.placed"}'
    )
    ready = b'{"type":"order.ready","city":"riga","ts":1,"order_id":"o"}'
    decoded = decode_many([order, ready])
    assert [type(event) for event in decoded.events] == [OrderPlaced, OrderReady]


def test_a_broken_line_that_looks_like_an_array_takes_no_neighbours_along() -> None:
    """NDJSON whose first line is `[oops`: the good lines after it are taken."""
    decoded = decode(b"\n".join([b"[oops", line(1), line(2)]))
    assert [event.ts for event in decoded.events] == [1, 2]
    assert faults(decoded) == [(0, "malformed")]


def test_a_recording_is_read_line_by_line_without_bounds() -> None:
    """More bad lines than a payload may hold events: each is counted, the good ones are taken."""
    bad = 120_000
    decoded = decode_recorded(b"[oops\n" + line(1) + b"\n" + b"x\n" * bad + line(2))
    assert [event.ts for event in decoded.events] == [1, 2]
    assert len(decoded.rejected) == bad + 1


def test_a_line_holds_one_event_even_where_the_numbers_of_both_agree() -> None:
    """An event over two lines and two events on one are three broken lines, not three events."""
    over_two = line(1).replace(b",", b",\n", 1)
    on_one = line(2) + line(3)
    decoded = decode(b"\n".join([line(4), over_two, on_one, line(5)]))
    assert times(decoded) == times(decode(line(4))) + times(decode(line(5)))
    assert [bad.reason for bad in decoded.rejected] == ["malformed"] * 3


def padded(size: int, end: bytes) -> bytes:
    """The beginning of an event, or all of it, of so many bytes, with `end` at its end."""
    head = line(1).removesuffix(b"}") + b', "pad": "'
    return head + b"x" * (size - len(head) - len(end)) + end


@pytest.mark.parametrize("place", range(PART_BYTES - 2, PART_BYTES + 4))
def test_a_line_ends_wherever_in_a_long_payload_that_stands(place: int) -> None:
    """Between events it ends one; within one it breaks it, though there are as many as lines."""
    assert times(decode(padded(place, b'"}') + b"\n" + line(2))) == [1, 2]
    after_brace = padded(place, b'", "n": {}') + b'\n, "m": 1}'
    before_brace = padded(place, b'", "n":') + b"\n{}}"
    for over_two in (after_brace, before_brace):
        assert over_two[place] == ord("\n")
        decoded = decode(over_two + line(3) + b"\n" + line(2) + b"\n")
        assert times(decoded) == [2]
        assert [bad.reason for bad in decoded.rejected] == ["malformed"] * 2
