"""The process that plays the recording for one viewer: `python -m monitor.past.worker`.

`past.py` starts it, so that however much is repeated, the engine that watches the city now never
waits for it. It is told on standard input what to play and answers on standard output; both speak
in frames: u32 length, one byte of kind, the contents.

    in:  S the folder and the plans (pickled by our own parent) · A a PastAsk in JSON
    out: D some of the answer, NDJSON, gzip where asked for · E its end · R a refusal in JSON
"""

import os
import pickle
import struct
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import BinaryIO, Final

import msgspec
from msgspec import Struct

from monitor.api.past_port import PastAsk, PastFault
from monitor.core.plan import CityPlan
from monitor.past.player import NotRecordedError, Player, Until
from zones.locate import Locator

HEAD: Final = struct.Struct("<IB")
SETUP, ASK, DATA, END, REFUSED = b"SADER"
PIECE_BYTES: Final = 1 << 16
GZIP_LEVEL: Final = 1
NICENESS: Final = 10  # the city of now goes first


class Refused(Struct, frozen=True):
    """Why nothing, or nothing more, is told."""

    code: PastFault
    words: str


def frame(kind: int, contents: bytes) -> bytes:
    """One frame."""
    return HEAD.pack(len(contents), kind) + contents


def packed(folder: Path, plans: Sequence[CityPlan]) -> bytes:
    """The first thing that is told. Without the locators: they are megabytes, whose pickling would
    hold up the loop, and follow from the zones."""
    told = [
        {each.name: getattr(plan, each.name) for each in fields(plan) if each.name != "locator"}
        for plan in plans
    ]
    return pickle.dumps((str(folder), told))


def _player(contents: bytes) -> Player:
    folder, told = pickle.loads(contents)
    return Player(Path(folder), [CityPlan(**plan, locator=Locator(plan["zones"])) for plan in told])


def main(inputs: BinaryIO, out: BinaryIO) -> None:
    """Answer one ask after the other, until the input ends."""
    player: Player | None = None
    while head := inputs.read(HEAD.size):
        length, kind = HEAD.unpack(head)
        contents = inputs.read(length)
        if kind == SETUP:
            player = _player(contents)
            continue
        assert player is not None, "an ask before the plans"
        try:
            ask = msgspec.json.decode(contents, type=PastAsk)
            for piece in _pieces(_lines(player, ask), ask.gzip):
                out.write(frame(DATA, piece))
                out.flush()
            out.write(frame(END, b""))
        except NotRecordedError as fault:
            out.write(frame(REFUSED, msgspec.json.encode(Refused("not_recorded", str(fault)))))
        except OSError as fault:  # the recording's files, or a parent that is gone
            out.write(frame(REFUSED, msgspec.json.encode(Refused("replay_failed", str(fault)))))
        out.flush()


def _lines(player: Player, ask: PastAsk) -> Iterator[bytes]:
    before = player.events
    watched = (ask.city, ask.layers, ask.form)
    if ask.to_ts is None or not player.is_at(ask.from_ts, *watched):
        yield from player.open(ask.from_ts, *watched)
    if ask.to_ts is not None:
        yield from player.play(ask.to_ts, ask.every_ms)
    reached = ask.from_ts if ask.to_ts is None else ask.to_ts
    yield msgspec.json.encode(Until(reached, player.events - before))


def _pieces(lines: Iterator[bytes], gzip: bool) -> Iterator[bytes]:
    """The lines in pieces of some size."""
    packer = zlib.compressobj(GZIP_LEVEL, wbits=31) if gzip else None
    waiting = bytearray()
    for line in lines:
        waiting += line
        waiting += b"\n"
        if len(waiting) >= PIECE_BYTES:
            piece = bytes(waiting)
            waiting.clear()
            yield piece if packer is None else packer.compress(piece)
    yield bytes(waiting) if packer is None else packer.compress(waiting) + packer.flush()


if __name__ == "__main__":
    os.nice(NICENESS)
    main(sys.stdin.buffer, sys.stdout.buffer)
