"""The live map's page: its files at `/`, under a strict policy, and `GET /v1/page` for it to read.

The page is built from `web/` into `monitor/page` when the package is built. Its files are open to
everybody; what they show is asked for with the watcher's token. They stand beside the routes of the
API, not among them: no client of the API asks for them.
"""

import re
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from aiohttp import web
from msgspec import Struct

from config.map import MapSettings
from monitor.api.context import ApiContext, Call, LiveMap, as_json
from monitor.api.page_files import PageFile, answer, read_page
from monitor.api.problem import Handler
from monitor.api.routes import Route

INDEX: Final = "index.html"
TILES_PATH: Final = "/basemap.pmtiles"
NOT_BUILT: Final = """\
citywatch is running, but its live map was not built.

The page is built when the package is installed: `make run` in a checkout, or
`pip install .` (`pip install -e .`). Until then there are the API at /v1/cities, described at
/v1/openapi.json, and the stream.
"""
_HOST: Final = re.compile(r"[a-z0-9.-]+|[0-9a-f:.]+")


class Basemap(Struct, frozen=True):
    """What lies below the zones: a MapLibre style, or tiles in one file with Range requests."""

    kind: Literal["style", "pmtiles"]
    url: str


class PageInfo(Struct, frozen=True, kw_only=True):
    """What the page needs to know before anything else.

    The stream is at `stream_url`, or, where that is null, at `stream_port` of the page's own host.
    `sign_in`: nothing is shown without a token.
    """

    version: str
    stream_url: str | None
    stream_port: int
    sign_in: bool
    basemap: Basemap | None


async def get_page(call: Call) -> web.Response:
    """Where the stream is, whether to sign in, what the basemap is."""
    context, page = call.context, call.context.page
    return as_json(
        PageInfo(
            version=context.version,
            stream_url=page.settings.stream_url,
            stream_port=page.stream_port(),
            sign_in=context.authenticate(None) is None,
            basemap=_basemap(page.settings),
        )
    )


def _basemap(settings: MapSettings) -> Basemap | None:
    if settings.basemap_style is not None:
        return Basemap("style", settings.basemap_style)
    if settings.basemap_pmtiles is not None:
        return Basemap("pmtiles", TILES_PATH)
    return None


def add_page(app: web.Application, context: ApiContext) -> None:
    """Serve the page's files: each at its own path, the index at `/`; and the tiles, if any."""
    files = read_page(context.page.folder)
    for file in files.values():
        app.router.add_get("/" if file.name == INDEX else f"/{file.name}", _serve(context, file))
    if not files:
        app.router.add_get("/", _tell_not_built)
    if context.page.tiles is not None:
        app.router.add_get(TILES_PATH, _serve_tiles(context.page.tiles))


def _serve(context: ApiContext, file: PageFile) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        return answer(request, file, policy(request.headers.get("Host"), context.page))

    return handle


async def _tell_not_built(request: web.Request) -> web.StreamResponse:
    return web.Response(status=503, text=NOT_BUILT)


def _serve_tiles(path: Path) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        # Ranges, dates and a file that has changed are aiohttp's; a missing one is a 404.
        return web.FileResponse(path, headers={"Cache-Control": "no-cache"})

    return handle


def policy(host: str | None, page: LiveMap) -> str:
    """The content security policy of the page and its workers, as asked for at `host` (a header).

    Everything from this server alone; the stream, and what is configured of a basemap, besides.
    """
    settings = page.settings
    style = settings.basemap_style
    others = [*(() if style is None else (_origin(style),)), *settings.basemap_hosts]
    connect = ["'self'", *_stream_origins(host, page), *others]
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            " ".join(("img-src 'self' data: blob:", *others)),
            "font-src 'self'",
            "media-src 'self'",
            " ".join(("connect-src", *connect)),
            "worker-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def _stream_origins(host: str | None, page: LiveMap) -> tuple[str, ...]:
    if page.settings.stream_url is not None:
        return (_origin(page.settings.stream_url),)
    try:
        name = urlsplit(f"//{host}").hostname if host else None
    except ValueError:
        name = None
    # The header is the client's: nothing of it gets into the policy but a plain name or address.
    if name is None or not _HOST.fullmatch(name):
        return ()
    where = f"{f'[{name}]' if ':' in name else name}:{page.stream_port()}"
    return f"ws://{where}", f"wss://{where}"


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


ROUTES: Final = (
    Route(
        method="GET",
        path="/v1/page",
        handler=get_page,
        subject="running",
        summary="What the live map's page must know: where the stream is, whether to sign in",
        role=None,
        answer=PageInfo,
    ),
)
