"""Files that a page or a docstring names are there, under that name."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePath
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
FOLDERS: Final = ("monitor", "zones", "alerts", "ws", "config", "sim", "bench", "tests", "deploy")
PAGES: Final = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
# `core/tables/ids.py`, `judging/*.py`: a path, or the end of one.
NAMED: Final = re.compile(r"`((?:[\w*-]+/)*[\w*-]+\.py)`")


@cache
def there() -> tuple[PurePath, ...]:
    """Every Python file of the project, from its root."""
    found = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
    return tuple(path.relative_to(ROOT) for path in found)


def gone(text: str) -> list[str]:
    """What a text names that is not there."""
    return [name for name in NAMED.findall(text) if not any(path.match(name) for path in there())]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_names_is_there(page: Path) -> None:
    """README and docs name no file or folder that was moved or is gone."""
    assert gone(page.read_text(encoding="utf-8")) == []


def docstrings(folder: str) -> Iterator[tuple[str, str]]:
    """Every file's docstring."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        yield str(path.relative_to(ROOT)), ast.get_docstring(ast.parse(path.read_bytes())) or ""


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_a_docstring_names_is_there(folder: str) -> None:
    """A module says which other one does what, by a name that leads there."""
    assert [(where, names) for where, text in docstrings(folder) if (names := gone(text))] == []
