"""A uniform grid over a box, and which of its cells a zone's border touches or its area fills.

The promise `locate.py` rests on: a cell that is not marked as border lies, together with a margin
around it, wholly inside or wholly outside the zone. Cells may be marked as border that are not;
that costs time, never a wrong answer. Plain column arithmetic, no point is located here.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

# By how much of a cell each edge is thickened before its cells are marked. At a city's cell of
# about 10 m it is a centimetre; rounding errs by some 1e-14 degrees (a nanometre), so that no
# rounding of a cell index or of an edge's crossing can carry a point past the margin.
MARGIN: Final = 1e-3
# Cells are never smaller than this (0.1 m), to keep the margin far above rounding.
SMALLEST_CELL_DEG: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Grid:
    """`width` by `height` cells from `west`, `south`; a point's cell is (lat row) * width + col."""

    west: float
    south: float
    cell_lon: float
    cell_lat: float
    width: int
    height: int

    @classmethod
    def over(cls, bounds: tuple[float, float, float, float], cells: int) -> "Grid":
        """A grid of about `cells` cells a side over the box, with an empty rim of one cell.

        Bounds of NaN, those of no zones, give the smallest grid.
        """
        west, south, east, north = (0.0 if math.isnan(side) else side for side in bounds)
        cell_lon = max((east - west) / cells, SMALLEST_CELL_DEG)
        cell_lat = max((north - south) / cells, SMALLEST_CELL_DEG)
        # The box begins half a cell inside the first cell after the rim: borders along the box,
        # as of a lattice of squares, then lie in cells and not between two rows of them.
        width = int((east - west) / cell_lon + 1.5) + 2
        height = int((north - south) / cell_lat + 1.5) + 2
        return cls(west - 1.5 * cell_lon, south - 1.5 * cell_lat, cell_lon, cell_lat, width, height)


@dataclass(frozen=True, slots=True)
class Window:
    """A zone's part of the grid: `border` and `inside` masks, first cell at (row, col)."""

    row: int
    col: int
    border: NDArray[np.bool_]
    inside: NDArray[np.bool_]


def rasterise(grid: Grid, geometry: shapely.Geometry) -> Window | None:
    """Where the zone's border and inside lie on the grid; None for an empty geometry.

    Every cell outside the window, and every cell in neither mask, is wholly outside the zone.
    `geometry` should be prepared: cells between two borders are decided by one point each.
    """
    edges = _edges(grid, geometry)
    if edges is None:
        return None
    x1, y1, x2, y2 = edges
    col = int(min(x1.min(), x2.min()) - MARGIN)
    row = int(min(y1.min(), y2.min()) - MARGIN)
    cols = int(max(x1.max(), x2.max()) + MARGIN) - col + 1
    rows = int(max(y1.max(), y2.max()) + MARGIN) - row + 1
    border = _border(x1 - col, y1 - row, x2 - col, y2 - row, rows, cols)
    inside = _inside(grid, geometry, border, row, col)
    return Window(row, col, border, inside)


Edges = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def _edges(grid: Grid, geometry: shapely.Geometry) -> Edges | None:
    """The edges of all rings in units of cells: x1, y1, x2, y2."""
    rings = shapely.get_rings(shapely.get_parts(geometry))
    if len(rings) == 0:
        return None
    points, ring_of = shapely.get_coordinates(rings, return_index=True)
    x = (points[:, 0] - grid.west) / grid.cell_lon
    y = (points[:, 1] - grid.south) / grid.cell_lat
    same_ring = ring_of[1:] == ring_of[:-1]
    return x[:-1][same_ring], y[:-1][same_ring], x[1:][same_ring], y[1:][same_ring]


def _border(
    x1: NDArray[np.float64],
    y1: NDArray[np.float64],
    x2: NDArray[np.float64],
    y2: NDArray[np.float64],
    rows: int,
    cols: int,
) -> NDArray[np.bool_]:
    """The cells that come within the margin of an edge.

    Each edge is cut into one piece per row of cells. A piece spans, by the thickened row, a range
    of x; where the edge is flat that range is ill-conditioned, but the row's margin exceeds the
    error, and the range is held between the edge's ends.
    """
    low, high = np.minimum(y1, y2), np.maximum(y1, y2)
    first = (low - MARGIN).astype(np.int64)
    pieces = (high + MARGIN).astype(np.int64) - first + 1
    edge = np.repeat(np.arange(len(x1)), pieces)
    row = first[edge] + _counting(pieces)

    rise = y2 - y1
    slope = np.divide(x2 - x1, rise, out=np.zeros_like(rise), where=rise != 0)
    xa, ya = x1[edge], y1[edge]
    left, right = np.minimum(x1, x2)[edge], np.maximum(x1, x2)[edge]
    at_floor = xa + (row - MARGIN - ya) * slope[edge]
    at_ceiling = xa + (row + 1 + MARGIN - ya) * slope[edge]
    level = rise[edge] == 0
    start = np.where(level, left, np.clip(np.minimum(at_floor, at_ceiling), left, right))
    stop = np.where(level, right, np.clip(np.maximum(at_floor, at_ceiling), left, right))

    col = (start - MARGIN).astype(np.int64)
    spans = (stop + MARGIN).astype(np.int64) - col + 1
    cell = np.repeat(row * cols + col, spans) + _counting(spans)
    border = np.zeros(rows * cols, dtype=np.bool_)
    border[cell] = True
    return border.reshape(rows, cols)


def _counting(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """0, 1, … length - 1 for each of the lengths, one after the other."""
    ends = np.cumsum(lengths)
    return np.arange(int(ends[-1])) - np.repeat(ends - lengths, lengths)


def _inside(
    grid: Grid, geometry: shapely.Geometry, border: NDArray[np.bool_], row: int, col: int
) -> NDArray[np.bool_]:
    """The cells wholly inside: one point decides each run of cells between borders in a row."""
    rows, cols = border.shape
    free = ~border.ravel()
    starts = free.copy()
    starts[1:] &= border.ravel()[:-1]
    starts[::cols] = free[::cols]
    run_cell = np.flatnonzero(starts)
    lon = grid.west + (col + run_cell % cols + 0.5) * grid.cell_lon
    lat = grid.south + (row + run_cell // cols + 0.5) * grid.cell_lat
    run_inside = np.asarray(shapely.intersects_xy(geometry, lon, lat), dtype=np.bool_)
    inside = np.zeros(rows * cols, dtype=np.bool_)
    run = np.cumsum(starts) - 1
    inside[free] = run_inside[run[free]]
    return inside.reshape(rows, cols)
