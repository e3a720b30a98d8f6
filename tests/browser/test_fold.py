"""A storm in the feed: many cards of one rule are one, and what else fires is seen beside it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Locator, expect

from tests.browser.conftest import Serve, Visit
from tests.support.browser import Watcher, violations, words
from tests.support.browser_city import Streets, now_ms, only, reporting

SHORTAGE: Final = 'min_on_shift = 1\nfor_s = 0\ncritical_for_s = 0\nmode = "off"'
SHORT: Final = ("station", "lindens", "tannery", "riverside", "airfield", "northgate", "ropewalk")
CRITICAL: Final = "castle-hill"


def fold(person: Watcher) -> Locator:
    """The one card of the shortages."""
    return person.page.locator('article.card[data-card^="fold "]')


async def short(streets: Streets, *zones: str, orders: int) -> None:
    """A courier in each, and orders for so many more."""
    for zone in zones:
        await streets.venue(f"v-{zone}", zone, f"Kitchen of {zone}")
        await streets.courier(f"c-{zone}", zone)
        await streets.orders(f"v-{zone}", zone, *(f"{zone}{n}" for n in range(orders)))


@asynccontextmanager
async def storm(serve: Serve, **rules: Any) -> AsyncIterator[tuple[Any, Streets]]:
    """Seven zones are somewhat short of couriers, and one client has a problem."""
    settings = SHORTAGE + "\nratio_raise = 1.5\ncritical_ratio_raise = 6"
    server = await serve(only(zone_shortage=settings, order_problem='mode = "off"', **rules))
    streets = Streets(server)
    await short(streets, *SHORT, orders=3)
    await streets.tell({"type": "order.problem", "order_id": "station0", "problem": "damaged"})
    async with reporting(streets):
        yield server, streets


async def test_many_shortages_are_one_card_that_opens_by_keyboard(
    serve: Serve, visit: Visit, pictures: Path
) -> None:
    """The problem is seen beside it; what is taken leaves it; one that is worse shows at once."""
    async with storm(serve) as (server, streets):
        wanda = await visit(server, reduced_motion="reduce")
        page, press = wanda.page, wanda.page.keyboard.press
        cards, head = page.locator("article.card"), fold(wanda)
        focused = page.locator("article.card:focus")
        await expect(head.locator("h3")).to_contain_text(words("fold.zones", count=7))
        await expect(cards).to_have_count(2)
        await expect(wanda.card(words("rule.order_problem"))).to_be_visible()
        await expect(head.locator(".card-place .pick")).to_have_count(3)
        await expect(head.locator(".card-place bdi", has_text="3.00")).to_have_count(3)
        assert await violations(wanda) == []
        await page.screenshot(path=pictures / "fold.png")

        await head.focus()
        await press("a")
        await expect(head.get_by_role("alert")).to_have_text(words("fold.one_first"))
        await press("Space")
        await expect(head.locator("[aria-expanded=true]")).to_be_visible()
        await expect(cards).to_have_count(2 + len(SHORT))
        assert await violations(wanda) == []
        await page.screenshot(path=pictures / "fold-open.png")
        await press("j")
        mine = await focused.get_attribute("data-card")
        await press("c")
        await expect(focused).to_contain_text(words("holder.claimed", name="wanda"))
        await expect(head.locator("h3")).to_contain_text(words("fold.zones", count=6))
        await press("k")
        await press("Space")
        await expect(cards).to_have_count(3)
        await expect(page.locator(f'[data-card="{mine}"]')).to_be_visible()

        await short(streets, CRITICAL, orders=8)
        one_critical = words("filter.severity", severity=words("severity.critical"), count=1)
        await expect(head.get_by_text(one_critical)).to_be_visible()
        await expect(cards).to_have_count(3)


async def test_nothing_is_folded_that_somebody_looks_for(serve: Serve, visit: Visit) -> None:
    """What is selected has a card of its own; a search shows every card that it finds."""
    async with storm(serve) as (server, _):
        wanda = await visit(server, path="?city=demo&show=zone:tannery")
        cards, head = wanda.page.locator("article.card"), fold(wanda)
        await expect(head.locator("h3")).to_contain_text(words("fold.zones", count=6))
        await expect(cards).to_have_count(3)
        search = wanda.page.get_by_role("combobox", name=words("search.label"))
        await search.fill("rule:zone_shortage ")
        await search.press("Enter")
        await expect(head).to_have_count(0)
        await expect(cards).to_have_count(len(SHORT))


async def test_a_recorded_storm_is_folded_and_opens_as_a_living_one(
    serve: Serve, visit: Visit
) -> None:
    """The fold of a moment that is past opens by keyboard; no card of it can be acted on."""
    async with storm(serve) as (server, streets):
        shortages = "/v1/alerts?state=firing&rule=zone_shortage"
        await server.monitor.until(shortages, lambda told: len(told["items"]) == len(SHORT))
        then = now_ms()
        await server.monitor.until("/v1/recording", lambda told: (told["to_ts"] or 0) > then)
        # Now it is another city: what is folded is what is recorded.
        await streets.delivered(*(f"{zone}{n}" for zone in SHORT for n in range(3)))
        await server.monitor.until(shortages, lambda told: not told["items"])
        moment = datetime.fromtimestamp(then / 1_000, UTC).isoformat().removesuffix("+00:00")
        wanda = await visit(server, path=f"?city=demo&at={moment}Z", reduced_motion="reduce")
        page, head = wanda.page, fold(wanda)
        await expect(page.locator(".frame")).to_have_attribute("data-clock", "replay")
        await expect(head.locator("h3")).to_contain_text(words("fold.zones", count=len(SHORT)))
        await head.focus()
        await page.keyboard.press("Space")
        await expect(page.locator("article.card-folded")).to_have_count(len(SHORT))
        ack = wanda.button(words("button.ack"), page.locator("article.card-folded").first)
        await expect(ack).to_have_attribute("aria-disabled", "true")
        assert await violations(wanda) == []
