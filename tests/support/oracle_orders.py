"""One order as a plain dictionary in which every field has a time of its own.

Part of the recount, an independent second reading of the contract (section 2): what each order
event says, when it is stale, what it implies. Every `Reading:` is a choice where the contract
leaves room. `oracle_city.py` calls it.
"""

from typing import Any

from tests.support.oracle_events import Json

Order = dict[str, Any]
UNKNOWN = object()


def says_more(ts: int, entity_ts: int, known_ts: int | None) -> bool:
    """Whether an event of a field that changes is applied: it is not late for its entity, or
    newer than what is known of its own field, or nothing is known of that.

    Reading: a repeat that comes late, at the very time that is known, fills no gap: stale.
    A repeat at the entity's newest time is applied and changes nothing.
    """
    return ts >= entity_ts or known_ts is None or ts > known_ts


def first_time(order: Order, event: Json, name: str) -> bool:
    """Whether an event of a step that happens once is applied: it is not late, or fills a gap.

    Reading: the step's time is the first one that was heard; said again it changes nothing.
    """
    applied = bool(event["ts"] >= order["ts"] or order[name] is None)
    if order[name] is None:
        order[name] = event["ts"]
    return applied


def new_order() -> Order:
    """An order of which nothing is known."""
    return {
        "ts": -1,
        "placed_ts": None,
        "venue_id": None,
        "promised_ts": None,
        "first_estimate_ts": None,
        "promise_ts": None,
        "accepted": False,
        "accepted_ts": None,
        "ready_ts": None,
        "assigned": False,
        "assignment_ts": None,
        "courier": UNKNOWN,
        "picked_up": False,
        "picked_up_ts": None,
        "payment": "paid",
        "payment_ts": None,
        "unpaid_since": None,
        "problem_ts": None,
        "ended": None,
        "delivered_ts": None,
        "cancelled_ts": None,
    }


def on_placed(order: Order, event: Json) -> bool:
    """Reading: a second one never overwrites what the first one said."""
    ts = event["ts"]
    if order["placed_ts"] is not None:
        return bool(ts >= order["ts"])
    order["placed_ts"] = ts
    order["venue_id"] = event["venue_id"]
    order["promised_ts"] = event["promised_ts"]
    order["first_estimate_ts"] = event.get("ready_ts")
    if order["payment_ts"] is None or ts > order["payment_ts"]:
        set_payment(order, ts, event.get("payment", "paid"))
    return True


def set_payment(order: Order, ts: int, payment: str) -> None:
    """Unpaid since the first word of it in a row."""
    if payment != "unpaid":
        order["unpaid_since"] = None
    elif order["payment"] != "unpaid":
        order["unpaid_since"] = ts
    order["payment"] = payment
    order["payment_ts"] = ts


def on_payment(order: Order, event: Json) -> bool:
    """How the order stands to its payment, by the payment's own time."""
    if not says_more(event["ts"], order["ts"], order["payment_ts"]):
        return False
    set_payment(order, event["ts"], event["payment"])
    return True


def on_accepted(order: Order, event: Json) -> bool:
    """Fills in the accept time even where `ready` had implied the step."""
    if not first_time(order, event, "accepted_ts"):
        return False
    order["accepted"] = True
    if event.get("ready_ts") is not None:
        order["promise_ts"] = event["ready_ts"]
    return True


def on_ready(order: Order, event: Json) -> bool:
    """Implies accepted."""
    if not first_time(order, event, "ready_ts"):
        return False
    order["accepted"] = True
    return True


def set_assignment(order: Order, ts: int, assigned: bool) -> None:
    """The newest word on whether somebody has the order; at equal times the later heard."""
    if order["assignment_ts"] is None or ts >= order["assignment_ts"]:
        order["assigned"] = assigned
        order["assignment_ts"] = ts


def on_assigned(order: Order, event: Json) -> bool:
    """Reading: late, it still fills in who it was where a pick-up did not say."""
    unknown = None if order["courier"] is UNKNOWN else order["assignment_ts"]
    if not says_more(event["ts"], order["ts"], unknown):
        return False
    order["courier"] = event["courier_id"]
    set_assignment(order, event["ts"], True)
    return True


def on_unassigned(order: Order, event: Json) -> bool:
    """Waiting again, as long as the order is open, picked up or not."""
    if not says_more(event["ts"], order["ts"], order["assignment_ts"]):
        return False
    order["courier"] = None
    set_assignment(order, event["ts"], False)
    return True


def on_picked_up(order: Order, event: Json) -> bool:
    """Implies accepted, ready and assigned, even without a courier."""
    if not first_time(order, event, "picked_up_ts"):
        return False
    order["picked_up"] = True
    order["accepted"] = True
    if event.get("courier_id") is not None:
        order["courier"] = event["courier_id"]
    set_assignment(order, event["ts"], True)
    return True


def on_ended(order: Order, event: Json) -> bool:
    """Delivered or cancelled: over, for good."""
    step = event["type"].split(".")[1]
    if not first_time(order, event, f"{step}_ts"):
        return False
    order["ended"] = order["ended"] or step
    return True


def on_problem(order: Order, event: Json) -> bool:
    """Changes no figure."""
    if not says_more(event["ts"], order["ts"], order["problem_ts"]):
        return False
    order["problem_ts"] = event["ts"]
    return True


ORDER_EVENTS = {
    "order.placed": on_placed,
    "order.accepted": on_accepted,
    "order.ready": on_ready,
    "order.assigned": on_assigned,
    "order.unassigned": on_unassigned,
    "order.picked_up": on_picked_up,
    "order.delivered": on_ended,
    "order.cancelled": on_ended,
    "order.payment": on_payment,
    "order.problem": on_problem,
}
