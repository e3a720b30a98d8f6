"""Thinning the courier positions that wait, when the engine is behind.

Lives here: one pure function. Called by `inbox` under its policy `latest`. Only positions are
ever left out: orders, venues, statuses and commands all stay, in their places. What the engine
knows afterwards is exactly what it would have known: each courier's newest position and status (a
property test holds it to that).
"""

from collections.abc import Iterator, Sequence

import numpy as np

from monitor.core.events import CourierPosition, CourierPushResponse, CourierStatusChanged
from monitor.core.positions import KEEP, PositionBlock
from monitor.core.reports import Input

# Where a position stands: chunk, item of the chunk, place in the item's block.
Place = tuple[int, int, int]
# Of a position: its place, its time, whether it tells a status.
Held = tuple[Place, int, bool]


def newest_positions(chunks: Sequence[Sequence[Input]]) -> list[list[Input]]:
    """The same chunks without the positions that a newer one by `ts` makes needless.

    Of equal times the later arrival wins, as in the engine. An older position stays where it says
    a status and the newer one does not, and where another event of its courier stands between
    them: that one may be stale only because of it.
    """
    dropped: dict[tuple[int, int], list[int]] = {}
    newest: dict[tuple[str, str], Held] = {}
    for row, chunk in enumerate(chunks):
        for column, item in enumerate(chunk):
            if isinstance(item, PositionBlock | CourierPosition):
                for id_, held in _told(item, row, column):
                    key = (item.city, id_)
                    other = newest.get(key)
                    if other is not None and (needless := _needless(held, other)) is not None:
                        at_row, at_column, index = needless
                        dropped.setdefault((at_row, at_column), []).append(index)
                    if other is None or held[1] >= other[1]:
                        newest[key] = held
            elif isinstance(item, CourierStatusChanged | CourierPushResponse):
                newest.pop((item.city, item.courier_id), None)
    return [
        [
            kept
            for column, item in enumerate(chunk)
            if (kept := _without(item, dropped.get((row, column)))) is not None
        ]
        for row, chunk in enumerate(chunks)
    ]


def _told(
    item: PositionBlock | CourierPosition, row: int, column: int
) -> Iterator[tuple[str, Held]]:
    if isinstance(item, CourierPosition):
        yield item.courier_id, ((row, column, 0), item.ts, item.status is not None)
        return
    told = (item.status != KEEP).tolist()
    for index, (id_, ts, tells) in enumerate(zip(item.ids, item.ts.tolist(), told, strict=True)):
        yield id_, ((row, column, index), ts, tells)


def _needless(held: Held, other: Held) -> Place | None:
    """Which of two positions of a courier, `held` the later arrival, says nothing of its own."""
    if held[1] < other[1]:
        return held[0]
    return other[0] if held[2] or not other[2] else None


def _without(item: Input, dropped: list[int] | None) -> Input | None:
    if dropped is None or not isinstance(item, PositionBlock):
        return item if dropped is None else None
    kept = np.ones(len(item), np.bool_)
    kept[dropped] = False
    return item.only(kept) if kept.any() else None
