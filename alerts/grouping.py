"""Alerts with one cause as a group, and the life of its notice as a table.

What lives here: which alerts share a group, what a group remembers, its moves, and when each of its
notices is due. What does not: whether a notice may go and whom it reaches, which is `routing.py`'s
business; it and `notices.py` call this. The diagram in `docs/notices.md` is the one of `TABLE`.
"""

from collections.abc import Collection, Sequence
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from alerts.alert import Alert
from alerts.letter import NoticeAlert, NoticeStep
from alerts.remedies.settings import NoticeSettings
from alerts.rules import SEVERITIES

FAR: Final = 2**63 - 1  # a time that never comes
MAX_TOLD: Final = 20  # alerts that one notice names; it counts them all
RANK: Final[dict[str, int]] = {severity: rank for rank, severity in enumerate(SEVERITIES)}

State = Literal["closed", "waiting", "open", "acknowledged", "quiet"]
# How the group's firing alerts stand (the first three), that all that was written of its notice was
# taken back before anybody heard of it, or the notice that went out.
Happening = Literal["unacked", "acked", "hushed", "unsaid"] | NoticeStep
# (state, what happens) -> state. A notice that is not here can't be sent in that state.
TABLE: Final[dict[tuple[State, Happening], State]] = {
    ("closed", "unacked"): "waiting",
    ("closed", "acked"): "waiting",
    ("waiting", "hushed"): "closed",
    ("waiting", "open"): "open",
    ("open", "update"): "open",
    ("open", "escalate"): "open",
    ("open", "repeat"): "open",
    ("open", "acked"): "acknowledged",
    ("open", "hushed"): "quiet",
    ("open", "close"): "closed",
    ("open", "unsaid"): "waiting",
    ("acknowledged", "update"): "acknowledged",
    ("acknowledged", "unacked"): "open",
    ("acknowledged", "hushed"): "quiet",
    ("acknowledged", "close"): "closed",
    ("acknowledged", "unsaid"): "waiting",
    ("quiet", "unacked"): "open",
    ("quiet", "acked"): "acknowledged",
    ("quiet", "close"): "closed",
    ("quiet", "unsaid"): "waiting",
}

Key = tuple[tuple[str, str], ...]  # (field, value) of each field that a group's alerts share
REST: Final[Key] = (("*", ""),)  # the one group of all alerts for whose own there is no room


class Member(Struct, frozen=True):
    """A firing alert of a group, as it was last heard."""

    alert: NoticeAlert
    muted: bool
    acked: bool  # or claimed
    known: bool = False  # somebody was told: the notice can't close before it has ended
    told: int = -1  # rank of the severity in which everybody was told; -1: not yet


class Look(Struct, frozen=True):
    """A group's firing alerts in figures. `loud` are those not muted."""

    loud: int
    news: int  # loud ones that not everybody was told of, or at a lower severity
    known: int
    rank: int  # of the highest severity among the loud, -1 for none
    mood: Literal["unacked", "acked", "hushed"]


class Told(Struct, frozen=True):
    """What one notice tells of: what fires, and the most urgent of what has ended."""

    firing: list[NoticeAlert]
    ended: list[NoticeAlert]
    ended_count: int


def urgency(alert: NoticeAlert) -> tuple[bool, int, int, str]:
    """Sorts the most urgent first: firing before ended, then severity, then the oldest."""
    return (
        alert.resolved_ts is not None,
        -RANK[alert.severity],
        alert.started_ts,
        alert.id,
    )


class Group(Struct, kw_only=True):
    """The alerts that share a key, and the notice that is open about them, if any.

    `since_ms` is when the present state, or level, was entered; `told_ms` when last everybody was
    told something. `told_to` are the targets that have heard of the open notice. `ended` are the
    most urgent of the `ended_count` told alerts whose end not everybody was told yet.
    """

    key: Key
    state: State = "closed"
    since_ms: int = 0
    told_ms: int | None = None
    members: dict[str, Member] = {}
    notice_id: str = ""
    opened_ms: int = 0
    level: int = 0
    told_to: tuple[str, ...] = ()
    ended: list[NoticeAlert] = []
    ended_count: int = 0
    held: str | None = None  # why what is due has not gone yet
    due_ms: int = 0

    def look(self) -> Look:
        """Count its firing alerts. O(members)."""
        loud = news = known = unacked = 0
        top = -1
        for member in self.members.values():
            known += member.known
            if member.muted:
                continue
            rank = RANK[member.alert.severity]
            loud += 1
            news += rank > member.told
            unacked += not member.acked
            top = max(top, rank)
        mood: Literal["unacked", "acked", "hushed"] = (
            "unacked" if unacked else "acked" if loud else "hushed"
        )
        return Look(loud, news, known, top, mood)

    def move(self, happening: Happening, now_ms: int) -> None:
        """Go where the table says; what is not in it changes nothing."""
        state = TABLE.get((self.state, happening), self.state)
        if state != self.state or happening == "escalate":
            self.since_ms = now_ms
        self.state = state

    def is_over(self, look: Look) -> bool:
        """Whether a notice is open and all that it told of has ended."""
        return not look.known and (self.state, "close") in TABLE

    def at_ms(self, step: NoticeStep, look: Look, settings: NoticeSettings) -> int:
        """From when on a notice of this step is due as things stand; FAR for not at all.

        A close is due at once, or not; see `is_over`.
        """
        if (self.state, step) not in TABLE:
            return FAR
        told_ms = self.since_ms if self.told_ms is None else self.told_ms
        rested_ms = 0 if self.told_ms is None else told_ms + _ms(settings.group_interval_s)
        if step == "open":
            return max(self.since_ms + round(settings.group_wait_s * 1000), rested_ms)
        if step == "update" and look.news:
            return rested_ms
        if step == "escalate" and next_level(settings.levels, self.level) is not None:
            return self.since_ms + _ms(settings.escalate_s)
        if step == "repeat" and settings.repeat_s:
            return max(rested_ms, max(told_ms, self.since_ms) + _ms(settings.repeat_s))
        return FAR

    def is_done(self, now_ms: int, settings: NoticeSettings) -> bool:
        """Whether nothing of it need be remembered any more."""
        if self.state != "closed" or self.members:
            return False
        return self.told_ms is None or now_ms >= self.told_ms + _ms(settings.group_interval_s)

    def end(self, alert: NoticeAlert) -> None:
        """One of its alerts has ended; kept to be told if it was told."""
        if self.members.pop(alert.id).known:
            self.ended = sorted([*self.ended, alert], key=urgency)[:MAX_TOLD]
            self.ended_count += 1

    def tell(self, step: NoticeStep, level: int, to: tuple[str, ...], now_ms: int) -> Told:
        """A notice goes out: what it tells of, which is then known."""
        if step == "open":
            self.opened_ms = now_ms
            self.told_to = ()
        firing = [m.alert for m in self.members.values() if not m.muted and step != "close"]
        for alert in firing:
            member = self.members[alert.id]
            told = member.told if step == "escalate" else RANK[alert.severity]
            if told != member.told or not member.known:
                self.members[alert.id] = replace(member, known=True, told=told)
        self.level = level
        self.told_to = tuple(dict.fromkeys((*self.told_to, *to)))
        self.held = None
        self.move(step, now_ms)
        if step == "escalate":
            return Told(firing, [], 0)  # the new level never heard of what has ended
        told_now = Told(firing, self.ended, self.ended_count)
        self.ended, self.ended_count = [], 0
        self.told_ms = now_ms
        return told_now

    def unsay(self, heard: Collection[str], anew: bool, now_ms: int) -> None:
        """A message of the open notice was taken back; `heard` are the targets that have, or may
        have, heard of it all the same.

        Who has not hears no close. `anew`: what fires is told again, as soon as notices go. Where
        nobody has heard, nothing was told: it will be another notice.
        """
        if (self.state, "unsaid") not in TABLE:
            return
        self.told_to = tuple(name for name in self.told_to if name in heard)
        nobody = not self.told_to
        if anew or nobody:
            for id_, member in self.members.items():
                self.members[id_] = replace(member, told=-1, known=member.known and not nobody)
        if nobody:
            self.move("unsaid", now_ms)
            self.notice_id, self.level, self.told_ms = "", 0, None
            self.ended, self.ended_count = [], 0


def _ms(seconds: float) -> int:
    """At least one: two notices of a group never bear the same time, whatever the settings."""
    return max(1, round(seconds * 1000))


def next_level(levels: Sequence[Sequence[str]], after: int) -> int | None:
    """The first level above `after` (-1: of all) that has anybody in it."""
    return next((i for i in range(after + 1, len(levels)) if levels[i]), None)


def key_of(alert: Alert, group_by: Sequence[str]) -> Key:
    """The key of the group that an alert belongs to; what it does not have counts as empty."""
    values = alert.labels
    values.setdefault("cause", alert.cause)
    return tuple((field, values.get(field, "")) for field in group_by)


def member_of(alert: Alert, before: Member | None) -> Member:
    """A firing alert as a group holds it; what was told of it stays."""
    return Member(
        told_of(alert),
        muted=alert.silenced or alert.inhibited_by is not None,
        acked=alert.acked_by is not None or alert.claimed_by is not None,
        known=before is not None and before.known,
        told=-1 if before is None else before.told,
    )


def told_of(alert: Alert) -> NoticeAlert:
    """An alert as a notice tells it."""
    return NoticeAlert(
        id=alert.id,
        rule=alert.rule,
        severity=alert.severity,
        state=alert.state,
        subject_kind=alert.subject.kind,
        subject_id=alert.subject.id,
        zone=alert.about.get("zone"),
        venue=alert.about.get("venue"),
        started_ts=alert.started_ts,
        resolved_ts=alert.resolved_ts,
        reason=alert.reason,
    )
