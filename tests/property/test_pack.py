"""Positions as blocks do what the same positions one by one do."""

from collections.abc import Sequence
from typing import Any, get_args

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.events import LAST_TS, CourierPosition, CourierStatus
from monitor.core.positions import KEEP, PositionBlock
from monitor.core.reports import Incoming, Input, count_events
from monitor.core.state import State
from monitor.core.step import step
from monitor.durable.recorder import Record, read_record
from monitor.ingest.pack import pack
from tests.property.test_core_batches import FEW, contents
from tests.support.cities import T0
from tests.support.happenings import COURIER_WORDS, POSITIONS, in_batches, stories
from tests.support.towns import town

CUTS = st.lists(st.integers(0, 400), max_size=8)
# Long runs, with other events of couriers, orders and venues between some of them.
STORIES = st.lists(stories(POSITIONS, max_size=90), max_size=4).flatmap(
    lambda runs: stories(COURIER_WORDS, max_size=4).map(
        lambda words: [told for run in runs for told in [*run, *words]]
    )
)


def taken(batches: Sequence[Sequence[Input]], now_ms: int) -> State:
    state = State([town()])
    for batch in batches:
        step(state, batch, now_ms)
    state.check()
    return state


@FEW
@given(STORIES, CUTS, st.integers(20, 200))
def test_packed_events_leave_the_tables_that_unpacked_ones_do(
    told: list[tuple[int, Incoming]], cuts: list[int], most: int
) -> None:
    """Wherever the stream is cut, and however large a block may be."""
    events = [event for _, event in told]
    now_ms = max((clock for clock, _ in told), default=T0)
    plain = taken([events], now_ms)
    packed = taken([pack(batch, most, fewest=5) for batch in in_batches(events, cuts)], now_ms)
    one, other = (next(iter(state.cities.values())) for state in (plain, packed))
    np.testing.assert_equal(contents(one), contents(other))
    assert (plain.tally, plain.by_type) == (packed.tally, packed.by_type)
    assert one.streams["couriers"].dump().slots == other.streams["couriers"].dump().slots


@given(STORIES, st.integers(20, 200))
def test_packing_loses_no_event_and_makes_no_block_too_large(
    told: list[tuple[int, Incoming]], most: int
) -> None:
    """As many come out as went in; what is not a position stays as it is, in its order."""
    events = [event for _, event in told]
    packed = pack(events, most, fewest=5)
    assert count_events(packed) == len(events)
    assert all(len(item) <= most for item in packed if isinstance(item, PositionBlock))
    others = [event for event in events if not isinstance(event, CourierPosition)]
    kinds = (PositionBlock, CourierPosition)
    assert [item for item in packed if not isinstance(item, kinds)] == others


def position(n: int, status: CourierStatus | None) -> CourierPosition:
    return CourierPosition("riga", n, f"c{n}", 56 + n / 1000, 24 - n / 1000, status)


STATUSES: list[Any] = [None, *get_args(CourierStatus)]


def block(events: Sequence[CourierPosition]) -> PositionBlock:
    return PositionBlock.of("riga", events)


EVENTS = [position(n, STATUSES[n % len(STATUSES)]) for n in range(60)]


@given(
    st.lists(
        st.builds(
            CourierPosition,
            st.just("riga"),
            st.integers(0, LAST_TS) | st.integers(0, 300),
            st.text(min_size=1, max_size=9),
            st.floats(-90, 90) | st.integers(-90, 90),
            st.floats(-180, 180),
            st.sampled_from(STATUSES),
        ),
        max_size=60,
    )
)
def test_a_block_holds_what_its_events_said(events: list[CourierPosition]) -> None:
    """Column by column, to the bit; a position without a status is told as such."""
    told = block(events)
    assert told.ids == [event.courier_id for event in events]
    assert told.ts.tolist() == [event.ts for event in events]
    assert told.lon.tolist() == [event.lon for event in events]
    assert told.lat.tolist() == [event.lat for event in events]
    names = {KEEP: None, **dict(enumerate(STATUSES[1:]))}
    assert [names[code] for code in told.status.tolist()] == [event.status for event in events]


def test_blocks_are_joined_and_thinned_like_lists() -> None:
    """Two blocks are one after the other; a mask keeps what it names."""
    assert PositionBlock.joined([block(EVENTS[:20]), block(EVENTS[20:])]) == block(EVENTS)
    kept = np.array([event.ts % 3 == 0 for event in EVENTS])
    assert block(EVENTS).only(kept) == block(EVENTS[::3])


def test_a_block_goes_through_the_journal_unchanged() -> None:
    """What a restart repeats is what was taken."""
    record = Record("step", T0, [block(EVENTS), EVENTS[0]])
    assert read_record(msgspec.msgpack.encode(record)) == record
