"""The book of one city's actions: those under way, what they may still cost, a bounded history.

The core plans and tells the book (`start`, `move`, `keep`); each call puts what changed into
`changes`, which the core takes. States move by the table of `action.py` alone. Pure: time is passed
in, ids are derived from what the action is about.
"""

import heapq
from collections import deque
from hashlib import blake2b
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from alerts.action import (
    ENDED,
    KINDS,
    TABLE,
    Action,
    ActionChange,
    Happening,
    Hindrance,
    Kind,
    Step,
)
from alerts.phrases import Said, in_english

Change = Literal["state", "progress"]

HOUR_MS: Final = 3_600_000
MAX_STEPS: Final = 100  # lines of a record; the oldest but the first go
HINDERED_KEPT: Final = 10_000


class Switch(Struct, frozen=True):
    """A kind of action that somebody switched off, and why."""

    by: str
    ts: int
    reason: str


def letter_key(action: str, recipient: str, step: str, number: int) -> str:
    """The idempotency key of what one recipient is sent at one step of an action."""
    told = "\x00".join((action, recipient, step, str(number))).encode()
    return blake2b(told, digest_size=12).hexdigest()


def is_over(action: Action) -> bool:
    """Whether nothing more comes of it. A pause that worked is over when it has been reverted."""
    if action.kind == "pause_venue" and action.state in ("effective", "ineffective"):
        return False
    return action.state in ENDED


class ActionBook:
    """All actions of one city. `living` by id, oldest first."""

    def __init__(self, city: str, history: int = 10_000) -> None:
        self.city = city
        self.living: dict[str, Action] = {}
        self.history: deque[Action] = deque(maxlen=history)
        self.by_key: dict[str, str] = {}  # the key of a target -> its action
        self.by_alert: dict[str, list[str]] = {}  # living actions that serve an alert
        self.switches: dict[str, Switch] = {}
        self.counts: dict[str, int] = {}  # "kind state" -> actions that came to it
        self.hindered: dict[str, int] = {}
        self.illegal = 0
        self.begun = 0
        self.served: dict[str, None] = {}  # alerts that got another action since last asked
        self._due: list[tuple[int, str]] = []  # a heap; outdated entries are passed over
        self._spent: dict[str, deque[int]] = {kind: deque() for kind in KINDS}
        self._why: dict[str, Hindrance] = {}  # alert -> what stands in the way of its action
        self._changes: list[ActionChange] = []

    # --- the life of an action ----------------------------------------------------------------

    def new_id(self, kind: Kind, now_ms: int) -> str:
        """An id for an action that is about to start; the same in every replay."""
        self.begun += 1
        told = "\x00".join((self.city, "action", kind, str(now_ms), str(self.begun))).encode()
        return blake2b(told, digest_size=9).hexdigest()

    def start(self, action: Action) -> None:
        """Take a new action, proposed or approved."""
        first = Step(action.created_ts, action.state, action.by, action.reason, action.said)
        action = replace(action, record=(first,))
        self._hold(action)
        self._tell("state", action)

    def move(
        self,
        id_: str,
        what: Happening,
        now_ms: int,
        by: str | None = None,
        words: str = "",
        said: Said = (),
    ) -> bool:
        """Let something happen to a living action; whether its state allowed it.

        `words` are a person's, or else those of `said`.
        """
        action = self.living.get(id_)
        state = None if action is None else TABLE.get((action.state, what))
        if action is None or state is None:
            self.illegal += 1
            return False
        record = (*action.record, Step(now_ms, state, by, words or in_english(said), said))
        if len(record) > MAX_STEPS:
            record = (record[0], *record[-MAX_STEPS + 1 :])
        action = replace(
            action,
            state=state,
            updated_ts=now_ms,
            version=action.version + 1,
            record=record,
            approved_by=by if what == "approve" else action.approved_by,
        )
        self.living[id_] = action
        self._tell("state", action)
        if is_over(action):
            self._close(action)
        return True

    def keep(self, action: Action) -> None:
        """Put a living action's changed details in place; its state and version stay."""
        known = self.living[action.id]
        assert known.state == action.state, "states change by `move`"
        self._hold(action, known)
        self._tell("progress", action)

    def _hold(self, action: Action, known: Action | None = None) -> None:
        """Put it among the living and into every index that lacks it."""
        self.living[action.id] = action
        if known is not None and len(action.targets) < len(known.targets):
            for target in known.targets:  # a proposal's, which were never sent
                self.by_key.pop(target.key, None)
        for target in action.targets[0 if known is None else len(known.targets) :]:
            self.by_key[target.key] = action.id
        if known is None or action.alerts is not known.alerts:
            for alert in action.alerts:
                ids = self.by_alert.setdefault(alert, [])
                if action.id not in ids:
                    ids.append(action.id)
                    self.served[alert] = None
        if action.next_ts is not None and (known is None or action.next_ts != known.next_ts):
            heapq.heappush(self._due, (action.next_ts, action.id))

    def take_due(self, now_ms: int) -> list[Action]:
        """The living actions to be looked at by now, the longest due first, each once."""
        found: dict[str, Action] = {}
        while self._due and self._due[0][0] <= now_ms:
            _, id_ = heapq.heappop(self._due)
            action = self.living.get(id_)
            if action is not None and action.next_ts is not None and action.next_ts <= now_ms:
                found[id_] = action
        return list(found.values())

    @property
    def due_ms(self) -> int | None:
        """When something is to be looked at next, if ever."""
        return self._due[0][0] if self._due else None

    def take_served(self) -> list[str]:
        """The alerts that got another action since the last call."""
        served, self.served = list(self.served), {}
        return served

    def _close(self, action: Action) -> None:
        del self.living[action.id]
        for target in action.targets:
            self.by_key.pop(target.key, None)
        for alert in action.alerts:
            ids = self.by_alert.get(alert, [])
            if action.id in ids:
                ids.remove(action.id)
            if not ids:
                self.by_alert.pop(alert, None)
        self.history.append(action)

    def _tell(self, change: Change, action: Action) -> None:
        if change == "state":
            name = f"{action.kind} {action.state}"
            self.counts[name] = self.counts.get(name, 0) + 1
        self._changes.append(ActionChange(change, action))

    # --- bounds -------------------------------------------------------------------------------

    def spend(self, kind: Kind, now_ms: int, count: int = 1) -> None:
        """So many of a kind were sent."""
        self._spent[kind].extend([now_ms] * count)

    def left(self, kind: Kind, per_hour: int, now_ms: int) -> int:
        """How many of a kind may still be sent, `per_hour` being the budget of any hour."""
        spent = self._spent[kind]
        while spent and spent[0] <= now_ms - HOUR_MS:
            spent.popleft()
        return max(0, per_hour - len(spent))

    def is_off(self, kind: Kind) -> bool:
        """Whether somebody switched it off."""
        return kind in self.switches or "all" in self.switches

    def switch(self, kind: str, switch: Switch | None) -> None:
        """Switch a kind (or `all`) off, or on again with None."""
        if switch is None:
            self.switches.pop(kind, None)
        else:
            self.switches[kind] = switch

    def hinder(self, alert: str, why: Hindrance) -> None:
        """Something stands in the way of an alert's action; counted once while it stays so."""
        if self._why.get(alert) != why:
            if len(self._why) >= HINDERED_KEPT:
                self._why.clear()
            self._why[alert] = why
            self.hindered[why] = self.hindered.get(why, 0) + 1

    def unhinder(self, alert: str) -> None:
        """Nothing does any more."""
        self._why.pop(alert, None)

    def hindrance_of(self, alert: str) -> Hindrance | None:
        """What stands in the way of an alert's action, if anything."""
        return self._why.get(alert)

    # --- reading ------------------------------------------------------------------------------

    def find(self, id_: str) -> Action | None:
        """An action, living or over."""
        found = self.living.get(id_)
        return found or next((a for a in reversed(self.history) if a.id == id_), None)

    def serving(self, alert: str, kind: Kind | None = None) -> list[Action]:
        """The living actions (of a kind) that serve an alert."""
        actions = [self.living[id_] for id_ in self.by_alert.get(alert, ())]
        return [action for action in actions if kind is None or action.kind == kind]

    @property
    def has_changes(self) -> bool:
        """Whether `take_changes` would give anything."""
        return bool(self._changes)

    def take_changes(self) -> list[ActionChange]:
        """What changed since the last call, in order."""
        changes, self._changes = self._changes, []
        return changes

    # --- the snapshot -------------------------------------------------------------------------

    def dump(self) -> dict[str, Any]:
        """All of it in containers of its own, which msgspec can encode; see `load`."""
        return {
            "living": list(self.living.values()),
            "history": list(self.history),
            "switches": dict(self.switches),
            "counts": dict(self.counts),
            "hindered": dict(self.hindered),
            "illegal": self.illegal,
            "begun": self.begun,
            "spent": {kind: list(times) for kind, times in self._spent.items()},
            "why": dict(self._why),
            "served": list(self.served),
            # With what was overtaken: it wakes the city, and a judgement takes place.
            "due": list(self._due),
            "by_alert": {alert: list(ids) for alert, ids in self.by_alert.items()},
        }

    def load(self, data: dict[str, Any]) -> None:
        """Become what `dump` gave, encoded and decoded; `changes` are not part of it."""
        for action in msgspec.convert(data["living"], list[Action]):
            self._hold(action)
        self.served = dict.fromkeys(data["served"])
        self.history.extend(msgspec.convert(data["history"], list[Action]))
        self.switches = msgspec.convert(data["switches"], dict[str, Switch])
        self.counts, self.hindered = dict(data["counts"]), dict(data["hindered"])
        self.illegal, self.begun = data["illegal"], data["begun"]
        for kind, times in data["spent"].items():
            self._spent[kind] = deque(times)
        self._why = dict(data["why"])
        self._due = [(at_ms, id_) for at_ms, id_ in data["due"]]
        self.by_alert = {alert: list(ids) for alert, ids in data["by_alert"].items()}
