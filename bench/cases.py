"""Which cases there are: the name, which is that of its file, and what it holds against what.

A case is a module with `run() -> Iterable[Record]`, best a generator, so that each record is told
when it is there. Where `quick`, `run` takes a bool of that name: small sizes and few rounds, to see
that it works; nothing to quote. `monitor/cli/bench.py` starts each in a process of its own.
"""

import importlib
from collections.abc import Iterable
from typing import Final, cast

import msgspec

from bench.measure import Record


class Case(msgspec.Struct, frozen=True):
    """One case."""

    what: str
    quick: bool = False


CASES: Final[dict[str, Case]] = {
    "decode": Case("bytes to events as we do it, beside json.loads and bare msgspec", quick=True),
    "locate": Case("points to zones by our grid, beside shapely's STRtree", quick=True),
    "pipeline": Case("from JSON bytes to zone figures in memory, by batch size"),
    "tick": Case("a second of 5,000 zones, 200,000 open orders judged, beside a scan", quick=True),
    "memory": Case("bytes a courier in the engine's tables, the id included", quick=True),
    "growth": Case("what a position, a tick and a beat cost as the city grows", quick=True),
    "replay": Case("a recorded day of 100,000 events beside bare decoding"),
    "peers": Case("what one would pick instead, on the same input with the same output"),
    "planning": Case("pushes of a city of 300 zones and 20,000 couriers planned at once"),
    "actions": Case("simulated days with pushes and pauses, beside the same days without"),
    "restart": Case("a snapshot of 200,000 couriers beside a running loop, and a restart from it"),
    "past": Case("a recorded city: what it costs to write, to open a moment of it, to play on"),
    "start": Case("a killed monitor of 200,000 couriers until it is ready again, from SQLite"),
    "fanout": Case("couriers to watchers: a beat made, and sent to 1,000 of them"),
    "mqtt": Case("messages through Mosquitto into the monitor, beside a bare client", quick=True),
    "http": Case("NDJSON over HTTP into the monitor, beside decoding the same bytes", quick=True),
    "latency": Case("50,000 positions a second through Mosquitto until watchers see", quick=True),
    "page": Case("the live map with moving couriers in a browser without a graphics card"),
    "store": Case("group commits of SQLite and Redis beside a bare fsync, and 100 MB snapshots"),
}


def run(name: str, quick: bool) -> Iterable[Record]:
    """The records of a case as they come. Raises KeyError for an unknown one."""
    module = importlib.import_module(f"bench.{name}")
    found = module.run(quick=True) if quick and CASES[name].quick else module.run()
    return cast("Iterable[Record]", found)
