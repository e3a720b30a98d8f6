"""Both stores when the process that writes is killed: each batch whole or not at all."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from monitor.store.port import Batch, Snapshot, Store
from tests.support.stores import (
    PER_BATCH,
    RIGS,
    Rig,
    act,
    full_batch,
    journal,
    keys,
    posting,
    snapshot_body,
)

DEADLINE_S = 30.0
NEVER = "never"


@pytest.fixture(params=RIGS)
async def rig(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rig]:
    """The place of each store in turn."""
    async with RIGS[request.param](tmp_path) as rig:
        yield rig


@dataclass
class Acknowledged:
    """The last that the writer said was durable."""

    batch: int = 0
    snapshot: int = 0

    async def listen(self, writer: Process, batches: int | None = None) -> None:
        """Reads what it says, to its end or until it has written so many batches."""
        assert writer.stdout is not None
        seen = 0
        async with asyncio.timeout(DEADLINE_S):
            async for line in writer.stdout:
                what, number = line.split()
                setattr(self, what.decode(), int(number))
                seen += what == b"batch"
                if seen == batches:
                    return


@asynccontextmanager
async def writing(rig: Rig, point: str, nth: int) -> AsyncIterator[Process]:
    """A writer that dies when it comes to its point the nth time, or at the end."""
    command = [sys.executable, "-m", "tests.support.stores", rig.place, point, str(nth)]
    writer = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stdout=PIPE)
    try:
        yield writer
    finally:
        if writer.returncode is None:
            writer.kill()
        await writer.wait()


async def check(store: Store, told: Acknowledged) -> None:
    """All that was acknowledged is there, and of the next batch all or nothing."""
    last = await store.last_batch()
    assert told.batch <= last <= told.batch + 1
    assert await store.last_seq() == last * PER_BATCH

    snapshots = await store.snapshots()
    newest = snapshots[0].seq if snapshots else 0
    assert newest >= told.snapshot
    for kept in snapshots:
        assert kept == Snapshot(kept.seq, kept.seq * 10, snapshot_body(kept.seq))
    left = [entry.seq for entry in await journal(store)]
    older = min((kept.seq for kept in snapshots), default=0)
    assert left == list(range(left[0], last * PER_BATCH + 1)) if left else last == 0
    assert not left or left[0] <= older + 1

    batches = [full_batch(number) for number in range(1, last + 1)]
    assert keys(await store.postings()) == [p.letter.key for b in batches for p in b.put]
    marks = {mark.letter.key: mark for batch in batches for mark in batch.marks}
    assert await store.postings(["delivered"]) == list(marks.values())
    assert await store.audit(None) == [act(number) for number in range(last, 0, -1)]
    assert await store.places() == ({"log": f"line {last}"} if last else {})


@pytest.mark.parametrize("nth", [1, 6])
@pytest.mark.parametrize(
    "point",
    [
        "store.write.begin",
        "store.write.staged",
        "store.write.done",
        "store.snapshot.begin",
        "store.snapshot.staged",
        "store.snapshot.done",
    ],
)
async def test_killed_at_any_point_nothing_acknowledged_is_lost(
    rig: Rig, point: str, nth: int
) -> None:
    """After SIGKILL at each point the store is whole, and the batch in hand can be repeated."""
    told = Acknowledged()
    async with writing(rig, point, 2 if nth > 2 and "snapshot" in point else nth) as writer:
        await told.listen(writer)
        assert await writer.wait() == -9
    async with rig.open() as store:
        await check(store, told)
        await store.write(full_batch(told.batch + 1))
        told.batch += 1
        await check(store, told)
        assert await store.last_batch() == told.batch


async def test_killed_at_any_moment_nothing_acknowledged_is_lost(rig: Rig) -> None:
    """Killed from outside in the middle of work, again and again, one life after another."""
    for batches in (3, 1, 4, 9, 6):
        told = Acknowledged()
        async with writing(rig, NEVER, 1) as writer:
            await told.listen(writer, batches)
            writer.kill()
            await told.listen(writer)
        async with rig.open() as store:
            await check(store, told)


async def test_a_killed_monitor_starts_again_at_once(rig: Rig) -> None:
    """What it held of the store holds nobody up, and its numbers go on."""
    async with writing(rig, "store.write.staged", 3) as writer:
        await Acknowledged().listen(writer)
        assert await writer.wait() == -9
    async with rig.open() as store:
        number = await store.last_batch() + 1
        await store.write(Batch(number, put=[posting("after")]))
        assert await store.posting("after") == posting("after")
