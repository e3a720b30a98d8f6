"""What a setting wants, in words: its kind, bounds and form. Faults and the reference use it."""

from collections.abc import Iterable
from typing import Annotated, Final, Literal, get_args, get_origin

from msgspec import Meta

KINDS: Final[dict[object, str]] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
}


def bare(annotation: object) -> tuple[object, tuple[Meta, ...]]:
    """A type without `Annotated` and `| None`, and all that its `Meta`s say, outermost last."""
    metas: tuple[Meta, ...] = ()
    while True:
        if get_origin(annotation) is Annotated:
            annotation, *found = get_args(annotation)
            metas = (*(meta for meta in found if isinstance(meta, Meta)), *metas)
        elif type(None) in get_args(annotation):
            rest = [arg for arg in get_args(annotation) if arg is not type(None)]
            if len(rest) != 1:
                return annotation, metas
            annotation = rest[0]
        else:
            return annotation, metas


def description(metas: Iterable[Meta]) -> str:
    """What the setting means, as its own declaration says."""
    found = [meta.description for meta in metas if meta.description]
    return found[-1] if found else ""


def choices(annotation: object) -> tuple[str, ...]:
    """The values of a `Literal` of texts, else none."""
    if get_origin(annotation) is not Literal:
        return ()
    return tuple(str(value) for value in get_args(annotation))


def form(metas: Iterable[Meta]) -> str:
    """The form a text must have, or nothing."""
    return next((str(meta.extra["form"]) for meta in metas if meta.extra), "")


def bounds(metas: Iterable[Meta]) -> str:
    """`0 to 65535`, `above 0, up to 86400`, or nothing."""
    low = high = ""
    for meta in metas:
        low = _number("from ", meta.ge) or _number("above ", meta.gt) or low
        high = _number("up to ", meta.le) or _number("below ", meta.lt) or high
    if low.startswith("from ") and high.startswith("up to "):
        return f"{low.removeprefix('from ')} to {high.removeprefix('up to ')}"
    return ", ".join(part for part in (low, high) if part)


def lengths(metas: Iterable[Meta]) -> str:
    """`1 to 128 characters`, or nothing."""
    low = max((meta.min_length or 0 for meta in metas), default=0)
    high = min((meta.max_length for meta in metas if meta.max_length is not None), default=None)
    if high is not None:
        return f"{low} to {high} characters"
    return "not empty" if low else ""


def kind_of(value: object) -> str:
    """What a TOML value is, where something else is wanted."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, float):
        return str(value)  # where a whole number is wanted, its name would say nothing
    return KINDS.get(type(value), "a date or time")


def wrong(value: object, annotation: object, metas: tuple[Meta, ...]) -> str:
    """Why a single value that was refused is not what the setting wants."""
    allowed = choices(annotation)
    wants = str if allowed else annotation
    if not _is_kind(value, wants):
        return f"must be {KINDS.get(wants, 'something else')}, not {kind_of(value)}"
    if allowed:
        return f'"{value}" is not one of {", ".join(allowed)}'
    if isinstance(value, str):
        if any((meta.extra or {}).get("hidden") for meta in metas):
            return f"must be {form(metas)}"
        return f'"{value}" is not {form(metas)}' if form(metas) else f"must be {lengths(metas)}"
    return f"{value} is out of range ({bounds(metas) or 'finite numbers only'})"


def _is_kind(value: object, wants: object) -> bool:
    if wants is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is wants


def _number(word: str, value: float | None) -> str:
    return "" if value is None else f"{word}{value:g}" if value < 1e6 else f"{word}{value:.0f}"
