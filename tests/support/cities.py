"""A small made-up city with its engine's state, and the events that happen in it.

Three square zones of 0.1 degrees side by side along the equator: `west` from longitude 0, `mid`
from 0.1, `east` from 0.2; there one degree is 111.2 km whichever way. All times are seconds after
`T0`. Used by the tests of views, API and metrics, which let `Town` take events through `step`.
"""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import numpy as np
import shapely

from alerts.act import Outcome
from alerts.rulebook import Layer, Overrides, RuleBook
from monitor.core.commands import Command
from monitor.core.effects import Effects
from monitor.core.events import (
    CourierPosition,
    CourierStatus,
    OrderAccepted,
    OrderAssigned,
    OrderCancelled,
    OrderDelivered,
    OrderPickedUp,
    OrderPlaced,
    OrderProblem,
    OrderReady,
    Payment,
    Place,
    VenueUpdated,
)
from monitor.core.plan import CityPlan
from monitor.core.reports import Incoming
from monitor.core.state import State
from monitor.core.step import apply, step
from zones.locate import Locator
from zones.polygons import ZoneSet

# A whole minute; every story starts here.
T0 = 1_700_000_040_000
CITY = "smallville"
ZONE_IDS = ("west", "mid", "east")


def at(seconds: float) -> int:
    """The time so many seconds after T0, ms."""
    return T0 + round(seconds * 1000)


def small_city(slug: str = CITY, rules: Overrides | None = None) -> CityPlan:
    """The plan of a city of three square zones with the default rules, or some overridden."""
    squares = np.array(
        [shapely.box(west / 10, 0, (west + 1) / 10, 0.1) for west in range(len(ZONE_IDS))],
        dtype=np.object_,
    )
    zones = ZoneSet(ZONE_IDS, ("West", "Middle", "East"), squares, np.zeros(len(ZONE_IDS)))
    book = RuleBook(tz=ZoneInfo("UTC"), city=Layer(rules=rules or {}))
    return CityPlan(
        slug=slug, zones=zones, locator=Locator(zones), rulebook=book, name=slug.title()
    )


class Town:
    """A state of small cities, a clock, and the one way in: `tell`."""

    def __init__(self, *plans: CityPlan) -> None:
        self.state = State(plans or (small_city(),))
        self.clock_ms = T0
        self.ordered = Effects()  # what people's commands came to, in `submit`

    @property
    def city_name(self) -> str:
        """The slug of the first city."""
        return next(iter(self.state.cities))

    def now_ms(self) -> int:
        """The clock as `tell` left it."""
        return self.clock_ms

    def tell(self, seconds: float, *events: Incoming) -> Effects:
        """Let the clock be so late, and the state take these events."""
        self.clock_ms = at(seconds)
        return step(self.state, events, self.clock_ms)

    def pass_time(self, seconds: float) -> Effects:
        """Let every second up to then be judged that asks for it."""
        effects = Effects()
        last = at(seconds)
        while (due := self.state.next_wake_ms()) <= last:
            effects.add(step(self.state, (), due))
        self.clock_ms = last
        effects.add(step(self.state, (), last))
        return effects

    async def submit(self, command: Command) -> Outcome:
        """What the engine does with a person's command."""
        effects = Effects()
        apply(self.state, [command], effects)
        self.ordered.add(effects)
        return effects.answers[-1][1]


def courier(
    seconds: float,
    courier_id: str,
    lon: float,
    lat: float = 0.05,
    status: CourierStatus | None = None,
    city: str = CITY,
) -> CourierPosition:
    """A courier tells where he is."""
    return CourierPosition(city, at(seconds), courier_id, lat, lon, status)


def venue(
    seconds: float, venue_id: str = "v", lon: float = 0.05, lat: float = 0.05, **more: object
) -> VenueUpdated:
    """A venue tells where it is."""
    return VenueUpdated(CITY, at(seconds), venue_id, lat, lon, **more)  # type: ignore[arg-type]


def placed(
    seconds: float,
    order_id: str = "o",
    venue_id: str = "v",
    promised_s: float = 3600,
    payment: Payment = "paid",
    client_id: str | None = None,
    city: str = CITY,
) -> OrderPlaced:
    """A client orders; the order goes to the north-east corner of the city's first zone."""
    return OrderPlaced(
        city,
        at(seconds),
        order_id,
        venue_id,
        Place(0.09, 0.09),
        at(promised_s),
        client_id=client_id,
        payment=payment,
    )


def assigned(seconds: float, order_id: str, courier_id: str) -> OrderAssigned:
    """Dispatch gives an order to a courier."""
    return OrderAssigned(CITY, at(seconds), order_id, courier_id)


def problem(seconds: float, order_id: str = "o") -> OrderProblem:
    """A client complains."""
    return OrderProblem(CITY, at(seconds), order_id, "missing_item", "no cutlery")


def steps(order_id: str, *times: float) -> Sequence[Incoming]:
    """Accepted, ready, picked up, delivered, as many as there are times."""
    makers: Sequence[type[OrderAccepted | OrderReady | OrderPickedUp | OrderDelivered]] = (
        OrderAccepted,
        OrderReady,
        OrderPickedUp,
        OrderDelivered,
    )
    return [make(CITY, at(s), order_id) for make, s in zip(makers, times, strict=False)]


def cancelled(seconds: float, order_id: str) -> OrderCancelled:
    """An order is called off."""
    return OrderCancelled(CITY, at(seconds), order_id)
