"""Which venues take orders: paused and busy ones, and how they open again by themselves.

The platform's side of what it is told about venues. What clients of a paused venue do instead is
`clients`' business, how a kitchen works off its orders `operation`'s. Used by `city`.
"""

from dataclasses import dataclass
from functools import partial
from typing import Final

from monitor.core.events import VenueStatus, VenueStatusName
from sim.operation import Operation

MINUTE_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class Notch:
    """What a venue is told to be until a time; `longer_ms` is added to what it promises."""

    status: VenueStatusName
    until_ms: int
    longer_ms: int = 0


class Openings:
    """What holds for each venue (by row); an open one is not in it."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self._now: dict[int, Notch] = {}

    def is_paused(self, row: int) -> bool:
        """Whether it takes no orders."""
        notch = self._now.get(row)
        return notch is not None and notch.status == "paused"

    def is_busy(self, row: int) -> bool:
        """Whether it promises longer times."""
        return self.longer_ms(row) > 0

    def paused_rows(self) -> list[int]:
        """All that take no orders."""
        return [row for row, notch in self._now.items() if notch.status == "paused"]

    def longer_ms(self, row: int) -> int:
        """What a venue adds to its usual preparation time."""
        notch = self._now.get(row)
        return 0 if notch is None else notch.longer_ms

    def pause(self, row: int, until_ms: int, reason: str | None = None) -> bool:
        """No orders until then, in place of what held before; False for a time that is past."""
        return self._set(row, Notch("paused", until_ms), reason)

    def busy(self, row: int, until_ms: int, longer_ms: int, reason: str | None = None) -> bool:
        """Longer times until then, in place of what held before; False for a time that is past."""
        return self._set(row, Notch("busy", until_ms, longer_ms), reason)

    def resume(self, row: int, reason: str | None = None) -> bool:
        """Orders as usual from now on; False where that was so."""
        if self._now.pop(row, None) is None:
            return False
        self._tell(row, "open", None, reason, self._operation.agenda.now_ms)
        return True

    def _set(self, row: int, notch: Notch, reason: str | None) -> bool:
        now_ms = self._operation.agenda.now_ms
        if notch.until_ms <= now_ms:
            return False
        self._now[row] = notch
        self._tell(row, notch.status, notch.until_ms, reason, now_ms)
        self._operation.agenda.at(notch.until_ms, partial(self._over, row, notch))
        return True

    def _over(self, row: int, notch: Notch, ts: int) -> None:
        # Something newer may hold by now.
        if self._now.get(row) is notch:
            del self._now[row]
            self._tell(row, "open", None, None, ts)

    def _tell(
        self,
        row: int,
        status: VenueStatusName,
        until_ms: int | None,
        reason: str | None,
        ts: int,
    ) -> None:
        venue_id = self._operation.venues.all[row].venue_id
        event = VenueStatus(self._operation.city, ts, venue_id, status, until_ms, reason)
        self._operation.emit("venues", event)
