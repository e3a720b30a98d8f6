"""Unknown cities and events ahead of the clock."""

from monitor.core.events import CourierPosition
from monitor.core.positions import PositionBlock
from monitor.ingest.codec import Decoded, decode
from monitor.ingest.gate import Gate
from monitor.runtime.clock import EventClock

DAY_MS = 86_400_000


def ready(ts: int, city: str = "riga") -> bytes:
    return b'{"type":"order.ready","city":"%s","ts":%d,"order_id":"o"}' % (city.encode(), ts)


def at(ts: int) -> CourierPosition:
    return CourierPosition("riga", ts, "c1", 56.9, 24.1)


def faults(decoded: Decoded) -> list[tuple[int, str]]:
    return [(bad.index, bad.reason) for bad in decoded.rejected]


def test_an_event_may_be_a_minute_ahead_and_no_more() -> None:
    """The bound is inclusive: 60.000 s ahead is let in, 60.001 s is not."""
    decoded = decode(ready(160_000) + b"\n" + ready(160_001))
    Gate(["riga"]).admit(decoded, now_ms=100_000)
    assert [event.ts for event in decoded.events] == [160_000]
    assert faults(decoded) == [(1, "future")]
    assert decoded.rejected[0].detail == "60.0 s ahead of the clock - at `$.ts`"


def test_refusals_keep_the_places_of_the_events_in_the_payload() -> None:
    """What the codec and the gate refuse stands in one list, by place."""
    decoded = decode(b"\n".join([ready(1), b"broken", ready(2, "atlantis"), b"{}", ready(3)]))
    Gate(["riga"]).admit(decoded, now_ms=10)
    assert [event.ts for event in decoded.events] == [1, 3]
    assert faults(decoded) == [(1, "malformed"), (2, "unknown_city"), (3, "invalid")]


def test_cities_can_be_replaced() -> None:
    """After a reload the new cities are let in and the old ones are not."""
    gate = Gate(["riga"])
    gate.replace_cities(["berlin"])
    assert gate.cities == {"berlin"}
    event = decode(ready(1)).events[0]
    assert gate.check(event, 1) == "unknown_city"


def test_a_recording_is_judged_by_its_own_time() -> None:
    """The first event sets the clock; one more than a day ahead of the greatest is refused."""
    clock = EventClock()
    gate = Gate(["riga"], future_ms=DAY_MS)
    start = 1_700_000_000_000
    decoded = decode(
        b"\n".join(
            [
                ready(start),
                ready(start + 2 * DAY_MS),
                ready(start + DAY_MS),
                ready(start + 2 * DAY_MS),
            ]
        )
    )
    gate.admit_recorded(decoded, clock)
    assert [event.ts for event in decoded.events] == [
        start,
        start + DAY_MS,
        start + 2 * DAY_MS,
    ]
    assert faults(decoded) == [(1, "future")]
    assert clock.now_ms() == start + 2 * DAY_MS
    again = decode(ready(start + 5))
    gate.admit_recorded(again, clock)
    assert not again.rejected
    assert clock.now_ms() == start + 2 * DAY_MS


def test_what_is_recorded_is_let_in_as_a_whole_where_none_would_be_refused() -> None:
    """Known cities, and none a day ahead of the first: the clock moves on to the latest."""
    clock = EventClock()
    gate = Gate(["riga"], future_ms=DAY_MS)
    assert not gate.lets_recorded_in({"riga", "atlantis"}, 5, 5, clock)
    assert not gate.lets_recorded_in({"riga"}, 5, 6 + DAY_MS, clock)
    assert not clock.started
    assert gate.lets_recorded_in({"riga"}, 5, 5 + DAY_MS, clock)
    assert clock.now_ms() == 5 + DAY_MS
    assert gate.lets_recorded_in({"riga"}, 0, 5 + 2 * DAY_MS, clock)
    assert not gate.lets_recorded_in({"riga"}, 0, 6 + 3 * DAY_MS, clock)


def test_packed_events_are_let_in_as_a_whole_where_none_would_be_refused() -> None:
    """One of another city or ahead of the clock, in a block or beside it, and each is looked at."""
    gate = Gate(["riga"])
    good, late = (PositionBlock.of("riga", [at(ts), at(7)]) for ts in (60_000, 60_001))
    other = PositionBlock.of("atlantis", [at(1)])
    event = decode(ready(5)).events[0]
    assert gate.lets_all_in([good, event], now_ms=0)
    assert not gate.lets_all_in([good, late], now_ms=0)
    assert not gate.lets_all_in([other], now_ms=0)
    assert not gate.lets_all_in([good, decode(ready(60_001)).events[0]], now_ms=0)
