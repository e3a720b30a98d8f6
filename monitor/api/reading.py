"""Query parameters and bodies to typed structs, with every fault named in plain words.

The struct of a route says what it takes; anything else is refused, since a filter with a slip in
its name would otherwise answer with everything.
"""

import math
from typing import Any, Final, TypeVar, cast

import msgspec
from aiohttp import web
from msgspec import Struct
from msgspec.structs import fields

from monitor.api.problem import Problem

S = TypeVar("S", bound=Struct)
MAX_BODY_BYTES: Final = 65_536  # the largest command is far below it


def refuse_unknown(request: web.Request, query: type[Struct] | None) -> None:
    """Raises a 400 for a parameter that the route does not take, or one given twice."""
    allowed = () if query is None else query.__struct_encode_fields__
    unknown = [name for name in dict.fromkeys(request.query) if name not in allowed]
    if unknown:
        takes = f"allowed: {', '.join(allowed)}" if allowed else "none is allowed here"
        faults = tuple(f"{name}: unknown parameter" for name in unknown)
        raise Problem(
            400, "unknown_parameter", f"unknown parameter {unknown[0]!r}; {takes}", faults=faults
        )
    twice = [name for name in dict.fromkeys(request.query) if len(request.query.getall(name)) > 1]
    if twice:
        raise Problem(400, "bad_parameter", f"{twice[0]} is given more than once")


def read_query(request: web.Request, query: type[S]) -> S:
    """The parameters as the route's struct; raises a 400 with every fault."""
    faults: list[str] = []
    values: dict[str, object] = {}
    for spec in fields(query):
        told = request.query.get(spec.encode_name)
        if told is None:
            if spec.required:
                faults.append(f"{spec.encode_name}: is required")
            continue
        try:
            value = msgspec.convert(told, spec.type, strict=False)
        except msgspec.ValidationError:
            value = math.nan
        if told == "" or (isinstance(value, float) and not math.isfinite(value)):
            wanted = in_words(msgspec.json.schema(spec.type))
            faults.append(f"{spec.encode_name}: {_shown(told)} is not {wanted}")
            continue
        values[spec.name] = value
    if faults:
        raise Problem(400, "bad_parameter", "; ".join(faults), faults=tuple(faults))
    return query(**values)


async def read_body(request: web.Request, body: type[S]) -> S:
    """The JSON body as the route's struct; an empty one stands for `{}`. Raises a 400 or 415."""
    try:
        data = await request.read()
    except web.RequestPayloadError as fault:
        raise Problem(400, "bad_body", f"the body can't be read: {fault}") from None
    if data and request.content_type != "application/json":
        raise Problem(415, "not_json", f"send application/json, not {request.content_type}")
    try:
        return msgspec.json.decode(data or b"{}", type=body)
    except msgspec.ValidationError as fault:
        raise Problem(400, "bad_body", str(fault), faults=(str(fault),)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise Problem(400, "bad_json", f"the body is not JSON: {fault}") from None


def in_words(schema: dict[str, Any]) -> str:
    """What a JSON schema of one value allows: `an integer from 1 to 1000`."""
    several = cast("list[dict[str, Any]]", schema.get("anyOf", [schema]))
    kinds = [one for one in several if one.get("type") != "null"]
    return " or ".join(_kind_in_words(one) for one in kinds)


def _kind_in_words(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return "one of " + ", ".join(value for value in schema["enum"] if value is not None)
    kind = schema.get("type")
    if kind == "boolean":
        return "true or false"
    if kind == "string":
        low, high = schema.get("minLength", 1), schema.get("maxLength")
        return "a text" if high is None else f"a text of {low} to {high} characters"
    words = "an integer" if kind == "integer" else "a number"
    low, high = schema.get("minimum"), schema.get("maximum")
    above = schema.get("exclusiveMinimum")
    if above is not None:
        words += f" above {above:g}"
    if low is not None and high is not None:
        return f"{words} from {low:.15g} to {high:.15g}"
    if low is not None:
        words += f" from {low:.15g} on"
    return words if high is None else f"{words} up to {high:.15g}"


def _shown(told: str) -> str:
    return repr(told if len(told) <= 40 else told[:40] + "…")
