"""Between the engine and the store: everything an engine step took and wrote, durable in order.

Each step is one entry of the journal, together with the letters and audit entries that came of it:
they become durable in one transaction or not at all, so that a crash never leaves an event without
its letters. What gathers while one batch is written goes into the next (the commit groups itself).
With the newest snapshot and the journal after it the engine becomes exactly what it was.

Lives here: batching, the bound on what may wait, trying again. Does not live here: how it is kept
(`store`), what is sent (`delivery`), when snapshots are taken (`keeper.py`).
"""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from typing import Final, Literal

import msgspec
from msgspec import Struct

from alerts.letter import Letter, Posting
from monitor.core.audit import AuditEntry, act_of, reason_of, subject_of
from monitor.core.effects import Effects
from monitor.core.reports import Input
from monitor.runtime.backoff import Backoff
from monitor.store.port import Batch, Entry, Store, StoreError, TakenOverError

log = logging.getLogger(__name__)

PROGRAM: Final = "citywatch"  # who did what no person did

Kind = Literal["step", "apply", "feed", "note"]


class Record(Struct, frozen=True, array_like=True, gc=False):
    """One input of the engine. `step`: events at a time of the clock, `apply`: at once, without a
    judgement, `feed`: events that are their own clock, `note`: nothing to repeat."""

    kind: Kind
    now_ms: int
    events: list[Input]


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Record)


def read_record(body: bytes) -> Record:
    """A record from the body of a journal entry; raises msgspec.MsgspecError."""
    return _DECODER.decode(body)


class Recorder:
    """Makes what the engine does durable; `on_letters` hears of letters once they are.

    `seq` is the newest entry recorded, whether it is durable yet or not.
    """

    def __init__(
        self,
        store: Store,
        seq: int,
        batch: int,
        rng: random.Random,
        pending_max_bytes: int,
    ) -> None:
        self.seq = seq
        self.on_letters: Callable[[Sequence[Posting]], None] = lambda letters: None
        # Hears of the journal's entries once they are durable, in their order; never waits.
        self.on_entries: Callable[[Sequence[Entry]], None] = lambda entries: None
        self.failing: str | None = None  # why the store does not take anything at the moment
        self.batches = 0
        self.bytes = 0
        self._store = store
        self._ts = 0
        self._backoff = Backoff(rng, 0.05, 5.0)
        self._pending_max = pending_max_bytes
        self._pending = 0  # bytes that are not durable yet
        self._gathered = 0  # of them in the batch that gathers
        self._batch = Batch(batch + 1)
        self._done: asyncio.Future[None] | None = None  # of the batch that gathers
        self._under_way: asyncio.Future[None] | None = None
        self._some = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    # --- what is recorded ---------------------------------------------------------------------

    def record(self, kind: Kind, now_ms: int, events: Sequence[Input], effects: Effects) -> None:
        """Take one input of the engine and what came of it; never waits."""
        body = _ENCODER.encode(Record(kind, now_ms, list(events)))
        self.seq += 1
        self._ts = max(self._ts, now_ms)
        self._batch.journal.append(Entry(self.seq, self._ts, body))
        self._batch.put += [_posting(letter) for letter in effects.letters]
        self._batch.audit += audit_of(effects)
        self._add(len(body) + 500 * len(effects.letters))

    async def save(self, posting: Posting) -> None:
        """A posting as it now stands, durable on return: the ledger's `save`."""
        self._batch.marks.append(posting)
        self._add(500)
        await self.durable()

    def place(self, source: str, place: str) -> None:
        """Note how far a source was read, once what it brought until there is durable; never
        waits."""
        self._batch.places[source] = place
        self._add(len(source) + len(place))

    def note(self, entry: AuditEntry) -> None:
        """Keep what a person was refused before the engine heard of it; never waits. Whoever calls
        this bounds how often (`refusals.py`)."""
        self._batch.audit.append(entry)
        self._add(len(entry.subject) + len(entry.reason) + 200)

    def _add(self, size: int) -> None:
        self._pending += size
        self._gathered += size
        if self._pending >= self._pending_max:
            self._room.clear()
        if self._done is None:
            self._done = asyncio.get_running_loop().create_future()
        self._some.set()

    def when_durable(self) -> "asyncio.Future[None] | None":
        """Done once all that was recorded until now is durable; None where it is already.

        It has many waiters: shield it, or add a callback.
        """
        return self._done or self._under_way

    async def durable(self) -> None:
        """Returns once all that was recorded until now is durable."""
        waiting = self.when_durable()
        if waiting is not None:
            await asyncio.shield(waiting)

    async def room(self) -> None:
        """Waits while too much waits for the store."""
        await self._room.wait()

    @property
    def pending_bytes(self) -> int:
        """What waits for the store, about."""
        return self._pending

    # --- writing ------------------------------------------------------------------------------

    async def run(self) -> None:
        """Write batch after batch until cancelled; raises TakenOverError when another took over."""
        while True:
            await self._some.wait()
            batch, done, size = self._take()
            await self._write(batch)
            self._under_way = None
            self._finish(done, size)
            self.batches += 1
            self.bytes += size
            self.on_entries(batch.journal)
            if batch.put:
                self.on_letters(batch.put)

    def _take(self) -> tuple[Batch, "asyncio.Future[None]", int]:
        batch, done, size = self._batch, self._done, self._gathered
        assert done is not None
        self._gathered = 0
        self._under_way = done
        self._batch, self._done = Batch(batch.number + 1), None
        self._some.clear()
        return batch, done, size

    def _finish(self, done: "asyncio.Future[None]", size: int) -> None:
        done.set_result(None)
        self._pending -= size
        if self._pending < self._pending_max:
            self._room.set()

    async def _write(self, batch: Batch) -> None:
        """Write it, however often that takes."""
        while True:
            try:
                await self._store.write(batch)
            except TakenOverError:
                raise
            except StoreError as fault:
                if self.failing is None:
                    log.error("the store takes nothing, trying again: %s", fault)
                self.failing = str(fault)
                await asyncio.sleep(self._backoff.next_s())
                continue
            if self.failing is not None:
                log.warning("the store takes what waited again")
            self.failing = None
            self._backoff.reset()
            return


def _posting(letter: Letter) -> Posting:
    return Posting(letter=letter, updated_ts=letter.created_ts)


def audit_of(effects: Effects) -> list[AuditEntry]:
    """Who did what: each command of a person, and what the program did to an action by itself."""
    entries = [
        AuditEntry(
            ts=command.ts,
            city=command.city,
            by=command.by,
            act=act_of(command),
            subject=subject_of(command) or outcome.id or "",
            ok=outcome.ok,
            code=outcome.refusal or "done",
            reason=reason_of(command),
        )
        for command, outcome in effects.answers
    ]
    for change in effects.actions:
        action = change.action
        if change.change == "state" and action.record[-1].by is None:
            entries.append(
                AuditEntry(
                    ts=action.updated_ts,
                    city=action.city,
                    by=PROGRAM,
                    act=f"{action.kind} {action.state}",
                    subject=action.id,
                    ok=action.state != "failed",
                    reason=action.record[-1].words,
                )
            )
    return entries
