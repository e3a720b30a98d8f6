"""The AsyncAPI 3.0 document of MQTT and the WebSocket: topics, messages, who sends what.

Payloads are references into `docs/schemas/`, so that no field is described twice. It says what the
monitor does: it receives on the topics of events, sends on those of letters, and both receives and
sends on the stream.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, get_args

from msgspec import Struct

from alerts.letter import Drill, Notice, Push, VenueOrder
from monitor.core.events import STREAMS, CityWeather, CourierEvent, OrderEvent, VenueEvent
from monitor.docgen.schemas import Json, tag_of
from ws.messages import CLIENT_MESSAGES, SERVER_MESSAGES

TOPIC: Final = "citywatch/v1"
EVENTS_FILE: Final = "schemas/events.schema.json"
STREAM_FILE: Final = "schemas/stream.schema.json"
LETTERS_FILE: Final = "schemas/letters.schema.json"

_BY_STREAM: Final[Mapping[str, tuple[type[Struct], ...]]] = dict(
    zip(
        STREAMS,
        (get_args(CourierEvent), get_args(OrderEvent), get_args(VenueEvent), (CityWeather,)),
        strict=True,
    )
)
_ENTITIES: Final = {
    "couriers": "courier_id",
    "orders": "order_id",
    "venues": "venue_id",
    "city": None,
}
# What leaves: channel, letter, its topic behind the prefix, whom its last level names.
_LETTERS: Final[tuple[tuple[str, type[Struct], str, str], ...]] = (
    ("push", Push, "{city}/push/{courier_id}", "The courier asked."),
    ("venue", VenueOrder, "{city}/venue/{venue_id}", "The venue told."),
    ("notice", Notice, "{city}/notice/{notice_id}", "The notice, from its opening to its close."),
    ("drill", Drill, "drill", ""),
)
_CITY: Final = {"description": "The city's slug, such as riga."}


def asyncapi(version: str) -> Json:
    """The whole document; `version` is the product's."""
    channels: Json = {}
    operations: Json = {}
    for stream, structs in _BY_STREAM.items():
        channels[stream] = _topic(stream, structs)
        operations[f"take_{stream}"] = {
            "action": "receive",
            "channel": {"$ref": f"#/channels/{stream}"},
            "summary": f"Takes the events of the stream `{stream}`.",
            "bindings": {"mqtt": {"qos": 1, "bindingVersion": "0.2.0"}},
        }
    for name, cls, topic, words in _LETTERS:
        channels[name] = _letters(name, cls, topic, words)
        operations[f"send_{name}"] = {
            "action": "send",
            "channel": {"$ref": f"#/channels/{name}"},
            "summary": (cls.__doc__ or "").split("\n", 1)[0],
            "bindings": {"mqtt": {"qos": 1, "retain": False, "bindingVersion": "0.2.0"}},
        }
    both = (*CLIENT_MESSAGES, *SERVER_MESSAGES)
    channels["stream"] = {
        "address": "/v1/stream",
        "title": "The live stream",
        "description": "Snapshots, deltas and commands; docs/stream.md tells the protocol.",
        "servers": [{"$ref": "#/servers/stream"}],
        "messages": {tag_of(cls): _message(cls) for cls in both},
        "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
    }
    operations["hear_client"] = _stream_operation("receive", "What a client says.", CLIENT_MESSAGES)
    operations["tell_client"] = _stream_operation("send", "What it is told.", SERVER_MESSAGES)
    all_structs = [cls for structs in _BY_STREAM.values() for cls in structs]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "citywatch",
            "version": version,
            "description": "Events in and letters out by MQTT, and the live stream by WebSocket. "
            "The same events are taken by HTTP: see openapi.json.",
        },
        "defaultContentType": "application/json",
        "servers": {
            "mqtt": {
                "host": "localhost:1883",
                "protocol": "mqtt",
                "description": "Your broker, MQTT 3.1.1 or 5; the prefix of topics is configured.",
            },
            "stream": {
                "host": "localhost:8081",
                "protocol": "ws",
                "description": "The monitor's own WebSocket.",
            },
        },
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": {
                **{cls.__name__: _body(cls, EVENTS_FILE) for cls in all_structs},
                **{cls.__name__: _body(cls, STREAM_FILE) for cls in both},
                **{cls.__name__: _body(cls, LETTERS_FILE) for _, cls, _, _ in _LETTERS},
            }
        },
    }


def _topic(stream: str, structs: Iterable[type[Struct]]) -> Json:
    entity = _ENTITIES[stream]
    last = "entity_id" if entity is None else entity
    return {
        "address": f"{TOPIC}/{{city}}/{stream}/{{{last}}}",
        "title": f"Events of the stream {stream}",
        "description": "The payload is one event, a JSON array of events, or NDJSON lines. What "
        "an event says counts, not its topic; the last level may be left out.",
        "servers": [{"$ref": "#/servers/mqtt"}],
        "parameters": {
            "city": _CITY,
            last: {"description": "Whom the event is about; any word, such as `weather`."}
            if entity is None
            else {"description": "Whom the event is about."},
        },
        "messages": {tag_of(cls): _message(cls) for cls in structs},
    }


def _letters(name: str, cls: type[Struct], topic: str, words: str) -> Json:
    level = topic.rpartition("/")[2].strip("{}")
    parameters = {"city": _CITY, level: {"description": words}} if words else None
    return {
        "address": f"{TOPIC}/{topic}",
        "title": f"Letters: {name}",
        "description": "Sent for the actions whose targets are a broker. A letter may come more "
        "than once, with the same `key`. In an id, `/ + # %` and control characters are "
        "percent-encoded.",
        "servers": [{"$ref": "#/servers/mqtt"}],
        **({} if parameters is None else {"parameters": parameters}),
        "messages": {tag_of(cls): _message(cls)},
    }


def _message(cls: type[Struct]) -> Json:
    return {"$ref": f"#/components/messages/{cls.__name__}"}


def _body(cls: type[Struct], file: str) -> Json:
    return {
        "name": tag_of(cls),
        "summary": (cls.__doc__ or "").split("\n", 1)[0],
        "contentType": "application/json",
        "payload": {"$ref": f"./{file}#/$defs/{cls.__name__}"},
    }


def _stream_operation(action: str, summary: str, structs: Iterable[type[Struct]]) -> Any:
    return {
        "action": action,
        "channel": {"$ref": "#/channels/stream"},
        "summary": summary,
        "messages": [{"$ref": f"#/channels/stream/messages/{tag_of(cls)}"} for cls in structs],
    }
