"""The recount's alerts on days small enough to be worked out by hand.

Every time here was derived from the contract on paper, none taken from the recount's output.
"""

from tests.support.oracle_alerts import Alert
from tests.support.small_day import T0, at, count, event, lives, order, placed, tick, venue


def test_order_deadlines_fire_on_their_second_and_clear_on_their_step() -> None:
    """Unaccepted at 5 min, unassigned at 8 min, both cleared by the steps themselves."""
    steps = [order(330, "accepted"), order(500, "assigned", courier_id="a"), tick(600)]
    result = count(venue(0, 0.5), placed(0), *steps)
    assert lives(result, "order_unaccepted") == [("o", 300, 330)]
    assert lives(result, "order_unassigned") == [("o", 480, 500)]


def test_a_step_on_the_very_second_of_the_deadline_prevents_it() -> None:
    """The state after all events up to that second is judged."""
    result = count(venue(0, 0.5), placed(0), order(300, "accepted"), tick(400))
    assert lives(result, "order_unaccepted") == []


def test_unassigned_again_after_the_deadline_is_a_new_alert() -> None:
    """The wait counts from placed, whatever lay between."""
    steps = [order(490, "assigned", courier_id="a"), order(600, "unassigned"), tick(700)]
    result = count(venue(0, 0.5), placed(0), *steps)
    assert lives(result, "order_unassigned") == [("o", 480, 490), ("o", 600, None)]


def test_a_pick_up_is_late_by_readiness_or_else_by_the_promise() -> None:
    """15 min after ready, else after the venue's promise, else after the first estimate."""
    first = placed(0, "first", ready_ts=T0 + 60_000)
    steps = [order(10, "accepted", "promise", ready_ts=T0 + 120_000), order(20, "ready", "ready")]
    begin = [venue(0, 0.5), first, placed(0, "promise", ready_ts=T0), placed(0, "ready")]
    result = count(*begin, *steps, order(930, "picked_up", "first"), tick(1100))
    assert lives(result, "order_pickup_late") == [("promise", 1020, None), ("ready", 920, None)]


def test_late_and_unpaid_orders() -> None:
    """Late at promised + 10 min until delivered, unpaid at 3 min until paid, as info."""
    first = placed(0, promised_ts=T0 + 60_000, payment="unpaid")
    steps = [order(200, "payment", payment="paid"), order(700, "delivered"), tick(800)]
    result = count(venue(0, 0.5), first, *steps)
    assert lives(result, "order_late") == [("o", 660, 700)]
    assert lives(result, "order_unpaid") == [("o", 180, 200)]
    assert [life.severities for life in result.alerts if life.rule == "order_unpaid"] == [
        ((T0 + 180_000, "info"),)
    ]
    # Unpaid it did not wait: it never was unassigned before, and at 480 s it is.
    assert lives(result, "order_unassigned") == [("o", 480, 700)]


def test_a_shortage_by_wait_steps_up_and_down() -> None:
    """Wait 300 s + 120 s: warning; 600 s + 120 s: critical; assigned: resolved at once."""
    begin = [venue(0, 0.5), placed(0, "a"), placed(400, "b"), placed(700, "c")]
    # Four couriers: too few for the ratio to raise, enough for it (3 / 4) to be clear.
    shift = [at(second, f"c{n}", 0.5) for second in range(0, 1000, 50) for n in range(4)]
    # At 850 s b waits 450 s (under 480), at 900 s c waits 200 s (not under 180).
    taken = [(850, "a"), (900, "b"), (950, "c")]
    steps = [order(second, "assigned", name, courier_id="x") for second, name in taken]
    lines = sorted([*begin, *shift, *steps], key=lambda line: line["ts"])
    result = count(*lines, tick(1000))
    severities = ((420, "warning"), (720, "critical"), (850, "warning"))
    assert [life for life in result.alerts if life.rule == "zone_shortage"] == [
        Alert(
            "zone_shortage",
            "t",
            "west",
            T0 + 300_000,
            T0 + 420_000,
            T0 + 950_000,
            tuple((T0 + 1000 * second, severity) for second, severity in severities),
        )
    ]


def test_a_shortage_by_ratio_needs_five_couriers_and_its_time() -> None:
    """Eight orders on five couriers hold for 120 s before the warning; four are noise."""

    def fire(on_shift: int, until_s: int) -> list[tuple[str, float, float | None]]:
        shift = [
            at(second, f"c{number}", 0.5)
            for second in range(0, until_s, 30)
            for number in range(on_shift)
        ]
        begin = [placed(0, f"o{number}") for number in range(8)]
        taken = [order(0, "assigned", f"o{number}", courier_id="x") for number in range(8)]
        # A word of an order each minute, or the silent stream would hold the rule.
        alive = [order(second, "ready", "o1") for second in range(60, until_s, 60)]
        day = sorted([venue(0, 0.5), *begin, *taken, *shift, *alive], key=lambda line: line["ts"])
        return lives(count(*day, tick(until_s)), "zone_shortage")

    assert fire(5, 121) == [("west", 120, None)]
    assert fire(5, 119) == []
    assert fire(4, 200) == []


def test_a_silent_feed_fires_and_holds_what_reads_it() -> None:
    """Eleven events of orders, then silence from 100 s: no deadline fires until it is over."""
    busy = [order(second, "payment", "p", payment="paid") for second in range(10, 101, 10)]
    beats = [event(second, "venue.heartbeat", venue_id="v") for second in range(110, 480, 60)]
    back = order(400, "payment", "p", payment="paid")
    lines = sorted([*busy, *beats, back], key=lambda line: line["ts"])
    result = count(venue(0, 0.5), placed(0), *lines, tick(480))
    # Eleven events are in the ten minutes, the last at 100 s: silent at 220 s.
    assert lives(result, "feed_silent") == [("orders", 220, 400)]
    # Due at 300 s and held until 400 s.
    assert lives(result, "order_unaccepted") == [("o", 400, None)]
