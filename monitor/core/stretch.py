"""A stretch of a recording as columns, any part of which is taken without looking at its events.

The times of all its events stand in one column, the positions of one city in a block; what else
happened is kept with its place. `timeline.py` cuts it where something is to be judged. Made by the
replay, and by the timeline itself for whoever has events only.
"""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from monitor.core.couriers import SMALL_BLOCK
from monitor.core.events import CourierPosition, CourierPushResponse, CourierStatusChanged
from monitor.core.positions import PositionBlock
from monitor.core.reports import Incoming, Input

# What a courier tells besides: his positions before it come first.
_COURIERS: Final = (CourierStatusChanged, CourierPushResponse)


class Stretch:
    """Admitted or not yet admitted events in their order; `ts` holds their times, ms."""

    __slots__ = ("_block", "_city", "_others", "_places", "_positions", "cities", "ts")

    def __init__(self, events: Sequence[Incoming]) -> None:
        self._city = city = _city_of(events)
        apart = [
            (place, event)
            for place, event in enumerate(events)
            if type(event) is not CourierPosition or event.city != city
        ]
        self._places = [place for place, _ in apart]
        self._others = [event for _, event in apart]
        self._positions: list[CourierPosition] = []
        start = 0
        for place in (*self._places, len(events)):
            self._positions += events[start:place]  # type: ignore[arg-type]
            start = place + 1
        self.cities = {event.city for event in self._others}
        self._block: PositionBlock | None = None
        if self._positions:
            self.cities.add(city)
            self._block = PositionBlock.of(city, self._positions)
        self.ts = self._times()

    def _times(self) -> NDArray[np.int64]:
        """When each event happened, in their order."""
        if self._block is None:
            return np.array([event.ts for event in self._others], dtype=np.int64)
        ts = np.empty(len(self), dtype=np.int64)
        is_position = np.ones(len(self), dtype=np.bool_)
        is_position[self._places] = False
        ts[is_position] = self._block.ts
        ts[self._places] = [event.ts for event in self._others]
        return ts

    def __len__(self) -> int:
        return len(self._positions) + len(self._others)

    def part(self, start: int, stop: int) -> list[Input]:
        """The events from `start` up to before `stop`, as `apply` takes them.

        Positions stand behind the orders and venues between them, where they are applied anyway.
        """
        first, last = bisect_left(self._places, start), bisect_left(self._places, stop)
        taken: list[Input] = []
        begin = start - first
        for at in range(first, last):
            event = self._others[at]
            if type(event) in _COURIERS and event.city == self._city:
                here = self._places[at] - at
                self._take_positions(taken, begin, here)
                begin = here
            taken.append(event)
        self._take_positions(taken, begin, stop - last)
        return taken

    def _take_positions(self, taken: list[Input], start: int, stop: int) -> None:
        block = self._block
        if block is None or stop - start < SMALL_BLOCK:
            taken += self._positions[start:stop]
            return
        taken.append(
            PositionBlock(
                block.city,
                block.ids[start:stop],
                block.ts_bytes[8 * start : 8 * stop],
                block.lon_bytes[8 * start : 8 * stop],
                block.lat_bytes[8 * start : 8 * stop],
                block.status_bytes[start:stop],
            )
        )


def _city_of(events: Sequence[Incoming]) -> str:
    """The city whose positions become a block; none where the events are too few for it."""
    if len(events) < SMALL_BLOCK:
        return ""
    return next((event.city for event in events if type(event) is CourierPosition), "")
