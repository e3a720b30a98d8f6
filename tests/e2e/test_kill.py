"""Nothing lost, nothing twice: the monitor is killed at every point of writing and sending.

A scripted day with alerts, actions and commands of every kind (tests/support/kill_script.py) goes
through the real `Monitor` with a real store and a real receiver that honours idempotency keys. A
first run counts the points: before, in and after each transaction and snapshot of the store,
before and after each try and each mark of the ledger. Then for each point one monitor is killed
there with SIGKILL, and a second one, which gets again what nobody had acknowledged, goes on to the
end of the day. What then is there must be what is there when nobody is killed.

On SQLite and on Redis that is every point but `store.write.begin` (nothing is written yet: the same
as the point before it), and one in twenty is killed twice in a row.
"""

import asyncio
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.support.kill_checks import check_day
from tests.support.kill_city import Json
from tests.support.kill_lab import KILLED
from tests.support.running import ROOT

# Chunks share the points, so that several workers of pytest do.
CHUNKS: Final = {"sqlite": 6, "redis": 8}
EVERY: Final = {"sqlite": 1, "redis": 1}
LONGEST_S: Final = 600.0
# Memory serves as well as a disk where processes are killed and not machines.
QUICK: Final = Path("/dev/shm")


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where the runs' files lie."""
    place = QUICK if QUICK.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="citywatch-kill-", dir=place) as name:
        yield Path(name)


async def days(folder: Path, store: str, chunk: int) -> list[Json]:
    """The day when nobody is killed, then once for each point of the chunk."""
    lab = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.kill_lab", str(folder), store),
        *(str(EVERY[store]), str(chunk), str(CHUNKS[store])),
        cwd=ROOT,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(LONGEST_S):
            out, _ = await lab.communicate()
    finally:
        if lab.returncode is None:
            lab.kill()
    assert lab.returncode == 0
    return [json.loads(line) for line in out.splitlines()]


@pytest.mark.parametrize(
    ("store", "chunk"),
    [(store, chunk) for store, count in CHUNKS.items() for chunk in range(count)],
)
async def test_killed_at_any_point_nothing_is_lost_and_nothing_twice(
    folder: Path, store: str, chunk: int
) -> None:
    """After SIGKILL at this share of the points the day ends as it does when nobody is killed."""
    whole, *others = await days(folder, store, chunk)
    assert whole["codes"] == [0], whole["log"]
    check_day(whole, whole)
    kinds = Counter(point.rpartition(".")[0] for point in whole["points"])
    assert kinds["store.write"] > 200
    assert kinds["store.snapshot"] > 30
    assert kinds["ledger"] > 200
    for day in others:
        assert day["codes"][-1] == 0, day["log"]
        check_day(day, whole)
    # How writes gather differs a little from run to run: the last points may not come.
    killed = sum(KILLED in day["codes"] for day in others)
    assert killed > 0.9 * len(others) > 10
