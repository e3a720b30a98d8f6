"""The port of everything that must outlive a crash; SQLite and Redis pass one contract suite.

One batch is one transaction: after `write` has returned, all of it is there whatever is killed,
before that all of it or nothing. Every write may be repeated (its outcome can be unknown) and then
changes nothing more: a batch is known by its number. Who batches, and when, is
`monitor/durable/recorder.py`'s business.

The journal is the engine's input, in its order; with the newest snapshot it is the whole state. The
ledger holds postings by their letter's key, the audit who did what.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from msgspec import Struct

from alerts.letter import Posting, PostingState
from monitor.core.audit import AuditEntry

# Called at each named point of writing and sending; tests kill the process in it.
Probe = Callable[[str], None]


def no_probe(point: str) -> None:
    """The probe of every day."""


class StoreError(Exception):
    """The store can't be reached or used; its text says why and what to do."""


class TakenOverError(StoreError):
    """Another citywatch writes to this store now: this one never may again, repeating is vain."""


class Entry(Struct, frozen=True):
    """One entry of the journal; `seq` rises by one from 1, `ts` is the engine's time in ms, which
    never goes back."""

    seq: int
    ts: int
    body: bytes


@dataclass(slots=True)
class Batch:
    """What becomes durable together. `put`: new postings, ignored where the key is known already;
    `marks`: postings as they now stand, in place of those of the same key. `places`: how far
    sources were read, by their names; each takes the place of the one before.

    `number` rises by one, from `last_batch` + 1 on. Once a batch was handed to `write` it is not
    changed any more: a number that the store has seen is a repeat, and changes nothing.
    """

    number: int
    journal: list[Entry] = field(default_factory=list)
    put: list[Posting] = field(default_factory=list)
    marks: list[Posting] = field(default_factory=list)
    audit: list[AuditEntry] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.journal or self.put or self.marks or self.audit or self.places)


class Snapshot(Struct, frozen=True):
    """A state up to and including journal entry `seq`; what `body` holds is not known here."""

    seq: int
    ts: int
    body: bytes


class Journal(Protocol):
    """Writing, and reading the journal again."""

    async def write(self, batch: Batch) -> None:
        """Make it durable. Raises StoreError when that failed or is not known; repeat it then,
        unless it is a TakenOverError."""

    def entries(self, after_seq: int, before_ts: int | None = None) -> AsyncIterator[Entry]:
        """The journal after an entry, oldest first, without holding all of it in memory; it ends
        before the first entry at or after `before_ts`."""

    async def last_seq(self) -> int:
        """The `seq` of the newest entry ever written, 0 for none."""

    async def last_batch(self) -> int:
        """The number of the newest batch ever written, 0 for none."""


class Snapshots(Protocol):
    """The newest snapshots."""

    async def save(self, snapshot: Snapshot, keep_journal_from_ts: int) -> None:
        """Keep it, the one before it and no others, durably and whole or not at all; batches are
        written meanwhile. One of the same `seq` is replaced.

        Journal entries that the older of the two covers and that are older than
        `keep_journal_from_ts` leave; with one snapshot alone none do.
        """

    async def snapshots(self) -> Sequence[Snapshot]:
        """Those kept, the newest first."""

    async def set_aside(self, seq: int, reason: str) -> None:
        """A snapshot that can't be used: never given out again. The last two of those are kept for
        a look by hand."""


class Records(Protocol):
    """Reading the ledger and the audit, and forgetting what is old."""

    async def postings(
        self,
        states: Sequence[PostingState] = (),
        limit: int = 100_000,
        city: str | None = None,
        newest_first: bool = False,
    ) -> Sequence[Posting]:
        """Postings in these states (empty: all), those first that were put first, or last."""

    async def posting(self, key: str) -> Posting | None:
        """One posting by its letter's key."""

    async def audit(
        self, city: str | None, before_ts: int | None = None, limit: int = 100
    ) -> Sequence[AuditEntry]:
        """Audit entries, the newest first: `limit` of them, and all others of the last one's
        millisecond, so that going on with `before_ts` at its time misses none."""

    async def forget(self, postings_before_ts: int, audit_before_ts: int) -> None:
        """Drop ended postings and audit entries that are older. Waiting ones stay."""


class Places(Protocol):
    """How far sources were read that nobody else remembers it for; what a place says is theirs."""

    async def places(self) -> Mapping[str, str]:
        """The last place of every source that ever had one, by its name."""


class Store(Journal, Snapshots, Records, Places, Protocol):
    """All of it, as one of the implementations offers it; opened by its factory, closed by
    leaving its context."""
