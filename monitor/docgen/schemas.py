"""The JSON Schemas of what goes in and out, made from the structs that the code itself uses.

Lives here: the documents under `docs/schemas/`. Does not live here: writing them (`monitor.docs`),
and the documents that refer to them (`asyncapi`). What is read from others is described as the
decoder takes it: unknown fields are ignored, so nothing is closed. Of what we write ourselves every
field is always there, and so is required.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, get_args

import msgspec
from msgspec import Struct

from alerts.action import Action
from alerts.alert import Alert
from alerts.letter import Body
from monitor.core.events import Event
from monitor.core.views.structs import CourierView, OrderView, VenueView, ZoneView
from ws.messages import CLIENT_MESSAGES, LAYERS, SERVER_MESSAGES

Json = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
# What an item of each layer of the stream is.
ITEMS: Final[Mapping[str, type[Struct]]] = {
    "zones": ZoneView,
    "alerts": Alert,
    "actions": Action,
    "venues": VenueView,
    "orders": OrderView,
    "couriers": CourierView,
}


class ZoneLine(Struct, frozen=True, tag="zone"):
    """The figures of one zone after all events up to `ts`."""

    ts: int
    city: str
    zone_id: str
    idle: int
    busy: int
    open: int
    waiting: int
    oldest_wait_s: float


class SummaryLine(Struct, frozen=True, tag="summary"):
    """The last line: what the replay came to; only `wall_s` differs from run to run."""

    events: int
    applied: int
    stale: int
    orphan: int
    rejected: dict[str, int]
    alerts: dict[str, int]
    actions: dict[str, int]
    first_ts: int | None
    last_ts: int | None
    wall_s: float


def events_schema() -> Json:
    """Every type of event, under `$defs`; the whole is one event."""
    return _document(
        "events",
        "A citywatch event",
        "One event of a delivery city, as sent by MQTT, HTTP or in a recording. Unknown fields "
        "are ignored; an unknown type is rejected and counted.",
        _tagged(get_args(Event)),
        _defs(get_args(Event)),
    )


def replay_schema() -> Json:
    """Every line that `citywatch replay` writes."""
    defs = _defs((ZoneLine, SummaryLine, Alert, Action), written=True)
    for whole, line, words in (
        ("Alert", "AlertLine", "A whole alert, at each change of its state or severity."),
        ("Action", "ActionLine", "A whole action, at each change of its state."),
    ):
        told = defs.pop(whole)
        defs[line] = {
            "title": line,
            "description": words,
            "type": "object",
            "properties": {
                "type": {"enum": [whole.lower()]},
                "ts": {"description": "When it changed: its `updated_ts`.", "type": "integer"},
                **told["properties"],
            },
            "required": ["type", "ts", *told["required"]],
        }
    lines = {kind: f"{kind.title()}Line" for kind in ("zone", "alert", "action", "summary")}
    return _document(
        "replay",
        "A line of a replay",
        "What `citywatch replay` writes, one object a line, in the order of virtual time. Types "
        "may be added: ignore those that you do not know.",
        _one_of(lines),
        defs,
    )


def letters_schema() -> Json:
    """What a target is sent that has no format of its own: each kind of letter, with its key."""
    bodies = get_args(Body)
    defs = _defs(bodies, written=True)
    for name in (cls.__name__ for cls in bodies):
        kind, *rest = defs[name]["properties"].items()
        key = {
            "description": "The idempotency key: the same however often the letter comes. Whoever "
            "has seen it does nothing more.",
            "type": "string",
        }
        defs[name]["properties"] = dict((kind, ("key", key), *rest))
        defs[name]["required"] = list(defs[name]["properties"])
    return _document(
        "letters",
        "A letter of citywatch",
        "What is sent about an alert, by MQTT and to webhooks: a push to a courier, an order to a "
        "venue, a notice to people, a drill. Fields may be added: ignore those that you do not "
        "know.",
        _tagged(bodies),
        defs,
    )


def stream_schema() -> Json:
    """Every message of the WebSocket stream, both ways."""
    defs = {
        **_defs(CLIENT_MESSAGES),
        **_defs((*SERVER_MESSAGES, *ITEMS.values()), written=True),
    }
    layers = {
        layer: {"type": "array", "items": {"$ref": f"#/$defs/{ITEMS[layer].__name__}"}}
        for layer in LAYERS
    }
    defs["Snapshot"]["properties"]["layers"] = {"type": "object", "properties": layers}
    defs["Delta"]["properties"]["layer"] = {"enum": list(LAYERS)}
    defs["Delta"]["allOf"] = [
        {
            "if": {"properties": {"layer": {"const": layer}}},
            "then": {"properties": {"items": layers[layer]}},
        }
        for layer in LAYERS
    ]
    defs["Command"]["properties"]["args"] = {
        "description": "The command's own fields and its `city`.",
        "type": "object",
        "default": {},
    }
    defs["ClientMessage"] = {"description": "What a client sends.", **_tagged(CLIENT_MESSAGES)}
    defs["ServerMessage"] = {"description": "What the server sends.", **_tagged(SERVER_MESSAGES)}
    return _document(
        "stream",
        "A message of the stream",
        "One message of the WebSocket at /v1/stream, one JSON object a text frame.",
        _tagged((*CLIENT_MESSAGES, *SERVER_MESSAGES)),
        defs,
    )


def tag_of(cls: type[Struct]) -> str:
    """The `type` by which a struct is known on the wire."""
    return str(cls.__struct_config__.tag)


def _document(name: str, title: str, description: str, whole: Json, defs: Json) -> Json:
    return {
        "$schema": DIALECT,
        "$id": f"urn:citywatch:v1:{name}",
        "title": title,
        "description": description,
        **whole,
        "$defs": dict(sorted(defs.items())),
    }


def _tagged(structs: Iterable[type[Struct]]) -> Json:
    return _one_of({tag_of(cls): cls.__name__ for cls in structs})


def _one_of(names: Mapping[str, str]) -> Json:
    refs = {tag: f"#/$defs/{name}" for tag, name in names.items()}
    return {
        "oneOf": [{"$ref": ref} for ref in refs.values()],
        "discriminator": {"propertyName": "type", "mapping": refs},
    }


def _defs(structs: Iterable[type[Struct]], *, written: bool = False) -> Json:
    """The structs and all they refer to; `written`: by us, hence with every field in place."""
    _, components = msgspec.json.schema_components(structs, ref_template="#/$defs/{name}")
    defs: Json = {name: _plain(schema) for name, schema in components.items()}
    if written:
        omitting = {cls.__name__ for cls in structs if cls.__struct_config__.omit_defaults}
        for name, schema in defs.items():
            if "properties" in schema and name not in omitting:
                schema["required"] = list(schema["properties"])
                for field in schema["properties"].values():
                    field.pop("default", None)
    return defs


def _plain(schema: Any) -> Any:
    """Docstrings as running text, and no default where it says no more than that null may stand."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {
        key: _plain(value)
        for key, value in schema.items()
        if not (key == "default" and value is None)
    }
    if isinstance(plain.get("description"), str):
        plain["description"] = " ".join(plain["description"].split())
    return plain
