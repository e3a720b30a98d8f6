"""The recorded day: what there is of it, marks for its time line, and the past itself to watch.

The past is told in the live stream's own messages, as NDJSON (`docs/replay.md`). Nothing here acts
on anything. What plays it is behind `PastPort`.
"""

import logging
from typing import Annotated, Final

from aiohttp import web
from msgspec import Meta, Struct
from msgspec.structs import replace

from monitor.api.context import Call, as_json
from monitor.api.past_port import PastAsk, PastError, PastPort, StretchView
from monitor.api.problem import Problem
from monitor.api.reading import read_query
from monitor.api.routes import Route
from monitor.core.events import Timestamp
from monitor.core.views.marks import Marks, marks_of
from ws.messages import LAYERS, Form

log = logging.getLogger(__name__)

NDJSON: Final = "application/x-ndjson"
SPAN_MAX_MS: Final = 3_600_000  # of one answer
STATUS: Final = {
    "not_recorded": 404,
    "replays_busy": 503,
    "replay_too_long": 504,
    "replay_failed": 500,
}
CitySlug = Annotated[str, Meta(min_length=1, max_length=128)]
Layers = Annotated[
    str,
    Meta(
        pattern=r"^[a-z]+(,[a-z]+)*\Z",
        description=f"Some of {','.join(LAYERS)}, with commas in between.",
    ),
]
Session = Annotated[
    str,
    Meta(
        max_length=64,
        description="A word of the page's own, so that two pages of one person don't share a "
        "replay.",
    ),
]
CouriersForm = Annotated[
    Form, Meta(description="How couriers are told: items, or the stream's frames in base64.")
]
ALL_LAYERS: Final = ",".join(LAYERS)


class RecordingView(Struct, frozen=True, kw_only=True):
    """What is recorded. Between two `stretches` is a gap; `from_ts` and `to_ts` are the ends of
    all, null where there is nothing. `now_ts` is the city's time now."""

    enabled: bool
    now_ts: int
    from_ts: int | None = None
    to_ts: int | None = None
    stretches: tuple[StretchView, ...] = ()
    cities: tuple[str, ...] = ()
    bytes: int = 0
    keep_h: float = 0
    keep_mb: int = 0
    replays: int = 0
    replays_max: int = 0


class MarksQuery(Struct, frozen=True, kw_only=True):
    """Whose marks, of which time."""

    city: CitySlug
    from_ts: Timestamp
    to_ts: Timestamp


class StateQuery(Struct, frozen=True, kw_only=True):
    """What to show, at which time."""

    city: CitySlug
    ts: Timestamp
    layers: Layers = ALL_LAYERS
    form: CouriersForm = "json"
    session: Session = ""


class ChangesQuery(Struct, frozen=True, kw_only=True):
    """What to go on with: `from_ts` is the `ts` of the state, or the `to_ts` of the changes
    before."""

    city: CitySlug
    from_ts: Timestamp
    to_ts: Timestamp
    every_ms: Annotated[
        int, Meta(ge=100, le=3_600_000, description="Milliseconds of then between two beats.")
    ] = 1_000
    layers: Layers = ALL_LAYERS
    form: CouriersForm = "json"
    session: Session = ""


async def get_recording(call: Call) -> web.Response:
    """What there is."""
    past = call.context.past
    if past is None:
        return as_json(RecordingView(enabled=False, now_ts=call.now_ms))
    found = await past.recorded()
    return as_json(
        RecordingView(
            enabled=True,
            now_ts=call.now_ms,
            from_ts=found.stretches[0].from_ts if found.stretches else None,
            to_ts=found.stretches[-1].to_ts if found.stretches else None,
            stretches=found.stretches,
            cities=tuple(call.cities()),
            bytes=found.bytes,
            keep_h=found.keep_h,
            keep_mb=found.keep_mb,
            replays=found.replays,
            replays_max=found.replays_max,
        )
    )


async def get_marks(call: Call) -> web.Response:
    """Alerts and actions of a span of time."""
    query = read_query(call.request, MarksQuery)
    city = call.city_named(query.city)
    return as_json(marks_of(city, query.from_ts, query.to_ts, call.now_ms))


async def get_state(call: Call) -> web.StreamResponse:
    """The whole of some layers as they were."""
    query = read_query(call.request, StateQuery)
    ask = PastAsk(city=query.city, layers=_layers(query.layers), from_ts=query.ts, form=query.form)
    return await _told(call, query.session, ask)


async def get_changes(call: Call) -> web.StreamResponse:
    """What changed in them afterwards."""
    query = read_query(call.request, ChangesQuery)
    span_ms = query.to_ts - query.from_ts
    if not 0 <= span_ms <= SPAN_MAX_MS:
        words = f"to_ts is from 0 to {SPAN_MAX_MS} ms after from_ts, not {span_ms}"
        raise Problem(400, "bad_parameter", words)
    ask = PastAsk(
        city=query.city,
        layers=_layers(query.layers),
        from_ts=query.from_ts,
        to_ts=query.to_ts,
        every_ms=query.every_ms,
        form=query.form,
    )
    return await _told(call, query.session, ask)


def _layers(told: str) -> tuple[str, ...]:
    named = tuple(dict.fromkeys(told.split(",")))
    unknown = [name for name in named if name not in LAYERS]
    if unknown:
        raise Problem(400, "bad_parameter", f"layers: there is no {unknown[0]!r}")
    return named


async def _told(call: Call, session: str, ask: PastAsk) -> web.StreamResponse:
    """What the recording tells, as it comes."""
    call.city_named(ask.city)
    past = call.context.past
    if past is None:
        raise Problem(404, "not_recorded", "nothing is recorded here ([recording] enabled)")
    response = web.StreamResponse(headers={"Content-Type": NDJSON})
    if "gzip" in call.request.headers.get("Accept-Encoding", ""):
        response.headers["Content-Encoding"] = "gzip"
        ask = replace(ask, gzip=True)
    if call.request.method != "HEAD":
        await _send(call, past, f"{call.identity.name} {session}", ask, response)
    return response


async def _send(
    call: Call, past: PastPort, viewer: str, ask: PastAsk, response: web.StreamResponse
) -> None:
    """Send piece after piece; a fault after the first one cuts the connection, so that nobody
    takes a part for the whole."""
    pieces = past.play(viewer, ask)
    try:
        async for piece in pieces:
            if not response.prepared:
                await response.prepare(call.request)
            await response.write(piece)
        await response.write_eof()
    except PastError as fault:
        if not response.prepared:
            retry = {"Retry-After": "5"} if fault.code == "replays_busy" else {}
            raise Problem(STATUS[fault.code], fault.code, str(fault), headers=retry) from None
        log.warning("a replay was cut off: %s", fault)
        if call.request.transport is not None:
            call.request.transport.abort()
    except ConnectionError:
        pass  # the viewer has left
    finally:
        await pieces.aclose()


_REFUSALS: Final = (404, 500, 503, 504)
ROUTES: Final = (
    Route(
        method="GET",
        path="/v1/recording",
        handler=get_recording,
        subject="recording",
        summary="What is recorded: from when to when, with which gaps",
        answer=RecordingView,
    ),
    Route(
        method="GET",
        path="/v1/recording/marks",
        handler=get_marks,
        subject="recording",
        summary="Alerts and actions of a span of time, as marks on a time line",
        query=MarksQuery,
        answer=Marks,
        refusals=(404,),
    ),
    Route(
        method="GET",
        path="/v1/recording/state",
        handler=get_state,
        subject="recording",
        summary="A city as it was at a time, in messages of the stream",
        query=StateQuery,
        content_type=NDJSON,
        refusals=_REFUSALS,
    ),
    Route(
        method="GET",
        path="/v1/recording/changes",
        handler=get_changes,
        subject="recording",
        summary="What changed in it afterwards, in messages of the stream",
        query=ChangesQuery,
        content_type=NDJSON,
        refusals=_REFUSALS,
    ),
)
