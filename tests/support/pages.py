"""Pages of `docs/` taken apart: their fenced blocks, marked examples, headings, links."""

import json
import re
from pathlib import Path
from typing import Any, Final

DOCS: Final = Path(__file__).parent.parent.parent / "docs"
_BLOCK: Final = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_HEADING: Final = re.compile(r"^(#+) (.+)$", re.MULTILINE)
_LINK: Final = re.compile(r"\]\(([^)\s]+)\)")


def pages() -> list[Path]:
    """Every page, those of decisions included."""
    return sorted(DOCS.rglob("*.md"))


def text_of(name: str) -> str:
    """A page as it stands."""
    return (DOCS / name).read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return [match[2] for match in _BLOCK.finditer(text) if match[1] == language]


def example(name: str, mark: str) -> str:
    """The block of a page that follows the comment `example: mark`."""
    _, _, rest = text_of(name).partition(f"<!-- example: {mark} -->\n")
    match = _BLOCK.match(rest)
    assert match is not None, f"{name} has no example {mark}"
    return match[2]


def json_examples(name: str) -> list[Any]:
    """Every JSON example of a page; a block may hold one document, or one a line."""
    found: list[Any] = []
    for block in blocks(text_of(name), "json"):
        try:
            found.append(json.loads(block))
        except json.JSONDecodeError:
            found += [json.loads(line) for line in block.splitlines()]
    return found


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next one of any level."""
    found = list(_HEADING.finditer(text))
    for here, after in zip(found, [*found[1:], None], strict=True):
        if here[2] == heading:
            return text[here.end() : after.start() if after else len(text)]
    raise AssertionError(f"no heading {heading!r}")


def anchors(text: str) -> set[str]:
    """What links may point to within a page, as GitHub makes them of the headings."""
    plain = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", match[2].lower()).replace(" ", "-")
        for match in _HEADING.finditer(plain)
    }


def broken_links(page: Path) -> list[str]:
    """The links of a page within the project that lead nowhere."""
    text = page.read_text(encoding="utf-8")
    broken = []
    for link in _LINK.findall(text):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (
            anchor
            and target.suffix == ".md"
            and anchor not in anchors(target.read_text(encoding="utf-8"))
        ):
            broken.append(link)
    return broken
