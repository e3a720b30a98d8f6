"""The demo's town: its zones are sound, whole, and those that the simulation fills."""

import tomllib
from importlib import resources

import numpy as np
import pytest
import shapely

from monitor.core.events import CourierPosition, OrderPlaced, VenueUpdated
from sim.city import SimCity
from sim.plane import Plane
from sim.settings import SimSettings
from sim.town import CENTRE, QUARTERS, quarters_of
from zones.geojson import parse_zones
from zones.locate import Locator
from zones.polygons import ZoneSet

FILES = resources.files("config") / "demo"


@pytest.fixture(scope="module")
def town() -> ZoneSet:
    """The zones that ship with the demo."""
    zones, remarks = parse_zones((FILES / "city.geojson").read_bytes())
    assert not remarks
    return zones


def test_each_quarter_stands_in_the_zone_of_its_name(town: ZoneSet) -> None:
    """Quarters and zones are the same, in the same order, and the one lies in the other."""
    assert town.ids == tuple(quarter.zone_id for quarter in QUARTERS)
    assert town.names == tuple(quarter.name for quarter in QUARTERS)
    x, y = (np.array([getattr(quarter, axis) for quarter in QUARTERS]) for axis in "xy")
    found = Locator(town).locate(*Plane(*CENTRE).lonlat(x, y))
    assert found.tolist() == list(range(len(QUARTERS)))


def test_the_zones_tile_the_town(town: ZoneSet) -> None:
    """They leave no hole and overlap nowhere."""
    whole = shapely.union_all(town.geometries)
    assert whole.geom_type == "Polygon"
    assert not len(whole.interiors)
    assert shapely.area(town.geometries).sum() == pytest.approx(whole.area, rel=1e-9)


def test_the_configuration_names_the_city_of_the_default_settings() -> None:
    """The demo's configuration and the simulation speak of the same city and zones."""
    settings = tomllib.loads((FILES / "city.toml").read_text())
    assert settings["cities"][SimSettings().city]["zones"] == "city.geojson"


def test_nearly_all_of_the_citys_life_is_in_its_zones(town: ZoneSet) -> None:
    """Venues all lie in a zone, couriers and clients nearly all."""
    chosen = SimSettings(seed=1, start_ms=SimSettings().start_ms + 3 * 3_600_000)
    events = SimCity(chosen).advance(chosen.start_ms + 20 * 60_000)
    places = {
        VenueUpdated: [(e.lon, e.lat) for e in events if isinstance(e, VenueUpdated)],
        CourierPosition: [(e.lon, e.lat) for e in events if isinstance(e, CourierPosition)],
        OrderPlaced: [(e.dropoff.lon, e.dropoff.lat) for e in events if isinstance(e, OrderPlaced)],
    }
    least = {VenueUpdated: 1.0, CourierPosition: 0.97, OrderPlaced: 0.9}
    locator = Locator(town)
    for kind, points in places.items():
        lon, lat = np.array(points).T.copy()
        assert (locator.locate(lon, lat) >= 0).mean() >= least[kind], kind


def test_any_zones_can_be_a_town(town: ZoneSet) -> None:
    """A town made of a zone set has a quarter within each zone, and a city can live in it."""
    centre, quarters = quarters_of(town)
    x, y = (np.array([getattr(quarter, axis) for quarter in quarters]) for axis in "xy")
    found = Locator(town).locate(*Plane(*centre).lonlat(x, y))
    assert found.tolist() == list(range(len(town)))
    chosen = SimSettings(centre=centre, quarters=quarters, couriers=5, venues=5)
    assert SimCity(chosen).advance(chosen.start_ms + 60_000)
    with pytest.raises(ValueError, match="at least one zone"):
        quarters_of(ZoneSet((), (), np.empty(0, np.object_), np.empty(0)))
