"""Reads a configuration file: `load` gives the settings, or every fault of them at once.

Called by the command line, and again by the running monitor when it is told to reload; what it
gives is handed down in parts. Zone files are read here, but parsed by who knows zones: the
monitor's check, which adds its faults through `Loaded.fault`.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from config import actions, checks, cities, rulebooks
from config.environment import Overlay
from config.faults import ConfigError, Fault, Key, Places, nearest, ordered
from config.findings import Findings
from config.lines import key_lines
from config.reader import Reader
from config.schema import Settings
from config.secret import Secret

_AT_LINE: Final = re.compile(r"(.*) \(at line (\d+), column (\d+)\)")


class ZoneFile(Struct, frozen=True):
    """A city's zone file, read and not yet parsed."""

    path: Path
    data: bytes


class Loaded(Struct, frozen=True, kw_only=True):
    """Settings that can be used, and where they came from."""

    settings: Settings
    places: Places
    warnings: tuple[Fault, ...]
    zone_files: Mapping[str, ZoneFile]  # by the slugs of the cities that have one

    def fault(self, key: Key, reason: str) -> Fault:
        """A fault found later, such as in a zone file: `fault(("cities", "riga", "zones"), …)`."""
        return self.places.fault(key, reason)

    def resolve(self, path: str) -> Path:
        """A path of the settings, which are relative to the configuration file.

        Absolute, for it is told to processes that do not stand in our folder.
        """
        return self.places.file.parent.absolute() / path


def load(path: Path, env: Mapping[str, str], *, city_required: bool = True) -> Loaded:
    """The configuration in `path`, with the variables of `env` laid over it.

    Raises `ConfigError` with every fault found, in the file's order. `city_required=False` lets
    pass what watches no city.
    """
    text = _text(path)
    document, lines = _parsed(path, text)
    overlay = Overlay(document)
    overlay.apply(env)
    places = Places(file=path, lines=lines, variables=overlay.variables)
    reader = Reader(places, overlay.texts, lambda raw: read_secret(raw, path.parent, env))
    settings = reader.document(Settings, document)
    findings = Findings(places, reader.bad)
    if city_required and not settings.cities and not document.get("cities"):
        findings.fault((), "no city is configured: [cities.NAME] with timezone and zones is needed")
    checks.check(settings, path.parent, findings)
    cities.check(settings, findings)
    rulebooks.check(settings, findings)
    actions.check(settings, findings)
    zone_files = _zone_files(settings, path.parent, findings)
    faults = ordered([*overlay.faults, *reader.faults, *findings.faults])
    if faults:
        raise ConfigError(faults)
    settings = replace(settings, rules=rulebooks.without_defaults(settings.rules))
    return Loaded(
        settings=settings,
        places=places,
        warnings=tuple(ordered(findings.warnings)),
        zone_files=zone_files,
    )


def read_secret(raw: object, base: Path, env: Mapping[str, str]) -> Secret:
    """A secret given plainly, as `{env = "NAME"}` or as `{file = "path"}` (its last newline cut).

    Raises ValueError with the reason, which never quotes the secret.
    """
    if isinstance(raw, str):
        if not raw:
            raise ValueError("must not be empty")
        return Secret(raw)
    if not isinstance(raw, dict):
        raise ValueError('must be text, { env = "NAME" } or { file = "path" }')
    if len(raw) != 1 or not raw.keys() <= {"env", "file"}:
        hint = next((nearest(str(name), ("env", "file")) for name in raw), "")
        raise ValueError(f'must be {{ env = "NAME" }} or {{ file = "path" }}{hint}')
    ((source, name),) = raw.items()
    if not isinstance(name, str) or not name:
        raise ValueError(f"{source} must be text")
    if source == "env":
        if not env.get(name):
            raise ValueError(f"the variable {name} is not set")
        return Secret(env[name])
    try:
        text = (base / name).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ValueError(f"{base / name} cannot be read: {_why(error)}") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise ValueError(f"{base / name} is empty")
    return Secret(text)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except (OSError, ValueError) as error:
        raise ConfigError([_whole(path, f"cannot be read: {_why(error)}")]) from None


def _parsed(path: Path, text: str) -> tuple[dict[str, object], dict[Key, int]]:
    try:
        return tomllib.loads(text), key_lines(text)
    except tomllib.TOMLDecodeError as error:
        reason, line = str(error), None
        found = _AT_LINE.fullmatch(reason)
        if found:
            reason, line = f"{found[1]} (column {found[3]})", int(found[2])
        elif "end of document" in reason:
            line = text.count("\n") + 1
        fault = Fault(file=str(path), line=line, field="", reason=f"not TOML: {reason}")
        raise ConfigError([fault]) from None
    except RecursionError:
        raise ConfigError([_whole(path, "not usable: nested too deeply")]) from None


def _zone_files(settings: Settings, base: Path, findings: Findings) -> dict[str, ZoneFile]:
    found: dict[str, ZoneFile] = {}
    for slug, city in settings.cities.items():
        if city.zones is None:
            continue
        file = base / city.zones
        try:
            found[slug] = ZoneFile(file, file.read_bytes())
        except (OSError, ValueError) as error:
            findings.fault(("cities", slug, "zones"), f"{file} cannot be read: {_why(error)}")
    return found


def _whole(path: Path, reason: str) -> Fault:
    return Fault(file=str(path), line=None, field="", reason=reason)


def _why(error: OSError | ValueError) -> str:
    """`No such file or directory`; for bytes that are no text, where."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8 (byte {error.start})"
    return str(error)
