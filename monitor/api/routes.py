"""A route with all that is said of it: who may call it, what it takes and what it answers.

One `Route` is both the wiring and its entry in the OpenAPI document, so that they can't differ. The
tables stand in the files by subject; `app.py` gathers and guards them.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from aiohttp import web
from msgspec import Struct

from monitor.api.context import Call
from monitor.core.roles import Role

Method = Literal["GET", "POST", "DELETE"]
Handler = Callable[[Call], Awaitable[web.StreamResponse]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One method on one path.

    `role` None: anybody, without a token. `every_city`: only those who may see all cities, because
    what it answers (or takes) is not told apart by city. `answer` None: no body, or one that
    `content_type` alone describes. `act`: the command that it carries out, as the audit names it;
    empty where it is none. `refusals`: the statuses of its problems besides those that
    every route has.
    """

    method: Method
    path: str
    handler: Handler
    subject: str
    summary: str
    role: Role | None = "viewer"
    every_city: bool = False
    query: type[Struct] | None = None
    body: Any = None  # a msgspec type
    body_types: tuple[str, ...] = ("application/json",)
    answer: Any = None  # a msgspec type
    content_type: str = "application/json"
    status: int = 200
    act: str = ""
    refusals: tuple[int, ...] = field(default=())

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from the others."""
        return self.method, self.path


class PageView(Struct, Generic[T], frozen=True):
    """A page of a list: `total` match in all; `next` is the cursor of the next page, null at last.

    `ts` is the time that the list is of.
    """

    ts: int
    total: int
    next: str | None
    items: list[T]
