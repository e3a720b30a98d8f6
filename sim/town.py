"""The invented town in which the simulated city lives: its quarters, and how busy each is.

Nothing here is a real place; it only has a latitude. The quarters are the zones of
`config/demo/city.geojson` (a test holds the two together). Larger numbers of couriers and
venues fill the same town more densely; `quarters_of` makes a town of any other zones. Used by
`settings` and the demo.
"""

from dataclasses import dataclass
from typing import Final

from sim.plane import Plane
from zones.polygons import ZoneSet


@dataclass(frozen=True, slots=True)
class Quarter:
    """A part of town around (`x`, `y`) metres from the centre.

    `weight` is its share of the venues and of the orders, `spread_m` how far its venues scatter.
    """

    zone_id: str
    name: str
    x: float
    y: float
    weight: float
    spread_m: float = 450.0


CENTRE: Final = (56.95, 24.10)

QUARTERS: Final = (
    Quarter("market-square", "Market Square", 0.0, 150.0, 9.0, 350.0),
    Quarter("station", "Station", 950.0, -500.0, 7.0, 350.0),
    Quarter("old-harbour", "Old Harbour", -1150.0, 400.0, 6.0),
    Quarter("university", "University", 500.0, 1500.0, 7.0),
    Quarter("castle-hill", "Castle Hill", -850.0, 1750.0, 4.0),
    Quarter("ropewalk", "Ropewalk", -550.0, -1200.0, 5.0),
    Quarter("mill-quarter", "Mill Quarter", 2200.0, 550.0, 5.0),
    Quarter("glassworks", "Glassworks", 2150.0, -1700.0, 3.0),
    Quarter("lindens", "Lindens", 1950.0, 2350.0, 4.0),
    Quarter("riverside", "Riverside", -2500.0, -500.0, 4.0),
    Quarter("lighthouse", "Lighthouse", -2600.0, 1500.0, 2.0),
    Quarter("tannery", "Tannery", 500.0, -2600.0, 3.0),
    Quarter("brickfields", "Brickfields", -2000.0, -2450.0, 2.0, 280.0),
    Quarter("northgate", "Northgate", -150.0, 3300.0, 3.0, 280.0),
    Quarter("orchards", "Orchards", 3850.0, 1800.0, 2.0, 280.0),
    Quarter("meadow-park", "Meadow Park", 3950.0, -450.0, 2.0, 280.0),
    Quarter("airfield", "Airfield", 3250.0, -2850.0, 1.0, 280.0),
    Quarter("saltmarsh", "Saltmarsh", -4200.0, 200.0, 1.0, 280.0),
    Quarter("vineyards", "Vineyards", -2600.0, 3400.0, 1.0, 280.0),
    Quarter("southmoor", "Southmoor", -300.0, -4100.0, 1.0, 280.0),
    Quarter("summer-houses", "Summer Houses", 2150.0, 4200.0, 1.0, 280.0),
)


def quarters_of(zones: ZoneSet) -> tuple[tuple[float, float], tuple[Quarter, ...]]:
    """A town on the ground of `zones`: its centre (lat, lon) and one quarter for each zone.

    All quarters weigh the same. Raises ValueError when there is no zone.
    """
    if not len(zones):
        raise ValueError("a town needs at least one zone")
    west, south, east, north = zones.bounds
    centre = ((south + north) / 2.0, (west + east) / 2.0)
    plane = Plane(*centre)
    quarters = []
    points = zones.inner_points().tolist()
    for zone_id, name, (lon, lat) in zip(zones.ids, zones.names, points, strict=True):
        x, y = plane.xy(lon, lat)
        quarters.append(Quarter(zone_id, name, x, y, 1.0))
    return centre, tuple(quarters)
