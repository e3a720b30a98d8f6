"""Writes every generated file of `docs/` anew: `python -m monitor.docs`, or `make docs`.

Lives here: which file holds what. Does not live here: the contents (`docgen`, `config.reference`).
A test fails when a committed file is not what this writes.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from config import reference
from monitor.docgen import pages, routes, schemas
from monitor.docgen.asyncapi import asyncapi

DOCS: Final = Path(__file__).parent.parent / "docs"
VERSION: Final = "0.1.0"  # of the documents; a test holds it against pyproject.toml
PAGES: Final = (
    "actions.md",
    "alerts.md",
    "api.md",
    "rules.md",
)  # hand-written, with generated parts


def generated(docs: Path = DOCS) -> Iterator[tuple[Path, str]]:
    """Every generated file under `docs` with its contents; reads the pages, writes nothing."""
    for name, document in (
        ("schemas/events.schema.json", schemas.events_schema()),
        ("schemas/letters.schema.json", schemas.letters_schema()),
        ("schemas/replay.schema.json", schemas.replay_schema()),
        ("schemas/stream.schema.json", schemas.stream_schema()),
        ("asyncapi.json", asyncapi(VERSION)),
        ("openapi.json", routes.openapi(VERSION)),
    ):
        yield docs / name, _json(document)
    yield docs / "configuration.md", reference.configuration_md()
    generated_parts = parts()
    for name in PAGES:
        page = (docs / name).read_text(encoding="utf-8")
        yield docs / name, pages.filled(page, generated_parts)


def parts() -> dict[str, str]:
    """Every generated part of a page, by its name."""
    return pages.parts() | {"routes": routes.table()}


def write() -> None:
    """Write them all, and `config/default.toml`."""
    reference.write()
    for path, text in generated():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    write()
