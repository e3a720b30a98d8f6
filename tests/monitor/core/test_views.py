"""Views: what others see of zones, couriers, orders, venues and the city, checked by hand."""

import msgspec
import numpy as np
import pytest

from monitor.core.city import City
from monitor.core.events import CityWeather, CourierStatusChanged, VenueHeartbeat, VenueStatus
from monitor.core.views.city import city_view
from monitor.core.views.lists import (
    CourierFilter,
    CursorError,
    OrderFilter,
    VenueFilter,
    couriers_near,
    list_couriers,
    list_orders,
    list_venues,
    zone_detail,
)
from monitor.core.views.rows import courier_detail, courier_views, order_views, venue_views
from monitor.core.views.structs import CourierView, OrderView, VenueView
from monitor.core.views.zones import clear_minutes, zone_view, zone_views
from tests.support.cities import (
    CITY,
    T0,
    Town,
    assigned,
    at,
    cancelled,
    courier,
    placed,
    problem,
    small_city,
    steps,
    venue,
)


@pytest.fixture
def town() -> Town:
    """A venue and an idle courier in the west, a busy one in the middle, one outside."""
    town = Town()
    town.tell(
        0,
        venue(0, "v", name="Soup", prep_minutes=10.0, client_id="chain"),
        venue(0, "far", lon=5.0),
        courier(0, "ann", 0.05, status="idle"),
        courier(0, "bob", 0.15, status="to_venue"),
        courier(0, "cy", 3.0, status="idle"),
    )
    return town


def _city(town: Town) -> City:
    return town.state.cities[CITY]


def _order(town: Town, order_id: str, seconds: float) -> OrderView:
    city = _city(town)
    return order_views(city, np.array([city.orders.find(order_id)]), at(seconds))[0]


def _courier(town: Town, courier_id: str, seconds: float) -> CourierView:
    city = _city(town)
    return courier_views(city, np.array([city.couriers.find(courier_id)]), at(seconds))[0]


def _venue(town: Town, venue_id: str, seconds: float) -> VenueView:
    city = _city(town)
    return venue_views(city, np.array([city.venues.find(venue_id)]), at(seconds))[0]


def test_a_zone_shows_its_figures(town: Town) -> None:
    """Idle, busy, open, waiting, the oldest wait and the ratio are those of the contract."""
    town.tell(10, placed(10, "a"), placed(12, "b"), placed(10, "unpaid", payment="unpaid"))
    town.tell(20, assigned(20, "b", "bob"))
    west, middle, _ = zone_views(_city(town), at(40))
    assert (west.zone_id, west.name, west.ts) == ("west", "West", at(40))
    assert (west.idle, west.busy, west.on_shift) == (1, 0, 1)
    assert (west.open, west.waiting, west.oldest_wait_s, west.ratio) == (2, 1, 30.0, 2.0)
    assert (middle.idle, middle.busy, middle.open, middle.ratio) == (0, 1, 0, 0.0)
    assert (west.clear_min, west.stale) == (None, ())


def test_the_label_of_a_zone_stands_inside_it(town: Town) -> None:
    """The point of each zone is located in that very zone."""
    city = _city(town)
    assert [city.locate_one(view.lon, view.lat) for view in zone_views(city, T0)] == [0, 1, 2]


def test_one_zone_is_seen_as_among_all(town: Town) -> None:
    """The view of a single zone equals its entry in the view of all."""
    town.tell(10, placed(10, "a"))
    city = _city(town)
    clear = clear_minutes(city)
    every = zone_views(city, at(15), clear)
    assert [zone_view(city, zone, at(15), clear) for zone in range(3)] == every


def test_time_to_clear_adds_up_the_legs(town: Town) -> None:
    """A waiting order takes approach, pick-up, ride and drop-off, shared by those on shift."""
    town.tell(10, placed(10, "a"))
    city = _city(town)
    pace = city.plan.pace
    # Ann stands at the venue; the ride is 0.04 degrees both ways from (0.05, 0.05).
    ride_km = 2**0.5 * 0.04 * 111.195 * pace.detour
    expected = pace.pickup_min + pace.dropoff_min + ride_km / pace.speed_kmh * 60
    west = zone_view(city, 0, at(15), clear_minutes(city))
    assert west.clear_min == pytest.approx(expected, rel=1e-3)
    assert clear_minutes(city).tolist()[1:] == [0.0, 0.0]


def test_what_is_picked_up_needs_only_the_rest_of_the_ride(town: Town) -> None:
    """A carried order whose courier is at the door takes the drop-off alone."""
    town.tell(10, placed(10, "a"), assigned(11, "a", "bob"), *steps("a", 12, 13, 14))
    town.tell(20, courier(20, "bob", 0.09, 0.09, "to_customer"))
    city = _city(town)
    on_shift = 2  # ann and bob are both in the west now
    assert clear_minutes(city)[0] == pytest.approx(city.plan.pace.dropoff_min / on_shift)


def test_a_silent_stream_marks_the_figures_that_depend_on_it() -> None:
    """When the couriers' stream fell silent, each zone says that it is stale because of it."""
    town = Town(small_city(rules={"feed_silent": {"min_per_min": 0.1, "silent_s": 30}}))
    town.tell(0, courier(0, "ann", 0.05))
    town.tell(20, courier(20, "ann", 0.05))
    town.pass_time(60)
    city = _city(town)
    assert {view.stale for view in zone_views(city, at(60))} == {("couriers",)}
    assert city_view(city, at(60)).streams["couriers"].silent


def test_a_courier_shows_where_he_was_last_seen(town: Town) -> None:
    """Place, status, age, zone and load are shown; off duty without a place he has none."""
    town.tell(
        30, assigned(30, "x", "bob"), CourierStatusChanged(CITY, at(30), "new", "off", network=None)
    )
    bob = _courier(town, "bob", 40)
    assert (bob.lon, bob.lat, bob.status, bob.zone_id) == (0.15, 0.05, "to_venue", "mid")
    assert (bob.ts, bob.age_s, bob.silent, bob.carrying) == (T0, 40.0, False, 1)
    new = _courier(town, "new", 40)
    assert (new.lon, new.ts, new.age_s, new.silent, new.zone_id) == (None, None, None, False, None)
    assert new.heard_ts == at(30)


def test_a_courier_past_his_age_is_silent_unless_off(town: Town) -> None:
    """At 60 s he is fresh, a millisecond later silent, and one who is off is never silent."""
    town.tell(1, CourierStatusChanged(CITY, at(1), "cy", "off"))
    assert not _courier(town, "ann", 60).silent
    assert _courier(town, "ann", 60.001).silent
    assert not _courier(town, "cy", 600).silent


def test_the_detail_of_a_courier_names_his_orders(town: Town) -> None:
    """His open orders are named, the one placed first before the others."""
    town.tell(10, placed(10, "late"), placed(9, "early"), placed(9, "done"))
    town.tell(11, *[assigned(11, name, "bob") for name in ("late", "early", "done")])
    town.tell(12, *steps("done", 12, 12, 12, 12))
    city = _city(town)
    detail = courier_detail(city, city.couriers.find("bob"), at(20))
    assert (detail.order_ids, detail.carrying) == (("early", "late"), 2)


@pytest.mark.parametrize(
    ("times", "state"),
    [
        ((), "placed"),
        ((1,), "accepted"),
        ((1, 2), "ready"),
        ((1, 2, 3), "picked_up"),
        ((1, 2, 3, 4), "delivered"),
    ],
)
def test_an_order_is_in_its_furthest_state(
    town: Town, times: tuple[float, ...], state: str
) -> None:
    """Each step takes the order's state further."""
    town.tell(0, placed(0, "a"))
    town.tell(5, *steps("a", *times))
    assert _order(town, "a", 5).state == state


def test_a_cancelled_order_is_neither_open_nor_late_any_more(town: Town) -> None:
    """After a cancellation the order counts nowhere, and its lateness stands still."""
    town.tell(0, placed(0, "a", promised_s=60))
    town.tell(180, cancelled(180, "a"))
    order = _order(town, "a", 6000)
    assert (order.state, order.open, order.waiting, order.late_min) == (
        "cancelled",
        False,
        False,
        2,
    )


def test_an_order_shows_times_places_and_people(town: Town) -> None:
    """Venue, zone, client, both places, the venue's promise and all times are shown."""
    town.tell(10, placed(10, "a", promised_s=100), *steps("a", 20))
    order = _order(town, "a", 220)
    assert (order.venue_id, order.zone_id, order.client_id) == ("v", "west", "chain")
    assert (order.lon, order.dropoff_lon, order.courier_id) == (0.05, 0.09, None)
    assert (order.placed_ts, order.accepted_ts, order.ready_ts) == (at(10), at(20), None)
    assert order.venue_promise_ts == at(610)  # its usual ten minutes
    assert (order.late_min, order.open, order.waiting, order.payment) == (2.0, True, True, "paid")


def test_an_orphan_shows_what_little_is_known(town: Town) -> None:
    """An order never placed says so, and has no venue, no zone and no lateness."""
    town.tell(10, problem(10, "ghost"))
    order = _order(town, "ghost", 20)
    assert (order.orphan, order.state, order.problem) == (True, "placed", "missing_item")
    assert (order.venue_id, order.zone_id, order.late_min, order.open) == (None, None, None, False)


def test_a_venue_shows_its_orders_and_whether_it_takes_more(town: Town) -> None:
    """A pause that is over lets orders in again, though the status is still as told."""
    town.tell(
        10,
        placed(10, "a"),
        VenueHeartbeat(CITY, at(9), "v"),
        VenueStatus(CITY, at(10), "v", "paused", until_ts=at(100)),
    )
    paused, later = _venue(town, "v", 50), _venue(town, "v", 100)
    assert (paused.name, paused.client_id, paused.zone_id) == ("Soup", "chain", "west")
    assert (paused.open_orders, paused.prep_minutes, paused.heartbeat_ts) == (1, 10.0, at(9))
    assert (paused.status, paused.takes_orders, paused.until_ts) == ("paused", False, at(100))
    assert (later.status, later.takes_orders, later.mean_overrun_min) == ("paused", True, None)


def test_a_venue_tells_its_mean_overrun_from_five_orders_on(town: Town) -> None:
    """Five orders readied at 12 minutes instead of 10 make a mean overrun of 2 minutes."""
    town.tell(0, *[placed(0, f"o{n}") for n in range(5)])
    town.tell(720, *[step for n in range(4) for step in steps(f"o{n}", 60, 720)])
    assert _venue(town, "v", 720).mean_overrun_min is None
    town.tell(721, *steps("o4", 60, 720))
    assert _venue(town, "v", 721).mean_overrun_min == pytest.approx(2.0)


def test_the_city_adds_up_its_zones_and_what_lies_outside(town: Town) -> None:
    """Counts go over all zones; couriers and orders outside of every zone are told apart."""
    town.tell(
        10,
        placed(10, "a", promised_s=30),
        placed(10, "b", "far"),
        placed(10, "c", "nowhere"),
        CityWeather(CITY, at(5), precipitation_mm_h=1.5),
    )
    view = city_view(_city(town), at(40))
    assert (view.city, view.name, view.zones) == (CITY, "Smallville", 3)
    assert (view.couriers, view.idle, view.busy, view.silent) == (3, 2, 1, 0)
    assert (view.orders, view.open, view.waiting, view.late, view.venues) == (3, 3, 3, 1, 3)
    assert (view.outside_couriers, view.outside_orders) == (1, 1)
    assert view.weather is not None
    assert view.weather.precipitation_mm_h == 1.5
    assert (view.streams["orders"].total, view.streams["orders"].age_s) == (3, 30.0)
    assert city_view(_city(town), at(61)).silent == 3


def test_the_city_counts_its_alerts_by_state_and_severity(town: Town) -> None:
    """After 200 s an unpaid order is told, and the city's figures say so."""
    town.tell(0, placed(0, "a", payment="unpaid"))
    town.pass_time(200)
    assert city_view(_city(town), at(200)).alerts == {"firing": {"info": 1}}


def test_couriers_near_a_point_come_nearest_first(town: Town) -> None:
    """Within the radius the nearest comes first, with his distance in metres."""
    town.tell(1, courier(1, "dan", 0.06, status="idle"), courier(1, "eve", 0.055, status="off"))
    near = couriers_near(_city(town), 0.05, 0.05, 2000, 10, at(2))
    assert [c.courier_id for c in near] == ["ann", "dan"]
    assert [c.distance_m for c in near] == pytest.approx([0.0, 1111.9], abs=1)


def test_couriers_near_leave_out_the_silent_and_other_statuses(town: Town) -> None:
    """Who has no fresh position, or another status than asked for, is not near."""
    town.tell(50, courier(50, "dan", 0.06, status="at_venue"))
    city = _city(town)
    assert [c.courier_id for c in couriers_near(city, 0.05, 0.05, 5000, 10, at(70))] == ["dan"]
    assert not couriers_near(city, 0.05, 0.05, 5000, 10, at(55), "off")
    assert len(couriers_near(city, 0.05, 0.05, 5000, 1, at(55))) == 1


def test_pages_of_couriers_join_to_the_whole_list(town: Town) -> None:
    """Following the cursor gives each courier once, and every page tells the total."""
    town.tell(1, *[courier(1, f"c{n}", 0.15) for n in range(20)])
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = list_couriers(_city(town), CourierFilter(), at(2), 7, cursor)
        assert page.total == 23
        seen += [view.courier_id for view in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(seen) == sorted(["ann", "bob", "cy", *[f"c{n}" for n in range(20)]])


def test_pages_of_orders_go_on_where_the_last_one_ended(town: Town) -> None:
    """Orders come the longest placed first, and an order that leaves meanwhile shifts no page."""
    town.tell(1, *[placed(100 - n, f"o{n}") for n in range(9)], placed(95, "twin"))
    city = _city(town)
    first = list_orders(city, OrderFilter(), at(101), 4)
    assert [view.order_id for view in first.items] == ["o8", "o7", "o6", "o5"]
    town.tell(102, *steps("o8", 102, 102, 102, 102))
    second = list_orders(city, OrderFilter(open=True), at(102), 4, first.next_cursor)
    assert [view.order_id for view in second.items] == ["twin", "o4", "o3", "o2"]


def test_a_foreign_cursor_is_refused(town: Town) -> None:
    """A cursor that is no number is an error, not a page."""
    for cursor in ("abc", "1.x", "", "9" * 40, "²"):
        with pytest.raises(CursorError):
            list_orders(_city(town), OrderFilter(), at(1), 4, cursor)


def test_lists_are_narrowed_by_filters(town: Town) -> None:
    """Each filter keeps exactly what it names."""
    town.tell(10, placed(10, "a", promised_s=20), placed(11, "b", "far"), placed(12, "c"))
    town.tell(12, assigned(12, "c", "bob"), *steps("c", 12))
    city, now = _city(town), at(30)

    def orders(wanted: OrderFilter) -> list[str]:
        return [view.order_id for view in list_orders(city, wanted, now, 10).items]

    assert orders(OrderFilter(zone=0)) == ["a", "c"]
    assert orders(OrderFilter(venue="far")) == ["b"]
    assert orders(OrderFilter(venue="unheard of")) == []
    assert orders(OrderFilter(courier="bob")) == ["c"]
    assert orders(OrderFilter(state="accepted")) == ["c"]
    assert orders(OrderFilter(waiting=True)) == ["a", "b"]
    assert orders(OrderFilter(late=True)) == ["a"]
    assert orders(OrderFilter(late=False, zone=0)) == ["c"]
    idle = list_couriers(city, CourierFilter(status="idle", zone=0), now, 10)
    assert [view.courier_id for view in idle.items] == ["ann"]
    assert list_couriers(city, CourierFilter(silent=True), at(90), 10).total == 3
    assert [v.venue_id for v in list_venues(city, VenueFilter(zone=0), now, 10).items] == ["v"]
    assert list_venues(city, VenueFilter(status="closed"), now, 10).total == 0


def test_the_detail_of_a_zone_is_what_its_figures_count(town: Town) -> None:
    """As many orders and couriers are listed as the figures say, waiting ones first."""
    town.tell(5, courier(5, "dan", 0.06, status="to_venue"))
    town.tell(10, placed(10, "a"), placed(11, "b"), assigned(11, "a", "dan"))
    detail = zone_detail(_city(town), 0, at(20))
    assert [view.order_id for view in detail.orders] == ["b", "a"]
    assert [view.courier_id for view in detail.couriers] == ["ann", "dan"]
    assert [view.venue_id for view in detail.venues] == ["v"]
    assert (detail.zone.open, detail.zone.on_shift, detail.venue_count) == (2, 2, 1)


def test_every_view_is_json(town: Town) -> None:
    """Views hold nothing but what JSON knows: no NaN, no numpy numbers."""
    town.tell(10, placed(10, "a"), problem(11, "ghost"), assigned(12, "ghost", "unseen"))
    city = _city(town)
    views = (
        zone_views(city, at(20), clear_minutes(city)),
        courier_views(city, city.couriers.live_rows(), at(20)),
        order_views(city, city.orders.live_rows(), at(20)),
        venue_views(city, city.venues.live_rows(), at(20)),
        city_view(city, at(20)),
        zone_detail(city, 0, at(20)),
    )
    assert b"NaN" not in msgspec.json.encode(views)
