"""What a person may do to an alert or a silence, on the book of a city.

Each act answers with an `Outcome`: done, or refused with a named reason; a refused act changes
nothing. Marks are never states: only `close` ends an alert, and only one whose rule a person
clears.
"""

from collections.abc import Iterable
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from alerts.alert import Alert, Note
from alerts.book import Book, alert_id
from alerts.mute import Matcher, SilenceRecord
from alerts.phrases import Said

Refusal = Literal[
    "unknown_alert",
    "unknown_silence",
    "held_by_another",
    "not_held",
    "not_closable",
    "past",
    "too_many",
    "unknown_action",
    "unknown_zone",
    "unknown_order",
    "unknown_venue",
    "unknown_courier",
    "changed",
    "not_possible",
    "hindered",
]

CLOSED_BY_PEOPLE: Final = frozenset({"order_problem"})
DEFAULT_ACK_MS: Final = 30 * 60_000  # an ack comes off by itself: a forgotten one hides nothing
MAX_NOTES: Final = 50
MAX_SILENCES: Final = 500  # of a city at once; each is held against each alert


class Outcome(Struct, frozen=True):
    """What came of an act; `by` and `since_ts` tell who stood in its way.

    `said` is `message` as phrases, where `refusal` alone does not say it all.
    """

    ok: bool
    refusal: Refusal | None = None
    message: str = ""
    by: str | None = None
    since_ts: int | None = None
    id: str | None = None
    said: Said = ()


DONE: Final = Outcome(True)


def _unknown(alert: str) -> Outcome:
    return Outcome(False, "unknown_alert", f"no living alert has the id {alert}")


def ack(book: Book, alert: str, by: str, until_ts: int | None, now_ms: int) -> Outcome:
    """Mark as seen until `until_ts` (default half an hour on); again by another takes it over."""
    found = book.find(alert)
    if found is None:
        return _unknown(alert)
    until = now_ms + DEFAULT_ACK_MS if until_ts is None else until_ts
    if until <= now_ms:
        return Outcome(False, "past", "the end of an acknowledgement must lie ahead")
    book.set_alert(
        replace(found, acked_by=by, acked_ts=now_ms, acked_until_ts=until, updated_ts=now_ms)
    )
    return DONE


def unack(book: Book, alert: str, now_ms: int) -> Outcome:
    """Take the mark off, whoever set it."""
    found = book.find(alert)
    if found is None:
        return _unknown(alert)
    book.set_alert(_unacked(found, now_ms))
    return DONE


def _unacked(alert: Alert, now_ms: int) -> Alert:
    return replace(alert, acked_by=None, acked_ts=None, acked_until_ts=None, updated_ts=now_ms)


def claim(book: Book, alert: str, by: str, now_ms: int) -> Outcome:
    """Hold the alert; refused while another holds it, with who and since when."""
    found = book.find(alert)
    if found is None:
        return _unknown(alert)
    if found.claimed_by is not None and found.claimed_by != by:
        return Outcome(
            False,
            "held_by_another",
            f"{found.claimed_by} holds it",
            found.claimed_by,
            found.claimed_ts,
        )
    if found.claimed_by is None:
        book.set_alert(replace(found, claimed_by=by, claimed_ts=now_ms, updated_ts=now_ms))
    return DONE


def release(book: Book, alert: str, by: str, force: bool, now_ms: int) -> Outcome:
    """Hold it no longer; another's only with `force`."""
    found = book.find(alert)
    if found is None:
        return _unknown(alert)
    if found.claimed_by is None:
        return Outcome(False, "not_held", "nobody holds it")
    if found.claimed_by != by and not force:
        return Outcome(
            False,
            "held_by_another",
            f"{found.claimed_by} holds it",
            found.claimed_by,
            found.claimed_ts,
        )
    book.set_alert(replace(found, claimed_by=None, claimed_ts=None, updated_ts=now_ms))
    return DONE


def note(book: Book, alert: str, by: str, text: str, now_ms: int) -> Outcome:
    """Add a word; the latest `MAX_NOTES` stay."""
    found = book.find(alert)
    if found is None:
        return _unknown(alert)
    notes = (*found.notes, Note(now_ms, by, text))[-MAX_NOTES:]
    book.set_alert(replace(found, notes=notes, updated_ts=now_ms))
    return DONE


def close(book: Book, alert: str, by: str, reason: str, now_ms: int) -> Outcome:
    """End an alert that only a person can clear, with his reason as its last note."""
    found = book.find(alert)
    if found is None:
        return _unknown(alert)
    if found.rule not in CLOSED_BY_PEOPLE:
        return Outcome(False, "not_closable", f"{found.rule} ends by itself; silence it instead")
    note(book, alert, by, reason, now_ms)
    book.end(found.rule, found.subject.id, now_ms, "closed")
    return DONE


def silence(
    book: Book,
    matchers: tuple[Matcher, ...],
    by: str,
    reason: str,
    until_ts: int,
    now_ms: int,
) -> Outcome:
    """Hide what matches until `until_ts`; answers with the silence's id."""
    if until_ts <= now_ms:
        return Outcome(False, "past", "the end of a silence must lie ahead")
    if len(book.silences) >= MAX_SILENCES:
        return Outcome(False, "too_many", f"there are {MAX_SILENCES} silences already; end some")
    told = ",".join(f"{m.field}={m.value}" for m in matchers)
    silence_id = alert_id(book.city, "silence", f"{by}\x00{told}\x00{until_ts}", now_ms)
    book.silences[silence_id] = SilenceRecord(
        id=silence_id,
        city=book.city,
        matchers=matchers,
        by=by,
        reason=reason,
        from_ts=now_ms,
        until_ts=until_ts,
    )
    book.refresh_marks(now_ms)
    return Outcome(True, id=silence_id)


def unsilence(book: Book, silence_id: str, now_ms: int) -> Outcome:
    """End a silence before its time."""
    if book.silences.pop(silence_id, None) is None:
        return Outcome(False, "unknown_silence", f"no silence has the id {silence_id}")
    book.refresh_marks(now_ms)
    return DONE


def expire(book: Book, now_ms: int) -> int | None:
    """Take off marks whose time is over; when the next one's is, if any."""
    over = [s.id for s in book.silences.values() if s.until_ts <= now_ms]
    for silence_id in over:
        del book.silences[silence_id]
    if over:
        book.refresh_marks(now_ms)
    for alert in book.living():
        if alert.acked_until_ts is not None and alert.acked_until_ts <= now_ms:
            book.set_alert(_unacked(alert, now_ms))
    return _earliest(
        [s.until_ts for s in book.silences.values()],
        [a.acked_until_ts for a in book.living() if a.acked_until_ts is not None],
    )


def _earliest(*times: Iterable[int]) -> int | None:
    return min((t for some in times for t in some), default=None)
