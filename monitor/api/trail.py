"""What was done and what left: the audit of people's commands, the ledger's letters, its targets.

All of it is read through callables of the composition root; the API knows neither store nor ledger.
"""

from collections.abc import Sequence
from operator import attrgetter
from typing import Annotated, Final

from aiohttp import web
from msgspec import Meta, Struct

from alerts.letter import Posting, PostingState, TargetHealth
from monitor.api.context import Call, as_json
from monitor.api.paging import DEFAULT_LIMIT, Limit
from monitor.api.reading import read_query
from monitor.api.routes import Route
from monitor.core.audit import AuditEntry
from monitor.core.events import Timestamp

CitySlug = Annotated[str, Meta(min_length=1, max_length=128)]
READ_AT_MOST: Final = 10_000  # of the letters written last, for one answer


class AuditQuery(Struct, frozen=True, kw_only=True):
    """Whose audit, and where to go on."""

    city: CitySlug | None = None
    before_ts: Annotated[Timestamp, Meta(description="Only older ones.")] | None = None
    limit: Limit = DEFAULT_LIMIT


class AuditList(Struct, frozen=True):
    """Who did what, the newest first; all of the last one's millisecond are there, so that there
    may be more than `limit`. `next_before_ts` goes on, null at the end."""

    ts: int
    next_before_ts: int | None
    items: list[AuditEntry]


class LettersQuery(Struct, frozen=True, kw_only=True):
    """Letters of which city, in which state; without one the dead."""

    city: CitySlug | None = None
    state: PostingState = "dead"
    limit: Limit = DEFAULT_LIMIT


class LetterView(Struct, frozen=True, kw_only=True):
    """A letter in the ledger: whom it was for, what became of it. Its words stand in its action."""

    key: str
    type: str
    city: str
    to: str
    recipient: str
    action_id: str
    state: PostingState
    attempts: int
    error: str
    created_ts: int
    deadline_ts: int
    next_ts: Annotated[int, Meta(description="Not tried before; says nothing once it has ended.")]
    updated_ts: int


class LetterList(Struct, frozen=True):
    """Of the letters written last those that match, the last changed first; `total` of them."""

    ts: int
    total: Annotated[int, Meta(description=f"At most {READ_AT_MOST} are counted.")]
    items: list[LetterView]


class TargetList(Struct, frozen=True):
    """Every target of the configuration."""

    ts: int
    items: list[TargetHealth]


def _which(call: Call, city: str | None) -> Sequence[str | None]:
    """The cities to ask for one by one; None stands for all at once."""
    if city is not None:
        return (call.city_named(city).plan.slug,)
    return tuple(call.cities()) if call.identity.cities is not None else (None,)


async def get_audit(call: Call) -> web.Response:
    """A page of the audit."""
    query = read_query(call.request, AuditQuery)
    found: list[AuditEntry] = []
    for city in _which(call, query.city):
        found += await call.context.audit(city, query.before_ts, query.limit)
    found.sort(key=attrgetter("ts"), reverse=True)
    last = found[query.limit - 1].ts if len(found) >= query.limit else None
    items = [entry for entry in found if last is None or entry.ts >= last]
    return as_json(AuditList(call.now_ms, last, items))


async def get_letters(call: Call) -> web.Response:
    """Letters of the ledger."""
    query = read_query(call.request, LettersQuery)
    found: list[Posting] = []
    for city in _which(call, query.city):
        found += await call.context.postings((query.state,), READ_AT_MOST, city)
    found.sort(key=attrgetter("updated_ts"), reverse=True)
    items = [_letter(posting) for posting in found[: query.limit]]
    return as_json(LetterList(call.now_ms, len(found), items))


def _letter(posting: Posting) -> LetterView:
    letter = posting.letter
    return LetterView(
        key=letter.key,
        type=str(letter.body.__struct_config__.tag),
        city=letter.city,
        to=letter.to,
        recipient=letter.recipient,
        action_id=letter.action_id,
        state=posting.state,
        attempts=posting.attempts,
        error=posting.error,
        created_ts=letter.created_ts,
        deadline_ts=letter.deadline_ts,
        next_ts=posting.next_ts,
        updated_ts=posting.updated_ts,
    )


async def get_targets(call: Call) -> web.Response:
    """How each target does."""
    return as_json(TargetList(call.now_ms, list(call.context.targets())))


ROUTES: Final = (
    Route(
        method="GET",
        path="/v1/audit",
        handler=get_audit,
        subject="trail",
        summary="Who did what and why, and whether it was refused; the newest first",
        role="lead",
        query=AuditQuery,
        answer=AuditList,
        refusals=(404, 503),
    ),
    Route(
        method="GET",
        path="/v1/letters",
        handler=get_letters,
        subject="trail",
        summary="Letters that were sent, wait, or came to nothing; the dead ones if not said",
        role="watcher",
        query=LettersQuery,
        answer=LetterList,
        refusals=(404, 503),
    ),
    Route(
        method="GET",
        path="/v1/targets",
        handler=get_targets,
        subject="trail",
        summary="How each target does: its circuit breaker, what waits, its last fault",
        role="watcher",
        every_city=True,
        answer=TargetList,
    ),
)
