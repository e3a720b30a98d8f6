"""One browser for each worker; a monitor, a city and people for each test.

All of it lives in one event loop for the session, in which the browser was started.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.support.browser import DEADLINE_MS, Watcher, chromium, watcher
from tests.support.browser_city import (
    Server,
    Streets,
    busy_city,
    catch_up,
    config,
    living,
    now_ms,
    serving,
    token,
)

HERE: Final = Path(__file__).parent
LUNCH: Final = '[engine]\nclock = "events"\n[rules.zone_shortage]\nfor_s = 5\n'
MINUTE_MS: Final = 60_000
LONG_AGO_MS: Final = 330_000  # longer than an order may wait
MARKET_ORDERS: Final = tuple(f"m{n}" for n in range(9))
Visit = Callable[..., Awaitable[Watcher]]
Serve = Callable[..., Awaitable[Server]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here runs in the session's loop."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The worker's browser."""
    expect.set_options(timeout=DEADLINE_MS)
    async with chromium() as made:
        yield made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def lunch(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """A simulated lunch that goes on, for tests that only look; its past was judged as it was.

    The market square is short of couriers in any case: nobody comes for what is ordered there.
    """
    folder = tmp_path_factory.mktemp("lunch")
    city = busy_city()
    async with serving(folder, config(LUNCH)) as server:
        # What was before the first snapshot is not recorded.
        await catch_up(server, city, city.now_ms + MINUTE_MS)
        await server.monitor.until("/v1/recording", lambda told: told["from_ts"])
        async with living(server, city):
            await _short_market(server)
            yield server


async def _short_market(server: Server) -> None:
    market = Streets(server)
    await market.venue("market", "market-square", "Market Kitchen")
    placed = now_ms() - LONG_AGO_MS
    await market.orders("market", "old-harbour", *MARKET_ORDERS, ts=placed)
    await server.monitor.until("/v1/alerts?rule=zone_shortage", lambda told: told["items"])


@pytest_asyncio.fixture(loop_scope="session")
async def serve(tmp_path: Path) -> AsyncIterator[Serve]:
    """Starts a monitor with these further settings; stopped after the test."""
    async with AsyncExitStack() as stack:

        async def start(more: str = "", **options: Any) -> Server:
            return await stack.enter_async_context(serving(tmp_path, config(more, **options)))

        yield start


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser) -> AsyncIterator[Visit]:
    """Opens the page of a server as a person; checked after the test for what must not happen."""
    async with AsyncExitStack() as stack:

        async def open_page(
            server: Server, name: str | None = "wanda", path: str = "", **how: Any
        ) -> Watcher:
            signed = None if name is None else token(name)
            person = await stack.enter_async_context(watcher(browser, token=signed, **how))
            await person.page.goto(server.page + path)
            return person

        yield open_page


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where screenshots go: into `CITYWATCH_SCREENSHOTS`, if it is set, to be looked at."""
    kept = os.environ.get("CITYWATCH_SCREENSHOTS")
    folder = Path(kept) if kept else tmp_path / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
