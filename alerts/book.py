"""The book of one city's alerts: every living one, its marks, its silences, a bounded history.

The core judges and tells the book (`observe`, `end`); people act on it (`act.py`). Each call puts
what changed into `changes`, in order, which the core takes with `take_changes`. Pure: time is
passed in, ids are derived from what the alert is about, so that a replay gives the same ones.
"""

from collections import deque
from collections.abc import Callable
from hashlib import blake2b
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from alerts.alert import Alert, AlertChange, Cause, Change, Ending, Subject
from alerts.lifecycle import SHOWN_AS_FIRING, State, Step
from alerts.mute import EXPLAINS, SilenceRecord, explained_by
from alerts.rules import SUBJECTS, Severity

INHIBITORS: Final = frozenset(rule for rule, _ in EXPLAINS)
_FEEDS: Final = tuple(("feed_silent", feed) for feed in ("couriers", "orders", "venues"))


class Finding(Struct, frozen=True):
    """Why a rule is in breach, in figures and words, and below which figures it clears."""

    cause: Cause
    value: float
    threshold: float
    reason: str
    about: dict[str, str]
    clears_below: dict[Cause, float] = {}


class Hold(Struct, frozen=True):
    """How long a breach of one step must hold, and be gone, in ms; and the step's severity."""

    severity: Severity
    for_ms: int
    keep_ms: int


class Track:
    """One rule on one subject while it is not inactive: its steps and the alert shown."""

    __slots__ = ("alert", "steps")

    def __init__(self, step_count: int) -> None:
        self.steps = [Step() for _ in range(step_count)]
        self.alert: Alert | None = None


def alert_id(city: str, rule: str, subject: str, raised_ms: int) -> str:
    """The same alert has the same id in every replay; one raised at another time another."""
    told = "\x00".join((city, rule, subject, str(raised_ms))).encode()
    return blake2b(told, digest_size=9).hexdigest()


class Book:
    """All alerts of one city. `tracks` is keyed by (rule, subject id)."""

    def __init__(self, city: str, history: int = 10_000) -> None:
        self.city = city
        self.tracks: dict[tuple[str, str], Track] = {}
        self.by_id: dict[str, tuple[str, str]] = {}
        self.history: deque[Alert] = deque(maxlen=history)
        self.silences: dict[str, SilenceRecord] = {}
        self.fired: dict[str, int] = {}
        self.suppressed = {"silenced": 0, "inhibited": 0}
        self._changes: list[AlertChange] = []

    # --- what the rules say -----------------------------------------------------------------

    def observe(
        self,
        rule: str,
        subject: str,
        breach: int,
        clear: int,
        now_ms: int,
        began_ms: int,
        holds: tuple[Hold, ...],
        finding: Callable[[], Finding],
    ) -> int | None:
        """Take one judgement of `rule` on `subject`; when to judge again at the latest, if ever.

        Bit i of `breach` and `clear` is the condition of step i of `holds` (mildest first).
        `finding` is called only where an alert starts, fires, changes severity or cause of it.
        """
        key = (rule, subject)
        track = self.tracks.get(key)
        if track is None:
            if not breach:
                return None
            track = self.tracks[key] = Track(len(holds))
        moved = False
        due: int | None = None
        for i, (step, hold) in enumerate(zip(track.steps, holds, strict=True)):
            moved |= step.observe(
                bool(breach >> i & 1),
                bool(clear >> i & 1),
                now_ms,
                began_ms,
                hold.for_ms,
                hold.keep_ms,
            )
            step_due = step.due_ms(hold.for_ms, hold.keep_ms)
            if step_due is not None and (due is None or step_due < due):
                due = step_due
        if moved:
            self._show(key, track, now_ms, holds, finding)
        return due

    def end(self, rule: str, subject: str, now_ms: int, ending: Ending) -> None:
        """End what there is of `rule` on `subject`, whatever its condition."""
        key = (rule, subject)
        track = self.tracks.get(key)
        if track is not None:
            self._finish(key, track, now_ms, ending)

    def end_all(self, now_ms: int, ending: Ending) -> None:
        """End every living alert."""
        for (rule, subject), _ in list(self.tracks.items()):
            self.end(rule, subject, now_ms, ending)

    def is_tracked(self, rule: str, subject: str) -> bool:
        """Whether there is a pending or firing alert of `rule` on `subject`."""
        return (rule, subject) in self.tracks

    def _show(
        self,
        key: tuple[str, str],
        track: Track,
        now_ms: int,
        holds: tuple[Hold, ...],
        finding: Callable[[], Finding],
    ) -> None:
        top = -1
        state: State | None = None
        for i, step in enumerate(track.steps):
            if step.state in SHOWN_AS_FIRING:
                top, state = i, State.FIRING
            elif step.state is State.RESOLVED:
                step.state = State.INACTIVE
        if state is None:
            if any(step.state is State.PENDING for step in track.steps):
                state = State.PENDING
                top = next(i for i, s in enumerate(track.steps) if s.state is State.PENDING)
            else:
                self._finish(key, track, now_ms, "recovered")
                return
        shown = track.alert
        if shown is not None and shown.state == "firing" and state is State.PENDING:
            # What fired is over; what is pending above or below it starts as another alert.
            self._finish(key, track, now_ms, "recovered", keep_steps=True)
            shown = None
        severity = holds[top].severity
        if shown is None:
            started = min(s.since_ms for s in track.steps if s.state is not State.INACTIVE)
            self._start(key, track, state, severity, started, now_ms, finding())
        elif shown.state == "pending" and state is State.FIRING:
            self._change(key, track, "firing", severity, now_ms, finding())
        elif shown.severity != severity and state is State.FIRING:
            self._change(key, track, "severity", severity, now_ms, finding())
        self._note_clearing(track, holds)

    def _note_clearing(self, track: Track, holds: tuple[Hold, ...]) -> None:
        """Let the alert say when it ends, if it is clearing as a whole."""
        alert = track.alert
        assert alert is not None
        states = [step.state for step in track.steps]
        ends_ts = None
        if State.CLEARING in states and State.FIRING not in states:
            ends_ts = max(
                step.clear_ms + hold.keep_ms
                for step, hold in zip(track.steps, holds, strict=True)
                if step.state is State.CLEARING
            )
        if alert.ends_ts != ends_ts:
            # No state, no mark: nobody is told of it but those who watch.
            track.alert = replace(alert, ends_ts=ends_ts)
            self._changes.append(AlertChange("clearing", track.alert))

    def _start(
        self,
        key: tuple[str, str],
        track: Track,
        state: State,
        severity: Severity,
        started_ms: int,
        now_ms: int,
        found: Finding,
    ) -> None:
        rule, subject = key
        firing = state is State.FIRING
        track.alert = Alert(
            id=alert_id(self.city, rule, subject, now_ms),
            rule=rule,
            severity=severity,
            state="firing" if firing else "pending",
            city=self.city,
            subject=Subject(SUBJECTS[rule], subject),
            started_ts=started_ms,
            fired_ts=now_ms if firing else None,
            updated_ts=now_ms,
            value=float(found.value),
            threshold=float(found.threshold),
            reason=found.reason,
            cause=found.cause,
            about=found.about,
            clears_below=found.clears_below,
        )
        self.by_id[track.alert.id] = key
        self._tell(track, "firing" if firing else "pending", now_ms)

    def _change(
        self,
        key: tuple[str, str],
        track: Track,
        change: Change,
        severity: Severity,
        now_ms: int,
        found: Finding,
    ) -> None:
        assert track.alert is not None
        fired = now_ms if change == "firing" else track.alert.fired_ts
        track.alert = replace(
            track.alert,
            state="firing",
            severity=severity,
            fired_ts=fired,
            updated_ts=now_ms,
            value=float(found.value),
            threshold=float(found.threshold),
            reason=found.reason,
            cause=found.cause,
            about=found.about,
            clears_below=found.clears_below,
        )
        self._tell(track, change, now_ms)

    def _tell(self, track: Track, change: Change, now_ms: int) -> None:
        """Mark what mutes a changed alert, count it, and put it among the changes."""
        assert track.alert is not None
        alert = track.alert = self._marked(track.alert, self._explaining())
        if change in ("firing", "severity"):
            if alert.silenced_by is not None:
                silence = self.silences[alert.silenced_by]
                self.silences[silence.id] = replace(silence, hidden=silence.hidden + 1)
                self.suppressed["silenced"] += 1
            elif alert.inhibited_by is not None:
                self.suppressed["inhibited"] += 1
        if change == "firing":
            self.fired[alert.rule] = self.fired.get(alert.rule, 0) + 1
        self._changes.append(AlertChange(change, alert))
        if change == "firing" and alert.rule in INHIBITORS:
            self.refresh_marks(now_ms)

    def _finish(
        self,
        key: tuple[str, str],
        track: Track,
        now_ms: int,
        ending: Ending,
        keep_steps: bool = False,
    ) -> None:
        alert = track.alert
        track.alert = None
        if not keep_steps:
            del self.tracks[key]
        if alert is None:
            return
        del self.by_id[alert.id]
        if alert.state == "pending":
            return  # a pending breach that ends is not shown
        alert = replace(
            alert,
            state="resolved",
            resolved_ts=now_ms,
            updated_ts=now_ms,
            ended=ending,
            ends_ts=None,
        )
        self.history.append(alert)
        self._changes.append(AlertChange("resolved", alert))
        if alert.rule in INHIBITORS:
            self.refresh_marks(now_ms)

    # --- marks ------------------------------------------------------------------------------

    def _marked(self, alert: Alert, firing: list[tuple[str, str, str]]) -> Alert:
        """The alert with what mutes it now; `firing` are the alerts that may explain others."""
        silence = None
        if self.silences:
            labels = alert.labels
            silence = next((s.id for s in self.silences.values() if s.hides(labels)), None)
        by = explained_by(alert.rule, firing) if firing else None
        if silence == alert.silenced_by and by == alert.inhibited_by:
            return alert
        return replace(alert, silenced=silence is not None, silenced_by=silence, inhibited_by=by)

    def _explaining(self) -> list[tuple[str, str, str]]:
        firing: list[tuple[str, str, str]] = []
        for key in (*_FEEDS, ("city_stall", self.city)):
            track = self.tracks.get(key)
            if track is not None and track.alert is not None and track.alert.state == "firing":
                firing.append((track.alert.id, *key))
        return firing

    def refresh_marks(self, now_ms: int) -> None:
        """Look again at what mutes each living alert; changed marks are told."""
        firing = self._explaining()
        for track in self.tracks.values():
            if track.alert is not None:
                marked = self._marked(track.alert, firing)
                if marked is not track.alert:
                    self.set_alert(replace(marked, updated_ts=now_ms))

    def set_alert(self, alert: Alert) -> None:
        """Put a living alert's changed marks in place and tell of them."""
        self.tracks[self.by_id[alert.id]].alert = alert
        if alert.state == "firing":
            self._changes.append(AlertChange("mark", alert))

    # --- reading ----------------------------------------------------------------------------

    def find(self, alert_id: str) -> Alert | None:
        """A living alert by its id."""
        key = self.by_id.get(alert_id)
        return None if key is None else self.tracks[key].alert

    def living(self) -> list[Alert]:
        """Every pending and firing alert, oldest first."""
        alerts = [t.alert for t in self.tracks.values() if t.alert is not None]
        return sorted(alerts, key=lambda a: (a.started_ts, a.id))

    @property
    def has_changes(self) -> bool:
        """Whether `take_changes` would give anything."""
        return bool(self._changes)

    def take_changes(self) -> list[AlertChange]:
        """What changed since the last call, in order."""
        changes, self._changes = self._changes, []
        return changes
