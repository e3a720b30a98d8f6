"""Letters whose action is known no more: what they opened is closed, what they paused resumed.

After a crash the journal is repeated by the rules as they are now. Where the configuration was
changed in between, its last seconds may not lead to the same actions again, while their letters are
out. Nobody is to be left with a notice that is never closed, or a venue that stays paused.
"""

from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from alerts.action_book import letter_key
from alerts.letter import Letter, Notice, Posting, VenueOrder
from monitor.core.state import State

WHY: Final = "the configuration was changed"
DEADLINE_MS: Final = 6 * 3_600_000


def endings_of(postings: Iterable[Posting], state: State, now_ms: int) -> list[Letter]:
    """One last letter for each recipient of an action that nobody knows, in the order sent."""
    books = [city.desk.actions for city in state.cities.values()]
    known = {id_ for book in books for id_ in book.living}
    known |= {action.id for book in books for action in book.history}
    last: dict[tuple[str, str, str], Letter] = {}
    for posting in postings:
        letter = posting.letter
        if letter.action_id not in known and isinstance(letter.body, Notice | VenueOrder):
            last[letter.to, letter.action_id, letter.recipient] = letter
    found = (_ending(letter, now_ms) for letter in last.values())
    return [letter for letter in found if letter is not None]


def _ending(letter: Letter, now_ms: int) -> Letter | None:
    """What ends what `letter` began; None where it was the end."""
    body = letter.body
    if isinstance(body, Notice) and body.step != "close":
        alerts = tuple(
            replace(alert, state="resolved", resolved_ts=now_ms, reason=f"{alert.reason}; {WHY}")
            for alert in body.alerts
        )
        ending: Notice | VenueOrder = replace(body, step="close", ts=now_ms, alerts=alerts)
    elif isinstance(body, VenueOrder) and body.change != "resume":
        ending = replace(body, change="resume", ts=now_ms, until_ts=None, reason=WHY)
    else:
        return None
    return replace(
        letter,
        key=letter_key(letter.action_id, letter.of, f"{letter.to} ending", 0),
        created_ts=now_ms,
        deadline_ts=now_ms + DEADLINE_MS,
        body=ending,
    )
