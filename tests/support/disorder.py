"""Short random streams in which everything happens to a few couriers, venues and orders.

No story, every event type of an entity at any time, up to ten minutes out of order: for holding
the replay against the recount where no realistic day goes. In the town of `small_day.py`.
"""

import json
from random import Random

from tests.support.small_day import T0, Json, at, event, order, placed, tick

SPAN_S = 1800
STATUSES = ("idle", "off", "to_venue", "at_venue", "to_customer")
LONGITUDES = (0.5, 1.0, 1.5, 2.0, 2.5)
STEPS = (
    "placed",
    "placed",
    "accepted",
    "ready",
    "assigned",
    "unassigned",
    "picked_up",
    "payment",
    "problem",
    "delivered",
    "cancelled",
)


def random_stream(seed: int) -> list[str]:
    """NDJSON lines, the same for the same seed, that end 30 minutes after T0."""
    rng = Random(seed)
    grid = rng.choice([1, 1, 0.25, 10])

    def moment() -> float:
        return round(rng.uniform(0, SPAN_S - 100) / grid) * grid

    events: list[Json] = [tick(second) for second in range(0, SPAN_S + 1, 100)]
    for _ in range(rng.randrange(5, 60)):
        courier_id = rng.choice("ab")
        if rng.random() < 0.6:
            more = {"status": rng.choice(STATUSES)} if rng.random() < 0.4 else {}
            events.append(at(moment(), courier_id, rng.choice(LONGITUDES), **more))
        else:
            status = rng.choice(STATUSES)
            events.append(event(moment(), "courier.status", courier_id=courier_id, status=status))
    events += [venue_event(rng, moment()) for _ in range(rng.randrange(10))]
    for order_id in "opq":
        # Half of the orders are never cancelled, or most would be over before they begin.
        steps = STEPS if rng.random() < 0.5 else STEPS[:-1]
        for _ in range(rng.randrange(1, 9)):
            events.append(order_event(rng, moment(), order_id, rng.choice(steps)))
    noise_ms = rng.choice([0, 0, 50_000, 600_000])
    events.sort(key=lambda line: line["ts"] + rng.uniform(0, noise_ms))
    return [json.dumps(line) for line in events]


def venue_event(rng: Random, seconds: float) -> Json:
    """Any event of one of two venues."""
    venue_id = rng.choice("vw")
    kind = rng.random()
    if kind < 0.5:
        place = {"lat": 0.5, "lon": rng.choice(LONGITUDES)}
        prep = {"prep_minutes": rng.choice([0, 5, 2.5])} if rng.random() < 0.4 else {}
        return event(seconds, "venue.updated", venue_id=venue_id, **place, **prep)
    if kind < 0.7:
        status = rng.choice(["open", "paused"])
        return event(seconds, "venue.status", venue_id=venue_id, status=status)
    return event(seconds, "venue.heartbeat", venue_id=venue_id)


def order_event(rng: Random, seconds: float, order_id: str, step: str) -> Json:
    """Any step of an order, with what it may say."""
    payment = {"payment": rng.choice(["paid", "unpaid", "cash"])}
    if step == "placed":
        more: Json = {"promised_ts": T0 + rng.randrange(1200) * 1000}
        if rng.random() < 0.5:
            more["ready_ts"] = T0 + rng.randrange(900) * 1000
        if rng.random() < 0.4:
            more |= payment
        return placed(seconds, order_id, venue_id=rng.choice("vw"), **more)
    fields: Json = {}
    if step == "accepted" and rng.random() < 0.5:
        fields = {"ready_ts": T0 + rng.randrange(900) * 1000}
    elif step == "assigned" or (step == "picked_up" and rng.random() < 0.5):
        fields = {"courier_id": rng.choice("ab")}
    elif step == "payment":
        fields = payment
    elif step == "problem":
        fields = {"problem": "other"}
    return order(seconds, step, order_id, **fields)
