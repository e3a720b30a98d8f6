"""How the document of an earlier snapshot becomes one of the next version.

A step for each version that can still be read, from builtins to builtins; `snapshots.py` walks
them. An upgrade is written once and left alone: it knows the forms of its two versions, not those
of today.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

Upgrades = Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]]


def _packed_couriers(document: dict[str, Any]) -> dict[str, Any]:
    """1 to 2: couriers have their ids in blocks, deadlines in seconds, and smaller anchors."""
    for city in document.get("cities", {}).values():
        table = city.get("tables", {}).get("couriers")
        if table is not None:
            _pack(table)
    return document


def _pack(table: dict[str, Any]) -> None:
    texts = [(id_ or "").encode() + b"\xff" for id_ in table["ids"]]
    table["ids"] = []
    table["blocks"] = [b"".join(texts[at : at + 32]) for at in range(0, len(texts), 32)]
    columns = table["columns"]
    due_ms = _read(columns.pop("due_ms"))
    never = due_ms == np.iinfo(np.int64).max
    seconds = np.where(never, 1 << 31, -(-due_ms // 1_000) & 0x7FFF_FFFF)
    columns["due_s"] = _written(seconds.astype(np.uint32))
    for new, old in (("anchor_x", "anchor_lon"), ("anchor_y", "anchor_lat")):
        degrees = np.nan_to_num(_read(columns.pop(old)))
        columns[new] = _written(np.rint(degrees * 10_000_000).astype(np.int32))


def _read(column: dict[str, Any]) -> Any:
    return np.ndarray(tuple(column["shape"]), np.dtype(column["dtype"]), column["data"])


def _written(column: Any) -> dict[str, Any]:
    return {"dtype": column.dtype.str, "shape": column.shape, "data": column.tobytes()}


UPGRADES: Final[Upgrades] = {1: _packed_couriers}
