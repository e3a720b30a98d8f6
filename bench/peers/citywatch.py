"""citywatch on the input of a comparison: what `citywatch replay` runs, with the peers' meter.

Called by `compare.py` as a process of its own.
"""

import asyncio
import sys
from pathlib import Path

from bench.peers.subset import Meter
from config.load import load
from monitor.replay import replay
from monitor.transports.files import read_chunks
from monitor.wiring.plans import make_plans


def main() -> None:
    """Replay EVENTS under CONFIG into OUT and say what it took."""
    config, events, out_path = sys.argv[1:]
    plans = make_plans(load(Path(config), {})).plans
    meter = Meter()
    with Path(out_path).open("wb", buffering=1 << 20) as out:
        summary = asyncio.run(replay(read_chunks(events), plans, out))
    meter.report(summary.events)


if __name__ == "__main__":
    main()
