"""What must always hold of zones: exact location, and increments equal to a recount."""

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.support.zone_shapes import brute_force, zone_set, zone_sets
from zones.balance import Balance, recount
from zones.locate import Locator
from zones.metrics import distance_m, is_within
from zones.polygons import ZoneSet
from zones.raster import Grid

cell_counts = st.integers(1, 40) | st.sampled_from([64, 100])


def awkward_points(zones: ZoneSet, cells: int, seed: int) -> NDArray[np.float64]:
    """Points on vertices, edges and lines of the grid, one float beside them, and anywhere."""
    rng = np.random.default_rng(seed)
    vertices, ring = shapely.get_coordinates(
        shapely.get_rings(shapely.get_parts(zones.geometries)), return_index=True
    )
    joined = ring[1:] == ring[:-1]
    start, stop = vertices[:-1][joined], vertices[1:][joined]
    on_edges = start + rng.random((len(start), 1)) * (stop - start)
    middles = (start + stop) / 2
    grid = Grid.over(zones.bounds, cells)
    nodes = np.column_stack(
        (
            grid.west + rng.integers(0, grid.width + 1, 60) * grid.cell_lon,
            grid.south + rng.integers(0, grid.height + 1, 60) * grid.cell_lat,
        )
    )
    west, south, east, north = zones.bounds
    margin = 0.1 * max(east - west, north - south)
    anywhere = rng.uniform(
        (west - margin, south - margin), (east + margin, north + margin), (150, 2)
    )
    on_lines = anywhere.copy()
    on_lines[:60, 0] = nodes[:, 0]
    on_lines[60:120, 1] = nodes[:, 1]
    exact = np.concatenate((vertices, on_edges, middles, nodes, on_lines, anywhere))
    beside = np.nextafter(exact, rng.choice([-np.inf, np.inf], exact.shape))
    return np.concatenate((exact, beside))


@settings(max_examples=120, deadline=None)
@given(zones=zone_sets(), cells=cell_counts, seed=st.integers(0, 2**32 - 1))
def test_every_point_is_in_the_zone_that_shapely_says(
    zones: ZoneSet, cells: int, seed: int
) -> None:
    """A point is in the zone that shapely's covers gives it, and alone as in any batch."""
    points = awkward_points(zones, cells, seed)
    locator = Locator(zones, cells)
    lon, lat = points[:, 0].copy(), points[:, 1].copy()
    expected = brute_force(zones, points)
    found = locator.locate(lon, lat)
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, expected)
    alone = [locator.locate_one(x, y) for x, y in zip(lon.tolist(), lat.tolist(), strict=True)]
    np.testing.assert_array_equal(alone, expected)
    for start in range(0, len(lon), 10):
        few = locator.locate(lon[start : start + 10], lat[start : start + 10])
        np.testing.assert_array_equal(few, expected[start : start + 10])


def test_a_batch_larger_than_a_pass_is_located_like_its_parts() -> None:
    """A hundred thousand positions at once are found exactly, most of them near borders."""
    rng = np.random.default_rng(7)
    seeds = shapely.multipoints(rng.uniform((24, 56.9), (24.2, 57), (60, 2)))
    tiles = shapely.get_parts(shapely.voronoi_polygons(seeds))
    zones = zone_set(list(tiles), rng.integers(0, 3, len(tiles)).tolist())
    points = rng.uniform((23.99, 56.89), (24.21, 57.01), (100_000, 2))
    found = Locator(zones, 24).locate(points[:, 0].copy(), points[:, 1].copy())
    np.testing.assert_array_equal(found, brute_force(zones, points))


moves = st.lists(
    st.lists(
        st.tuples(st.integers(0, 79), st.integers(-1, 5), st.integers(0, 2)),
        max_size=80,
        unique_by=lambda move: move[0],
    ),
    max_size=8,
)
order_steps = st.lists(
    st.tuples(st.integers(0, 19), st.integers(-1, 5), st.booleans(), st.booleans()), max_size=40
)


@settings(max_examples=80, deadline=None)
@given(batches=moves, orders=order_steps)
def test_increments_equal_a_recount(
    batches: list[list[tuple[int, int, int]]], orders: list[tuple[int, int, bool, bool]]
) -> None:
    """After any moves of couriers and orders the counts are those of a recount."""
    balance = Balance(6)
    zone, kind = np.full(80, -1, dtype=np.int32), np.zeros(80, dtype=np.int8)
    order_zone = np.full(20, -1, dtype=np.int32)
    is_open, is_waiting = np.zeros(20, dtype=np.bool_), np.zeros(20, dtype=np.bool_)

    def counted() -> Balance:
        return recount(zone, kind, order_zone, is_open, is_waiting, 6)

    for batch in batches:
        before = counted()
        row, new_zone, new_kind = np.array(batch, dtype=np.int32).reshape(-1, 3).T
        balance.move_couriers(zone[row], kind[row], new_zone, new_kind.astype(np.int8))
        zone[row], kind[row] = new_zone, new_kind
        assert counted().differences(balance) == ()
        differ = (before.idle != balance.idle) | (before.busy != balance.busy)
        assert set(np.flatnonzero(differ[:-1])) <= set(balance.take_changed().tolist())
    for row_idx, at, opened, waits in orders:
        waits = waits and opened
        was_open, was_waiting = int(is_open[row_idx]), int(is_waiting[row_idx])
        balance.add_order(int(order_zone[row_idx]), -was_open, -was_waiting)
        balance.add_order(at, int(opened), int(waits))
        order_zone[row_idx], is_open[row_idx], is_waiting[row_idx] = at, opened, waits
        balance.check()
    assert counted().differences(balance) == ()


SHIFTS = st.floats(-3e-3, 3e-3) | st.floats(-2, 2) | st.floats(-360, 360)
PAIRS = st.tuples(st.floats(-180, 180), st.floats(-90, 90), SHIFTS, SHIFTS, st.floats(0, 100_000))


@settings(max_examples=300, deadline=None)
@given(st.lists(PAIRS, max_size=4), st.floats(-90, 90), st.booleans())
def test_whether_points_are_within_a_distance_is_what_the_distance_says(
    pairs: list[tuple[float, float, float, float, float]], city_lat: float, in_one_city: bool
) -> None:
    """In a city and all over the earth, at the poles and across 180 degrees, known or not."""
    lon, lat, east, north, metres = np.array(pairs).reshape(-1, 5).T
    if in_one_city:
        lat = np.clip(city_lat + lat / 500, -90, 90)
    lon2, lat2 = (lon + east + 180) % 360 - 180, np.clip(lat + north, -90, 90)
    for radius in (metres, np.full(len(lat), 50.0), distance_m(lon, lat, lon2, lat2)):
        radius = np.where(radius < 0.001, 0, np.minimum(radius, 100_000))
        told = is_within(lon, lat, lon2, lat2, radius, few=0)
        said = distance_m(lon, lat, lon2, lat2) < radius
        assert told.tolist() == said.tolist()
    nowhere = np.full(len(lat), np.nan)
    assert not is_within(lon, lat, nowhere, nowhere, metres, few=0).any()
