"""The page of `citywatch demo --at`: it shows what time it is in the simulated city."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.async_api import Browser

from tests.support.browser import watcher
from tests.support.demo import showing

# The note on the map begins with the time there, by the browser's own calendar.
NINE_HOURS_AHEAD = """() => {
  const shown = document.querySelector('.map-note')?.textContent ?? '';
  const how = {hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: 'Etc/GMT-9'};
  return shown.startsWith(`${new Intl.DateTimeFormat('en', how).format(Date.now())} in`);
}"""


async def test_the_page_of_the_demo_tells_the_time_there(browser: Browser, tmp_path: Path) -> None:
    """Ordered nine hours ahead of Greenwich, the map says so to a watcher in Greenwich."""
    there = datetime.now(UTC) + timedelta(hours=9)
    async with (
        showing(tmp_path, "--at", f"{there:%H:%M}") as demo,
        watcher(browser, timezone_id="UTC") as wanda,
    ):
        await wanda.page.goto(demo.url("/?city=demo"))
        await wanda.until_live()
        await wanda.until(NINE_HOURS_AHEAD)
