"""A Bytewax dataflow with keyed state, item by item or, with `batches` as third argument, in them.

Item by item it is what its documentation teaches: parse, find the zone, key, one stateful step. The
key is the city: what is judged together must see the same moment, and Bytewax keeps the order of
items within a key only. (Keys by courier and then by zone need two exchanges an event and give up
that order.) In batches every step takes what the source read at once: one `json.loads` a batch,
one look-up of all its points (`tree.py`). One worker in one process, no recovery store.
"""
# Bytewax is installed in the environment of this peer only.
# mypy: disable-error-code="import-not-found, misc"

import json
import sys
from collections.abc import Iterable
from typing import Any

import bytewax.operators as op
from bytewax.connectors.files import FileSink, FileSource
from bytewax.dataflow import Dataflow
from bytewax.operators import StatefulBatchLogic, StatefulLogic
from bytewax.testing import run_main
from shapely import Point
from shapely.geometry import shape
from shapely.prepared import PreparedGeometry, prep

from bench.peers.subset import Case, City, Meter, arguments
from bench.peers.tree import Tree

BATCH = 5_000
Located = tuple[dict[str, Any], int]


class ItemByItem(StatefulLogic[Located, str, None]):
    """The city as the state of one key."""

    def __init__(self, city: City) -> None:
        self._city = city

    def on_item(self, value: Located) -> tuple[Iterable[str], bool]:
        """One event."""
        return self._city.take(*value), StatefulLogic.RETAIN

    def on_eof(self) -> tuple[Iterable[str], bool]:
        """The end of the file."""
        return self._city.finish(), StatefulLogic.RETAIN

    def snapshot(self) -> None:
        """Only asked for by a recovery store, which there is none of."""


class InBatches(StatefulBatchLogic[Located, str, None]):
    """The same, many events a call."""

    def __init__(self, city: City) -> None:
        self._city = city

    def on_batch(self, values: list[Located]) -> tuple[Iterable[str], bool]:
        """What came at once."""
        take = self._city.take
        return [line for value in values for line in take(*value)], StatefulBatchLogic.RETAIN

    def on_eof(self) -> tuple[Iterable[str], bool]:
        """The end of the file."""
        return self._city.finish(), StatefulBatchLogic.RETAIN

    def snapshot(self) -> None:
        """Only asked for by a recovery store, which there is none of."""


def item_by_item(case: Case, city: City, out_path: str) -> Dataflow:
    """As its documentation teaches it."""
    zones: list[PreparedGeometry] = [prep(shape(f["geometry"])) for f in case.features()]

    def locate(event: dict[str, Any]) -> Located:
        if "lat" in event:
            point = Point(event["lon"], event["lat"])
            for number, zone in enumerate(zones):
                if zone.intersects(point):
                    return event, number
        return event, -1

    flow = Dataflow("citywatch")
    lines = op.input("lines", flow, FileSource(case.events))
    located = op.map("locate", op.map("parse", lines, json.loads), locate)
    keyed = op.key_on("city", located, lambda item: item[0]["city"])
    told = op.stateful("watch", keyed, lambda _: ItemByItem(city))
    op.output("out", told, FileSink(out_path))
    return flow


def in_batches(case: Case, city: City, out_path: str) -> Dataflow:
    """Its best case."""
    tree = Tree(case.features())

    def locate(lines: list[str]) -> list[tuple[str, Located]]:
        events = json.loads(f"[{','.join(lines)}]")
        located = zip(events, tree.locate(events), strict=True)
        return [(item[0]["city"], item) for item in located]

    flow = Dataflow("citywatch")
    lines = op.input("lines", flow, FileSource(case.events, batch_size=BATCH))
    keyed = op.flat_map_batch("locate", lines, locate)
    told = op.stateful_batch("watch", keyed, lambda _: InBatches(city))
    op.output("out", told, FileSink(out_path))
    return flow


def main() -> None:
    """Run one case and say what it took."""
    case, out_path = arguments()
    city = City(case)
    build = in_batches if sys.argv[3:] == ["batches"] else item_by_item
    flow = build(case, city, out_path)
    meter = Meter()
    run_main(flow)
    meter.report(city.events)


if __name__ == "__main__":
    main()
