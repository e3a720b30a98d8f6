"""What a step of the core asks the world to hear: alerts, actions, letters, answers to people.

Changed figures are not listed here: tables keep masks of changed rows, which `publish` takes when
it next speaks, so that a hundred changes of a zone cost one message.
"""

from dataclasses import dataclass, field

from alerts.act import Outcome
from alerts.action import ActionChange
from alerts.alert import AlertChange
from alerts.letter import Letter
from monitor.core.commands import Command


@dataclass(slots=True)
class Effects:
    """In the order in which they came about."""

    alerts: list[AlertChange] = field(default_factory=list)
    actions: list[ActionChange] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)  # actions that are sent no further
    # Single messages that are not sent any more: the action, and the key of its target.
    recalled: list[tuple[str, str]] = field(default_factory=list)
    answers: list[tuple[Command, Outcome]] = field(default_factory=list)

    @property
    def has_any(self) -> bool:
        """Whether anything came about."""
        told = self.alerts or self.actions or self.letters or self.answers
        return bool(told or self.withdrawn or self.recalled)

    def add(self, other: "Effects") -> None:
        """Append what another step asked for."""
        self.alerts += other.alerts
        self.actions += other.actions
        self.letters += other.letters
        self.withdrawn += other.withdrawn
        self.recalled += other.recalled
        self.answers += other.answers
