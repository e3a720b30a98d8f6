"""An order of the simulated platform: its plan (what will happen if nobody interferes) and where
it stands. Plans are made by `demand` and `mdrp`, orders are moved by `operation` alone.
"""

from dataclasses import dataclass, field
from enum import IntEnum

from monitor.core.events import Payment, Place, Problem


class Step(IntEnum):
    """How far an order has come; it only ever grows."""

    PLACED = 0
    ACCEPTED = 1
    READY = 2
    PICKED_UP = 3
    DELIVERED = 4
    CANCELLED = 5


@dataclass(frozen=True, slots=True)
class OrderPlan:
    """What the client and the venue will do. Times are ms since the epoch, x and y metres.

    `accept_ms` to `ready_ms` are the venue's doing; `promise_ms` is what it promises on
    accepting, `estimate_ms` what the platform guessed before. `patience_ms` is when a client
    without a courier gives up; `cancel_ms` when this one cancels anyway; `paid_ms` when an
    unpaid order is paid at last; `refused_after_ms` how long the first courier keeps the order
    before handing it back; `problem` what the client reports after delivery.
    """

    order_id: str
    venue: int
    x: float
    y: float
    dropoff: Place
    placed_ms: int
    accept_ms: int
    estimate_ms: int
    promise_ms: int
    ready_ms: int
    promised_ms: int
    patience_ms: int
    payment: Payment = "paid"
    paid_ms: int | None = None
    cancel_ms: int | None = None
    cancel_reason: str = "client"
    refused_after_ms: int | None = None
    problem: Problem | None = None
    client_id: str | None = None


@dataclass(slots=True, eq=False)
class Order:
    """A plan and how far it has come; `courier` is the row of its courier, or -1.

    `turn_ms` is when a slow kitchen comes to it, 0 before it has queued there.
    """

    plan: OrderPlan
    step: Step = Step.PLACED
    courier: int = -1
    due_ms: int = 0
    ready_since_ms: int = 0
    counter_ms: int = 0
    turn_ms: int = 0
    assigned_ms: int = 0
    refused_by: set[int] = field(default_factory=set)

    @property
    def is_open(self) -> bool:
        """Placed and neither delivered nor cancelled."""
        return self.step < Step.DELIVERED
