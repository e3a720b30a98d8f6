"""Builders of days small enough to be worked out by hand, and of what to read in their recount.

One town `t` with two square zones side by side, `west` from longitude 0 to 1 and `east` from 1
to 2. All times are seconds after T0, a whole minute. Used by the tests of the recount itself.
"""

import json
from typing import Any

from tests.support.recount import Recount, recount

Json = dict[str, Any]

# A whole minute; the day of most cases starts here.
T0 = 1_700_000_040_000
MINUTE = 60_000


def square(zone_id: str, west: float, **properties: object) -> Json:
    """One degree square from longitude `west`, latitude 0."""
    ring = [[west, 0], [west + 1, 0], [west + 1, 1], [west, 1], [west, 0]]
    return {
        "type": "Feature",
        "id": zone_id,
        "properties": properties,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


ZONES: Json = {"type": "FeatureCollection", "features": [square("west", 0), square("east", 1)]}


def event(seconds: float, kind: str, **fields: object) -> Json:
    """An event of the town `t`, `seconds` after T0."""
    return {"type": kind, "city": "t", "ts": T0 + round(seconds * 1000), **fields}


def at(seconds: float, courier_id: str, lon: float, **more: object) -> Json:
    """A position in the middle latitude."""
    return event(seconds, "courier.position", courier_id=courier_id, lat=0.5, lon=lon, **more)


def venue(seconds: float, lon: float, venue_id: str = "v") -> Json:
    """A venue's place."""
    return event(seconds, "venue.updated", venue_id=venue_id, lat=0.5, lon=lon)


def order(seconds: float, step: str, order_id: str = "o", **fields: object) -> Json:
    """A step of an order."""
    return event(seconds, f"order.{step}", order_id=order_id, **fields)


def placed(seconds: float, order_id: str = "o", **fields: object) -> Json:
    """An order at venue `v`, promised in an hour."""
    first = {"venue_id": "v", "dropoff": {"lat": 0.1, "lon": 0.1}}
    return order(
        seconds, "placed", order_id, **{**first, "promised_ts": T0 + 60 * MINUTE, **fields}
    )


def tick(seconds: float) -> Json:
    """An event that only moves the clock."""
    return event(seconds, "city.weather")


def count(*events: Json, zones: Json = ZONES, every_s: float = 60) -> Recount:
    """The recount of these events."""
    return recount([json.dumps(line) for line in events], zones, ["t"], every_s)


def figures(result: Recount, seconds: float, zone_id: str = "west") -> tuple[float, ...]:
    """idle, busy, open, waiting, oldest_wait_s."""
    return tuple(result.figures[T0 + round(seconds * 1000), "t", zone_id].values())


def lives(result: Recount, rule: str) -> list[tuple[str, float, float | None]]:
    """(subject, fired, resolved) of a rule's alerts, in seconds after T0."""
    return [
        (
            life.subject,
            (life.fired_ts - T0) / 1000,
            None if life.resolved_ts is None else (life.resolved_ts - T0) / 1000,
        )
        for life in result.alerts
        if life.rule == rule
    ]
