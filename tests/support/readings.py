"""Small streams, one for each point at which the contract asks for careful reading.

All in the town of `small_day.py`. `tests/e2e/test_replay_readings.py` holds the replay against
the recount on each of them.
"""

from tests.support.small_day import T0, Json, at, event, order, placed, tick, venue

V = venue(0, 0.5)


def said_again_late(step: Json) -> list[Json]:
    """A step of an order, then something newer of the order, then the same step again."""
    begin = [] if step["type"] == "order.placed" else [placed(10)]
    if step["type"] == "order.payment":
        newer = order(100, "ready")
    else:
        newer = order(100, "payment", payment="paid")
    return [V, *begin, step, newer, step, tick(130)]


def beat(seconds: float) -> Json:
    """A heartbeat of the venue."""
    return event(seconds, "venue.heartbeat", venue_id="v")


def answer(seconds: float) -> Json:
    """A courier's answer to a push."""
    return event(seconds, "courier.push_response", courier_id="a", push_id="p", response="accepted")


# Said once more after something newer: no gap, so stale.
SAID_AGAIN: dict[str, list[Json]] = {
    "placed again": said_again_late(placed(10)),
    "accepted again": said_again_late(order(20, "accepted")),
    "ready again": said_again_late(order(30, "ready")),
    "assigned again": said_again_late(order(25, "assigned", courier_id="a")),
    "unassigned again": said_again_late(order(26, "unassigned")),
    "picked up again": said_again_late(order(40, "picked_up")),
    "payment again": said_again_late(order(35, "payment", payment="cash")),
    "problem again": said_again_late(order(36, "problem", problem="other")),
    "delivered again": said_again_late(order(90, "delivered")),
    "venue place again": [venue(10, 0.5), beat(20), venue(10, 0.5), tick(130)],
    "venue status again": [
        event(10, "venue.status", venue_id="v", status="busy"),
        beat(20),
        event(10, "venue.status", venue_id="v", status="busy"),
        tick(130),
    ],
    "heartbeat again": [
        beat(10),
        event(20, "venue.status", venue_id="v", status="busy"),
        beat(10),
        tick(130),
    ],
}

READINGS: dict[str, list[Json]] = {
    "equal ts newest repeat": [
        V,
        placed(10),
        placed(10),
        order(20, "assigned", courier_id="a"),
        order(20, "assigned", courier_id="b"),
        order(20, "unassigned"),
        tick(70),
    ],
    "orphan twice": [V, order(10, "accepted"), order(20, "ready"), placed(5), tick(70)],
    "orphan picked up": [V, order(10, "picked_up"), tick(61), placed(5), tick(130)],
    "orphan delivered": [V, order(10, "delivered"), placed(5), tick(70)],
    "orphan delivered then more": [
        V,
        order(10, "delivered"),
        order(20, "accepted"),
        placed(5),
        tick(70),
    ],
    "orphan payment unpaid, placed paid late": [
        V,
        order(10, "payment", payment="unpaid"),
        placed(5),
        tick(70),
    ],
    "orphan payment unpaid then placed default later": [
        V,
        order(10, "payment", payment="unpaid"),
        placed(15),
        tick(70),
    ],
    "late unassigned after delivered": [
        V,
        placed(5),
        order(10, "assigned", courier_id="a"),
        order(50, "delivered"),
        order(30, "unassigned"),
        tick(70),
    ],
    "late assigned after delivered": [
        V,
        placed(5),
        order(10, "assigned", courier_id="a"),
        order(50, "delivered"),
        order(30, "assigned", courier_id="b"),
        tick(70),
    ],
    "late picked after delivered": [
        V,
        placed(5),
        order(50, "delivered"),
        order(30, "picked_up"),
        tick(70),
    ],
    "late assigned fills who after pickup": [
        V,
        placed(5),
        order(50, "picked_up"),
        order(30, "assigned", courier_id="b"),
        tick(70),
    ],
    "late newer assigned after pickup no courier": [
        V,
        placed(5),
        order(10, "assigned", courier_id="a"),
        order(50, "picked_up"),
        order(30, "assigned", courier_id="b"),
        tick(70),
    ],
    "late newer assigned after pickup with courier": [
        V,
        placed(5),
        order(10, "assigned", courier_id="a"),
        order(50, "picked_up", courier_id="a"),
        order(30, "assigned", courier_id="b"),
        tick(70),
    ],
    "late unassigned before pickup": [
        V,
        placed(5),
        order(10, "assigned", courier_id="a"),
        order(50, "picked_up"),
        order(30, "unassigned"),
        tick(70),
    ],
    "late assigned before unassigned": [
        V,
        placed(5),
        order(30, "unassigned"),
        order(20, "assigned", courier_id="a"),
        tick(70),
    ],
    "late pickup before unassigned": [
        V,
        placed(5),
        order(30, "unassigned"),
        order(20, "picked_up", courier_id="a"),
        tick(70),
    ],
    "late pickup no courier before unassigned": [
        V,
        placed(5),
        order(30, "unassigned"),
        order(20, "picked_up"),
        tick(70),
    ],
    "cancelled then late delivered": [
        V,
        placed(5),
        order(50, "cancelled"),
        order(30, "delivered"),
        tick(70),
    ],
    "delivered then late cancelled": [
        V,
        placed(5),
        order(50, "delivered"),
        order(30, "cancelled"),
        tick(70),
    ],
    "delivered then later cancelled": [
        V,
        placed(5),
        order(30, "delivered"),
        order(50, "cancelled"),
        tick(70),
    ],
    "after end later steps": [
        V,
        placed(5),
        order(30, "delivered"),
        order(40, "accepted"),
        order(41, "ready"),
        order(42, "assigned", courier_id="a"),
        order(43, "payment", payment="unpaid"),
        order(44, "picked_up"),
        placed(45),
        tick(70),
    ],
    "accepted late newer than accepted": [
        V,
        placed(5),
        order(10, "accepted"),
        order(50, "ready"),
        order(30, "accepted"),
        tick(70),
    ],
    "ready late older": [
        V,
        placed(5),
        order(30, "ready"),
        order(50, "payment", payment="cash"),
        order(20, "ready"),
        tick(70),
    ],
    "ready late newer": [
        V,
        placed(5),
        order(30, "ready"),
        order(50, "payment", payment="cash"),
        order(40, "ready"),
        tick(70),
    ],
    "picked late newer": [
        V,
        placed(5),
        order(30, "picked_up"),
        order(50, "payment", payment="cash"),
        order(40, "picked_up"),
        tick(70),
    ],
    "picked late older": [
        V,
        placed(5),
        order(30, "picked_up"),
        order(50, "payment", payment="cash"),
        order(20, "picked_up"),
        tick(70),
    ],
    "problem late second": [
        V,
        placed(5),
        order(30, "problem", problem="other"),
        order(50, "ready"),
        order(40, "problem", problem="damaged"),
        order(20, "problem", problem="damaged"),
        tick(70),
    ],
    "placed late while known, older": [V, placed(15), order(50, "ready"), placed(5), tick(70)],
    "placed late while known, newer": [V, placed(15), order(50, "ready"), placed(25), tick(70)],
    "accepted late gives promise": [
        V,
        placed(5),
        order(30, "accepted"),
        order(50, "ready"),
        order(20, "accepted", ready_ts=T0 + 60000),
        tick(70),
    ],
    "weather late": [tick(10), tick(100), tick(50), tick(130)],
    "push response late": [at(10, "a", 0.5), at(100, "a", 0.5), answer(50), tick(130)],
    "position older than push response": [at(10, "a", 0.5), answer(50), at(40, "a", 1.5), tick(60)],
    "status first then older position": [
        event(50, "courier.status", courier_id="a", status="to_venue"),
        at(40, "a", 1.5),
        tick(60),
    ],
    "first event not the earliest": [tick(100), at(50, "a", 0.5), at(90, "b", 0.5), tick(130)],
    "a gap of a day": [
        at(0, "a", 0.5),
        tick(3 * 3600),
        at(3 * 3600 + 1, "a", 0.5),
        tick(3 * 3600 + 70),
    ],
    "exactly a day ahead": [at(0, "a", 0.5), tick(86400), tick(86400 + 86400.001), tick(86430)],
    "old placed by orphan alert at once": [
        V,
        order(400, "accepted"),
        order(410, "payment", payment="unpaid"),
        tick(900),
        order(910, "ready"),
        placed(5),
        tick(950),
        tick(2000),
    ],
    "unpaid again": [
        V,
        placed(0),
        order(50, "payment", payment="unpaid"),
        order(100, "payment", payment="unpaid"),
        tick(300),
        order(310, "payment", payment="paid"),
        tick(320),
        order(400, "payment", payment="unpaid"),
        tick(600),
    ],
    "firing unassigned, becomes unpaid": [
        V,
        placed(0),
        tick(500),
        order(510, "payment", payment="unpaid"),
        tick(520),
        order(530, "payment", payment="paid"),
        tick(540),
        order(550, "picked_up"),
        tick(600),
    ],
    "unpaid delivered": [
        V,
        placed(0, payment="unpaid"),
        tick(200),
        order(210, "delivered"),
        tick(500),
        order(510, "payment", payment="paid"),
        tick(600),
    ],
    "unpaid delivered before": [V, placed(0, payment="unpaid"), order(110, "delivered"), tick(500)],
    "ready after estimate fired": [
        V,
        placed(0, ready_ts=T0),
        tick(1000),
        order(1010, "ready"),
        tick(1100),
        order(1200, "picked_up"),
        tick(1300),
    ],
    "promise moved after fired": [
        V,
        placed(0, ready_ts=T0),
        tick(1000),
        order(1010, "accepted", ready_ts=T0 + 1500000),
        tick(1100),
        order(1200, "picked_up"),
        tick(1300),
    ],
    "prep minutes estimate": [
        event(0, "venue.updated", venue_id="v", lat=0.5, lon=0.5, prep_minutes=5),
        placed(0),
        tick(1300),
        order(1400, "picked_up"),
        tick(1500),
    ],
    "prep minutes learned late": [
        V,
        placed(0),
        tick(100),
        event(120, "venue.updated", venue_id="v", lat=0.5, lon=0.5, prep_minutes=5),
        tick(1300),
        order(1400, "picked_up"),
        tick(1500),
    ],
    "pickup late orphan": [V, order(0, "ready"), tick(1000), order(1010, "picked_up"), tick(1020)],
    "unassigned after pick up pickup_late": [
        V,
        placed(0),
        order(5, "ready"),
        order(10, "picked_up"),
        order(20, "unassigned"),
        tick(1200),
    ],
    "late cancel": [V, placed(0), tick(320), order(330, "cancelled"), tick(340)],
    "accepted+ready implied": [V, placed(0), tick(320), order(330, "picked_up"), tick(340)],
    "assigned does not accept": [
        V,
        placed(0),
        order(5, "assigned", courier_id="a"),
        tick(320),
        tick(340),
    ],
    "late fill clears": [
        V,
        placed(0),
        order(290, "payment", payment="paid"),
        tick(320),
        order(10, "accepted"),
        tick(330),
    ],
    # Silent from 320 s to 330 s: pending since 300 s before, in and after it, firing at 420 s.
    "a pending shortage held by a silent feed": [
        V,
        placed(0),
        *(at(second, "a", 0.5) for second in range(20, 201, 10)),
        tick(310),
        at(330, "a", 0.5),
        *(at(second, "a", 0.5) for second in range(360, 601, 30)),
    ],
}
