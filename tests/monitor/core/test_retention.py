"""What nobody needs any more leaves the state after its time, and nothing sooner."""

from collections.abc import Callable

from monitor.core.events import OrderReady
from monitor.core.plan import Retention
from monitor.core.state import State
from monitor.core.step import step
from tests.support.cities import CITY, assigned, at, cancelled, courier, placed, problem, steps
from tests.support.towns import Story, beat, only, town, venue

HOUR = 3600.0
DAY = 24 * HOUR
KEPT = Retention(
    order_closed_ms=3_600_000,
    order_open_ms=7_200_000,
    courier_ms=3_600_000,
    venue_ms=10_800_000,
    alerts_kept=3,
)


def story(*rules: str) -> Story:
    """A city that keeps closed orders and couriers an hour, open orders two, venues three."""
    return Story(town(only(*rules), retention=KEPT))


def leaves_at(told: Story, is_there: Callable[[], bool], until: float) -> float:
    """The minute at which something is no longer there; time passes minute by minute."""
    seconds = 0.0
    while seconds < until:
        if not is_there():
            return seconds
        seconds += 60
        told.until(seconds)
    return seconds


def test_a_closed_order_leaves_an_hour_after_its_last_event() -> None:
    """Delivered at 600 s it is there until 4,200 s and gone within a minute after."""
    told = story()
    told.say(0, placed(0))
    told.say(600, *steps("o", 10, 20, 30, 600))
    orders = told.city.orders
    assert 4200 < leaves_at(told, lambda: orders.find("o") >= 0, 10_000) <= 4260 + 60
    assert told.city.gone_orders == ["o"]
    told.state.check()


def test_an_open_order_leaves_after_two_hours_without_a_word() -> None:
    """Nobody closed it: it is taken for closed two hours after its last event, and is gone."""
    told = story("order_unaccepted")
    told.say(0, venue(0), placed(0))
    told.until(7200)
    assert told.counts()["open"] == 1
    told.until(7400)
    assert told.counts()["open"] == 0
    assert told.city.orders.find("o") == -1
    assert told.lives("order_unaccepted", "o")[-1][1] == "resolved"
    assert told.city.book.history[-1].ended in ("recovered", "subject_gone")
    told.state.check()


def test_a_word_on_an_open_order_keeps_it() -> None:
    """Ready after an hour and a half: it stays for two hours more."""
    told = story()
    told.say(0, placed(0))
    told.say(5400, OrderReady(CITY, at(5400), "o"))
    told.until(5400 + 7190)
    assert told.city.orders.find("o") >= 0


def test_a_courier_leaves_an_hour_after_his_last_word() -> None:
    """Unseen for an hour a courier without orders is forgotten, one with an order is kept."""
    told = story()
    told.say(0, courier(0, "free", 0.05), courier(0, "busy", 0.05), placed(0))
    told.say(1, assigned(1, "o", "busy"))
    couriers = told.city.couriers
    assert 3600 < leaves_at(told, lambda: couriers.find("free") >= 0, 10_000) <= 3600 + 120
    assert couriers.find("busy") >= 0
    assert told.city.gone_couriers == ["free"]
    told.state.check()


def test_a_courier_who_is_seen_stays() -> None:
    """One position within the hour is enough."""
    told = story()
    for second in range(0, 20_000, 3000):
        told.say(second, courier(second, "c", 0.05))
    assert told.city.couriers.find("c") >= 0


def test_a_venue_leaves_three_hours_after_its_last_word() -> None:
    """A venue without open orders is forgotten three hours after its last heartbeat."""
    told = story()
    told.say(0, venue(0))
    told.say(600, beat(600))
    venues = told.city.venues
    assert 11_400 < leaves_at(told, lambda: venues.find("v") >= 0, 20_000) <= 11_400 + 120
    assert told.city.gone_venues == ["v"]
    assert told.city.venue_names == {}


def test_a_venue_known_by_its_orders_alone_stays_as_long_as_any_other() -> None:
    """Orders are a sign of life: its overruns are remembered three hours after the last one."""
    told = story()
    told.say(0, placed(0))
    told.say(60, *steps("o", 10, 20, 30, 60))
    venues = told.city.venues
    told.until(10_800)
    assert venues.find("v") >= 0
    told.until(10_980)
    assert venues.find("v") == -1


def test_a_venue_that_leaves_takes_nothing_of_an_overdue_order_along() -> None:
    """Venues kept shorter than open orders: no order is left overdue at a venue that is gone."""
    kept = Retention(order_open_ms=7_200_000, venue_ms=600_000, order_closed_ms=7_200_000)
    told = Story(town(only("venue_slow"), retention=kept))
    told.say(0, venue(0, prep_minutes=1), placed(0))
    for minute in range(0, 300):
        told.until(minute * 60.0)
        told.state.check()
    assert len(told.city.venues) == 0
    assert len(told.city.orders) == 0


def test_a_problem_outlives_its_order_until_somebody_closes_it() -> None:
    """The order has left; its complaint is still open and can be closed."""
    told = story("order_problem")
    told.say(0, placed(0))
    told.say(10, *steps("o", 1, 2, 3, 4), problem(10))
    told.until(2 * HOUR)
    assert told.city.orders.find("o") == -1
    assert told.firing() == {("order_problem", "o")}


def test_a_row_used_again_knows_nothing_of_the_one_before() -> None:
    """A new order in the place of one that left begins with nothing known and no alert."""
    told = story("order_unaccepted")
    told.say(0, placed(0, "old", client_id="key"))
    told.until(310)
    told.say(400, cancelled(400, "old"))
    told.until(2 * HOUR)
    assert len(told.city.orders) == 0
    told.say(2 * HOUR, placed(2 * HOUR, "new"))
    assert told.city.orders.size == 1
    assert told.city.order_clients == {}
    told.until(2 * HOUR + 299)
    assert told.firing() == set()
    told.until(2 * HOUR + 300)
    assert told.firing() == {("order_unaccepted", "new")}


def test_ended_alerts_are_kept_up_to_a_bound() -> None:
    """With room for three the fourth pushes the oldest out."""
    told = story("order_unaccepted")
    for i in range(5):
        told.say(i * 1000.0, placed(i * 1000.0, f"o{i}"))
        told.say(i * 1000.0 + 400, cancelled(i * 1000.0 + 400, f"o{i}"))
    told.until(6000)
    assert [alert.subject.id for alert in told.city.book.history] == ["o2", "o3", "o4"]


def test_three_weeks_of_changing_names_keep_every_table_small() -> None:
    """New couriers, venues and orders every hour for three weeks: no table, book or timer grows."""
    state = State([town(retention=KEPT)])
    sizes: list[int] = []
    for hour in range(3 * 7 * 24):
        at_s = hour * HOUR
        names = [f"{hour}-{i}" for i in range(4)]
        for name in names:
            step(
                state,
                [
                    venue(at_s, f"v{name}", name="A name", client_id="key"),
                    courier(at_s, f"c{name}", 0.05, status="to_venue"),
                    placed(at_s, f"o{name}", f"v{name}", promised_s=at_s, client_id="key"),
                    assigned(at_s, f"o{name}", f"c{name}"),
                    *(steps(f"o{name}", at_s, at_s, at_s, at_s) if name.endswith("0") else ()),
                ],
                at(at_s),
            )
        for minute in (1, 10, 20, 30, 59):
            step(state, [], at(at_s + minute * 60))
        city = state.cities[CITY]
        city.gone_couriers.clear()  # the publisher takes them
        city.gone_orders.clear()
        city.gone_venues.clear()
        if hour % 24 == 23:
            state.check()
        sizes.append(
            city.couriers.size
            + city.orders.size
            + city.venues.size
            + len(city.venue_names)
            + len(city.venue_clients)
            + len(city.order_clients)
            + len(city.order_notes)
            + len(city.book.tracks)
            + len(city.book.by_id)
            + len(city.book.history)
            + sum(len(heap) for heap in city.wait_heaps)
            + sum(
                len(rows)
                for wheel in (city.order_wheel, city.courier_wheel, city.venue_wheel)
                for rows in wheel._rows.values()
            )
        )
    assert max(sizes[24:]) <= max(sizes[:24]) + 4
