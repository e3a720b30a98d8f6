"""One change of one topic: what the publisher hands over, cut to messages and encoded once.

`hub` makes them, `history` keeps them, `topics` cuts them to a box, `outbox` sends them on. A
delta's wire bytes are made at their first use and then shared by all clients.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from math import nan
from typing import Final, NamedTuple

import numpy as np
from msgspec import Raw, Struct
from numpy.typing import NDArray

from ws import messages

# No more than this is in a delta beside its items, its gone keys and its city's name: the names
# of the fields, the punctuation, two positions and a time.
HEAD_BYTES: Final = 192


class Topic(NamedTuple):
    """A layer of a city."""

    city: str
    layer: str


class Item(Struct, frozen=True, gc=False):
    """One zone, alert, action, venue, order or courier, whole, as a JSON object already encoded.

    `lon` and `lat` are where a box looks for it, in degrees; without them it is in every box.
    """

    key: str
    body: bytes
    lon: float | None = None
    lat: float | None = None


class Delta:
    """What changed in `topic` after `prev` up to `seq`. Never changed once made."""

    def __init__(
        self,
        topic: Topic,
        seq: int,
        prev: int,
        ts_ms: int,
        items: tuple[Item, ...],
        gone: tuple[str, ...],
    ) -> None:
        self.topic = topic
        self.seq = seq
        self.prev = prev
        self.ts_ms = ts_ms
        self.items = items
        self.gone = gone

    @cached_property
    def wire(self) -> bytes:
        """The message for whoever gets all of it, encoded once."""
        return encode_delta(self.topic, self.seq, self.prev, self.ts_ms, self.items, self.gone)

    @cached_property
    def keys(self) -> frozenset[str]:
        """Every key it changes or takes away."""
        return frozenset([item.key for item in self.items]).union(self.gone)

    @cached_property
    def places(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lon and lat of the items as columns, NaN where one has none."""
        return places(self.items)


def places(items: Sequence[Item]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lon and lat of `items` as columns of their length, NaN where one has none."""
    lon = [nan if item.lon is None else item.lon for item in items]
    lat = [nan if item.lat is None else item.lat for item in items]
    return np.array(lon, dtype=np.float64), np.array(lat, dtype=np.float64)


def encode_delta(
    topic: Topic, seq: int, prev: int, ts_ms: int, items: Sequence[Item], gone: Sequence[str]
) -> bytes:
    """A delta message from bodies that are encoded already."""
    return messages.encode(
        messages.Delta(
            seq=seq,
            prev=prev,
            ts=ts_ms,
            city=topic.city,
            layer=topic.layer,
            items=[Raw(item.body) for item in items],
            gone=gone,
        )
    )


def item_bytes(items: Sequence[Item]) -> int:
    """What `items` take in a message, at most."""
    return sum([len(item.body) for item in items]) + len(items)


def gone_bytes(gone: Sequence[str]) -> int:
    """What `gone` takes in a message, at most (an escaped character is six bytes)."""
    return sum([len(key) if key.isascii() else 6 * len(key) for key in gone]) + 3 * len(gone)


def pieces(
    items: Sequence[Item], gone: Sequence[str], limit: int
) -> Iterator[tuple[tuple[Item, ...], tuple[str, ...]]]:
    """A change in its order, in pieces of at most `limit` bytes, or of one item above it."""
    if item_bytes(items) + gone_bytes(gone) <= limit:
        yield tuple(items), tuple(gone)
        return
    yield from ((piece, ()) for piece in _cut_items(items, limit))
    yield from (((), piece) for piece in _cut_gone(gone, limit))


def _cut_items(items: Sequence[Item], limit: int) -> Iterator[tuple[Item, ...]]:
    start = size = 0
    for at, item in enumerate(items):
        if at > start and size + len(item.body) + 1 > limit:
            yield tuple(items[start:at])
            start, size = at, 0
        size += len(item.body) + 1
    if items:
        yield tuple(items[start:])


def _cut_gone(gone: Sequence[str], limit: int) -> Iterator[tuple[str, ...]]:
    # An id has at most 128 characters, and one takes at most six bytes.
    step = max(1, limit // (6 * 128 + 3))
    for start in range(0, len(gone), step):
        yield tuple(gone[start : start + step])
