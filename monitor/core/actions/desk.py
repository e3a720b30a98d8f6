"""What a city does about its alerts: its actions, who hears of them, what it has learned.

The state only. `remedies.py` decides what is done (**read it first**), `pushes.py`, `pauses.py` and
`notices.py` do it by kind, `decide.py` is what people order, `deliveries.py` what came of it.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal

from alerts.action import Action
from alerts.action_book import HOUR_MS, ActionBook, letter_key
from alerts.alert import Alert
from alerts.letter import Body, Letter
from alerts.remedies.learn import Acceptance, Recovery
from alerts.remedies.settings import ActionSettings
from alerts.routing import Router
from monitor.core.tables.table import FAR, NEVER

NoticeKind = Literal["warn_support", "page_on_call"]
NOTICES: Final[tuple[NoticeKind, ...]] = ("warn_support", "page_on_call")
PUSH_COUNTS: Final = (
    *("asked", "held_back", "accepted", "declined"),
    *("unanswered", "moved", "held_back_moved"),
)


class Desk:
    """The actions of one city and all that planning them remembers."""

    def __init__(self, city: str, settings: ActionSettings) -> None:
        self.city = city
        self.settings = settings
        self.actions = ActionBook(city)
        self.routers: dict[str, Router] = {kind: Router(city, kind) for kind in NOTICES}
        self.acceptance = Acceptance(settings.push_couriers.acceptance)
        self.recovery = Recovery()
        self.due_ms = FAR  # when time alone asks for a look
        self.plan_due_ms = FAR  # when short zones are planned next
        self.planned_ms = NEVER  # and were last
        # Firing alerts that ask for a push, and until when each rests after a campaign.
        self.wanting: dict[str, int] = {}
        # Alerts whose pause was hindered, and when each is looked at again.
        self.put_off: dict[str, int] = {}
        # When each courier was pushed of late, the latest last; who was left in peace is not here.
        self.pushed: dict[str, list[int]] = {}
        # Couriers ever asked, held back, accepted and so on; no dry run counts.
        self.push_counts: dict[str, int] = dict.fromkeys(PUSH_COUNTS, 0)
        self.given_up: list[Alert] = []  # whose campaigns found too few, for support to hear
        self._pushed_swept = 0
        self._rounds: list[str] = []  # campaigns that ask on, in the same look
        self._letters: list[Letter] = []
        self._withdrawn: list[str] = []
        self._recalled: list[tuple[str, str]] = []

    def wake(self, at_ms: int | None) -> None:
        """Look again at that time at the latest."""
        if at_ms is not None and at_ms < self.due_ms:
            self.due_ms = at_ms

    def note_push(self, courier_id: str, now_ms: int) -> None:
        """A courier was asked, or would have been: his cool-down begins, his hour's budget shrinks.

        Forgets those whose last push lies further back than any rule looks.
        """
        self.pushed.setdefault(courier_id, []).append(now_ms)
        before = now_ms - max(HOUR_MS, round(self.settings.push_couriers.cooldown_s * 1000))
        if len(self.pushed) > 2 * self._pushed_swept + 64:
            self.pushed = {id_: t for id_, t in self.pushed.items() if t[-1] >= before}
            self._pushed_swept = len(self.pushed)
        times = self.pushed.get(courier_id, [])
        while times and times[0] < before:
            times.pop(0)

    def count_pushes(self, action: Action, **counts: int) -> None:
        """So many couriers more of a campaign came to each of `PUSH_COUNTS`."""
        if not action.dry_run:
            for name, count in counts.items():
                self.push_counts[name] += count

    def pushes_of(self, courier_id: str, now_ms: int) -> tuple[int, int]:
        """When a courier was last pushed (-1 for not of late), and how often within the hour."""
        times = self.pushed.get(courier_id)
        if not times:
            return NEVER, 0
        return times[-1], sum(time > now_ms - HOUR_MS for time in times)

    def next_round(self, action_id: str) -> None:
        """Have a campaign ask on in the plan that follows."""
        self._rounds.append(action_id)

    def take_rounds(self) -> list[str]:
        """The campaigns that ask on."""
        rounds, self._rounds = self._rounds, []
        return rounds

    def send(
        self,
        action: Action,
        to: tuple[str, ...],
        recipient: str,
        of: str,
        body: Body,
        now_ms: int,
        deadline_ms: int,
    ) -> None:
        """Write letters to a recipient, one a target; nothing leaves in a dry run."""
        if action.dry_run:
            return
        self._letters += [
            Letter(
                key=letter_key(action.id, of, name, 0),
                of=of,
                to=name,
                city=self.city,
                action_id=action.id,
                recipient=recipient,
                created_ts=now_ms,
                deadline_ts=deadline_ms,
                body=body,
            )
            for name in to
        ]

    def withdraw(self, action_id: str) -> None:
        """Whatever of an action has not been sent is not to be sent any more."""
        self._withdrawn.append(action_id)

    def take_withdrawn(self) -> list[str]:
        """The actions withdrawn since the last call."""
        withdrawn, self._withdrawn = self._withdrawn, []
        return withdrawn

    def recall(self, action_id: str, key: str) -> None:
        """One message of an action, by its target's key, is not to be sent any more."""
        self._recalled.append((action_id, key))

    def take_recalled(self) -> list[tuple[str, str]]:
        """The messages recalled since the last call."""
        recalled, self._recalled = self._recalled, []
        return recalled

    def take_letters(self) -> list[Letter]:
        """What was written since the last call, in order."""
        letters, self._letters = self._letters, []
        return letters

    def dump(self) -> dict[str, Any]:
        """All of it for the snapshot; see `load`."""
        return {
            "actions": self.actions.dump(),
            "routers": {kind: router.dump() for kind, router in self.routers.items()},
            "acceptance": self.acceptance.dump(),
            "recovery": self.recovery.dump(),
            "due_ms": self.due_ms,
            "plan_due_ms": self.plan_due_ms,
            "planned_ms": self.planned_ms,
            "wanting": dict(self.wanting),
            "put_off": dict(self.put_off),
            "pushed": {courier: list(times) for courier, times in self.pushed.items()},
            "pushed_swept": self._pushed_swept,
            "push_counts": dict(self.push_counts),
            "rounds": list(self._rounds),
        }

    def load(self, data: Mapping[str, Any]) -> None:
        """Become what `dump` gave."""
        self.actions.load(data["actions"])
        for kind, router in self.routers.items():
            router.load(data["routers"][kind])
        self.acceptance.load(data["acceptance"])
        self.recovery.load(data["recovery"])
        self.due_ms, self.plan_due_ms = data["due_ms"], data["plan_due_ms"]
        self.planned_ms = data["planned_ms"]
        self.wanting = dict(data["wanting"])
        self.put_off = dict(data["put_off"])
        self.pushed = {courier: list(times) for courier, times in data["pushed"].items()}
        self._pushed_swept = data["pushed_swept"]
        self.push_counts |= data.get("push_counts", {})  # a snapshot of before has none
        self._rounds = list(data["rounds"])
