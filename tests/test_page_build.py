"""The live map's page is built when it has to be, and is in what is installed."""

import importlib.util
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PAGE = "monitor/page"


@pytest.fixture(scope="session")
def hook() -> ModuleType:
    """The build hook, which stands beside `pyproject.toml` and in no package."""
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A source tree with a small `web/` and nothing built."""
    for name, text in {
        "web/package.json": "{}",
        "web/src/main.tsx": "render();",
        "web/test/main.test.ts": "test();",
        "web/node_modules/preact/index.js": "x",
        "web/README.md": "words",
        "monitor/__init__.py": "",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def built(hook: ModuleType, tree: Path) -> None:
    """As a build leaves it."""
    page = tree / PAGE
    page.mkdir(exist_ok=True)
    (page / "index.html").write_text("page")
    (page / hook.HASH_FILE).write_text(hook.hash_of(tree / "web"))


def asked(hook: ModuleType, tree: Path) -> list[str]:
    """What the hook asks for before a build of this tree."""
    no: Any = None
    found: list[str] = hook.PageHook(str(tree), {}, no, no, str(tree), "wheel", no).dependencies()
    return found


def test_node_is_asked_for_only_when_there_is_something_to_build(
    hook: ModuleType, tree: Path
) -> None:
    """Without a page it is needed, with one made from these very sources it is not."""
    assert asked(hook, tree) == [hook.NODE]
    built(hook, tree)
    assert asked(hook, tree) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("web/src/main.tsx", "render(2);"),
        ("web/src/new.ts", ""),
        ("web/package-lock.json", "{}"),
        ("web/.npmrc", "fund=false"),
    ],
)
def test_a_change_of_what_it_is_made_from_makes_the_page_stale(
    hook: ModuleType, tree: Path, name: str, text: str
) -> None:
    """Another content, and a file more, each ask for a build."""
    built(hook, tree)
    (tree / name).write_text(text)
    assert hook.is_stale(tree)


def test_a_file_that_moves_makes_the_page_stale(hook: ModuleType, tree: Path) -> None:
    """The names count, not the contents alone."""
    built(hook, tree)
    (tree / "web/src/main.tsx").rename(tree / "web/src/begin.tsx")
    assert hook.is_stale(tree)


@pytest.mark.parametrize(
    "name", ["web/test/main.test.ts", "web/README.md", "web/node_modules/preact/index.js"]
)
def test_what_is_not_in_the_page_builds_nothing(hook: ModuleType, tree: Path, name: str) -> None:
    """Tests, words and what npm has put there leave the page as it is."""
    built(hook, tree)
    (tree / name).write_text("changed")
    assert not hook.is_stale(tree)


def test_a_page_without_its_sources_is_taken_as_it_is(hook: ModuleType, tree: Path) -> None:
    """What carries the page needs neither `web/` nor Node; what has neither is refused in words."""
    built(hook, tree)
    (tree / "web/package.json").unlink()
    assert not hook.is_stale(tree)
    (tree / PAGE / hook.HASH_FILE).unlink()
    with pytest.raises(hook.PageError, match="neither the page"):
        hook.build(tree)


def test_a_build_that_fails_says_why_and_leaves_the_old_page(hook: ModuleType, tree: Path) -> None:
    """The last words of npm are in the fault, and no half page in the folder."""
    built(hook, tree)
    (tree / "web/package.json").write_text('{"scripts": {"build": "echo no such wall; exit 3"}}')
    (tree / "web/node_modules/.package-lock.json").write_text("{}")
    (tree / "web/package-lock.json").write_text("{}")
    with pytest.raises(hook.PageError, match=r"(?s)could not be built.*no such wall"):
        hook.build(tree)
    assert (tree / PAGE / "index.html").read_text() == "page"
    assert [path.name for path in (tree / "monitor").glob(".page-*")] == []


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The names in a wheel and an sdist of this tree, by `wheel` and `sdist`."""
    target = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-t", "wheel"]
    subprocess.run([*command, "-d", str(target)], cwd=ROOT, check=True, capture_output=True)
    (wheel,) = target.glob("*.whl")
    (sdist,) = target.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as archive, tarfile.open(sdist) as tar:
        return {
            "wheel": set(archive.namelist()),
            "sdist": {name.partition("/")[2] for name in tar.getnames()},
        }


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_the_built_page_is_in_what_is_shipped(packages: dict[str, set[str]], kind: str) -> None:
    """Index, hashed and packed files, and the hash that keeps Node away from whoever installs."""
    names = packages[kind]
    assert {f"{PAGE}/index.html", f"{PAGE}/index.html.br", f"{PAGE}/.sources"} <= names
    scripts = {name for name in names if name.startswith(f"{PAGE}/assets/")}
    assert any(name.endswith(".js.br") for name in scripts)
    assert any(name.endswith(".js.gz") for name in scripts)


def test_an_sdist_holds_the_sources_of_the_page_and_nothing_that_npm_made(
    packages: dict[str, set[str]],
) -> None:
    """Whoever has the sdist can build the page anew."""
    names = packages["sdist"]
    assert {"hatch_build.py", "web/package-lock.json", "web/src/main.tsx"} <= names
    assert not [name for name in names if "node_modules" in name]
