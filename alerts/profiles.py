"""Time profiles: which named windows of the week ("lunch", "weekend night") hold at an instant.

What a profile changes in the rules stands in `rulebook.py`; reading it from TOML is `config`'s.
Pure: the zone is handed in as a `ZoneInfo`, the time as milliseconds since the epoch, UTC.

The clock on the wall decides, on every day of the year. A profile holds at an instant when the
city's local time of day lies in `[start_min, end_min)` on one of its days. So, when the clocks
change:

- in spring a window that lies wholly in the missing hour does not happen on that day, and one that
  begins in it begins when the missing hour is over (02:30-04:00 begins at 03:00);
- in autumn a window inside the doubled hour happens twice, and one that only begins or ends there
  is interrupted: 02:30-04:00 holds from the first 02:30, not from the second 02:00 to the second
  02:30, and then again.

A window that ends at or before its start crosses midnight and belongs to the day it begins on;
one whose end equals its start is empty and never holds (`config` refuses it).
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

DAY_MIN: Final = 1_440
# A window of one day a week that a clock change swallows comes a fortnight after the last one;
# one more week covers a zone that drops a whole day, as Samoa did in 2011.
HORIZON_DAYS: Final = 22


class Profile(Struct, frozen=True, kw_only=True):
    """A named window of the week, in local minutes since midnight (`end_min` exclusive)."""

    name: str
    days: tuple[int, ...]  # 0 is Monday, 6 Sunday: the days on which the window begins
    start_min: int  # 0..1439
    end_min: int  # 0..1440; below `start_min`: ends on the day after

    def holds(self, weekday: int, minute: int) -> bool:
        """Whether the window holds at a local minute of a weekday."""
        if self.start_min < self.end_min:
            return weekday in self.days and self.start_min <= minute < self.end_min
        if self.start_min == self.end_min:
            return False
        if minute >= self.start_min:
            return weekday in self.days
        return minute < self.end_min and (weekday - 1) % 7 in self.days


def active(profiles: tuple[Profile, ...], now_ms: int, tz: ZoneInfo) -> tuple[str, ...]:
    """The names of the profiles that hold at `now_ms`, in the order of `profiles`."""
    if not profiles:
        return ()
    return _active_at(profiles, now_ms // 1000, tz)


def next_change_ms(profiles: tuple[Profile, ...], now_ms: int, tz: ZoneInfo) -> int | None:
    """The first instant after `now_ms` at which `active` answers something else.

    Exact to the millisecond, clock changes included. None if nothing changes within three weeks,
    which means never: no profiles, or only such as hold always.
    """
    if not profiles:
        return None
    now_s = now_ms // 1000
    current = _active_at(profiles, now_s, tz)
    today = datetime.fromtimestamp(now_s, tz).date()
    # From yesterday on: where the clocks go back over midnight, yesterday's hours come again.
    for offset in range(-1, HORIZON_DAYS):
        for instant_s in sorted(set(_instants(profiles, today + timedelta(days=offset), tz))):
            if instant_s > now_s and _active_at(profiles, instant_s, tz) != current:
                return instant_s * 1000
    return None


def _active_at(profiles: tuple[Profile, ...], now_s: int, tz: ZoneInfo) -> tuple[str, ...]:
    local = datetime.fromtimestamp(now_s, tz)
    weekday, minute = local.weekday(), local.hour * 60 + local.minute
    return tuple(profile.name for profile in profiles if profile.holds(weekday, minute))


def _instants(profiles: tuple[Profile, ...], day: date, tz: ZoneInfo) -> Iterator[int]:
    """Every instant of a local day at which something may change, as seconds, in no order.

    These are the bounds of the windows, both readings of one that the clock shows twice, and the
    change of the clocks itself, where local time jumps into or out of a window.
    """
    bounds = {minute % DAY_MIN for p in profiles for minute in (p.start_min, p.end_min)}
    # Midnight as well: the weekday changes there.
    for minute in bounds | {0}:
        hour, minute_of_hour = divmod(minute, 60)
        for fold in (0, 1):
            local = datetime(
                day.year, day.month, day.day, hour, minute_of_hour, tzinfo=tz, fold=fold
            )
            yield int(local.timestamp())
    jump_s = _clock_change(day, tz)
    if jump_s is not None:
        yield jump_s


def _clock_change(day: date, tz: ZoneInfo) -> int | None:
    """The instant on a local day from which another UTC offset holds, or None."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=tz)
    before_s = int(midnight.timestamp())
    after_s = int((midnight + timedelta(days=1)).timestamp())
    old = _offset(before_s, tz)
    if _offset(after_s, tz) == old:
        return None
    while after_s - before_s > 1:
        middle_s = (before_s + after_s) // 2
        if _offset(middle_s, tz) == old:
            before_s = middle_s
        else:
            after_s = middle_s
    return after_s


def _offset(instant_s: int, tz: ZoneInfo) -> timedelta | None:
    return datetime.fromtimestamp(instant_s, tz).utcoffset()
