"""The recorded day on the page: unmistakably not live, and nothing can be done in it."""

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.support.browser import words
from tests.support.browser_city import Server


async def test_a_recorded_day_is_played_and_left_again(lunch: Server, visit: Visit) -> None:
    """It says NOT LIVE, its clock runs, no button acts; back to live the city is as it is."""
    wanda = await visit(lunch)
    await wanda.until_live()
    page = wanda.page
    await wanda.button(words("bar.replay")).click()
    replay = page.get_by_role("region", name=words("bar.replay"))
    await expect(replay).to_contain_text(words("replay.not_live"))
    await expect(page.locator(".frame")).to_have_attribute("data-clock", "replay")
    await expect(wanda.button(words("replay.play"), replay)).to_be_visible()
    card = page.locator("article.card").first
    await expect(card).to_be_visible()
    act = wanda.button(words("button.ack"), card)
    await expect(act.first).to_have_attribute("aria-disabled", "true")
    moment = replay.get_by_label(words("replay.at"))
    before = await moment.input_value()
    await wanda.button(words("replay.play"), replay).click()
    await expect(moment).not_to_have_value(before)
    await wanda.button(words("replay.back")).click()
    await expect(replay).to_have_count(0)
    await wanda.until_live()
    await expect(act.first).to_have_attribute("aria-disabled", "false")
