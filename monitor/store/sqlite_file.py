"""The SQLite file: its lock, its permissions, its schema, and what happens when it is damaged.

Everything here blocks and runs in the store's one thread; `sqlite.py` calls it. What stands in the
tables is `sqlite_tables.py`'s business.

A damaged file never keeps the monitor from starting, and never passes in silence: it is renamed,
the log says where to, and an empty one takes its place. Damage that is met while running leaves a
mark beside the file, so that the next start does the same.
"""

import fcntl
import logging
import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from monitor.store.port import StoreError

log = logging.getLogger(__name__)

SCHEMA: Final = 1  # PRAGMA user_version
APPLICATION: Final = 0x63697479  # PRAGMA application_id: "city"
WAL_KEPT_BYTES: Final = 64 << 20  # the write-ahead log is cut to this after a checkpoint

_TABLES: Final = f"""
BEGIN IMMEDIATE;
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE journal (seq INTEGER PRIMARY KEY, ts INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE snapshots (
    id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, ts INTEGER NOT NULL, size INTEGER NOT NULL,
    set_aside TEXT
);
CREATE TABLE pieces (
    id INTEGER PRIMARY KEY, snapshot INTEGER NOT NULL, no INTEGER NOT NULL, body BLOB NOT NULL
);
CREATE UNIQUE INDEX pieces_place ON pieces (snapshot, no);
CREATE TABLE postings (
    n INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, action_id TEXT NOT NULL, target TEXT NOT NULL,
    city TEXT NOT NULL, state TEXT NOT NULL, next_ts INTEGER NOT NULL, updated_ts INTEGER NOT NULL,
    body BLOB NOT NULL
);
CREATE INDEX postings_state ON postings (state);
CREATE INDEX postings_updated ON postings (updated_ts);
CREATE TABLE audit (
    id INTEGER PRIMARY KEY, ts INTEGER NOT NULL, city TEXT NOT NULL, body BLOB NOT NULL
);
CREATE INDEX audit_ts ON audit (ts);
CREATE INDEX audit_city ON audit (city, ts);
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {SCHEMA};
COMMIT;
"""
# What came later, and does no harm where an older version, which passes it by, writes again: it
# needs no other schema. A file of before gets it when it is opened.
_LATER_TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS places (source TEXT PRIMARY KEY, place TEXT NOT NULL) WITHOUT ROWID"
)
# Up to this size the whole file is checked at each start: 0.1 s for 350 MB that lie in memory. Of a
# bigger one only the ends, and damage within shows when it is read.
CHECKED_BYTES: Final = 1 << 30
_DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class _DamageError(sqlite3.DatabaseError):
    """What SQLite's own check has found."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT


class DataFile:
    """One database file, held by this process alone from `open` to `close`."""

    def __init__(self, path: Path, timeout_s: float) -> None:
        self.path = path
        self._timeout_s = timeout_s
        self._lock: int | None = None
        self._db: sqlite3.Connection | None = None

    def open(self) -> sqlite3.Connection:
        """The connection, ready for use. Raises StoreError when the file can't be used."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._take_lock()
            if self._damaged.exists():
                self._set_aside("damage that an earlier run met")
            try:
                return self._connect()
            except sqlite3.DatabaseError as error:
                if not is_damage(error):
                    raise
                self._set_aside(str(error))
                return self._connect()
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"the store {self.path} can't be opened: {error}") from error

    def close(self) -> None:
        """Gives the file free; also after an `open` that failed."""
        if self._db is not None:
            self._db.close()
            self._db = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def fault(self, error: sqlite3.Error) -> StoreError:
        """What an error of SQLite means for whoever called; damage is marked for the next start."""
        if not is_damage(error):
            return StoreError(f"the store {self.path}: {error}")
        self._damaged.touch(mode=0o600)
        return StoreError(
            f"the store {self.path} is damaged ({error}): start citywatch again, it then sets the "
            "file aside and begins a new one"
        )

    @property
    def _damaged(self) -> Path:
        return self.path.with_name(f"{self.path.name}.damaged")

    def _take_lock(self) -> None:
        """On a file of its own: SQLite's locks are let go between two transactions."""
        self._lock = os.open(
            self.path.with_name(f"{self.path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600
        )
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreError(
                f"the store {self.path} is in use by another citywatch: stop that one, or name "
                "another file"
            ) from None

    def _connect(self) -> sqlite3.Connection:
        made = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.fchmod(made, 0o600)  # the log that SQLite puts beside it takes over these bits
        finally:
            os.close(made)
        db = sqlite3.connect(self.path, timeout=self._timeout_s, isolation_level=None)
        try:
            self._prepare(db)
        except BaseException:
            db.close()
            raise
        self._db = db
        return db

    def _prepare(self, db: sqlite3.Connection) -> None:
        tables = [
            name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        (application,) = db.execute("PRAGMA application_id").fetchone()
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if tables and application != APPLICATION:
            raise StoreError(f"{self.path} is the database of another program: name another file")
        if version > SCHEMA:
            raise StoreError(
                f"the store {self.path} was written by a newer citywatch (schema {version}, this "
                f"one knows {SCHEMA}): start that version, or name another file"
            )
        (mode,) = db.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":
            raise StoreError(f"the store {self.path} must lie on a local disk: no WAL there")
        db.execute("PRAGMA synchronous = FULL")  # an fsync at each commit
        db.execute(f"PRAGMA journal_size_limit = {WAL_KEPT_BYTES}")
        if not tables:
            db.executescript(_TABLES)
        db.execute(_LATER_TABLES)
        if self.path.stat().st_size <= CHECKED_BYTES:
            (found,) = db.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                raise _DamageError(" ".join(found.split()))
        for table in tables:  # both ends of each tree: a file that was cut off shows here
            db.execute(f"SELECT * FROM {table} ORDER BY 1 LIMIT 1").fetchone()
            db.execute(f"SELECT * FROM {table} ORDER BY 1 DESC LIMIT 1").fetchone()

    def _set_aside(self, why: str) -> None:
        when = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        aside = self.path.with_name(f"{self.path.name}.corrupt-{when}")
        for ending in ("", "-wal"):
            part = self.path.with_name(self.path.name + ending)
            if part.exists():
                part.replace(f"{aside}{ending}")
        self.path.with_name(f"{self.path.name}-shm").unlink(missing_ok=True)
        self._damaged.unlink(missing_ok=True)
        log.warning(
            "the store %s is damaged (%s): kept as %s, and begun anew without alerts, actions and "
            "audit of before",
            *(self.path, why, aside),
        )


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file itself is at fault: no database, or a broken one."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE
