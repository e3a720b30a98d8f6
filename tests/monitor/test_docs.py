"""The generated files are what the code makes of them, and describe what the code does."""

import json
import tomllib
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest

from alerts.letter import Body, Drill, Letter, Notice, Push, VenueOrder
from monitor.core.events import Event
from monitor.delivery.mqtt import topic_of
from monitor.delivery.payload import payload_of
from monitor.docgen import pages
from monitor.docgen.schemas import DIALECT, ITEMS, tag_of
from monitor.docs import DOCS, PAGES, VERSION, generated, parts
from monitor.publish import Publisher
from tests.support.acting import short_town
from tests.support.cities import Town
from ws.messages import LAYERS

Json = dict[str, Any]


def document(name: str) -> Json:
    """A generated JSON file."""
    read: Json = json.loads((DOCS / name).read_text(encoding="utf-8"))
    return read


def validator(name: str, definition: str) -> jsonschema.Draft202012Validator:
    """Holds instances against one definition of a schema file."""
    schema = document(f"schemas/{name}.schema.json")
    return jsonschema.Draft202012Validator(
        {"$schema": DIALECT, "$ref": f"#/$defs/{definition}", "$defs": schema["$defs"]}
    )


@pytest.mark.parametrize("path", [path.relative_to(DOCS) for path, _ in generated()], ids=str)
def test_a_generated_file_is_what_make_docs_writes(path: Path) -> None:
    """Every generated file is committed as `make docs` writes it."""
    wanted = dict(generated())[DOCS / path]
    assert (DOCS / path).read_text(encoding="utf-8") == wanted, "run `make docs`"


def test_a_page_that_asks_for_an_unknown_part_is_refused() -> None:
    """A marker that names no part is a fault, never left empty."""
    with pytest.raises(pages.PageError, match="no part 'lifecicle'"):
        pages.filled("<!-- generated: lifecicle -->\n<!-- end: lifecicle -->", parts())


def test_every_part_stands_on_a_page() -> None:
    """Each generated part is asked for once."""
    asked = [
        name for page in PAGES for name in pages.names_in((DOCS / page).read_text(encoding="utf-8"))
    ]
    assert sorted(asked) == sorted(parts())


def test_the_documents_carry_the_products_version() -> None:
    """The version of the API documents is that of the project."""
    project = tomllib.loads((DOCS.parent / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["version"] == VERSION


@pytest.mark.parametrize("name", ["events", "letters", "replay", "stream"])
def test_a_schema_is_a_valid_one(name: str) -> None:
    """Each schema file keeps to the JSON Schema dialect that it names."""
    jsonschema.Draft202012Validator.check_schema(document(f"schemas/{name}.schema.json"))


def test_the_schema_knows_every_event() -> None:
    """The discriminator names each type of event and its definition."""
    schema = document("schemas/events.schema.json")
    wanted = {tag_of(cls): f"#/$defs/{cls.__name__}" for cls in get_args(Event)}
    assert schema["discriminator"]["mapping"] == wanted
    assert [one["$ref"] for one in schema["oneOf"]] == list(wanted.values())


def town() -> Town:
    """A small city with something in every layer: its shortage has a push proposed."""
    return short_town()


@pytest.mark.parametrize("layer", LAYERS)
def test_what_the_stream_sends_fits_its_schema(layer: str) -> None:
    """Every item of every layer has all the fields of its definition and no other."""
    small = town()
    publisher = Publisher(lambda: small.state, small.now_ms)
    items = [json.loads(item.body) for item in publisher.snapshot(small.city_name, layer)]
    assert items
    check = validator("stream", ITEMS[layer].__name__)
    fields = set(document("schemas/stream.schema.json")["$defs"][ITEMS[layer].__name__]["required"])
    for item in items:
        check.validate(item)
        assert set(item) == fields


def _refs(node: Any) -> list[str]:
    if isinstance(node, list):
        return [ref for one in node for ref in _refs(one)]
    if not isinstance(node, dict):
        return []
    own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
    return own + [ref for one in node.values() for ref in _refs(one)]


@pytest.mark.parametrize(
    "name",
    [
        "asyncapi.json",
        "openapi.json",
        "schemas/events.schema.json",
        "schemas/letters.schema.json",
        "schemas/replay.schema.json",
        "schemas/stream.schema.json",
    ],
)
def test_every_reference_leads_somewhere(name: str) -> None:
    """No document refers to what is not there, in itself or in another file."""
    for ref in _refs(document(name)):
        path, _, pointer = ref.partition("#")
        target: Any = document(path.removeprefix("./")) if path else document(name)
        for key in pointer.removeprefix("/").split("/"):
            target = target[key.replace("~1", "/").replace("~0", "~")]
        assert isinstance(target, dict), ref


def test_each_topic_carries_the_events_of_its_stream() -> None:
    """The AsyncAPI document has a topic for each stream, with just the events that belong there."""
    channels = document("asyncapi.json")["channels"]
    for stream, kind in (("couriers", "courier"), ("orders", "order"), ("venues", "venue")):
        wanted = {tag_of(cls) for cls in get_args(Event) if tag_of(cls).startswith(f"{kind}.")}
        assert set(channels[stream]["messages"]) == wanted
        assert channels[stream]["address"] == f"citywatch/v1/{{city}}/{stream}/{{{kind}_id}}"
    assert set(channels["city"]["messages"]) == {"city.weather"}
    assert channels["stream"]["address"] == "/v1/stream"


def test_each_letter_leaves_where_the_document_says() -> None:
    """The AsyncAPI document has the very topics that letters are sent on, and what they hold."""
    channels = document("asyncapi.json")["channels"]
    bodies = {tag_of(cls): cls for cls in get_args(Body)}
    ids = {"city": "riga", "courier_id": "c1", "venue_id": "v1", "notice_id": "n1"}
    for kind, body in letters().items():
        channel = channels[kind]
        assert channel["address"].format(**ids) == topic_of("citywatch/v1", body.body)
        assert set(channel["messages"]) == {kind}
        sent = json.loads(payload_of(body))
        definition = bodies[kind].__name__
        validator("letters", definition).validate(sent)
        wanted = document("schemas/letters.schema.json")["$defs"][definition]["required"]
        assert list(sent) == wanted


def letters() -> dict[str, Letter]:
    """One letter of each kind."""
    bodies: tuple[Body, ...] = (
        Push(
            push_id="p",
            city="riga",
            courier_id="c1",
            action_id="a",
            ts=1,
            answer_by_ts=2,
            lon=24.1,
            lat=56.9,
            reason="short",
        ),
        VenueOrder(change="pause", city="riga", venue_id="v1", action_id="a", ts=1, reason="slow"),
        Notice(
            notice_id="n1",
            step="open",
            kind="warn_support",
            city="riga",
            ts=1,
            level=0,
            severity="warning",
            title="slow",
            count=0,
            alerts=(),
        ),
        Drill(ts=1, words="a drill"),
    )
    return {
        tag_of(type(body)): Letter(
            key="k",
            of="of",
            to="t",
            city="riga",
            action_id="a",
            recipient="r",
            created_ts=1,
            deadline_ts=2,
            body=body,
        )
        for body in bodies
    }
