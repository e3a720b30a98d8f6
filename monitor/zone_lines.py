"""The lines that a replay writes on the zones of a city: their figures at one time.

Most zones stand as they stood a minute before, so that only those whose figures changed are written
anew; the others differ by the time alone. Called by `replay.py`.
"""

import msgspec
import numpy as np

from monitor.core.city import City
from monitor.core.judging.zones import oldest_waits_ms

_encode = msgspec.json.Encoder().encode


class ZoneLines:
    """The lines of one city's zones, in their order."""

    def __init__(self, slug: str, zone_ids: tuple[str, ...]) -> None:
        city = _encode(slug)
        self._heads = [
            b',"city":%b,"zone_id":%b,"idle":' % (city, _encode(zone)) for zone in zone_ids
        ]
        self._tails = [b""] * len(zone_ids)  # all that follows the time
        self._figures = np.full((5, len(zone_ids)), -1, dtype=np.int64)

    def at(self, city: City, now_ms: int) -> bytes:
        """The lines at that time, up to which the city is judged."""
        balance = city.balance
        counts = (balance.idle, balance.busy, balance.open, balance.waiting)
        waits_ms = oldest_waits_ms(city, now_ms)
        figures = np.stack([*(count[:-1] for count in counts), waits_ms])
        changed = np.flatnonzero((figures != self._figures).any(axis=0))
        self._figures = figures
        columns = figures[:, changed].tolist()
        for zone, idle, busy, open_, waiting, wait_ms in zip(
            changed.tolist(), *columns, strict=True
        ):
            whole, rest = divmod(wait_ms, 1000)
            wait = b"%d" % whole if not rest else b"%d.%03d" % (whole, rest)
            self._tails[zone] = b'%b%d,"busy":%d,"open":%d,"waiting":%d,"oldest_wait_s":%b}\n' % (
                self._heads[zone],
                idle,
                busy,
                open_,
                waiting,
                wait,
            )
        return (b'{"type":"zone","ts":%d' % now_ms).join([b"", *self._tails])
