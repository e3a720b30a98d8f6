"""The reference page and the file of defaults, generated from the settings' structs.

`docs/configuration.md` and `config/default.toml` are what these functions return; a test fails
when they are not. `python -m config.reference` writes them anew.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final, get_args, get_origin

from msgspec import NODEFAULT, Struct
from msgspec.structs import FieldInfo, fields

from alerts.remedies.settings import ActionSettings, NoticeSettings, PauseSettings, PushSettings
from alerts.rules import RULES, SUBJECTS, Rule, RuleSet
from config.city import (
    CityProfileSettings,
    CitySettings,
    HexagonSettings,
    ProfileSettings,
    ScopeProfileSettings,
    ScopeSettings,
)
from config.edges import BrokerSettings, HttpLimits, HttpSettings, SourceSettings, TokenSettings
from config.fields import ActionTables, RuleTables
from config.guide import EXAMPLES, GUIDE, PAGE_TITLE, RULES_GUIDE
from config.map import MapSettings
from config.schema import EngineSettings, RetentionSettings, StreamSettings
from config.secret import Secret
from config.store import RecordingSettings, StoreSettings
from config.targets import TargetSettings
from config.wording import KINDS, bare, bounds, choices, description, form, lengths
from ws.limits import Limits

ROOT: Final = Path(__file__).parent.parent
PAGE: Final = ROOT / "docs" / "configuration.md"
DEFAULT_TOML: Final = ROOT / "config" / "default.toml"
WIDTH: Final = 96

UNITS: Final = {
    "_s": "seconds",
    "_ms": "milliseconds",
    "_min": "minutes",
    "_m": "metres",
    "_bytes": "bytes",
    "_kmh": "km/h",
}
# A rate: its last letters are no unit.
RATES: Final = ("_per_s", "_per_min")

TABLES: Final[dict[str, type[Struct]]] = {
    "http": HttpSettings,
    "http.limits": HttpLimits,
    "stream": StreamSettings,
    "stream.limits": Limits,
    "map": MapSettings,
    "broker": BrokerSettings,
    "engine": EngineSettings,
    "retention": RetentionSettings,
    "store": StoreSettings,
    "recording": RecordingSettings,
    "actions": ActionSettings,
    "actions.push_couriers": PushSettings,
    "actions.pause_venue": PauseSettings,
    "actions.warn_support": NoticeSettings,
    "actions.page_on_call": NoticeSettings,
}
NAMED: Final[dict[str, type[Struct]]] = {
    "cities.CITY": CitySettings,
    "cities.CITY.hexagons": HexagonSettings,
    "cities.CITY.zone.ID, .venue.ID, .client.ID": ScopeSettings,
    "cities.CITY.zone.ID.profiles.NAME": ScopeProfileSettings,
    "profiles.NAME": ProfileSettings,
    "cities.CITY.profiles.NAME": CityProfileSettings,
    **{f"sources.NAME (type {cls.__struct_config__.tag})": cls for cls in get_args(SourceSettings)},
    **{f"targets.NAME (type {cls.__struct_config__.tag})": cls for cls in get_args(TargetSettings)},
    "tokens.NAME": TokenSettings,
}
# Where the docstring speaks to the caller rather than to who configures.
SUMMARIES: Final = {"stream.limits": "The bounds of the stream, and what happens when one is hit."}
_INHERITED: Final = {field.name: field for field in fields(Rule)}


def configuration_md() -> str:
    """The page `docs/configuration.md`."""
    names: dict[type[Struct], list[str]] = {}
    for name, cls in {**NAMED, **TABLES}.items():
        names.setdefault(cls, []).append(name)
    sections = [_section(alike, cls) for cls, alike in names.items()]
    rules = ",\n".join(f"[`{rule}`](rules.md#{rule})" for rule in RULES)
    return "\n".join([PAGE_TITLE, GUIDE, *sections, f"{RULES_GUIDE}{rules}.\n"])


def default_toml() -> str:
    """The file `config/default.toml`: every setting that has a default, set to it."""
    parts = [EXAMPLES]
    for name, cls in TABLES.items():
        parts.append(_toml_table(name, cls))
    parts += [_toml_table(f"rules.{rule}", _rule(rule)) for rule in RULES]
    return "\n".join(parts)


def _rule(name: str) -> type[Struct]:
    found: type[Struct] = next(f.type for f in fields(RuleSet) if f.name == name)
    return found


def _section(names: list[str], cls: type[Struct]) -> str:
    """One table of settings, under every name that has just these; what is required first."""
    lines = [f"## `[{']`, `['.join(names)}]`", "", _summary(names[0], cls), ""]
    lines += ["| setting | what it is | unit or range | default |", "|---|---|---|---|"]
    tag = cls.__struct_config__.tag
    if tag is not None:
        tag_field = cls.__struct_config__.tag_field
        lines.append(f"| `{tag_field}` | What kind it is. | `{tag}` | required |")
    for field in sorted(fields(cls), key=lambda field: not field.required):
        if _is_table(field):
            continue
        cells = [f"`{field.encode_name}`", meaning(field), wants(field), _default(field)]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join([*lines, ""])


def _summary(name: str, cls: type[Struct]) -> str:
    text = SUMMARIES.get(name, " ".join((cls.__doc__ or "").split()))
    rule = name.removeprefix("rules.")
    return f"{text} Judged per {SUBJECTS[rule]}." if rule in SUBJECTS else text


def meaning(field: FieldInfo) -> str:
    """What a field means; where a rule only changes a default, what it means in every rule."""
    text = description(bare(field.type)[1])
    if not text and field.name in _INHERITED:
        text = description(bare(_INHERITED[field.name].type)[1])
    return text


def wants(field: FieldInfo) -> str:
    """The unit, range, form or choices of a field."""
    inner, metas = bare(field.type)
    if inner is Secret:
        return "secret"
    if inner is RuleTables:
        return "tables by rule"
    if inner is ActionTables:
        return "tables as `[actions]`"
    if choices(inner):
        return ", ".join(f"`{choice}`" for choice in choices(inner))
    if get_origin(inner) is tuple:
        first, element_metas = bare(get_args(inner)[0])
        if get_origin(first) is tuple:
            return "list of lists of text"
        return f"list; each {form(element_metas) or KINDS[first]}"
    if inner is bool:
        return "`true`, `false`"
    if inner is str:
        return form(metas) or ", ".join(part for part in ("text", lengths(metas)) if part)
    return ", ".join(part for part in (_unit(field.name), bounds(metas)) if part)


def _unit(name: str) -> str:
    if name.endswith(RATES):
        return ""
    return next((unit for end, unit in UNITS.items() if name.endswith(end)), "")


def _is_table(field: FieldInfo) -> bool:
    """Whether a field is a table that has a section of its own."""
    inner, _ = bare(field.type)
    is_struct = isinstance(inner, type) and issubclass(inner, Struct)
    return is_struct or get_origin(inner) is dict


def _value(field: FieldInfo) -> object:
    return field.default_factory() if field.default is NODEFAULT else field.default


def _default(field: FieldInfo) -> str:
    if field.required:
        return "required"
    value = _value(field)
    return "" if value is None or value == {} else f"`{_toml(value)}`"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value:_}" if value >= 100_000 else str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    if isinstance(value, tuple):
        return f"[{', '.join(_toml(element) for element in value)}]"
    return json.dumps(value)


def _toml_table(name: str, cls: type[Struct]) -> str:
    lines = [*_comment(_summary(name, cls)), f"[{name}]"]
    for field in fields(cls):
        if _is_table(field):
            continue
        wanted = wants(field).replace("`", "")
        lines += _comment(f"{meaning(field)} ({wanted})" if wanted else meaning(field))
        value = _value(field)
        unset = value is None
        lines.append(
            f"# {field.encode_name} =" if unset else f"{field.encode_name} = {_toml(value)}"
        )
    return "\n".join([*lines, ""])


def _comment(text: str) -> Iterator[str]:
    """The text as comment lines."""
    line = "#"
    for word in text.split():
        if len(line) + 1 + len(word) > WIDTH:
            yield line
            line = "#"
        line += f" {word}"
    yield line


def write() -> None:
    """Write both files anew."""
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(configuration_md(), encoding="utf-8")
    DEFAULT_TOML.write_text(default_toml(), encoding="utf-8")


if __name__ == "__main__":
    write()
