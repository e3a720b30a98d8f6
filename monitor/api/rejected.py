"""Events that were refused: counts since the start, and the latest to look at.

They are not told apart by city, and show what came in: for watchers of all cities.
"""

from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct

from monitor.api.context import Call, as_json
from monitor.api.paging import DEFAULT_LIMIT, Limit
from monitor.api.reading import read_query
from monitor.api.routes import Route
from monitor.ingest.codec import RejectReason
from monitor.ingest.dead_letters import DeadLetter


class RejectedQuery(Struct, frozen=True, kw_only=True):
    """What the latest are narrowed to."""

    reason: RejectReason | None = None
    limit: Limit = DEFAULT_LIMIT


class RejectedList(Struct, frozen=True):
    """How many were refused since the start, by reason, and the latest, the newest first."""

    ts: int
    total: Annotated[int, Meta(description="Since the start, for every reason.")]
    counts: dict[str, int]
    items: list[DeadLetter]


async def list_rejected(call: Call) -> web.Response:
    """What was refused, and why."""
    query = read_query(call.request, RejectedQuery)
    letters = call.context.dead_letters
    counts = {str(reason): count for reason, count in sorted(letters.counts.items())}
    latest = letters.latest(query.limit, query.reason)
    return as_json(RejectedList(call.now_ms, letters.total, counts, latest))


ROUTES = (
    Route(
        method="GET",
        path="/v1/rejected",
        handler=list_rejected,
        subject="events",
        summary="Events that were refused: counts by reason, and the latest",
        role="watcher",
        every_city=True,
        query=RejectedQuery,
        answer=RejectedList,
    ),
)
