"""The generated parts of hand-written pages: between two marker comments, all else stays.

A part named `x` stands between `<!-- generated: x -->` and `<!-- end: x -->`. Drawn here: the life
cycles from their tables, the rules' defaults, what a rule reads and what explains it, what may
hinder an action.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, get_args

from msgspec import NODEFAULT, Struct
from msgspec.structs import FieldInfo, fields

from alerts.action import ENDED, Hindrance
from alerts.action import TABLE as ACTION_TABLE
from alerts.lifecycle import TABLE, State
from alerts.mute import EXPLAINS
from alerts.rules import READS, RULES, SUBJECTS, Rule, RuleSet
from config.reference import meaning, wants
from monitor.core.actions.doing_words import HINDERED

_PART: Final = re.compile(
    r"(<!-- generated: (?P<name>\S+) -->\n).*?(<!-- end: (?P=name) -->)", re.DOTALL
)
_COMMON: Final = frozenset(field.name for field in fields(Rule))


class PageError(ValueError):
    """A page asks for a part that nobody generates."""


def filled(page: str, parts: Mapping[str, str]) -> str:
    """The page with every marked part replaced; raises PageError for a name not in `parts`."""

    def part(match: re.Match[str]) -> str:
        name = match["name"]
        if name not in parts:
            raise PageError(f"no part {name!r} is generated; there are {', '.join(parts)}")
        return f"{match[1]}{parts[name]}\n{match[3]}"

    return _PART.sub(part, page)


def names_in(page: str) -> list[str]:
    """The parts that a page asks for, in its order."""
    return [match["name"] for match in _PART.finditer(page)]


def parts() -> dict[str, str]:
    """Every part by its name."""
    return {
        "lifecycle": lifecycle(),
        "explains": explains(),
        "action-life": action_life(),
        "hindrances": hindrances(),
        "rules": overview(),
        **{f"rule-{name}": defaults_of(name) for name in RULES},
    }


def lifecycle() -> str:
    """The table of `alerts.lifecycle` as a mermaid state diagram."""
    moves: dict[tuple[State, State], list[str]] = {}
    for (before, signal), after in TABLE.items():
        moves.setdefault((before, after), []).append(signal.value)
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {State.INACTIVE.value}"]
    for (before, after), signals in moves.items():
        lines.append(f"    {before.value} --> {after.value}: {', '.join(signals)}")
    lines.append(f"    {State.RESOLVED.value} --> [*]")
    return "\n".join([*lines, "```"])


def action_life() -> str:
    """The table of `alerts.action` as a mermaid state diagram."""
    moves: dict[tuple[str, str], list[str]] = {}
    for (before, happening), after in ACTION_TABLE.items():
        moves.setdefault((before, after), []).append(happening)
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [f"    [*] --> {state}" for state in ("proposed", "approved")]
    lines += [
        f"    {before} --> {after}: {', '.join(what)}" for (before, after), what in moves.items()
    ]
    lines += [f"    {state} --> [*]" for state in sorted(ENDED)]
    return "\n".join([*lines, "```"])


def hindrances() -> str:
    """Every named reason for which an action is not taken, and how an order's story tells it."""
    rows = [(f"`{name}`", HINDERED[name]) for name in get_args(Hindrance)]
    return _table(("reason", "as an order's story tells it"), rows)


def explains() -> str:
    """Which alert inhibits the alerts of which rules."""
    rows = [
        (f"`{rule}`" + (f" of `{subject}`" if subject else ""), _listed(sorted(explained)))
        for (rule, subject), explained in EXPLAINS.items()
    ]
    return _table(("while this fires", "these are inhibited"), rows)


def overview() -> str:
    """All rules in one table."""
    rows = []
    for name in RULES:
        defaults = {field.name: field.default for field in fields(_rule(name))}
        severity = str(defaults["severity"])
        if "critical_for_s" in defaults:
            severity += ", critical"
        rows.append(
            (
                f"[`{name}`](#{name})",
                SUBJECTS[name],
                severity,
                f"{defaults['for_s']:g} s",
                f"`{defaults['action']}`",
                _listed(READS[name]) or "nothing",
            )
        )
    return _table(("rule", "judged per", "severity", "for", "action", "reads"), rows)


def defaults_of(name: str) -> str:
    """The settings of one rule; of those that every rule has, only what it sets itself."""
    common = {field.name: field.default for field in fields(Rule)}
    rows = [
        (f"`{field.name}`", meaning(field), wants(field), _shown(field))
        for field in fields(_rule(name))
        if field.name not in _COMMON or field.default != common[field.name]
    ]
    if not rows:
        return "It has only the settings that every rule has."
    return _table(("setting", "what it is", "unit or range", "default"), rows)


def _rule(name: str) -> type[Struct]:
    found: type[Struct] = next(field.type for field in fields(RuleSet) if field.name == name)
    return found


def _shown(field: FieldInfo) -> str:
    assert field.default is not NODEFAULT, f"{field.name} has no default"
    value = field.default
    if isinstance(value, str):
        return f'`"{value}"`'
    return f"`{str(value).lower() if isinstance(value, bool) else format(value, 'g')}`"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(_lines(head, rows))


def _lines(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
