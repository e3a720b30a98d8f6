"""Made-up input for benchmarks: a simulated day as a file, with its configuration."""

from dataclasses import dataclass
from pathlib import Path

from monitor.core.events import Event
from sim.city import SimCity
from sim.settings import SimSettings
from sim.wire import encode

START_MS = 1_748_750_400_000  # 2025-06-01 04:00 UTC, a morning


@dataclass(frozen=True, slots=True)
class Day:
    """A recording and the configuration that goes with it."""

    events: Path
    config: Path
    count: int


def config_text(city: str, folder: Path) -> Path:
    """A configuration over the hexagons of the simulated town, in `folder`."""
    path = folder / "bench.toml"
    path.write_text(
        f'[cities.{city}]\ntimezone = "Europe/Riga"\n'
        f"[cities.{city}.hexagons]\nresolution = 8\nbbox = [24.0, 56.9, 24.22, 57.0]\n"
    )
    return path


def write_day(folder: Path, events: int, couriers: int = 60, venues: int = 40) -> Day:
    """The first `events` events of a simulated city that reports every 20 s."""
    city = SimCity(
        SimSettings(
            city="bench",
            seed=7,
            start_ms=START_MS,
            couriers=couriers,
            venues=venues,
            orders_per_hour=120,
            position_interval_ms=20_000,
        )
    )
    lines: list[bytes] = []
    taken: list[Event] = []
    while len(taken) < events:
        taken += city.advance(city.now_ms + 60_000)
    lines = [encode(event) for event in taken[:events]]
    path = folder / "day.ndjson"
    path.write_bytes(b"\n".join(lines) + b"\n")
    return Day(path, config_text("bench", folder), events)
