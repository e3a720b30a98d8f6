"""What the tests of `sim` share: a small made-up instance on disk, and the laws of a legal day."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from monitor.core.events import (
    CityWeather,
    CourierPosition,
    CourierStatusChanged,
    Event,
    OrderAccepted,
    OrderAssigned,
    OrderCancelled,
    OrderDelivered,
    OrderEvent,
    OrderPayment,
    OrderPickedUp,
    OrderPlaced,
    OrderProblem,
    OrderReady,
    OrderUnassigned,
)

DECODER = msgspec.json.Decoder(Event)

# What may follow what in the life of an order; None is before its first event.
LEGAL: dict[type | None, tuple[type, ...]] = {
    None: (OrderPlaced,),
    OrderPlaced: (OrderAccepted, OrderCancelled),
    OrderAccepted: (OrderReady, OrderCancelled),
    OrderReady: (OrderPickedUp, OrderCancelled),
    OrderPickedUp: (OrderDelivered,),
    OrderDelivered: (),
    OrderCancelled: (),
}


def write_instance(directory: Path, **replaced: str) -> Path:
    """A made-up instance of 3 venues, 4 couriers and 12 orders; `replaced` texts by file stem."""
    venues = "".join(f"r{n}\t{1000 + 700 * n}\t{2000 - 300 * n}\n" for n in range(1, 4))
    couriers = "".join(f"c{n}\t{900 * n}\t{500 * n}\t{10 * n}\t{200 + 30 * n}\n" for n in range(4))
    orders = "".join(
        f"o{n}\t{400 * n}\t{3500 - 250 * n}\t{12 + 9 * n}\tr{1 + n % 3}\t{24 + 10 * n}\n"
        for n in range(12)
    )
    texts = {
        "restaurants": "restaurant\tx\ty\n" + venues,
        "couriers": "courier\tx\ty\ton_time\toff_time\n" + couriers,
        "orders": "order\tx\ty\tplacement_time\trestaurant\tready_time\n" + orders,
        "instance_parameters": (
            "meters_per_minute\tpickup service minutes\tdropoff service minutes\t"
            "target click-to-door\tmaximum click-to-door\tpay per order\tguaranteed pay per hour\n"
            "320\t4\t4\t40\t90\t10\t15\n"
        ),
    }
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in {**texts, **replaced}.items():
        (directory / f"{name}.txt").write_text(text, encoding="utf-8")
    return directory


def decode(data: bytes) -> list[Event]:
    """NDJSON as events; raises on the first line that is none."""
    return DECODER.decode_lines(data)


class Lawful:
    """Watches a day event by event and asserts that nothing unlawful happens in it."""

    def __init__(self) -> None:
        self.last_ts = 0
        self.step: dict[str, type] = {}
        self.courier_of: dict[str, str] = {}
        self.order_of: dict[str, str] = {}
        self.status: dict[str, str] = {}

    def watch(self, events: Iterable[Event]) -> "Lawful":
        """Assert the laws for some more events of the day."""
        for event in events:
            assert event.ts >= self.last_ts
            self.last_ts = event.ts
            if isinstance(event, CourierStatusChanged):
                self.status[event.courier_id] = event.status
            elif isinstance(event, CourierPosition):
                assert event.status == self.status[event.courier_id]
                assert event.status != "off"
            elif isinstance(event, OrderEvent):
                self._order(event)
            elif isinstance(event, CityWeather):
                assert event.precipitation_mm_h is not None
        return self

    def _order(self, event: OrderEvent) -> None:
        order_id = event.order_id
        if isinstance(event, OrderAssigned):
            assert order_id not in self.courier_of
            assert event.courier_id not in self.order_of
            assert self.step[order_id] in (OrderAccepted, OrderReady)
            self.courier_of[order_id] = event.courier_id
            self.order_of[event.courier_id] = order_id
        elif isinstance(event, OrderUnassigned):
            assert self.step[order_id] in (OrderAccepted, OrderReady)
            del self.order_of[self.courier_of.pop(order_id)]
        elif isinstance(event, OrderPayment):
            assert self.step[order_id] not in (OrderDelivered, OrderCancelled)
        elif isinstance(event, OrderProblem):
            assert self.step[order_id] is OrderDelivered
        else:
            assert type(event) in LEGAL[self.step.get(order_id)]
            self.step[order_id] = type(event)
            if isinstance(event, OrderPickedUp):
                assert self.courier_of[order_id] == event.courier_id
                assert self.status[event.courier_id] == "at_venue"
            if isinstance(event, OrderDelivered | OrderCancelled):
                courier = self.courier_of.pop(order_id, None)
                if courier is not None:
                    del self.order_of[courier]
