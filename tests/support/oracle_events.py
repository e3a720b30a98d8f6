"""Which lines of a day are events at all: the contract's section 2, as one plain table.

Part of the recount, an independent second reading of the contract that the tests hold the
product against. It shares no code with the product and is slow on purpose. `recount.py` calls it.
"""

import json
import math
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]

LAST_TS = 253_402_300_799_999

MALFORMED = "malformed"
UNKNOWN_TYPE = "unknown_type"
INVALID = "invalid"
COORDINATES = "coordinates"
UNKNOWN_CITY = "unknown_city"
FUTURE = "future"


class RefusedError(Exception):
    """An event that the contract does not take; `reason` is the name it is counted under."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def a_number(value: object) -> None:
    """Any finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RefusedError(INVALID)
    if not math.isfinite(value):
        raise RefusedError(INVALID)


def a_coordinate(value: object, limit: float) -> None:
    """A number of degrees within `limit` on both sides; beyond it has a reason of its own."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RefusedError(INVALID)
    if not (math.isfinite(value) and -limit <= value <= limit):
        raise RefusedError(COORDINATES)


def a_lat(value: object) -> None:
    """Degrees north."""
    a_coordinate(value, 90)


def a_lon(value: object) -> None:
    """Degrees east."""
    a_coordinate(value, 180)


def a_time(value: object) -> None:
    """Whole milliseconds since the epoch."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LAST_TS:
        raise RefusedError(INVALID)


def an_id(value: object) -> None:
    """1 to 128 characters."""
    if not isinstance(value, str) or not 1 <= len(value) <= 128:
        raise RefusedError(INVALID)


def a_text(value: object) -> None:
    """Words of a person or a device."""
    if not isinstance(value, str) or len(value) > 1000:
        raise RefusedError(INVALID)


def some_minutes(value: object) -> None:
    """Up to a day of minutes."""
    a_number(value)
    if not (isinstance(value, int | float) and 0 <= value <= 1440):
        raise RefusedError(INVALID)


def a_place(value: object) -> None:
    """An object with `lat` and `lon`."""
    if not isinstance(value, dict) or "lat" not in value or "lon" not in value:
        raise RefusedError(INVALID)
    a_lat(value["lat"])
    a_lon(value["lon"])


def one_of(*words: str) -> Callable[[object], None]:
    """One of these words."""

    def check(value: object) -> None:
        if not isinstance(value, str) or value not in words:
            raise RefusedError(INVALID)

    return check


COURIER_STATUS = one_of("idle", "to_venue", "at_venue", "to_customer", "off")
PAYMENT = one_of("paid", "unpaid", "cash")

Checks = dict[str, Callable[[object], None]]

# type: (required, optional). An optional field may also be null, which says nothing.
TYPES: dict[str, tuple[Checks, Checks]] = {
    "courier.position": (
        {"courier_id": an_id, "lat": a_lat, "lon": a_lon},
        {
            "status": COURIER_STATUS,
            "accuracy_m": a_number,
            "speed_mps": a_number,
            "heading_deg": a_number,
            "network": a_text,
        },
    ),
    "courier.status": ({"courier_id": an_id, "status": COURIER_STATUS}, {"network": a_text}),
    "courier.push_response": (
        {"courier_id": an_id, "push_id": an_id, "response": one_of("accepted", "declined")},
        {},
    ),
    "order.placed": (
        {"order_id": an_id, "venue_id": an_id, "dropoff": a_place, "promised_ts": a_time},
        {"ready_ts": a_time, "client_id": an_id, "payment": PAYMENT},
    ),
    "order.accepted": ({"order_id": an_id}, {"ready_ts": a_time}),
    "order.ready": ({"order_id": an_id}, {}),
    "order.assigned": ({"order_id": an_id, "courier_id": an_id}, {}),
    "order.unassigned": ({"order_id": an_id}, {"reason": a_text}),
    "order.picked_up": ({"order_id": an_id}, {"courier_id": an_id}),
    "order.delivered": ({"order_id": an_id}, {}),
    "order.cancelled": ({"order_id": an_id}, {"reason": a_text}),
    "order.payment": ({"order_id": an_id, "payment": PAYMENT}, {}),
    "order.problem": (
        {
            "order_id": an_id,
            "problem": one_of(
                "missing_item", "wrong_item", "wrong_order", "damaged", "not_received", "other"
            ),
        },
        {"note": a_text},
    ),
    "venue.updated": (
        {"venue_id": an_id, "lat": a_lat, "lon": a_lon},
        {"name": a_text, "prep_minutes": some_minutes, "client_id": an_id},
    ),
    "venue.status": (
        {"venue_id": an_id, "status": one_of("open", "busy", "paused", "closed")},
        {"until_ts": a_time, "reason": a_text},
    ),
    "venue.heartbeat": ({"venue_id": an_id}, {"network": a_text}),
    "city.weather": (
        {},
        {"precipitation_mm_h": a_number, "wind_mps": a_number, "temperature_c": a_number},
    ),
}


def check_event(event: object, cities: set[str]) -> Json:
    """The event itself, or RefusedError with the reason it is counted under."""
    if not isinstance(event, dict) or not isinstance(event.get("type"), str):
        raise RefusedError(INVALID)
    if event["type"] not in TYPES:
        raise RefusedError(UNKNOWN_TYPE)
    required, optional = TYPES[event["type"]]
    for name, check in {"city": an_id, "ts": a_time, **required}.items():
        if name not in event:
            raise RefusedError(INVALID)
        check(event[name])
    for name, check in optional.items():
        if event.get(name) is not None:
            check(event[name])
    if event["city"] not in cities:
        raise RefusedError(UNKNOWN_CITY)
    return event


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def read_line(line: str | bytes) -> list[object]:
    """What one line holds: nothing when blank, one object, or the members of an array."""
    try:
        text = line.decode("utf-8") if isinstance(line, bytes) else line
        if not text.strip():
            return []
        value = json.loads(text, parse_constant=_refuse_constant)
    except ValueError:  # UnicodeDecodeError and JSONDecodeError are both of this kind
        raise RefusedError(MALFORMED) from None
    return value if isinstance(value, list) else [value]
