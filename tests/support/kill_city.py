"""The small city of the killed monitors: its configuration, its zones, its events.

Its settings are such that everything happens within minutes. Times are seconds after `T0`. Used by
`kill_script.py`, which makes a day of it, and by whoever runs that day.
"""

import json
from pathlib import Path
from typing import Any, Final

Json = dict[str, Any]

CITY: Final = "smallville"
T0: Final = 1_700_042_400_000
COURIERS: Final = 8


def ms(seconds: float) -> int:
    """A time of the day."""
    return T0 + round(seconds * 1000)


def zones() -> Json:
    """Three squares of 0.1 degrees along the equator: `west`, `mid`, `east`."""

    def square(name: str, west: float) -> Json:
        east = west + 0.1
        ring = [[west, 0], [east, 0], [east, 0.1], [west, 0.1], [west, 0]]
        shape = {"type": "Polygon", "coordinates": [ring]}
        return {"type": "Feature", "id": name, "properties": {}, "geometry": shape}

    names = ("west", "mid", "east")
    features = [square(name, i / 10) for i, name in enumerate(names)]
    return {"type": "FeatureCollection", "features": features}


CONFIG: Final = """
[cities.smallville]
timezone = "UTC"
zones = "zones.geojson"
[http]
port = 0
[stream]
port = 0
[engine]
clock = "events"
[targets.hook]
type = "webhook"
url = "http://127.0.0.1:{port}/hook"
secret = "a secret that is long enough"
allow_private = true
[targets.lead]
type = "webhook"
url = "http://127.0.0.1:{port}/lead"
secret = "a secret that is long enough"
allow_private = true
[actions.push_couriers]
targets = ["hook"]
answer_s = 40
window_s = 200
cooldown_s = 100
plan_every_s = 15
radius_m = 2000
rounds = 2
control_share = 0
proposal_s = 120
[actions.pause_venue]
targets = ["hook", "lead"]
warn_s = 10
busy_s = 20
pause_min = 1
extend_min = 1
extensions = 1
zone_share = 1
city_share = 1
[actions.warn_support]
levels = [["hook"], ["lead"]]
group_wait_s = 5
group_interval_s = 20
escalate_s = 60
repeat_s = 90
[actions.page_on_call]
levels = [["hook", "lead"]]
group_wait_s = 5
[rules.zone_shortage]
mode = "auto"
for_s = 10
wait_raise_s = 60
wait_clear_s = 30
critical_wait_raise_s = 1800
[rules.order_unaccepted]
after_min = 1
[rules.order_unassigned]
after_min = 1
mode = "propose"
[rules.venue_slow]
mode = "auto"
for_s = 5
overdue_after_min = 1
overdue_raise = 2
[rules.venue_silent]
enabled = false
[rules.courier_stuck]
enabled = false
[rules.order_late]
after_min = 1
[rules.feed_silent]
min_per_min = 12
window_min = 2
silent_s = 60
"""
STORES: Final = {
    "sqlite": '[store]\npath = "city.db"\nsnapshot_s = 3600\n',
    "redis": '[store]\ntype = "redis"\nurl = "{url}"\nname = "{name}"\nsnapshot_s = 3600\n',
}


def write_city(folder: Path, port: int, store: str, more: str = "") -> Path:
    """The configuration and its zones in a folder; `port` is the receiver's."""
    (folder / "zones.geojson").write_text(json.dumps(zones()), encoding="utf-8")
    path = folder / "city.toml"
    path.write_text(CONFIG.format(port=port) + store + more, encoding="utf-8")
    return path


def event(seconds: float, kind: str, **fields: object) -> Json:
    """An event of the city."""
    return {"type": kind, "city": CITY, "ts": ms(seconds), **fields}


def venue(seconds: float, venue_id: str, lon: float, prep_minutes: float = 10) -> Json:
    """A venue's place."""
    where = {"lat": 0.05, "lon": lon}
    return event(seconds, "venue.updated", venue_id=venue_id, prep_minutes=prep_minutes, **where)


def placed(seconds: float, order_id: str, venue_id: str, promised_s: float = 3_600) -> Json:
    """An order, promised so long after it was placed."""
    promised = ms(seconds + promised_s)
    where = {"lat": 0.05, "lon": 0.01}
    return event(
        seconds,
        "order.placed",
        order_id=order_id,
        venue_id=venue_id,
        dropoff=where,
        promised_ts=promised,
    )


def order(seconds: float, what: str, order_id: str, **fields: object) -> Json:
    """A step of an order."""
    return event(seconds, f"order.{what}", order_id=order_id, **fields)


def taken(seconds: float, order_id: str, courier_id: str) -> list[Json]:
    """A whole order from its acceptance to its delivery, within three seconds."""
    return [
        order(seconds, "accepted", order_id),
        order(seconds, "assigned", order_id, courier_id=courier_id),
        order(seconds + 1, "ready", order_id),
        order(seconds + 2, "picked_up", order_id),
        order(seconds + 3, "delivered", order_id),
    ]


def couriers(seconds: float, in_west: int = 0) -> list[Json]:
    """All couriers say where they are: in `mid`, near its border, the first few across it."""
    return [
        event(
            seconds,
            "courier.position",
            courier_id=f"c{i}",
            status="idle",
            lat=0.05,
            lon=0.09 if i < in_west else 0.104 + i / 1_000,
        )
        for i in range(COURIERS)
    ]
