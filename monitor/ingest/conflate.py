"""Thinning the courier positions that wait, when the engine is behind.

Lives here: one pure function. Called by `inbox` under its policy `latest`. Only positions are
ever left out: orders, venues, statuses and commands all stay, in their places. What the engine
knows afterwards is exactly what it would have known: each courier's newest position, status and
network (a property test holds it to that).
"""

from collections.abc import Sequence

from monitor.core.events import CourierPosition, CourierPushResponse, CourierStatusChanged
from monitor.core.reports import Incoming


def newest_positions(chunks: Sequence[Sequence[Incoming]]) -> list[list[Incoming]]:
    """The same chunks without the positions that a newer one by `ts` makes needless.

    Of equal times the later arrival wins, as in the engine. An older position stays where it says
    something that the newer one does not (`status`, `network`), and where another event of its
    courier stands between them: that one may be stale only because of it.
    """
    kept: list[list[Incoming | None]] = [list(chunk) for chunk in chunks]
    newest: dict[tuple[str, str], tuple[int, int, CourierPosition]] = {}
    for row, chunk in enumerate(chunks):
        for column, event in enumerate(chunk):
            if isinstance(event, CourierPosition):
                key = (event.city, event.courier_id)
                held = newest.get(key)
                if held is not None:
                    held_row, held_column, other = held
                    if event.ts < other.ts:
                        kept[row][column] = None
                        continue
                    if _says_all_of(event, other):
                        kept[held_row][held_column] = None
                newest[key] = (row, column, event)
            elif isinstance(event, CourierStatusChanged | CourierPushResponse):
                newest.pop((event.city, event.courier_id), None)
    return [[event for event in chunk if event is not None] for chunk in kept]


def _says_all_of(newer: CourierPosition, older: CourierPosition) -> bool:
    return (older.status is None or newer.status is not None) and (
        older.network is None or newer.network is not None
    )
