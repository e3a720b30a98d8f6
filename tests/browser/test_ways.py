"""Ways of working: the address, the keyboard, the search, signing in."""


from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.support.browser import words
from tests.support.browser_city import Server


async def test_the_address_holds_what_is_looked_at(lunch: Server, visit: Visit) -> None:
    """Sent to a colleague it shows the same to him; going back shows what was before."""
    wanda = await visit(lunch)
    name = wanda.page.locator("article.card .card-place .pick").first
    shown = await name.inner_text()
    await name.click()
    title = wanda.page.locator("#detail h2")
    await expect(title).to_contain_text(shown)
    await wanda.until("() => location.search.includes('show=')")
    await wanda.page.get_by_role("tab", name=words("tab.history")).click()
    await wanda.until("() => location.search.includes('tab=history')")
    address = await wanda.eval("location.search")

    walt = await visit(lunch, "walt", path=address)
    await expect(walt.page.locator("#detail h2")).to_contain_text(shown)
    tab = walt.page.get_by_role("tab", name=words("tab.history"))
    await expect(tab).to_have_attribute("aria-selected", "true")

    await wanda.page.go_back()
    await expect(wanda.page.locator("#detail")).to_be_hidden()
