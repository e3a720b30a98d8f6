"""What lies below the zones: a file of tiles, a style from elsewhere, and neither of them.

The country west of the city is made up: sea west of `COAST`, land east of it up to the first zone.
What is drawn is read from the screen, as the share of pixels in a colour.
"""

import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from aiohttp import web
from playwright.async_api import expect

from tests.browser.conftest import Serve, Visit
from tests.support.browser import Watcher, words
from tests.support.browser_city import only
from tests.support.tiles import PNG, Feature, around, pmtiles, png, tile

COAST: Final = 23.85
MIDDLE: Final = (COAST, 56.95)
VIEW: Final = f"?city=demo&place={MIDDLE[1]},{MIDDLE[0]},10z"
BOUNDS: Final = (20.0, 55.0, 26.0, 58.0)
Colour = tuple[int, int, int]
LIGHT: Final[Mapping[str, Colour]] = {
    "water": (0xC5, 0xDB, 0xE9),
    "land": (0xED, 0xF0, 0xF3),
    "road": (0xD9, 0xC8, 0x98),
}
DARK: Final[Mapping[str, Colour]] = {"water": (0x14, 0x28, 0x3A), "land": (0x14, 0x19, 0x1F)}
SEA: Final[Colour] = (0x0A, 0x64, 0xC8)  # of the style from elsewhere
READ: Final = """async ([png, ...told]) => {
  const image = new Image();
  image.src = 'data:image/png;base64,' + png;
  await image.decode();
  const ink = new OffscreenCanvas(image.width, image.height).getContext('2d');
  ink.drawImage(image, 0, 0);
"""
PIXEL: Final = READ + "return [...ink.getImageData(...told, 1, 1).data].slice(0, 3); }"
SHARE: Final = (
    READ
    + """
  const {data} = ink.getImageData(0, 0, image.width, image.height);
  let found = 0;
  for (let at = 0; at < data.length; at += 4) {
    if (told.every((one, of) => Math.abs(data[at + of] - one) <= 4)) found += 1;
  }
  return found / (data.length / 4);
}"""
)
SEA_BOX: Final = ((BOUNDS[0], BOUNDS[1]), (COAST, BOUNDS[3]))
ROAD: Final = ((COAST + 0.01, 56.93), (24.3, 56.93))
SCHEMAS: Final[Mapping[str, tuple[Feature, ...]]] = {
    "protomaps": (
        Feature("earth", "polygon", ((COAST, BOUNDS[1]), (BOUNDS[2], BOUNDS[3]))),
        Feature("water", "polygon", SEA_BOX, {"kind": "ocean"}),
        Feature("roads", "line", ROAD, {"kind": "highway"}),
        Feature("places", "point", ((COAST + 0.08, 56.98),), {"kind": "locality", "name": "Jūra"}),
    ),
    "openmaptiles": (
        Feature("water", "polygon", SEA_BOX, {"class": "ocean"}),
        Feature("transportation", "line", ROAD, {"class": "motorway"}),
        Feature("place", "point", ((COAST + 0.08, 56.98),), {"class": "town", "name": "Jūra"}),
    ),
}


def archive(features: tuple[Feature, ...]) -> bytes:
    """A file of tiles with these features."""
    places = [where for zoom in (6, 7, 8, 9) for where in around(MIDDLE, zoom, 2)]
    layers = [{"id": name, "fields": {}} for name in {one.layer for one in features}]
    metadata = {"attribution": "© Testland", "vector_layers": layers}
    return pmtiles({where: tile(features, *where) for where in places}, BOUNDS, metadata)


def settings(**of: str) -> str:
    """The map's settings, and no rule judged."""
    return f"{only()}\n[map]\n" + "".join(f"{name} = {value}\n" for name, value in of.items())


async def share(person: Watcher, colour: Colour) -> float:
    """How much of the map is in a colour."""
    shot = await person.page.locator(".frame-map").screenshot()
    found: float = await person.eval(SHARE, [base64.b64encode(shot).decode(), *colour])
    return found


async def shows(person: Watcher, colour: Colour, least: float) -> None:
    """Wait until the map has so much of a colour."""
    found = 0.0
    for _ in range(60):
        found = await share(person, colour)
        if found >= least:
            return
        await person.page.wait_for_timeout(100)
    raise AssertionError(f"{colour} on {found:.3f} of the map")


async def at(person: Watcher, x: int, y: int) -> Colour:
    """The colour of the map at a point."""
    shot = await person.page.locator(".frame-map").screenshot()
    red, green, blue = await person.eval(PIXEL, [base64.b64encode(shot).decode(), x, y])
    return red, green, blue


@asynccontextmanager
async def elsewhere(answers: Mapping[str, Any]) -> AsyncIterator[str]:
    """Another host, as a browser sees it: a port of its own, with these answers and with tiles."""

    async def answer(request: web.Request) -> web.Response:
        found = answers.get(request.path)
        headers = {"Access-Control-Allow-Origin": "*"}
        if found is None and request.path.startswith("/tiles/"):
            zoom, x, y = map(int, request.path.removeprefix("/tiles/").split("/"))
            content = tile(SCHEMAS["openmaptiles"], zoom, x, y)
            return web.Response(body=content, headers=headers)
        if found is None:
            return web.Response(status=503, headers=headers)
        return web.json_response(found, headers=headers)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def style(tiles: str) -> dict[str, Any]:
    """A style as others make them, with its tiles at a host."""
    source = {
        "type": "vector",
        "tiles": [f"{tiles}/tiles/{{z}}/{{x}}/{{y}}"],
        "maxzoom": 9,
        "attribution": "© Elsewhere",
    }
    fill = {"fill-color": "#{:02x}{:02x}{:02x}".format(*SEA)}
    sea = {"id": "sea", "type": "fill", "source": "all", "source-layer": "water", "paint": fill}
    ground = {"id": "ground", "type": "background", "paint": {"background-color": "#f0ead6"}}
    return {"version": 8, "sources": {"all": source}, "layers": [ground, sea]}


@pytest.mark.parametrize("schema", SCHEMAS)
async def test_tiles_in_one_file_are_drawn_in_the_pages_own_style(
    serve: Serve, visit: Visit, tmp_path: Path, pictures: Path, schema: str
) -> None:
    """Sea, land and roads in their colours by day and by night, and whoever made them is named."""
    (tmp_path / "land.pmtiles").write_bytes(archive(SCHEMAS[schema]))
    server = await serve(settings(basemap_pmtiles='"land.pmtiles"'))
    for theme, inks in (("light", LIGHT), ("dark", DARK)):
        wanda = await visit(server, path=VIEW, theme=theme)
        await wanda.until_live()
        await shows(wanda, inks["water"], 0.25)
        assert await share(wanda, inks["land"]) > 0.2
        if "road" in inks:
            assert await share(wanda, inks["road"]) > 0.0002
        await expect(wanda.page.locator(".maplibregl-ctrl-attrib")).to_contain_text("© Testland")
        await expect(wanda.page.locator(".map-notes [role=status]")).to_have_count(0)
        await wanda.page.screenshot(path=pictures / f"basemap-{schema}-{theme}.png")


async def test_pictures_in_one_file_are_drawn(serve: Serve, visit: Visit, tmp_path: Path) -> None:
    """A file may hold pictures in place of shapes; they are drawn, paler than they are."""
    places = [where for zoom in (8, 9, 10) for where in around(MIDDLE, zoom, 4)]
    picture = png(0, 160, 0)
    content = pmtiles(dict.fromkeys(places, picture), BOUNDS, {}, PNG)
    (tmp_path / "pictures.pmtiles").write_bytes(content)
    server = await serve(settings(basemap_pmtiles='"pictures.pmtiles"'))
    wanda = await visit(server, path=VIEW)
    await wanda.until_live()
    await wanda.until("() => document.querySelector('.map-couriers') !== null")
    for _ in range(60):
        red, green, blue = await at(wanda, 60, 300)
        if green > red + 40:
            break
        await wanda.page.wait_for_timeout(100)
    assert green > max(red, blue) + 40


async def test_a_style_from_elsewhere_is_drawn(serve: Serve, visit: Visit) -> None:
    """Its host is allowed by naming it: the sea is in the style's own colour."""
    answers: dict[str, Any] = {}
    async with elsewhere(answers) as host:
        answers["/style.json"] = style(host)
        server = await serve(settings(basemap_style=f'"{host}/style.json"'))
        wanda = await visit(server, path=VIEW)
        await wanda.until_live()
        await shows(wanda, SEA, 0.25)
        attribution = wanda.page.locator(".maplibregl-ctrl-attrib")
        await expect(attribution).to_contain_text("© Elsewhere")
        await expect(wanda.page.locator(".map-notes [role=status]")).to_have_count(0)


async def test_tiles_of_a_host_that_is_not_named_stay_away(serve: Serve, visit: Visit) -> None:
    """The page's policy refuses them, the watcher is told, and the zones stand all the same."""
    async with elsewhere({}) as other:
        answers = {"/style.json": style(other)}
        async with elsewhere(answers) as host:
            server = await serve(settings(basemap_style=f'"{host}/style.json"'))
            wanda = await visit(server, path=VIEW)
            wanda.expects("policy:", "Content Security Policy", "basemap:", "Fetch API")
            await wanda.until_live()
            note = wanda.page.locator(".map-notes [role=status]")
            await expect(note).to_have_text(words("map.basemap.gaps"))
            await shows(wanda, (0xF0, 0xEA, 0xD6), 0.5)


async def test_a_style_that_does_not_come_is_asked_for_again(serve: Serve, visit: Visit) -> None:
    """Meanwhile there is a plain ground with zones, and a word that the map below is missing."""
    answers: dict[str, Any] = {}
    async with elsewhere(answers) as host:
        server = await serve(settings(basemap_style=f'"{host}/style.json"'))
        wanda = await visit(server, path=VIEW, clock=True)
        wanda.expects("503", "basemap:")
        await wanda.until_live()
        note = wanda.page.locator(".map-notes [role=status]")
        await expect(note).to_have_text(words("map.basemap.gone"))
        await shows(wanda, LIGHT["land"], 0.5)
        answers["/style.json"] = style(host)
        await wanda.context.clock.fast_forward(61_000)
        await expect(note).to_have_count(0)
        await shows(wanda, SEA, 0.25)


@pytest.mark.parametrize("fault", ["not tiles", "unknown schema", "a style of nonsense"])
async def test_a_basemap_that_can_not_be_drawn_leaves_the_map(
    serve: Serve, visit: Visit, tmp_path: Path, fault: str
) -> None:
    """Whatever is wrong with it, zones are drawn, can be chosen, and the watcher is told."""
    answers: dict[str, Any] = {"/style.json": style("http://127.0.0.1:1")}
    answers["/style.json"]["layers"][0]["type"] = "nonsense"
    unknown = (Feature("whatever", "polygon", SEA_BOX),)
    content = archive(unknown) if fault == "unknown schema" else b"<html>" * 40
    (tmp_path / "land.pmtiles").write_bytes(content)
    async with elsewhere(answers) as host:
        basemap = (
            {"basemap_style": f'"{host}/style.json"'}
            if fault == "a style of nonsense"
            else {"basemap_pmtiles": '"land.pmtiles"'}
        )
        server = await serve(settings(**basemap))
        wanda = await visit(server)
        wanda.expects("basemap:", "layers[0].type")
        await wanda.until_live()
        note = wanda.page.locator(".map-notes [role=status]")
        await expect(note).to_have_text(words("map.basemap.gone"))
        await wanda.page.locator(".map-stage canvas").first.focus()
        await wanda.page.keyboard.press("Enter")
        await expect(wanda.page.locator("#detail")).to_be_visible()
