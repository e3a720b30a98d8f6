"""Each city's bounds of actions, built from what the file overrides, and what must hold in them."""

from collections.abc import Collection, Iterable

from msgspec.structs import asdict, replace

from alerts.remedies.settings import ActionSettings
from config.faults import Key, nearest
from config.findings import Findings
from config.schema import Settings


def actions_of(settings: Settings, slug: str) -> ActionSettings:
    """How far actions may go in a city: `[actions]` with the city's own fields laid over it."""
    whole = settings.actions
    for name, value in settings.cities[slug].actions.items():
        if isinstance(value, dict):
            value = replace(getattr(whole, name), **value)
        whole = replace(whole, **{name: value})
    return whole


def check(settings: Settings, findings: Findings) -> None:
    """Every target that is named must be there."""
    known = settings.targets
    whole = {
        name: asdict(kind) for name, kind in asdict(settings.actions).items() if name != "dry_run"
    }
    _check(whole, ("actions",), known, findings)
    for slug, city in settings.cities.items():
        _check(city.actions, ("cities", slug, "actions"), known, findings)


def _check(
    kinds: dict[str, dict[str, object]], key: Key, known: Collection[str], findings: Findings
) -> None:
    for kind, fields in kinds.items():
        if isinstance(fields, dict):
            for field in ("targets", "levels"):
                for name in _names(fields.get(field, ())):
                    if name not in known and not findings.refused(("targets", name)):
                        words = f"there is no [targets.{name}]{nearest(name, known)}"
                        findings.fault((*key, kind, field), words)


def _names(value: object) -> Iterable[str]:
    """The names in a list, or in a list of lists."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _names(part)
