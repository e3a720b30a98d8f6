"""What the Redis store does, in terms of its scripts and keys; it does not import the client.

Lives here: the port's methods. The connection, its deadlines and its errors are `redis.py`'s, which
opens this; what happens inside the server stands in `redis_scripts.py`.

Keys, all beginning with `citywatch:{NAME}:` (the braces keep them in one slot of a cluster):
`meta`, a hash (schema, fence, owner, batch, seq, counters, the index of snapshots) · `journal`, a
stream with the ids SEQ-TS · `snapshot:ID:NO`, the pieces of snapshots · `postings`, a hash by key,
with the sorted sets `order` and `state:STATE` (by first put) and `ended` (by time) ·
`audit-bodies`, a hash by id, with the sorted sets `audit` and `audit-city:CITY` (by time) ·
`places`, a hash by source.
"""

import asyncio
import logging
import secrets
import struct
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

import msgspec
from msgspec import Struct

from alerts.letter import Posting, PostingState
from monitor.core.audit import AuditEntry
from monitor.store.port import Batch, Entry, Probe, Snapshot
from monitor.store.redis_scripts import ADD_PIECE, AUDIT, FORGET, POSTINGS, SET_INDEX, TRIM, WRITE
from monitor.store.rows import (
    ASIDE_KEPT,
    PAGE_BYTES,
    PAGE_ROWS,
    SNAPSHOTS_KEPT,
    audit_of,
    encode,
    pieces,
    postings_of,
)

log = logging.getLogger(__name__)

PIECE_LIFE_MS: Final = 3_600_000  # far longer than any saving takes
FIRST_PAGE: Final = 64  # entries of the journal, before one knows how big they are

# The journal goes as one argument, each entry behind such a head (seq, ts, length of the body): the
# client takes 5 microseconds of the event loop for each argument.
_HEAD: Final = struct.Struct(">QQI")

# Batches that can be written again: those of some seconds, within bounds.
RECENT: Final = 2_000
RECENT_BYTES: Final = 64 << 20

Arg = str | int | bytes | memoryview


class Link(Protocol):
    """The server, as far as one name in it goes; both calls raise StoreError."""

    place: str

    async def read(self, command: str, key: str, *args: Arg) -> Any:
        """What Redis answers to a command about the key of this name."""

    async def run(self, script: str, *args: Arg) -> Any:
        """Runs a script, with the fence as its first argument."""


class _Sent(NamedTuple):
    """A batch as the script takes it."""

    number: int
    journal: bytes
    rest: bytes


class Kept(Struct, frozen=True):
    """A snapshot in the index; its body lies in `pieces` pieces."""

    id: str
    seq: int
    ts: int
    size: int
    pieces: int
    set_aside: str | None = None

    def piece_keys(self) -> list[str]:
        return [f"snapshot:{self.id}:{no}" for no in range(self.pieces)]


class RedisStore:
    """The port over one name in one server."""

    def __init__(self, link: Link, probe: Probe) -> None:
        self._link = link
        self._probe = probe
        self._index_version = 0
        self._recent: deque[_Sent] = deque()  # acknowledged, and perhaps not in a file yet
        self._recent_bytes = 0
        self._writing = asyncio.Lock()  # two connections would not keep the order of two batches
        self._saving = asyncio.Lock()

    async def write(self, batch: Batch) -> None:
        self._probe("store.write.begin")
        journal = b"".join(
            part
            for entry in batch.journal
            for part in (_HEAD.pack(entry.seq, entry.ts, len(entry.body)), entry.body)
        )
        rest = msgspec.msgpack.encode(
            (
                [_row(posting) for posting in batch.put],
                [_row(posting) for posting in batch.marks],
                [(act.ts, act.city, encode(act).decode()) for act in batch.audit],
                list(batch.places.items()),
            )
        )
        async with self._writing:
            self._probe("store.write.staged")
            await self._put(_Sent(batch.number, journal, rest))
        self._probe("store.write.done")

    async def _put(self, new: "_Sent") -> None:
        """Write a batch, and before it those that a killed Redis has forgotten.

        With `appendfsync everysec` Redis may answer up to two seconds before what it took is in
        its file (it waits for a sync that is under way): killed then, it lacks the last batches.
        """
        oldest = self._recent[0].number if self._recent else new.number
        before, wrote = await self._link.run(WRITE, *new, oldest)
        if not wrote:
            missing = [sent for sent in self._recent if sent.number > before]
            log.warning(
                "%s has forgotten batches: %d written again", self._link.place, len(missing)
            )
            for sent in missing:
                await self._link.run(WRITE, *sent, sent.number)
            before, _ = await self._link.run(WRITE, *new, new.number)
        if before < new.number - 1:
            log.warning(
                "%s has forgotten batches %d to %d: until the next snapshot a restart would lose "
                "what was in them",
                *(self._link.place, before + 1, new.number - 1),
            )
        self._recent.append(new)
        self._recent_bytes += len(new.journal) + len(new.rest)
        while len(self._recent) > RECENT or self._recent_bytes > RECENT_BYTES:
            gone = self._recent.popleft()
            self._recent_bytes -= len(gone.journal) + len(gone.rest)

    async def entries(self, after_seq: int, before_ts: int | None = None) -> AsyncIterator[Entry]:
        count = FIRST_PAGE
        while True:
            page = await self._link.read("XRANGE", "journal", after_seq + 1, "+", "COUNT", count)
            if not page:
                return
            size = 0
            for place, fields in page:
                seq, _, ts = place.partition(b"-")
                if before_ts is not None and int(ts) >= before_ts:
                    return
                entry = Entry(int(seq), int(ts), fields[b"body"])
                yield entry
                after_seq = entry.seq
                size += len(entry.body)
            count = min(max(len(page) * PAGE_BYTES // max(size, 1), 1), PAGE_ROWS)

    async def last_seq(self) -> int:
        return await self._counter("seq")

    async def last_batch(self) -> int:
        return await self._counter("batch")

    async def save(self, snapshot: Snapshot, keep_journal_from_ts: int) -> None:
        async with self._saving:
            self._probe("store.snapshot.begin")
            body = pieces(snapshot.body)
            new = Kept(
                secrets.token_hex(8),
                *(snapshot.seq, snapshot.ts, len(snapshot.body), len(body)),
            )
            for key, piece in zip(new.piece_keys(), body, strict=True):
                await self._link.run(ADD_PIECE, key, piece, PIECE_LIFE_MS)
            index = await self._index()
            usable = [k for k in index if k.set_aside is None and k.seq != snapshot.seq]
            kept = [new, *usable][:SNAPSHOTS_KEPT]
            aside = [k for k in index if k.set_aside is not None]
            self._probe("store.snapshot.staged")
            await self._set_index([*kept, *aside], index, new)
            self._probe("store.snapshot.done")
            if len(kept) == SNAPSHOTS_KEPT:
                older = min(k.seq for k in kept)
                while await self._link.run(TRIM, older, keep_journal_from_ts, PAGE_ROWS):
                    pass

    async def snapshots(self) -> Sequence[Snapshot]:
        found = []
        for kept in await self._index():
            if kept.set_aside is not None:
                continue
            parts = [await self._link.read("GET", key) or b"" for key in kept.piece_keys()]
            body = await asyncio.to_thread(b"".join, parts)
            if len(body) == kept.size:
                found.append(Snapshot(kept.seq, kept.ts, body))
            else:
                log.warning("%s: snapshot %d is not whole, left out", self._link.place, kept.seq)
        return found

    async def set_aside(self, seq: int, reason: str) -> None:
        async with self._saving:
            index = await self._index()
            marked = [
                msgspec.structs.replace(k, set_aside=reason)
                if k.seq == seq and k.set_aside is None
                else k
                for k in index
            ]
            usable = [k for k in marked if k.set_aside is None]
            aside = [k for k in marked if k.set_aside is not None]
            await self._set_index([*usable, *aside[:ASIDE_KEPT]], index)
        log.warning("%s: snapshot %d is set aside: %s", self._link.place, seq, reason)

    async def postings(
        self,
        states: Sequence[PostingState] = (),
        limit: int = 100_000,
        city: str | None = None,
        newest_first: bool = False,
    ) -> Sequence[Posting]:
        sets = [f"state:{state}" for state in states] or ["order"]
        count = min(limit, PAGE_ROWS)
        found: list[Posting] = []
        after, end = ("+inf", "-inf") if newest_first else ("-inf", "+inf")
        while len(found) < limit:
            page = await self._link.run(POSTINGS, after, end, count, *sets)
            if not page:
                break
            after = page[-2]
            found += [
                posting
                for posting in postings_of(page[1::2])
                if city is None or posting.letter.city == city
            ]
        return found[:limit]

    async def posting(self, key: str) -> Posting | None:
        body = await self._link.read("HGET", "postings", key)
        return next(iter(postings_of([body] if body else [])), None)

    async def audit(
        self, city: str | None, before_ts: int | None = None, limit: int = 100
    ) -> Sequence[AuditEntry]:
        name = "audit" if city is None else f"audit-city:{city}"
        top = "+inf" if before_ts is None else f"({before_ts}"
        return audit_of(await self._link.run(AUDIT, name, top, max(limit, 1)))

    async def forget(self, postings_before_ts: int, audit_before_ts: int) -> None:
        while await self._link.run(FORGET, postings_before_ts, audit_before_ts, PAGE_ROWS):
            pass

    async def places(self) -> Mapping[str, str]:
        found = await self._link.read("HGETALL", "places")
        return {source.decode(): place.decode() for source, place in found.items()}

    async def _counter(self, field: str) -> int:
        return int(await self._link.read("HGET", "meta", field) or 0)

    async def _index(self) -> list[Kept]:
        """All snapshots, the newest first; those set aside among them."""
        version, index = await self._link.read("HMGET", "meta", "index_version", "index")
        self._index_version = max(self._index_version, int(version or 0))
        return msgspec.json.decode(index or b"[]", type=list[Kept])

    async def _set_index(
        self, kept: list[Kept], before: list[Kept], new: Kept | None = None
    ) -> None:
        """The index from now on. An older one that comes late, after its deadline, is refused."""
        self._index_version += 1
        held = {k.id for k in kept}
        dropped = [key for k in before if k.id not in held for key in k.piece_keys()]
        lasting = new.piece_keys() if new else []
        await self._link.run(
            SET_INDEX, self._index_version, encode(kept), len(lasting), *lasting, *dropped
        )


def _row(posting: Posting) -> tuple[str, str, int, str]:
    return (posting.letter.key, posting.state, posting.updated_ts, encode(posting).decode())
