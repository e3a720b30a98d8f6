"""Redis with GEO and a library of Lua functions; the client only reads, cuts at seconds and judges.

State, staleness, counts and the test of a point against polygons are Redis's (`watch.lua`): GEO has
circles and boxes but no polygons, so that positions are kept by it and zones are found in Lua, or,
with `located` as third argument, by the client, many points at once (`tree.py`). Events go as the
JSON they came in, up to `BATCH` a call, calls in pipelines. Starts a redis-server of its own on a
free loopback port, without persistence; its CPU time counts.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import redis
import shapely
from shapely.geometry import shape

from bench.peers.subset import Board, Case, Meter, Seconds, arguments, write
from bench.peers.tree import Tree

BATCH = 500  # events a call
READ = 5_000  # lines a pipeline
START_S = 10.0


@contextmanager
def server() -> Iterator[tuple[int, int]]:
    """A redis-server: its process and its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the server is ended, too
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            yield process.pid, port
        finally:
            process.terminate()


def connect(port: int) -> redis.Redis:
    """A client, once the server listens; raises ConnectionError if it does not in time."""
    client = redis.Redis(port=port)
    deadline = time.monotonic() + START_S
    while True:
        try:
            client.ping()
            return client
        except redis.ConnectionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def cpu_s(pid: int) -> float:
    """CPU seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def load(client: redis.Redis, case: Case) -> None:
    """The library and its zones."""
    client.function_load((Path(__file__).parent / "watch.lua").read_text())
    zones = []
    for feature in case.features():
        polygons = [
            [shapely.get_coordinates(ring).ravel().tolist() for ring in shapely.get_rings(polygon)]
            for polygon in shapely.get_parts(shape(feature["geometry"]))
        ]
        zones.append({"box": shape(feature["geometry"]).bounds, "polygons": polygons})
    client.fcall("zones", 0, json.dumps(zones))


class Caller:
    """Gathers events into calls and calls into a pipeline; judges what the answers tell."""

    def __init__(self, client: redis.Redis, case: Case, tree: Tree | None) -> None:
        self._case = case
        self._tree = tree
        self._pipe = client.pipeline(transaction=False)
        self._board = Board(case)
        self._seconds = Seconds()
        self._called: list[int | None] = []  # the second that a call of the pipeline judges
        self._lines: list[str] = []
        self._zones: list[int] = []

    def take(self, lines: list[str]) -> list[str]:
        """Events of a pipeline, as they came; what there is to tell of them."""
        events = [json.loads(line) for line in lines]
        zones = self._tree.locate(events) if self._tree is not None else []
        for at, event in enumerate(events):
            for second in self._seconds.before(event["ts"]):
                self._judge(second)
            self._lines.append(lines[at])
            self._zones += zones[at : at + 1]
            if len(self._lines) == BATCH:
                self._flush()
        return self._execute()

    def finish(self) -> list[str]:
        """What is left to tell when all events are in."""
        for second in self._seconds.rest():
            self._judge(second)
        return self._execute()

    def _flush(self) -> None:
        if self._lines:
            events = f"[{','.join(self._lines)}]"
            found = [json.dumps(self._zones)] if self._zones else []
            self._pipe.fcall("take", 0, events, *found)
            self._called.append(None)
            self._lines, self._zones = [], []

    def _judge(self, second: int) -> None:
        self._flush()
        self._pipe.fcall("judge", 0, str(second), str(self._case.stale_ms))
        self._called.append(second)

    def _execute(self) -> list[str]:
        self._flush()
        told: list[str] = []
        for second, answer in zip(self._called, self._pipe.execute(), strict=True):
            if second is not None:
                fields = iter(answer)
                for name, value in zip(fields, fields, strict=True):
                    zone, kind = name.decode().split(":")
                    setattr(self._board.counts[int(zone)], kind, int(value))
                told += self._board.judge(second)
        self._called.clear()
        return told


def main() -> None:
    """Run one case and say what it took."""
    case, out_path = arguments()
    with server() as (pid, port), connect(port) as client:
        load(client, case)
        caller = Caller(
            client, case, Tree(case.features()) if sys.argv[3:] == ["located"] else None
        )
        started, meter, events = cpu_s(pid), Meter(), 0
        with open(case.events) as file, open(out_path, "w") as out:
            while lines := list(islice(file, READ)):
                events += len(lines)
                write(out, caller.take(lines))
            write(out, caller.finish())
        meter.report(events, started, cpu_s(pid) - started)


if __name__ == "__main__":
    main()
