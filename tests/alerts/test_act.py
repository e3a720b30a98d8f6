"""What people do on a book: bounds, and when marks next run out."""

from alerts.act import (
    DEFAULT_ACK_MS,
    MAX_NOTES,
    MAX_SILENCES,
    ack,
    claim,
    expire,
    note,
    silence,
    unsilence,
)
from alerts.book import Book, Finding, Hold
from alerts.mute import Matcher

HIDE = (Matcher("rule", "order_late"),)


def book() -> tuple[Book, str]:
    """A book with one firing alert, and its id."""
    desk = Book("riga")
    found = Finding("promise_passed", 1, 1, "late", {"order": "o"})
    desk.observe("order_late", "o", 1, 0, 0, 0, (Hold("warning", 0, 0),), lambda: found)
    desk.take_changes()
    return desk, desk.living()[0].id


def test_the_latest_notes_stay() -> None:
    """One more than there is room for pushes the first out."""
    desk, alert = book()
    for i in range(MAX_NOTES + 1):
        note(desk, alert, "ann", f"word {i}", i)
    notes = desk.living()[0].notes
    assert (len(notes), notes[0].text, notes[-1].text) == (MAX_NOTES, "word 1", "word 50")


def test_a_city_holds_so_many_silences_and_no_more() -> None:
    """The one too many is refused by name; when one has ended there is room."""
    desk, _ = book()
    ids = [silence(desk, HIDE, f"by {i}", "known", 10, 0).id for i in range(MAX_SILENCES)]
    assert len(set(ids)) == MAX_SILENCES
    assert silence(desk, HIDE, "ann", "known", 10, 0).refusal == "too_many"
    assert ids[0] is not None
    unsilence(desk, ids[0], 1)
    assert silence(desk, HIDE, "ann", "known", 10, 1).ok


def test_expire_tells_when_the_next_mark_runs_out() -> None:
    """Of an ack and two silences the soonest; none left, never."""
    desk, alert = book()
    silence(desk, HIDE, "ann", "known", 500, 0)
    silence(desk, HIDE, "ben", "known", 300, 0)
    ack(desk, alert, "ann", 400, 0)
    assert expire(desk, 0) == 300
    assert expire(desk, 300) == 400
    assert expire(desk, 400) == 500
    assert desk.living()[0].acked_by is None
    assert expire(desk, 500) is None
    assert not desk.living()[0].silenced


def test_an_ack_taken_over_has_the_new_end() -> None:
    """Ben acknowledges after Ann: the mark is his, for half an hour from then."""
    desk, alert = book()
    ack(desk, alert, "ann", None, 0)
    ack(desk, alert, "ben", None, 1_000)
    assert desk.living()[0].acked_by == "ben"
    assert expire(desk, DEFAULT_ACK_MS) == 1_000 + DEFAULT_ACK_MS


def test_a_refused_act_changes_nothing_and_tells_nothing() -> None:
    """A claim that comes second leaves no trace among the changes."""
    desk, alert = book()
    claim(desk, alert, "ann", 1)
    desk.take_changes()
    before = desk.living()
    claim(desk, alert, "ben", 2)
    assert desk.living() == before
    assert desk.take_changes() == []
