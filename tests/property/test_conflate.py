"""Thinning the positions that wait changes nothing that the engine knows afterwards."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.events import CourierPosition, CourierStatus, CourierStatusChanged, OrderReady
from monitor.core.positions import KEEP, PositionBlock
from monitor.core.reports import Incoming, Input
from monitor.core.tables.columns import STATUSES
from monitor.ingest.conflate import newest_positions

statuses = st.none() | st.sampled_from(get_args(CourierStatus))
couriers = st.sampled_from(["c1", "c2"])
times = st.integers(0, 12)
positions = st.builds(
    lambda ts, courier, lat, status: CourierPosition("riga", ts, courier, lat, 24.0, status),
    times,
    couriers,
    st.integers(50, 60).map(float),
    statuses,
)
changes = st.builds(
    lambda ts, courier, status: CourierStatusChanged("riga", ts, courier, status),
    times,
    couriers,
    st.sampled_from(get_args(CourierStatus)),
)
orders = st.integers(0, 5).map(lambda n: OrderReady("riga", n, f"o{n}"))
queues = st.lists(st.lists(positions | positions | changes | orders, max_size=8), max_size=5)
Known = dict[str, dict[str, object]]


def applied(known: Known, events: Sequence[Incoming]) -> Known:
    """What the contract says of couriers, plainly: older than the newest applied is dropped."""
    after = {courier: dict(fields) for courier, fields in known.items()}
    for event in events:
        if not isinstance(event, CourierPosition | CourierStatusChanged):
            continue
        fields = after.setdefault(event.courier_id, {"ts": -1})
        if event.ts < int(str(fields["ts"])):
            continue
        fields["ts"] = event.ts
        if isinstance(event, CourierPosition):
            fields["place"] = (event.lat, event.lon)
        if event.status is not None:
            fields["status"] = event.status
    return after


def in_blocks(chunk: Sequence[Incoming]) -> list[Input]:
    """Each run of positions as a block."""
    packed: list[Input] = []
    for is_position, run in groupby(chunk, lambda event: isinstance(event, CourierPosition)):
        events: list[Any] = list(run)
        packed += [PositionBlock.of("riga", events)] if is_position else events
    return packed


def singly(chunk: Sequence[Input]) -> Iterator[Incoming]:
    """Each position as an event of its own."""
    for item in chunk:
        if not isinstance(item, PositionBlock):
            yield item
            continue
        rows = zip(item.ids, item.ts, item.lat, item.lon, item.status, strict=True)
        for id_, ts, lat, lon, code in rows:
            status: Any = None if code == KEEP else STATUSES[code]
            yield CourierPosition("riga", int(ts), id_, float(lat), float(lon), status)


@given(queues, st.lists(positions | changes, max_size=6))
def test_what_is_known_of_every_courier_stays_the_same(
    queue: list[list[Incoming]], before: list[Incoming]
) -> None:
    """Place, status and time, whatever was known before and in whatever order."""
    known = applied({}, before)
    everything = [event for chunk in queue for event in chunk]
    thinned = [event for chunk in newest_positions(queue) for event in singly(chunk)]
    assert applied(known, thinned) == applied(known, everything)


@given(queues)
def test_blocks_are_thinned_as_single_positions_are(queue: list[list[Incoming]]) -> None:
    """The same positions stay, whether they wait in blocks or one by one."""
    blocks = newest_positions([in_blocks(chunk) for chunk in queue])
    assert [list(singly(chunk)) for chunk in blocks] == newest_positions(queue)


@given(queues)
def test_only_positions_are_left_out(queue: list[list[Incoming]]) -> None:
    """Everything else stays in its chunk and its order."""
    for chunk, left in zip(queue, newest_positions(queue), strict=True):
        others = [event for event in chunk if not isinstance(event, CourierPosition)]
        assert [event for event in left if not isinstance(event, CourierPosition)] == others
