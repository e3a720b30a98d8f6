"""The venues of the simulated platform: who they are and where they stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from sim.plane import Plane


@dataclass(frozen=True, slots=True)
class Venue:
    """One venue; `prep_minutes` is what it usually takes, `slow_ms` what it takes on top.

    `quarter` is the zone id of the part of town that it belongs to. One that `waits_for_courier`
    finishes no order that has none.
    """

    venue_id: str
    x: float
    y: float
    prep_minutes: float
    name: str | None = None
    client_id: str | None = None
    network: str | None = None
    slow_ms: int = 0
    quarter: str | None = None
    waits_for_courier: bool = False


class Venues:
    """All venues of a city by row, with their places in metres and in degrees."""

    def __init__(self, venues: Sequence[Venue], plane: Plane) -> None:
        self.all: Final = tuple(venues)
        self.x: Final = [venue.x for venue in venues]
        self.y: Final = [venue.y for venue in venues]
        lon, lat = plane.lonlat(np.array(self.x, np.float64), np.array(self.y, np.float64))
        self.lon: Final[list[float]] = lon.tolist()
        self.lat: Final[list[float]] = lat.tolist()

    def __len__(self) -> int:
        return len(self.all)
