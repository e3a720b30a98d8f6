"""One city as plain values that can be kept, and a city made of them again.

What of `City` is kept stands in the tuples of names here; a test compares them with what a city
has. What follows from the plan is not kept: zones, locator, rules. Called by `snapshot.py`.
"""

from typing import Any, Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from alerts.dump import BookDump, dump_book, load_book
from monitor.core.city import City
from monitor.core.events import CityWeather
from monitor.core.judging.judge import take_rules
from monitor.core.streams import StreamDump
from monitor.core.tables.memory import Memory, room_for
from monitor.core.tables.table import NEVER, TableDump
from monitor.core.tables.touched import Touched
from zones.balance import Balance

# Attributes of a city that are one number or truth, a dictionary, or a set of rows.
NUMBERS: Final = (
    *("first_ts", "ready_count", "last_pickup_ts", "last_now_ms"),
    *("any_moved", "zones_dirty", "silent_feeds"),
    *("follow_due_ms", "next_zone_due_ms", "stream_due_ms", "marks_due_ms", "stall_due_ms"),
    *("sweep_due_ms", "profile_due_ms"),
)
TEXTS: Final = ("venue_names", "venue_clients", "order_clients", "order_notes")
ROWS: Final = {
    "touched_orders": Touched,
    "new_problems": set,
    "touched_venues": Touched,
    "touched_couriers": Touched,
}
TABLES: Final = ("couriers", "orders", "venues")
# Which table's column of deadlines each wheel goes by.
WHEELS: Final = {
    "courier_wheel": ("couriers", "due_s"),
    "order_wheel": ("orders", "due_ms"),
    "venue_wheel": ("venues", "due_ms"),
}
# One entry a zone; the counts have one more, "in no zone".
ZONE_COLUMNS: Final = ("zones_to_judge", "zone_due_ms", "zone_alerts")
COUNTS: Final = ("idle", "busy", "open", "waiting", "changed")


class CityDump(Struct, frozen=True, kw_only=True):
    """A city as it stood; every field has a default, for snapshots made before there was one."""

    plan: str = ""  # the fingerprint of its zones and rules
    zone_ids: tuple[str, ...] = ()
    numbers: dict[str, int | bool] = {}
    push_answers: dict[str, int] = {}
    held: frozenset[str] = frozenset()
    weather: CityWeather | None = None
    texts: dict[str, dict[int, str]] = {}
    rows: dict[str, set[int]] = {}
    streams: dict[str, StreamDump] = {}
    wheels: dict[str, list[int]] = {}
    zones: dict[str, NDArray[Any]] = {}
    counts: dict[str, NDArray[Any]] = {}
    book: BookDump = BookDump()
    tables: dict[str, TableDump] = {}
    parts: dict[str, Any] = {}  # what others keep with the city


def city_room(city: City) -> int:
    """The bytes that copies of the columns of a city take."""
    tables = (getattr(city, name).columns() for name in TABLES)
    return sum(map(room_for, (*tables, _zone_columns(city), _counts(city))))


def _zone_columns(city: City) -> dict[str, NDArray[Any]]:
    return {name: getattr(city, name) for name in ZONE_COLUMNS}


def _counts(city: City) -> dict[str, NDArray[Any]]:
    return {name: getattr(city.balance, name) for name in COUNTS}


def dump_city(city: City, fingerprint: str, parts: dict[str, Any], memory: Memory) -> CityDump:
    """A copy of all that later behaviour depends on; the tables' masks of changes are not."""
    return CityDump(
        plan=fingerprint,
        zone_ids=city.plan.zones.ids,
        numbers={name: getattr(city, name) for name in NUMBERS},
        push_answers=city.push_answers.copy(),
        held=city.held,
        weather=city.weather,
        texts={name: getattr(city, name).copy() for name in TEXTS},
        rows={name: set(getattr(city, name)) for name in ROWS},
        streams={name: stream.dump() for name, stream in city.streams.items()},
        wheels={name: getattr(city, name).dump() for name in WHEELS},
        zones=memory.copies(_zone_columns(city)),
        counts=memory.copies(_counts(city)),
        book=dump_book(city.book),
        tables={name: getattr(city, name).dump(memory) for name in TABLES},
        parts=parts,
    )


def load_city(city: City, dump: CityDump) -> None:
    """Let an empty city become the dumped one, but for what is counted and judged by zone.

    Raises ValueError, LookupError or TypeError where the dump contradicts itself.
    """
    last_now_ms = dump.numbers["last_now_ms"]
    if last_now_ms != NEVER:
        # The rules in force: between two changes of profile they are those of any moment.
        take_rules(city, last_now_ms)
    for name in NUMBERS:
        if name in dump.numbers:
            setattr(city, name, dump.numbers[name])
    for name in TEXTS:
        setattr(city, name, dict(dump.texts.get(name, {})))
    for name, kind in ROWS.items():
        setattr(city, name, kind(dump.rows.get(name, ())))
    city.push_answers.update(dump.push_answers)
    city.held = dump.held
    city.weather = dump.weather
    for stream, seen in dump.streams.items():
        if stream in city.streams:
            city.streams[stream].load(seen)
    load_book(city.book, dump.book)
    for name in TABLES:
        getattr(city, name).load(dump.tables[name])
    for name, (table, column) in WHEELS.items():
        getattr(city, name).load(dump.wheels[name], getattr(getattr(city, table), column))


def load_zones(city: City, dump: CityDump) -> None:
    """Take what was counted and judged by zone, the zones being those of the dump.

    Raises ValueError or LookupError where the dump contradicts itself.
    """
    for name in ZONE_COLUMNS:
        getattr(city, name)[:] = dump.zones[name]
    city.balance = Balance(len(city.plan.zones))
    for name in COUNTS:
        getattr(city.balance, name)[:] = dump.counts[name]
    # A zone's waiting orders by age; what has left its heap's truth since need not come back.
    orders = city.orders
    city.push_all_waiting(np.flatnonzero(orders.in_waiting[: orders.size]))
