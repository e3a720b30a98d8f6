"""The embedded store: one SQLite file, in a thread of its own, so that the event loop never waits.

Lives here: the port's methods as short jobs of that thread, in the order in which they were asked
for. Long work (a snapshot, a trimming, a long read) is cut into many such jobs, and a batch passes
between them. The statements stand in `sqlite_tables.py`, the file in `sqlite_file.py`; the
composition root opens it.

Each commit is an fsync (WAL, synchronous FULL): what `write` has returned outlives a power cut.
"""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ParamSpec, TypeVar

from alerts.letter import Posting, PostingState
from monitor.core.audit import AuditEntry
from monitor.store.port import Batch, Entry, Probe, Snapshot, Store, no_probe
from monitor.store.rows import pieces
from monitor.store.sqlite_file import DataFile
from monitor.store.sqlite_tables import Kept, Tables

log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")


@asynccontextmanager
async def open_sqlite(
    path: Path, probe: Probe = no_probe, timeout_s: float = 5.0
) -> AsyncIterator[Store]:
    """The store in this file, which is made if missing, for this process alone.

    A damaged file is set aside under another name, with a warning. Raises StoreError when the file
    is in use, is no store, comes from a newer version or can't be written. `timeout_s`: how long a
    call waits for another program that has locked the file.
    """
    loop = asyncio.get_running_loop()
    file = DataFile(path, timeout_s)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="store") as thread:
        try:
            db = await loop.run_in_executor(thread, file.open)
            yield _SqliteStore(thread, file, Tables(db, probe), probe)
        finally:
            await asyncio.shield(loop.run_in_executor(thread, file.close))


class _SqliteStore:
    """The port over one file."""

    def __init__(
        self, thread: ThreadPoolExecutor, file: DataFile, tables: Tables, probe: Probe
    ) -> None:
        self._thread = thread
        self._file = file
        self._tables = tables
        self._probe = probe
        self._saving = asyncio.Lock()

    async def write(self, batch: Batch) -> None:
        await self._do(self._tables.write, batch)

    async def entries(self, after_seq: int, before_ts: int | None = None) -> AsyncIterator[Entry]:
        while page := await self._do(self._tables.page, after_seq, before_ts):
            for entry in page:
                yield entry
            after_seq = page[-1].seq

    async def last_seq(self) -> int:
        return await self._do(self._tables.counter, "seq")

    async def last_batch(self) -> int:
        return await self._do(self._tables.counter, "batch")

    async def save(self, snapshot: Snapshot, keep_journal_from_ts: int) -> None:
        async with self._saving:
            self._probe("store.snapshot.begin")
            await self._sweep()  # what a save that was interrupted has left
            kept = Kept(
                await self._do(self._tables.next_snapshot),
                *(snapshot.seq, snapshot.ts, len(snapshot.body)),
            )
            for no, piece in enumerate(pieces(snapshot.body)):
                await self._do(self._tables.add_piece, kept.id, no, piece)
            await self._do(self._tables.complete, kept)
            await self._sweep()
            while await self._do(self._tables.trim_journal, keep_journal_from_ts):
                pass

    async def snapshots(self) -> Sequence[Snapshot]:
        found = []
        for kept in await self._do(self._tables.kept):
            body = await self._do(self._tables.body, kept)
            if len(body) == kept.size:
                found.append(Snapshot(kept.seq, kept.ts, body))
            else:
                log.warning("%s: snapshot %d is not whole, left out", self._file.path, kept.seq)
        return found

    async def set_aside(self, seq: int, reason: str) -> None:
        await self._do(self._tables.set_aside, seq, reason)
        log.warning("%s: snapshot %d is set aside: %s", self._file.path, seq, reason)

    async def postings(
        self,
        states: Sequence[PostingState] = (),
        limit: int = 100_000,
        city: str | None = None,
        newest_first: bool = False,
    ) -> Sequence[Posting]:
        found: list[Posting] = []
        after: int | None = None
        while len(found) < limit:
            page, after = await self._do(
                self._tables.postings, states, city, after, limit - len(found), newest_first
            )
            found += page
            if after is None:
                break
        return found

    async def posting(self, key: str) -> Posting | None:
        return await self._do(self._tables.posting, key)

    async def audit(
        self, city: str | None, before_ts: int | None = None, limit: int = 100
    ) -> Sequence[AuditEntry]:
        return await self._do(self._tables.audit, city, before_ts, limit)

    async def forget(self, postings_before_ts: int, audit_before_ts: int) -> None:
        while await self._do(self._tables.forget_postings, postings_before_ts):
            pass
        while await self._do(self._tables.forget_audit, audit_before_ts):
            pass

    async def places(self) -> Mapping[str, str]:
        return await self._do(self._tables.places)

    async def _sweep(self) -> None:
        while await self._do(self._tables.drop_piece):
            pass

    async def _do(self, job: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """One job in the thread; SQLite's errors become StoreError."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, lambda: job(*args, **kwargs))
        except sqlite3.Error as error:
            raise self._file.fault(error) from error
