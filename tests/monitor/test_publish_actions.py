"""Actions on the live stream: at once, whole, with their last state, and then gone."""

from typing import Any

from monitor.core.commands import ApproveAction, PauseByHand, PushByHand, RejectAction
from monitor.core.effects import Effects
from monitor.publish import ENDED_SHOWN_MS, Publisher
from tests.support.acting import answered, deliver, living, short_town, slow_town
from tests.support.cities import CITY, Town, at
from tests.ws.reader import Reader
from ws.hub import Client, Hub
from ws.limits import Limits
from ws.outbox import Outbox


class Screen:
    """A watcher of the town's actions, zones and venues, and the publisher that feeds him."""

    def __init__(self, town: Town, *layers: str) -> None:
        self.town = town
        self.reader = Reader()
        self.publisher = Publisher(lambda: town.state, town.now_ms)
        self.hub = self.publisher.hub = Hub(
            epoch="e", snapshot=self.publisher.snapshot, now_ms=town.now_ms
        )
        self.client = Client(Outbox(Limits()), lambda: None)
        self.hub.attach(self.client)
        self.publisher.flush()
        self.hub.subscribe(self.client, "w", CITY, layers or ("actions",))
        self.read()

    def tell(self, effects: Effects, *, flush: bool = False) -> None:
        """The engine's effects are published, and read."""
        self.publisher.on_effects(effects)
        if flush:
            self.publisher.flush()
        self.read()

    def read(self) -> None:
        """Everything that waits is on the screen."""
        while (wire := self.client.outbox.take(0.0)) is not None:
            self.reader.apply(wire)

    def view(self, layer: str = "actions") -> dict[str, Any]:
        """What a layer holds."""
        return self.reader.view[CITY, layer]


def test_a_snapshot_holds_what_lives() -> None:
    """The proposal, whole."""
    town = short_town()
    screen = Screen(town)
    (action,) = screen.view().values()
    assert (action["id"], action["state"]) == (living(town).id, "proposed")
    assert len(action["targets"]) == 3


def test_a_changed_action_is_sent_at_once_and_once() -> None:
    """Approved and asked in one step: one item, with its latest state, without a beat."""
    town = short_town()
    screen, action = Screen(town), living(town)
    screen.tell(town.tell(426, ApproveAction(CITY, at(426), "walt", action.id)))
    assert screen.reader.seen[-1]["layer"] == "actions"
    assert len(screen.reader.seen[-1]["items"]) == 1
    assert screen.view()[action.id]["approved_by"] == "walt"
    assert screen.view()[action.id]["stage"] == "asking"


def test_progress_is_sent_too() -> None:
    """An answer changes no state, and is seen."""
    town = short_town("auto")
    screen, action = Screen(town), living(town)
    screen.tell(town.tell(426, answered(426, action, "c0", True)))
    screen.tell(town.tell(427, answered(427, action, "c1", True)))
    assert screen.view()[action.id]["came"]["accepted"] == 2


def test_what_is_over_shows_its_last_state_and_then_goes() -> None:
    """A rejected proposal stays for some minutes, also for who comes now, and is gone then."""
    town = short_town()
    screen, action = Screen(town), living(town)
    screen.tell(town.tell(426, RejectAction(CITY, at(426), "walt", action.id, "no")))
    assert screen.view()[action.id]["state"] == "rejected"
    assert Screen(town).view()[action.id]["state"] == "rejected"
    town.clock_ms = at(426) + ENDED_SHOWN_MS - 1
    screen.tell(Effects(), flush=True)
    assert action.id in screen.view()
    town.clock_ms += 1
    screen.tell(Effects(), flush=True)
    assert screen.view() == Screen(town).view() == {}


def test_who_comes_after_a_restart_is_told_what_goes() -> None:
    """What had ended before this publisher lived is in its snapshots, and leaves them, too."""
    town = short_town()
    action = living(town)
    town.tell(426, RejectAction(CITY, at(426), "walt", action.id, "no"))
    screen = Screen(town)
    assert action.id in screen.view()
    town.clock_ms = at(426) + ENDED_SHOWN_MS
    screen.tell(Effects(), flush=True)
    assert screen.view() == {}


def test_a_zone_shows_its_pushes_as_they_go_on() -> None:
    """Wanted and accepted, sent with the zone's next beat."""
    town = short_town("off")
    screen = Screen(town, "zones")
    push = PushByHand(CITY, at(426), "walt", "rain", zone_id="west", count=2)
    screen.tell(town.tell(426, push), flush=True)
    action = living(town)
    assert screen.view("zones")["west"]["pushing"] == {
        "actions": [action.id],
        "expected": 2,
        "accepted": 0,
    }
    screen.tell(town.tell(427, answered(427, action, "c0", True)), flush=True)
    assert screen.view("zones")["west"]["pushing"]["accepted"] == 1
    assert screen.view("zones")["mid"]["pushing"] is None


def test_a_venue_shows_our_pause() -> None:
    """From the order on, with its end, until it is resumed."""
    town = slow_town("off")
    screen = Screen(town, "venues")
    effects = town.tell(1_001, PauseByHand(CITY, at(1_001), "walt", "v", "no oven", 10))
    screen.tell(effects, flush=True)
    action = living(town, "pause_venue")
    shown = {"action_id": action.id, "until_ts": at(1_601)}
    assert screen.view("venues")["v"]["paused_by"] == shown
    screen.tell(deliver(town, 1_002, effects), flush=True)
    screen.tell(town.pass_time(1_602), flush=True)
    assert screen.view("venues")["v"]["paused_by"] is None
