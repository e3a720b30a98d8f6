"""Positions made beforehand, whose time and place are written in when they are sent.

A sender must not take the core from what is measured: all that is left to it is a slice of bytes,
stamped by numpy. Lives here: the lines and the stamping. Does not live here: what is around them
on the wire (`mqtt_load`, `http_load`).
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

CITY: Final = "bench"
COURIERS: Final = 20_000
# A courier rides through so many places, one a report, and begins anew: where he is tells which
# report was seen. A metre and a third from one to the next.
PHASES: Final = 8
PHASE_DEG: Final = 1.2e-5


def places(couriers: int = COURIERS) -> tuple[list[float], list[float]]:
    """Longitudes and latitudes at which the couriers begin, within the zones of `bench.day`."""
    rng = np.random.default_rng(3)
    lon = 24.02 + rng.random(couriers) * 0.18
    lat = 56.92 + rng.random(couriers) * 0.06
    return lon.round(6).tolist(), lat.round(4).tolist()


def lines(couriers: int = COURIERS) -> list[bytes]:
    """A position of each courier as JSON, all of one length; to be stamped."""
    return [
        b'{"type":"courier.position","city":"%b","ts":%013d,"courier_id":"c%05d","lat":%.6f,'
        b'"lon":%.6f,"status":"idle","accuracy_m":5.0}' % (CITY.encode(), 0, row, lat, lon)
        for row, (lon, lat) in enumerate(zip(*places(couriers), strict=True))
    ]


class Stamped:
    """Pieces of one length, in which positions stand at the same places."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self.count, self.size = len(pieces), len(pieces[0])
        self._bytes = np.frombuffer(b"".join(pieces), np.uint8).reshape(self.count, -1).copy()
        self._ts_at = _after(pieces[0], b'"ts":')
        self._phase_at = [at + 7 for at in _after(pieces[0], b'"lat":')]  # the last two digits

    def take(self, first: int, count: int, ts_ms: int, phase: int) -> memoryview:
        """The bytes of pieces that lie side by side, with the time and the place in them."""
        pieces = self._bytes[first : first + count]
        ts = np.frombuffer(b"%013d" % ts_ms, np.uint8)
        digits = np.frombuffer(b"%02d" % round(phase * PHASE_DEG * 1e6), np.uint8)
        for at in self._ts_at:
            pieces[:, at : at + 13] = ts
        for at in self._phase_at:
            pieces[:, at : at + 2] = digits
        return pieces.data.cast("B")


def _after(piece: bytes, mark: bytes) -> list[int]:
    """Where what follows each of the marks begins."""
    found, at = list[int](), piece.find(mark)
    while at >= 0:
        found.append(at + len(mark))
        at = piece.find(mark, at + 1)
    return found
