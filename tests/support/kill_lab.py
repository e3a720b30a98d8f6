"""Kills a monitor at each of its points of writing and sending, and lets the next life go on.

    python -m tests.support.kill_lab FOLDER STORE EVERY CHUNK CHUNKS

Runs the day once without a kill, which counts the points, then once for each that falls to this
chunk: the first life is killed there, the next goes on to the end. What was found is printed, a
line of JSON for each run.

All lives, and the receiver of each run, are forked from this one process, which has done its
imports and started neither loop nor thread: a run takes half a second instead of five. The receiver
and Redis outlive the killed.
"""

import asyncio
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.support.kill_city import STORES, Json, write_city
from tests.support.kill_driver import DEADLINE_S, Points, live
from tests.support.receiver import Receiver, keys_in
from tests.support.redis_server import DURABLE, REDIS
from tests.support.servers import free_port

KILLED: Final = -signal.SIGKILL
TWICE_EVERY: Final = 20  # of the points


def forked(work: Callable[[], None]) -> int:
    """The id of a child that does this and no more."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        work()
        code = 0
    except BaseException:
        logging.getLogger("lab").exception("a life ended badly")
    finally:
        sys.stderr.flush()
        os._exit(code)


def ended(pid: int) -> int:
    """Waits for a child; its exit code, negative for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


# --- the receiver -----------------------------------------------------------------------------


async def _receive(port: int, folder: Path) -> None:
    """Take letters until told to stop, then write down the keys of all that were posted."""
    one = Receiver(port=port, file=folder / "taken")
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await one.start()
    await stop.wait()
    (folder / "posted").write_text(json.dumps([request.key for request in one.requests]))
    await one.stop()


@contextmanager
def _receiver(folder: Path) -> Iterator[int]:
    """A receiver's process; its port."""
    port = free_port()
    (folder / "taken").touch()
    pid = forked(lambda: asyncio.run(_receive(port, folder)))
    until_listening(port)
    try:
        yield port
    finally:
        os.kill(pid, signal.SIGTERM)
        ended(pid)


def until_listening(port: int) -> None:
    """Waits until somebody listens there."""
    last = time.monotonic() + DEADLINE_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if time.monotonic() > last:
                raise
            time.sleep(0.005)


# --- lives ------------------------------------------------------------------------------------


def _life(config: Path, kill_at: int) -> None:
    """One life; at its end, if it has one, it writes down what it found."""
    folder = config.parent
    log = (folder / "log").open("a")
    form = "%(levelname)s %(name)s %(message)s"
    logging.basicConfig(stream=log, level=logging.INFO, format=form, force=True)
    points = Points(kill_at)
    found = asyncio.run(live(config, folder / "taken", points))
    found["points"] = points.seen
    (folder / "found").write_text(json.dumps(found))


def run(folder: Path, store: str, kills: list[int]) -> Json:
    """The day once, with these kills; what was found."""
    folder.mkdir()
    with _receiver(folder) as port:
        config = write_city(folder, port, store)
        codes = [ended(forked(lambda at=at: _life(config, at))) for at in [*kills, 0]]  # type: ignore[misc]
    log = (folder / "log").read_text()
    result: Json = {"kills": kills, "codes": codes, "log": log}
    if codes[-1] == 0:
        result |= json.loads((folder / "found").read_text())
        result["taken"] = keys_in(folder / "taken")
        result["letters"] = [
            json.loads(json.loads(line)["body"])
            for line in (folder / "taken").read_text().splitlines()
        ]
        result["posted"] = json.loads((folder / "posted").read_text())
    return result


@contextmanager
def _stores(folder: Path, kind: str) -> Iterator[Callable[[int], str]]:
    """Of each run's number, the configuration of a store of its own."""
    if kind == "sqlite":
        yield lambda number: STORES["sqlite"]
        return
    port = free_port()
    command = [REDIS, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
    with subprocess.Popen([*command, "--save", "", *DURABLE], stdout=subprocess.DEVNULL) as server:
        until_listening(port)
        url = f"redis://127.0.0.1:{port}/0"
        try:
            yield lambda number: STORES["redis"].format(url=url, name=f"run{number}")
        finally:
            server.terminate()


def kills_of(points: list[str], every: int, chunk: int, chunks: int) -> list[list[int]]:
    """The kills of a chunk, counted from 1; now and then the next life is killed at once as well.

    Where a transaction begins nothing is written yet: that is the same as the point before it.
    """
    at = [number for number, point in enumerate(points, 1) if point != "store.write.begin"]
    mine = at[::every][chunk::chunks]
    return [[number] for number in mine] + [[number, 3] for number in mine[::TWICE_EVERY]]


def main(folder: Path, kind: str, every: int, chunk: int, chunks: int) -> None:
    """All runs of a chunk."""
    with _stores(folder, kind) as store_of:
        whole = run(folder / "whole", store_of(0), [])
        print(json.dumps(whole), flush=True)
        if whole["codes"] != [0]:
            return
        for number, kills in enumerate(kills_of(whole["points"], every, chunk, chunks), 1):
            print(json.dumps(run(folder / f"run{number}", store_of(number), kills)), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:6]))
