"""Windows of the week against the clock on the wall, with clocks that change."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.profiles import Profile, active, next_change_ms

RIGA = ZoneInfo("Europe/Riga")
EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)
MINUTE_MS = 60_000


def window(name: str, start: str, end: str, days: tuple[int, ...] = EVERY_DAY) -> Profile:
    """A profile from "HH:MM" bounds."""
    start_min, end_min = (int(text[:2]) * 60 + int(text[3:]) for text in (start, end))
    return Profile(name=name, days=days, start_min=start_min, end_min=end_min)


def at(text: str) -> int:
    """Milliseconds of a time in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def changes(profiles: tuple[Profile, ...], start: str, end: str) -> list[str]:
    """Every change between two times in UTC, as UTC."""
    found = []
    now_ms: int | None = at(start)
    while now_ms is not None and (now_ms := next_change_ms(profiles, now_ms, RIGA)) is not None:
        if now_ms > at(end):
            break
        found.append(datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%d %H:%M"))
    return found


def test_lunch_holds_from_its_first_minute_to_before_its_last() -> None:
    """Lunch from 11 to 14 in Riga holds at 11:00:00.000 local time and no longer at 14:00."""
    lunch = (window("lunch", "11:00", "14:00"),)
    assert active(lunch, at("2025-01-15T08:59:59.999"), RIGA) == ()
    assert active(lunch, at("2025-01-15T09:00"), RIGA) == ("lunch",)
    assert active(lunch, at("2025-01-15T11:59:59.999"), RIGA) == ("lunch",)
    assert active(lunch, at("2025-01-15T12:00"), RIGA) == ()


def test_night_belongs_to_the_day_it_begins_on() -> None:
    """A Friday night from 22 to 2 holds at 1 on Saturday and not at 1 on Friday."""
    night = (window("night", "22:00", "02:00", days=(4,)),)
    assert active(night, at("2025-01-17T23:00"), RIGA) == ("night",)  # Saturday 01:00 in Riga
    assert active(night, at("2025-01-16T23:00"), RIGA) == ()  # Friday 01:00
    assert changes(night, "2025-01-13T00:00", "2025-01-20T00:00") == ["17 20:00", "18 00:00"]


def test_overlapping_profiles_come_in_the_order_declared() -> None:
    """Two windows that hold at once are named in the order in which they were declared."""
    both = (window("wide", "10:00", "20:00"), window("narrow", "12:00", "13:00"))
    assert active(both, at("2025-01-15T10:30"), RIGA) == ("wide", "narrow")


def test_spring_swallows_a_window_in_the_missing_hour() -> None:
    """On 30 March 2025 Riga has no 03:30, so a window from 03:15 to 03:45 stays away that day."""
    early = (window("early", "03:15", "03:45"),)
    assert changes(early, "2025-03-29T00:00", "2025-03-31T12:00") == [
        "29 01:15",
        "29 01:45",
        "31 00:15",
        "31 00:45",
    ]


def test_spring_begins_a_window_when_the_missing_hour_is_over() -> None:
    """A window from 03:30 to 06:00 begins at 04:00 on the day without a 03:30."""
    early = (window("early", "03:30", "06:00"),)
    assert changes(early, "2025-03-29T12:00", "2025-03-30T12:00") == ["30 01:00", "30 03:00"]


def test_autumn_brings_a_window_in_the_doubled_hour_twice() -> None:
    """On 26 October 2025 Riga has 03:30 twice, and a window from 03:15 to 03:45 as well."""
    early = (window("early", "03:15", "03:45"),)
    assert changes(early, "2025-10-25T12:00", "2025-10-26T12:00") == [
        "26 00:15",
        "26 00:45",
        "26 01:15",
        "26 01:45",
    ]


def test_autumn_interrupts_a_window_that_begins_in_the_doubled_hour() -> None:
    """From 03:30 to 06:00 stops when the clock goes back to 03:00 and goes on at the next 03:30."""
    early = (window("early", "03:30", "06:00"),)
    assert changes(early, "2025-10-25T12:00", "2025-10-26T12:00") == [
        "26 00:30",
        "26 01:00",
        "26 01:30",
        "26 04:00",
    ]


def test_a_weekly_window_lost_to_spring_comes_a_week_later() -> None:
    """A window of Sundays that the missing hour swallows is next due on the Sunday after."""
    sunday = (window("sunday", "03:15", "03:45", days=(6,)),)
    assert changes(sunday, "2025-03-24T00:00", "2025-04-07T00:00") == ["06 00:15", "06 00:45"]


def test_what_always_holds_never_changes() -> None:
    """The whole day on every day never changes, nor do no profiles at all, nor an empty window."""
    now_ms = at("2025-03-29T12:00")
    always = (window("always", "00:00", "24:00"),)
    assert active(always, now_ms, RIGA) == ("always",)
    assert next_change_ms(always, now_ms, RIGA) is None
    assert next_change_ms((), now_ms, RIGA) is None
    assert next_change_ms((window("empty", "12:00", "12:00"),), now_ms, RIGA) is None


PROFILES = st.lists(
    st.builds(
        Profile,
        name=st.sampled_from(["a", "b", "c"]),
        days=st.lists(st.integers(0, 6), unique=True, min_size=1).map(tuple),
        start_min=st.integers(0, 47).map(lambda half: half * 30),
        end_min=st.integers(0, 48).map(lambda half: half * 30),
    ),
    min_size=1,
    max_size=3,
).map(tuple)
# Days around a clock change: Riga's and New York's at night, Lord Howe's of half an hour, Cairo's
# and Havana's at midnight, Sao Paulo's back over midnight, Samoa's missing day.
DAYS = [
    ("Europe/Riga", "2025-03-29T18:00"),
    ("Europe/Riga", "2025-10-25T18:00"),
    ("America/New_York", "2025-11-02T00:00"),
    ("Australia/Lord_Howe", "2025-04-05T06:00"),
    ("Africa/Cairo", "2024-04-25T12:00"),
    ("America/Havana", "2025-11-01T22:00"),
    ("America/Sao_Paulo", "2018-02-17T18:00"),
    ("Pacific/Apia", "2011-12-29T18:00"),
    ("Asia/Kathmandu", "2025-01-01T00:00"),
]


@pytest.mark.parametrize(("zone", "start"), DAYS)
@settings(max_examples=25, deadline=None)
@given(profiles=PROFILES, offset_min=st.integers(0, 1_440))
def test_next_change_is_the_first_minute_that_differs(
    zone: str, start: str, profiles: tuple[Profile, ...], offset_min: int
) -> None:
    """The next change is the very minute that a walk through every minute finds first."""
    tz = ZoneInfo(zone)
    now_ms = at(start) + offset_min * MINUTE_MS + 1
    current = active(profiles, now_ms, tz)
    walked = None
    for minute in range(1, 2 * 1_440):
        instant_ms = now_ms - 1 + minute * MINUTE_MS
        if active(profiles, instant_ms, tz) != current:
            walked = instant_ms
            break
    answer = next_change_ms(profiles, now_ms, tz)
    if walked is None:
        assert answer is None or answer >= now_ms - 1 + 2 * 1_440 * MINUTE_MS
    else:
        assert answer == walked
