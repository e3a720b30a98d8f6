"""A small city that acts (`acting.py`), told second by second: its letters, its actions.

Zones `west`, `mid` and `east` are eleven kilometres wide each. What is sent goes to the target `t`,
which takes every letter at once unless a test says otherwise. Used by the tests of the core's
remedies.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from alerts.action import Action, Kind
from alerts.letter import Letter, Notice, Push, VenueOrder
from monitor.core.effects import Effects
from monitor.core.plan import CityPlan
from monitor.core.reports import DeliveryReport, Incoming
from monitor.core.step import apply
from tests.support.acting import reported
from tests.support.cities import T0
from tests.support.towns import Story


class Stage(Story):
    """A story that remembers what was sent, and lets it arrive.

    With `arrives` false nothing is reported until `report` does it.
    """

    def __init__(self, plan: CityPlan, *, arrives: bool = True) -> None:
        self.letters: list[Letter] = []
        self.withdrawn: list[str] = []
        self.recalled: list[tuple[str, str]] = []
        self.steps: list[tuple[float, Kind, str]] = []
        self.arrives = arrives
        super().__init__(plan)

    def _hear(self, effects: Effects) -> None:
        super()._hear(effects)
        self.letters += effects.letters
        self.withdrawn += effects.withdrawn
        self.recalled += effects.recalled
        for change in effects.actions:
            if change.change == "state":
                seconds = (change.action.updated_ts - T0) / 1000
                self.steps.append((seconds, change.action.kind, change.action.state))
        if self.arrives and effects.letters:
            self._take([self.outcome(letter) for letter in effects.letters])

    def _take(self, events: Sequence[Incoming]) -> None:
        """These come at this very moment."""
        effects = Effects()
        apply(self.state, events, effects)
        self._hear(effects)

    def outcome(self, letter: Letter, outcome: Any = "delivered") -> DeliveryReport:
        """What the ledger would tell of a letter now."""
        return reported(self.state.now_ms, letter, outcome)

    def report(self, seconds: float, letter: Letter, outcome: Any = "delivered") -> None:
        """At that time the ledger tells what became of a letter."""
        self.until(seconds)
        self._take([self.outcome(letter, outcome)])

    def restart(self) -> None:
        """The desk is dumped, encoded, and loaded into a new one, as after a crash."""
        desk = self.city.desk
        data = msgspec.json.decode(msgspec.json.encode(desk.dump()))
        fresh = type(desk)(desk.city, desk.settings)
        fresh.load(data)
        self.city.desk = fresh

    # --- what came of it ----------------------------------------------------------------------

    @property
    def living(self) -> list[Action]:
        """The actions under way, the oldest first."""
        return list(self.city.desk.actions.living.values())

    def action(self, kind: Kind | None = None) -> Action:
        """The newest action (of a kind), living or over."""
        book = self.city.desk.actions
        known = [*book.history, *book.living.values()]
        return max(
            (action for action in known if kind in (None, action.kind)),
            key=lambda action: action.created_ts,
        )

    def states(self, kind: Kind) -> list[tuple[float, str]]:
        """When actions of a kind came to which state."""
        return [(seconds, state) for seconds, mine, state in self.steps if mine == kind]

    def pushed(self) -> list[tuple[float, str]]:
        """Who was pushed, and when."""
        return [
            (self._seconds(letter), letter.body.courier_id)
            for letter in self.letters
            if isinstance(letter.body, Push)
        ]

    def told_venue(self) -> list[tuple[float, str, float | None]]:
        """What a venue was told: when, what, and until when."""
        return [
            (self._seconds(letter), body.change, until)
            for letter in self.letters
            if isinstance(body := letter.body, VenueOrder)
            for until in [None if body.until_ts is None else (body.until_ts - T0) / 1000]
        ]

    def noticed(self) -> list[tuple[float, str, str, int]]:
        """What people were told: when, to which target, which step, of how many alerts."""
        return [
            (self._seconds(letter), letter.to, letter.body.step, letter.body.count)
            for letter in self.letters
            if isinstance(letter.body, Notice)
        ]

    def hindered(self) -> dict[str, int]:
        """What stood in the way, by name."""
        return dict(self.city.desk.actions.hindered)

    @staticmethod
    def _seconds(letter: Letter) -> float:
        return (letter.created_ts - T0) / 1000
