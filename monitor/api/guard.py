"""Who may call a route: the token, the role, the cities, the page that sends the request.

Every route is wrapped by `guarded`, so that none is open by oversight, and no command is refused
without a word in the audit. Tokens come in the Authorization header alone and are never logged.
"""

from typing import Final

from aiohttp import web

from monitor.api.context import ApiContext, Call
from monitor.api.problem import Handler, Problem
from monitor.api.reading import refuse_unknown
from monitor.api.refused import STATUSES, entry_of
from monitor.api.routes import Route
from monitor.core.roles import Role, reaches
from ws.auth import ANONYMOUS, Identity, bearer_token, is_origin_allowed

SAFE: Final = frozenset({"GET", "HEAD"})
# Set on a request whose command the engine was given: what came of it the engine's audit says.
SUBMITTED: Final = web.RequestKey("submitted", bool)


def guarded(context: ApiContext, route: Route) -> Handler:
    """The route's handler for aiohttp: lets in who may call it, with what it takes."""

    async def handle(request: web.Request) -> web.StreamResponse:
        if route.role is None:
            return await serve(Call(request, context, ANONYMOUS))
        call = Call(request, context, _identify(context, request))
        _refuse_foreign_page(context, request)
        try:
            require(call.identity, route.role)
            if route.every_city and call.identity.cities is not None:
                raise Problem(403, "forbidden", "this needs a token for all cities")
            return await serve(call)
        except Problem as problem:
            if route.act and problem.view.status in STATUSES and not request.get(SUBMITTED):
                context.refused(await entry_of(call, route, problem))
            raise

    async def serve(call: Call) -> web.StreamResponse:
        refuse_unknown(call.request, route.query)
        if (call.request.content_length or 0) > context.max_body_bytes:
            raise Problem(413, "too_large", f"a body may hold {context.max_body_bytes} bytes")
        return await route.handler(call)

    return handle


def require(identity: Identity, role: Role) -> None:
    """Raises a 403 unless the caller has this role or a higher one; an unknown role has none."""
    if not reaches(identity.role, role):
        raise Problem(403, "forbidden", f"this needs the role {role}; yours is {identity.role}")


def _identify(context: ApiContext, request: web.Request) -> Identity:
    token = bearer_token(request.headers.get("Authorization"))
    identity = context.authenticate(token)
    if identity is None:
        words = "the token is not known" if token else "send a token: Authorization: Bearer …"
        raise Problem(401, "unauthorized", words, headers={"WWW-Authenticate": "Bearer"})
    return identity


def _refuse_foreign_page(context: ApiContext, request: web.Request) -> None:
    """A page of another host must not let its visitor's browser act here (CSRF)."""
    if request.method in SAFE:
        return
    origin = request.headers.get("Origin")
    if not is_origin_allowed(origin, request.headers.get("Host"), context.allowed_origins):
        raise Problem(403, "origin", f"a page of {origin} may not act here")
