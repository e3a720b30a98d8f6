"""A run of courier positions as columns: from the decoded bytes on, no object is kept an event.

What a block does to the couriers stands in `couriers.py`, which rows become blocks in
`ingest/pack.py`. The columns are bytes, so that a block goes into the journal as it is.
"""

from collections.abc import Sequence
from typing import Final, Self

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from monitor.core.events import CourierPosition
from monitor.core.tables.columns import STATUS_CODE

KEEP: Final = 255  # a position that tells no status

# As MessagePack writes them, each is one byte: -1 is that of `KEEP`.
_CODES: Final[dict[str | None, int]] = {None: -1}
_CODES.update(STATUS_CODE)

_encode: Final = msgspec.msgpack.Encoder().encode
_INT64: Final = np.dtype([("mark", "u1"), ("number", ">i8")])
_FLOAT64: Final = np.dtype([("mark", "u1"), ("number", ">f8")])
_LEAST: Final = 16  # the mark before the list has at least so many bytes, from so many numbers on
_LIST_MARK: Final = 3


class PositionBlock(Struct, frozen=True, gc=False, tag="courier.positions"):
    """Positions of one city in their order of arrival: `ids[i]` was at `lon[i]`, `lat[i]`.

    What the engine does not use of a position (its accuracy, speed, heading and network) is not in
    it. The bytes are little-endian int64 (ms), float64 (degrees) and uint8 (`KEEP` or the code of a
    status).
    """

    city: str
    ids: list[str]
    ts_bytes: bytes
    lon_bytes: bytes
    lat_bytes: bytes
    status_bytes: bytes

    @classmethod
    def of(cls, city: str, events: Sequence[CourierPosition], ids: list[str] | None = None) -> Self:
        """The columns of events, all of that city; `ids` are theirs, where the caller has them."""
        codes = _CODES
        return cls(
            city,
            [e.courier_id for e in events] if ids is None else ids,
            _column([e.ts for e in events], _INT64, "<i8"),
            _column([e.lon for e in events], _FLOAT64, "<f8"),
            _column([e.lat for e in events], _FLOAT64, "<f8"),
            _encode([codes[e.status] for e in events])[-len(events) :] if events else b"",
        )

    @classmethod
    def joined(cls, blocks: Sequence[Self]) -> Self:
        """Blocks of one city, one after the other, as one."""
        if len(blocks) == 1:
            return blocks[0]
        return cls(
            blocks[0].city,
            [id_ for block in blocks for id_ in block.ids],
            b"".join([block.ts_bytes for block in blocks]),
            b"".join([block.lon_bytes for block in blocks]),
            b"".join([block.lat_bytes for block in blocks]),
            b"".join([block.status_bytes for block in blocks]),
        )

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def ts(self) -> NDArray[np.int64]:
        """When each was there, ms."""
        return np.frombuffer(self.ts_bytes, "<i8")

    @property
    def lon(self) -> NDArray[np.float64]:
        """Degrees."""
        return np.frombuffer(self.lon_bytes, "<f8")

    @property
    def lat(self) -> NDArray[np.float64]:
        """Degrees."""
        return np.frombuffer(self.lat_bytes, "<f8")

    @property
    def status(self) -> NDArray[np.uint8]:
        """Codes, `KEEP` where none was told."""
        return np.frombuffer(self.status_bytes, np.uint8)

    def only(self, kept: NDArray[np.bool_]) -> Self:
        """The positions that a mask keeps."""
        return type(self)(
            self.city,
            [id_ for id_, keep in zip(self.ids, kept.tolist(), strict=True) if keep],
            self.ts[kept].tobytes(),
            self.lon[kept].tobytes(),
            self.lat[kept].tobytes(),
            self.status[kept].tobytes(),
        )


def _column(values: list[int] | list[float], cells: np.dtype[np.void], dtype: str) -> bytes:
    """Numbers as a column.

    MessagePack writes each as a mark and eight bytes, in a third of the time that `np.fromiter`
    takes, but for integers below 2^32.
    """
    count = len(values)
    packed = _encode(values)
    start = len(packed) - 9 * count
    if start < _LIST_MARK or count < _LEAST:
        return np.fromiter(values, dtype, count).tobytes()
    return np.frombuffer(packed, cells, count, start)["number"].astype(dtype).tobytes()
