"""Hexagons where a city has no zone file."""

import h3
import pytest
import shapely

from zones.hexagons import MOST_HEXAGONS, hexagon_zones
from zones.locate import Locator


def test_hexagons_cover_the_whole_box() -> None:
    """Every point of the box lies in a hexagon, and no hexagon lies outside it."""
    zones = hexagon_zones(24.0, 56.9, 24.2, 57.0, 7)
    box = shapely.box(24.0, 56.9, 24.2, 57.0)
    assert shapely.covers(shapely.union_all(zones.geometries), box)
    assert all(shapely.intersects(zones.geometries, box))
    assert len(zones) > 10


def test_a_hexagon_is_named_after_its_cell() -> None:
    """A courier's zone is the H3 cell that H3 itself gives him."""
    zones = hexagon_zones(24.0, 56.9, 24.2, 57.0, 8)
    found = Locator(zones).locate_one(24.1052, 56.9496)
    assert zones.ids[found] == h3.latlng_to_cell(56.9496, 24.1052, 8)
    assert zones.names == zones.ids
    assert sorted(zones.ids) == list(zones.ids)


def test_a_small_box_is_one_hexagon() -> None:
    """A box within one cell still gets that cell."""
    zones = hexagon_zones(24.1, 56.95, 24.10001, 56.95001, 5)
    assert len(zones) == 1


@pytest.mark.parametrize(
    ("box", "resolution", "words"),
    [
        ((24.2, 56.9, 24.0, 57.0), 7, "west < east"),
        ((24.0, 57.0, 24.2, 56.9), 7, "south < north"),
        ((24.0, 56.9, float("nan"), 57.0), 7, "west < east"),
        ((24.0, 56.9, 184.0, 57.0), 7, "east <= 180"),
        ((24.0, 56.9, 24.2, 57.0), 16, "0 to 15, not 16"),
        ((24.0, 56.9, 24.2, 57.0), -1, "0 to 15, not -1"),
        ((24.0, 56.9, 24.2, 57.0), 15, f"more than {MOST_HEXAGONS}"),
        ((24.0, 56.9, 24.2, 57.0), 11, f"more than {MOST_HEXAGONS}"),
        ((179.9, 0.0, 180.0, 0.1), 7, "antimeridian"),
        ((0.0, 85.0, 180.0, 90.0), 2, "pole"),
    ],
)
def test_a_box_that_hexagons_cannot_serve_is_refused(
    box: tuple[float, float, float, float], resolution: int, words: str
) -> None:
    """Empty, impossible and far too finely divided boxes are refused with the reason."""
    with pytest.raises(ValueError, match=words):
        hexagon_zones(*box, resolution)
