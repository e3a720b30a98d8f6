"""What the contract suite of the stores needs: both stores, and things to put in them.

Lives here: rigs that open the same store again and again, short makers of entries, postings and
batches, and `python -m tests.support.stores`, a writer of its own process that is killed at work.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Final

from alerts.letter import Drill, Letter, Posting, PostingState
from monitor.core.audit import AuditEntry
from monitor.store.port import Batch, Entry, Probe, Snapshot, Store, no_probe
from monitor.store.redis import open_redis
from monitor.store.sqlite import open_sqlite
from tests.support.redis_server import redis_server

NAME: Final = "riga"
PER_BATCH: Final = 3  # journal entries of a `full_batch`
SNAPSHOT_EVERY: Final = 4  # batches

OpenStore = Callable[[Probe], AbstractAsyncContextManager[Store]]


class Rig:
    """One place where a store is; `open` gives the store, as often as one likes."""

    def __init__(self, place: str) -> None:
        self.place = place

    def open(self, probe: Probe = no_probe) -> AbstractAsyncContextManager[Store]:
        """The store that is there."""
        return open_place(self.place, probe)


def open_place(place: str, probe: Probe = no_probe) -> AbstractAsyncContextManager[Store]:
    """The store at a path or a URL."""
    if place.startswith("redis:"):
        return open_redis(place, NAME, probe)
    return open_sqlite(Path(place), probe)


@asynccontextmanager
async def _sqlite(folder: Path) -> AsyncIterator[Rig]:
    yield Rig(str(folder / "state" / "citywatch.db"))


@asynccontextmanager
async def _redis(folder: Path) -> AsyncIterator[Rig]:
    async with redis_server(folder) as server:
        yield Rig(server.url)


RigMaker = Callable[[Path], AbstractAsyncContextManager[Rig]]
RIGS: Final[dict[str, RigMaker]] = {"sqlite": _sqlite, "redis": _redis}


def entry(seq: int, ts: int | None = None, body: bytes | None = None) -> Entry:
    """A journal entry; its time is ten times its number."""
    return Entry(seq, seq * 10 if ts is None else ts, body or f"event {seq}".encode())


def posting(
    key: str,
    state: PostingState = "waiting",
    *,
    city: str = "riga",
    updated_ts: int = 0,
    attempts: int = 0,
) -> Posting:
    """A letter in the ledger."""
    letter = Letter(
        key=key,
        of="of-1",
        to="ops",
        city=city,
        action_id="a-1",
        recipient="support",
        created_ts=0,
        deadline_ts=1_000,
        body=Drill(ts=0, words=key),
    )
    return Posting(letter=letter, state=state, updated_ts=updated_ts, attempts=attempts)


def act(ts: int, subject: str = "", *, city: str = "riga") -> AuditEntry:
    """A line of the audit."""
    return AuditEntry(ts=ts, city=city, by="anna", act="ack", subject=subject or f"s-{ts}", ok=True)


def full_batch(number: int) -> Batch:
    """The batch of this number, with something of everything; always the same."""
    first = (number - 1) * PER_BATCH + 1
    return Batch(
        number,
        journal=[entry(seq) for seq in range(first, first + PER_BATCH)],
        put=[posting(f"{number}-a"), posting(f"{number}-b")],
        marks=[posting(f"{number - 1}-a", "delivered", updated_ts=number)] if number > 1 else [],
        audit=[act(number)],
        places={"log": f"line {number}"},
    )


def keys(postings: Sequence[Posting]) -> list[str]:
    """Their keys, in their order."""
    return [posting.letter.key for posting in postings]


async def journal(store: Store, after_seq: int = 0, before_ts: int | None = None) -> list[Entry]:
    """All of it at once."""
    return [entry async for entry in store.entries(after_seq, before_ts)]


async def _write(place: str, point: str, nth: int) -> None:
    """Writes batches and snapshots, says each that is acknowledged, and dies at its point."""
    seen = 0

    def probe(at: str) -> None:
        nonlocal seen
        seen += at == point
        if seen == nth:
            os.kill(os.getpid(), signal.SIGKILL)

    async with open_place(place, probe) as store:
        number = await store.last_batch()
        while True:
            number += 1
            await store.write(full_batch(number))
            print("batch", number, flush=True)
            if number % SNAPSHOT_EVERY == 0:
                seq = number * PER_BATCH
                await store.save(Snapshot(seq, seq * 10, snapshot_body(seq)), seq * 10)
                print("snapshot", seq, flush=True)


def snapshot_body(seq: int) -> bytes:
    """A body of more than one piece, known by its number."""
    return seq.to_bytes(4, "big") * 1_500_000


if __name__ == "__main__":
    asyncio.run(_write(sys.argv[1], sys.argv[2], int(sys.argv[3])))
