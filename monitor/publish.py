"""From changed rows and alerts to what watchers are sent, each encoded once.

Alerts and actions go out as they change; zones, couriers, orders and venues at a steady beat
(`flush`), the latest state of each row however often it changed in between, and only where somebody
watches. Couriers as columns have a beat of their own (`send_frames`). An action that is over stays
for `ENDED_SHOWN_MS`, so that a page can show what came of it.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from alerts.action import Action, ActionChange
from alerts.action_book import is_over
from alerts.alert import Alert, AlertChange
from monitor.core.city import City
from monitor.core.effects import Effects
from monitor.core.plan import CityPlan
from monitor.core.state import State
from monitor.core.views.rows import courier_views, order_views, venue_views
from monitor.core.views.zones import clear_minutes, clearing_of, zone_views
from monitor.publish_columns import Boxes, courier_columns
from ws.delta import Item
from ws.hub import Hub
from zones.clearing import Clearing

ENDED_SHOWN_MS: Final = 300_000
CLEAR_EVERY_MS: Final = 5_000  # time to clear walks over all open orders: not at every beat

_ENCODE: Final = msgspec.json.Encoder().encode


class ClearTimes:
    """The time to clear of every zone, worked out anew every `CLEAR_EVERY_MS`.

    In a large city that is done a step at a time, a step whenever it is asked for; until the last
    one the former times are given.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[CityPlan, int, NDArray[np.float64]]] = {}
        self._begun: dict[str, tuple[CityPlan, int, Clearing]] = {}

    def of(self, city: City, now_ms: int) -> NDArray[np.float64]:
        """Minutes by zone, of at most `CLEAR_EVERY_MS` ago and the steps of the next ones."""
        plan = city.plan
        was, known_ms, known = self._known.get(plan.slug, (None, 0, None))
        if known is None or was is not plan:
            minutes: NDArray[np.float64] = clear_minutes(city)
            self._known[plan.slug] = (plan, now_ms, minutes)
            return minutes
        if now_ms - known_ms < CLEAR_EVERY_MS:
            return known
        of_plan, begun_ms, clearing = self._begun.pop(plan.slug, (None, 0, None))
        if clearing is None or of_plan is not plan:
            begun_ms, clearing = now_ms, clearing_of(city)
        clearing.advance()
        if clearing.minutes is None:
            self._begun[plan.slug] = (plan, begun_ms, clearing)
            return known
        minutes = clearing.minutes[:-1]
        city.zones_to_publish |= np.abs(minutes - known) >= 0.1
        self._known[plan.slug] = (plan, begun_ms, minutes)
        return minutes


class Publisher:
    """Tells the hub what changed; also gives it the whole of a layer for a new watcher."""

    def __init__(self, state: Callable[[], State], now_ms: Callable[[], int]) -> None:
        self._state = state
        self._now_ms = now_ms
        self.clear_times = ClearTimes()
        self._ended: dict[str, dict[str, int]] = {}  # by city: ended actions shown, until when
        self._boxes = Boxes()
        self.hub: Hub | None = None

    def on_effects(self, effects: Effects) -> None:
        """Send changed alerts and actions at once; pending alerts are not shown."""
        if self.hub is None:
            return
        self._send_actions(effects.actions)
        by_city: dict[str, list[AlertChange]] = {}
        for change in effects.alerts:
            if change.alert.state != "pending":
                by_city.setdefault(change.alert.city, []).append(change)
        for slug, changes in by_city.items():
            city = self._state().cities.get(slug)  # None: it left, and its alerts ended
            items = [_alert_item(city, c.alert) for c in changes]
            self.hub.publish(slug, "alerts", items, (), self._now_ms())

    def _send_actions(self, changes: Sequence[ActionChange]) -> None:
        assert self.hub is not None
        latest: dict[str, dict[str, Action]] = {}
        for change in changes:
            latest.setdefault(change.action.city, {})[change.action.id] = change.action
        for slug, actions in latest.items():
            city = self._state().cities.get(slug)
            if city is None:
                continue
            for action in actions.values():
                self._mark_subject(city, action)
                if is_over(action):
                    self._show_ended(slug, action)
            if self.hub.wants(slug, "actions"):
                items = [_action_item(action) for action in actions.values()]
                self.hub.publish(slug, "actions", items, (), self._now_ms())

    @staticmethod
    def _mark_subject(city: City, action: Action) -> None:
        """A zone tells of its pushes, a venue of its pause: they have changed, too."""
        id_ = action.subject.id
        if action.kind == "push_couriers" and id_ in city.plan.zones.index:
            city.zones_to_publish[city.plan.zones.index[id_]] = True
        elif action.kind == "pause_venue" and (row := city.venues.find(id_)) >= 0:
            city.venues.changed[row] = True

    def _show_ended(self, slug: str, action: Action) -> None:
        self._ended.setdefault(slug, {})[action.id] = action.updated_ts + ENDED_SHOWN_MS

    def _forget_ended(self, slug: str, now_ms: int) -> None:
        """Tell those gone that have been shown long enough."""
        ended = self._ended.get(slug)
        if ended and self.hub is not None:
            gone = [id_ for id_, until_ms in ended.items() if until_ms <= now_ms]
            for id_ in gone:
                del ended[id_]
            self.hub.publish(slug, "actions", (), gone, now_ms)

    def flush(self) -> None:
        """Send the rows changed since the last beat, of the layers that somebody watches."""
        if self.hub is None:
            return
        now_ms = self._now_ms()
        for slug, city in self._state().cities.items():
            if self.hub.wants(slug, "zones"):
                self.clear_times.of(city, now_ms)
            city.collect_zone_changes()
            zones = np.flatnonzero(city.zones_to_publish)
            city.zones_to_publish[:] = False
            self._send(city, "zones", zones, city.gone_zones, now_ms)
            self._send(city, "couriers", city.couriers.take_changed(), city.gone_couriers, now_ms)
            self._send(city, "orders", city.orders.take_changed(), city.gone_orders, now_ms)
            self._send(city, "venues", city.venues.take_changed(), city.gone_venues, now_ms)
            self._forget_ended(slug, now_ms)

    def send_frames(self) -> None:
        """One beat of the couriers as columns, for the cities where somebody watches them so."""
        if self.hub is None:
            return
        now_ms = self._now_ms()
        for slug, city in self._state().cities.items():
            if self.hub.columns.wants(slug):
                columns = courier_columns(city, self._boxes.of(city.plan), now_ms)
                self.hub.columns.publish(slug, columns, now_ms)

    def _send(
        self, city: City, layer: str, rows: NDArray[np.int64], gone: list[str], now_ms: int
    ) -> None:
        assert self.hub is not None
        left = gone.copy()
        gone.clear()
        slug = city.plan.slug
        if (len(rows) or left) and self.hub.wants(slug, layer):
            self.hub.publish(slug, layer, self._items(city, layer, rows, now_ms), left, now_ms)

    def snapshot(self, slug: str, layer: str) -> Sequence[Item]:
        """The whole of a layer as it is now; the hub's `SnapshotOf`."""
        city = self._state().cities.get(slug)
        if city is None:
            return ()
        if layer == "alerts":
            shown = [alert for alert in city.book.living() if alert.state == "firing"]
            return [_alert_item(city, alert) for alert in shown]
        if layer == "actions":
            return [_action_item(action) for action in self._shown_actions(city)]
        if layer == "zones":
            rows = np.arange(len(city.plan.zones))
        else:
            tables = {"couriers": city.couriers, "orders": city.orders, "venues": city.venues}
            rows = tables[layer].live_rows()
        return self._items(city, layer, rows, self._now_ms())

    def _shown_actions(self, city: City) -> Iterator[Action]:
        """The living actions, and those that ended just now: they, too, are told as gone later."""
        book, now_ms = city.desk.actions, self._now_ms()
        yield from book.living.values()
        for action in reversed(book.history):
            if action.updated_ts + ENDED_SHOWN_MS <= now_ms:
                break
            self._show_ended(city.plan.slug, action)
            yield action

    def _items(self, city: City, layer: str, rows: NDArray[np.int64], now_ms: int) -> list[Item]:
        if layer == "zones":
            clear = self.clear_times.of(city, now_ms)
            zones = zone_views(city, now_ms, clear, rows.tolist())
            return [Item(view.zone_id, _ENCODE(view), view.lon, view.lat) for view in zones]
        if layer == "couriers":
            couriers = courier_views(city, rows, now_ms)
            return [Item(view.courier_id, _ENCODE(view), view.lon, view.lat) for view in couriers]
        if layer == "orders":
            # An order is where its client waits; one whose place is unknown is in every box.
            orders = order_views(city, rows, now_ms)
            return [
                Item(view.order_id, _ENCODE(view), view.dropoff_lon, view.dropoff_lat)
                for view in orders
            ]
        venues = venue_views(city, rows, now_ms)
        return [Item(view.venue_id, _ENCODE(view), view.lon, view.lat) for view in venues]


def _action_item(action: Action) -> Item:
    return Item(action.id, _ENCODE(action))


def _alert_item(city: City | None, alert: Alert) -> Item:
    lon = lat = None
    if city is not None and (venue := alert.about.get("venue")) is not None:
        row = city.venues.find(venue)
        if row >= 0 and city.venues.lon[row] == city.venues.lon[row]:
            lon, lat = float(city.venues.lon[row]), float(city.venues.lat[row])
    return Item(alert.id, _ENCODE(alert), lon, lat)
