"""Ways of working: the address, the keyboard, the search, signing in."""

from typing import Final

from playwright.async_api import expect

from tests.browser.conftest import Serve, Visit
from tests.support.browser import words
from tests.support.browser_city import Server, Streets, only, token

SHORTAGE: Final = 'min_on_shift = 1\nfor_s = 0\ncritical_for_s = 0\nmode = "off"'


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


async def test_alerts_are_handled_by_keyboard_alone(serve: Serve, visit: Visit) -> None:
    """To a card, seen, taken, silenced or not; to the search, which narrows; to the help."""
    server = await serve(only(zone_shortage=SHORTAGE))
    streets = Streets(server)
    for n, zone in enumerate(("station", "lindens")):
        await streets.venue(f"v{n}", zone, f"Kitchen {n}")
        await streets.courier(f"c{n}", zone)
        await streets.orders(f"v{n}", zone, *(f"o{n}{one}" for one in range(4 + n)))
    wanda = await visit(server)
    press, page = wanda.page.keyboard.press, wanda.page
    cards = page.locator("article.card")
    await expect(cards).to_have_count(2)
    focused = page.locator("article.card:focus")
    await press("j")
    await expect(focused).to_have_count(1)
    first = await focused.get_attribute("data-card")
    await press("a")
    await expect(focused).to_contain_text(words("holder.acked", name="wanda"))
    await press("c")
    await expect(focused).to_contain_text(words("holder.claimed", name="wanda"))
    await press("j")
    await expect(page.locator(f'article.card:not([data-card="{first}"]):focus')).to_have_count(1)
    await press("k")
    await expect(page.locator(f'article.card[data-card="{first}"]:focus')).to_have_count(1)
    await press("s")
    dialog = page.get_by_role("dialog", name=words("dialog.silence.title"))
    await expect(dialog).to_be_visible()
    await press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(focused).to_have_count(1)
    await press("/")
    await expect(page.get_by_role("combobox", name=words("search.label"))).to_be_focused()
    await page.keyboard.type("zone:lindens ")
    await press("Enter")
    await expect(cards).to_have_count(1)
    await expect(cards).to_contain_text("Lindens")
    await wanda.until("() => location.search.includes('q=zone')")
    await press("Escape")
    await expect(cards).to_have_count(2)
    await press("Escape")
    await press("?")
    await expect(page.get_by_role("dialog", name=words("help.title"))).to_be_visible()
    await press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await press("g")
    await press("t")
    await expect(page.locator("#map .tables button:focus")).to_have_count(1)
    await press("g")
    await press("m")
    seen = cards.filter(has_text=words("holder.claimed", name="wanda"))
    await wanda.button(words("rule.zone_shortage"), seen).click()
    detail = page.locator("#detail")
    await expect(detail.locator("h2")).to_contain_text(words("rule.zone_shortage"))
    await expect(detail).to_contain_text(words("holder.claimed", name="wanda"))


async def test_nothing_is_shown_before_somebody_is_let_in(serve: Serve, visit: Visit) -> None:
    """A wrong token is told so; the right one shows the city; signing out hides it again."""
    server = await serve(only())
    await Streets(server).venue("v0", "station", "Blue Door")
    nobody = await visit(server, None)
    nobody.expects("401", "unauthorized")
    dialog = nobody.page.get_by_role("dialog", name=words("signin.title"))
    await expect(dialog).to_be_visible()
    await expect(nobody.page.get_by_text("Rivertown")).to_have_count(0)
    field, enter = dialog.get_by_label(words("signin.token")), words("signin.do")
    await field.fill("wrong")
    await nobody.button(enter, dialog).click()
    await expect(dialog.get_by_role("alert")).to_contain_text(words("signin.wrong"))
    await field.fill(token("wanda"))
    await nobody.button(enter, dialog).click()
    await nobody.until_live()
    await expect(nobody.page.get_by_text("Rivertown").first).to_be_visible()
    await nobody.button(words("signin.out")).click()
    await expect(dialog).to_be_visible()
    await expect(nobody.page.get_by_text("Rivertown")).to_have_count(0)
