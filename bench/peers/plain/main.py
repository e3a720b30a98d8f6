"""The loop that one would write in an afternoon: asyncio, json and shapely, nothing else.

One task reads lines into a queue, as a broker's client would, another takes them out one by one:
`json.loads`, a test against each prepared polygon until one holds the point, dicts for the rest.
"""

import asyncio
import json
from typing import Any

from shapely import Point
from shapely.geometry import shape
from shapely.prepared import PreparedGeometry, prep

from bench.peers.subset import Case, City, Meter, arguments, write

QUEUE = 10_000


def find(zones: list[PreparedGeometry], event: dict[str, Any]) -> int:
    """The first zone that a point lies in or on the border of, -1 for none and without a point."""
    if "lat" not in event:
        return -1
    point = Point(event["lon"], event["lat"])
    for number, zone in enumerate(zones):
        if zone.intersects(point):
            return number
    return -1


async def read(path: str, queue: asyncio.Queue[bytes]) -> None:
    """Put every line into the queue, and an empty one behind them."""
    with open(path, "rb") as file:  # noqa: ASYNC230 - a file stands in for the broker
        for line in file:
            await queue.put(line)
    await queue.put(b"")


async def monitor(case: Case, zones: list[PreparedGeometry], out_path: str) -> int:
    """Take events until the empty line; how many there were."""
    queue: asyncio.Queue[bytes] = asyncio.Queue(QUEUE)
    city = City(case)
    with open(out_path, "w") as out:  # noqa: ASYNC230
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(read(case.events, queue))
            while line := await queue.get():
                event = json.loads(line)
                write(out, city.take(event, find(zones, event)))
        write(out, city.finish())
    return city.events


def main() -> None:
    """Run one case and say what it took."""
    case, out_path = arguments()
    zones = [prep(shape(feature["geometry"])) for feature in case.features()]
    meter = Meter()
    meter.report(asyncio.run(monitor(case, zones, out_path)))


if __name__ == "__main__":
    main()
