"""Couriers as columns: what a watcher's frames say of a city's table."""

from dataclasses import replace

import numpy as np
import shapely

from monitor.core.events import CourierStatusChanged
from monitor.core.replan import replan
from monitor.publish import Publisher
from monitor.publish_columns import Boxes
from tests.support.cities import CITY, Town, assigned, at, courier, placed, small_city, venue
from tests.support.frame_reader import FrameReader
from ws.client import Client
from ws.frames import CARRYING, NO_PLACE, OUTSIDE, SILENT, STEPS
from ws.hub import Hub
from ws.limits import Limits
from ws.outbox import Outbox
from zones.locate import Locator


class Map:
    """A watcher of the town's couriers as columns, and the publisher that feeds him."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.reader = FrameReader()
        self.publisher = Publisher(lambda: town.state, town.now_ms)
        self.hub = self.publisher.hub = Hub(
            epoch="e", snapshot=self.publisher.snapshot, now_ms=town.now_ms
        )
        self.client = Client(Outbox(Limits()), lambda: None)
        self.hub.attach(self.client)
        self.hub.subscribe(self.client, "w", CITY, ["couriers"], form="columns")

    def beat(self) -> None:
        """The beats of both forms, and everything is read."""
        self.publisher.flush()
        self.publisher.send_frames()
        while (wire := self.client.outbox.take(0.0)) is not None:
            self.reader.take(wire)

    def place(self, courier_id: str) -> tuple[float, float]:
        """Where a courier is shown, lon and lat."""
        slot = self.reader.ids.index(courier_id)
        west, south, east, north = self.reader.box
        return (
            west + self.reader.x[slot] / STEPS * (east - west),
            south + self.reader.y[slot] / STEPS * (north - south),
        )

    def status(self, courier_id: str) -> int:
        """The status column of a courier."""
        return self.reader.status[self.reader.ids.index(courier_id)]


def test_a_courier_is_shown_where_he_is_within_the_precision_of_the_box() -> None:
    """In a city of 33 by 11 km, whose box is 50 by 16, that is 0.4 m at most."""
    town = Town()
    town.tell(0, courier(0, "anna", 0.1234567, 0.0456789))
    shown = Map(town)
    shown.beat()
    lon, lat = shown.place("anna")
    assert np.hypot(lon - 0.1234567, lat - 0.0456789) * 111_195 < 0.4
    town.tell(1, courier(1, "anna", 0.1236567, 0.0456789))
    shown.beat()
    assert abs(shown.place("anna")[0] - 0.1236567) * 111_195 < 0.4
    assert shown.reader.outcomes == ["applied", "applied"]


def test_status_carries_what_is_known_of_the_courier() -> None:
    """Who carries an order, is silent, has no place yet, or is beyond the box."""
    town = Town()
    town.tell(
        0,
        venue(0),
        placed(0),
        courier(0, "anna", 0.05, status="to_venue"),
        courier(0, "far", 9.0),
        CourierStatusChanged(CITY, at(0), "new", "off"),
        assigned(0, "o", "anna"),
    )
    shown = Map(town)
    shown.beat()
    assert shown.status("anna") == 1 | CARRYING
    assert shown.status("far") == 0 | OUTSIDE
    assert shown.status("new") == 4 | NO_PLACE
    town.tell(300, courier(300, "far", 9.0))
    shown.beat()
    assert shown.status("anna") == 1 | CARRYING | SILENT
    assert shown.status("far") == 0 | OUTSIDE
    assert shown.reader.ages()[shown.reader.ids.index("anna")] == 150


def test_who_left_is_told_gone_before_his_slot_is_anothers() -> None:
    """A day after his last word he is forgotten, and his row is used again."""
    town = Town()
    town.tell(0, courier(0, "anna", 0.05), courier(0, "ben", 0.06))
    shown = Map(town)
    shown.beat()
    slot = shown.reader.ids.index("anna")
    town.tell(80_000, courier(80_000, "ben", 0.06))
    town.pass_time(90_000)
    town.tell(90_001, courier(90_001, "carla", 0.07))
    shown.beat()
    assert shown.reader.ids[slot] == "carla"
    assert sorted(filter(None, shown.reader.ids)) == ["ben", "carla"]
    assert shown.reader.couriers == 2


def test_the_two_forms_do_not_take_from_each_other() -> None:
    """Who watches JSON beside gets every change as well, whichever beat comes first."""
    town = Town()
    shown = Map(town)
    town.tell(0, courier(0, "anna", 0.05))
    shown.publisher.send_frames()
    assert len(shown.publisher.snapshot(CITY, "couriers")) == 1
    json_client = Client(Outbox(Limits()), lambda: None)
    shown.hub.attach(json_client)
    shown.hub.subscribe(json_client, "j", CITY, ["couriers"])
    town.tell(1, courier(1, "anna", 0.06))
    shown.beat()
    json_client.outbox.take(0.0)
    assert json_client.outbox.take(0.0) is not None
    assert abs(shown.place("anna")[0] - 0.06) < 1e-5


def test_the_box_is_the_zones_and_a_margin() -> None:
    """A quarter of their extent on each side, and not less than 0.02 degrees."""
    box = Boxes().of(small_city())
    assert (round(box.west, 6), round(box.east, 6)) == (-0.075, 0.375)
    assert (round(box.south, 6), round(box.north, 6)) == (-0.025, 0.125)


def test_other_zones_begin_anew_with_their_box() -> None:
    """After a reload that moves the city the frames come under another handle."""
    town = Town()
    town.tell(0, courier(0, "anna", 0.05))
    shown = Map(town)
    shown.beat()
    before = shown.reader.handle, shown.reader.box
    plan = small_city()
    shapes = shapely.transform(plan.zones.geometries, lambda points: points + 0.05)
    zones = replace(plan.zones, geometries=shapes)
    replan(town.state, [replace(plan, zones=zones, locator=Locator(zones))])
    shown.beat()
    assert shown.reader.handle > before[0]
    assert shown.reader.box != before[1]
    assert abs(shown.place("anna")[0] - 0.05) < 1e-5
