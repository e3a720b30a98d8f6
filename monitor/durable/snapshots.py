"""A captured state as bytes and back: magic, version, length, checksum, contents.

`encode` runs in a thread beside the loop. What holds the interpreter's lock does so for a few
milliseconds at a time: the contents are one MessagePack document made in pieces, compressed as they
come. What is in it is `monitor/core/snapshot.py`'s business, where the bytes are kept the store's.

    8 bytes magic | u16 version | u16 0 | u64 length of the rest | 16 bytes BLAKE2b of it | the rest

Integers are little-endian; the rest is a zlib stream of the document.
"""

import io
import struct
import zlib
from collections.abc import Iterator
from hashlib import blake2b
from itertools import islice
from typing import Any, Final

import msgspec
import numpy as np
from msgspec import msgpack

from alerts.dump import BookDump
from monitor.core.snapshot import Captured, SnapshotError
from monitor.core.snapshot_city import CityDump
from monitor.core.tables.table import TableDump
from monitor.durable.snapshot_upgrades import UPGRADES, Upgrades

MAGIC: Final = b"citywtch"
VERSION: Final = 2
_HEAD: Final = struct.Struct("<8sHHQ16s")

FEW: Final = 1_000  # elements encoded in one go: about a millisecond
PIECE: Final = 1 << 20  # bytes compressed in one go
LEVEL: Final = 1
_SPLIT: Final = (Captured, CityDump, BookDump, TableDump)  # what is encoded field by field
_ENCODER: Final = msgpack.Encoder()


def encode(captured: Captured) -> bytes:
    """A captured state as bytes that `decode` reads; takes a second for 100 MB, in a thread."""
    out = io.BytesIO()
    out.write(bytes(_HEAD.size))
    told = blake2b(digest_size=16)
    packer = zlib.compressobj(LEVEL)
    for piece in _gathered(_pieces(captured)):
        for start in range(0, len(piece), PIECE):
            packed = packer.compress(piece[start : start + PIECE])
            told.update(packed)
            out.write(packed)
    packed = packer.flush()
    told.update(packed)
    out.write(packed)
    length = out.tell() - _HEAD.size
    out.seek(0)
    out.write(_HEAD.pack(MAGIC, VERSION, 0, length, told.digest()))
    return out.getvalue()


def decode(data: bytes, upgrades: Upgrades = UPGRADES) -> Captured:
    """What was captured. Raises SnapshotError with the reason where the bytes can't be used."""
    if data[: len(MAGIC)] != MAGIC[: len(data)]:
        raise SnapshotError("foreign", "it is no snapshot of citywatch")
    if len(data) < _HEAD.size:
        raise SnapshotError("corrupt", f"it ends after {len(data)} bytes, within its head")
    _, version, _, length, digest = _HEAD.unpack_from(data)
    if version > VERSION:
        raise SnapshotError("newer", f"its version is {version}, this program reads {VERSION}")
    if any(old not in upgrades for old in range(version, VERSION)):
        raise SnapshotError("older", f"its version {version} is too old, this program's {VERSION}")
    rest = memoryview(data)[_HEAD.size :]
    if len(rest) != length:
        raise SnapshotError("corrupt", f"it has {len(rest)} bytes after its head, not {length}")
    if blake2b(rest, digest_size=16).digest() != digest:
        raise SnapshotError("corrupt", "its checksum does not fit its contents")
    try:
        document = zlib.decompress(rest)
        if version == VERSION:
            return msgpack.decode(document, type=Captured, dec_hook=_column)
        contents = msgpack.decode(document)
        for old in range(version, VERSION):
            contents = upgrades[old](contents)
        return msgspec.convert(contents, Captured, dec_hook=_column, str_keys=False)
    except (ValueError, LookupError, TypeError, zlib.error) as error:
        raise SnapshotError("corrupt", f"its contents can't be read ({error})") from error


def _column(_kind: type, told: Any) -> Any:
    """A column from how `_pieces` writes one; no other type of a snapshot needs this."""
    return np.ndarray(tuple(told["shape"]), np.dtype(told["dtype"]), told["data"])


Piece = bytes | memoryview


def _gathered(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """The same bytes in fewer pieces: small ones are joined."""
    small = bytearray()
    for piece in pieces:
        if len(piece) > PIECE // 4:
            yield bytes(small)
            small.clear()
            yield piece
            continue
        small += piece
        if len(small) > PIECE // 4:
            yield bytes(small)
            small.clear()
    yield bytes(small)


def _pieces(value: Any) -> Iterator[Piece]:
    """One value in MessagePack, a long one a few of its elements at a time."""
    if isinstance(value, np.ndarray):
        raw = np.ascontiguousarray(value).reshape(-1).view(np.uint8).data
        yield b"\x83" + _ENCODER.encode("dtype") + _ENCODER.encode(value.dtype.str)
        yield _ENCODER.encode("shape") + _ENCODER.encode(value.shape)
        yield _ENCODER.encode("data") + b"\xc6" + struct.pack(">I", raw.nbytes)
        yield raw
    elif isinstance(value, _SPLIT):
        yield from _map({name: getattr(value, name) for name in value.__struct_fields__})
    elif isinstance(value, dict):
        yield from _map(value)
    elif isinstance(value, list | tuple | set | frozenset) and len(value) > FEW:
        yield b"\xdd" + struct.pack(">I", len(value))
        elements = iter(value)
        while some := list(islice(elements, FEW)):
            yield _ENCODER.encode(some)[_head_size(len(some)) :]
    else:
        yield _ENCODER.encode(value)


def _map(value: dict[Any, Any]) -> Iterator[Piece]:
    yield b"\xdf" + struct.pack(">I", len(value))
    if len(value) > FEW:  # many entries, each of them small
        entries = iter(value.items())
        while some := dict(islice(entries, FEW)):
            yield _ENCODER.encode(some)[_head_size(len(some)) :]
        return
    for key, inner in value.items():
        yield _ENCODER.encode(key)
        yield from _pieces(inner)


def _head_size(count: int) -> int:
    """The bytes before the first element of a MessagePack array or map of so many."""
    return 1 if count < 16 else 3 if count < 1 << 16 else 5
