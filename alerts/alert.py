"""An alert as others see it (contract, section 5), and the names of what may happen to it."""

from typing import Literal

from msgspec import Struct

from alerts.phrases import Said, phrase
from alerts.rules import Severity, SubjectKind

AlertState = Literal["pending", "firing", "resolved"]

# Why an alert was raised.
Cause = Literal[
    "ratio",
    "oldest_wait",
    "unaccepted",
    "unassigned",
    "pickup_late",
    "promise_passed",
    "unpaid",
    "problem_reported",
    "orders_overdue",
    "mean_overrun",
    "no_heartbeat",
    "unaccepted_run",
    "no_position",
    "not_moving",
    "no_events",
    "no_pickups",
]

# Why it ended.
Ending = Literal["recovered", "closed", "subject_gone", "rule_off"]

# What a change tells: a state, a severity, a mark, or that it begins to clear or no longer does.
Change = Literal["pending", "firing", "resolved", "severity", "mark", "clearing"]


class Subject(Struct, frozen=True):
    """What an alert is about."""

    kind: SubjectKind
    id: str


class Note(Struct, frozen=True):
    """A watcher's word on an alert."""

    ts: int
    by: str
    text: str


class Alert(Struct, frozen=True, kw_only=True):
    """One rule on one subject, from its first breach to its end.

    `value` and `threshold` are the figure and the bound that raised it, in the rule's unit;
    `about` names the zone, venue, courier and order it concerns, as far as known. It clears while
    each figure of `clears_below` is below its bound; `ends_ts` is when it ends if that lasts.
    """

    id: str
    rule: str
    severity: Severity
    state: AlertState
    city: str
    subject: Subject
    started_ts: int
    fired_ts: int | None = None
    resolved_ts: int | None = None
    updated_ts: int
    value: float
    threshold: float
    reason: str
    acked_by: str | None = None
    claimed_by: str | None = None
    silenced: bool = False
    inhibited_by: str | None = None
    actions: tuple[str, ...] = ()
    cause: Cause
    ended: Ending | None = None
    about: dict[str, str] = {}
    acked_ts: int | None = None
    acked_until_ts: int | None = None
    claimed_ts: int | None = None
    silenced_by: str | None = None
    notes: tuple[Note, ...] = ()
    clears_below: dict[Cause, float] = {}
    ends_ts: int | None = None

    @property
    def labels(self) -> dict[str, str]:
        """What a silence's matchers are held against."""
        return {**self.about, "rule": self.rule, "severity": self.severity}

    @property
    def said(self) -> Said:
        """Why it was raised, as an action that serves it says it."""
        return (phrase("cause", cause=self.cause, value=self.value, limit=self.threshold),)


class AlertChange(Struct, frozen=True):
    """An alert after one change, and which change it was."""

    change: Change
    alert: Alert
