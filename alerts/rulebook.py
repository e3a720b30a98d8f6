"""One city's rules: the defaults with every override laid over them, for one subject at one time.

`config` builds a `RuleBook` from overrides that it has validated; the core asks it. Nothing here
reads a file or knows TOML. Which windows of the week hold is answered by `profiles.py`.

From the outside in, each layer laid over the ones before it:

    defaults < everywhere < its profiles < city < its profiles
             < zone < its profiles < venue < its profiles < client < its profiles

so that what is said of the narrower subject always wins, and within one layer what is said of the
time of day. Where two profiles hold at once, the one declared later wins.
"""

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Final, Literal
from zoneinfo import ZoneInfo

from msgspec import Struct, msgpack
from msgspec.structs import replace

from alerts.profiles import Profile, active, next_change_ms
from alerts.rules import RULES, Rule, RuleSet

Setting = bool | int | float | str
Overrides = Mapping[str, Mapping[str, Setting]]  # rule → field → value
ScopeKind = Literal["zone", "venue", "client"]

# Distinct combinations of overridden zone, venue, client and time kept merged. A city needs as
# many as it has overridden venues times its profiles; past the limit all are forgotten and merged
# anew, which costs microseconds each and changes nothing.
MERGED_MAX: Final = 65_536

DEFAULTS: Final = RuleSet()


class Layer(Struct, frozen=True, kw_only=True):
    """What one place of the configuration overrides: always, and while a profile holds."""

    rules: Overrides = {}
    profiles: Mapping[str, Overrides] = {}

    def is_empty(self) -> bool:
        """Whether it changes nothing at any time."""
        return not any(self.rules.values()) and not any(
            any(overrides.values()) for overrides in self.profiles.values()
        )


class RuleBook:
    """The rules of one city. Equal questions get the very same object as their answer.

    With no overrides at all every question gets one shared `RuleSet`, so that callers may compare
    by identity and judge all subjects in one go. A rule that two answers agree on is one object in
    both.
    """

    def __init__(
        self,
        *,
        tz: ZoneInfo,
        profiles: tuple[Profile, ...] = (),
        everywhere: Layer | None = None,
        city: Layer | None = None,
        zones: Mapping[str, Layer] | None = None,
        venues: Mapping[str, Layer] | None = None,
        clients: Mapping[str, Layer] | None = None,
    ) -> None:
        """Take validated overrides; scopes are keyed by zone, venue and client id."""
        self.tz = tz
        self.profiles = profiles
        self._wide = tuple(layer for layer in (everywhere, city) if layer and not layer.is_empty())
        self._scopes: dict[ScopeKind, dict[str, Layer]] = {
            "zone": _kept(zones),
            "venue": _kept(venues),
            "client": _kept(clients),
        }
        layers = [*self._wide, *(one for kept in self._scopes.values() for one in kept.values())]
        timed = {name for layer in layers for name, rules in layer.profiles.items() if rules}
        self._timed = tuple(profile.name for profile in profiles if profile.name in timed)
        self._merged: dict[tuple[object, ...], RuleSet] = {}
        # One object for each distinct rule and set, the defaults being the first.
        self._one: dict[Rule, Rule] = {rule: rule for rule in _each(DEFAULTS)}
        self._one_set: dict[RuleSet, RuleSet] = {DEFAULTS: DEFAULTS}

    def active(self, now_ms: int) -> tuple[str, ...]:
        """The profiles that hold now, for `rules_for`."""
        return active(self.profiles, now_ms, self.tz)

    def next_change_ms(self, now_ms: int) -> int | None:
        """When `active` next answers something else; None if never."""
        return next_change_ms(self.profiles, now_ms, self.tz)

    def fingerprint(self) -> str:
        """The same for books that answer every question alike, and were written alike."""
        told = (DEFAULTS, str(self.tz), self.profiles, self._wide, self._scopes)
        return blake2b(msgpack.encode(told, enc_hook=dict), digest_size=16).hexdigest()

    def has_overrides(self, kind: ScopeKind) -> bool:
        """Whether any zone, venue or client has rules of its own."""
        return bool(self._scopes[kind])

    def overridden(self, kind: ScopeKind) -> tuple[str, ...]:
        """The ids that have rules of their own, in the order of the configuration."""
        return tuple(self._scopes[kind])

    def rules_for(
        self,
        zone_id: str | None = None,
        venue_id: str | None = None,
        client_id: str | None = None,
        active: tuple[str, ...] = (),
    ) -> RuleSet:
        """All rules as they hold for a subject in that zone, of that venue and client.

        `active` are the profiles that hold (from `active()`); the order does not matter and names
        that change nothing are ignored. Ids without overrides are answered as if None.
        """
        scopes = self._scopes
        zone = scopes["zone"].get(zone_id) if zone_id is not None else None
        venue = scopes["venue"].get(venue_id) if venue_id is not None else None
        client = scopes["client"].get(client_id) if client_id is not None else None
        holding = tuple(name for name in self._timed if name in active) if active else ()
        key = (
            None if zone is None else zone_id,
            None if venue is None else venue_id,
            None if client is None else client_id,
            holding,
        )
        found = self._merged.get(key)
        if found is None:
            narrow = tuple(layer for layer in (zone, venue, client) if layer is not None)
            found = self._merge((*self._wide, *narrow), holding)
            if len(self._merged) >= MERGED_MAX:
                self._merged.clear()
            self._merged[key] = found
        return found

    def _merge(self, layers: tuple[Layer, ...], holding: tuple[str, ...]) -> RuleSet:
        """The defaults with the layers over them, made of shared objects where equal."""
        changes: dict[str, dict[str, Setting]] = {}
        for overrides in _in_order(layers, holding):
            for rule, fields in overrides.items():
                changes.setdefault(rule, {}).update(fields)
        merged: dict[str, Rule] = {}
        for rule, fields in changes.items():
            # A generic replace knows nothing of the field types; config has validated them.
            changed: Rule = replace(getattr(DEFAULTS, rule), **fields)
            merged[rule] = self._one.setdefault(changed, changed)
        whole = replace(DEFAULTS, **merged)
        return self._one_set.setdefault(whole, whole)


def _in_order(layers: tuple[Layer, ...], holding: tuple[str, ...]) -> Iterator[Overrides]:
    for layer in layers:
        yield layer.rules
        for name in holding:
            if name in layer.profiles:
                yield layer.profiles[name]


def _each(rules: RuleSet) -> Iterator[Rule]:
    return (getattr(rules, name) for name in RULES)


def _kept(scopes: Mapping[str, Layer] | None) -> dict[str, Layer]:
    return {key: layer for key, layer in (scopes or {}).items() if not layer.is_empty()}
