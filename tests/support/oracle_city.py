"""One city as plain dictionaries: how each event changes them, and what is counted per zone.

Part of the recount, an independent second reading of the contract (sections 2 and 3), slow and
plain on purpose. Every `Reading:` below is a choice where the contract leaves room. What an
order's own events change stands in `oracle_orders.py`. `recount.py` calls it.
"""

from typing import Any

import shapely
from shapely.geometry import shape

from tests.support.oracle_events import Json
from tests.support.oracle_orders import ORDER_EVENTS, Order, new_order, says_more

FRESH_MS = 60_000


def read_zones(geojson: Json) -> list[tuple[str, Any]]:
    """(zone_id, geometry) in the order in which a point is given to them.

    The highest `priority` first (none given is 0), then the first in the file.
    """
    zones = []
    for number, feature in enumerate(geojson["features"]):
        properties = feature.get("properties") or {}
        zone_id = feature.get("id")
        for name in ("zone_id", "id", "name"):
            if zone_id is None:
                zone_id = properties.get(name)
        geometry = shape(feature["geometry"])
        shapely.prepare(geometry)
        zones.append((-(properties.get("priority") or 0), number, str(zone_id), geometry))
    zones.sort(key=lambda zone: zone[:2])
    return [(zone_id, geometry) for _, _, zone_id, geometry in zones]


class OracleCity:
    """Everything known of one city."""

    def __init__(self, geojson: Json) -> None:
        self.zones = read_zones(geojson)
        self.couriers: dict[str, Json] = {}
        self.orders: dict[str, Order] = {}
        self.open_orders: dict[str, Order] = {}
        self.venues: dict[str, Json] = {}
        self.weather_ts = -1

    def locate(self, lon: float, lat: float) -> str | None:
        """The zone that covers the point, boundary included; None for outside."""
        point = shapely.Point(lon, lat)
        for zone_id, geometry in self.zones:
            if geometry.intersects(point):
                return zone_id
        return None

    # --- events --------------------------------------------------------------------------

    def apply(self, event: Json) -> tuple[bool, bool]:
        """(applied, orphan) of a valid event; not applied means that it is stale."""
        stream = event["type"].split(".")[0]
        if stream == "courier":
            return self.apply_courier(event), False
        if stream == "order":
            return self.apply_order(event)
        if stream == "venue":
            return self.apply_venue(event), False
        # The city itself is an entity too; only the weather speaks of it.
        if event["ts"] < self.weather_ts:
            return False, False
        self.weather_ts = event["ts"]
        return True, False

    def apply_courier(self, event: Json) -> bool:
        """Reading: any courier.* event older than the newest one of that courier is stale; an
        equal time is applied, so that the later in the stream wins."""
        courier = self.couriers.get(event["courier_id"])
        if courier is None:
            # First seen without a status: idle.
            courier = {"ts": -1, "status": "idle", "position_ts": None, "zone": None}
            self.couriers[event["courier_id"]] = courier
        if event["ts"] < courier["ts"]:
            return False
        courier["ts"] = event["ts"]
        if event.get("status") is not None:
            courier["status"] = event["status"]
        if event["type"] == "courier.position":
            courier["position_ts"] = event["ts"]
            courier["zone"] = self.locate(event["lon"], event["lat"])
        return True

    def apply_venue(self, event: Json) -> bool:
        """Reading: place, status and heartbeat each have a time of their own; a late event is
        applied where it is newer than what is known of its own field."""
        venue = self.venues.setdefault(
            event["venue_id"], {"ts": -1, "times": {}, "zone": None, "prep_minutes": None}
        )
        known_ts = venue["times"].get(event["type"])
        if not says_more(event["ts"], venue["ts"], known_ts):
            return False
        venue["ts"] = max(venue["ts"], event["ts"])
        venue["times"][event["type"]] = event["ts"]
        if event["type"] == "venue.updated":
            venue["zone"] = self.locate(event["lon"], event["lat"])
            if event.get("prep_minutes") is not None:
                venue["prep_minutes"] = event["prep_minutes"]
        return True

    def apply_order(self, event: Json) -> tuple[bool, bool]:
        """Reading: the event that opens an order never placed is the orphan, later ones for
        the same order are not counted again."""
        order_id = event["order_id"]
        orphan = False
        order = self.orders.get(order_id)
        if order is None:
            order = new_order()
            self.orders[order_id] = order
            self.open_orders[order_id] = order
            orphan = event["type"] != "order.placed"
        applied = ORDER_EVENTS[event["type"]](order, event)
        if applied:
            order["ts"] = max(order["ts"], event["ts"])
        if order["ended"]:
            self.open_orders.pop(order_id, None)
        return applied, orphan

    # --- figures -------------------------------------------------------------------------

    def zone_of(self, order: Order) -> str | None:
        """The venue's zone now: none while the venue or its place is unknown."""
        venue = self.venues.get(order["venue_id"])
        return venue["zone"] if venue else None

    def figures(self, now: int) -> dict[str, Json]:
        """zone_id → idle, busy, open, waiting, oldest_wait_s at `now` (milliseconds)."""
        zones: dict[str, Json] = {
            zone_id: {"idle": 0, "busy": 0, "open": 0, "waiting": 0, "oldest_wait_s": 0}
            for zone_id, _ in self.zones
        }
        for courier in self.couriers.values():
            if courier["position_ts"] is None or now - courier["position_ts"] > FRESH_MS:
                continue
            if courier["zone"] is None or courier["status"] == "off":
                continue
            zones[courier["zone"]]["idle" if courier["status"] == "idle" else "busy"] += 1
        for order in self.open_orders.values():
            zone_id = self.zone_of(order)
            if zone_id is None or order["payment"] == "unpaid":
                continue
            zone = zones[zone_id]
            zone["open"] += 1
            if not order["assigned"]:
                zone["waiting"] += 1
                wait_s = (now - order["placed_ts"]) / 1000
                zone["oldest_wait_s"] = max(zone["oldest_wait_s"], wait_s)
        return zones
