"""The page in its main states: no fault that axe finds, and pictures of all of them to look at.

`CITYWATCH_SCREENSHOTS=folder` keeps the pictures.
"""

from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.support.browser import Watcher, violations, words
from tests.support.browser_city import Server

LOOKS: Final[dict[str, dict[str, Any]]] = {
    "light": {},
    "dark": {"theme": "dark"},
    "persian": {"language": "fa"},
    "phone": {"size": (390, 844)},
}
# How many pixels of the page lie outside the window.
OVERFLOW: Final = """Math.max(
  document.scrollingElement.scrollHeight - innerHeight,
  document.scrollingElement.scrollWidth - innerWidth,
)"""


class Album:
    """Pictures of one person's page, each state of it without a fault."""

    def __init__(self, person: Watcher, folder: Path, looks: str) -> None:
        self._person, self._folder, self._looks = person, folder, looks

    async def take(self, state: str) -> None:
        """A picture, and what axe has to say: nothing; only regions scroll, never the page."""
        path = self._folder / f"{self._looks}-{state}.png"
        await self._person.page.screenshot(path=path)
        assert await self._person.eval(OVERFLOW) <= 0, state
        assert await violations(self._person) == [], state


@pytest.mark.parametrize("looks", LOOKS)
async def test_the_main_states_are_accessible_in_each_look(
    lunch: Server, visit: Visit, pictures: Path, looks: str
) -> None:
    """The feed, a zone, a push, the history, the tables, settings, help, a recorded day."""
    how = LOOKS[looks]
    language = how.get("language", "en")
    # Nothing is in the middle of an animation when it is looked at.
    wanda = await visit(lunch, reduced_motion="reduce", **how)
    page, album = wanda.page, Album(wanda, pictures, looks)

    def named(key: str) -> str:
        return words(key, language)

    await wanda.until_live()
    await wanda.until("() => window.__citywatch?.overlay?.drawn > 1 || innerWidth < 700")
    await expect(page.locator("article.card").first).to_be_visible()
    await album.take("1-feed")

    shortage = wanda.card(named("rule.zone_shortage")).first
    await shortage.locator(".card-place .pick").first.click()
    detail = page.locator("#detail")
    await expect(detail.get_by_text(named("thing.orders")).first).to_be_visible()
    if looks != "phone":
        await wanda.until("() => window.__citywatch.overlay.lines > 5")  # its orders on the map
    await album.take("2-zone")
    await wanda.button(named("button.push"), detail).first.click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.locator(".plan p").first).to_be_visible()
    await album.take("3-push")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    await expect(detail).to_be_hidden()

    await page.get_by_role("tab", name=named("tab.history")).click()
    await expect(page.locator(".history-list li").first).to_be_visible()
    await album.take("4-history")
    await page.get_by_role("tab", name=named("tab.actions")).click()
    await album.take("5-actions")
    await page.get_by_role("tab", name=named("tab.firing")).click()

    for n, key in ((6, "settings.title"), (7, "help.title")):
        await wanda.button(named(key)).click()
        await expect(dialog).to_be_visible()
        await album.take(f"{n}-{key.split('.')[0]}")
        await page.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)

    if looks == "phone":
        for n, pane in ((8, "map"), (9, "figures")):
            await page.locator(".panes").get_by_text(named(f"pane.{pane}")).click()
            await expect(page.locator(f".frame[data-pane={pane}]")).to_be_visible()
            await album.take(f"{n}-{pane}")
        return
    await wanda.button(named("bar.tables")).click()
    await expect(page.locator("#map tbody tr").first).to_be_visible()
    await album.take("8-tables")
    await wanda.button(named("bar.map")).first.click()
    await wanda.button(named("bar.replay")).click()
    replay = page.get_by_role("region", name=named("bar.replay"))
    await wanda.button(named("replay.play"), replay).click()
    await expect(page.locator("article.card").first).to_be_visible()
    await album.take("9-replay")
