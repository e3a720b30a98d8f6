"""Whether a city lies where its time zone does, or would with `lat` and `lon` exchanged.

GeoJSON says longitude first, most maps say latitude first, and who exchanges them gets zones that
no courier is ever in. Told as a note only: a time zone is wide. Called by `plans.py`.
"""

import re
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np

from zones.metrics import distance_m
from zones.polygons import ZoneSet

FAR_KM: Final = 1_000.0
# As ISO 6709 writes a place: degrees, minutes, perhaps seconds.
_PLACE: Final = re.compile(r"([+-]\d\d)(\d\d)(\d\d)?([+-]\d\d\d)(\d\d)(\d\d)?\Z")


def exchanged(zones: ZoneSet, timezone: str) -> str | None:
    """The words of a note where the zones are far from the time zone's town, and would be at least
    three times as near with `lat` and `lon` exchanged."""
    town = _towns().get(timezone)
    if town is None or not len(zones):
        return None
    west, south, east, north = zones.bounds
    x, y = (west + east) / 2, (south + north) / 2
    lon, lat = np.full(2, town[0]), np.full(2, town[1])
    here_km, there_km = (distance_m(np.array([x, y]), np.array([y, x]), lon, lat) / 1000).tolist()
    if here_km < FAR_KM or there_km > here_km / 3:
        return None
    return (
        f"the zones lie {here_km:,.0f} km from the town of {timezone}, and with lat and lon "
        f"exchanged {there_km:,.0f} km; GeoJSON wants [lon, lat]"
    )


@cache
def _towns() -> dict[str, tuple[float, float]]:
    """Longitude and latitude, degrees, of the town that each time zone has its name from."""
    found: dict[str, tuple[float, float]] = {}
    table = files("tzdata") / "zoneinfo" / "zone.tab"
    for line in table.read_text(encoding="utf-8").splitlines():
        columns = line.split("\t")
        if not line.startswith("#") and (place := _PLACE.match(columns[1])):
            numbers = place.groups(default="0")
            found[columns[2]] = _degrees(*numbers[3:]), _degrees(*numbers[:3])
    return found


def _degrees(degrees: str, minutes: str, seconds: str) -> float:
    size = abs(int(degrees)) + int(minutes) / 60 + int(seconds) / 3600
    return -size if degrees.startswith("-") else size
