"""Settings from environment variables: `CITYWATCH__HTTP__PORT=9000` over `[http] port`.

The parts of a name are keys, in capitals, parted by two underscores. A part that names something
in the file finds it whatever its case, an underscore standing for a hyphen too; else it is taken
in lower case. The value is read as TOML, and as plain text where that fails or a text is wanted.
"""

import tomllib
from collections.abc import Mapping
from typing import Final

from config.faults import Fault, Key, spelled

PREFIX: Final = "CITYWATCH__"


class Overlay:
    """Lays the variables over a document, which it changes."""

    def __init__(self, document: dict[str, object]) -> None:
        self.document = document
        self.variables: dict[Key, str] = {}  # key → the variable that set it or its table
        self.texts: dict[Key, str] = {}  # key → the value as it stands in the variable
        self.faults: list[Fault] = []

    def apply(self, environment: Mapping[str, str]) -> None:
        """Take every variable that begins with `PREFIX`, in the order of their names."""
        for variable in sorted(environment):
            if variable.startswith(PREFIX):
                self._set(variable, environment[variable])

    def _set(self, variable: str, text: str) -> None:
        parts = variable.removeprefix(PREFIX).split("__")
        if not all(parts):
            self._fault(variable, (), "is not CITYWATCH__TABLE__KEY")
            return
        table = self.document
        key: Key = ()
        for part in parts[:-1]:
            name = _matching(part, table)
            key = (*key, name)
            if name not in table:
                table[name] = {}
                self.variables[key] = variable
            inner = table[name]
            if not isinstance(inner, dict):
                self._fault(variable, key, "is not a table, so nothing can be set in it")
                return
            table = inner
        name = _matching(parts[-1], table)
        key = (*key, name)
        table[name] = _parsed(text)
        self.variables[key] = variable
        self.texts[key] = text

    def _fault(self, variable: str, key: Key, reason: str) -> None:
        self.faults.append(Fault(file=variable, line=None, field=spelled(key), reason=reason))


def _matching(part: str, table: Mapping[str, object]) -> str:
    plain = part.casefold().replace("-", "_")
    for name in table:
        if name.casefold().replace("-", "_") == plain:
            return name
    return part.lower()


def _parsed(text: str) -> object:
    """The TOML value that the text is, else the text."""
    try:
        document = tomllib.loads(f"value = {text}")
    except (tomllib.TOMLDecodeError, RecursionError):
        return text
    return document["value"] if len(document) == 1 else text
