"""Snapshots, and the start from them: newest usable snapshot, then the journal after it.

`recover` gives an engine back its state as it was when the last life ended, however it ended. What
can't be used is set aside with a clear word: the start never fails for it, and never hides it.
`Keeper` takes a snapshot at an interval and at the stop, and drops what is past its time.
"""

import asyncio
import gc
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import msgspec

from alerts.action_book import letter_key
from alerts.letter import Letter, Notice, Posting
from config.store import StoreSettings
from monitor.core.city import City
from monitor.core.effects import Effects
from monitor.core.plan import CityPlan
from monitor.core.reports import count_events
from monitor.core.snapshot import Part, SnapshotError, capture, restore, room_of
from monitor.core.state import State
from monitor.core.tables.memory import Memory
from monitor.durable.orphans import endings_of
from monitor.durable.recorder import Recorder, read_record
from monitor.durable.snapshots import decode, encode
from monitor.engine import Engine
from monitor.store.port import Snapshot, Store, StoreError

log = logging.getLogger(__name__)

FORGET_EVERY_S: Final = 3_600.0
FIRST_S: Final = 5.0  # the first snapshot of a life waits, so that the start is quick
DAY_MS: Final = 86_400_000
EVERY: Final = 10_000_000  # letters: far more than the ledger's lanes hold
LOOKED_AT: Final = 100_000  # of the letters sent last, for what a changed configuration left open
PARTS: Final = {
    "desk": Part(lambda city: city.desk.dump(), lambda city, data: city.desk.load(data))
}


@dataclass(frozen=True, slots=True)
class Recovered:
    """What a start found: `effects` of a changed configuration are to be told on."""

    seq: int
    batch: int
    events: int
    effects: Effects = field(default_factory=Effects)
    notes: tuple[str, ...] = ()
    is_new: bool = True


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Millions of objects are made that all live on: looking through them again and again would
    take a fifth of a start, and hold the loop later. They are exempt from it for good."""
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()


async def recover(store: Store, engine: Engine, plans: Iterable[CityPlan]) -> Recovered:
    """Give the engine its last state back; raises StoreError when the store can't be read."""
    with _collector_at_rest():
        return await _recover(store, engine, plans)


async def _recover(store: Store, engine: Engine, plans: Iterable[CityPlan]) -> Recovered:
    began = time.perf_counter()
    plans = list(plans)
    notes: list[str] = []
    effects = Effects()
    after, found = 0, False
    for snapshot in await store.snapshots():
        try:
            captured = await asyncio.to_thread(decode, snapshot.body)
            restored = restore(captured, plans, PARTS)
        except SnapshotError as fault:
            words = f"the snapshot after entry {snapshot.seq} is set aside: {fault}"
            log.error("%s; an older one, or none, is used instead", words)
            notes.append(words)
            await store.set_aside(snapshot.seq, str(fault))
            continue
        engine.restart(restored.state)
        effects.add(restored.effects)
        notes += restored.notes
        after, found = snapshot.seq, True
        break
    count, letters = await _repeat(store, engine, after, notes)
    # Under the rules of then they are known; a changed configuration may have written others.
    effects.letters += [each for each in letters if await store.posting(each.key) is None]
    if count and notes:
        sent = await store.postings(limit=LOOKED_AT, newest_first=True)
        effects.letters += endings_of(reversed(sent), engine.state, engine.now_ms())
    seq, batch = await store.last_seq(), await store.last_batch()
    if found or count:
        log.info(
            "went on from entry %d: %d events of the journal repeated, %.2f s",
            after,
            count,
            time.perf_counter() - began,
        )
    return Recovered(seq, batch, count, effects, tuple(notes), not found and not count)


async def _repeat(
    store: Store, engine: Engine, after: int, notes: list[str]
) -> tuple[int, list[Letter]]:
    """Take the journal after an entry again; how many events that was, and the letters of it."""
    count, last, letters = 0, after, []
    async for entry in store.entries(after):
        if entry.seq != last + 1:
            words = f"the journal lacks entries {last + 1} to {entry.seq - 1}: they are lost"
            log.error(words)
            notes.append(words)
        last = entry.seq
        try:
            record = read_record(entry.body)
        except msgspec.MsgspecError as fault:
            words = f"entry {entry.seq} of the journal can't be read and is passed over: {fault}"
            log.error(words)
            notes.append(words)
            continue
        count += count_events(record.events)
        letters += engine.repeat(record).letters
    return count, letters


async def open_letters(
    store: Store, state: State
) -> tuple[list[Posting], list[tuple[str, str | None]]]:
    """What the ledger goes on with: postings that wait, and ended ones that were never told.

    What is to be withdrawn of them is named by action, and by the target's key where it is one
    message alone: actions that were cancelled before, and of a city's kinds that are switched off
    campaigns and all of a notice but its close.
    """
    postings = list(await store.postings(("waiting",), limit=EVERY))
    known = {posting.letter.key for posting in postings}
    untold = [key for city in state.cities.values() for key in _untold(city) if key not in known]
    found = [await store.posting(key) for key in untold]
    postings += [posting for posting in found if posting is not None]
    cancelled: dict[tuple[str, str | None], None] = {}
    for posting in postings:
        city = state.cities.get(posting.letter.city)
        action = None if city is None else city.desk.actions.find(posting.letter.action_id)
        if city is None or action is None:
            continue
        off, body = city.desk.actions.is_off(action.kind), posting.letter.body
        if action.state == "cancelled" or (off and action.kind == "push_couriers"):
            cancelled[action.id, None] = None
        elif off and isinstance(body, Notice) and body.step != "close":
            cancelled[action.id, posting.letter.of] = None
    return postings, list(cancelled)


def _untold(city: City) -> Iterable[str]:
    """The keys of letters whose end the state has not heard of."""
    settings = city.desk.settings
    for action in city.desk.actions.living.values():
        for target in action.targets:
            if target.state not in ("waiting", "sent"):
                continue
            names = {
                "push_couriers": settings.push_couriers.targets,
                "pause_venue": settings.pause_venue.targets,
            }.get(action.kind, (target.id,))
            for name in names:
                yield letter_key(action.id, target.key, name, 0)


class Keeper:
    """Takes snapshots of a running engine."""

    def __init__(
        self,
        store: Store,
        recorder: Recorder,
        state: Callable[[], State],
        settings: Callable[[], StoreSettings],
        now_ms: Callable[[], int],
    ) -> None:
        self.taken = 0
        self.failed = 0
        self.last_hold_s = 0.0  # how long the last capture held the loop
        self.last_bytes = 0
        self.last_ts = 0
        self._store = store
        self._recorder = recorder
        self._state = state
        self._settings = settings
        self._now_ms = now_ms
        self._saved_seq = -1
        self._forgot_by: tuple[float, float] | None = None  # the days of letters and audit
        self._forget_s = 0.0  # when next, on the loop's clock
        # Hears of each snapshot once what it covers is durable, whether it could be kept or not.
        self.on_snapshot: Callable[[Snapshot], None] = lambda snapshot: None

    async def run(self) -> None:
        """A snapshot soon, and at each interval in which something happened."""
        await asyncio.sleep(min(FIRST_S, self._settings().snapshot_s))
        while True:
            try:
                await self.save()
                await self._forget_if_due(asyncio.get_running_loop().time())
            except StoreError as fault:
                # The journal goes on without it: the next interval tries again.
                self.failed += 1
                log.error("no snapshot could be kept: %s", fault)
            await asyncio.sleep(self._settings().snapshot_s)

    async def save(self) -> None:
        """Take and keep a snapshot, unless nothing came since the last; raises StoreError."""
        if self._recorder.seq == self._saved_seq:
            return
        memory = await asyncio.to_thread(Memory, room_of(self._state()))
        began = time.perf_counter()
        captured = capture(self._state(), PARTS, memory)
        seq, now_ms = self._recorder.seq, self._now_ms()
        self.last_hold_s = time.perf_counter() - began
        body = await asyncio.to_thread(encode, captured)
        await self._recorder.durable()
        keep_ms = round(self._settings().journal_keep_s * 1000)
        snapshot = Snapshot(seq, now_ms, body)
        self.on_snapshot(snapshot)
        await self._store.save(snapshot, now_ms - keep_ms)
        self._saved_seq = seq
        self.taken += 1
        self.last_bytes, self.last_ts = len(body), now_ms

    async def save_last(self, within_s: float) -> None:
        """All that was taken is durable, and the next start is quick; within a deadline."""
        try:
            async with asyncio.timeout(within_s):
                await self._recorder.durable()
                await self.save()
        except (TimeoutError, StoreError) as fault:
            why = str(fault) or f"the store did not take it within {within_s:g} s"
            log.warning("no last snapshot, the journal has what is durable: %s", why)

    async def _forget_if_due(self, now_s: float) -> None:
        """Once an hour, and at the first look under other days."""
        settings, now_ms = self._settings(), self._now_ms()
        days = (settings.letters_days, settings.audit_days)
        if days == self._forgot_by and now_s < self._forget_s:
            return
        letters, audit = (now_ms - round(count * DAY_MS) for count in days)
        await self._store.forget(letters, audit)
        self._forgot_by, self._forget_s = days, now_s + FORGET_EVERY_S
