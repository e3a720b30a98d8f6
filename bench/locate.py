"""Points to zones: our grid beside shapely's STRtree with its predicate, by batch size.

The zones share every border, which is crooked, so that no cell of the grid is a zone by luck. Both
ways must give the same zone for every point, corners of zones among them: it is asserted.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from bench.measure import ROUNDS, Pairs, Record, alternate, cpu
from zones.locate import Locator
from zones.polygons import NO_ZONE, ZoneSet

TOWNS: Final = ((10, 6), (100, 50))  # columns and rows of zones
BATCHES: Final = (1, 100, 10_000)
POINTS: Final = 10_000  # located in one measurement; fewer where each is a call of its own
ONE_BY_ONE: Final = 1_000
TIMES: Final = 5
SIDES: Final = 6  # pieces of each side of a zone
BOX: Final = (24.0, 56.9, 24.22, 57.0)

Floats = NDArray[np.float64]


def run(quick: bool = False) -> Iterator[Record]:
    """A record for each town and size of a batch."""
    for columns, rows in TOWNS[:1] if quick else TOWNS:
        zones = crooked_zones(columns, rows)
        locator, tree = Locator(zones), shapely.STRtree(zones.geometries)
        points = _points(zones, POINTS)
        for size in BATCHES:
            count = ONE_BY_ONE if size == 1 else POINTS
            batches = [points[:, start : start + size] for start in range(0, count, size)]
            pairs = _side_by_side(locator, tree, batches, 3 if quick else ROUNDS)
            yield pairs.record(
                f"{len(zones):,} zones, batches of {size:,}",
                "shapely's STRtree, query with predicate",
                {
                    "points_per_s": round(TIMES * count / pairs.variant_s),
                    "base_points_per_s": round(TIMES * count / pairs.base_s),
                },
            )


def _side_by_side(
    locator: Locator, tree: shapely.STRtree, batches: list[Floats], rounds: int
) -> Pairs:
    for lon, lat in batches:
        assert np.array_equal(locator.locate(lon, lat), _by_tree(tree, lon, lat)), "they disagree"

    def ours() -> None:
        for lon, lat in batches:
            locator.locate(lon, lat)

    def theirs() -> None:
        for lon, lat in batches:
            _by_tree(tree, lon, lat)

    return alternate(cpu(theirs, TIMES), cpu(ours, TIMES), rounds)


def _by_tree(tree: shapely.STRtree, lon: Floats, lat: Floats) -> NDArray[np.int32]:
    """As one would write it: of the zones that a point meets, the first in the file."""
    point, zone = tree.query(shapely.points(lon, lat), predicate="intersects")
    found = np.full(len(lon), NO_ZONE, dtype=np.int32)
    last_first = np.argsort(-zone, kind="stable")
    found[point[last_first]] = zone[last_first]
    return found


def crooked_zones(columns: int, rows: int) -> ZoneSet:
    """Zones that fill BOX, rounded to 0.1 m, each a square whose sides were bent."""
    rng = np.random.default_rng(9)
    shape = (rows * SIDES + 1, columns * SIDES + 1)
    west, south, east, north = BOX
    y, x = np.mgrid[: shape[0], : shape[1]] + rng.uniform(-0.3, 0.3, (2, *shape))
    lon = np.round(west + x * (east - west) / (shape[1] - 1), 6)
    lat = np.round(south + y * (north - south) / (shape[0] - 1), 6)
    side = np.arange(SIDES)
    shapes = []
    for row in range(rows):
        for column in range(columns):
            top, left = row * SIDES, column * SIDES
            i = np.concatenate([side * 0, side, side * 0 + SIDES, SIDES - side]) + top
            j = np.concatenate([side, side * 0 + SIDES, SIDES - side, side * 0]) + left
            shapes.append(shapely.Polygon(np.column_stack([lon[i, j], lat[i, j]])))
    names = tuple(f"zone-{number:04d}" for number in range(len(shapes)))
    return ZoneSet(names, names, np.array(shapes), np.zeros(len(shapes)))


def _points(zones: ZoneSet, count: int) -> Floats:
    """Two rows, lon and lat, of points in the box, one in fifty of them a corner of a zone."""
    rng = np.random.default_rng(10)
    west, south, east, north = BOX
    lon, lat = rng.uniform(west, east, count), rng.uniform(south, north, count)
    corners = rng.permutation(shapely.get_coordinates(zones.geometries))[: count // 50]
    lon[: len(corners)], lat[: len(corners)] = corners.T
    mixed = rng.permutation(count)
    return np.stack([lon[mixed], lat[mixed]])
