"""What is wrong with a configuration, and where: one line a fault.

Made by the other files of this package, and by `monitor`'s check for what only it can judge (the
zone files' contents).
"""

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct

Key = tuple[str | int, ...]  # where a value stands: ("cities", "riga", "timezone")


class Fault(Struct, frozen=True, kw_only=True):
    """One thing that is wrong."""

    file: str  # the file as the user named it, or the environment variable
    line: int | None  # counted from 1; None where there is no one line
    field: str  # "cities.riga.timezone"; empty for the file as a whole
    reason: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return ": ".join(part for part in (place, self.field, self.reason) if part)


class ConfigError(Exception):
    """The configuration cannot be used; `faults` holds every reason, in the file's order."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class Places(Struct, frozen=True, kw_only=True):
    """Where every value came from: lines of the file, names of environment variables."""

    file: Path
    lines: Mapping[Key, int] = {}
    variables: Mapping[Key, str] = {}

    def fault(self, key: Key, reason: str) -> Fault:
        """A fault at `key`: its variable, else its line, else the line of the nearest table."""
        field = spelled(key)
        for end in range(len(key), 0, -1):
            variable = self.variables.get(key[:end])
            if variable is not None:
                return Fault(file=variable, line=None, field=field, reason=reason)
            line = self.lines.get(key[:end])
            if line is not None:
                return Fault(file=str(self.file), line=line, field=field, reason=reason)
        return Fault(file=str(self.file), line=None, field=field, reason=reason)


def spelled(key: Key) -> str:
    """A key as one would write it: `cities.riga.zone."Old town".rules`, `tokens[0]`."""
    text = ""
    for part in key:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            bare = part.replace("-", "").replace("_", "")
            name = part if bare.isascii() and bare.isalnum() else f'"{part}"'
            text += f".{name}" if text else name
    return text


def nearest(word: str, known: Iterable[str]) -> str:
    """`, did you mean "port"?` for a word that is close to a known one, else nothing."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f', did you mean "{found[0]}"?' if found else ""


def ordered(faults: Iterable[Fault]) -> list[Fault]:
    """Without repeats, as one reads the file; what has no line stands last."""
    return sorted(
        dict.fromkeys(faults), key=lambda fault: (fault.line is None, fault.line or 0, fault.file)
    )
