"""Marks on a time line: which alerts fired and which actions were begun, and what became of them.

Reads the state, changes nothing. Called by the API; only what the books still hold is there.
"""

from collections.abc import Iterable, Sequence
from typing import Final, Protocol, TypeVar

from msgspec import Struct

from alerts.action import Action, ActionState, Kind
from alerts.alert import Alert, Subject
from alerts.rules import Severity
from monitor.core.city import City

MARKS_MAX: Final = 5_000  # of each sort, the newest


class AlertMark(Struct, frozen=True, kw_only=True):
    """An alert that fired; `resolved_ts` null while it fires, `severity` the last one."""

    id: str
    rule: str
    severity: Severity
    subject: Subject
    fired_ts: int
    resolved_ts: int | None
    acked_ts: int | None
    silenced: bool


class ActionMark(Struct, frozen=True, kw_only=True):
    """An action; `steps` are the times at which it came to its states."""

    id: str
    kind: Kind
    state: ActionState
    subject: Subject
    alert: str | None
    by: str | None
    steps: tuple[tuple[int, ActionState], ...]


class Marks(Struct, frozen=True, kw_only=True):
    """What concerns a span of time, the oldest first. `whole_from_ts`: older ones may be lacking,
    null where none is."""

    ts: int
    city: str
    from_ts: int
    to_ts: int
    whole_from_ts: int | None
    alerts: tuple[AlertMark, ...]
    actions: tuple[ActionMark, ...]


def marks_of(city: City, from_ts: int, to_ts: int, now_ms: int) -> Marks:
    """The alerts that fired, and the actions that were under way, between two times."""
    book, actions = city.book, city.desk.actions
    alerts = [
        _alert_mark(alert, alert.fired_ts)
        for alert in (*book.history, *book.living())
        if alert.fired_ts is not None
        and alert.fired_ts <= to_ts
        and (alert.resolved_ts is None or alert.resolved_ts >= from_ts)
    ]
    alerts.sort(key=lambda mark: (mark.fired_ts, mark.id))
    done = [
        _action_mark(action)
        for action in (*actions.history, *actions.living.values())
        if action.created_ts <= to_ts
        and (action.id in actions.living or action.updated_ts >= from_ts)
    ]
    done.sort(key=lambda mark: (mark.steps[0], mark.id))
    losses = [
        *_lost_before(book.history, book.history.maxlen),
        *_lost_before(actions.history, actions.history.maxlen),
        *(mark.fired_ts for mark in alerts[-MARKS_MAX:][:1] if len(alerts) > MARKS_MAX),
        *(mark.steps[0][0] for mark in done[-MARKS_MAX:][:1] if len(done) > MARKS_MAX),
    ]
    return Marks(
        ts=now_ms,
        city=city.plan.slug,
        from_ts=from_ts,
        to_ts=to_ts,
        whole_from_ts=max(losses, default=None),
        alerts=tuple(alerts[-MARKS_MAX:]),
        actions=tuple(done[-MARKS_MAX:]),
    )


class _Told(Protocol):
    @property
    def updated_ts(self) -> int: ...


T = TypeVar("T", bound=_Told)


def _lost_before(history: Sequence[T], most: int | None) -> Iterable[int]:
    """When a history that is full begins; what ended before may have been let go."""
    if most is not None and len(history) >= most:
        yield history[0].updated_ts if history else 0


def _alert_mark(alert: Alert, fired_ts: int) -> AlertMark:
    return AlertMark(
        id=alert.id,
        rule=alert.rule,
        severity=alert.severity,
        subject=alert.subject,
        fired_ts=fired_ts,
        resolved_ts=alert.resolved_ts,
        acked_ts=alert.acked_ts,
        silenced=alert.silenced,
    )


def _action_mark(action: Action) -> ActionMark:
    return ActionMark(
        id=action.id,
        kind=action.kind,
        state=action.state,
        subject=action.subject,
        alert=action.alert,
        by=action.by,
        steps=tuple((step.ts, step.state) for step in action.record),
    )
