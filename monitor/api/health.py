"""Whether the process lives and whether it is ready, for whoever restarts or routes to it."""

from aiohttp import web
from msgspec import Struct

from monitor.api.context import Call, as_json
from monitor.api.routes import Route


class Health(Struct, frozen=True):
    """Whether the engine wakes as it should; `heartbeat_age_s` null where nobody tells."""

    alive: bool
    heartbeat_age_s: float | None


class Part(Struct, frozen=True):
    """Whether one part is ready, and why (not)."""

    ok: bool
    words: str


class Readiness(Struct, frozen=True):
    """Ready once every part is."""

    ready: bool
    parts: dict[str, Part]


async def healthz(call: Call) -> web.Response:
    """503 once the engine has not woken for too long: it is stuck, and a restart would help."""
    context = call.context
    age_s = None if context.heartbeat_age_s is None else round(context.heartbeat_age_s(), 3)
    alive = age_s is None or age_s <= context.heartbeat_max_s
    return as_json(Health(alive, age_s), 200 if alive else 503)


async def readyz(call: Call) -> web.Response:
    """503 while a part is not ready, with each part's reason."""
    parts = {name: Part(*ask()) for name, ask in call.context.readiness.items()}
    ready = all(part.ok for part in parts.values())
    return as_json(Readiness(ready, parts), 200 if ready else 503)


ROUTES = (
    Route(
        method="GET",
        path="/healthz",
        handler=healthz,
        subject="running",
        summary="Whether the process lives; 503 with the same body when the engine is stuck",
        role=None,
        answer=Health,
    ),
    Route(
        method="GET",
        path="/readyz",
        handler=readyz,
        subject="running",
        summary="Whether every part is ready; 503 with the same body when one is not",
        role=None,
        answer=Readiness,
    ),
)
