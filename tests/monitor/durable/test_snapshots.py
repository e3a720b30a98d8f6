"""Snapshots as bytes: what is read back, and by which name everything else is refused."""

import struct
import zlib
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from monitor.core.snapshot import Captured, SnapshotError, capture
from monitor.core.snapshot_city import CityDump
from monitor.core.tables.table import TableDump
from monitor.durable.keeper import PARTS
from monitor.durable.snapshots import FEW, MAGIC, VERSION, decode, encode
from tests.support.cities import CITY, assigned, courier, placed, problem
from tests.support.kept import SHORT, plain
from tests.support.towns import Story, beat, fleet, only, town, venue

HEAD = struct.Struct("<8sHHQ16s")
WRITTEN_BY_1 = Path(__file__).with_name("version_1.snapshot")


def lively() -> Captured:
    """A small city with something of everything."""
    told = Story(town())
    told.say(0, venue(0), placed(0, "o"), placed(0, "p"), courier(0, "c", 0.05))
    told.say(1, problem(1, "o"), beat(1))
    told.until(900)
    return capture(told.state, PARTS)


def wrapped(document: bytes, version: int = VERSION) -> bytes:
    """Any document as the contents of a whole snapshot."""
    rest = zlib.compress(document)
    digest = blake2b(rest, digest_size=16).digest()
    return HEAD.pack(MAGIC, version, 0, len(rest), digest) + rest


def reason_of(data: bytes, **more: Any) -> str:
    """Why these bytes are refused."""
    with pytest.raises(SnapshotError) as refused:
        decode(data, **more)
    return refused.value.reason


def test_what_was_captured_is_read_back() -> None:
    """All of it is equal, and the same capture gives the same bytes."""
    captured = lively()
    data = encode(captured)
    np.testing.assert_equal(plain(decode(data)), plain(captured))
    assert encode(captured) == data


def test_what_is_long_is_encoded_in_pieces_and_read_as_one() -> None:
    """Lists, sets and maps beyond and at the length of a piece, and columns of every kind."""
    for count in (0, 15, 16, FEW, FEW + 1, 2 * FEW + 7):
        ids: list[str | None] = [f"c{i}" if i % 3 else None for i in range(count)]
        blocks = [b"c%d\xff" % i for i in range(count)]
        columns = {
            "float": np.linspace(0, 1, count),
            "time": np.arange(count, dtype=np.int64),
            "flag": np.arange(count) % 2 == 0,
            "wide": np.arange(count * 5, dtype=np.float64).reshape(count, 5),
            "strided": np.arange(count * 2, dtype=np.uint16)[::2],
        }
        city = CityDump(
            tables={"couriers": TableDump(ids, list(range(count)), columns, blocks)},
            texts={"venue_names": {i: f"Venue {i}" for i in range(count)}},
            rows={"touched_orders": set(range(count))},
            parts={"deep": {"list": [{"n": i} for i in range(count)], "one": 1.5}},
        )
        captured = Captured(clocks={"now_ms": 5}, cities={"x": city})
        read = decode(encode(captured))
        np.testing.assert_equal(plain(read), plain(captured))
        table = read.cities["x"].tables["couriers"]
        assert {n: c.dtype for n, c in table.columns.items()} == {
            n: c.dtype for n, c in columns.items()
        }


def test_a_snapshot_cut_anywhere_is_corrupt() -> None:
    """However much of it is there; longer than it says, too."""
    data = encode(lively())
    for end in (*range(HEAD.size + 1), *range(HEAD.size + 1, len(data), 97), len(data) - 1):
        assert reason_of(data[:end]) == "corrupt", end
    assert reason_of(data + b"\0") == "corrupt"


def test_a_flipped_bit_is_seen_wherever_it_is() -> None:
    """In the contents, the length or the checksum it is corrupt; in the magic it is foreign."""
    data = encode(lively())
    for at in (*range(12, HEAD.size), *range(HEAD.size, len(data), 61)):
        broken = bytearray(data)
        broken[at] ^= 0x10
        assert reason_of(bytes(broken)) == "corrupt", at
    assert reason_of(b"X" + data[1:]) == "foreign"


def test_what_is_no_snapshot_is_foreign() -> None:
    """A text, a database, another program's file."""
    for data in (b"hello", b"SQLite format 3\0" * 9, b"\x1f\x8b" + bytes(100)):
        assert reason_of(data) == "foreign"


def test_a_snapshot_of_a_newer_version_is_not_guessed_at() -> None:
    """Its head alone says so; its contents may be anything."""
    assert reason_of(wrapped(b"?", VERSION + 1)) == "newer"


def test_an_older_version_is_read_by_the_way_from_it_and_not_without() -> None:
    """An upgrade turns its document into one of the next version."""
    old = msgspec.msgpack.encode({"times": {"now_ms": 7}})
    data = wrapped(old, VERSION - 1)

    def upgrade(document: dict[str, Any]) -> dict[str, Any]:
        return {"clocks": document["times"]}

    assert reason_of(data, upgrades={}) == "older"
    assert decode(data, {VERSION - 1: upgrade}).clocks == {"now_ms": 7}
    assert reason_of(wrapped(b"\x80", VERSION - 1), upgrades={VERSION - 1: upgrade}) == "corrupt"


def test_a_snapshot_that_version_1_wrote_is_read_as_if_it_were_todays() -> None:
    """Couriers who ride, stand, left and fall due are the same as in the same story told today."""
    told = Story(town(only("courier_stuck", "courier_silent"), retention=SHORT))
    rider = "rīga-ō"
    told.say(0, venue(0), *fleet(0, 40), courier(0, rider, 0.05, status="to_venue"))
    told.say(0, placed(0, "o"))
    told.say(10, assigned(10, "o", rider))
    for second in range(30, 1201, 30):
        told.say(second, *fleet(second, 3), courier(second, rider, 0.05, status="to_venue"))
    told.until(1200)
    assert told.firing() == {("courier_stuck", rider)}
    assert told.city.couriers.find("c39") == -1
    today = plain(capture(told.state, PARTS))["cities"][CITY]
    read = plain(decode(WRITTEN_BY_1.read_bytes()))["cities"][CITY]
    np.testing.assert_equal(read["tables"]["couriers"], today["tables"]["couriers"])
    assert read["wheels"] == today["wheels"]


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"\x93\x01\x02",
        msgspec.msgpack.encode([1, 2]),
        msgspec.msgpack.encode({"clocks": {"now_ms": "noon"}}),
        msgspec.msgpack.encode({"cities": {"x": {"zones": {"due": {"dtype": "O"}}}}}),
        msgspec.msgpack.encode(
            {"cities": {"x": {"zones": {"a": {"dtype": "<f8", "shape": [9], "data": b"short"}}}}}
        ),
    ],
    ids=["empty", "cut", "a list", "a word for a number", "no column", "a short column"],
)
def test_contents_of_another_shape_are_corrupt(document: bytes) -> None:
    """Even where length and checksum fit: whoever wrote them."""
    assert reason_of(wrapped(document)) == "corrupt"
