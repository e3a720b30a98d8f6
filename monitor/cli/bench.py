"""`citywatch bench`: named measurements of this machine, each with what it is held against."""

import argparse
import importlib
import json
import sys
from typing import Final

from bench.machine import heading

CASES: Final = {
    "pipeline": "from JSON bytes to zone figures in memory, by batch size",
    "replay": "a recorded day of 100,000 events beside bare decoding",
    "planning": "pushes of a city of 300 zones and 20,000 couriers planned at once, on one core",
    "actions": "simulated days with pushes and pauses, beside the same days without",
    "restart": "a snapshot of 200,000 couriers beside a running loop, and a restart from it",
    "past": "a recorded city: what it costs to write, to open a moment of it, to play on",
    "start": "a killed monitor of 200,000 couriers until it is ready again, from SQLite",
    "fanout": "couriers to watchers: what a beat costs to make, and to send to 1,000 of them",
    "latency": "20,000 positions a second through Mosquitto, publish to WebSocket",
    "page": "the live map with moving couriers in a browser without a graphics card",
    "store": "group commits of SQLite and Redis beside a bare fsync, and 100 MB snapshots",
}


def run(args: argparse.Namespace) -> int:
    """Run the named cases, or all."""
    if args.list:
        for name, what in CASES.items():
            print(f"{name:10} {what}")
        return 0
    unknown = [name for name in args.names if name not in CASES]
    if unknown:
        print(f"no case {unknown[0]!r}; there are: {', '.join(CASES)}", file=sys.stderr)
        return 2
    if not args.json:
        print(heading())
    for name in args.names or CASES:
        for record in importlib.import_module(f"bench.{name}").run():
            if args.json:
                print(json.dumps(record), flush=True)
            else:
                print(f"\n{record.pop('case')}: {record.pop('variant')}")
                for key, value in record.items():
                    print(f"  {key}: {value}", flush=True)
    return 0
