"""What stands in the tables of the SQLite store, and the statements that change and read it.

Everything here blocks and runs in the store's one thread; `sqlite.py` calls it, one short job after
another: nothing here takes long, so that a batch never waits long behind something else. The schema
stands in `sqlite_file.py`.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from msgspec import Struct

from alerts.letter import OPEN, Posting, PostingState
from monitor.core.audit import AuditEntry
from monitor.store.port import Batch, Entry, Probe
from monitor.store.rows import (
    ASIDE_KEPT,
    PAGE_BYTES,
    PAGE_ROWS,
    PIECE_BYTES,
    SNAPSHOTS_KEPT,
    audit_of,
    encode,
    postings_of,
)

_INSERT_POSTING: Final = (
    "INSERT INTO postings (key, action_id, target, city, state, next_ts, updated_ts, body) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO "
)
_PUT: Final = _INSERT_POSTING + "NOTHING"
_MARK: Final = (
    _INSERT_POSTING + "UPDATE SET state = excluded.state, next_ts = excluded.next_ts, "
    "updated_ts = excluded.updated_ts, body = excluded.body"
)


class Kept(Struct, frozen=True):
    """A snapshot's row; its body lies in pieces."""

    id: int
    seq: int
    ts: int
    size: int


class Tables:
    """One connection's tables; raises sqlite3.Error, and then nothing has changed."""

    def __init__(self, db: sqlite3.Connection, probe: Probe) -> None:
        self._db = db
        self._probe = probe

    # Batches and the journal

    def write(self, batch: Batch) -> None:
        """The batch in one transaction; one that is known already changes nothing."""
        self._probe("store.write.begin")
        with self._transaction():
            if batch.number > self.counter("batch"):
                self._add(batch)
            self._probe("store.write.staged")
        self._probe("store.write.done")

    def counter(self, name: str) -> int:
        """`batch` and `seq` of what was written last, 0 for none."""
        return int(self._one("SELECT coalesce(max(value), 0) FROM counters WHERE name = ?", name))

    def page(self, after_seq: int, before_ts: int | None) -> list[Entry]:
        """The entries that come next, about PAGE_BYTES of them; none: that was the last."""
        page: list[Entry] = []
        size = 0
        rows = self._db.execute(
            "SELECT seq, ts, body FROM journal WHERE seq > ? ORDER BY seq LIMIT ?",
            (after_seq, PAGE_ROWS),
        )
        for seq, ts, body in rows:
            if before_ts is not None and ts >= before_ts:
                break
            page.append(Entry(seq, ts, body))
            size += len(body)
            if size >= PAGE_BYTES:
                break
        rows.close()
        return page

    def trim_journal(self, before_ts: int) -> bool:
        """Drops one chunk of what the older snapshot covers; whether there may be more."""
        kept = self.kept()
        if len(kept) < SNAPSHOTS_KEPT:
            return False
        last, size = 0, 0
        for seq, ts, length in self._db.execute(
            "SELECT seq, ts, length(body) FROM journal WHERE seq <= ? ORDER BY seq LIMIT ?",
            (min(snapshot.seq for snapshot in kept), PAGE_ROWS),
        ).fetchall():
            if ts >= before_ts or size >= PIECE_BYTES:
                break
            last, size = seq, size + length
        return last > 0 and self._changed("DELETE FROM journal WHERE seq <= ?", last) > 0

    # Snapshots

    def next_snapshot(self) -> int:
        """An id above all that were given."""
        highest = self._one(
            "SELECT max(id) FROM (SELECT id FROM snapshots UNION SELECT snapshot FROM pieces)"
        )
        return int(highest or 0) + 1

    def add_piece(self, snapshot: int, no: int, body: memoryview) -> None:
        """One piece, as yet of no snapshot."""
        with self._transaction():
            self._db.execute(
                "INSERT INTO pieces (snapshot, no, body) VALUES (?, ?, ?)", (snapshot, no, body)
            )

    def complete(self, kept: Kept) -> None:
        """Makes it the newest snapshot; of the others only the one before it stays."""
        with self._transaction():
            self._db.execute(
                "DELETE FROM snapshots WHERE seq = ? AND set_aside IS NULL", (kept.seq,)
            )
            self._db.execute(
                "INSERT INTO snapshots (id, seq, ts, size) VALUES (?, ?, ?, ?)",
                (kept.id, kept.seq, kept.ts, kept.size),
            )
            self._keep("set_aside IS NULL", SNAPSHOTS_KEPT)
            self._probe("store.snapshot.staged")
        self._probe("store.snapshot.done")

    def drop_piece(self) -> bool:
        """Drops one piece that belongs to no snapshot; whether there was one."""
        dropped = self._changed(
            "DELETE FROM pieces WHERE id = "
            "(SELECT id FROM pieces WHERE snapshot NOT IN (SELECT id FROM snapshots) LIMIT 1)"
        )
        return dropped > 0

    def kept(self) -> list[Kept]:
        """The snapshots that may be used, the newest first."""
        rows = self._db.execute(
            "SELECT id, seq, ts, size FROM snapshots WHERE set_aside IS NULL ORDER BY id DESC"
        )
        return [Kept(*row) for row in rows.fetchall()]

    def body(self, kept: Kept) -> bytes:
        """A snapshot's body, its pieces put together."""
        rows = self._db.execute(
            "SELECT body FROM pieces WHERE snapshot = ? ORDER BY no", (kept.id,)
        )
        return b"".join(body for (body,) in rows.fetchall())

    def set_aside(self, seq: int, reason: str) -> None:
        """Not given out any more."""
        with self._transaction():
            self._db.execute(
                "UPDATE snapshots SET set_aside = ? WHERE seq = ? AND set_aside IS NULL",
                (reason, seq),
            )
            self._keep("set_aside IS NOT NULL", ASIDE_KEPT)

    # The ledger and the audit

    def postings(
        self,
        states: Sequence[PostingState],
        city: str | None,
        after: int | None,
        limit: int,
        newest_first: bool,
    ) -> tuple[list[Posting], int | None]:
        """A page of postings, and what the next one goes on after (None: that was the last)."""
        where = ["TRUE"]
        values: list[object] = []
        if after is not None:
            where.append("n < ?" if newest_first else "n > ?")
            values.append(after)
        if states:
            where.append(f"state IN ({', '.join('?' * len(states))})")
            values += states
        if city is not None:
            where.append("city = ?")
            values.append(city)
        limit = min(limit, PAGE_ROWS)
        rows = self._db.execute(
            f"SELECT n, body FROM postings WHERE {' AND '.join(where)} "
            f"ORDER BY n {'DESC' if newest_first else 'ASC'} LIMIT ?",
            (*values, limit),
        ).fetchall()
        more = len(rows) == limit
        return postings_of(body for _, body in rows), rows[-1][0] if more else None

    def posting(self, key: str) -> Posting | None:
        """One posting."""
        rows = self._db.execute("SELECT body FROM postings WHERE key = ?", (key,))
        return next(iter(postings_of(body for (body,) in rows.fetchall())), None)

    def audit(self, city: str | None, before_ts: int | None, limit: int) -> list[AuditEntry]:
        """The newest entries, whole milliseconds of them."""
        where = ["TRUE"]
        values: list[object] = []
        if city is not None:
            where.append("city = ?")
            values.append(city)
        if before_ts is not None:
            where.append("ts < ?")
            values.append(before_ts)
        chosen = f"FROM audit WHERE {' AND '.join(where)}"
        last_ts = self._one(
            f"SELECT ts {chosen} ORDER BY ts DESC LIMIT 1 OFFSET ?", *values, max(limit, 1) - 1
        )
        rows = self._db.execute(
            f"SELECT body {chosen} AND ts >= ? ORDER BY ts DESC, id DESC",
            (*values, 0 if last_ts is None else last_ts),
        )
        return audit_of(body for (body,) in rows.fetchall())

    def forget_postings(self, before_ts: int) -> bool:
        """Drops a chunk of old ended postings; whether there may be more."""
        dropped = self._changed(
            "DELETE FROM postings WHERE n IN "
            "(SELECT n FROM postings WHERE updated_ts < ? AND state != ? LIMIT ?)",
            *(before_ts, OPEN, PAGE_ROWS),
        )
        return dropped == PAGE_ROWS

    def forget_audit(self, before_ts: int) -> bool:
        """Drops a chunk of old audit entries; whether there may be more."""
        dropped = self._changed(
            "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE ts < ? LIMIT ?)",
            *(before_ts, PAGE_ROWS),
        )
        return dropped == PAGE_ROWS

    # Sources

    def places(self) -> dict[str, str]:
        """How far each source was read."""
        return dict(self._db.execute("SELECT source, place FROM places").fetchall())

    def _add(self, batch: Batch) -> None:
        seq = self.counter("seq")
        journal = [entry for entry in batch.journal if entry.seq > seq]
        many = self._db.executemany
        many("INSERT INTO journal VALUES (?, ?, ?)", ((e.seq, e.ts, e.body) for e in journal))
        many(_PUT, map(_row, batch.put))
        many(_MARK, map(_row, batch.marks))
        many(
            "INSERT INTO audit (ts, city, body) VALUES (?, ?, ?)",
            ((entry.ts, entry.city, encode(entry)) for entry in batch.audit),
        )
        many("INSERT OR REPLACE INTO places VALUES (?, ?)", batch.places.items())
        counters: Iterable[tuple[str, int]] = [("batch", batch.number)]
        if journal:
            counters = [*counters, ("seq", journal[-1].seq)]
        many("INSERT OR REPLACE INTO counters VALUES (?, ?)", counters)

    def _keep(self, which: str, count: int) -> None:
        """Of these snapshots the newest ones; the pieces of the others leave later, one by one."""
        self._db.execute(
            f"DELETE FROM snapshots WHERE {which} AND id NOT IN "
            f"(SELECT id FROM snapshots WHERE {which} ORDER BY id DESC LIMIT ?)",
            (count,),
        )

    def _one(self, query: str, *values: object) -> Any:
        """The one value of a query's first row, None for no row."""
        row = self._db.execute(query, values).fetchone()
        return None if row is None else row[0]

    def _changed(self, statement: str, *values: object) -> int:
        """How many rows a statement, a transaction of its own, has changed."""
        with self._transaction():
            return self._db.execute(statement, values).rowcount

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise


def _row(posting: Posting) -> tuple[object, ...]:
    letter = posting.letter
    of = (letter.key, letter.action_id, letter.to, letter.city)
    return (*of, posting.state, posting.next_ts, posting.updated_ts, encode(posting))
