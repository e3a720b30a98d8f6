"""What a watcher sees when he opens the page."""

from playwright.async_api import expect

from tests.browser.conftest import Serve, Visit
from tests.support.browser_city import busy_city, living


async def test_the_page_comes_up_and_shows_the_city(serve: Serve, visit: Visit) -> None:
    """It says nothing is wrong, and its figures are those of the API."""
    server = await serve()
    async with living(server, busy_city()):
        wanda = await visit(server)
        await wanda.until_live()
        await expect(wanda.page.locator(".banner")).to_have_count(0)
