"""What an action that nobody knows any more began is ended."""

from typing import Any

from alerts.letter import Letter, Notice, NoticeAlert, Posting, VenueOrder
from monitor.core.state import State
from monitor.durable.orphans import endings_of
from tests.support.acting import living, slow_town
from tests.support.cities import CITY, T0

ALERT = NoticeAlert(
    id="a",
    rule="venue_slow",
    severity="warning",
    state="firing",
    subject_kind="venue",
    subject_id="v",
    started_ts=T0,
    reason="slow",
)


def notice(step: Any, to: str = "chat", action: str = "gone") -> Posting:
    """A message of a notice that was sent."""
    body = Notice(
        notice_id=action,
        step=step,
        kind="warn_support",
        city=CITY,
        ts=T0,
        level=0,
        severity="warning",
        title="Venue v is slow",
        count=1,
        alerts=(ALERT,),
    )
    return sent(body, to, action, action)


def order(change: Any, action: str = "gone") -> Posting:
    """What a venue was told."""
    body = VenueOrder(
        change=change, city=CITY, venue_id="v", action_id=action, ts=T0, until_ts=T0 + 1, reason="x"
    )
    return sent(body, "hook", action, "v")


def sent(body: Any, to: str, action: str, recipient: str) -> Posting:
    """The posting of a letter that was delivered."""
    letter = Letter(
        key=f"{action} {to} {body}",
        of=action,
        to=to,
        city=CITY,
        action_id=action,
        recipient=recipient,
        created_ts=T0,
        deadline_ts=T0 + 1,
        body=body,
    )
    return Posting(letter=letter, state="delivered")


def endings(*postings: Posting) -> list[Letter]:
    """The last letters, in a state that knows of no action."""
    return endings_of(postings, State(()), T0 + 5_000)


def test_a_notice_that_nobody_knows_is_closed_for_each_who_heard_it() -> None:
    """Its alerts are told as resolved, under the same notice and a key of its own."""
    chat, pager = endings(notice("open"), notice("update"), notice("open", to="pager"))
    assert {chat.to, pager.to} == {"chat", "pager"}
    assert isinstance(chat.body, Notice)
    assert (chat.body.step, chat.body.notice_id) == ("close", "gone")
    assert [alert.state for alert in chat.body.alerts] == ["resolved"]
    assert chat.key != pager.key


def test_what_was_ended_is_not_ended_again() -> None:
    """A notice with its close and a pause with its resume need nothing."""
    assert endings(notice("open"), notice("close"), order("pause"), order("resume")) == []


def test_a_venue_that_nobody_remembers_pausing_is_resumed() -> None:
    """It is told to take orders again, and why."""
    (letter,) = endings(order("busy"), order("pause"))
    assert isinstance(letter.body, VenueOrder)
    assert (letter.body.change, letter.body.until_ts) == ("resume", None)
    assert letter.recipient == "v"


def test_the_letters_of_a_living_action_are_left_alone() -> None:
    """What the state knows it ends itself."""
    town = slow_town("auto")
    action = living(town, "pause_venue")
    assert endings_of([order("pause", action.id)], town.state, T0) == []


def test_the_same_ending_has_the_same_key_after_another_crash() -> None:
    """So that it takes effect once."""
    (first,), (second,) = endings(order("pause")), endings(order("pause"))
    assert first.key == second.key
