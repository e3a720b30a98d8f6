"""`citywatch import mdrp`: a Grubhub meal-delivery instance becomes a day of events.

The instance gives the orders, their preparation times and the couriers' shifts; what happened to
them is simulated (`operation`): who carried what, when venues accepted, what went wrong. Minute 0
of the instance is `start_ms`, its point (0, 0) is `origin`. The same input and seed give the
same bytes. Beside OUT stand the city's configuration (`<stem>.toml`) and its zones
(`<stem>.geojson`). Called by the command line.
"""

import gzip
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final, Protocol

import numpy as np

from sim.couriers import Fleet
from sim.instance import ImportFault, Instance, read_instance
from sim.layout import configuration, geojson, partition, zone_count
from sim.operation import Operation, Pace
from sim.orders import Step
from sim.plane import Floats, Plane
from sim.plans import Mishaps, Planner
from sim.reports import PhoneReports, TabletReports
from sim.venues import Venue, Venues
from sim.wire import encode

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
# Monday, 3 March 2025, 09:00 in Riga: the instances begin in the morning.
DEFAULT_START_MS: Final = 1_740_985_200_000
DEFAULT_ORIGIN: Final = (56.9496, 24.1052)
DEFAULT_TIMEZONE: Final = "Europe/Riga"
SUFFIXES: Final = (".ndjson", ".jsonl", ".json")


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What an import may be told besides; the defaults are those of the command line.

    `detour` divides the speed: the instances' own travel times are straight lines, so 1.
    """

    detour: float = 1.0
    position_interval_s: int = 30
    heartbeat_interval_s: int = 60
    slow_venue_share: float = 0.12
    slow_venue_minutes: float = 8.0
    mishaps: Mishaps = field(default_factory=Mishaps)
    timezone: str | None = None


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import wrote."""

    city: str
    out: Path
    config: Path
    zones: Path
    events: int
    by_type: dict[str, int]
    delivered: int
    cancelled: int
    first_ts: int
    last_ts: int


def import_mdrp(
    directory: Path,
    out: Path,
    *,
    start_ms: int = DEFAULT_START_MS,
    origin: tuple[float, float] = DEFAULT_ORIGIN,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
    options: ImportOptions | None = None,
) -> ImportReport:
    """Write the instance in `directory` as NDJSON to `out` (gzipped where it ends in .gz).

    `origin` is (lat, lon). `on_progress` is told the minutes simulated and those to come. Raises
    `ImportFault` with all faults of the input, or that `out` cannot be written; `out` is
    either complete or left as it was.
    """
    chosen = options or ImportOptions()
    stem = _stem(out)
    config, zones = out.with_name(f"{stem}.toml"), out.with_name(f"{stem}.geojson")
    if start_ms < 0:
        raise ImportFault(["the start is before 1970"])
    try:
        plane = Plane(*origin)
    except ValueError as error:
        raise ImportFault([str(error)]) from error
    instance = read_instance(directory)
    city = slug(directory.resolve().name)
    operation = _operation(instance, city, start_ms, plane, seed, chosen)
    counts: Counter[str] = Counter()
    last_ts = start_ms
    try:
        with _replacing(out) as file:
            for done, total in _minutes(instance, operation):
                events = operation.advance(start_ms + done * MINUTE_MS)
                counts.update(str(type(event).__struct_config__.tag) for event in events)
                last_ts = events[-1].ts if events else last_ts
                file.write(b"".join(encode(event) + b"\n" for event in events))
                if on_progress is not None:
                    on_progress(done, total)
        boxes = partition(*_points(instance), zone_count(len(instance.orders)))
        zones.write_text(geojson(boxes, plane), encoding="utf-8")
        timezone = chosen.timezone or (DEFAULT_TIMEZONE if origin == DEFAULT_ORIGIN else "UTC")
        config.write_text(configuration(city, timezone, zones), encoding="utf-8")
    except OSError as error:
        raise ImportFault([f"{out}: cannot be written: {error.strerror or error}"]) from error
    done_orders = operation.done
    return ImportReport(
        city, out, config, zones, counts.total(), dict(sorted(counts.items())),
        done_orders[Step.DELIVERED], done_orders[Step.CANCELLED], start_ms, last_ts,
    )  # fmt: skip


def slug(name: str) -> str:
    """A city's slug: small letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:128] or "city"


def _stem(out: Path) -> str:
    name = out.name
    if name.endswith(".zst"):
        raise ImportFault([f"{out}: an import writes plain or .gz files, not .zst"])
    name = name.removesuffix(".gz")
    for suffix in SUFFIXES:
        name = name.removesuffix(suffix)
    if not name:
        raise ImportFault([f"{out}: the file needs a name before its suffix"])
    return name


def _points(instance: Instance) -> tuple[Floats, Floats]:
    everything = (instance.venues, instance.orders, instance.couriers)
    points = np.array([(place.x, place.y) for places in everything for place in places])
    return points[:, 0], points[:, 1]


def _operation(
    instance: Instance, city: str, start_ms: int, plane: Plane, seed: int, options: ImportOptions
) -> Operation:
    kitchen, habits, phones, sky = np.random.default_rng([seed & 0xFFFFFFFF, 1]).spawn(4)
    venues = Venues(list(_venues(instance, kitchen, options)), plane)
    fleet = Fleet([courier.courier_id for courier in instance.couriers])
    pace = Pace(
        metres_per_ms=instance.metres_per_min / options.detour / MINUTE_MS,
        pickup_ms=_ms(instance.pickup_min),
        dropoff_ms=_ms(instance.dropoff_min),
    )
    operation = Operation(city, start_ms, fleet, venues, pace)
    for row, courier in enumerate(instance.couriers):
        begin = partial(
            operation.begin_shift, row, courier.x, courier.y, start_ms + _ms(courier.off_min)
        )
        operation.agenda.at(start_ms + _ms(courier.on_min), begin)
    planner = Planner(habits, plane, options.mishaps)
    for order in instance.orders:
        placed = start_ms + _ms(order.placed_min)
        operation.place(
            planner.plan(
                order.order_id,
                order.venue,
                venues.all[order.venue],
                (order.x, order.y),
                placed,
                start_ms + _ms(order.ready_min),
                placed + _ms(instance.target_min),
                placed + _ms(instance.maximum_min),
            )
        )
    PhoneReports(operation, plane, phones, options.position_interval_s * 1000)
    used = np.unique([order.venue for order in instance.orders])
    TabletReports(operation, used, options.heartbeat_interval_s * 1000)
    operation.agenda.at(start_ms, partial(_weather, operation, sky))
    return operation


def _venues(
    instance: Instance, rng: np.random.Generator, options: ImportOptions
) -> Iterator[Venue]:
    taken: list[list[float]] = [[] for _ in instance.venues]
    for order in instance.orders:
        taken[order.venue].append(order.ready_min - order.placed_min)
    slow = rng.random(len(instance.venues)) < options.slow_venue_share
    for venue, minutes, is_slow in zip(instance.venues, taken, slow.tolist(), strict=True):
        prep = round(min(median(minutes), 1440.0), 1) if minutes else 15.0
        slow_ms = _ms(options.slow_venue_minutes) if is_slow else 0
        yield Venue(venue.venue_id, venue.x, venue.y, prep, slow_ms=slow_ms)


def _minutes(instance: Instance, operation: Operation) -> Iterator[tuple[int, int]]:
    """The minutes to run to, until all shifts are over and no order is open."""
    last_off = max(courier.off_min for courier in instance.couriers)
    last_order = max(order.ready_min for order in instance.orders)
    total = int(max(last_off, last_order)) + 1
    # Nobody waits longer than this: whoever has no courier by then has given up.
    latest = total + 3 * int(instance.maximum_min) + 24 * 60
    for minute in range(latest):
        yield minute, max(total, minute)
        if minute >= total and not operation.open_orders and not operation.on_shift:
            return


def _weather(operation: Operation, rng: np.random.Generator, ts: int) -> None:
    wind, warmth = rng.random(2).tolist()
    operation.weather(ts, 0.0, round(1.0 + 5.0 * wind, 1), round(8.0 + 6.0 * warmth, 1))
    operation.agenda.at(ts + HOUR_MS, partial(_weather, operation, rng))


def _ms(minutes: float) -> int:
    return round(minutes * MINUTE_MS)


class _Writable(Protocol):
    def write(self, data: bytes, /) -> int: ...


@contextmanager
def _replacing(out: Path) -> Iterator[_Writable]:
    """A file that takes the place of `out` once it is complete."""
    part = out.with_name(f".{out.name}.part")
    try:
        with part.open("wb") as raw:
            if out.suffix == ".gz":
                # No name and no time in the header: the same events are the same bytes.
                with gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0) as packed:
                    yield packed
            else:
                yield raw
        os.replace(part, out)
    finally:
        part.unlink(missing_ok=True)
