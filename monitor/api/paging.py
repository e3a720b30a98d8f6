"""What every list takes beside its filters: how many at most, and where to go on."""

from collections.abc import Callable
from typing import Annotated, Protocol, TypeVar

from aiohttp import web
from msgspec import Meta

from monitor.api.context import as_json
from monitor.api.problem import Problem
from monitor.api.routes import PageView
from monitor.core.views.lists import CursorError, Page

V = TypeVar("V")


class Named(Protocol):
    """Something with an id of its own."""

    @property
    def id(self) -> str: ...


N = TypeVar("N", bound=Named)
DEFAULT_LIMIT = 100

Limit = Annotated[int, Meta(ge=1, le=1000, description="How many items at most.")]
Cursor = Annotated[
    str, Meta(min_length=1, max_length=64, description="The `next` of the page before.")
]


def as_page(now_ms: int, make: Callable[[], Page[V]]) -> web.Response:
    """The page that `make` gives; a cursor of another list is a 400."""
    try:
        page = make()
    except CursorError as error:
        raise Problem(400, "bad_cursor", str(error)) from None
    return as_json(PageView(now_ms, page.total, page.next_cursor, page.items))


def newest_first(
    found: list[N], since: Callable[[N], int], limit: int, cursor: str | None
) -> Page[N]:
    """A page of what began at `since`, the latest first; raises CursorError.

    The cursor is the last one's beginning and id.
    """

    def order(one: N) -> tuple[int, str]:
        return -since(one), one.id

    found.sort(key=order)
    rest = found
    if cursor is not None:
        began, _, id_ = cursor.partition(".")
        if not (began.isascii() and began.isdigit() and len(began) <= 18 and id_):
            raise CursorError(f"not a cursor of this list: {cursor!r}")
        rest = [one for one in found if order(one) > (-int(began), id_)]
    page = rest[:limit]
    more = f"{since(page[-1])}.{page[-1].id}" if len(rest) > limit else None
    return Page(page, len(found), more)
