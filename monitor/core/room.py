"""Whether a city still has room for what it does not know yet: couriers, orders, venues.

Ids come from outside without end; a table that is full takes no new ones until old ones leave
(`retention.py`). Whoever is known goes on. The gate asks; the bound may be passed by as much as
waits in the inbox.
"""

from collections.abc import Callable

from monitor.core.city import City
from monitor.core.reports import Incoming
from monitor.core.state import State
from monitor.core.tables.table import Table


class Room:
    """The room of all cities of the state at the moment."""

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state

    def is_short(self) -> bool:
        """Whether any table of any city is full, so that each event must be asked about."""
        return any(
            len(table) >= most
            for city in self._state().cities.values()
            for table, most in _tables(city).values()
        )

    def fits(self, event: Incoming) -> bool:
        """Whether the event is about somebody known, or there is room for him."""
        city = self._state().cities.get(event.city)
        if city is None:
            return True
        for field, (table, most) in _tables(city).items():
            id_ = getattr(event, field, None)
            if id_ is not None:
                return table.find(id_) >= 0 or len(table) < most
        return True


def _tables(city: City) -> dict[str, tuple[Table, int]]:
    """By the field that names the entity of an event; an order's own id comes first."""
    keep = city.plan.retention
    return {
        "order_id": (city.orders, keep.orders_max),
        "courier_id": (city.couriers, keep.couriers_max),
        "venue_id": (city.venues, keep.venues_max),
    }
