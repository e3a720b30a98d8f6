"""The live map's page over HTTP: types, encodings, caching, its policy, and no file but its own."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from config.map import MapSettings
from monitor.api.app import build_api
from monitor.api.context import LiveMap
from monitor.api.page import NOT_BUILT, policy
from tests.support.api_stage import by_name, context_of, signed
from tests.support.cities import Town

SCRIPT = "assets/index-B4x.js"
CODE = b"console.log('on the map')" * 20
PACKED = b"brotli, as far as a client can tell"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A built page: an index, a script by its hashed name, an icon, the mark of the build."""
    page = tmp_path / "page"
    (page / "assets").mkdir(parents=True)
    (page / "index.html").write_text("<!doctype html><title>citywatch</title>")
    (page / SCRIPT).write_bytes(CODE)
    (page / f"{SCRIPT}.gz").write_bytes(gzip.compress(CODE, mtime=0))
    (page / f"{SCRIPT}.br").write_bytes(PACKED)
    (page / "icon.svg").write_text("<svg/>")
    (page / ".sources").write_text("a hash")
    (tmp_path / "secret.txt").write_text("not of the page")
    return page


@asynccontextmanager
async def page(
    folder: Path, settings: MapSettings | None = None, tiles: Path | None = None, **parts: Any
) -> AsyncIterator[TestClient[Any, Any]]:
    """A client, which unpacks nothing, of an API with this page; the stream is on port 8081."""
    live_map = LiveMap(folder, lambda: 8081, settings or MapSettings(), tiles)
    context = context_of(Town(), page=live_map, **parts)
    async with TestClient(TestServer(build_api(context)), auto_decompress=False) as client:
        yield client


async def test_the_index_is_at_the_root_and_is_asked_for_again_each_time(folder: Path) -> None:
    """`/` is HTML that no cache may use without asking, whatever the page's own query says."""
    async with page(folder) as client:
        response = await client.get("/?city=riga")
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"
        assert response.headers["Cache-Control"] == "no-cache"
        assert "citywatch" in await response.text()


async def test_a_file_with_its_hash_in_its_name_is_kept_for_a_year(folder: Path) -> None:
    """What is below `assets/` never changes under its name; anything else is asked for again."""
    async with page(folder) as client:
        script = await client.get(f"/{SCRIPT}")
        assert script.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert script.headers["Content-Type"] == "text/javascript; charset=utf-8"
        icon = await client.get("/icon.svg")
        assert icon.headers["Cache-Control"] == "no-cache"
        assert icon.headers["Content-Type"] == "image/svg+xml; charset=utf-8"


@pytest.mark.parametrize(
    ("accept", "encoding"),
    [
        ("gzip, deflate, br", "br"),
        ("gzip", "gzip"),
        ("br;q=0, GZIP;q=0.5", "gzip"),
        ("*", "br"),
        ("*;q=0.1, br;q=0", "gzip"),
        ("gzip;q=rubbish", None),
        ("identity", None),
        ("", None),
    ],
)
async def test_a_file_comes_in_an_encoding_that_the_client_takes(
    folder: Path, accept: str, encoding: str | None
) -> None:
    """Files packed at the build are sent as they lie there, by what the client takes."""
    lying = {"br": PACKED, "gzip": gzip.compress(CODE, mtime=0), None: CODE}
    async with page(folder) as client:
        response = await client.get(f"/{SCRIPT}", headers={"Accept-Encoding": accept})
        assert response.headers.get("Content-Encoding") == encoding
        assert response.headers["Vary"] == "Accept-Encoding"
        assert await response.read() == lying[encoding]


async def test_a_page_that_is_known_is_not_sent_again(folder: Path) -> None:
    """Its mark, one for each encoding, is answered with 304 and no body."""
    async with page(folder) as client:
        marks = set()
        for accept in ("br", "gzip", "identity"):
            first = await client.get(f"/{SCRIPT}", headers={"Accept-Encoding": accept})
            marks.add(first.headers["ETag"])
            known = {"Accept-Encoding": accept, "If-None-Match": first.headers["ETag"]}
            again = await client.get(f"/{SCRIPT}", headers=known)
            assert (again.status, await again.read()) == (304, b"")
            assert again.headers["Cache-Control"] == first.headers["Cache-Control"]
        assert len(marks) == 3
        other = await client.get("/", headers={"If-None-Match": '"something-else"'})
        assert other.status == 200


async def test_head_tells_what_get_would(folder: Path) -> None:
    """HEAD has the headers of GET, the length too, and no body."""
    async with page(folder) as client:
        for path in ("/", f"/{SCRIPT}"):
            got = await client.get(path, headers={"Accept-Encoding": "br"})
            told = await client.head(path, headers={"Accept-Encoding": "br"})
            assert (told.status, await told.read()) == (200, b"")
            for name in ("Content-Length", "Content-Type", "ETag", "Cache-Control"):
                assert told.headers[name] == got.headers[name]


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/assets/..%5c..%5csecret.txt",
        "//etc/passwd",
        "/.sources",
        f"/{SCRIPT}.gz",
        f"/{SCRIPT}%00",
        "/assets/",
        "/index.html",
    ],
)
async def test_nothing_but_the_files_of_the_page_is_served(folder: Path, path: str) -> None:
    """No path leads out of the page's folder, nor to what lies in it beside its files."""
    async with page(folder) as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
        # By hand: a client would put the path in order first.
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answered = await reader.read()
        writer.close()
        await writer.wait_closed()
        assert answered.startswith(b"HTTP/1.1 404 ")
        assert b"not of the page" not in answered


async def test_the_page_is_only_read(folder: Path) -> None:
    """Any other method than GET and HEAD is refused with those that are possible."""
    async with page(folder) as client:
        response = await client.post("/")
        assert response.status == 405
        assert response.headers["Allow"] == "GET,HEAD"


async def test_every_file_carries_the_policy(folder: Path) -> None:
    """Scripts, too, and so workers, may only load from here, and talk to the stream beside it."""
    async with page(folder) as client:
        for path in ("/", f"/{SCRIPT}"):
            response = await client.get(path, headers={"Host": "city.example:8080"})
            rules = dict(
                rule.split(" ", 1)
                for rule in response.headers["Content-Security-Policy"].split("; ")
            )
            assert rules["default-src"] == "'none'"
            assert rules["script-src"] == rules["style-src"] == rules["worker-src"] == "'self'"
            assert rules["connect-src"] == "'self' ws://city.example:8081 wss://city.example:8081"
            assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("host", [None, "", "a b", "x;script-src *", "x,y", "[::1", "ä.example"])
def test_a_host_that_is_no_plain_name_gets_nothing_into_the_policy(host: str | None) -> None:
    """The header is the client's: what is not a name or an address is left out."""
    assert "connect-src 'self';" in policy(host, LiveMap(stream_port=lambda: 8081))


def test_an_address_of_ipv6_keeps_its_brackets() -> None:
    """A page at `[::1]` may talk to the stream there."""
    told = policy("[::1]:8080", LiveMap(stream_port=lambda: 8081))
    assert "connect-src 'self' ws://[::1]:8081 wss://[::1]:8081;" in told


def test_only_configured_hosts_are_let_in_besides() -> None:
    """The stream behind a proxy, the style and its tiles: their hosts, without their paths."""
    settings = MapSettings(
        stream_url="wss://city.example/live",
        basemap_style="https://style.example/dark.json?key=1",
        basemap_hosts=("https://tiles.example",),
    )
    told = policy("city.example", LiveMap(settings=settings))
    others = "https://style.example https://tiles.example"
    assert f"connect-src 'self' wss://city.example {others};" in told
    assert f"img-src 'self' data: blob: {others};" in told


async def test_the_page_learns_where_the_stream_is_before_it_signs_in(folder: Path) -> None:
    """`/v1/page` needs no token, and says whether one is needed."""
    async with page(folder, authenticate=by_name) as client:
        told = await (await client.get("/v1/page")).json()
        assert told == {
            "version": "1.2.3",
            "stream_url": None,
            "stream_port": 8081,
            "sign_in": True,
            "basemap": None,
        }
        assert (await client.get("/v1/cities")).status == 401
        assert (await client.get("/v1/cities", headers=signed("vera"))).status == 200
    async with page(folder) as client:
        assert (await (await client.get("/v1/page")).json())["sign_in"] is False


async def test_where_the_page_was_not_built_the_root_says_so(tmp_path: Path) -> None:
    """A plain text tells what to do; the API goes on beside it."""
    async with page(tmp_path) as client:
        response = await client.get("/")
        assert response.status == 503
        assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert await response.text() == NOT_BUILT
        assert (await client.get("/v1/cities")).status == 200


async def test_tiles_are_served_in_ranges(folder: Path, tmp_path: Path) -> None:
    """A page reads just the bytes of a PMTiles file that it needs."""
    tiles = tmp_path / "riga.pmtiles"
    tiles.write_bytes(bytes(range(256)) * 4)
    settings = MapSettings(basemap_pmtiles="riga.pmtiles")
    async with page(folder, settings, tiles) as client:
        told = await (await client.get("/v1/page")).json()
        assert told["basemap"] == {"kind": "pmtiles", "url": "/basemap.pmtiles"}
        part = await client.get("/basemap.pmtiles", headers={"Range": "bytes=10-19"})
        assert part.status == 206
        assert part.headers["Content-Range"] == "bytes 10-19/1024"
        assert await part.read() == bytes(range(10, 20))
        beyond = await client.get("/basemap.pmtiles", headers={"Range": "bytes=5000-"})
        assert beyond.status == 416


def test_a_map_has_one_basemap() -> None:
    """A style and a file of tiles at once are a fault of the configuration."""
    with pytest.raises(ValueError, match="either"):
        MapSettings(basemap_style="https://style.example/a.json", basemap_pmtiles="a.pmtiles")
