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


async def look(person: Watcher, folder: Path, name: str) -> None:
    """A picture is taken, and axe has nothing to say."""
    await person.page.screenshot(path=folder / f"{name}.png")
    assert await violations(person) == []


@pytest.mark.parametrize("looks", LOOKS)
async def test_the_main_states_are_accessible_in_each_look(
    lunch: Server, visit: Visit, pictures: Path, looks: str
) -> None:
    """The feed, the zone behind an alert, the dialog of a push, the history."""
    how = LOOKS[looks]
    language = how.get("language", "en")
    wanda = await visit(lunch, **how)
    await wanda.until_live()
    card = wanda.page.locator("article.card").first
    await expect(card).to_be_visible()
    await look(wanda, pictures, f"{looks}-1-feed")
    shortage = wanda.card(words("rule.zone_shortage", language)).first
    await shortage.locator(".card-place .pick").first.click()
    detail = wanda.page.locator("#detail")
    await expect(detail.get_by_text(words("thing.orders", language)).first).to_be_visible()
    await look(wanda, pictures, f"{looks}-2-zone")
    await wanda.button(words("button.push", language), detail).first.click()
    await expect(wanda.page.get_by_role("dialog").locator(".plan p").first).to_be_visible()
    await look(wanda, pictures, f"{looks}-3-push")
    await wanda.page.keyboard.press("Escape")
    await expect(wanda.page.get_by_role("dialog")).to_have_count(0)
