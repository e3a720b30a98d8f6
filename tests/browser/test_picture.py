"""What a watcher sees of the city: its zones, figures and couriers, on the map and in tables."""

from typing import Final

from playwright.async_api import expect

from tests.browser.conftest import Serve, Visit
from tests.support.browser import WITHOUT_WEBGL, Watcher, chromium, colours, watcher, words
from tests.support.browser_city import PATH, Server, Streets, only, reporting, token

COUNTERS: Final = "window.__citywatch?.overlay"
# Whether the table has these figures in the columns of these titles, by what stands first.
SAYS: Final = """([titles, wanted]) => {
  const text = (cell) => cell.innerText.replace(/[^\\p{L}\\p{N} .]/gu, '').trim();
  const table = document.querySelector('#map table');
  const heads = [...(table?.querySelectorAll('thead th') ?? [])].map(text);
  const at = titles.map((title) => heads.indexOf(title));
  const lines = [...(table?.querySelectorAll('tbody tr') ?? [])];
  const rows = lines.map((row) => [...row.cells].map(text));
  const told = Object.fromEntries(rows.map((row) => [row[0], at.map((column) => row[column])]));
  const names = Object.keys(wanted);
  return rows.length === names.length &&
    names.every((name) => JSON.stringify(told[name]) === JSON.stringify(wanted[name]));
}"""


async def drawn(person: Watcher) -> None:
    """Wait until the couriers were drawn anew, time and again."""
    await person.until(f"() => {COUNTERS}?.drawn > 3 && {COUNTERS}.slots > 100")


async def test_the_page_comes_up_and_shows_the_city(lunch: Server, visit: Visit) -> None:
    """It says that it is live, and its map is full of zones and of couriers who move."""
    wanda = await visit(lunch)
    await wanda.until_live()
    await expect(wanda.page.locator(".banner")).to_have_count(0)
    await drawn(wanda)
    assert await colours(wanda, ".frame-map") > 100


async def test_without_webgl_a_simple_map_shows_the_same(lunch: Server) -> None:
    """Zones and couriers are drawn all the same, and the page says that the map is simple."""
    async with (
        chromium(WITHOUT_WEBGL) as browser,
        watcher(browser, token=token("wanda")) as wanda,
    ):
        await wanda.page.goto(lunch.page)
        await wanda.until_live()
        await drawn(wanda)
        assert await wanda.eval(f"{COUNTERS}.way") == "canvas2d"
        await expect(wanda.page.get_by_text(words("map.simple"))).to_be_visible()
        assert await colours(wanda, ".frame-map") > 100


async def test_the_table_of_zones_says_what_the_api_says(serve: Serve, visit: Visit) -> None:
    """Open orders, waiting ones and couriers of each zone, in a city where nothing changes."""
    server = await serve(only())
    streets = Streets(server)
    for n, zone in enumerate(("station", "lindens", "university")):
        await streets.venue(f"v{n}", zone, f"Kitchen {n}")
        await streets.couriers_at(zone, *(f"c{n}{one}" for one in range(n + 1)))
        await streets.orders(f"v{n}", zone, *(f"o{n}{one}" for one in range(2 * n + 1)))
    wanda = await visit(server, path="?city=demo&view=tables")
    async with reporting(streets):
        zones = (await server.monitor.get(f"{PATH}/zones"))["items"]
        assert sum(zone["open"] for zone in zones) == 9
        wanted = {
            zone["name"]: [str(zone[one]) for one in ("open", "waiting", "idle")] for zone in zones
        }
        titles = [words(f"column.{one}") for one in ("open", "waiting", "idle")]
        await wanda.until(SAYS, [titles, wanted])
