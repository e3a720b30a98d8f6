"""What depends on where and when we are: unknown cities, full ones, events ahead of the clock.

Lives here: the checks that need the configured cities, a time, or what is known already. Called by
`feed` after the codec on live input, and by the replay with the events' own time. It reads no
clock.
"""

from collections.abc import Collection, Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain
from operator import attrgetter
from typing import Final, Protocol

import msgspec

from monitor.core.positions import PositionBlock
from monitor.core.reports import Incoming, Input
from monitor.ingest.codec import SAMPLE_BYTES, Decoded, Rejected, RejectReason
from monitor.runtime.clock import EventClock

LIVE_FUTURE_MS: Final = 60_000
RECORDED_FUTURE_MS: Final = 86_400_000


class Stamped(Protocol):
    """What the gate needs of an event."""

    @property
    def city(self) -> str: ...
    @property
    def ts(self) -> int: ...


class HasRoom(Protocol):
    """Whether there is room for what is new; asked event by event only while it is short."""

    def is_short(self) -> bool:
        """Whether some events may not fit."""

    def fits(self, event: Incoming) -> bool:
        """Whether this one does."""


class Gate:
    """Lets events of known cities in, up to `future_ms` milliseconds ahead of the clock."""

    def __init__(
        self,
        cities: Collection[str],
        future_ms: int = LIVE_FUTURE_MS,
        room: HasRoom | None = None,
    ) -> None:
        self._cities = frozenset(cities)
        self._future_ms = future_ms
        self._room = room

    @property
    def cities(self) -> frozenset[str]:
        """The cities let in."""
        return self._cities

    def replace_cities(self, cities: Collection[str]) -> None:
        """After a reload of the configuration."""
        self._cities = frozenset(cities)

    def check(self, event: Stamped, now_ms: int) -> RejectReason | None:
        """Why the event may not come in at `now_ms`, or None."""
        if event.city not in self._cities:
            return "unknown_city"
        if event.ts > now_ms + self._future_ms:
            return "future"
        return None

    def lets_all_in(self, inputs: Sequence[Input], now_ms: int) -> bool:
        """Whether `admit` would refuse none of the events that were packed into these."""
        if self._room is not None and self._room.is_short():
            return False
        cities, latest = self._cities, now_ms + self._future_ms
        return not [
            item
            for item in inputs
            if item.city not in cities
            or (item.ts if type(item) is not PositionBlock else item.ts.max()) > latest
        ]

    def admit(self, decoded: Decoded, now_ms: int) -> None:
        """Moves what may not come in from `events` to `rejected`, order and indexes kept."""
        events = decoded.events
        if self._room is not None and self._room.is_short():
            reasons = (self._check_room(event, now_ms) for event in events)
        else:
            reasons = (self.check(event, now_ms) for event in events)
        self._sift(decoded, reasons, lambda: now_ms)

    def admit_recorded(self, decoded: Decoded, clock: EventClock) -> None:
        """As `admit`, in the events' own time: each admitted event moves `clock` on.

        The first event of all sets the clock, whatever its time.
        """
        events = decoded.events
        if not events:
            return
        latest = max([event.ts for event in events])
        if not self.lets_recorded_in({event.city for event in events}, events[0].ts, latest, clock):
            reasons = (self._check_recorded(event, clock) for event in events)
            self._sift(decoded, reasons, clock.now_ms)

    def lets_recorded_in(
        self, cities: AbstractSet[str], first_ms: int, latest_ms: int, clock: EventClock
    ) -> bool:
        """Whether `admit_recorded` would refuse none of these events; then `clock` is moved on.

        `first_ms` is the time of the first of them, `latest_ms` the greatest.
        """
        now_ms = clock.now_ms() if clock.started else first_ms
        if not self._cities >= cities or latest_ms > now_ms + self._future_ms:
            return False
        clock.see(latest_ms)
        return True

    def _check_room(self, event: Incoming, now_ms: int) -> RejectReason | None:
        reason = self.check(event, now_ms)
        if reason is None and self._room is not None and not self._room.fits(event):
            return "no_room"
        return reason

    def _check_recorded(self, event: Stamped, clock: EventClock) -> RejectReason | None:
        reason = self.check(event, clock.now_ms() if clock.started else event.ts)
        if reason is None:
            clock.see(event.ts)
        return reason

    def _sift(
        self, decoded: Decoded, reasons: Iterator[RejectReason | None], now_ms: "NowMs"
    ) -> None:
        refused_before = {bad.index for bad in decoded.rejected}
        places = (i for i in range(decoded.count) if i not in refused_before)
        kept: list[Incoming] = []
        refused: list[Rejected] = []
        for index, event, reason in zip(places, decoded.events, reasons, strict=True):
            if reason is None:
                kept.append(event)
            else:
                refused.append(self._rejected(index, event, reason, now_ms()))
        decoded.events = kept
        decoded.rejected = sorted(chain(decoded.rejected, refused), key=attrgetter("index"))

    def _rejected(self, index: int, event: Incoming, reason: RejectReason, now_ms: int) -> Rejected:
        if reason == "unknown_city":
            detail = f"no city {event.city!r} is configured - at `$.city`"
        elif reason == "no_room":
            detail = f"{event.city} holds as many as it may ([retention] in the configuration)"
        else:
            ahead_s = (event.ts - now_ms) / 1000
            detail = f"{ahead_s:.1f} s ahead of the clock - at `$.ts`"
        sample = msgspec.json.encode(event)[:SAMPLE_BYTES].decode("utf-8", "replace")
        return Rejected(index, reason, detail, sample)


class NowMs(Protocol):
    """A reader of the time, in milliseconds since the epoch."""

    def __call__(self) -> int: ...
