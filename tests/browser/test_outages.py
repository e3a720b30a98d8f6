"""What the page shows of what is broken, and that it comes back by itself with nothing missed."""

from typing import Final

from playwright.async_api import expect

from tests.browser.conftest import Serve, Visit
from tests.support.browser import Watcher, words
from tests.support.browser_city import Streets, only, reporting

SHORTAGE: Final = 'min_on_shift = 1\nfor_s = 0\ncritical_for_s = 0\nmode = "off"'
SILENCE: Final = "silent_s = 3\nwindow_min = 1\nmin_per_min = 20\nfor_s = 0\nkeep_s = 0"
# What the browser itself says of a server that is not there.
GONE: Final = ("ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE")
FILTER: Final = "() => getComputedStyle(document.querySelector('.frame-map')).filter"


async def subjects(person: Watcher) -> set[str]:
    """What the cards in the feed are about."""
    return set(await person.page.locator("article.card .card-place .pick").all_inner_texts())


async def test_a_killed_server_comes_back_and_nothing_was_missed(
    serve: Serve, visit: Visit
) -> None:
    """The page says that it is gone, recovers without a hand, and holds exactly what is so."""
    server = await serve(only(zone_shortage=SHORTAGE))
    wanda = await visit(server)
    wanda.expects(*GONE)
    streets = Streets(server)
    for zone in ("station", "lindens", "university"):
        await streets.venue(f"v-{zone}", zone, f"Kitchen of {zone}")
        await streets.courier(f"c-{zone}", zone)
    for zone in ("station", "lindens"):
        await streets.orders(f"v-{zone}", zone, *(f"{zone}{n}" for n in range(4)))
    station = wanda.page.locator("article.card", has_text="Station")
    await wanda.button(words("button.ack"), station).click()
    await expect(station).to_contain_text(words("holder.acked", name="wanda"))
    await expect(wanda.page.locator("article.card", has_text="Lindens")).to_have_count(1)

    await server.kill()
    await expect(wanda.page.locator(".banner")).to_contain_text(words("connection.retry"))
    assert "grayscale" in await wanda.eval(FILTER)
    await server.start()
    # Before the page is back, one alert has ended and another one has begun.
    await streets.delivered(*(f"lindens{n}" for n in range(4)))
    await streets.orders("v-university", "university", *(f"u{n}" for n in range(4)))
    await server.monitor.until(
        "/v1/alerts?state=firing",
        lambda told: {one["subject"]["id"] for one in told["items"]} == {"station", "university"},
    )

    await wanda.until_live()
    await expect(wanda.page.locator(".banner")).to_have_count(0)
    # The pointer lies on the list, where nothing may jump: what is new waits behind a button.
    await wanda.button(words("feed.new", count=1)).click()
    await expect(wanda.page.locator("article.card", has_text="University")).to_have_count(1)
    await expect(station).to_contain_text(words("holder.acked", name="wanda"))
    assert await subjects(wanda) == {"Station", "University"}
    assert await wanda.eval(FILTER) == "none"
    await wanda.page.get_by_role("tab", name=words("tab.history")).click()
    await expect(wanda.page.locator("#alerts-panel")).to_contain_text("Lindens")


async def test_a_silent_feed_greys_the_picture_and_says_so(serve: Serve, visit: Visit) -> None:
    """While no courier is heard the map is grey and named as old; once they are, it is not."""
    server = await serve(only(feed_silent=SILENCE))
    streets = Streets(server)
    await streets.venue("v1", "station", "Blue Door")
    await streets.couriers_at("station", *(f"c{n}" for n in range(5)))
    wanda = await visit(server)
    async with reporting(streets):
        await server.monitor.until(
            "/v1/cities/demo", lambda told: told["streams"]["couriers"]["total"] > 40
        )
        await wanda.until_live()
        await expect(wanda.page.locator(".banner")).to_have_count(0)
        streets.quiet.add("couriers")
        await expect(wanda.page.locator(".banner")).to_contain_text(words("stream.couriers"))
        assert "grayscale" in await wanda.eval(FILTER)
        await expect(wanda.card(words("rule.feed_silent"))).to_have_count(1)
        streets.quiet.clear()
        await expect(wanda.page.locator(".banner")).to_have_count(0)
        assert await wanda.eval(FILTER) == "none"


async def test_a_connection_that_says_nothing_is_not_taken_for_a_live_one(
    serve: Serve, visit: Visit
) -> None:
    """A server that stands still but keeps its sockets open is named as silent within seconds."""
    server = await serve(only())
    wanda = await visit(server)
    wanda.expects("ERR_TIMED_OUT", "ERR_ABORTED")
    await wanda.until_live()
    server.freeze()
    try:
        await expect(wanda.page.locator(".banner")).to_be_visible()
        assert "grayscale" in await wanda.eval(FILTER)
    finally:
        server.thaw()
    await wanda.until_live()
