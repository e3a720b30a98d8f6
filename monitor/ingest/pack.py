"""Decoded events to what the engine takes: long runs of positions become columns at once.

The objects that the decoder made live for one payload only: what waits, is journaled and applied
are columns. Called by `feed`; few positions stay as they are, for the engine's scalar way is the
faster one for them.
"""

from collections.abc import Sequence
from typing import Final, cast

from monitor.core.events import (
    CourierPosition,
    CourierPushResponse,
    CourierStatusChanged,
)
from monitor.core.positions import PositionBlock
from monitor.core.reports import Incoming, Input

# Below this many positions of a city a block costs more than it saves.
FEWEST: Final = 48


def pack(events: Sequence[Incoming], most: int, fewest: int = FEWEST) -> list[Input]:
    """The same events, positions of a city as blocks of at most `most`, unless they are fewer
    than `fewest`; what comes of them is the same.

    Positions move behind the orders and venues between them, as in a step; they keep their order,
    and their place beside other events of their city's couriers.
    """
    if len(events) < fewest:
        return list(events)
    city = events[0].city
    # The ids are needed anyhow: nobody else's event is one of them if there are as many.
    ids = [e.courier_id for e in events if type(e) is CourierPosition and e.city == city]
    if len(ids) < len(events):
        return _packed(events, most, fewest)
    alike = cast("Sequence[CourierPosition]", events)
    if len(alike) <= most:
        return [PositionBlock.of(city, alike, ids)]
    starts = range(0, len(alike), most)
    return [PositionBlock.of(city, alike[at : at + most], ids[at : at + most]) for at in starts]


def _packed(events: Sequence[Incoming], most: int, fewest: int) -> list[Input]:
    packed: list[Input] = []
    runs: dict[str, list[CourierPosition]] = {}
    for event in events:
        kind = type(event)
        if kind is CourierPosition:
            run = runs.get(event.city)
            if run is None:
                runs[event.city] = [event]  # type: ignore[list-item]
            else:
                run.append(event)  # type: ignore[arg-type]
            continue
        if kind is CourierStatusChanged or kind is CourierPushResponse:
            _put(packed, event.city, runs.pop(event.city, ()), most, fewest)
        packed.append(event)
    for city, run in runs.items():
        _put(packed, city, run, most, fewest)
    return packed


def _put(
    packed: list[Input], city: str, run: Sequence[CourierPosition], most: int, fewest: int
) -> None:
    if len(run) < fewest:
        packed += run
        return
    for start in range(0, len(run), most):
        packed.append(PositionBlock.of(city, run[start : start + most]))
