"""Figures of the views by hand: streams, late orders, what fires, and switches over a snapshot."""

import msgspec
import numpy as np

from alerts.action_book import ActionBook, Switch
from monitor.core.views.city import stream_views
from monitor.core.views.rows import late_mask
from monitor.core.views.trend import FIGURES, figures_row
from monitor.publish import Publisher
from tests.support.cities import CITY, Town, at, cancelled, placed, small_city, venue
from tests.support.towns import Story, only, town


def test_a_stream_tells_when_it_was_last_heard_or_that_it_never_was() -> None:
    """Five seconds after the only order the orders are five seconds old, the couriers nothing."""
    told = Story(town(only()))
    told.say(0, placed(0, "o"))
    streams = stream_views(told.city, at(5))
    assert (streams["orders"].last_ts, streams["orders"].age_s) == (at(0), 5.0)
    assert (streams["couriers"].last_ts, streams["couriers"].age_s) == (None, None)


def test_what_is_over_is_not_late() -> None:
    """Of two orders promised long ago the cancelled one is not late any more."""
    told = Story(town(only()))
    told.say(0, placed(0, "a"), placed(0, "b"))
    told.say(1, cancelled(1, "b"))
    rows = np.array([told.city.orders.find(name) for name in ("a", "b")])
    assert late_mask(told.city, rows, at(100_000)).tolist() == [True, False]


def test_what_is_pending_is_no_alert_in_the_trend() -> None:
    """An alert counts from the moment it fires."""
    told = Story(town(only("order_unaccepted", for_s=60)))
    told.say(0, placed(0, "o"))
    counts = []
    for seconds in (301, 361):
        told.until(seconds)
        counts.append(figures_row(told.city, at(seconds))[FIGURES.index("alerts")])
    assert [alert.state for alert in told.alerts][:2] == ["pending", "firing"]
    assert counts == [0, 1]


def test_a_switch_that_was_thrown_stands_after_a_restart() -> None:
    """What is off stays off, with who threw it, when and why."""
    book, restored = ActionBook(CITY), ActionBook(CITY)
    book.switch("push_couriers", Switch(by="eve", ts=at(1), reason="stop"))
    restored.load(msgspec.msgpack.decode(msgspec.msgpack.encode(book.dump())))
    assert restored.switches == book.switches
    assert restored.is_off("push_couriers")
    assert not restored.is_off("pause_venue")


def test_an_alert_is_shown_at_its_venue_and_an_order_where_its_client_waits() -> None:
    """Both have a place for the watcher's box, under their own ids."""
    here = Town(small_city(rules=only("order_unaccepted")))
    here.tell(0, venue(0, "v", 0.03, 0.02), placed(0, "o"))
    here.pass_time(400)
    publisher = Publisher(lambda: here.state, here.now_ms)
    (alert,) = publisher.snapshot(CITY, "alerts")
    assert (alert.lon, alert.lat) == (0.03, 0.02)
    (order,) = publisher.snapshot(CITY, "orders")
    assert (order.key, order.lon, order.lat) == ("o", placed(0).dropoff.lon, placed(0).dropoff.lat)
