"""A publisher for the tests: a few layers of one city, published to a hub at every change."""

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from tests.ws.reader import KEYS
from ws.hub import Hub, Item

CITY = "riga"


def item(layer: str, key: str, value: Any, lon: float | None = None) -> Item:
    """An item with a value in it; with `lon`, at that longitude on the equator."""
    body = json.dumps({KEYS[layer]: key, "value": value}).encode()
    return Item(key, body, lon, None if lon is None else 0.0)


class Town:
    """What is true; the clients' views are compared with it."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], dict[str, Item]] = defaultdict(dict)
        self.alerts: list[Any] = []  # every alert item published
        self.hub: Hub | None = None

    def snapshot(self, city: str, layer: str) -> Sequence[Item]:
        """The port the hub calls."""
        return tuple(self.items[city, layer].values())

    def change(self, layer: str, *items: Item, gone: Sequence[str] = (), city: str = CITY) -> None:
        """Make items so and others go, and publish it."""
        table = self.items[city, layer]
        for one in items:
            table[one.key] = one
        for key in gone:
            table.pop(key, None)
        if layer == "alerts":
            self.alerts += [json.loads(one.body) for one in items]
        assert self.hub is not None
        self.hub.publish(city, layer, items, gone, ts_ms=1_700_000_000_000)

    def view(self, layer: str, city: str = CITY) -> dict[str, Any]:
        """The layer as a client should see it."""
        return {key: json.loads(one.body) for key, one in self.items[city, layer].items()}
