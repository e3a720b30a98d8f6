"""What the page tells: in the watcher's words, how an alert ends, what was before, behind a tab."""

from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Serve, Visit
from tests.support.browser import words
from tests.support.browser_city import Server, Streets, now_ms, only, places, reporting

MINUTE_MS: Final = 60_000
SHORTAGE: Final = "min_on_shift = 1\nfor_s = 0\ncritical_for_s = 0\nmode = "
PUSHES: Final = """
[targets.telephones]
type = "mqtt"
source = "broker"
[actions.push_couriers]
plan_every_s = 1
radius_m = 20000
"""
# The browser says that the tab lies behind another: headless, it never does by itself. What is
# told then is noted, and told all the same.
BEHIND: Final = """
window.behind = false;
window.told = [];
window.tones = 0;
Object.defineProperty(document, 'hidden', {get: () => window.behind});
const draw = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (then) => (window.behind ? 0 : draw(then));
window.Notification = class extends Notification {
  constructor(title, how) {
    super(title, how);
    window.told.push(title);
  }
};
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...when) {
  window.tones += 1;
  return start.apply(this, when);
};
for (const one of ['sound', 'notices']) localStorage.setItem(`citywatch.${one}`, 'warning');
"""


async def short_station(server: Server) -> Streets:
    """Six orders wait at the station, where one courier is; others are free in the next zone."""
    streets = Streets(server)
    await streets.venue("v1", "station", "Blue Door")
    await streets.courier("anna", "station")
    await streets.couriers_at("market-square", *(f"free{n}" for n in range(6)))
    await streets.orders("v1", "station", *(f"o{n}" for n in range(6)))
    return streets


@pytest.mark.parametrize("language", ["lv", "ru", "fa", "uz"])
async def test_what_the_program_says_is_in_the_watchers_language(
    serve: Serve, visit: Visit, language: str
) -> None:
    """An action with its record and an order with its story have no English left in them."""
    server = await serve(only(zone_shortage=SHORTAGE + '"propose"') + PUSHES)
    wanda = await visit(server, language=language)
    streets = await short_station(server)
    detail = wanda.page.locator("#detail")
    async with reporting(streets):
        await wanda.page.locator("article.card .action-proposed .pick").first.click()
        await expect(detail).to_contain_text(words("action.record", language))
        await expect(detail.locator(".row-words").first).to_be_visible()
        await expect(detail.locator("[lang=en]")).to_have_count(0)
        await wanda.page.goto(f"{server.page}?city=demo&show=order:o1")
        await expect(detail).to_contain_text(words("said.asks_desk_to_call", language))
        await expect(detail.locator("[lang=en]")).to_have_count(0)


async def test_an_alert_says_how_it_ends(serve: Serve, visit: Visit) -> None:
    """Below which ratio; and, once it is below, in how long, unless it comes back."""
    server = await serve(only(zone_shortage=SHORTAGE + '"off"\nkeep_s = 600'))
    wanda = await visit(server)
    streets = await short_station(server)
    card = wanda.card(words("rule.zone_shortage"))
    async with reporting(streets):
        await expect(card).to_contain_text(words("alert.ends_below", bound="1.25"))
        await streets.delivered(*(f"o{n}" for n in range(6)))
        before, _, after = words("alert.ends_in").partition("{left}")
        await expect(card).to_contain_text(before)
        await expect(card).to_contain_text(after)
        await streets.orders("v1", "station", *(f"p{n}" for n in range(6)))
        await expect(card).to_contain_text(words("alert.ends_below", bound="1.25"))


async def test_a_page_that_is_opened_late_shows_what_was_before(serve: Serve, visit: Visit) -> None:
    """The trend of a figure begins before the page, where the monitor has run for a while."""
    server = await serve('[engine]\nclock = "events"\n')
    streets, began = Streets(server), now_ms() - 20 * MINUTE_MS
    lon, lat = places()["station"]
    venue = {"venue_id": "v1", "lon": lon, "lat": lat}
    await streets.tell({"type": "venue.updated", "ts": began, **venue})
    order = {"type": "order.placed", "venue_id": "v1", "dropoff": {"lat": lat, "lon": lon}}
    for minute in range(20):
        ts = began + minute * MINUTE_MS
        promised = {"promised_ts": ts + 40 * MINUTE_MS}
        await streets.tell({"ts": ts, "order_id": f"o{minute}", **order, **promised})
        noted = partial(_reaches, ts // MINUTE_MS * MINUTE_MS)
        await server.monitor.until("/v1/cities/demo/trend", noted)
    wanda = await visit(server)
    await wanda.until_live()
    trend = wanda.page.locator(".figures .figure", has_text=words("figure.open")).locator("svg")
    await expect(trend).to_be_visible()
    label = await trend.get_attribute("aria-label")
    assert label is not None
    first, _, rest = words("spark.words").partition("{first}")
    assert label.startswith(f"{first}1{rest[: rest.index('{')]}"), label


def _reaches(ts: int, told: Any) -> bool:
    samples = len(told["figures"].get("open", ()))
    last: int = told["from_ts"] + (samples - 1) * told["every_ms"]
    return last >= ts


async def test_a_replay_tells_nothing_of_what_came_later(serve: Serve, visit: Visit) -> None:
    """An alert that has ended since is not in the history of a moment at which it fired."""
    server = await serve(only(zone_shortage=SHORTAGE + '"off"'))
    streets = await short_station(server)
    async with reporting(streets):
        await server.monitor.until("/v1/alerts", lambda told: told["items"])
        fired = now_ms()
        await server.monitor.until(
            "/v1/recording", lambda told: (told["to_ts"] or 0) > fired + 2_000
        )
        await streets.delivered(*(f"o{n}" for n in range(6)))
        ended = "/v1/alerts?state=resolved"
        await server.monitor.until(ended, lambda told: told["items"])
        wanda = await visit(server, path="?city=demo&tab=history")
        entries = wanda.page.locator(".history-list .ended")
        await expect(entries).to_have_count(1)
        then = datetime.fromtimestamp(fired / 1000 + 1, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        await wanda.page.goto(f"{server.page}?city=demo&tab=history&at={then}")
        await expect(wanda.page.locator(".frame")).to_have_attribute("data-clock", "replay")
        count = words("history.count", count=0, total=0)
        await expect(wanda.page.locator(".history-count")).to_contain_text(count)
        await expect(entries).to_have_count(0)


async def test_the_load_counts_the_watchers_who_are_there(serve: Serve, visit: Visit) -> None:
    """Two who may act, in three windows; who may only look does not count."""
    server = await serve(only(zone_shortage=SHORTAGE + '"off"'))
    streets = await short_station(server)
    async with reporting(streets):
        wanda = await visit(server)
        for name in ("wanda", "walt", "vera"):
            await (await visit(server, name)).until_live()
        load = wanda.page.locator(".figure", has_text=words("figure.load"))
        hint = words("figure.load_hint", fired=1, people=2)
        await expect(load).to_have_attribute("title", hint)


async def test_a_tab_behind_another_tells_of_an_alert_all_the_same(
    serve: Serve, visit: Visit
) -> None:
    """Blocked sound is said until something is pressed; then it sounds, and a notice is shown."""
    server = await serve(only(zone_shortage=SHORTAGE + '"off"'))
    wanda = await visit(server, script=BEHIND, permissions=["notifications"])
    await wanda.until_live()
    blocked = wanda.button(words("sound.blocked"))
    await expect(blocked).to_be_visible()
    await blocked.click()
    await expect(blocked).to_have_count(0)
    await wanda.eval("window.behind = true")
    streets = await short_station(server)
    async with reporting(streets):
        told = "() => window.told.length > 0 && window.tones > 0"
        await wanda.page.wait_for_function(told, polling=100)  # by the clock, not by frames
        (title, *_) = await wanda.eval("window.told")
        assert words("rule.zone_shortage") in title
        assert "Station" in title
