"""What people do to alerts, as events of the engine: marks, silences, closing."""

from alerts.act import Outcome
from alerts.alert import Alert
from alerts.mute import Matcher, MatchField
from monitor.core.commands import (
    AckAlert,
    ClaimAlert,
    CloseAlert,
    Command,
    NoteAlert,
    ReleaseAlert,
    Silence,
    UnackAlert,
    Unsilence,
)
from tests.support.cities import CITY, at, cancelled, placed, problem, steps
from tests.support.towns import Story, only, town, venue

LATE = ("order_unaccepted", "o")
PROBLEM = ("order_problem", "o")


def story() -> tuple[Story, str]:
    """A city with one alert that fires since 300 s, and its id; it is 310 s."""
    told = Story(town(only("order_unaccepted", "order_problem")))
    told.say(0, venue(0), placed(0))
    told.until(310)
    return told, told.alert(*LATE).id


def does(told: Story, seconds: float, command: Command) -> Outcome:
    """Somebody does something; what he is answered."""
    (outcome,) = told.say(seconds, command)
    return outcome


def silence(seconds: float, until_s: float, **fields: str) -> Silence:
    """Hide what has these fields."""
    matchers = tuple(Matcher(_field(name), value) for name, value in fields.items())
    return Silence(CITY, at(seconds), "ann", matchers, at(until_s), "known")


def _field(name: str) -> MatchField:
    fields: dict[str, MatchField] = {
        "rule": "rule",
        "zone": "zone",
        "venue": "venue",
        "order": "order",
        "severity": "severity",
        "courier": "courier",
    }
    return fields[name]


def marks(told: Story) -> list[Alert]:
    """The alerts as told with a changed mark."""
    return [
        alert for alert, change in zip(told.alerts, told.changes, strict=True) if change == "mark"
    ]


# --- ack -------------------------------------------------------------------------------------


def test_an_ack_is_a_mark_with_an_end() -> None:
    """Acknowledged until 600 s: it still fires, and at 600 s the mark comes off again."""
    told, alert_id = story()
    assert does(told, 320, AckAlert(CITY, at(320), "ann", alert_id, at(600))).ok
    assert told.firing() == {LATE}
    assert told.alert(*LATE).acked_by == "ann"
    told.until(599)
    assert told.alert(*LATE).acked_by == "ann"
    told.until(600)
    alert = told.alert(*LATE)
    assert (alert.acked_by, alert.acked_until_ts, alert.updated_ts) == (None, None, at(600))
    assert [mark.acked_by for mark in marks(told)] == ["ann", None]


def test_an_ack_without_an_end_lasts_half_an_hour() -> None:
    """Nobody forgets an alert for good."""
    told, alert_id = story()
    does(told, 320, AckAlert(CITY, at(320), "ann", alert_id))
    told.until(320 + 1799)
    assert told.alert(*LATE).acked_by == "ann"
    told.until(320 + 1800)
    assert told.alert(*LATE).acked_by is None


def test_an_ack_can_be_taken_back() -> None:
    """Whoever set it, anybody may take the mark off."""
    told, alert_id = story()
    does(told, 320, AckAlert(CITY, at(320), "ann", alert_id))
    assert does(told, 321, UnackAlert(CITY, at(321), "ben", alert_id)).ok
    assert told.alert(*LATE).acked_by is None


def test_an_ack_that_is_over_already_is_refused() -> None:
    """Its end must lie ahead."""
    told, alert_id = story()
    outcome = does(told, 320, AckAlert(CITY, at(320), "ann", alert_id, at(320)))
    assert (outcome.ok, outcome.refusal) == (False, "past")
    assert told.alert(*LATE).acked_by is None


def test_what_is_not_known_cannot_be_marked() -> None:
    """No living alert of that id: refused by name, for each thing one may do."""
    told, alert_id = story()
    told.say(320, cancelled(320, "o"))
    told.until(321)
    commands: list[Command] = [
        AckAlert(CITY, at(330), "ann", alert_id),
        UnackAlert(CITY, at(330), "ann", alert_id),
        ClaimAlert(CITY, at(330), "ann", alert_id),
        ReleaseAlert(CITY, at(330), "ann", alert_id),
        NoteAlert(CITY, at(330), "ann", alert_id, "?"),
        CloseAlert(CITY, at(330), "ann", alert_id, "?"),
    ]
    assert [answer.refusal for answer in told.say(330, *commands)] == ["unknown_alert"] * 6


# --- claim -----------------------------------------------------------------------------------


def test_a_second_claim_is_told_who_was_first_and_when() -> None:
    """Ann holds it since 320 s; Ben is refused with just that."""
    told, alert_id = story()
    assert does(told, 320, ClaimAlert(CITY, at(320), "ann", alert_id)).ok
    outcome = does(told, 330, ClaimAlert(CITY, at(330), "ben", alert_id))
    assert (outcome.ok, outcome.refusal) == (False, "held_by_another")
    assert (outcome.by, outcome.since_ts) == ("ann", at(320))
    assert told.alert(*LATE).claimed_by == "ann"


def test_claiming_twice_keeps_the_first_time() -> None:
    """Ann's second claim is no conflict and changes nothing."""
    told, alert_id = story()
    does(told, 320, ClaimAlert(CITY, at(320), "ann", alert_id))
    assert does(told, 330, ClaimAlert(CITY, at(330), "ann", alert_id)).ok
    assert told.alert(*LATE).claimed_ts == at(320)


def test_a_claim_is_released_by_its_holder_or_by_force() -> None:
    """Ben may not release Ann's; with force he may; then he can claim."""
    told, alert_id = story()
    does(told, 320, ClaimAlert(CITY, at(320), "ann", alert_id))
    refused = does(told, 321, ReleaseAlert(CITY, at(321), "ben", alert_id))
    assert (refused.refusal, refused.by) == ("held_by_another", "ann")
    assert does(told, 322, ReleaseAlert(CITY, at(322), "ben", alert_id, force=True)).ok
    assert does(told, 323, ClaimAlert(CITY, at(323), "ben", alert_id)).ok
    assert does(told, 324, ReleaseAlert(CITY, at(324), "ben", alert_id)).ok
    assert does(told, 325, ReleaseAlert(CITY, at(325), "ben", alert_id)).refusal == "not_held"


def test_marks_go_with_the_alert_and_not_to_the_next_one() -> None:
    """An alert raised anew on the same venue's order has no marks of the one before."""
    told = Story(town(only("venue_silent")))
    told.say(0, venue(0))
    for i in range(3):
        told.say(i, placed(i, f"o{i}"))
    told.until(310)
    key = ("venue_silent", "v")
    does(told, 320, ClaimAlert(CITY, at(320), "ann", told.alert(*key).id))
    first = told.alert(*key).id
    told.say(330, placed(330, "x"), *steps("o0", 330))
    told.say(400, *(placed(400, f"p{i}") for i in range(3)))
    told.until(800)
    assert told.alert(*key).id != first
    assert told.alert(*key).claimed_by is None


# --- notes and closing -----------------------------------------------------------------------


def test_notes_stay_with_the_alert_and_in_its_history() -> None:
    """Two words of two people, in order, also after it ended."""
    told, alert_id = story()
    does(told, 320, NoteAlert(CITY, at(320), "ann", alert_id, "called them"))
    does(told, 330, NoteAlert(CITY, at(330), "ben", alert_id, "they answer"))
    told.say(340, cancelled(340, "o"))
    told.until(341)
    (ended,) = told.city.book.history
    assert [(note.by, note.text, note.ts) for note in ended.notes] == [
        ("ann", "called them", at(320)),
        ("ben", "they answer", at(330)),
    ]


def test_a_person_closes_a_problem_with_a_reason() -> None:
    """`order_problem` ends as closed, its reason the last note."""
    told, _ = story()
    told.say(320, problem(320))
    told.until(320)
    alert_id = told.alert(*PROBLEM).id
    assert does(told, 400, CloseAlert(CITY, at(400), "ann", alert_id, "refunded")).ok
    told.until(500)
    assert told.lives(*PROBLEM) == [(320, "firing"), (400, "resolved")]
    ended = told.city.book.history[-1]
    assert (ended.ended, ended.notes[-1].text, ended.resolved_ts) == ("closed", "refunded", at(400))


def test_only_a_problem_can_be_closed() -> None:
    """What ends by itself is silenced, not closed."""
    told, alert_id = story()
    outcome = does(told, 320, CloseAlert(CITY, at(320), "ann", alert_id, "go away"))
    assert outcome.refusal == "not_closable"
    assert told.firing() == {LATE}


def test_a_problem_after_closing_is_a_new_alert() -> None:
    """The second report raises again, under another id; a repeat of the first does not."""
    told, _ = story()
    told.say(320, problem(320))
    told.until(320)
    first = told.alert(*PROBLEM).id
    does(told, 400, CloseAlert(CITY, at(400), "ann", first, "refunded"))
    told.say(450, problem(320))
    told.until(460)
    assert PROBLEM not in told.firing()
    told.say(500, problem(500))
    told.until(500)
    assert told.alert(*PROBLEM).id != first
    assert told.lives(*PROBLEM) == [(320, "firing"), (400, "resolved"), (500, "firing")]


def test_closing_holds_when_other_words_on_the_order_come() -> None:
    """Delivered after the complaint was closed: nothing comes back."""
    told, _ = story()
    told.say(320, problem(320))
    told.until(320)
    does(told, 400, CloseAlert(CITY, at(400), "ann", told.alert(*PROBLEM).id, "refunded"))
    told.say(500, cancelled(500, "o"))
    told.until(1000)
    assert told.lives(*PROBLEM) == [(320, "firing"), (400, "resolved")]


# --- silences --------------------------------------------------------------------------------


def test_a_silence_marks_what_matches_and_ends_by_itself() -> None:
    """Order `o` silenced until 600 s: marked, still firing, unmarked at 600 s."""
    told, _ = story()
    outcome = does(told, 320, silence(320, 600, order="o"))
    assert outcome.ok
    alert = told.alert(*LATE)
    assert (alert.silenced, alert.silenced_by, alert.state) == (True, outcome.id, "firing")
    told.until(600)
    alert = told.alert(*LATE)
    assert (alert.silenced, alert.silenced_by) == (False, None)
    assert told.city.book.silences == {}


def test_all_matchers_of_a_silence_must_hold() -> None:
    """Of rule and venue both right it hides; with one wrong it hides nothing."""
    told, _ = story()
    does(told, 320, silence(320, 600, rule="order_unaccepted", venue="w"))
    assert not told.alert(*LATE).silenced
    does(told, 321, silence(321, 600, rule="order_unaccepted", venue="v", zone="west"))
    assert told.alert(*LATE).silenced


def test_a_severity_can_be_silenced() -> None:
    """What warns is hidden, what is critical is not."""
    told, _ = story()
    does(told, 320, silence(320, 600, severity="critical"))
    assert not told.alert(*LATE).silenced
    does(told, 321, silence(321, 600, severity="warning"))
    assert told.alert(*LATE).silenced


def test_a_silence_counts_what_it_hides() -> None:
    """Three orders of the venue fire while it is silenced: three hidden, and the city's count."""
    told, _ = story()
    outcome = does(told, 320, silence(320, 5000, venue="v"))
    told.say(400, *(placed(400, f"p{i}") for i in range(3)))
    told.until(700)
    assert outcome.id is not None
    assert told.city.book.silences[outcome.id].hidden == 3
    assert told.city.book.suppressed["silenced"] == 3


def test_a_silence_can_be_ended_before_its_time() -> None:
    """Its alerts are unmarked at once; ending it twice is refused."""
    told, _ = story()
    outcome = does(told, 320, silence(320, 5000, order="o"))
    assert outcome.id is not None
    assert does(told, 330, Unsilence(CITY, at(330), "ben", outcome.id)).ok
    assert not told.alert(*LATE).silenced
    again = does(told, 331, Unsilence(CITY, at(331), "ben", outcome.id))
    assert again.refusal == "unknown_silence"


def test_a_silence_must_end_in_the_future() -> None:
    """One that is over already is refused."""
    told, _ = story()
    assert does(told, 320, silence(320, 320, order="o")).refusal == "past"


def test_of_two_silences_the_other_still_hides() -> None:
    """When one of two ends, the alert stays hidden by the other."""
    told, _ = story()
    does(told, 320, silence(320, 400, order="o"))
    second = does(told, 321, silence(321, 500, venue="v"))
    told.until(400)
    assert told.alert(*LATE).silenced_by == second.id
    told.until(500)
    assert told.alert(*LATE).silenced_by is None


def test_a_silenced_alert_ends_as_any_other() -> None:
    """Resolved while silenced: it is told, with its mark."""
    told, _ = story()
    does(told, 320, silence(320, 5000, order="o"))
    told.say(330, cancelled(330, "o"))
    told.until(331)
    assert told.lives(*LATE)[-1] == (330, "resolved")
    assert told.city.book.history[-1].silenced
