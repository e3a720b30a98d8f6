"""What people can make without end is bounded."""

from alerts import act
from alerts.book import Book, Finding, Hold
from alerts.mute import Matcher


def test_silences_beyond_the_limit_are_refused_until_one_ends() -> None:
    """A city holds so many silences at once; one more is refused, and fits when one has ended."""
    book = Book("riga")
    matcher = (Matcher("rule", "order_late"),)
    made = [
        act.silence(book, matcher, "ann", "rain", 10_000 + n, 1) for n in range(act.MAX_SILENCES)
    ]
    assert all(outcome.ok for outcome in made)
    refused = act.silence(book, matcher, "ann", "rain", 99_999, 1)
    assert refused.refusal == "too_many"
    assert act.unsilence(book, made[0].id or "", 2).ok
    assert act.silence(book, matcher, "ann", "rain", 99_999, 2).ok


def test_an_alert_keeps_its_latest_notes_only() -> None:
    """Notes beyond the limit push out the oldest."""
    book = Book("riga")
    from_problem(book)
    alert = book.living()[0]
    for n in range(act.MAX_NOTES + 5):
        assert act.note(book, alert.id, "ann", f"note {n}", n).ok
    notes = book.living()[0].notes
    assert len(notes) == act.MAX_NOTES
    assert notes[-1].text == f"note {act.MAX_NOTES + 4}"


def from_problem(book: Book) -> None:
    """One firing alert in the book."""
    book.observe("order_problem", "o1", 1, 0, 1_000, 1_000, (Hold("warning", 0, 0),), _found)


def _found() -> Finding:
    return Finding("problem_reported", 1.0, 1.0, "missing item", {"order": "o1"})
