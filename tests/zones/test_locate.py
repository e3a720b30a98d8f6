"""Locating points: the contract's rules on borders, overlaps, holes and places outside."""

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from tests.support.zone_shapes import brute_force, zone_set
from zones.locate import Locator, cells_for
from zones.polygons import ZoneSet
from zones.raster import Grid, rasterise


def located(zones: ZoneSet, *points: tuple[float, float], cells: int | None = None) -> list[int]:
    """The zones of the points; alone, few at once and many at once must agree."""
    locator = Locator(zones, cells)
    lon = np.array([lon for lon, _ in points])
    lat = np.array([lat for _, lat in points])
    alone = [locator.locate_one(x, y) for x, y in points]
    assert locator.locate(lon, lat).tolist() == alone
    assert locator.locate(np.tile(lon, 100), np.tile(lat, 100)).tolist() == alone * 100
    return alone


def test_the_border_belongs_to_the_zone() -> None:
    """Corners and edges are inside; a hair beyond them is outside."""
    zones = zone_set([shapely.box(0, 0, 1, 1)])
    beyond = float(np.nextafter(1, 2))
    assert located(zones, (0, 0), (1, 1), (0.5, 1), (1, 0.3)) == [0, 0, 0, 0]
    assert located(zones, (beyond, 0.5), (0.5, beyond), (0.5, -5e-324)) == [-1, -1, -1]


def test_a_shared_border_belongs_to_the_first_in_the_file() -> None:
    """Of two neighbours the earlier one has the common edge."""
    left, right = shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)
    assert located(zone_set([left, right]), (1, 0.5), (1.5, 0.5)) == [0, 1]
    assert located(zone_set([right, left]), (1, 0.5), (1.5, 0.5)) == [0, 0]


def test_the_highest_priority_has_the_overlap() -> None:
    """A later zone of higher priority takes its whole area from the zones below it."""
    city, centre = shapely.box(0, 0, 10, 10), shapely.box(4, 4, 6, 6)
    points = ((5.0, 5.0), (4.0, 5.0), (3.9, 5.0))
    assert located(zone_set([city, centre], [0, 1]), *points) == [1, 1, 0]
    assert located(zone_set([city, centre], [0, 0]), *points) == [0, 0, 0]
    assert located(zone_set([centre, city], [0, 0]), *points) == [0, 0, 1]


def test_a_hole_is_outside_and_its_rim_inside() -> None:
    """A courier in the hole of a zone is in the zone that fills the hole, or in none."""
    ring = shapely.box(0, 0, 9, 9).difference(shapely.box(3, 3, 6, 6))
    assert located(zone_set([ring]), (4.5, 4.5), (3.0, 4.0), (1, 1)) == [-1, 0, 0]
    island = shapely.box(4, 4, 5, 5)
    assert located(zone_set([ring, island]), (4.5, 4.5), (3.5, 3.5)) == [1, -1]


def test_the_parts_of_a_multipolygon_are_one_zone() -> None:
    """Both islands are the zone, the water between them is not."""
    islands = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(5, 5, 6, 6)])
    assert located(zone_set([islands]), (0.5, 0.5), (5.5, 5.5), (3, 3)) == [0, 0, -1]


def test_what_is_no_place_is_in_no_zone() -> None:
    """NaN, infinities and the other side of the world are in none, without a warning."""
    zones = zone_set([shapely.box(0, 0, 1, 1)])
    nan, inf = float("nan"), float("inf")
    points = ((nan, 0.5), (0.5, nan), (inf, 0.5), (0.5, -inf), (1e300, -1e300), (-180, 90))
    assert located(zones, *points) == [-1] * 6


def test_no_points_have_no_zones() -> None:
    """An empty column gives an empty column."""
    locator = Locator(zone_set([shapely.box(0, 0, 1, 1)]))
    found = locator.locate(np.empty(0), np.empty(0))
    assert found.dtype == np.int32
    assert len(found) == 0


def test_a_city_without_zones_has_every_point_in_none() -> None:
    """No zones, and zones without an area, are no fault."""
    assert located(zone_set([]), (0, 0), (24.1, 56.9)) == [-1, -1]
    assert located(zone_set([shapely.MultiPolygon()]), (0, 0)) == [-1]


def test_a_tiny_zone_is_found_exactly() -> None:
    """A zone much smaller than the smallest cell still has its exact border."""
    zones = zone_set([shapely.box(24.1, 56.9, 24.1 + 1e-11, 56.9 + 1e-11)])
    assert located(zones, (24.1, 56.9), (24.1 + 1e-11, 56.9), (24.1 + 2e-11, 56.9)) == [0, 0, -1]


def test_zones_may_reach_around_the_world() -> None:
    """Zones to the edges of the map and over both sides of the antimeridian are exact."""
    fiji = shapely.MultiPolygon(
        [shapely.box(177, -19, 180, -16), shapely.box(-180, -19, -178, -16)]
    )
    zones = zone_set([fiji, shapely.box(-180, -90, 180, 90)], [1, 0])
    points = ((180, -17), (-180, -17), (-177, -17), (0, 90), (180, -90))
    assert located(zones, *map(lambda p: (float(p[0]), float(p[1])), points)) == [0, 0, 1, 1, 1]


def test_nearly_level_borders_are_exact() -> None:
    """Edges that rise by a hair over a whole city are found in the right row of cells."""
    rise = 1e-12
    low = shapely.Polygon([(0, 0), (10, 0), (10, 5 + rise), (0, 5)])
    high = shapely.Polygon([(0, 5), (10, 5 + rise), (10, 10), (0, 10)])
    zones = zone_set([low, high])
    rng = np.random.default_rng(3)
    lat = 5 + rng.integers(-2, 3, 400) * rise / 2
    points = np.column_stack((rng.uniform(0, 10, 400), lat))
    expected = brute_force(zones, points).tolist()
    for cells in (1, 2, 7, 10, 64):
        found = Locator(zones, cells).locate(points[:, 0].copy(), points[:, 1].copy())
        assert found.tolist() == expected


@pytest.mark.parametrize("cells", [0, -1, 4097])
def test_an_impossible_grid_is_refused(cells: int) -> None:
    """A grid of no cells, or of more than fit the memory meant for it, is a ValueError."""
    with pytest.raises(ValueError, match="1 to 4096"):
        Locator(zone_set([]), cells)


def test_the_grid_grows_with_the_number_of_zones() -> None:
    """More zones get more cells, within bounds."""
    assert [cells_for(count) for count in (0, 1, 58, 300, 5_000, 10**6)] == [
        256,
        256,
        512,
        1024,
        2048,
        2048,
    ]


def test_most_cells_are_answered_by_the_table() -> None:
    """A plain square on the default grid needs the exact test in few of its cells."""
    assert Locator(zone_set([shapely.box(0, 0, 1, 1)])).border_share() < 0.02


def test_every_cell_the_raster_calls_free_is_free() -> None:
    """A cell that is neither border nor inside is disjoint from the zone, one inside is covered."""
    angles = np.linspace(0, 2 * np.pi, 23, endpoint=False)
    reach = 3 + 2 * np.sin(5 * angles)
    star = shapely.Polygon(np.column_stack((np.cos(angles) * reach, np.sin(angles) * reach)))
    pierced = star.difference(shapely.Point(0, 0).buffer(0.7))
    shapely.prepare(pierced)
    grid = Grid.over(pierced.bounds, 50)
    window = rasterise(grid, pierced)
    assert window is not None
    boxes = _cells(grid)
    border, inside = (
        _whole(grid, window.border, window.row, window.col),
        _whole(grid, window.inside, window.row, window.col),
    )
    assert not (border & inside).any()
    assert shapely.covers(pierced, boxes[inside]).all()
    assert shapely.disjoint(pierced, boxes[~border & ~inside]).all()
    touched = shapely.intersects(pierced.boundary, boxes)
    assert border.sum() - touched.sum() < 0.05 * touched.sum()


def test_a_border_on_a_line_of_the_grid_marks_both_sides() -> None:
    """Where an edge runs along cells, rounding may put a point on either side: both are tested."""
    grid = Grid(west=0, south=0, cell_lon=1, cell_lat=1, width=10, height=10)
    square = shapely.box(2, 2, 6, 6)
    window = rasterise(grid, square)
    assert window is not None
    border = _whole(grid, window.border, window.row, window.col).reshape(10, 10)
    inside = _whole(grid, window.inside, window.row, window.col).reshape(10, 10)
    assert np.flatnonzero(border[4]).tolist() == [1, 2, 5, 6]
    assert np.flatnonzero(border[:, 4]).tolist() == [1, 2, 5, 6]
    assert np.flatnonzero(inside.any(axis=0)).tolist() == [3, 4]


def _cells(grid: Grid) -> NDArray[np.object_]:
    """The box of every cell, row by row."""
    row, col = np.divmod(np.arange(grid.width * grid.height), grid.width)
    boxes: NDArray[np.object_] = shapely.box(
        grid.west + col * grid.cell_lon,
        grid.south + row * grid.cell_lat,
        grid.west + (col + 1) * grid.cell_lon,
        grid.south + (row + 1) * grid.cell_lat,
    )
    return boxes


def _whole(grid: Grid, part: NDArray[np.bool_], row: int, col: int) -> NDArray[np.bool_]:
    """A window's mask on the whole grid, row by row."""
    mask = np.zeros((grid.height, grid.width), dtype=np.bool_)
    mask[row : row + part.shape[0], col : col + part.shape[1]] = part
    return mask.ravel()
