"""What the core is told about a city before the first event: its zones, rules and limits.

Made by the composition root from the configuration; frozen. A reload hands over a new one.
"""

from dataclasses import dataclass, field

from alerts.remedies.settings import ActionSettings
from alerts.rulebook import RuleBook
from zones.locate import Locator
from zones.metrics import Pace
from zones.polygons import ZoneSet


@dataclass(frozen=True, slots=True)
class Retention:
    """How long what is no longer needed stays, in ms, and how many ended alerts."""

    order_closed_ms: int = 86_400_000
    order_open_ms: int = 2 * 86_400_000
    courier_ms: int = 86_400_000
    venue_ms: int = 14 * 86_400_000
    alerts_kept: int = 10_000
    # How many a city knows at once; a new one beyond that is refused.
    couriers_max: int = 1_000_000
    orders_max: int = 2_000_000
    venues_max: int = 200_000


@dataclass(frozen=True, slots=True)
class CityPlan:
    """One city: where its zones lie and how it is judged."""

    slug: str
    zones: ZoneSet
    locator: Locator
    rulebook: RuleBook
    name: str = ""
    stale_ms: int = 60_000
    pace: Pace = field(default_factory=Pace)
    retention: Retention = field(default_factory=Retention)
    actions: ActionSettings = field(default_factory=ActionSettings)
