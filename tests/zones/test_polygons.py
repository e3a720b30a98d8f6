"""Zone sets: columns that belong together."""

import math

import numpy as np
import pytest
import shapely

from tests.support.zone_shapes import zone_set
from zones.polygons import ZoneSet


def test_a_zone_is_found_by_its_id() -> None:
    """The index of a zone id is the place of the zone in the file."""
    zones = zone_set([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
    assert zones.index == {"z0": 0, "z1": 1}
    assert len(zones) == 2
    assert zones.bounds == (0, 0, 2, 1)


def test_a_set_without_zones_has_no_bounds() -> None:
    """Bounds of nothing are four NaN."""
    assert all(math.isnan(side) for side in zone_set([]).bounds)


def test_an_id_stands_once() -> None:
    """Two zones of one id are refused."""
    boxes = np.array([shapely.box(0, 0, 1, 1)] * 2, dtype=object)
    with pytest.raises(ValueError, match="twice"):
        ZoneSet(("a", "a"), ("a", "b"), boxes, np.zeros(2))


def test_columns_have_one_length() -> None:
    """A zone without a priority is refused."""
    boxes = np.array([shapely.box(0, 0, 1, 1)] * 2, dtype=object)
    with pytest.raises(ValueError, match="length"):
        ZoneSet(("a", "b"), ("a", "b"), boxes, np.zeros(1))


def test_a_label_stands_inside_its_zone() -> None:
    """The inner point of a horseshoe lies in it, though its centre of mass does not."""
    horseshoe = shapely.box(0, 0, 3, 3).difference(shapely.box(1, 0.5, 2, 3))
    zones = zone_set([horseshoe])
    assert shapely.contains_xy(horseshoe, *zones.inner_points()[0])
    np.testing.assert_allclose(zones.centroids(), shapely.get_coordinates(horseshoe.centroid))


def test_the_higher_priority_precedes_then_the_file() -> None:
    """Zones of equal priority keep the order of their file."""
    square = shapely.box(0, 0, 1, 1)
    zones = zone_set([square] * 4, [0, 5, 0, 5])
    assert zones.by_precedence().tolist() == [1, 3, 0, 2]
