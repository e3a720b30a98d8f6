"""Several cities: all of them at a glance, each by limits of its own."""

from pathlib import Path
from typing import Final

from playwright.async_api import expect

from tests.browser.conftest import Serve, Visit
from tests.support.browser import Watcher, violations, words
from tests.support.browser_city import ZONES, Streets, only, reporting

OTHER: Final = f"""
[cities.other]
name = "Elsewhere"
timezone = "Asia/Tashkent"
zones = "{ZONES}"
[cities.other.rules.zone_shortage]
ratio_raise = 0.9
ratio_clear = 0.8
critical_ratio_raise = 1.2
critical_ratio_clear = 1.0
[cities.other.zone.station.rules.zone_shortage]
min_on_shift = 2
[cities.other.zone.lindens.rules.zone_shortage]
wait_raise_s = 200
"""

# The strip's height in lines, with figures of a bad day in a large city.
LARGE: Final = """() => {
  const large = ['2,345', '123', '123', '234', '1,890', '45', '12', '123', '4.5', '12 min'];
  document.querySelectorAll('.figure-value').forEach((one, n) => (one.textContent = large[n]));
  for (const one of document.querySelectorAll('.figure-more'))
    one.textContent = one.textContent.replaceAll(/\\d+/g, '412');
  const strip = document.querySelector('.strip');
  return strip.clientHeight / parseFloat(getComputedStyle(document.body).fontSize);
}"""
LINES: Final = 4  # of text: a figure stands below its name, with some room around


async def legend(person: Watcher) -> str:
    """What the map's legend says of its colours."""
    await person.page.locator(".map-legend summary").click()
    return await person.page.locator(".map-legend section").first.inner_text()


async def test_all_cities_are_seen_at_a_glance(serve: Serve, visit: Visit, pictures: Path) -> None:
    """A card each, with what is short there; pressed, its city is on the map."""
    server = await serve(only() + OTHER)
    streets = Streets(server)
    await streets.venue("v", "station", "Station Kitchen")
    await streets.couriers_at("station", *(f"c{n}" for n in range(5)))
    await streets.orders("v", "lindens", *(f"o{n}" for n in range(10)))
    async with reporting(streets):
        for theme in ("light", "dark"):
            wanda = await visit(server, theme=theme, reduced_motion="reduce")
            await wanda.until_live()
            cards = wanda.page.locator(".city-card")
            await expect(cards).to_have_count(2)
            await expect(cards.first.locator(".mini-words-grave")).to_be_visible()
            await expect(cards.last).to_contain_text(words("overview.calm"))
            await expect(cards.first.locator(".mini-sign-4")).to_have_count(1)
            await wanda.page.screenshot(path=pictures / f"cities-{theme}.png")
            assert await violations(wanda) == []
        await wanda.button("Rivertown", cards.first).click()
        await wanda.until("() => location.search.includes('city=demo')")
        await expect(cards).to_have_count(0)
        await wanda.until("() => window.__citywatch?.overlay?.slots >= 5")


async def test_zones_are_coloured_by_the_limits_in_force(serve: Serve, visit: Visit) -> None:
    """The legend says from where on a zone is short in this city, and which zones differ."""
    server = await serve(only() + OTHER)
    wanda = await visit(server, path="?city=demo")
    await wanda.until_live()
    assert "≥ 2" in await legend(wanda)
    walt = await visit(server, "walt", path="?city=other")
    await walt.until_live()
    await expect(walt.page.locator(".map-notes")).to_contain_text("Elsewhere")  # limits have come
    told = await legend(walt)
    assert "≥ 1.2" in told
    assert words("map.limits.own", count=2) in told


async def test_many_cities_take_one_line_and_what_fires_elsewhere_is_seen(
    serve: Serve, visit: Visit
) -> None:
    """However many and large, in each language; what fires elsewhere stands beside the way."""
    others = "".join(
        f'[cities.far{n}]\nname = "Faraway Town {n}"\ntimezone = "Europe/Riga"\nzones = "{ZONES}"\n'
        for n in range(11)
    )
    server = await serve(only(zone_shortage="min_on_shift = 1\nfor_s = 0") + others)
    streets = Streets(server)
    await streets.venue("v", "station", "Station Kitchen")
    await streets.courier("anna", "station")
    await streets.orders("v", "station", *(f"o{n}" for n in range(6)))
    wanda = await visit(server, path="?city=far3")
    await wanda.until_live()
    elsewhere = wanda.button(words("strip.all"))
    await expect(elsewhere).to_contain_text(words("strip.elsewhere", count=1))
    assert await wanda.eval(LARGE) < LINES
    for language in ("lv", "ru", "fa", "uz"):
        other = await visit(server, path="?city=demo", language=language)
        await other.until_live()
        await expect(other.page.locator("html")).to_have_attribute("lang", language)
        await expect(other.page.locator(".figure")).to_have_count(10)
        assert await other.eval(LARGE) < LINES, language
    choice = wanda.page.get_by_role("combobox", name=words("strip.cities"))
    await choice.select_option("Rivertown")
    await wanda.until("() => location.search.includes('city=demo')")
    await expect(wanda.page.locator("article.card")).to_have_count(1)
    await expect(elsewhere).not_to_contain_text("1")
