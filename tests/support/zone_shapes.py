"""Made-up zones for tests: simple sets, and Hypothesis strategies for awkward ones."""

from collections.abc import Sequence

import numpy as np
import shapely
from hypothesis import strategies as st
from numpy.typing import NDArray

from zones.polygons import ZoneSet


def zone_set(
    geometries: Sequence[shapely.Geometry], priority: Sequence[float] | None = None
) -> ZoneSet:
    """The geometries as zones z0, z1, … in this order."""
    ids = tuple(f"z{number}" for number in range(len(geometries)))
    column: NDArray[np.object_] = np.empty(len(geometries), dtype=object)
    column[:] = list(geometries)
    ranks = np.zeros(len(ids)) if priority is None else np.array(priority, dtype=np.float64)
    return ZoneSet(ids, ids, column, ranks)


def brute_force(zones: ZoneSet, points: NDArray[np.float64]) -> NDArray[np.int32]:
    """The zone of each (lon, lat) row by asking shapely about every zone, unprepared, in turn."""
    places = shapely.points(points)
    answer = np.full(len(points), -1, dtype=np.int32)
    taken = np.zeros(len(points), dtype=np.bool_)
    for _, zone in sorted((-zones.priority[zone], zone) for zone in range(len(zones))):
        copied = shapely.from_wkb(shapely.to_wkb(zones.geometries[zone]))
        covers = shapely.covers(copied, places) & ~taken
        answer[covers] = zone
        taken |= covers
    return answer


def _box(corner: tuple[int, int, int, int]) -> shapely.Geometry:
    west, south, width, height = corner
    return shapely.box(west, south, west + width, south + height)


# Boxes on a lattice of whole degrees: their borders touch, cross and coincide all the time.
_boxes = st.tuples(
    st.integers(0, 10), st.integers(0, 10), st.integers(1, 6), st.integers(1, 6)
).map(_box)


@st.composite
def _pierced(draw: st.DrawFn) -> shapely.Geometry:
    """Boxes joined, less other boxes: multipolygons, holes, holes that touch the border."""
    joined = shapely.union_all(draw(st.lists(_boxes, min_size=1, max_size=3)))
    pierced = shapely.difference(joined, shapely.union_all(draw(st.lists(_boxes, max_size=3))))
    parts = shapely.get_parts(pierced)
    polygons = parts[shapely.area(parts) > 0]
    return joined if len(polygons) == 0 else shapely.MultiPolygon(list(polygons))


@st.composite
def _star(draw: st.DrawFn) -> shapely.Geometry:
    """A polygon of slanted edges around a point, perhaps with a hole of the same form."""
    lon, lat = draw(st.floats(0, 16)), draw(st.floats(0, 16))
    radii = np.array(draw(st.lists(st.floats(0.5, 6), min_size=3, max_size=9)))
    angles = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    rays = np.column_stack((np.cos(angles), np.sin(angles))) * radii[:, None]
    centre = np.array([lon, lat])
    outer = rays + centre
    hole = rays[::-1] * 0.5 + centre
    star = shapely.Polygon(outer, [hole] if draw(st.booleans()) else [])
    return star if shapely.is_valid(star) else shapely.Polygon(outer)


@st.composite
def zone_sets(draw: st.DrawFn) -> ZoneSet:
    """One to five zones that overlap, touch and have holes, with equal and unequal priorities."""
    shapes = draw(st.lists(_pierced() | _star(), min_size=1, max_size=5))
    ranks = draw(
        st.lists(st.sampled_from([-1.0, 0.0, 2.5]), min_size=len(shapes), max_size=len(shapes))
    )
    # Degrees / 64 keep the lattice exact in binary and the zones as small as a city.
    scale = draw(st.sampled_from([1.0, 1 / 64, 0.0123]))
    corner = np.array(draw(st.sampled_from([(0.0, 0.0), (24.0, 56.9), (-122.5, 37.7)])))
    moved = shapely.transform(np.array(shapes, dtype=object), lambda xy: xy * scale + corner)
    return zone_set(list(moved), ranks)
