"""Thinning the courier positions that wait, when the engine is behind.

Lives here: one pure function. Called by `inbox` under its policy `latest`. Only positions are
ever left out: orders, venues, statuses and commands all stay, in their places.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from monitor.core.events import CourierPosition, CourierStatusChanged
from monitor.ingest.codec import Incoming


def newest_positions(chunks: Sequence[Sequence[Incoming]]) -> list[list[Incoming]]:
    """The same chunks with one position per courier: the newest by `ts`, in its own place.

    What an older position said and the newest does not (`status`, `network`) is carried over to
    it. A `courier.status` between two positions of a courier keeps both, since neither may
    override it. Of equal times the later arrival wins, as in the engine.
    """
    kept: list[list[Incoming | None]] = [list(chunk) for chunk in chunks]
    best: dict[tuple[str, str], tuple[int, int, CourierPosition]] = {}
    for row, chunk in enumerate(chunks):
        for column, event in enumerate(chunk):
            if isinstance(event, CourierStatusChanged):
                best.pop((event.city, event.courier_id), None)
            elif isinstance(event, CourierPosition):
                key = (event.city, event.courier_id)
                held = best.get(key)
                if held is None:
                    best[key] = (row, column, event)
                    continue
                held_row, held_column, other = held
                if event.ts >= other.ts:
                    merged = _carry(other, event)
                    kept[held_row][held_column] = None
                    kept[row][column] = merged
                    best[key] = (row, column, merged)
                else:
                    kept[row][column] = None
                    merged = _carry(event, other)
                    kept[held_row][held_column] = merged
                    best[key] = (held_row, held_column, merged)
    return [[event for event in chunk if event is not None] for chunk in kept]


def _carry(older: CourierPosition, newer: CourierPosition) -> CourierPosition:
    status = newer.status or older.status
    network = newer.network or older.network
    if status is newer.status and network is newer.network:
        return newer
    return replace(newer, status=status, network=network)
