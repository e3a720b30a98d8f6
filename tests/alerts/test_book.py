"""The book: which alerts come of judgements, their ids, steps, marks and history."""

from collections.abc import Callable

from alerts.act import silence
from alerts.book import Book, Finding, Hold, alert_id
from alerts.mute import Matcher

WARNING = Hold("warning", 120_000, 0)
CRITICAL = Hold("critical", 60_000, 0)
AT_ONCE = Hold("warning", 0, 0)
SHORT = "zone_shortage"
LATE = "order_late"


def found(value: float = 1.0, **about: str) -> Callable[[], Finding]:
    """A finding with a value."""
    return lambda: Finding("ratio", value, 1.0, f"value {value}", about)


class Desk:
    """A book, judged second by second."""

    def __init__(self, history: int = 100) -> None:
        self.book = Book("riga", history)

    def see(
        self,
        now_s: int,
        breach: int,
        clear: int = 0,
        holds: tuple[Hold, ...] = (WARNING, CRITICAL),
        rule: str = SHORT,
        subject: str = "Centrs",
        finding: Callable[[], Finding] | None = None,
    ) -> list[str]:
        """One judgement; the changes it told, a severity in place of its word."""
        now_ms = now_s * 1000
        self.due = self.book.observe(
            rule, subject, breach, clear, now_ms, now_ms, holds, finding or found()
        )
        return [
            c.alert.severity if c.change == "severity" else c.change
            for c in self.book.take_changes()
        ]

    def once(self, now_s: int, breach: bool, rule: str = LATE, subject: str = "o") -> list[str]:
        """A rule without hold or steps."""
        return self.see(now_s, int(breach), int(not breach), (AT_ONCE,), rule, subject)


def test_steps_up_and_down_are_one_alert() -> None:
    """Warning, critical, warning again and the end: one id throughout."""
    desk = Desk()
    assert desk.see(0, 0b01) == ["pending"]
    assert desk.see(120, 0b01) == ["firing"]
    assert desk.see(130, 0b11) == []
    assert desk.due == 190_000
    assert desk.see(190, 0b11) == ["critical"]
    assert desk.see(200, 0b01, 0b10) == ["warning"]
    (alert,) = desk.book.living()
    assert (alert.started_ts, alert.fired_ts) == (0, 120_000)
    assert desk.see(210, 0b00, 0b11) == ["resolved"]
    assert desk.book.living() == []
    assert desk.book.history[0].id == alert.id


def test_the_critical_step_may_fire_first() -> None:
    """Held for a minute it fires as critical; when it steps down the milder one still counts."""
    desk = Desk()
    desk.see(0, 0b11)
    assert desk.see(60, 0b11) == ["firing"]
    assert desk.book.living()[0].severity == "critical"
    assert desk.see(120, 0b11) == []
    assert desk.see(130, 0b01, 0b10) == ["warning"]


def test_an_alert_that_clears_says_when_it_ends() -> None:
    """It ends when the clearing has lasted; what comes back takes the time away again."""
    kept = (Hold("warning", 0, 60_000), Hold("critical", 0, 30_000))
    desk = Desk()
    desk.see(0, 0b11, holds=kept)
    assert desk.see(10, 0b01, 0b10, kept) == []  # the critical step alone: no end in sight
    assert desk.see(20, 0, 0b11, kept) == ["clearing"]
    (alert,) = desk.book.living()
    assert (alert.ends_ts, alert.updated_ts) == (80_000, 0)
    assert desk.see(30, 0b01, 0b10, kept) == ["clearing"]
    assert desk.book.living()[0].ends_ts is None
    assert desk.see(40, 0, 0b11, kept) == ["warning", "clearing"]
    assert desk.see(100, 0, 0b11, kept) == ["resolved"]
    assert desk.book.history[0].ends_ts is None


def test_a_pending_breach_that_ends_is_not_told_as_resolved() -> None:
    """It leaves no history, and its id is forgotten."""
    desk = Desk()
    assert desk.see(0, 0b01) == ["pending"]
    assert desk.see(60, 0, 0b11) == []
    assert (desk.book.living(), list(desk.book.history), desk.book.by_id) == ([], [], {})


def test_a_value_is_taken_when_something_is_told() -> None:
    """The finding is asked for at the start, the firing and each severity, not in between."""
    desk = Desk()
    desk.see(0, 0b01, finding=found(1.0))
    desk.see(60, 0b01, finding=found(2.0))
    assert desk.book.living()[0].value == 1.0
    desk.see(120, 0b01, finding=found(3.0))
    assert desk.book.living()[0].value == 3.0


def test_ids_are_the_same_in_every_replay_and_new_for_every_alert() -> None:
    """City, rule, subject and time make the id, and nothing else."""
    assert alert_id("riga", LATE, "o", 5) == alert_id("riga", LATE, "o", 5)
    others = {
        alert_id("riga", LATE, "o", 5),
        alert_id("riga", LATE, "o", 6),
        alert_id("riga", LATE, "p", 5),
        alert_id("riga", SHORT, "o", 5),
        alert_id("oslo", LATE, "o", 5),
        alert_id("riga", LATE + "o", "", 5),
    }
    assert len(others) == 6


def test_an_alert_raised_again_is_another_one() -> None:
    """Resolved and raised anew it has another id; the first stays in the history."""
    desk = Desk()
    desk.once(0, True)
    first = desk.book.living()[0].id
    desk.once(10, False)
    desk.once(20, True)
    assert desk.book.living()[0].id != first
    assert [alert.id for alert in desk.book.history] == [first]


def test_ending_tells_why_whatever_the_condition() -> None:
    """A subject that is gone resolves what fires and drops what is pending."""
    desk = Desk()
    desk.once(0, True)
    desk.see(0, 0b01)
    desk.book.end(LATE, "o", 5_000, "subject_gone")
    desk.book.end(SHORT, "Centrs", 5_000, "subject_gone")
    desk.book.end(SHORT, "never heard of", 5_000, "subject_gone")
    (change,) = desk.book.take_changes()
    assert (change.change, change.alert.ended) == ("resolved", "subject_gone")
    assert not desk.book.tracks


def test_what_fired_is_counted_by_rule() -> None:
    """Each alert once, whatever its steps."""
    desk = Desk()
    desk.once(0, True)
    desk.once(0, True, subject="p")
    desk.see(0, 0b11)
    desk.see(200, 0b11)
    assert desk.book.fired == {LATE: 2, SHORT: 1}


def test_the_history_is_bounded() -> None:
    """The oldest ended alert makes room."""
    desk = Desk(history=2)
    for second in range(0, 30, 10):
        desk.once(second, True)
        desk.once(second + 5, False)
    assert [alert.started_ts for alert in desk.book.history] == [10_000, 20_000]


def test_a_stall_marks_what_it_explains_and_takes_the_mark_back() -> None:
    """Marks come with the inhibitor and go with it, also on what fired in between."""
    desk = Desk()
    desk.once(0, True)
    assert desk.once(10, True, rule="city_stall", subject="riga") == ["firing", "mark"]
    stall = desk.book.find(alert_id("riga", "city_stall", "riga", 10_000))
    assert stall is not None
    desk.once(20, True, subject="p")
    assert [alert.inhibited_by for alert in desk.book.living()] == [stall.id, None, stall.id]
    assert desk.book.suppressed == {"silenced": 0, "inhibited": 1}
    assert desk.once(30, False, rule="city_stall", subject="riga") == ["resolved", "mark", "mark"]
    assert {alert.inhibited_by for alert in desk.book.living()} == {None}


def test_a_pending_inhibitor_explains_nothing() -> None:
    """Only what fires inhibits."""
    desk = Desk()
    desk.see(0, 1, holds=(WARNING,), rule="city_stall", subject="riga")
    desk.once(10, True)
    assert desk.book.find(alert_id("riga", LATE, "o", 10_000)).inhibited_by is None  # type: ignore[union-attr]


def test_a_silenced_alert_is_not_counted_as_inhibited_too() -> None:
    """What a person hid is counted as his."""
    desk = Desk()
    silence(desk.book, (Matcher("rule", LATE),), "ann", "known", 99_000, 0)
    desk.once(5, True, rule="city_stall", subject="riga")
    desk.once(10, True)
    assert desk.book.suppressed == {"silenced": 1, "inhibited": 0}


def test_a_severity_silence_hides_only_that_step() -> None:
    """Warnings are silenced: the alert is unmarked when it becomes critical."""
    desk = Desk()
    silence(desk.book, (Matcher("severity", "warning"),), "ann", "known", 999_000, 0)
    desk.see(0, 0b01)
    desk.see(120, 0b01)
    assert desk.book.living()[0].silenced
    desk.see(121, 0b11)
    desk.see(181, 0b11)
    assert not desk.book.living()[0].silenced


def test_living_alerts_come_oldest_first() -> None:
    """In the order in which they began."""
    desk = Desk()
    desk.once(20, True, subject="b")
    desk.once(10, True, subject="a")
    assert [alert.subject.id for alert in desk.book.living()] == ["a", "b"]
