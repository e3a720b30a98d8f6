"""A city's book of alerts as plain values that can be kept, and a book made of them again.

The values are copies or frozen, so that the book may go on while they are encoded. The order of
tracks and silences is part of them: marks are told in it. Called by `monitor/core/snapshot_city`.
"""

from msgspec import Struct

from alerts.alert import Alert
from alerts.book import Book, Track
from alerts.lifecycle import State
from alerts.mute import SilenceRecord

StepDump = tuple[State, int, int]  # state, since_ms, clear_ms
TrackDump = tuple[str, str, tuple[StepDump, ...], Alert | None]  # rule, subject, steps, alert


class BookDump(Struct, frozen=True, kw_only=True):
    """A book as it stood."""

    tracks: list[TrackDump] = []
    history: list[Alert] = []
    silences: list[SilenceRecord] = []
    fired: dict[str, int] = {}
    suppressed: dict[str, int] = {}


def dump_book(book: Book) -> BookDump:
    """All of a book; its changes must have been taken."""
    assert not book.has_changes, "changes nobody has heard of would be lost"
    return BookDump(
        tracks=[
            (
                rule,
                subject,
                tuple([(step.state, step.since_ms, step.clear_ms) for step in track.steps]),
                track.alert,
            )
            for (rule, subject), track in book.tracks.items()
        ],
        history=list(book.history),
        silences=list(book.silences.values()),
        fired=book.fired.copy(),
        suppressed=book.suppressed.copy(),
    )


def load_book(book: Book, dump: BookDump) -> None:
    """Let an empty book become the dumped one; of its history what the book has room for."""
    for rule, subject, steps, alert in dump.tracks:
        track = Track(len(steps))
        for step, (state, since_ms, clear_ms) in zip(track.steps, steps, strict=True):
            step.state, step.since_ms, step.clear_ms = state, since_ms, clear_ms
        track.alert = alert
        book.tracks[rule, subject] = track
        if alert is not None:
            book.by_id[alert.id] = (rule, subject)
    book.history.extend(dump.history)
    book.silences.update((silence.id, silence) for silence in dump.silences)
    book.fired.update(dump.fired)
    book.suppressed.update(dump.suppressed)
