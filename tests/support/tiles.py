"""A small map of a made-up country as vector tiles and as one PMTiles file, as others make them.

Lives here: shapes in degrees, how they are cut into tiles (Mapbox Vector Tile 2.1), and how tiles
are put into a file (PMTiles 3). Only as much of both formats as the tests of the page's basemap
need; that it is right, MapLibre and the page's reader judge. Used by tests/browser.
"""

import gzip
import json
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import asinh, floor, pi, radians, tan
from typing import Final, Literal

Point = tuple[float, float]  # lon, lat
Geometry = Literal["point", "line", "polygon"]
GEOMETRIES: Final[Mapping[Geometry, int]] = {"point": 1, "line": 2, "polygon": 3}
EXTENT: Final = 4096
MVT: Final = 1  # kinds of tiles in a PMTiles file
PNG: Final = 2


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing of a layer: a point, a line of two points, or a box by two of its corners."""

    layer: str
    geometry: Geometry
    points: tuple[Point, ...]
    properties: Mapping[str, str] = field(default_factory=dict)


# --- protocol buffers


def varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number(key: int, value: int) -> bytes:
    return varint(key << 3) + varint(value)


def _block(key: int, content: bytes) -> bytes:
    return varint(key << 3 | 2) + varint(len(content)) + content


def _packed(key: int, values: Sequence[int]) -> bytes:
    return _block(key, b"".join(map(varint, values)))


# --- tiles


def position(zoom: int, point: Point) -> Point:
    """Where a place is, in tiles from the west and from the north."""
    lon, lat = point
    size = 1 << zoom
    return (lon + 180) / 360 * size, (1 - asinh(tan(radians(lat))) / pi) / 2 * size


def tile(features: Sequence[Feature], zoom: int, x: int, y: int) -> bytes:
    """The tile with what is in it of the features; empty where nothing is."""
    out = b""
    for name in dict.fromkeys(feature.layer for feature in features):
        mine = [one for one in features if one.layer == name]
        pairs = list(dict.fromkeys(pair for one in mine for pair in one.properties.items()))
        drawn = [
            _block(2, _feature(one, shape, pairs))
            for one in mine
            if (shape := _shape(one, zoom, x, y)) is not None
        ]
        if drawn:
            keys = b"".join(_block(3, key.encode()) for key, _ in pairs)
            values = b"".join(_block(4, _block(1, value.encode())) for _, value in pairs)
            head = _number(15, 2) + _block(1, name.encode())
            out += _block(3, head + b"".join(drawn) + keys + values + _number(5, EXTENT))
    return out


def _feature(one: Feature, shape: Sequence[int], pairs: Sequence[tuple[str, str]]) -> bytes:
    # Each pair has a key and a value of its own, at the same place in both lists.
    tags = [at for pair in one.properties.items() for at in (pairs.index(pair),) * 2]
    return _packed(2, tags) + _number(3, GEOMETRIES[one.geometry]) + _packed(4, shape)


def _shape(one: Feature, zoom: int, x: int, y: int) -> list[int] | None:
    """The commands that draw it in this tile; None where it is not in it."""
    places = [position(zoom, point) for point in one.points]
    corners = [(floor((px - x) * EXTENT), floor((py - y) * EXTENT)) for px, py in places]
    if one.geometry == "polygon":
        (ax, ay), (bx, by) = corners
        west, east = (min(max(at, -64), EXTENT + 64) for at in sorted((ax, bx)))
        north, south = (min(max(at, -64), EXTENT + 64) for at in sorted((ay, by)))
        if west == east or north == south:
            return None
        return _path([(west, north), (east, north), (east, south), (west, south)], close=True)
    if one.geometry == "point":
        if not all(0 <= at < EXTENT for at in corners[0]):
            return None
    elif all(max(map(abs, corner)) > 16 * EXTENT for corner in corners):
        return None
    return _path(corners)


def _path(corners: Sequence[tuple[int, int]], close: bool = False) -> list[int]:
    out: list[int] = []
    at = (0, 0)
    for n, corner in enumerate(corners):
        if n < 2:
            out.append(1 << 3 | 1 if n == 0 else len(corners) - 1 << 3 | 2)
        out += [_zigzag(to - since) for to, since in zip(corner, at, strict=True)]
        at = corner
    return [*out, 1 << 3 | 7] if close else out


def _zigzag(value: int) -> int:
    return value << 1 if value >= 0 else -value * 2 - 1


# --- one file


def tile_id(zoom: int, x: int, y: int) -> int:
    """The tile's number along the Hilbert curves of all zooms."""
    number = ((1 << 2 * zoom) - 1) // 3
    side = 1 << zoom >> 1
    while side:
        right, low = int(x & side > 0), int(y & side > 0)
        number += side * side * (3 * right ^ low)
        if not low:
            if right:
                x, y = side - 1 - x, side - 1 - y
            x, y = y, x
        side >>= 1
    return number


def pmtiles(
    tiles: Mapping[tuple[int, int, int], bytes],
    bounds: tuple[float, float, float, float],
    metadata: Mapping[str, object],
    kind: int = MVT,
) -> bytes:
    """A file of these tiles by zoom, x and y; vector tiles are packed, pictures are not."""
    packed = {
        tile_id(*where): gzip.compress(content) if kind == MVT else content
        for where, content in tiles.items()
    }
    ids = sorted(packed)
    lengths = [len(packed[one]) for one in ids]
    numbers = [len(ids), *(b - a for a, b in zip([0, *ids], ids, strict=False))]
    # Each one once, and right behind the one before it (0), the first at the beginning (1).
    numbers += [1] * len(ids) + lengths + [1] + [0] * (len(ids) - 1)
    directory = gzip.compress(b"".join(map(varint, numbers)))
    told = gzip.compress(json.dumps(metadata).encode())
    content = b"".join(packed[one] for one in ids)
    zooms = [zoom for zoom, _, _ in tiles]
    at = 127 + len(directory)
    after = at + len(told)
    header = b"PMTiles\x03" + struct.pack(
        "<11Q", 127, len(directory), at, len(told), after, 0, after, len(content), *[len(ids)] * 3
    )
    header += struct.pack("<6B", 1, 2, 2 if kind == MVT else 1, kind, min(zooms), max(zooms))
    header += struct.pack("<4i", *(round(edge * 1e7) for edge in bounds))
    header += struct.pack("<B2i", min(zooms), 0, 0)
    return header + directory + told + content


# --- the country


def around(place: Point, zoom: int, reach: int) -> Iterator[tuple[int, int, int]]:
    """The tiles at and around a place, so many on each side of it."""
    px, py = (floor(at) for at in position(zoom, place))
    for x in range(px - reach, px + reach + 1):
        yield from ((zoom, x, y) for y in range(py - reach, py + reach + 1))


def png(red: int, green: int, blue: int, side: int = 256) -> bytes:
    """A picture of one colour."""

    def chunk(name: bytes, content: bytes) -> bytes:
        body = name + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    rows = (b"\0" + bytes((red, green, blue)) * side) * side
    head = struct.pack(">2I5B", side, side, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)
