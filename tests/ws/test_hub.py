"""The hub and the outbox without a socket: histories, limits, waking."""

import msgspec
import pytest

from tests.ws.reader import Reader
from tests.ws.town import CITY, Town, item
from ws.auth import Identity
from ws.hub import Client, Hub, Item
from ws.limits import Limits
from ws.messages import CLIENT_MESSAGES, SERVER_MESSAGES, Position
from ws.outbox import Outbox
from ws.pace import Pace
from ws.reasons import CloseReason
from ws.topics import Box


class Desk:
    """A hub with a hand-moved clock."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.now_s = 0.0
        self.woken = 0
        self.town = Town()
        self.limits = limits or Limits()
        self.hub = Hub(
            epoch="e",
            snapshot=self.town.snapshot,
            now_ms=lambda: 0,
            limits=self.limits,
            monotonic_s=lambda: self.now_s,
        )
        self.town.hub = self.hub

    def client(self, *layers: str, box: Box | None = None, seq: int | None = None) -> Client:
        """A client that watches these layers."""
        client = Client(Outbox(self.limits), self.wake)
        self.hub.attach(client)
        position = None if seq is None else Position("e", seq)
        self.hub.subscribe(client, "w", CITY, layers, box, position)
        return client

    def wake(self) -> None:
        """Count it."""
        self.woken += 1

    def read(self, client: Client) -> Reader:
        """All that waits for the client, applied."""
        reader = Reader()
        while (wire := client.outbox.take(self.now_s)) is not None:
            reader.apply(wire)
        return reader


def test_a_topic_is_kept_going_for_a_while_after_its_last_watcher_left() -> None:
    """Within `resume_s` it is still wanted and can be resumed; later it is neither."""
    desk = Desk(Limits(resume_s=60))
    client = desk.client("zones")
    seq = desk.hub.seq
    desk.hub.detach(client, CloseReason.CLIENT_LEFT)
    desk.now_s = 59.0
    desk.town.change("zones", item("zones", "Centrs", 1))
    back = desk.client("zones", seq=seq)
    assert [m["type"] for m in desk.read(back).seen] == ["delta", "resumed"]
    desk.hub.detach(back, CloseReason.CLIENT_LEFT)
    desk.now_s = 120.0
    seq = desk.hub.seq
    assert not desk.hub.wants(CITY, "zones")
    late = desk.read(desk.client("zones", seq=seq))
    assert [m["reason"] for m in late.seen] == ["too_long_ago"]


def test_alerts_are_wanted_even_when_nobody_watches() -> None:
    """Whoever comes back finds every alert in the history."""
    desk = Desk()
    client = desk.client("alerts")
    seq = desk.hub.seq
    desk.hub.detach(client, CloseReason.CLIENT_LEFT)
    desk.now_s = 3_000.0
    desk.town.change("alerts", item("alerts", "a", 1))
    reader = desk.read(desk.client("alerts", seq=seq))
    assert reader.alerts == desk.town.alerts


def test_a_box_is_not_resumed_but_the_alerts_beside_it_are() -> None:
    """Nobody remembers what the box held, so its layers begin anew, and the reason says it."""
    desk = Desk()
    box = Box(west=0, south=-1, east=1, north=1)
    first = desk.client("couriers", "alerts", box=box)
    seq = desk.hub.seq
    desk.hub.detach(first, CloseReason.CLIENT_LEFT)
    again = desk.client("couriers", "alerts", box=box, seq=seq)
    reader = desk.read(again)
    assert [(m["type"], list(m["layers"])) for m in reader.seen] == [
        ("snapshot", ["couriers"]),
        ("resumed", ["alerts"]),
    ]
    assert reader.seen[0]["reason"] == "box"


def test_a_box_over_the_date_line_holds_both_its_sides() -> None:
    """West greater than east means across 180 degrees."""
    desk = Desk()
    desk.town.change("couriers", *[item("couriers", f"c{lon}", 1, lon) for lon in (-179, 0, 179)])
    reader = desk.read(desk.client("couriers", box=Box(west=170, south=-1, east=-170, north=1)))
    assert sorted(reader.view[CITY, "couriers"]) == ["c-179", "c179"]


def test_publishing_wakes_each_watcher_once() -> None:
    """However many deltas a change takes, a writer is woken once for it."""
    desk = Desk(Limits(message_out_bytes=1_024))
    desk.client("zones")
    desk.woken = 0
    desk.town.change("zones", *[item("zones", f"z{n}", "x" * 100) for n in range(100)])
    assert desk.hub.stats.deltas > 5
    assert desk.woken == 1


def test_a_snapshot_is_made_once_for_all_who_come_at_once() -> None:
    """A thousand clients that come back after a restart cost one encoding of the city."""
    desk = Desk()
    made: list[str] = []

    def snapshot(city: str, layer: str) -> list[Item]:
        made.append(layer)
        return [item(layer, "z", 1)]

    hub = Hub(
        epoch="e",
        snapshot=snapshot,
        now_ms=lambda: 0,
    )
    for _ in range(3):
        hub.subscribe(Client(Outbox(desk.limits), desk.wake), "w", CITY, ["zones"])
    assert made == ["zones"]
    hub.publish(CITY, "zones", [item("zones", "z", 2)], [], 0)
    hub.subscribe(Client(Outbox(desk.limits), desk.wake), "w", CITY, ["zones"])
    assert made == ["zones", "zones"]


def test_the_history_is_bounded_by_bytes_too() -> None:
    """Big deltas push out old ones, and who missed those begins anew."""
    desk = Desk(Limits(resume_bytes=1_000))
    desk.client("zones")
    seq = desk.hub.seq
    for n in range(3):
        desk.town.change("zones", item("zones", "z", f"{n}{'x' * 400}"))
    reader = desk.read(desk.client("zones", seq=seq))
    assert reader.seen[0]["reason"] == "too_long_ago"
    assert desk.read(desk.client("zones", seq=desk.hub.seq)).seen[0]["type"] == "resumed"


def test_limits_that_contradict_each_other_are_refused() -> None:
    """The high mark can't lie above the hard limit, nor a message be larger than an outbox."""
    with pytest.raises(ValueError, match="outbox_high_bytes"):
        Limits(outbox_high_bytes=10_000, outbox_hard_bytes=5_000)
    with pytest.raises(msgspec.ValidationError, match="message_out_bytes"):
        msgspec.convert({"outbox_high_bytes": 4_096, "outbox_hard_bytes": 4_096}, Limits)


def test_every_message_has_a_schema() -> None:
    """The generated JSON Schemas name every message both ways."""
    for group in (CLIENT_MESSAGES, SERVER_MESSAGES):
        _, components = msgspec.json.schema_components(group)
        assert {message.__name__ for message in group} <= set(components)


def test_a_pace_lets_a_burst_through_and_then_its_rate() -> None:
    """Two a second with a burst of four: four at once, then one every half second."""
    pace = Pace(2.0, 4.0)
    assert [pace.allows(0.0) for _ in range(5)] == [True, True, True, True, False]
    assert [pace.allows(0.5), pace.allows(0.5)] == [True, False]


def test_the_hub_knows_who_watches_a_city() -> None:
    """Each client that was let in and watches something there, while it does."""
    desk = Desk()
    ann = desk.client("zones", "alerts")
    bob = desk.client("alerts")
    desk.client("alerts")  # not let in yet
    desk.hub.greet(ann, Identity("ann", "watcher"), [CITY])
    desk.hub.greet(bob, Identity("bob", "viewer"), [CITY])
    assert {one.name for one in desk.hub.watching(CITY)} == {"ann", "bob"}
    assert desk.hub.watching("elsewhere") == []
    desk.hub.detach(ann, CloseReason.CLIENT_LEFT)
    assert [one.name for one in desk.hub.watching(CITY)] == ["bob"]
