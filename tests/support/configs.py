"""Configuration files for tests: written into a folder, loaded, their faults marked in the text."""

import re
from collections.abc import Mapping
from pathlib import Path

from config.faults import ConfigError, Fault
from config.load import Loaded, load

CITY = """
[cities.riga]
timezone = "Europe/Riga"
hexagons = { resolution = 8, bbox = [23.9, 56.8, 24.4, 57.1] }
"""
_MARK = re.compile(r"#! (.*)")


def loaded(folder: Path, text: str, env: Mapping[str, str] | None = None) -> Loaded:
    """The configuration that `text` is, in a file of its own."""
    file = folder / "city.toml"
    file.write_text(text, encoding="utf-8")
    return load(file, env or {})


def faults(folder: Path, text: str, env: Mapping[str, str] | None = None) -> tuple[Fault, ...]:
    """Every fault of `text`; none if it loads."""
    try:
        loaded(folder, text, env)
    except ConfigError as error:
        return error.faults
    return ()


def found(faults: tuple[Fault, ...]) -> list[tuple[int | None, str]]:
    """Line, and field with reason."""
    return [(fault.line, f"{fault.field}: {fault.reason}") for fault in faults]


def marked(text: str) -> list[tuple[int | None, str]]:
    """What the text itself expects: `#! field: reason` on the faulty line, ` | ` between two."""
    return [
        (number, expected)
        for number, line in enumerate(text.splitlines(), start=1)
        if (match := _MARK.search(line))
        for expected in match[1].split(" | ")
    ]
