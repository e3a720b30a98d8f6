"""Zones and configuration for an imported city.

An instance has points but no map, so its area is cut into rectangles of about equal demand: the
point set is halved across its longer side, over and over (a k-d tree's leaves). The rectangles
cover the whole area without gaps, neighbours share their borders to the last digit, and nothing
is drawn at random. Called by `mdrp`.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from sim.plane import Floats, Plane

# The area reaches this far beyond the outermost point, so that noise does not leave it.
MARGIN_M: Final = 500.0
FEWEST_ZONES: Final = 12
MOST_ZONES: Final = 30
ORDERS_PER_ZONE: Final = 60

Box = tuple[float, float, float, float]


def zone_count(orders: int) -> int:
    """How many zones an imported city gets: 12 to 30, about one for 60 orders a day."""
    return min(max(orders // ORDERS_PER_ZONE, FEWEST_ZONES), MOST_ZONES)


def partition(x: Floats, y: Floats, count: int) -> list[Box]:
    """`count` boxes (x0, y0, x1, y1 in metres) that tile the area around the points.

    From the south-west on, by halves; each holds about the same number of points.
    """
    box = (
        float(x.min()) - MARGIN_M,
        float(y.min()) - MARGIN_M,
        float(x.max()) + MARGIN_M,
        float(y.max()) + MARGIN_M,
    )
    return _halve(x, y, count, box)


def _halve(x: Floats, y: Floats, count: int, box: Box) -> list[Box]:
    if count == 1:
        return [box]
    x0, y0, x1, y1 = box
    first = count // 2
    wide = x1 - x0 >= y1 - y0
    along, low, high = (x, x0, x1) if wide else (y, y0, y1)
    # Whole metres; kept away from the ends so that no zone is a sliver where points coincide.
    middle = float(np.quantile(along, first / count)) if along.size else (low + high) / 2
    least = (high - low) * 0.1
    cut = float(round(min(max(middle, low + least), high - least)))
    if not low < cut < high:
        cut = (low + high) / 2
    before = along < cut
    halves = ((x0, y0, cut, y1), (cut, y0, x1, y1)) if wide else (
        (x0, y0, x1, cut), (x0, cut, x1, y1)
    )  # fmt: skip
    return [
        *_halve(x[before], y[before], first, halves[0]),
        *_halve(x[~before], y[~before], count - first, halves[1]),
    ]


def geojson(boxes: Sequence[Box], plane: Plane) -> str:
    """The boxes as a FeatureCollection with ids Z01, Z02 and so on; rings counter-clockwise."""
    features = []
    for number, (x0, y0, x1, y1) in enumerate(boxes, start=1):
        corners = ((x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0))
        features.append(
            {
                "type": "Feature",
                "id": f"Z{number:02d}",
                "properties": {"name": f"Z{number:02d}"},
                "geometry": {
                    "type": "Polygon",
                    "coordinates": [[plane.point(x, y) for x, y in corners]],
                },
            }
        )
    lines = ",\n".join(json.dumps(feature) for feature in features)
    return f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n'


def configuration(city: str, timezone: str, zones: Path) -> str:
    """The least configuration of the contract (section 9) for the city; `zones` lies beside it."""
    # JSON's quoting of a string is also TOML's.
    return (
        f"[cities.{city}]\n"
        f"timezone = {json.dumps(timezone)}\n"
        f"zones = {json.dumps(zones.name, ensure_ascii=False)}\n"
    )
