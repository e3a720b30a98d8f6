"""Reads a Grubhub meal-delivery instance: four tab-separated files in metres and minutes.

Every fault of all four files is gathered, each one line with its file and line; only a whole and
consistent instance is handed on. `mdrp` turns it into events.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# A week of minutes, and 500 km: beyond them a number is a slip, not a day in a city.
LATEST_MIN: Final = 7 * 24 * 60
FARTHEST_M: Final = 500_000.0
LONGEST_ID: Final = 128

PARAMETERS: Final = (
    "meters_per_minute",
    "pickup service minutes",
    "dropoff service minutes",
    "target click-to-door",
    "maximum click-to-door",
)


class ImportFault(ValueError):  # noqa: N818 - the house's word for "their fault, told in full"
    """The input is at fault; `faults` are all of them, one line each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults: Final = tuple(faults)


@dataclass(frozen=True, slots=True)
class InstanceVenue:
    """A restaurant: its id and place in metres."""

    venue_id: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class InstanceCourier:
    """A courier: where and when (minutes) the shift begins, and when it ends."""

    courier_id: str
    x: float
    y: float
    on_min: float
    off_min: float


@dataclass(frozen=True, slots=True)
class InstanceOrder:
    """An order: where to, placed when, at which venue (row), ready when (minutes)."""

    order_id: str
    x: float
    y: float
    placed_min: float
    venue: int
    ready_min: float


@dataclass(frozen=True, slots=True)
class Instance:
    """A whole day: what the four files say."""

    venues: tuple[InstanceVenue, ...]
    couriers: tuple[InstanceCourier, ...]
    orders: tuple[InstanceOrder, ...]
    metres_per_min: float
    pickup_min: float
    dropoff_min: float
    target_min: float
    maximum_min: float


class _Row:
    """One line of a table; what it cannot give is noted as a fault and stands in as 0 or ''."""

    def __init__(self, cells: dict[str, str], place: str, faults: list[str]) -> None:
        self._cells = cells
        self._place = place
        self._faults = faults
        self.sound = True

    def fault(self, text: str) -> None:
        self.sound = False
        self._faults.append(f"{self._place}: {text}")

    def text(self, column: str) -> str:
        cell = self._cells[column]
        if not 1 <= len(cell) <= LONGEST_ID:
            self.fault(f"{column!r} must have 1 to {LONGEST_ID} characters, not {len(cell)}")
        return cell

    def number(self, column: str, least: float, most: float) -> float:
        cell = self._cells[column]
        try:
            # Python also reads 1_000, which no such file means.
            value = float(cell.replace("_", "?"))
        except ValueError:
            self.fault(f"{column!r} is not a number: {cell[:40]!r}")
            return 0.0
        if not (math.isfinite(value) and least <= value <= most):
            self.fault(f"{column!r} must lie between {least:g} and {most:g}, not {cell[:40]!r}")
            return 0.0
        return value


def _rows(path: Path, columns: tuple[str, ...], faults: list[str]) -> Iterator[_Row]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        faults.append(f"{path}: not UTF-8 text, byte {error.start}")
        return
    except OSError as error:
        faults.append(f"{path}: cannot be read: {error.strerror or error}")
        return
    if not lines:
        faults.append(f"{path}: empty, a header line is expected")
        return
    header = [name.strip() for name in lines[0].split("\t")]
    missing = [column for column in columns if column not in header]
    if missing:
        faults.extend(f"{path}:1: the column {column!r} is missing" for column in missing)
        return
    count = 0
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        count += 1
        cells = [cell.strip() for cell in line.split("\t")]
        place = f"{path}:{number}"
        if len(cells) < len(header):
            faults.append(f"{place}: {len(cells)} columns where the header has {len(header)}")
            continue
        yield _Row(dict(zip(header, cells, strict=False)), place, faults)
    if not count:
        faults.append(f"{path}: no line under the header")


def _unique(row: _Row, column: str, seen: dict[str, int]) -> str:
    name = row.text(column)
    if name in seen:
        row.fault(f"{column} {name!r} stands here a second time")
    seen.setdefault(name, len(seen))
    return name


def read_instance(directory: Path) -> Instance:
    """The instance in `directory`; raises `ImportFault` with every fault found."""
    faults: list[str] = []
    if not directory.is_dir():
        raise ImportFault([f"{directory}: not a directory"])
    here: list[float] = [-FARTHEST_M, FARTHEST_M]
    day: list[float] = [0.0, LATEST_MIN]

    venue_rows: dict[str, int] = {}
    venues = [
        InstanceVenue(
            _unique(row, "restaurant", venue_rows), row.number("x", *here), row.number("y", *here)
        )
        for row in _rows(directory / "restaurants.txt", ("restaurant", "x", "y"), faults)
    ]

    seen: dict[str, int] = {}
    couriers: list[InstanceCourier] = []
    columns: tuple[str, ...] = ("courier", "x", "y", "on_time", "off_time")
    for row in _rows(directory / "couriers.txt", columns, faults):
        courier = InstanceCourier(
            _unique(row, "courier", seen), row.number("x", *here), row.number("y", *here),
            row.number("on_time", *day), row.number("off_time", *day),
        )  # fmt: skip
        if row.sound and courier.off_min < courier.on_min:
            row.fault(f"off_time {courier.off_min:g} is before on_time {courier.on_min:g}")
        couriers.append(courier)

    seen = {}
    orders: list[InstanceOrder] = []
    columns = ("order", "x", "y", "placement_time", "restaurant", "ready_time")
    for row in _rows(directory / "orders.txt", columns, faults):
        name = row.text("restaurant")
        if venue_rows and name not in venue_rows:
            row.fault(f"the restaurant {name!r} does not stand in restaurants.txt")
        order = InstanceOrder(
            _unique(row, "order", seen), row.number("x", *here), row.number("y", *here),
            row.number("placement_time", *day), venue_rows.get(name, 0),
            row.number("ready_time", *day),
        )  # fmt: skip
        if row.sound and order.ready_min < order.placed_min:
            row.fault(
                f"ready_time {order.ready_min:g} is before placement_time {order.placed_min:g}"
            )
        orders.append(order)

    parameters: list[list[float]] = []
    path = directory / "instance_parameters.txt"
    for row in _rows(path, PARAMETERS, faults):
        speed = row.number(PARAMETERS[0], 1.0, 10_000.0)
        parameters.append([speed, *(row.number(name, 0.0, 1440.0) for name in PARAMETERS[1:])])
        if len(parameters) > 1:
            row.fault("one line of parameters is expected, this is a second")
    if faults:
        raise ImportFault(faults)
    speed, pickup, dropoff, target, maximum = parameters[0]
    return Instance(
        tuple(venues), tuple(couriers), tuple(orders), speed, pickup, dropoff, target, maximum
    )
