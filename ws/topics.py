"""What a subscription matches: a topic, and within it perhaps a box.

The box is judged per client, so it remembers which keys the client was given: an item that
leaves the box is told as gone once. Called by `hub`; no I/O, no clock.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec import Struct

from ws.delta import Delta, Item, Topic, places

ALERTS: Final = "alerts"
COURIERS: Final = "couriers"


class Box(Struct, frozen=True):
    """West, south, east, north in degrees, edges included; west > east crosses the date line."""

    west: float
    south: float
    east: float
    north: float


def is_conflated(layer: str) -> bool:
    """Whether only the latest of each key matters; every single alert does."""
    return layer != ALERTS


class Subscription:
    """One client's watch on one topic; `columns`: as frames, which a box does not narrow."""

    def __init__(
        self, subscription_id: str, topic: Topic, box: Box | None, columns: bool = False
    ) -> None:
        self.id = subscription_id
        self.topic = topic
        self.columns = columns
        self.box = box if is_conflated(topic.layer) else None
        self._inside: set[str] = set()

    def begin(self, items: Sequence[Item]) -> Sequence[Item]:
        """Those of a snapshot's items that the client gets; later deltas are judged after them."""
        if self.box is None:
            return items
        kept = [items[at] for at in _within(self.box, *places(items))]
        self._inside = {item.key for item in kept}
        return kept

    def cut(self, delta: Delta) -> tuple[tuple[Item, ...], tuple[str, ...]]:
        """The items and gone keys of `delta` that concern this client; both empty when none do."""
        if self.box is None:
            return delta.items, delta.gone
        rows = _within(self.box, *delta.places)
        items = delta.items if len(rows) == len(delta.items) else _pick(delta.items, rows)
        inside = {item.key for item in items}
        left = (self._inside & delta.keys) - inside
        self._inside |= inside
        self._inside -= left
        return items, tuple(sorted(left))


def _within(box: Box, lon: np.ndarray, lat: np.ndarray) -> list[int]:
    """Rows inside the box or without a place."""
    in_height = (lat >= box.south) & (lat <= box.north)
    if box.west <= box.east:
        in_width = (lon >= box.west) & (lon <= box.east)
    else:
        in_width = (lon >= box.west) | (lon <= box.east)
    rows: list[int] = np.flatnonzero(
        (in_height & in_width) | np.isnan(lon) | np.isnan(lat)
    ).tolist()
    return rows


def _pick(items: Sequence[Item], rows: Sequence[int]) -> tuple[Item, ...]:
    return tuple([items[row] for row in rows])
