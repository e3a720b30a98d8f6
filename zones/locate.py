"""Points to zones: exact, and one table look-up for most points.

A point is in the zone that covers it, boundary included; of several, in the one with the highest
priority, then the first in the file; else in none (-1). A grid knows the answer for every cell
that one zone fills or none touches (`raster.py`); points in the other cells are tested by shapely
against the zones that reach their cell, in order of precedence. Called for columns of positions
by `monitor/core`, and for single points by its events.
"""

import math
from array import array
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from zones.polygons import NO_ZONE, ZoneSet
from zones.raster import Grid, rasterise

# Up to this many points a loop over single points is faster than array calls.
FEW_POINTS: Final = 24
# The same for points in border cells.
FEW_BORDER_POINTS: Final = 4
# From this many border points on, testing them zone by zone (the polygon stays in the cache)
# pays for the sorting: half the time with 5,000 zones.
MANY_BORDER_POINTS: Final = 2_048
# Points a pass: its temporary columns stay in the processor's cache.
PASS_POINTS: Final = 65_536
# Cell values: a zone's index, -1 for no zone, -2 - k for list k of candidates.
FIRST_LIST: Final = -2


class Locator:
    """Finds the zone of points; holds 4 (cells + 3)² bytes and the lists of border cells."""

    def __init__(self, zones: ZoneSet, cells: int | None = None) -> None:
        """A grid of `cells` a side, by default as many as suit the number of zones.

        Prepares the zones' geometries. Raises ValueError for cells out of 1 to 4096.
        """
        cells = cells_for(len(zones)) if cells is None else cells
        if not 1 <= cells <= 4096:
            raise ValueError(f"the grid has 1 to 4096 cells a side, not {cells}")
        grid = Grid.over(zones.bounds, cells)
        shapely.prepare(zones.geometries)
        cell, self._starts, self._candidates = _classify(grid, zones)
        # The same memory twice: single look-ups are three times faster in an array.array.
        self._cell_list = array("i", cell.tobytes())
        self._cell = np.frombuffer(self._cell_list, dtype=np.int32)
        self._geometries = zones.geometries
        self._west, self._south = grid.west, grid.south
        self._cell_lon, self._cell_lat = grid.cell_lon, grid.cell_lat
        self._width, self._height = grid.width, grid.height
        # The rim is empty, so that the last half of it need not be asked.
        self._east = grid.west + (grid.width - 0.5) * grid.cell_lon
        self._north = grid.south + (grid.height - 0.5) * grid.cell_lat

    def border_share(self) -> float:
        """The share of cells whose points need the exact test."""
        return float(np.count_nonzero(self._cell <= FIRST_LIST) / len(self._cell))

    def locate(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int32]:
        """The zone index of each point, -1 for none and for what is not finite."""
        count = len(lon)
        if count <= FEW_POINTS:
            pairs = zip(lon.tolist(), lat.tolist(), strict=True)
            return np.array([self.locate_one(x, y) for x, y in pairs], dtype=np.int32)
        if count <= PASS_POINTS:
            return self._locate(lon, lat)
        return np.concatenate(
            [
                self._locate(lon[start : start + PASS_POINTS], lat[start : start + PASS_POINTS])
                for start in range(0, count, PASS_POINTS)
            ]
        )

    def locate_one(self, lon: float, lat: float) -> int:
        """The zone index of one point, -1 for none: always what `locate` says."""
        # A NaN fails both comparisons.
        if not (self._west < lon < self._east and self._south < lat < self._north):
            return NO_ZONE
        found = self._cell_list[
            int((lat - self._south) / self._cell_lat) * self._width
            + int((lon - self._west) / self._cell_lon)
        ]
        if found > FIRST_LIST:
            return found
        return self._first_covering(FIRST_LIST - found, lon, lat)

    def _locate(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int32]:
        # fmin and fmax send a NaN, like all that lies outside, to the empty rim.
        col = np.fmin(np.fmax((lon - self._west) / self._cell_lon, 0.0), self._width - 1)
        row = np.fmin(np.fmax((lat - self._south) / self._cell_lat, 0.0), self._height - 1)
        found = self._cell[row.astype(np.intp) * self._width + col.astype(np.intp)]
        border = (found <= FIRST_LIST).nonzero()[0]
        if len(border) <= FEW_BORDER_POINTS:
            for at in border.tolist():
                which = FIRST_LIST - int(found[at])
                found[at] = self._first_covering(which, float(lon[at]), float(lat[at]))
            return found
        if len(border) >= MANY_BORDER_POINTS:
            first = self._candidates[self._starts[FIRST_LIST - found[border]]]
            # 16 bits are sorted by radix; where zones share their low bits nothing breaks.
            border = border[np.argsort(first.astype(np.uint16), kind="stable")]
        found[border] = self._among_candidates(FIRST_LIST - found[border], lon[border], lat[border])
        return found

    def _first_covering(self, which: int, lon: float, lat: float) -> int:
        """The first zone of list `which` that covers the point, else -1."""
        for zone in self._candidates[self._starts[which] : self._starts[which + 1]].tolist():
            if shapely.intersects_xy(self._geometries[zone], lon, lat):
                return int(zone)
        return NO_ZONE

    def _among_candidates(
        self, which: NDArray[np.int32], lon: NDArray[np.float64], lat: NDArray[np.float64]
    ) -> NDArray[np.int32]:
        """The first zone of each point's list of candidates that covers the point, else -1."""
        answer = np.full(len(which), NO_ZONE, dtype=np.int32)
        place, stop = self._starts[which], self._starts[which + 1]
        open_row = np.arange(len(which))
        while len(open_row):
            zone = self._candidates[place]
            covers = shapely.intersects_xy(self._geometries[zone], lon[open_row], lat[open_row])
            answer[open_row[covers]] = zone[covers]
            place = place + 1
            left = ~covers & (place < stop)
            open_row, place, stop = open_row[left], place[left], stop[left]
        return answer


def cells_for(zone_count: int) -> int:
    """Cells a side, a power of two from 256 to 2048, that leave some 5 % of points to be tested.

    Measured: the share of border cells is about 2.5 √zones / cells, on Riga's 58 zones as on
    5,000 made ones.
    """
    wanted = 50 * math.sqrt(max(zone_count, 1))
    return min(max(1 << math.ceil(math.log2(wanted)), 256), 2048)


def _classify(
    grid: Grid, zones: ZoneSet
) -> tuple[NDArray[np.int32], NDArray[np.intp], NDArray[np.int32]]:
    """The value of every cell, and the lists of candidates: list k is zones[starts[k]:starts[k+1]].

    Zones come in order of precedence. One that fills a cell closes it: later ones cannot win
    there. If no earlier zone's border touches the cell the answer is known, else the zone ends
    the cell's list.
    """
    cell = np.full((grid.height, grid.width), NO_ZONE, dtype=np.int32)
    listed = np.zeros(cell.shape, dtype=np.bool_)
    closed = np.zeros(cell.shape, dtype=np.bool_)
    pair_cell = [np.empty(0, dtype=np.intp)]
    pair_zone = [np.empty(0, dtype=np.int32)]
    for zone in zones.by_precedence().tolist():
        window = rasterise(grid, zones.geometries[zone])
        if window is None:
            continue
        rows, cols = window.border.shape
        part = np.s_[window.row : window.row + rows, window.col : window.col + cols]
        fills = window.inside & ~closed[part]
        joins = (window.border & ~closed[part]) | (fills & listed[part])
        cell[part][fills & ~listed[part]] = zone
        listed[part] |= joins
        closed[part] |= fills
        row, col = np.nonzero(joins)
        pair_cell.append((row + window.row) * grid.width + col + window.col)
        pair_zone.append(np.full(len(row), zone, dtype=np.int32))
    cells = np.concatenate(pair_cell)
    order = np.argsort(cells, kind="stable")
    border, first = np.unique(cells[order], return_index=True)
    flat = cell.ravel()
    flat[border] = FIRST_LIST - np.arange(len(border), dtype=np.int32)
    return flat, np.append(first, len(cells)), np.concatenate(pair_zone)[order]
