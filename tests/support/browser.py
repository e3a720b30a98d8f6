"""A real Chromium, Debian's, and people who sit before it.

Lives here: how it is started on a machine without a GPU, and `Watcher`, one person's page in a
browser of their own, of which everything that must not happen is remembered: a request to another
host, an error or warning on the console, a fault of a script, a breach of the security policy.
Every wait has a deadline. Used by tests/browser.
"""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    async_playwright,
)

from tests.support.running import ROOT

CHROMIUM: Final = "/usr/bin/chromium"
DEADLINE_MS: Final = 15_000
FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)
WITHOUT_WEBGL: Final = "--disable-3d-apis"
OWN: Final = frozenset({"127.0.0.1", None})  # None: data: and blob:
# Chromium's own remarks on a software GPU; nothing of the page's.
REMARKS: Final = ("GL Driver Message", "software WebGL", "GPU stall")
SCREEN: Final = (1280, 720)

# Before any script of the page: a breach of the policy is told on the console in any case.
WATCH_POLICY: Final = """
addEventListener('securitypolicyviolation', (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
"""


@asynccontextmanager
async def chromium(*more: str) -> AsyncIterator[Browser]:
    """A browser with these flags besides."""
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *more])
        try:
            yield browser
        finally:
            await browser.close()


@dataclass
class Watcher:
    """One person before the page; `faults` is what must not have happened."""

    context: BrowserContext
    page: Page
    faults: list[str] = field(default_factory=list)
    received: int = 0  # bytes over the network, as they were sent
    expected: list[str] = field(default_factory=list)

    def expects(self, *words: str) -> None:
        """What the browser says when a test takes the server away is no fault."""
        self.expected += words

    def hears(self, message: ConsoleMessage) -> None:
        """Of the console."""
        if message.type in ("error", "warning") and not any(one in message.text for one in REMARKS):
            self.faults.append(f"console {message.type}: {message.text}")

    def sees(self, url: str) -> None:
        """Of the network."""
        parts = urlsplit(url)
        if parts.hostname not in OWN:
            self.faults.append(f"a request to another host: {url}")

    def check(self) -> None:
        """Nothing went wrong but what was expected."""
        wrong = [one for one in self.faults if not any(word in one for word in self.expected)]
        assert not wrong, wrong

    async def until(self, script: str, *args: Any) -> None:
        """Wait until an expression in the page is true."""
        arg = args[0] if args else None
        await self.page.wait_for_function(script, arg=arg, timeout=DEADLINE_MS)

    async def until_live(self) -> None:
        """Wait until the page shows what is so."""
        await self.page.locator(".frame[data-connection=live]").wait_for(timeout=DEADLINE_MS)

    async def eval(self, script: str, arg: Any = None) -> Any:
        """What an expression in the page comes to."""
        return await self.page.evaluate(script, arg)

    def button(self, name: str, within: Locator | None = None) -> Locator:
        """What is pressed, by the beginning of its accessible name."""
        place = self.page if within is None else within
        return place.get_by_role("button", name=name)

    def card(self, words: str) -> Locator:
        """A cause in the feed, by some of its words."""
        return self.page.locator("article.card", has_text=words)

    async def heap(self) -> float:
        """Bytes that the page's scripts hold, after everything is thrown away that can be."""
        session = await self.context.new_cdp_session(self.page)
        await session.send("Performance.enable")
        for _ in range(3):
            await session.send("HeapProfiler.collectGarbage")
        told = await session.send("Performance.getMetrics")
        await session.detach()
        return next(
            float(one["value"]) for one in told["metrics"] if one["name"] == "JSHeapUsedSize"
        )


@asynccontextmanager
async def watcher(
    browser: Browser,
    *,
    token: str | None = None,
    size: tuple[int, int] = SCREEN,
    theme: str = "light",
    language: str = "en",
    script: str = "",
    clock: bool = False,
    **more: Any,
) -> AsyncIterator[Watcher]:
    """A person with a browser of their own, signed in with `token`; checked when they leave.

    `script` runs before any of the page. With `clock` the page's time can be moved on.
    """
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]}, locale=language, **more
    )
    context.set_default_timeout(DEADLINE_MS)
    chosen = {"citywatch.theme": theme, "citywatch.language": language}
    if token is not None:
        chosen["citywatch.token"] = token
    await context.add_init_script(
        f"{WATCH_POLICY}; for (const [name, value] of Object.entries({json.dumps(chosen)}))"
        " if (localStorage.getItem(name) === null) localStorage.setItem(name, value);"
        f"\n{script}"
    )
    if clock:
        await context.clock.install()
    page = await context.new_page()
    person = Watcher(context, page)
    await _listen(person)
    try:
        yield person
        person.check()
    finally:
        await context.close()


async def _listen(person: Watcher) -> None:
    page, context = person.page, person.context
    page.on("console", person.hears)
    page.on("pageerror", lambda error: person.faults.append(f"fault of a script: {error}"))
    page.on("request", lambda request: person.sees(request.url))
    page.on("websocket", lambda socket: person.sees(socket.url))
    session = await context.new_cdp_session(page)
    await session.send("Network.enable")

    def arrived(told: dict[str, Any]) -> None:
        person.received += int(told["encodedDataLength"])

    session.on("Network.loadingFinished", arrived)


# How many different colours a picture has; decoded in the page, which may show images of its own.
COLOURS: Final = """async (png) => {
  const image = new Image();
  image.src = 'data:image/png;base64,' + png;
  await image.decode();
  const ink = new OffscreenCanvas(image.width, image.height).getContext('2d');
  ink.drawImage(image, 0, 0);
  const {data} = ink.getImageData(0, 0, image.width, image.height);
  return new Set(new Uint32Array(data.buffer)).size;
}"""


async def colours(person: Watcher, selector: str) -> int:
    """How many colours a part of the page shows on the screen: one where it is blank."""
    png = await person.page.locator(selector).screenshot()
    found: int = await person.eval(COLOURS, base64.b64encode(png).decode())
    return found


AXE: Final = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"


async def violations(person: Watcher, *without: str) -> list[str]:
    """What axe finds wrong with the page as it is; `without` these rules."""
    await person.page.evaluate(AXE.read_text(encoding="utf-8"))
    rules = {name: {"enabled": False} for name in without}
    found = await person.page.evaluate(
        "(rules) => axe.run(document, {resultTypes: ['violations'], rules, preload: false})", rules
    )
    return [
        f"{each['id']} ({each['impact']}): {_node(node)}"
        for each in found["violations"]
        for node in each["nodes"][:3]
    ]


def _node(node: dict[str, Any]) -> str:
    why = [check["message"] for kind in ("any", "all", "none") for check in node[kind]]
    return f"{node['target']} {node['html'][:200]} {'; '.join(why[:2])}"


def words(key: str, language: str = "en", **params: object) -> str:
    """A text of the page by its key, so that a test need not know how it is worded."""
    path = ROOT / "web" / "src" / "i18n" / f"{language}.json"
    found = json.loads(path.read_text(encoding="utf-8"))[key]
    text: str = found if isinstance(found, str) else found["other"]
    for name, value in params.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text
