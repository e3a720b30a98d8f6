"""The live map in a real browser without a graphics card, with invented couriers.

The page is `web/bench`: the map's own code over a city that it invents, 4 updates a second. Its
frames a second say little by themselves, and less on a busy machine: they are given beside those of
the same page with nothing moving, and beside the updates that were really drawn.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright

from bench.measure import Ratio, Record

WEB: Final = Path(__file__).resolve().parent.parent / "web"
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
NO_WEBGL: Final = "--disable-3d-apis"
SIZE: Final = (1400, 850)
SETTLE_MS: Final = 4_000
SECONDS: Final = 10
EIGHT_HOURS: Final = 8 * 3_600 * 4  # updates

MEASURE: Final = """async (seconds) => {
  const counters = window.__citywatch.overlay, before = { ...counters };
  const start = performance.now();
  let frames = 0;
  await new Promise((done) => {
    const frame = () => {
      frames += 1;
      if (performance.now() - start < seconds * 1000) requestAnimationFrame(frame);
      else done();
    };
    requestAnimationFrame(frame);
  });
  const took = (performance.now() - start) / 1000;
  const each = (name) => (counters[name] - before[name]) / took;
  return {
    fps: frames / took, received: each('received'), drawn: each('drawn'),
    couriers: each('scriptMs'), marks: each('marksMs'),
  };
}"""


def run() -> Iterator[Record]:
    """The map still and moving by couriers, then without WebGL, then for hours in a hurry."""
    with tempfile.TemporaryDirectory() as folder:
        build_page(folder)
        with serve_page(folder) as address, sync_playwright() as playwright:
            chromium = playwright.chromium
            path = shutil.which("chromium")
            browser = chromium.launch(executable_path=path, args=list(FLAGS))
            for couriers in (5_000, 20_000, 100_000):
                yield _moving(browser, address, couriers, "as without a graphics card")
            yield _moving(browser, address, 20_000, "by WebGL2 in software", "&overlay=webgl2")
            yield _eight_hours(browser, address)
            browser.close()
            browser = chromium.launch(executable_path=path, args=[*FLAGS, NO_WEBGL])
            yield _moving(browser, address, 20_000, "no WebGL")
            browser.close()


def _moving(browser: Browser, address: str, couriers: int, way: str, more: str = "") -> Record:
    measured = {}
    for name, query in (("still", "&still"), ("moving", "")):
        page = _open(browser, f"{address}?couriers={couriers}{more}{query}")
        measured[name] = page.evaluate(MEASURE, SECONDS)
        page.close()
    still, moving = measured["still"], measured["moving"]
    figures = {
        "frames_per_s": round(moving["fps"], 1),
        "frames_per_s_still": round(still["fps"], 1),
        "updates_per_s": round(moving["received"], 1),
        "updates_drawn_per_s": round(moving["drawn"], 1),
        "script_couriers_ms_per_s": round(moving["couriers"], 1),
        "script_zones_venues_ms_per_s": round(moving["marks"], 1),
    }
    return Record(
        variant=f"{couriers:,} couriers, {way}",
        base="the frames of the same page with nothing moving",
        ratio=Ratio.of([moving["fps"] / still["fps"]]),
        more=figures,
    )


def _eight_hours(browser: Browser, address: str) -> Record:
    page = _open(browser, f"{address}?couriers=2000&select=zone:station&still")
    page.evaluate("updates => window.__bench.hurry(updates)", EIGHT_HOURS // 20)
    before = _heap_mb(page)
    page.evaluate("updates => window.__bench.hurry(updates)", EIGHT_HOURS)
    after = _heap_mb(page)
    page.close()
    return Record(
        variant=f"eight hours of updates ({EIGHT_HOURS:,}) in a hurry",
        base="the heap before them",
        ratio=Ratio.of([after / before]),
        more={"heap_before_mb": round(before, 2), "heap_after_mb": round(after, 2)},
    )


def _heap_mb(page: Page) -> float:
    session = page.context.new_cdp_session(page)
    for _ in range(3):
        session.send("HeapProfiler.collectGarbage")
    used: float = session.send("Runtime.getHeapUsage")["usedSize"]
    return used / 1_048_576


def _open(browser: Browser, address: str) -> Page:
    page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]})
    page.set_default_timeout(600_000)
    page.goto(address)
    page.locator(".map-couriers").wait_for(state="attached")
    page.wait_for_timeout(SETTLE_MS)
    return page


def build_page(folder: str) -> None:
    """Build the page with the project's own Node; raises CalledProcessError when it fails."""
    own = Path(sys.executable).parent
    command = ("npx", "vite", "build", "--config", "bench/vite.config.ts", "--logLevel", "warn")
    subprocess.run(
        [*command, "--outDir", folder, "--emptyOutDir"],
        cwd=WEB,
        env={**os.environ, "PATH": f"{own}{os.pathsep}{os.environ['PATH']}"},
        check=True,
        timeout=300,
    )


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the lines would stand between the results."""


@contextmanager
def serve_page(folder: str) -> Iterator[str]:
    """The address of the page that was built into `folder`, for the length of the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/index.html"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
