"""A dirtied stream holds every event once, and refuse that is known by its mark."""

from collections import Counter

import msgspec
import pytest

from monitor.core.events import CourierPosition
from sim.city import SimCity
from sim.dirt import FARTHEST_LINES, Dirt, dirty
from sim.settings import SimSettings
from sim.wire import encode
from tests.sim.days import DECODER

SETTINGS = SimSettings(seed=8, couriers=40, venues=8, orders_per_hour=120.0)
EVENTS = SimCity(SETTINGS).advance(SETTINGS.start_ms + 15 * 60_000)
DIRT = Dirt(0.05, 0.05, 0.05, 0.05, 0.05, 0.05)


def test_every_event_is_there_once_clean_or_late() -> None:
    """What is neither refuse nor a repeat is exactly the stream, late lines near their places."""
    kept = [line for mark, line in dirty(EVENTS, 1, DIRT) if mark in ("clean", "late")]
    expected = [encode(event) for event in EVENTS]
    assert sorted(kept) == sorted(expected)
    place = {line: number for number, line in enumerate(expected)}
    farthest = max(abs(number - place[line]) for number, line in enumerate(kept))
    assert 0 < farthest <= 2 * FARTHEST_LINES


def test_refuse_cannot_be_decoded_and_the_rest_can() -> None:
    """Malformed lines, unknown types and impossible places fail; repeats and stale ones pass."""
    marks: Counter[str] = Counter()
    for mark, line in dirty(EVENTS, 1, DIRT):
        marks[mark] += 1
        if mark in ("malformed", "unknown_type", "bad_place"):
            with pytest.raises(msgspec.DecodeError):
                DECODER.decode(line)
        else:
            DECODER.decode(line)
    assert set(marks) == {
        "clean", "late", "repeat", "stale", "malformed", "unknown_type", "bad_place",
    }  # fmt: skip


def test_a_stale_line_is_an_older_position_than_one_sent_before() -> None:
    """Each stale line was sent before, as was a newer position of the same courier."""
    newest: dict[str, int] = {}
    seen: set[bytes] = set()
    stale = 0
    for mark, line in dirty(EVENTS, 1, DIRT):
        if mark not in ("clean", "late", "stale", "repeat"):
            continue
        event = DECODER.decode(line)
        if mark == "stale":
            assert line in seen
            assert isinstance(event, CourierPosition)
            assert event.ts < newest[event.courier_id]
            stale += 1
        elif isinstance(event, CourierPosition):
            newest[event.courier_id] = max(newest.get(event.courier_id, 0), event.ts)
        seen.add(line)
    assert stale > 20


def test_the_same_seed_dirties_the_same_way() -> None:
    """Dirt is a function of the events and the seed."""
    assert list(dirty(EVENTS, 1)) == list(dirty(EVENTS, 1))
    assert list(dirty(EVENTS, 1)) != list(dirty(EVENTS, 2))


def test_no_dirt_changes_nothing() -> None:
    """With all shares at nought the lines are the events in their order."""
    clean = list(dirty(EVENTS, 1, Dirt(0, 0, 0, 0, 0, 0)))
    assert clean == [("clean", encode(event)) for event in EVENTS]


def test_shares_that_cannot_be_are_refused() -> None:
    """Shares are at least nought and together at most one."""
    with pytest.raises(ValueError, match="together at most 1"):
        Dirt(late=0.9, repeat=0.2)
    with pytest.raises(ValueError, match="at least 0"):
        Dirt(late=-0.1)
