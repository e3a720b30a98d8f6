"""The platform at work: orders go through their life, couriers carry them, phones report.

One deterministic machine for both uses: `city` feeds it made-up demand, `mdrp` recorded orders
and shifts. It has no clock: `advance` runs it to a time and gives back the events since. The
life of an order is read here from top to bottom; who gets it is `dispatch`'s choice, where a
courier is `couriers`', what is broken `conditions`'.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from monitor.core.events import (
    CityWeather,
    CourierStatusChanged,
    Event,
    OrderAccepted,
    OrderAssigned,
    OrderCancelled,
    OrderDelivered,
    OrderPayment,
    OrderPickedUp,
    OrderPlaced,
    OrderProblem,
    OrderReady,
    OrderUnassigned,
    VenueUpdated,
)
from sim.agenda import Agenda
from sim.conditions import Conditions
from sim.couriers import AT_VENUE, IDLE, OFF, STATUSES, TO_CUSTOMER, TO_VENUE, Fleet
from sim.dispatch import Dispatcher
from sim.orders import Order, OrderPlan, Step
from sim.venues import Venues

# How often something that cannot happen now (a dead tablet, a stalled kitchen) is tried again.
RETRY_MS: Final = 15_000
# A slow kitchen gets an order ready only this long after the one before: 7.5 an hour.
SLOW_KITCHEN_MS: Final = 8 * 60_000
# What a kitchen that waits for couriers still has to do once an order has one.
LAST_HAND_MS: Final = 3 * 60_000
# What is left of the work when a kitchen is told about an order late.
LEAST_COOKING_MS: Final = 45_000
# How long a client waits on once a courier has handed the order back.
SECOND_PATIENCE_MS: Final = 30 * 60_000
# A client who misses something writes within this time of the delivery.
COMPLAINT_MS: Final = 7 * 60_000


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the work goes: metres per ms as the crow flies, service times, dispatch."""

    metres_per_ms: float
    pickup_ms: int
    dropoff_ms: int
    lead_ms: int = 10 * 60_000
    round_ms: int = 10_000


class Operation:
    """Couriers, venues and orders of one city; `take` is where events are picked up."""

    def __init__(self, city: str, start_ms: int, fleet: Fleet, venues: Venues, pace: Pace) -> None:
        self.city: Final = city
        self.fleet: Final = fleet
        self.venues: Final = venues
        self.agenda: Final = Agenda(start_ms)
        self.now: Final = Conditions()
        self.dispatcher: Final = Dispatcher()
        self.open_orders = 0
        self.on_shift = 0
        # Told (row, ts) when a courier has become idle; a city may send him somewhere.
        self.when_free: Callable[[int, int], None] | None = None
        self.done: Final[dict[Step, int]] = {Step.DELIVERED: 0, Step.CANCELLED: 0}
        self._pace = pace
        self._carried: dict[int, Order] = {}
        self._kitchen_free_ms: dict[int, int] = {}
        self._events: list[Event] = []
        self.agenda.at(start_ms, self._open)
        self.agenda.at(start_ms + pace.round_ms, self._dispatch)

    def advance(self, to_ms: int) -> list[Event]:
        """Run up to and including `to_ms`; the events since the last call, in the order of ts."""
        self.agenda.run(to_ms)
        events, self._events = self._events, []
        return events

    def emit(self, stream: str, event: Event, network: str | None = None) -> None:
        """Send an event, unless its stream or its network is silent."""
        now = self.now
        if stream in now.silent_streams or network in now.dead_networks:
            return
        self._events.append(event)

    def weather(self, ts: int, rain_mm_h: float, wind_mps: float, temperature_c: float) -> None:
        """Tell the weather."""
        self.emit("city", CityWeather(self.city, ts, rain_mm_h, wind_mps, temperature_c))

    def place(self, plan: OrderPlan) -> None:
        """Enter an order that will be placed as planned."""
        self.agenda.at(plan.placed_ms, partial(self._placed, Order(plan)))

    def begin_shift(self, row: int, x: float, y: float, off_ms: int, ts: int) -> None:
        """A courier comes to work at (x, y), until `off_ms` or whatever is then in hand is done."""
        fleet = self.fleet
        if fleet.status[row] != OFF:
            return
        fleet.put(row, ts, x, y)
        fleet.off_ms[row] = off_ms
        self.on_shift += 1
        self._courier(row, IDLE, ts)
        self.agenda.at(off_ms, partial(self._shift_over, row))

    def end_shift(self, row: int, ts: int) -> None:
        """An idle courier goes home; one at work does when he is done."""
        self.fleet.off_ms[row] = min(int(self.fleet.off_ms[row]), ts)
        self._shift_over(row, ts)

    def ride(self, row: int, x: float, y: float, ts: int) -> None:
        """An idle courier moves elsewhere without an order."""
        if self.fleet.status[row] == IDLE:
            self.fleet.go(row, ts, x, y, self._speed())

    def _open(self, ts: int) -> None:
        for row, venue in enumerate(self.venues.all):
            lon, lat = self.venues.lon[row], self.venues.lat[row]
            self.emit(
                "venues",
                VenueUpdated(
                    self.city, ts, venue.venue_id, lat, lon, venue.name, venue.prep_minutes,
                    venue.client_id,
                ),
            )  # fmt: skip

    def _shift_over(self, row: int, ts: int) -> None:
        if self.fleet.status[row] == IDLE and self.fleet.off_ms[row] <= ts:
            self.fleet.stop(row, ts)
            self.on_shift -= 1
            self._courier(row, OFF, ts)

    def _courier(self, row: int, status: int, ts: int) -> None:
        fleet = self.fleet
        fleet.status[row] = status
        network = fleet.networks[row]
        event = CourierStatusChanged(self.city, ts, fleet.ids[row], STATUSES[status], network)
        self.emit("couriers", event, network)

    def _free(self, row: int, ts: int) -> None:
        self._carried.pop(row, None)
        self.fleet.begin_task(row)
        self._courier(row, IDLE, ts)
        self._shift_over(row, ts)
        if self.when_free is not None and self.fleet.status[row] == IDLE:
            self.when_free(row, ts)

    def _speed(self) -> float:
        return self._pace.metres_per_ms * self.now.speed

    # An order's life, step by step.

    def _placed(self, order: Order, ts: int) -> None:
        plan = order.plan
        self.open_orders += 1
        self.emit(
            "orders",
            OrderPlaced(
                self.city, ts, plan.order_id, self.venues.all[plan.venue].venue_id, plan.dropoff,
                plan.promised_ms, plan.estimate_ms, plan.client_id, plan.payment,
            ),
        )  # fmt: skip
        if plan.paid_ms is not None:
            self.agenda.at(plan.paid_ms, partial(self._paid, order))
        if plan.cancel_ms is not None:
            self.agenda.at(plan.cancel_ms, partial(self._cancel, order, plan.cancel_reason))
        self.agenda.at(plan.patience_ms, partial(self._patience, order))
        self.agenda.at(plan.accept_ms, partial(self._accept, order))

    def _paid(self, order: Order, ts: int) -> None:
        if order.is_open:
            self.emit("orders", OrderPayment(self.city, ts, order.plan.order_id, "paid"))

    def _accept(self, order: Order, ts: int) -> None:
        plan = order.plan
        if not order.is_open:
            return
        if self._tablet_dead(plan.venue):
            self.agenda.at(ts + RETRY_MS, partial(self._accept, order))
            return
        order.step = Step.ACCEPTED
        late = ts - plan.accept_ms
        promise = plan.promise_ms + late
        self.emit("orders", OrderAccepted(self.city, ts, plan.order_id, promise))
        ready = max(plan.ready_ms + late, ts + LEAST_COOKING_MS)
        self.agenda.at(ready, partial(self._ready, order))
        self.agenda.at(promise - self._pace.lead_ms, partial(self._due, order))

    def _tablet_dead(self, venue: int) -> bool:
        network = self.venues.all[venue].network
        return venue in self.now.dead_tablets or network in self.now.dead_networks

    def _ready(self, order: Order, ts: int) -> None:
        if not order.is_open:
            return
        if order.plan.venue in self.now.stalled_kitchens or self._tablet_dead(order.plan.venue):
            self.agenda.at(ts + RETRY_MS, partial(self._ready, order))
            return
        if self.venues.all[order.plan.venue].waits_for_courier:
            due = ts + RETRY_MS if order.courier < 0 else order.assigned_ms + LAST_HAND_MS
            if due > ts:
                self.agenda.at(due, partial(self._ready, order))
                return
        if order.plan.venue in self.now.slow_kitchens and not order.turn_ms:
            order.turn_ms = max(ts, self._kitchen_free_ms.get(order.plan.venue, 0))
            self._kitchen_free_ms[order.plan.venue] = order.turn_ms + SLOW_KITCHEN_MS
        if order.turn_ms > ts:
            self.agenda.at(order.turn_ms, partial(self._ready, order))
            return
        order.step = Step.READY
        order.ready_since_ms = ts
        self.emit("orders", OrderReady(self.city, ts, order.plan.order_id))
        if order.courier >= 0 and self.fleet.status[order.courier] == AT_VENUE:
            self._hand_over(order)

    def _due(self, order: Order, ts: int) -> None:
        if order.is_open and order.courier < 0:
            self.dispatcher.add(order, ts)

    def _dispatch(self, ts: int) -> None:
        for order, row in self.dispatcher.round(ts, self.fleet, self.venues, self._speed()):
            self._assign(order, row, ts)
        self.agenda.at(ts + self._pace.round_ms, self._dispatch)

    def _assign(self, order: Order, row: int, ts: int) -> None:
        plan = order.plan
        order.courier, order.assigned_ms = row, ts
        self._carried[row] = order
        task = self.fleet.begin_task(row)
        courier_id = self.fleet.ids[row]
        self.emit("orders", OrderAssigned(self.city, ts, plan.order_id, courier_id))
        self._courier(row, TO_VENUE, ts)
        venues = self.venues
        there = self.fleet.go(row, ts, venues.x[plan.venue], venues.y[plan.venue], self._speed())
        self.agenda.at(there, partial(self._at_venue, order, row, task))
        if plan.refused_after_ms is not None and not order.refused_by:
            refusal = partial(self._refuse, order, row, task)
            self.agenda.at(min(ts + plan.refused_after_ms, there), refusal)

    def _refuse(self, order: Order, row: int, task: int, ts: int) -> None:
        if self.fleet.task[row] != task or self.fleet.status[row] != TO_VENUE:
            return
        order.refused_by.add(row)
        order.courier = -1
        event = OrderUnassigned(self.city, ts, order.plan.order_id, "courier_declined")
        self.emit("orders", event)
        self.fleet.stop(row, ts)
        self._free(row, ts)
        self.dispatcher.add(order, ts)
        self.agenda.at(ts + SECOND_PATIENCE_MS, partial(self._patience, order))

    def _at_venue(self, order: Order, row: int, task: int, ts: int) -> None:
        if self.fleet.task[row] != task:
            return
        self._courier(row, AT_VENUE, ts)
        # Half of the service time is the way from the vehicle to the counter, half the way back.
        order.counter_ms = ts + self._pace.pickup_ms // 2
        if order.step == Step.READY:
            self._hand_over(order)

    def _hand_over(self, order: Order) -> None:
        handed = max(order.counter_ms, order.ready_since_ms)
        leaving = handed + self._pace.pickup_ms - self._pace.pickup_ms // 2
        task = self.fleet.task[order.courier]
        self.agenda.at(leaving, partial(self._pick_up, order, order.courier, task))

    def _pick_up(self, order: Order, row: int, task: int, ts: int) -> None:
        if self.fleet.task[row] != task:
            return
        if self.now.pickups_stalled:
            self.agenda.at(ts + RETRY_MS, partial(self._pick_up, order, row, task))
            return
        plan = order.plan
        order.step = Step.PICKED_UP
        self.emit("orders", OrderPickedUp(self.city, ts, plan.order_id, self.fleet.ids[row]))
        self._courier(row, TO_CUSTOMER, ts)
        there = self.fleet.go(row, ts, plan.x, plan.y, self._speed())
        self.agenda.at(there + self._pace.dropoff_ms // 2, partial(self._deliver, order))

    def _deliver(self, order: Order, ts: int) -> None:
        order.step = Step.DELIVERED
        self._closed(order)
        self.emit("orders", OrderDelivered(self.city, ts, order.plan.order_id))
        if order.plan.problem is not None:
            self.agenda.at(ts + COMPLAINT_MS, partial(self._complain, order))
        rest = self._pace.dropoff_ms - self._pace.dropoff_ms // 2
        self.agenda.at(ts + rest, partial(self._free, order.courier))

    def _complain(self, order: Order, ts: int) -> None:
        plan = order.plan
        if plan.problem is not None:
            self.emit("orders", OrderProblem(self.city, ts, plan.order_id, plan.problem))

    def _patience(self, order: Order, ts: int) -> None:
        if order.courier < 0:
            self._cancel(order, "no_courier", ts)

    def _cancel(self, order: Order, reason: str, ts: int) -> None:
        """Before the pick-up only: what is on its way is brought."""
        if order.step >= Step.PICKED_UP:
            return
        order.step = Step.CANCELLED
        self._closed(order)
        self.emit("orders", OrderCancelled(self.city, ts, order.plan.order_id, reason))
        if order.courier >= 0:
            self.fleet.stop(order.courier, ts)
            self._free(order.courier, ts)

    def _closed(self, order: Order) -> None:
        self.open_orders -= 1
        self.done[order.step] += 1
