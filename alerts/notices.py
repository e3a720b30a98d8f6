"""One notice as it is planned: whom it reaches, what it tells, its title in words.

What lives here: `NoticePlan` and how it is made of a group. What does not: when it is due
(`grouping.py`) and whether it may go (`routing.py`, the only caller).
"""

from collections.abc import Sequence
from hashlib import blake2b
from heapq import nsmallest
from typing import Final

from msgspec import Struct

from alerts.grouping import MAX_TOLD, RANK, REST, Group, Key, Told, next_level, urgency
from alerts.letter import NoticeAlert, NoticeStep
from alerts.phrases import Code, Phrase, Said, phrase
from alerts.rules import SEVERITIES

_BEFORE: Final[dict[NoticeStep, str]] = {
    "open": "",
    "update": "Update: ",
    "repeat": "Still not acknowledged: ",
    "escalate": "Nobody has acknowledged: ",
}
_STEPS: Final[dict[NoticeStep, Code]] = {
    "update": "notice_more",
    "repeat": "notice_again",
    "escalate": "notice_higher",
}


class NoticePlan(Struct, frozen=True, kw_only=True):
    """One notice to be sent now, to the targets named in `to`; the rest as in `letter.Notice`.

    `said` is the title as phrases.
    """

    notice_id: str
    step: NoticeStep
    level: int
    to: tuple[str, ...]
    severity: str
    title: str
    count: int
    alerts: tuple[NoticeAlert, ...]
    said: Said = ()


def reach(
    group: Group, step: NoticeStep, levels: Sequence[Sequence[str]]
) -> tuple[int, tuple[str, ...]]:
    """The level that a notice is of, and the targets it goes to.

    A close goes to whoever heard of the notice, whatever the levels are by now.
    """
    if step == "close":
        return group.level, group.told_to
    level = group.level
    if step in ("open", "escalate"):
        above = next_level(levels, -1 if step == "open" else level)
        level = 0 if above is None else above
    reached = levels[level : level + 1] if step == "escalate" else levels[: level + 1]
    return level, tuple(dict.fromkeys(name for targets in reached for name in targets))


def notice_id(city: str, kind: str, key: Key, opened_ms: int) -> str:
    """The same notice has the same id in every replay; one opened at another time another."""
    parts = (city, kind, *(part for pair in key for part in pair), str(opened_ms))
    return blake2b("\x00".join(parts).encode(), digest_size=9).hexdigest()


def plan(
    group: Group, step: NoticeStep, told: Told, to: tuple[str, ...], now_ms: int
) -> NoticePlan:
    """The notice of a group that has just been told; `told` is what of."""
    alerts = tuple(nsmallest(MAX_TOLD, [*told.firing, *told.ended], key=urgency))
    return NoticePlan(
        notice_id=group.notice_id,
        step=step,
        level=group.level,
        to=to,
        severity=SEVERITIES[max(RANK[alert.severity] for alert in alerts)],
        title=_title(step, group.key, alerts, told, now_ms - group.opened_ms),
        count=len(told.firing) + told.ended_count,
        alerts=alerts,
        said=_said(step, group.key, alerts, told, now_ms - group.opened_ms),
    )


def _title(
    step: NoticeStep, key: Key, alerts: Sequence[NoticeAlert], told: Told, lasted_ms: int
) -> str:
    """Of a single alert its reason, of several how many there are and what they share."""
    before = f"Over after {_span(lasted_ms)}: " if step == "close" else _BEFORE[step]
    count = len(told.firing) + told.ended_count
    if count == 1:
        return before + alerts[0].reason
    after = f" ({told.ended_count} ended)" if told.ended_count and told.firing else ""
    return f"{before}{count} alerts{_shared(key)}{after}"


def _said(
    step: NoticeStep, key: Key, alerts: Sequence[NoticeAlert], told: Told, lasted_ms: int
) -> Said:
    """The title as phrases: what it is about is named, not why."""
    said: list[Phrase] = []
    if step == "close":
        said.append(phrase("notice_over", lasted_s=lasted_ms // 1000))
    elif step != "open":
        said.append(phrase(_STEPS[step]))
    count = len(told.firing) + told.ended_count
    if count == 1:
        one = alerts[0]
        said.append(phrase("one_alert", rule=one.rule, kind=one.subject_kind, id=one.subject_id))
        return tuple(said)
    said.append(phrase("alerts", count=count))
    if told.ended_count and told.firing:
        said.append(phrase("alerts_ended", count=told.ended_count))
    if key != REST:
        said += [phrase("share", field=field, value=value) for field, value in key if value]
    return tuple(said)


def _shared(key: Key) -> str:
    """What the alerts of a group have in common: `: order late, zone centrs`."""
    if key == REST:
        return " of many causes"
    words = []
    for field, value in key:
        if not value:
            words.append(f"no {field}")
        elif field in ("rule", "cause", "severity"):
            words.append(value.replace("_", " "))
        else:
            words.append(f"{field} {value}")
    return ": " + ", ".join(words) if words else ""


def _span(lasted_ms: int) -> str:
    seconds = lasted_ms // 1000
    if seconds < 120:
        return f"{seconds} s"
    minutes = seconds // 60
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
