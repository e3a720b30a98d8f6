"""What must hold within a city and its profiles: time zone, zones, windows, names that exist.

Also turns the windows of the file into the ones that `alerts` judges by.
"""

import zoneinfo
from collections.abc import Mapping
from typing import Final
from zoneinfo import ZoneInfo

from alerts.profiles import Profile
from config.city import CityProfileSettings, CitySettings, ProfileSettings, ScopeSettings
from config.faults import Key, nearest
from config.findings import Findings
from config.schema import Settings

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def check(settings: Settings, findings: Findings) -> None:
    """All checks of this file."""
    for name, profile in settings.profiles.items():
        _window(("profiles", name), profile.from_, profile.to, findings)
    for slug, city in settings.cities.items():
        key: Key = ("cities", slug)
        _time_zone((*key, "timezone"), city.timezone, findings)
        _zones(key, city, findings)
        _city_profiles(key, city, settings, findings)


def time_zone(name: str) -> ZoneInfo | None:
    """The zone of an IANA name; None if there is none such."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return None


def city_profiles(settings: Settings, city: CitySettings) -> tuple[Profile, ...]:
    """The windows of one city: those of `[profiles]`, as it changes them, then its own."""
    names = [*settings.profiles, *(name for name in city.profiles if name not in settings.profiles)]
    found = []
    for name in names:
        days, start, end = _merged(settings.profiles.get(name), city.profiles.get(name))
        if start is not None and end is not None:
            profile = Profile(
                name=name, days=weekdays(days), start_min=_minute(start), end_min=_minute(end)
            )
            found.append(profile)
    return tuple(found)


def weekdays(days: tuple[str, ...]) -> tuple[int, ...]:
    """`("fri-mon", "wed")` as sorted numbers, Monday being 0; a range may cross the week's end."""
    found: set[int] = set()
    for part in days:
        first, _, last = part.partition("-")
        start = DAYS.index(first)
        length = (DAYS.index(last or first) - start) % 7 + 1
        found.update((start + offset) % 7 for offset in range(length))
    return tuple(sorted(found))


def _merged(
    wide: ProfileSettings | None, own: CityProfileSettings | None
) -> tuple[tuple[str, ...], str | None, str | None]:
    days = wide.days if wide else ("mon-sun",)
    start = wide.from_ if wide else None
    end = wide.to if wide else None
    if own is None:
        return days, start, end
    return own.days or days, own.from_ or start, own.to or end


def _minute(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def _time_zone(key: Key, name: str, findings: Findings) -> None:
    if findings.sound(key) and time_zone(name) is None:
        hint = nearest(name, zoneinfo.available_timezones())
        findings.fault(key, f'unknown time zone "{name}"{hint}')


def _zones(key: Key, city: CitySettings, findings: Findings) -> None:
    zones: Key = (*key, "zones")
    hexagons: Key = (*key, "hexagons")
    if city.zones is not None and city.hexagons is not None:
        findings.fault(hexagons, "zones is set as well; only one of the two can be")
    elif city.zones is None and city.hexagons is None and findings.sound(zones):
        refused = any(bad[: len(hexagons)] == hexagons for bad in findings.bad)
        if not refused:
            findings.fault(key, "needs zones (a GeoJSON file) or hexagons")
    if city.hexagons is not None:
        west, south, east, north = city.hexagons.bbox
        if west >= east or south >= north:
            findings.fault((*hexagons, "bbox"), "must be west < east and south < north")
    if city.repair_zones and city.zones is None:
        findings.warn((*key, "repair_zones"), "has no effect without a zone file")


def _city_profiles(key: Key, city: CitySettings, settings: Settings, findings: Findings) -> None:
    known = set(settings.profiles)
    # One that was refused is known all the same: its fault has been told.
    known |= {str(bad[1]) for bad in findings.bad if bad[0] == "profiles" and len(bad) > 1}
    for name, own in city.profiles.items():
        place: Key = (*key, "profiles", name)
        wide = settings.profiles.get(name)
        _, start, end = _merged(wide, own)
        if name in known:
            if start is not None and end is not None and (own.from_ or own.to):
                _window(place, start, end, findings)
        elif start is None and end is None:
            findings.fault(place, f"unknown profile{nearest(name, known)}")
        elif start is None or end is None:
            findings.fault(place, "a city's own profile needs both from and to")
        else:
            _window(place, start, end, findings)
    known |= set(city.profiles)
    scopes: Mapping[str, Mapping[str, ScopeSettings]] = {
        "zone": city.zone,
        "venue": city.venue,
        "client": city.client,
    }
    for kind, by_id in scopes.items():
        for scope_id, scope in by_id.items():
            for name in scope.profiles:
                if name not in known:
                    findings.fault(
                        (*key, kind, scope_id, "profiles", name),
                        f"unknown profile{nearest(name, known)}",
                    )


def _window(key: Key, start: str, end: str, findings: Findings) -> None:
    if not start or not end:  # refused, which has been told
        return
    if _minute(start) % 1440 == _minute(end):
        findings.fault(key, f"the window from {start} to {end} is empty")
    elif start == "24:00":
        findings.fault((*key, "from"), "24:00 is an end, not a beginning; write 00:00")
