"""Every refusal as `application/problem+json` (RFC 9457), and never a traceback.

Handlers raise `Problem`; what aiohttp itself refuses (404, 405, 413) and our own faults (500) are
turned into the same form by the middleware.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Final

import msgspec
from aiohttp import web
from msgspec import Struct

from alerts.phrases import Said

log = logging.getLogger(__name__)

CONTENT_TYPE: Final = "application/problem+json"
STORE_RETRY_S: Final = 5  # by then a store that was restarted is mostly back
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ProblemView(Struct, frozen=True, omit_defaults=True):
    """Why a request was refused: `code` is a word for programs, `detail` the words for people.

    `faults` lists each fault of the parameters or the body; `by`, `since_ts` tell who stands in
    the way of a command, and since when, `said` why as phrases.
    """

    type: str
    title: str
    status: int
    code: str
    detail: str
    faults: tuple[str, ...] = ()
    by: str | None = None
    since_ts: int | None = None
    said: Said = ()


class Problem(Exception):  # noqa: N818 - the name that RFC 9457 gives it
    """A request can't be served; becomes the answer."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        faults: tuple[str, ...] = (),
        by: str | None = None,
        since_ts: int | None = None,
        said: Said = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.view = ProblemView(
            "about:blank", title_of(status), status, code, detail, faults, by, since_ts, said
        )
        self.headers = dict(headers or {})

    def answer(self) -> web.Response:
        """The problem as a response."""
        return web.Response(
            status=self.view.status,
            body=_encode(self.view),
            content_type=CONTENT_TYPE,
            headers=self.headers,
        )


def not_now(why: str) -> Problem:
    """The store is in trouble, which passes: 503, with a word on when to come again."""
    return Problem(503, "store_failing", why, headers={"Retry-After": str(STORE_RETRY_S)})


def title_of(status: int) -> str:
    """The phrase of a status, as in RFC 9110."""
    return "Content Too Large" if status == 413 else HTTPStatus(status).phrase


def _encode(view: ProblemView) -> bytes:
    # `type` is always there, and no default: omit_defaults leaves out only what is empty.
    return msgspec.json.encode(view)


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answers every exception in one form; cancellation passes."""
    try:
        return await handler(request)
    except Problem as problem:
        return problem.answer()
    except web.HTTPException as refusal:
        if refusal.status < 400:
            raise
        return _of_aiohttp(request, refusal).answer()
    except Exception as fault:  # the edge: our fault is logged, and the client told no more
        if isinstance(fault, ConnectionError) and request.transport is None:
            return Problem(400, "gone", "he left before his request was whole").answer()
        log.exception("a request failed", extra={"method": request.method, "path": request.path})
        return Problem(500, "internal", "an error of ours; it has been logged").answer()


def _of_aiohttp(request: web.Request, refusal: web.HTTPException) -> Problem:
    headers = {name: refusal.headers[name] for name in ("Allow",) if name in refusal.headers}
    words = {
        404: ("not_found", f"there is nothing at {request.path}"),
        405: ("method_not_allowed", f"{request.method} is not possible here"),
        413: ("too_large", "the body is larger than this route takes"),
    }
    code, detail = words.get(refusal.status, ("refused", refusal.reason or refusal.text or ""))
    return Problem(refusal.status, code, detail, headers=headers)
