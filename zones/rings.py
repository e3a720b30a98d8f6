"""One GeoJSON geometry to one shapely polygon: coordinates checked, rings judged and mended.

Only `geojson.py` calls this. It knows nothing of features, ids or files.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import shapely

Position = tuple[float, float]
Rings = list[list[Position]]


@dataclass(slots=True)
class Shape:
    """A geometry as read: `geometry` is None when `faults` say why; `mended` says what was."""

    geometry: shapely.Geometry | None = None
    faults: list[str] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)


def read_shape(geometry: object, *, repair: bool) -> Shape:
    """A Polygon or MultiPolygon that shapely calls valid, or the faults that stand against it."""
    shape = Shape()
    polygons = _polygons(geometry, shape)
    read = [_rings(rings, where, shape, repair=repair) for where, rings in polygons]
    if shape.faults:
        return shape
    parts = [shapely.Polygon(rings[0], rings[1:]) for rings in read]
    whole = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
    if shapely.is_valid(whole):
        shape.geometry = whole
        return shape
    reason = shapely.is_valid_reason(whole)
    if not repair:
        shape.faults.append(f"invalid geometry: {reason}")
        return shape
    shape.geometry = _polygonal(shapely.make_valid(whole))
    if shape.geometry is None:
        shape.faults.append(f"invalid geometry: {reason}; no area is left when it is mended")
    else:
        shape.mended.append(reason)
    return shape


def _polygons(geometry: object, shape: Shape) -> list[tuple[str, object]]:
    """The coordinates of each polygon, with the words that say which one it is."""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(geometry, dict) or kind not in ("Polygon", "MultiPolygon"):
        what = "no geometry" if geometry is None else f"a geometry of type {kind!r:.40}"
        shape.faults.append(f"{what}, not a Polygon or MultiPolygon")
        return []
    coordinates = geometry.get("coordinates")
    if kind == "Polygon":
        return [("", coordinates)]
    if not isinstance(coordinates, list) or not coordinates:
        shape.faults.append("a MultiPolygon without polygons")
        return []
    return [(f"polygon {number}, ", rings) for number, rings in enumerate(coordinates, start=1)]


def _rings(rings: object, where: str, shape: Shape, *, repair: bool) -> Rings:
    """The rings of one polygon, outer first; at most one fault is noted for each ring."""
    if not isinstance(rings, list) or not rings:
        shape.faults.append(f"{where}a polygon without rings")
        return []
    read: Rings = []
    for number, ring in enumerate(rings, start=1):
        place = f"{where}ring {number}"
        try:
            positions = list(_positions(ring))
        except ValueError as fault:
            shape.faults.append(f"{place}: {fault}")
            continue
        if positions and positions[0] != positions[-1]:
            if not repair:
                shape.faults.append(f"{place}: not closed (first and last position differ)")
                continue
            positions.append(positions[0])
            shape.mended.append(f"{place} was not closed")
        if len(positions) < 4:
            shape.faults.append(f"{place}: {len(positions)} positions, at least 4 are needed")
            continue
        read.append(positions)
    return read


def _positions(ring: object) -> Iterator[Position]:
    """Longitude and latitude of each position; an altitude is dropped. Raises ValueError."""
    if not isinstance(ring, list):
        raise ValueError("not an array of positions")
    for number, position in enumerate(ring, start=1):
        if not isinstance(position, list) or len(position) not in (2, 3):
            raise ValueError(f"position {number} is not an array of 2 or 3 numbers")
        for value in position:
            if type(value) is not float and type(value) is not int:
                raise ValueError(f"position {number} holds something that is not a number")
        lon, lat = position[0], position[1]
        # Written so that NaN fails; infinities and integers too great for a float do as well.
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            raise ValueError(f"position {number} is not a longitude and latitude in degrees")
        yield float(lon), float(lat)


def _polygonal(geometry: shapely.Geometry) -> shapely.Geometry | None:
    """The polygons of what `make_valid` gave (lines and points dropped), or None."""
    parts = shapely.get_parts(shapely.get_parts(geometry))
    areas = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    if len(areas) == 0:
        return None
    whole = areas[0] if len(areas) == 1 else shapely.MultiPolygon(list(areas))
    return whole if shapely.is_valid(whole) else shapely.union_all(areas)
