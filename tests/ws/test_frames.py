"""Frames of couriers: what is told is what is true, quantised; after any history; their size."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.frame_reader import FrameReader
from tests.support.frame_town import BOX, STEP_LAT, STEP_LON, T0, FrameTown, One, read, view
from ws import frames
from ws.frames import Head, Picture
from ws.limits import Limits

METRE_LAT = 1 / 111_195
METRE_LON = METRE_LAT / float(np.cos(np.radians(57)))

_MOVE = st.one_of(
    st.integers(-9, 9),
    st.sampled_from([-129, -128, 127, 128]),
    st.integers(-300, 300),
    st.integers(-70_000, 70_000),
)
_WHICH = st.integers(0, 40)
_CHANGE = st.tuples(
    st.sampled_from(["join", "leave", "swap", "move", "move", "state", "fix"]),
    _WHICH,
    _MOVE,
    _MOVE,
)
_BEAT = st.tuples(st.just("beat"), st.sampled_from([0, 0, 0, 1, 3, 600]), st.just(0), st.just(0))
_OTHER = st.tuples(
    st.sampled_from(["read", "read", "lose", "ask", "renumber"]),
    st.integers(0, 5),
    st.just(0),
    st.just(0),
)
_STEP = st.one_of(_CHANGE, _BEAT, _CHANGE, _OTHER)


def change(town: FrameTown, what: str, which: int, dx: int, dy: int, number: int) -> None:
    """Something happens to a courier."""
    slots = town.slots
    if what == "renumber":
        town.table = object()
        town.slots = [one for one in slots if one is not None]
        return
    at = which % len(slots) if slots else -1
    one = slots[at] if slots else None
    if what == "join":
        new = One(f"c{number}", x=dx % 65_536, y=dy % 65_536, fix_ms=town.now_ms)
        free = [slot for slot, held in enumerate(slots) if held is None]
        if free:
            slots[free[-1]] = new
        else:
            slots.append(new)
    elif one is None:
        return
    elif what == "leave":
        slots[at] = None
    elif what == "swap":
        slots[at] = One(f"c{number}", x=which, y=which, fix_ms=None)
    elif what == "move":
        # Few go far beyond the box, so that near moves stay frequent.
        one.x = min(max(one.x + dx, -5), 65_540)
        one.y = min(max(one.y + dy, -5), 65_540)
        one.fix_ms = town.now_ms
    elif what == "state":
        one.status = which % 5 | (which & 3) << 3
    elif what == "fix":
        one.fix_ms = town.now_ms + dx  # from a minute ago to a minute ahead


@settings(max_examples=200, deadline=None)
@given(st.lists(_STEP, min_size=30, max_size=80), st.sampled_from([0.4, 10.0]))
def test_a_reader_holds_what_is_true_after_any_history(
    steps: list[tuple[str, int, int, int]], keyframe_s: float
) -> None:
    """Through moves, joins, leaves, slots used again, lost frames and slow reading alike."""
    town = FrameTown(Limits(keyframe_s=keyframe_s, conflate_after_ms=600))
    town.slots = [One(f"first{n}", x=n, y=n) for n in range(6)]
    town.slots[2] = None
    # One reads everything at once; the other is slow, and loses a frame now and then.
    quick, quick_reader = town.client(), FrameReader()
    slow, slow_reader = town.client(), FrameReader()
    truths = {}
    for number, (what, which, dx, dy) in enumerate(steps):
        if what == "beat":
            town.beat(which + 0.25)
            read(quick, quick_reader, town.now_s)
            if quick_reader.ts_ms == town.now_ms:
                assert view(quick_reader) == town.truth()
            truths[quick_reader.handle, quick_reader.seq, town.now_ms] = town.truth()
        elif what == "read":
            for _ in range(which):
                read(slow, slow_reader, town.now_s, messages=1)
                if slow_reader.outcomes[-1:] == ["applied"]:
                    at = (slow_reader.handle, slow_reader.seq, slow_reader.ts_ms)
                    assert at not in truths or view(slow_reader)[1] == truths[at][1]
        elif what == "lose":
            lost = slow.outbox.take(town.now_s)
            if lost is not None and not lost.startswith(b"CWCF"):
                slow_reader.take(lost)
        elif what == "ask":
            town.hub.columns.ask(slow, "riga")
        else:
            change(town, what, which, dx, dy, number)
    town.beat()
    read(slow, slow_reader, town.now_s)
    town.hub.columns.ask(slow, "riga")
    town.beat()
    for client, reader in ((quick, quick_reader), (slow, slow_reader)):
        read(client, reader, town.now_s)
        assert view(reader)[0] == town.truth()[0]
        assert [told and told[:3] for told in view(reader)[1]] == [
            told and told[:3] for told in town.truth()[1]
        ]
        assert reader.couriers == sum(one is not None for one in town.slots)
    assert "needs-keyframe" not in quick_reader.outcomes
    assert "ignored" not in quick_reader.outcomes


def city(couriers: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Lon, lat, fix and status of couriers anywhere in the box."""
    rng = np.random.default_rng(4)
    lon = rng.uniform(BOX.west + 0.01, BOX.east - 0.01, couriers)
    lat = rng.uniform(BOX.south + 0.01, BOX.north - 0.01, couriers)
    fix = T0 - rng.integers(0, 250, couriers)
    return lon, lat, fix, rng.integers(0, 5, couriers).astype(np.uint8)


def ridden(lon: np.ndarray, lat: np.ndarray, metres: float) -> tuple[np.ndarray, np.ndarray]:
    """So many metres on, each in a direction of his own."""
    angle = np.random.default_rng(5).uniform(0, 2 * np.pi, len(lon))
    return lon + np.cos(angle) * metres * METRE_LON, lat + np.sin(angle) * metres * METRE_LAT


@pytest.mark.parametrize(
    ("couriers", "most"), [(20_000, 30 * 1024), (100_000, 150 * 1024)], ids=["20k", "100k"]
)
def test_a_delta_of_all_couriers_on_the_move_is_small(couriers: int, most: int) -> None:
    """All ride 25 km/h for a quarter of a second, one in 100 changes status, some jump or stay."""
    lon, lat, fix, status = city(couriers)
    before = frames.picture(lon, lat, fix, status, BOX, T0)
    lon2, lat2 = ridden(lon, lat, 7 / 4)
    lon2[::500] += 0.001  # every 500th by 60 m, more than a byte says
    status[::100] = (status[::100] + 1) % 5
    after = frames.picture(lon2, lat2, fix + 2_250, status, BOX, T0 + 2_250)
    moved = (after.x != before.x) | (after.y != before.y)
    assert np.count_nonzero(moved) > 0.99 * couriers
    wire = frames.delta(Head(1, 2, 1, T0 + 2_250, BOX), before, after)
    assert wire is not None
    assert len(wire) <= most
    assert frames.keyframe_bytes(couriers) <= 6 * couriers + 128


def test_couriers_who_report_each_five_seconds_cost_a_fifth_of_that() -> None:
    """Of 20,000 a thousand are heard in a quarter of a second, each 25 to 35 m on."""
    lon, lat, fix, status = city(20_000)
    before = frames.picture(lon, lat, fix, status, BOX, T0)
    lon2, lat2 = ridden(lon, lat, 30)
    heard = np.arange(20_000) % 20 == 0
    after = frames.picture(
        np.where(heard, lon2, lon),
        np.where(heard, lat2, lat),
        np.where(heard, T0 + 4_000, fix),
        status,
        BOX,
        T0 + 4_250,
    )
    wire = frames.delta(Head(1, 2, 1, T0 + 4_250, BOX), before, after)
    assert wire is not None
    assert len(wire) < 8 * 1024


def test_the_precision_is_the_boxs_extent_by_65535() -> None:
    """In a box of 30 by 28 km nobody is told further than 0.35 m from where he is."""
    lon, lat, fix, status = city(5_000)
    told = frames.picture(lon, lat, fix, status, BOX, T0)
    east = np.abs(BOX.west + told.x * STEP_LON - lon) / METRE_LON
    north = np.abs(BOX.south + told.y * STEP_LAT - lat) / METRE_LAT
    assert np.hypot(east, north).max() < 0.35


def test_where_nothing_changed_there_is_no_delta() -> None:
    """Growing older is no change: readers count the time themselves."""
    lon, lat, fix, status = city(100)
    before = frames.picture(lon, lat, fix, status, BOX, T0)
    after = frames.picture(lon, lat, fix, status, BOX, T0 + 60_000)
    assert frames.delta(Head(1, 2, 1, T0 + 60_000, BOX), before, after) is None


def test_slots_never_become_fewer() -> None:
    """That would be our own fault, and is loud."""
    none = np.zeros(0)
    fewer = frames.picture(none, none, none.astype(np.int64), none.astype(np.uint8), BOX, T0)
    one = np.zeros(1, np.uint16)
    told = Picture(one, one, one.astype(np.uint8), one.astype(np.int64))
    with pytest.raises(ValueError, match="fewer"):
        frames.delta(Head(1, 2, 1, T0, BOX), told, fewer)
