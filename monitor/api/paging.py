"""What every list takes beside its filters: how many at most, and where to go on."""

from collections.abc import Callable
from typing import Annotated, TypeVar

from aiohttp import web
from msgspec import Meta

from monitor.api.context import as_json
from monitor.api.problem import Problem
from monitor.api.routes import PageView
from monitor.core.views_lists import CursorError, Page

V = TypeVar("V")
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
