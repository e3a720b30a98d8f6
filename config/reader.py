"""Fills the settings' structs from a TOML document and notes every fault on the way.

msgspec stops at the first fault it meets, so tables are walked here and msgspec only converts the
single values. What belongs together across tables is checked by `checks` and `rulebooks`.
"""

import math
from collections.abc import Callable, Mapping
from types import UnionType
from typing import Any, Final, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import FieldInfo, fields

from alerts.remedies.settings import ActionSettings
from alerts.rules import RULES, RuleSet
from config.faults import Fault, Key, Places, nearest
from config.fields import ActionTables, RuleTables
from config.secret import Secret
from config.wording import bare, choices, wrong

T = TypeVar("T", bound=Struct)
INVALID: Final = object()  # stands for a value that has a fault
SecretReader = Callable[[object], Secret]  # raises ValueError with the reason

_RULE_TYPES: Final[Mapping[str, type[Struct]]] = {
    field.name: field.type for field in fields(RuleSet)
}


class Reader:
    """Reads one document. `faults` grows; `bad` holds the keys that have one."""

    def __init__(self, places: Places, texts: Mapping[Key, str], read_secret: SecretReader) -> None:
        """`texts` are the values set by environment variables, as they were written there."""
        self.places = places
        self.texts = texts
        self.read_secret = read_secret
        self.faults: list[Fault] = []
        self.bad: set[Key] = set()

    def fault(self, key: Key, reason: str) -> object:
        """Note a fault; answers `INVALID`."""
        self.bad.add(key)
        self.faults.append(self.places.fault(key, reason))
        return INVALID

    def document(self, cls: type[T], raw: Mapping[str, object]) -> T:
        """The whole document. Where a value has a fault, its default stands in for it."""
        found = self._table(cls, raw, ())
        return found if isinstance(found, cls) else cls()

    def _value(self, annotation: object, raw: object, key: Key) -> object:
        inner, metas = bare(annotation)
        if inner is Secret:
            return self._secret(raw, key)
        if inner is RuleTables:
            return self._rules(raw, key)
        if isinstance(inner, type) and issubclass(inner, Struct):
            return self._struct((inner,), raw, key)
        if inner is ActionTables:
            return self._overrides(ActionSettings, raw, key)
        origin = get_origin(inner)
        if origin in (Union, UnionType):
            return self._struct(get_args(inner), raw, key)
        if origin is dict:
            return self._mapping(inner, raw, key)
        if origin is tuple:
            return self._list(inner, metas, raw, key)
        return self._single(annotation, raw, key)

    def _struct(self, classes: tuple[type[Struct], ...], raw: object, key: Key) -> object:
        """A table, of the one class there is or of the one that its tag names."""
        if not isinstance(raw, dict):
            return self.fault(key, "must be a table")
        tag_field = classes[0].__struct_config__.tag_field
        if tag_field is None:
            return self._table(classes[0], raw, key)
        tags = {str(cls.__struct_config__.tag): cls for cls in classes}
        if tag_field not in raw:
            return self.fault(key, f"{tag_field} is missing (one of {', '.join(tags)})")
        tag = raw[tag_field]
        if not isinstance(tag, str) or tag not in tags:
            hint = nearest(tag, tags) if isinstance(tag, str) else ""
            known = ", ".join(tags)
            return self.fault((*key, tag_field), f'"{tag}" is not one of {known}{hint}')
        rest = {name: value for name, value in raw.items() if name != tag_field}
        return self._table(tags[tag], rest, key)

    def _table(self, cls: type[Struct], raw: Mapping[str, object], key: Key) -> object:
        known = {field.encode_name: field for field in fields(cls)}
        for name in raw:
            if name not in known:
                self.fault((*key, name), f"unknown key{nearest(name, known)}")
        values: dict[str, object] = {}
        complete = True
        for name, field in known.items():
            value = INVALID
            if name in raw:
                value = self._value(field.type, raw[name], (*key, name))
            elif field.required:
                self.fault((*key, name), "is missing")
            if value is not INVALID:
                values[field.name] = value
            elif field.required and bare(field.type)[0] is str:
                # Stands in, so that the rest of the table is still checked; `bad` names it.
                values[field.name] = ""
            elif field.required:
                complete = False
        if not complete:
            return INVALID
        try:
            return cls(**values)
        except ValueError as contradiction:
            return self.fault(key, str(contradiction))

    def _mapping(self, annotation: object, raw: object, key: Key) -> object:
        """Tables by name, such as the cities by slug."""
        if not isinstance(raw, dict):
            return self.fault(key, "must be a table")
        key_type, value_type = get_args(annotation)
        found: dict[str, object] = {}
        for name, value in raw.items():
            usable = self._single(key_type, name, (*key, name)) is not INVALID
            read = self._value(value_type, value, (*key, name))
            if usable and read is not INVALID:
                found[name] = read
        return found

    def _list(self, annotation: object, metas: tuple[Meta, ...], raw: object, key: Key) -> object:
        """A list of single values, of any length (`tuple[X, ...]`) or of a fixed one."""
        if not isinstance(raw, list):
            return self.fault(key, "must be a list")
        types = get_args(annotation)
        if types[-1] is Ellipsis:
            types = (types[0],) * len(raw)
            if not raw and any(meta.min_length for meta in metas):
                return self.fault(key, "must not be empty")
        elif len(types) != len(raw):
            return self.fault(key, f"must have {len(types)} values, not {len(raw)}")
        read = [
            self._value(type_, value, (*key, index))
            for index, (type_, value) in enumerate(zip(types, raw, strict=True))
        ]
        return INVALID if INVALID in read else tuple(read)

    def _single(self, declared: object, raw: object, key: Key) -> object:
        target: Any = declared
        for candidate in (raw, self.texts.get(key)):
            if candidate is None:
                continue
            try:
                value: object = msgspec.convert(candidate, target)
            except msgspec.ValidationError:
                continue
            if not isinstance(value, float) or math.isfinite(value):
                return value
        inner, metas = bare(declared)
        allowed = choices(inner)
        hint = nearest(str(raw), allowed) if allowed else ""
        return self.fault(key, wrong(raw, inner, metas) + hint)

    def _secret(self, raw: object, key: Key) -> object:
        if not isinstance(raw, str | dict):
            # A number in a variable is the text of a password all the same.
            raw = self.texts.get(key, raw)
        try:
            return self.read_secret(raw)
        except ValueError as error:
            return self.fault(key, str(error))

    def _rules(self, raw: object, key: Key) -> object:
        """Overrides of rules: every field of the type its rule gives it."""
        if not isinstance(raw, dict):
            return self.fault(key, "must be a table")
        found: dict[str, dict[str, Any]] = {}
        for rule, table in raw.items():
            if rule not in RULES:
                self.fault((*key, rule), f"unknown rule{nearest(rule, RULES)}")
            elif not isinstance(table, dict):
                self.fault((*key, rule), "must be a table")
            else:
                found[rule] = self._overrides(_RULE_TYPES[rule], table, (*key, rule))
        return RuleTables(found)

    def _overrides(self, cls: type[Struct], table: object, key: Key) -> dict[str, Any]:
        """The fields that a table sets of a struct, and of the structs within it, and no others."""
        found: dict[str, Any] = {}
        if not isinstance(table, dict):
            self.fault(key, "must be a table")
            return found
        known: dict[str, FieldInfo] = {field.name: field for field in fields(cls)}
        for name, raw in table.items():
            if name not in known:
                self.fault((*key, name), f"{key[-1]} has no such setting{nearest(name, known)}")
                continue
            inner = bare(known[name].type)[0]
            value: object
            if isinstance(inner, type) and issubclass(inner, Struct):
                value = self._overrides(inner, raw, (*key, name))
            else:
                value = self._value(known[name].type, raw, (*key, name))
            if value is not INVALID:
                found[name] = value
        return found
