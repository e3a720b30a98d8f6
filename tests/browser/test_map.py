"""The map itself, over an invented city: the page of the bench, which has nothing else on it.

What it draws is read from the screen: the halo of a selected courier says where he is to be by the
map's own arithmetic, the pixel in its middle where he was drawn.
"""

import base64
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from bench.page import build_page, serve_page
from tests.support.browser import WITHOUT_WEBGL, Watcher, chromium, watcher, words

# Of the standard palette by day: free, to the venue, at the venue, to the client.
COURIER_MARKS: Final = (
    (0x18, 0x79, 0x4E),
    (0x1D, 0x63, 0xC4),
    (0x8A, 0x4F, 0xBE),
    (0xA8, 0x48, 0x0F),
)
WAYS: Final = ("webgl2", "canvas2d")
READ_PIXEL: Final = """async ([png, x, y]) => {
  const image = await createImageBitmap(await (await fetch('data:image/png;base64,' + png)).blob());
  const ink = new OffscreenCanvas(image.width, image.height).getContext('2d');
  ink.drawImage(image, 0, 0);
  return [...ink.getImageData(x, y, 1, 1).data].slice(0, 3);
}"""
FRAMES: Final = """async (count) => {
  for (let at = 0; at < count; at++) await new Promise((done) => requestAnimationFrame(done));
}"""


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The page's address; built once."""
    folder = str(tmp_path_factory.mktemp("map") / "page")
    build_page(folder)
    with serve_page(folder) as found:
        yield found


@pytest_asyncio.fixture(loop_scope="session")
async def people() -> AsyncIterator[AsyncExitStack]:
    """Whoever looks; checked for faults when the test is over."""
    async with AsyncExitStack() as stack:
        yield stack


async def look(people: AsyncExitStack, browser: Browser, address: str, query: str) -> Watcher:
    """Somebody before the map, once it has drawn."""
    person = await people.enter_async_context(watcher(browser))
    await person.page.goto(f"{address}?{query}")
    await person.page.locator(".map-couriers").wait_for(state="attached")
    for _ in range(200):
        if await person.eval("window.__citywatch.overlay.drawn") > 0:
            break
        await person.eval(FRAMES, 3)
    await person.eval(FRAMES, 30)
    return person


async def pixel(person: Watcher, x: float, y: float) -> tuple[int, int, int]:
    """The colour on the screen at a point."""
    png = base64.b64encode(await person.page.screenshot()).decode()
    reader = await person.context.new_page()  # the map's own page may not fetch data: addresses
    red, green, blue = await reader.evaluate(READ_PIXEL, [png, round(x), round(y)])
    await reader.close()
    return red, green, blue


async def halo_middle(person: Watcher) -> tuple[float, float]:
    """Where the selected courier is to be."""
    box = await person.page.locator(".map-halo").bounding_box()
    assert box is not None, "nobody is selected"
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def is_couriers(colour: tuple[int, int, int]) -> bool:
    """Whether a colour is one of the couriers', about."""
    return any(
        max(abs(a - b) for a, b in zip(colour, mark, strict=True)) <= 6 for mark in COURIER_MARKS
    )


async def rests_at(person: Watcher, zoom: float, other_than: Any = None) -> None:
    """Until the map has come to rest so near, and elsewhere than before."""
    for _ in range(100):
        place = await person.eval("window.__bench.place")
        if place and place != other_than and place["zoom"] == pytest.approx(zoom):
            return
        await person.eval(FRAMES, 5)
    raise AssertionError(f"it rests at {place}")


@pytest.mark.parametrize("way", WAYS)
async def test_couriers_stand_where_the_map_has_them(
    browser: Browser, address: str, people: AsyncExitStack, way: str
) -> None:
    """After dragging and zooming, too, a courier is in the middle of his halo, in his colour."""
    query = f"couriers=40&still&select=courier:c-3&overlay={way}&place=24.1,56.95,12.6"
    person = await look(people, browser, address, query)
    assert await person.eval("window.__citywatch.overlay.way") == way
    seen = []
    for step in ("as it was", "dragged", "nearer"):
        if step == "dragged":
            await person.page.mouse.move(400, 300)
            await person.page.mouse.down()
            await person.page.mouse.move(437, 321, steps=4)
            await person.page.mouse.move(437, 321)
            await person.eval(FRAMES, 12)
            await person.page.mouse.up()
        if step == "nearer":
            await person.page.get_by_role("button", name="Closer").click()
        await person.eval(FRAMES, 60)
        x, y = await halo_middle(person)
        seen.append((round(x), round(y)))
        colour = await pixel(person, x, y)
        assert is_couriers(colour), (step, colour)
    assert len(set(seen)) == 3, "the map did not move"


@pytest.mark.parametrize("way", WAYS)
async def test_every_update_is_drawn(
    browser: Browser, address: str, people: AsyncExitStack, way: str
) -> None:
    """Of 20,000 couriers that move four times a second no update is left out."""
    person = await look(people, browser, address, f"couriers=20000&overlay={way}")
    before = await person.eval("({...window.__citywatch.overlay})")
    while True:
        now = await person.eval("({...window.__citywatch.overlay})")
        if now["received"] - before["received"] >= 12:
            break
        await person.eval(FRAMES, 5)
    assert now["slots"] == 20_000
    missed = (now["received"] - before["received"]) - (now["drawn"] - before["drawn"])
    assert missed <= 1, "the newest may wait for its frame"


@pytest.mark.parametrize("way", WAYS)
async def test_of_a_crowd_as_many_are_drawn_as_fit(
    browser: Browser, address: str, people: AsyncExitStack, way: str
) -> None:
    """Of 100,000 one in eight, which is said, and whoever is selected; in a street all of them."""
    query = f"couriers=100000&still&select=courier:c-3&overlay={way}"
    afar = await look(people, browser, address, query)
    assert await afar.page.locator(".map-note").inner_text() == words("map.thinned", of=8)
    await afar.page.mouse.move(*await halo_middle(afar))
    for _ in range(2):  # closer to him, where a dot has a middle
        await afar.page.mouse.wheel(0, -300)
        await afar.eval(FRAMES, 60)
    assert await afar.page.locator(".map-note").count() == 1
    assert is_couriers(await pixel(afar, *await halo_middle(afar)))
    street = await look(people, browser, address, f"{query}&place=24.1,56.95,16")
    assert await street.page.locator(".map-note").count() == 0


async def test_pointer_and_keys_choose_and_move(
    browser: Browser, address: str, people: AsyncExitStack
) -> None:
    """A click chooses what is there, Enter what is in the middle; arrows, plus and minus move."""
    person = await look(people, browser, address, "couriers=0&still&place=24.1,56.95,13")
    await person.page.mouse.click(640, 300)
    zone = await person.eval("window.__bench.chosen")
    assert zone["kind"] == "zone"
    canvas = person.page.locator(".map-stage canvas").first
    await canvas.focus()
    await person.page.keyboard.press("Enter")
    assert await person.eval("window.__bench.chosen") is not None
    for key, zoom in (("ArrowRight", 13), ("+", 14), ("ArrowUp", 14), ("-", 13)):
        before = await person.eval("window.__bench.place")
        await person.page.keyboard.press(key)
        await rests_at(person, zoom, other_than=before)
    place = await person.eval("window.__bench.place")
    assert place["lon"] > 24.1
    assert place["lat"] > 56.95


async def test_without_webgl_the_map_is_drawn_all_the_same(
    address: str, people: AsyncExitStack
) -> None:
    """Zones and couriers are there, pointer and keys work, and the page says that it is simple."""
    browser = await people.enter_async_context(chromium(WITHOUT_WEBGL))
    query = "couriers=40&still&select=courier:c-3&place=24.1,56.95,12.6"
    person = await look(people, browser, address, query)
    counters = await person.eval("window.__citywatch.overlay")
    assert (counters["ground"], counters["way"]) == ("canvas2d", "canvas2d")
    await person.page.get_by_text("no WebGL").wait_for()
    x, y = await halo_middle(person)
    assert is_couriers(await pixel(person, x, y))
    await person.page.mouse.click(640, 600)
    assert (await person.eval("window.__bench.chosen"))["kind"] in ("zone", "venue", "order")
    await person.page.locator(".map-ground2d").focus()
    await person.page.keyboard.press("+")
    await rests_at(person, 13.6)


async def test_a_map_that_is_closed_leaves_nothing(
    browser: Browser, address: str, people: AsyncExitStack
) -> None:
    """Opened and closed more often than a browser has WebGL contexts, it still opens."""
    person = await look(people, browser, address, "couriers=200&overlay=webgl2")
    for _ in range(20):
        await person.eval("window.__bench.unmount()")
        assert await person.page.locator("canvas").count() == 0
        await person.eval("window.__bench.mount()")
        await person.page.locator(".map-couriers").wait_for(state="attached")
    assert await person.eval("window.__citywatch.overlay.way") == "webgl2"


async def test_the_picture(
    browser: Browser, address: str, people: AsyncExitStack, pictures: Path
) -> None:
    """By day and by night, a city and a street, for somebody to look at."""
    street = "&place=24.1,56.952,14.5&select=zone:station"
    for name, query in (
        ("map-day", "couriers=20000&still"),
        ("map-night", "couriers=20000&still&theme=dark"),
        ("map-street", f"couriers=20000&still{street}"),
        ("map-persian", "couriers=5000&still&dir=rtl&language=fa&palette=blindsafe"),
    ):
        person = await look(people, browser, address, query)
        await person.page.screenshot(path=pictures / f"{name}.png")
