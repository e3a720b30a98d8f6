"""Each city's rule book, built from what the file overrides, and what must hold in it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, get_args

from msgspec import Struct

from alerts.rulebook import Layer, Overrides, RuleBook, ScopeKind
from alerts.rules import RULES, SUBJECTS, RuleSet, SubjectKind
from config.cities import city_profiles, time_zone
from config.city import CitySettings, ScopeSettings
from config.faults import Key
from config.fields import RuleTables
from config.findings import Findings
from config.schema import Settings

KINDS: Final[tuple[ScopeKind, ...]] = get_args(ScopeKind)
# What a zone, venue or client of its own can change: the subjects that belong to one.
REACHES: Final[Mapping[ScopeKind, tuple[SubjectKind, ...]]] = {
    "zone": ("zone", "order", "venue", "courier"),
    "venue": ("order", "venue"),
    "client": ("order", "venue"),
}
DEFAULTS: Final = RuleSet()


class Table(Struct, frozen=True):
    """Overrides and where they stand."""

    key: Key
    rules: Overrides


def rulebook(settings: Settings, slug: str) -> RuleBook:
    """The rules of one city of checked settings."""
    city = settings.cities[slug]
    tz = time_zone(city.timezone)
    if tz is None:
        raise ValueError(f"unknown time zone {city.timezone}")
    return RuleBook(
        tz=tz,
        profiles=city_profiles(settings, city),
        everywhere=Layer(
            rules=settings.rules,
            profiles={name: profile.rules for name, profile in settings.profiles.items()},
        ),
        city=Layer(
            rules=city.rules,
            profiles={name: profile.rules for name, profile in city.profiles.items()},
        ),
        zones={key: _layer(scope) for key, scope in city.zone.items()},
        venues={key: _layer(scope) for key, scope in city.venue.items()},
        clients={key: _layer(scope) for key, scope in city.client.items()},
    )


def without_defaults(rules: RuleTables) -> RuleTables:
    """The outermost overrides less those that only repeat a default, which change nothing."""
    kept = {
        rule: {
            field: value
            for field, value in table.items()
            if value != getattr(getattr(DEFAULTS, rule), field)
        }
        for rule, table in rules.items()
    }
    return RuleTables({rule: table for rule, table in kept.items() if table})


def check(settings: Settings, findings: Findings) -> None:
    """All checks of this file.

    A threshold that clears must not be beyond the one that raises, in no layer at no time (a zone
    together with a venue or client of its own aside, for they need not meet): the alert would
    clear while its breach holds. Equal is allowed: there is then no hysteresis.
    """
    seen: set[tuple[Key, str]] = set()  # so that no pair is told of again further in
    for chain in _chains(settings):
        _thresholds(chain, seen, findings)
    for slug, city in settings.cities.items():
        _reach(("cities", slug), city, findings)


def _layer(scope: ScopeSettings) -> Layer:
    return Layer(
        rules=scope.rules,
        profiles={name: profile.rules for name, profile in scope.profiles.items()},
    )


def _chains(settings: Settings) -> Iterator[list[Table]]:
    """Every stack of tables that may hold together, outermost first: always, and per profile."""
    for profile in (None, *settings.profiles):
        yield _wide(settings, profile)
    for slug, city in settings.cities.items():
        names = dict.fromkeys([*settings.profiles, *city.profiles])
        key: Key = ("cities", slug)
        for profile in (None, *names):
            own = [*_wide(settings, profile), Table((*key, "rules"), city.rules)]
            if profile in city.profiles:
                place: Key = (*key, "profiles", profile, "rules")
                own.append(Table(place, city.profiles[profile].rules))
            yield own
            for kind in KINDS:
                scopes: Mapping[str, ScopeSettings] = getattr(city, kind)
                for scope_id, scope in scopes.items():
                    yield [*own, *_narrow((*key, kind, scope_id), scope, profile)]


def _wide(settings: Settings, profile: str | None) -> list[Table]:
    found = [Table(("rules",), settings.rules)]
    if profile in settings.profiles:
        found.append(Table(("profiles", profile, "rules"), settings.profiles[profile].rules))
    return found


def _narrow(key: Key, scope: ScopeSettings, profile: str | None) -> list[Table]:
    found = [Table((*key, "rules"), scope.rules)]
    if profile in scope.profiles:
        found.append(Table((*key, "profiles", profile, "rules"), scope.profiles[profile].rules))
    return found


def _thresholds(chain: list[Table], seen: set[tuple[Key, str]], findings: Findings) -> None:
    for rule in RULES:
        touching = [table for table in chain if table.rules.get(rule)]
        if not touching:
            continue
        for low_name, high_name, tell in _pairs(rule, findings):
            low, low_key = _setting(rule, low_name, touching)
            high, high_key = _setting(rule, high_name, touching)
            # Blame the later of the two: that is where the earlier one was overlooked.
            key = _later(low_key, high_key, touching)
            if key is None or low <= high or (key, low_name) in seen:
                continue
            seen.add((key, low_name))
            tell(
                key,
                f"{low_name} ({low:g}{_origin(low_key)}) is above "
                f"{high_name} ({high:g}{_origin(high_key)})",
            )


def _pairs(rule: str, findings: Findings) -> Iterator[tuple[str, str, Callable[[Key, str], None]]]:
    """What must not be above what in a rule, by the names of its fields, and how it is told.

    A critical step below the ordinary one is odd, but has a meaning: then it is all that is seen.
    """
    for name in getattr(DEFAULTS, rule).__struct_fields__:
        if "_clear" in name:
            yield name, name.replace("_clear", "_raise"), findings.fault
        elif name.startswith("critical_") and "_raise" in name:
            yield name.removeprefix("critical_"), name, findings.warn


def _setting(rule: str, name: str, tables: list[Table]) -> tuple[float, Key | None]:
    """A threshold and where it is set; None for its default."""
    value: float = getattr(getattr(DEFAULTS, rule), name)
    key: Key | None = None
    for table in tables:
        found = table.rules[rule].get(name)
        if isinstance(found, int | float):
            value, key = found, (*table.key, rule, name)
    return value, key


def _later(one: Key | None, other: Key | None, tables: list[Table]) -> Key | None:
    if one is None or other is None:
        return one or other
    order = [table.key for table in tables]
    return one if order.index(one[:-2]) > order.index(other[:-2]) else other


def _origin(key: Key | None) -> str:
    return ", the default" if key is None else ""


def _reach(key: Key, city: CitySettings, findings: Findings) -> None:
    """Warn of overrides that no subject can ever have."""
    for kind in KINDS:
        scopes: Mapping[str, ScopeSettings] = getattr(city, kind)
        for scope_id, scope in scopes.items():
            place: Key = (*key, kind, scope_id)
            for table in (Table((*place, "rules"), scope.rules), *_timed(place, scope)):
                for rule in table.rules:
                    if SUBJECTS[rule] not in REACHES[kind]:
                        findings.warn(
                            (*table.key, rule),
                            f"has no effect: {rule} is judged per {SUBJECTS[rule]}, "
                            f"which belongs to no {kind}",
                        )


def _timed(key: Key, scope: ScopeSettings) -> list[Table]:
    return [
        Table((*key, "profiles", name, "rules"), profile.rules)
        for name, profile in scope.profiles.items()
    ]
