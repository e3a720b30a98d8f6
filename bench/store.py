"""What the stores take: group commits of a journal, and a snapshot of 100 MB beside them.

An event is a journal entry of 200 bytes; one batch after the other is written, each awaited, as the
recorder does. A ticker in the same event loop tells how long the loop was ever held. The base is a
bare write and fdatasync of the same bytes into a file in the same folder that has its length
already, as a write-ahead log mostly has. Both stores and the real `redis-server` run on this
machine, on its disk.
"""

import asyncio
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import numpy as np

from bench.measure import Record, as_they_come, compare
from monitor.store.port import Batch, Entry, Snapshot, Store
from monitor.store.redis import open_redis
from monitor.store.sqlite import open_sqlite
from tests.support.servers import free_port

EVENT = b'{"type":"courier.position"}'.ljust(200, b" ")
GROUPS = (1, 100, 2_000)
TURNS = 6
SECONDS = 4.0  # of all turns
SNAPSHOT_BYTES = 100_000_000
TICK_S = 0.001
WAIT_S = 10.0
BASE_ROOM = 100  # writes that fit into the file of the base
# everysec: Redis answers before it syncs, once a second; its ratio compares with no equal.
STORES = ("sqlite", "redis everysec", "redis always")


def run() -> Iterator[Record]:
    """For each store a record a size of group, one for a snapshot, one for reading it again."""
    for name in STORES:
        with tempfile.TemporaryDirectory() as folder:
            yield from as_they_come(_measure(name, Path(folder)))


async def _measure(name: str, folder: Path) -> AsyncIterator[Record]:
    async with _open(name, folder) as store:
        writer = _Writer(store)
        for group in GROUPS:
            bases, turns, ticks = [], [], []
            took, count = 0.0, writer.seq
            for _ in range(TURNS):
                bases.append(await _bare_ms(folder / "base", EVENT * group))
                ticker = asyncio.create_task(_ticks())
                began = time.perf_counter()
                turns.append([await writer.write(group) for _ in _while(began + SECONDS / TURNS)])
                took += time.perf_counter() - began
                ticker.cancel()
                ticks += await ticker
            bases.append(await _bare_ms(folder / "base", EVENT * group))
            count = writer.seq - count
            pairs = compare(_mean_s(bases), _mean_s(turns))
            yield Record(
                variant=f"{name}: batches of {group:,} events of {len(EVENT)} bytes",
                base="the mean of a bare write and fdatasync of the same bytes",
                ratio=pairs.ratio,
                pairs=pairs.kept,
                dropped=pairs.dropped,
                more={
                    "events_per_s": round(count / took),
                    "mb_per_s": round(count * len(EVENT) / took / 1e6, 1),
                    "write_ms": _percentiles([each for ms in turns for each in ms]),
                    **_loop(ticks),
                    "base_ms": _percentiles([each for ms in bases for each in ms]),
                },
            )
        yield await _with_snapshot(name, writer)
        yield await _again(name, store)


async def _with_snapshot(name: str, writer: "_Writer") -> Record:
    """Batches of 100 while a snapshot is saved that lets half of the journal leave."""
    body = os.urandom(SNAPSHOT_BYTES)
    await writer.store.save(Snapshot(writer.seq // 2, 0, b"older"), 0)
    ticker = asyncio.create_task(_ticks())
    began = time.perf_counter()
    saving = asyncio.create_task(writer.store.save(Snapshot(writer.seq, 0, body), 1))
    latencies = []
    while not saving.done():
        latencies.append(await writer.write(100))
    await saving
    took = time.perf_counter() - began
    ticker.cancel()
    return Record(
        variant=f"{name}: batches of 100 while {len(body) / 1e6:.0f} MB are saved and trimmed",
        more={
            "saved_s": round(took, 2),
            "write_ms": _percentiles(latencies),
            **_loop(await ticker),
        },
    )


async def _again(name: str, store: Store) -> Record:
    """What a start reads."""
    ticker = asyncio.create_task(_ticks())
    began = time.perf_counter()
    await store.snapshots()
    loaded = time.perf_counter() - began
    began, count = time.perf_counter(), 0
    async for _ in store.entries(0):
        count += 1
    took = time.perf_counter() - began
    ticker.cancel()
    return Record(
        variant=f"{name}: reading the snapshots and the journal",
        more={
            "snapshots_s": round(loaded, 2),
            "journal_entries": count,
            "journal_entries_per_s": round(count / took),
            **_loop(await ticker),
        },
    )


class _Writer:
    """Writes batches of entries that go on from each other."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.seq = 0
        self._number = 0

    async def write(self, group: int) -> float:
        """One batch; milliseconds until it was durable."""
        self._number += 1
        batch = Batch(self._number, [Entry(self.seq + n, 0, EVENT) for n in range(1, group + 1)])
        self.seq += group
        began = time.perf_counter()
        await self.store.write(batch)
        return (time.perf_counter() - began) * 1e3


@asynccontextmanager
async def _open(name: str, folder: Path) -> AsyncIterator[Store]:
    if name == "sqlite":
        async with open_sqlite(folder / "citywatch.db") as store:
            yield store
        return
    with _redis(folder, name.split()[1]) as url:
        async with asyncio.timeout(WAIT_S):
            while not (folder / "redis.sock").exists():  # noqa: ASYNC110 - a file is all there is
                await asyncio.sleep(0.02)
        async with open_redis(url, "bench") as store:
            yield store


@contextmanager
def _redis(folder: Path, fsync: str) -> Iterator[str]:
    """A server with an append-only file; its URL."""
    program = shutil.which("redis-server")
    if program is None:
        raise SystemExit("this benchmark needs Redis: apt-get install redis-server")
    port = free_port()
    server = subprocess.Popen(
        [
            *(program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)),
            *("--save", "", "--appendonly", "yes", "--appendfsync", fsync),
            *("--unixsocket", str(folder / "redis.sock")),  # it is there when the server listens
        ],
        stdout=subprocess.DEVNULL,
    )
    try:
        yield f"redis://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(WAIT_S)


async def _ticks() -> list[tuple[float, float]]:
    """Of each tick until it is cancelled: how late it came, and the loop's CPU since the last one.

    A machine that is busy with others makes ticks late that this loop did not hold up; the CPU time
    of its thread tells the two apart.
    """
    ticks: list[tuple[float, float]] = []
    try:
        while True:
            began, cpu = time.perf_counter(), time.thread_time()
            await asyncio.sleep(TICK_S)
            late = time.perf_counter() - began - TICK_S
            ticks.append((late * 1e3, (time.thread_time() - cpu) * 1e3))
    except asyncio.CancelledError:
        return ticks


def _loop(ticks: Sequence[tuple[float, float]]) -> dict[str, dict[str, float]]:
    """What the ticker saw."""
    late, cpu = zip(*ticks, strict=True)
    return {"loop_late_ms": _percentiles(late), "loop_cpu_ms": _percentiles(cpu)}


def _while(until: float) -> Iterator[None]:
    while time.perf_counter() < until:
        yield


async def _bare_ms(path: Path, content: bytes) -> list[float]:
    """Writes into a file that has its length, each made durable before the next one.

    From the same event loop, through a thread and beside a ticker as SQLite's: this machine's disk
    answers a bare loop of syncs on the beat of a 4 ms timer, and would seem slower than the store.
    """
    ticker = asyncio.create_task(_ticks())
    loop = asyncio.get_running_loop()
    took = []
    with ThreadPoolExecutor(1) as thread, path.open("w+b", buffering=0) as file:
        file.write(bytes(len(content) * BASE_ROOM))
        os.fsync(file.fileno())

        def write() -> None:
            if file.tell() >= len(content) * BASE_ROOM:
                file.seek(0)
            file.write(content)
            os.fdatasync(file.fileno())

        for _ in _while(time.perf_counter() + SECONDS / TURNS):
            began = time.perf_counter()
            await loop.run_in_executor(thread, write)
            took.append((time.perf_counter() - began) * 1e3)
    ticker.cancel()
    await ticker
    return took


def _mean_s(turns: Sequence[Sequence[float]]) -> list[float]:
    """Of each turn's milliseconds."""
    return [float(np.mean(ms)) / 1e3 for ms in turns]


def _percentiles(values: Sequence[float]) -> dict[str, float]:
    return {
        name: round(float(np.percentile(values, q)), 2)
        for name, q in (("p50", 50), ("p99", 99), ("max", 100))
    } | {"mean": round(float(np.mean(values)), 2)}
