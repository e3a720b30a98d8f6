"""What a simulated city is made of, in one place, with units and defaults.

Read by `city`; the demo and the benchmarks fill it in.
"""

from dataclasses import dataclass, field
from typing import Final

from sim.faults import Fault
from sim.plans import Mishaps
from sim.town import CENTRE, QUARTERS, Quarter

# Monday, 3 March 2025, 09:30 in Riga: half an hour before the lunch orders begin.
DEFAULT_START_MS: Final = 1_740_987_000_000


@dataclass(frozen=True, slots=True)
class SimSettings:
    """A simulated city. The same settings give the same events.

    - `city`: its slug. `seed`: what all chance is drawn from. `start_ms`: when it begins.
    - `couriers`: how many there are; at the dinner peak about 6 in 10 are on shift. With
      `always_on` all of them are, from the start for good (for measurements of load).
    - `venues`: how many; `slow_venue_share` of them overrun by `slow_venue_minutes` on average.
      `waiting_kitchen_share` of them put the last hand on an order only once it has a courier:
      where couriers are short they look slow, and are not.
    - `orders_per_hour`: the rate at the dinner peak; other hours follow the daily curve. By
      default it leaves the couriers short for an hour at lunch, and just enough at dinner.
    - `position_interval_ms`, `heartbeat_interval_ms`: how often phones and tablets report.
    - `utc_offset_min`: local time, which the daily curves and faults with a time of day follow.
    - `centre` (lat, lon) and `quarters`: where venues stand and clients live.
    - `speed_kmh`, `detour`, `pickup_min`, `dropoff_min`: how the couriers work, by default about
      what a monitor assumes that was told nothing.
    - `push_acceptance`: the chance that an idle courier follows a push; half of the others
      decline, the rest do not answer.
    - `faults`: what goes wrong, and when.
    """

    city: str = "demo"
    seed: int = 0
    start_ms: int = DEFAULT_START_MS
    couriers: int = 300
    venues: int = 120
    orders_per_hour: float = 420.0
    position_interval_ms: int = 5_000
    heartbeat_interval_ms: int = 60_000
    utc_offset_min: int = 120
    centre: tuple[float, float] = CENTRE
    quarters: tuple[Quarter, ...] = QUARTERS
    always_on: bool = False
    slow_venue_share: float = 0.1
    slow_venue_minutes: float = 8.0
    waiting_kitchen_share: float = 0.0
    speed_kmh: float = 18.0
    detour: float = 1.3
    pickup_min: float = 3.0
    dropoff_min: float = 3.0
    push_acceptance: float = 0.4
    mishaps: Mishaps = field(default_factory=Mishaps)
    faults: tuple[Fault, ...] = ()

    def __post_init__(self) -> None:
        """Raise ValueError, one line, for a city that cannot be."""
        least: tuple[tuple[str, float, float], ...] = (
            ("couriers", self.couriers, 1),
            ("venues", self.venues, 1),
            ("quarters", len(self.quarters), 1),
            ("orders_per_hour", self.orders_per_hour, 0),
            ("position_interval_ms", self.position_interval_ms, 100),
            ("heartbeat_interval_ms", self.heartbeat_interval_ms, 1_000),
            ("start_ms", self.start_ms, 0),
            ("seed", self.seed, 0),
            ("speed_kmh", self.speed_kmh, 1),
            ("detour", self.detour, 1),
        )
        for name, value, lowest in least:
            if value < lowest:
                raise ValueError(f"{name} must be at least {lowest:g}, not {value:g}")
        if not self.city:
            raise ValueError("the city needs a slug")
