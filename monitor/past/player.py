"""Plays a recording: a state as it was at a time, and what changed after it, in stream messages.

The very engine and publisher of the live monitor, over a state of their own: a point is restored,
the journal after it repeated up to the time asked for. What is told is what the live stream would
have told, in the same messages (`docs/stream.md`), stamped with the time of then. Cities are judged
by the plans of today; where they were others then, a note says so.

Runs in a process of its own (`past/worker.py`), without a loop; everything here blocks.
"""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import msgspec
from msgspec import Struct

from monitor.core.effects import Effects
from monitor.core.plan import CityPlan
from monitor.core.reports import Incoming
from monitor.core.snapshot import SnapshotError, restore
from monitor.core.state import State
from monitor.durable.keeper import PARTS
from monitor.durable.recorder import Record, read_record
from monitor.durable.snapshots import decode
from monitor.engine import Engine
from monitor.ingest.inbox import Inbox
from monitor.past.files import Listing, Point, entries, listing
from monitor.publish import Publisher
from monitor.runtime.clock import EventClock
from monitor.store.port import Entry
from ws.auth import Identity
from ws.hub import Client, Hub
from ws.limits import Limits
from ws.messages import Form
from ws.outbox import Binary, Outbox

# Nothing is resumed here, and nobody is slow: all that is told is taken at once.
LIMITS: Final = Limits(
    outbox_high_bytes=1 << 50,
    outbox_hard_bytes=1 << 50,
    resume_count=0,
    resume_bytes=0,
    resume_alerts_count=0,
    resume_alerts_bytes=0,
)
_FRAME: Final = b'{"type":"frame","data":"%b"}'  # a binary message among lines of text
NOBODY: Final = Identity(name="replay", role="viewer")


class NotRecordedError(Exception):
    """No point from which this time can be reached."""


class Then(Struct, frozen=True, tag="then", tag_field="type"):
    """What comes first: the time that was asked for. `as_of_ts` is that of the last input before
    it, `in_gap` whether the recording is interrupted there, `notes` what is not as it was then."""

    ts: int
    city: str
    as_of_ts: int
    in_gap: bool
    notes: tuple[str, ...]


class Gap(Struct, frozen=True, tag="gap", tag_field="type"):
    """Nothing is recorded between these; a snapshot follows that takes the place of all."""

    from_ts: int
    to_ts: int
    notes: tuple[str, ...]


class Until(Struct, frozen=True, tag="until", tag_field="type"):
    """What comes last: all up to this time has been told. `events`: repeated for it."""

    ts: int
    events: int


@dataclass(slots=True)
class Place:
    """How far the recording has been repeated."""

    life: int
    seq: int
    ts: int  # of the last entry


class Player:
    """One state that moves through the recording of a folder; nothing is told before `open`."""

    def __init__(self, folder: Path, plans: Sequence[CityPlan]) -> None:
        self.events = 0  # repeated, in all
        self._folder = folder
        self._plans = plans
        self._notes: tuple[str, ...] = ()
        self._watched: tuple[str, tuple[str, ...], Form] = ("", (), "json")
        self._now_ms = 0
        self._entries: Iterator[Entry] = iter(())
        self._next: tuple[Entry, Record] | None = None  # read, and not yet repeated
        self._gap: Gap | None = None
        self._place = Place(0, 0, 0)
        self._stand(State(()))

    def is_at(self, ts: int, city: str, layers: Sequence[str], form: Form) -> bool:
        """Whether `play` may go on from there."""
        return self._now_ms == ts and self._watched == (city, tuple(layers), form)

    def open(self, ts: int, city: str, layers: Sequence[str], form: Form) -> Iterator[bytes]:
        """The whole of these layers at a time; raises NotRecordedError."""
        there = listing(self._folder)
        self._begin(there, ts)
        self._advance(ts)
        self._gap = None
        self._now_ms = ts
        then = Then(ts, city, self._place.ts, there.is_gap(ts), self._notes)
        yield msgspec.json.encode(then)
        self._watch(city, layers, form)
        yield from self._told()

    def play(self, to_ts: int, every_ms: int) -> Iterator[bytes]:
        """What changed from where it stands up to a time: of each zone, courier, order and venue
        the latest at every whole multiple of `every_ms`; of alerts and actions every change."""
        while self._now_ms < to_ts:
            beat_ms = min((self._now_ms // every_ms + 1) * every_ms, to_ts)
            self._advance(beat_ms)
            self._now_ms = beat_ms
            gap, self._gap = self._gap, None
            if gap is not None:
                yield msgspec.json.encode(gap)
                self._watch(*self._watched)
            self._publisher.flush()
            self._publisher.send_frames()
            yield from self._told()

    # --- a state to stand on ------------------------------------------------------------------

    def _begin(self, there: Listing, ts: int) -> None:
        """Stand on the newest point before `ts` that can be used, or stay where that is nearer."""
        points = there.points_before(ts)
        if not points:
            raise NotRecordedError("nothing is recorded of that time")
        here = (self._place.life, self._place.seq)
        if self._now_ms <= ts and here >= (points[0].life, points[0].seq):
            return
        faults: list[str] = []
        for point in points:
            fault = self._restore(point)
            if fault is None:
                return
            faults.append(fault)
        raise NotRecordedError(f"no point before that time can be used: {faults[0]}")

    def _restore(self, point: Point) -> str | None:
        """Stand on a point; why not, where it can't be used, and then nothing has changed."""
        try:
            restored = restore(decode(point.path.read_bytes()), self._plans, PARTS)
        except (SnapshotError, OSError) as fault:
            return str(fault)
        self._place = Place(point.life, point.seq, point.ts)
        self._stand(restored.state)
        self._notes = restored.notes
        self._now_ms = point.ts
        self._entries = entries(self._folder, point.life, point.seq)
        self._next = None
        return None

    def _stand(self, state: State) -> None:
        # With this clock the engine repeats inputs of either kind: those at a time of the clock,
        # and those that are their own.
        self._engine = Engine(state, Inbox(), EventClock(), _tell_nobody)
        self._engine.restart(state)
        self._publisher = Publisher(lambda: self._engine.state, lambda: self._now_ms)
        self._hub = Hub(
            epoch=f"past-{self._place.life}-{self._place.seq}",
            snapshot=self._publisher.snapshot,
            now_ms=lambda: self._now_ms,
            limits=LIMITS,
            monotonic_s=lambda: 0.0,
        )
        self._publisher.hub = self._hub
        self._client = Client(Outbox(LIMITS), lambda: None)
        self._client.identity = NOBODY
        self._hub.attach(self._client)

    def _watch(self, city: str, layers: Sequence[str], form: Form) -> None:
        """Have these layers told, beginning with a snapshot of them as they are now."""
        self._publisher.flush()  # what changed before is in the snapshot
        self._hub.unsubscribe(self._client, "past")
        for _ in self._told():
            pass
        self._watched = (city, tuple(layers), form)
        self._hub.subscribe(self._client, "past", city, layers, form=form)
        self._publisher.send_frames()

    def _told(self) -> Iterator[bytes]:
        while (wire := self._client.outbox.take(0.0)) is not None:
            yield _FRAME % b64encode(wire) if isinstance(wire, Binary) else wire

    # --- going on -----------------------------------------------------------------------------

    def _advance(self, to_ts: int) -> None:
        """Repeat all that was taken up to a time, it included."""
        while (found := self._read()) is not None or self._jump(to_ts):
            if found is None:
                continue
            entry, record = found
            if record.kind == "feed":
                if not self._feed(entry, record, to_ts):
                    return
            elif _when(entry, record) > to_ts:
                return
            else:
                self._repeat(entry, record)
                self._next = None

    def _feed(self, entry: Entry, record: Record, to_ts: int) -> bool:
        """Some of the events that are their own clock, a second of them at most, so that what they
        bring about is told at its time; whether there were any before `to_ts`."""
        events = record.events
        second_ms = max(self._now_ms, events[0].ts if events else 0) // 1000 * 1000
        last_ms = min(second_ms + 999, to_ts)
        count = next((i for i, event in enumerate(events) if event.ts > last_ms), len(events))
        if events and not count:
            return False
        self._repeat(entry, Record(record.kind, record.now_ms, events[:count]))
        rest = events[count:]
        self._next = (entry, Record(record.kind, record.now_ms, rest)) if rest else None
        return True

    def _repeat(self, entry: Entry, record: Record) -> None:
        effects = self._engine.repeat(record)
        self.events += len(record.events)
        self._place.seq = entry.seq
        self._place.ts = max(self._place.ts, _when(entry, record))
        self._now_ms = max(self._now_ms, self._place.ts)
        self._publisher.on_effects(effects)

    def _read(self) -> tuple[Entry, Record] | None:
        """What was taken next, None where the recording ends or has a hole."""
        while self._next is None:
            entry = next(self._entries, None)
            if entry is None:
                # It may have grown since.
                place = self._place
                self._entries = entries(self._folder, place.life, place.seq)
                entry = next(self._entries, None)
            if entry is None:
                return None
            try:
                self._next = (entry, read_record(entry.body))
            except msgspec.MsgspecError:  # by another version: as at a restart, it is passed over
                self._place.seq = entry.seq
        return self._next

    def _jump(self, to_ts: int) -> bool:
        """Past a hole to the next point that is not later; whether there was one."""
        here, last_ts = (self._place.life, self._place.seq), self._place.ts
        for point in listing(self._folder).points:
            if (point.life, point.seq) <= here or point.ts > to_ts:
                continue
            if self._read() is not None:
                return True  # the recording has just grown: no hole
            if self._restore(point) is None:
                from_ts = last_ts if self._gap is None else self._gap.from_ts
                self._gap = Gap(from_ts, max(point.ts, from_ts), self._notes)
                return True
        return False


def _when(entry: Entry, record: Record) -> int:
    """When it was taken. What people do lies after the engine's last step; events that are their
    own clock have come by the last of them."""
    if record.kind == "step" or not record.events:
        return entry.ts
    # A step alone takes positions in blocks.
    return max(event.ts for event in cast(list[Incoming], record.events))


def _tell_nobody(effects: Effects) -> None:
    """Whoever the live engine tells is told by `Player` instead."""
