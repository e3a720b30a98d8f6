"""A client as the protocol's words describe it: applies messages, finds gaps, keeps its position.

Pure; written from the theory on top of `ws/hub.py`, without its code.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

KEYS = {
    "zones": "zone_id",
    "alerts": "id",
    "actions": "id",
    "venues": "venue_id",
    "orders": "order_id",
    "couriers": "courier_id",
}
Topic = tuple[str, str]


class Reader:
    """What a watcher has on its screen."""

    def __init__(self) -> None:
        self.epoch = ""
        self.view: dict[Topic, dict[str, Any]] = defaultdict(dict)
        self.alerts: list[Any] = []  # every alert item of a delta, in its order
        self.at: dict[Topic, int] = {}
        self.position: int | None = None
        self.unwhole: set[Topic] = set()
        self.parts: dict[Topic, dict[str, Any]] = {}  # of snapshots not yet whole
        self.gaps: list[Any] = []
        self.seen: list[Any] = []

    def subscribing(self, city: str, layers: Iterable[str]) -> None:
        """A subscribe is on its way: the position stays until its topics are whole."""
        self.unwhole |= {(city, layer) for layer in layers}

    def reconnecting(self) -> int | None:
        """The connection is gone; gives the position to resume from, up to which all is held."""
        self.unwhole.clear()
        self.parts.clear()
        if self.position is not None:
            for topic, at in self.at.items():
                self.at[topic] = max(at, self.position)
        return self.position

    def apply(self, wire: str | bytes) -> Any:
        """Take in one message; gives it decoded."""
        message = json.loads(wire)
        self.seen.append(message)
        match message["type"]:
            case "welcome":
                self.epoch = message["epoch"]
            case "snapshot":
                self._snapshot(message)
            case "resumed":
                for layer in message["layers"]:
                    self.at[message["city"], layer] = message["seq"]
                    self.unwhole.discard((message["city"], layer))
            case "delta":
                self._delta(message)
        if not self.unwhole and message["type"] in ("snapshot", "resumed", "delta"):
            self.position = max(self.position or 0, message["seq"])
        return message

    def _snapshot(self, message: Any) -> None:
        if message["part"] == 1:
            self.parts.clear()
        for layer, items in message["layers"].items():
            table = self.parts.setdefault((message["city"], layer), {})
            for item in items:
                table[item[KEYS[layer]]] = item
        if message["part"] == message["parts"]:
            self.view.update(self.parts)
            self.at.update(dict.fromkeys(self.parts, message["seq"]))
            self.unwhole -= self.parts.keys()
            self.parts = {}

    def _delta(self, message: Any) -> None:
        topic = (message["city"], message["layer"])
        if message["prev"] > self.at.get(topic, -1):
            self.gaps.append(message)
        self.at[topic] = message["seq"]
        for item in message["items"]:
            self.view[topic][item[KEYS[message["layer"]]]] = item
        for key in message["gone"]:
            self.view[topic].pop(key, None)
        if message["layer"] == "alerts":
            self.alerts += message["items"]
