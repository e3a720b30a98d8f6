"""What the hand-written pages say: examples that work, names that exist, links that lead."""

import asyncio
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import msgspec
import numpy as np
import pytest
from websockets.asyncio.client import connect

from alerts.act import Refusal
from alerts.action import KINDS, Action, ActionState, Hindrance
from alerts.alert import Alert, Ending
from alerts.letter import Body
from alerts.rules import RULES
from config.load import load
from monitor.api import readings
from monitor.core.commands import Command
from monitor.core.events import Event
from monitor.core.state import State
from monitor.core.views.structs import CityView, ZoneView
from monitor.docgen.schemas import tag_of
from monitor.ingest.codec import REASONS, decode
from monitor.ingest.dead_letters import DeadLetters
from monitor.ingest.inbox import Inbox
from monitor.replay import replay
from monitor.transports.files import read_chunks
from monitor.transports.mqtt import MqttState
from monitor.wiring.plans import make_plans
from tests.monitor.test_docs import validator
from tests.support import pages
from tests.support.configs import CITY, faults
from tests.support.proxy import proxy
from tests.ws.stage import eventually, stage
from tests.ws.town import CITY as STREAM_CITY
from tests.ws.town import Town, item
from ws.messages import CLIENT_MESSAGES, SERVER_MESSAGES, ClientMessage
from ws.reasons import CloseReason, ErrorCode
from ws.stats import Stats
from zones.clearing import ASSIGNED, OpenOrders, clear_min
from zones.metrics import Pace

Json = dict[str, Any]
EVENTS = {tag_of(cls): cls for cls in get_args(Event)}
SECRETS = {
    "MQTT_PASSWORD": "secret",
    "REDIS_PASSWORD": "secret",
    "BACKOFFICE_SECRET": "a secret long enough",
}
LETTERS: dict[str, Any] = {tag_of(cls): cls for cls in get_args(Body)}
CLIENT = {tag_of(cls) for cls in CLIENT_MESSAGES}
SERVER = {tag_of(cls) for cls in SERVER_MESSAGES}


def check_example(one: Json) -> None:
    """Holds an example against what its `type` says that it is; without, an alert or action."""
    kind = one.get("type")
    if kind in EVENTS:
        decoded = decode(json.dumps(one).encode())
        assert not decoded.rejected, decoded.rejected
        validator("events", EVENTS[kind].__name__).validate(one)
    elif kind in CLIENT:
        msgspec.json.decode(json.dumps(one), type=ClientMessage)
        validator("stream", "ClientMessage").validate(one)
    elif kind in SERVER:
        validator("stream", "ServerMessage").validate(one)
    elif kind == "zone":
        validator("replay", "ZoneLine").validate(one)
    elif kind in LETTERS:
        body = {name: value for name, value in one.items() if name != "key"}
        assert msgspec.convert(body, LETTERS[kind])
        validator("letters", LETTERS[kind].__name__).validate(one)
    elif "kind" in one:
        assert msgspec.convert(one, Action)
        validator("stream", "Action").validate(one)
    else:
        assert msgspec.json.decode(json.dumps(one), type=Alert)
        validator("stream", "Alert").validate(one)


@pytest.mark.parametrize(
    "name", ["events.md", "figures.md", "alerts.md", "actions.md", "stream.md"]
)
def test_every_json_example_is_what_it_says(name: str) -> None:
    """Each example of a page is read by the decoder and fits its schema."""
    examples = pages.json_examples(name)
    assert examples
    for one in examples:
        check_example(one)


def test_every_event_has_a_section_with_its_fields_and_an_example() -> None:
    """The page of events tells each type, each field of it, and shows one."""
    text = pages.text_of("events.md")
    for kind, cls in EVENTS.items():
        section = pages.section(text, kind)
        for field in cls.__struct_fields__:
            if field not in ("city", "ts"):
                assert f"`{field}`" in section, f"{kind} does not tell {field}"
        (shown,) = (json.loads(block) for block in pages.blocks(section, "json"))
        assert shown["type"] == kind
    for reason in REASONS:
        assert f"`{reason}`" in pages.section(text, "Rejected events")


def test_the_pages_name_what_there_is() -> None:
    """No figure, mark, command, refusal, message, error or close reason is left out."""
    figures, alerts, stream = (
        pages.text_of(name) for name in ("figures.md", "alerts.md", "stream.md")
    )
    names_of_places = {"zone_id", "name", "lon", "lat"}
    for field in set(ZoneView.__struct_fields__) - names_of_places:
        assert f"`{field}`" in pages.section(figures, "Of one zone"), field
    sums = {"city", "name", "zones", "ts", "couriers", "idle", "busy", "orders", "open", "waiting"}
    for field in set(CityView.__struct_fields__) - sums - {"venues"}:
        assert f"`{field}`" in pages.section(figures, "Of a city"), field
    for field in Alert.__struct_fields__:
        assert f"`{field}`" in pages.section(alerts, "As JSON"), field
    for ending in get_args(Ending):
        assert f"`{ending}`" in alerts
    acts = pages.section(alerts, "What people do")
    for cls in get_args(Command):
        assert f"| `{tag_of(cls).removeprefix('command.')}` |" in acts
    for refusal in get_args(Refusal):
        assert f"`{refusal}`" in acts, refusal
    actions = pages.text_of("actions.md")
    for field in Action.__struct_fields__:
        assert f"`{field}`" in pages.section(actions, "As JSON"), field
    for action in KINDS:
        assert f"`{action}`" in actions, action
    for hindrance in get_args(Hindrance):
        assert actions.count(f"| `{hindrance}` |") == 2, hindrance  # what it is, what to do
    for state in get_args(ActionState):
        assert f"**{state}**" in pages.section(actions, "Its life"), state
    for kind in CLIENT | SERVER:
        assert f'"type": "{kind}"' in stream, kind
    for code in ErrorCode:
        assert f"`{code.value}`" in pages.section(stream, "Refused messages"), code
    for reason in CloseReason:
        assert f"`{reason.value}`" in pages.section(stream, "The end"), reason


@pytest.mark.parametrize("rule", RULES)
def test_a_rules_section_says_all(rule: str) -> None:
    """Each rule tells what it means, what to do, its condition, and why its defaults are so."""
    section = pages.section(pages.text_of("rules.md"), rule)
    for words in ("**What it means.**", "**What to do.**", "**Condition.**"):
        assert words in section
    assert f"<!-- generated: rule-{rule} -->" in section
    assert "**Why" in section or rule == "order_problem"


def test_every_configuration_shown_is_a_good_one(tmp_path: Path) -> None:
    """Each TOML example of the pages loads beside the least that a configuration needs."""
    for name in ("first-city.md", "rules.md", "operations.md", "actions.md"):
        examples = pages.blocks(pages.text_of(name), "toml")
        assert examples
        for text in examples:
            whole = text if "timezone" in text else CITY + text
            (tmp_path / "slack.url").write_text("https://chat.example/hook", encoding="utf-8")
            for named in ("riga.geojson", "ca.pem", "anna.token"):
                (tmp_path / named).write_text(
                    (pages.DOCS / "examples" / "riga.geojson").read_text(encoding="utf-8")
                )
            assert faults(tmp_path, whole, SECRETS) == ()


@pytest.mark.parametrize("page", pages.pages(), ids=lambda page: str(page.relative_to(pages.DOCS)))
def test_no_link_is_broken(page: Path) -> None:
    """Every link within the project leads to a file and a heading that exist."""
    assert pages.broken_links(page) == []


async def test_the_replay_of_the_examples_is_as_shown() -> None:
    """The figures and the alert of the pages come out of the recording that they name."""
    planned = make_plans(load(pages.DOCS / "examples" / "riga.toml", {}))
    out = io.BytesIO()
    chunks = read_chunks(pages.DOCS / "examples" / "lunch.ndjson")
    summary = await replay(chunks, planned.plans, out, every_s=300)
    assert (summary.stale, summary.orphan, summary.rejected) == (0, 0, {})
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    for line in lines:
        validator("replay", f"{line['type'].title()}Line").validate(line)
    for line in pages.example("figures.md", "replay").splitlines():
        assert json.loads(line) in lines
    alert = json.loads(pages.example("alerts.md", "alert"))
    assert {"type": "alert", "ts": alert["updated_ts"], **alert} in lines


def test_the_worked_time_to_clear_is_right() -> None:
    """The example of the page of figures is what the formula gives for its places."""

    def column(*values: float) -> np.ndarray:
        return np.array(values)

    orders = OpenOrders(
        zone=np.array([0], dtype=np.int32),
        leg=np.array([ASSIGNED], dtype=np.int8),
        venue_lon=column(24.1133),
        venue_lat=column(56.9512),
        dropoff_lon=column(24.0652),
        dropoff_lat=column(56.9441),
        courier_lon=column(24.11),
        courier_lat=column(56.95),
    )
    minutes = clear_min(orders, column(), column(), np.array([1, 0]), Pace())[0]
    assert f"`clear_min` is {minutes:.2f}" in pages.text_of("figures.md")


def client() -> Callable[..., Any]:
    """The `watch` of the client that the page of the stream shows."""
    names: Json = {"__name__": "client"}
    exec(compile(pages.example("stream.md", "client"), "client.py", "exec"), names)
    watch: Callable[..., Any] = names["watch"]
    names["connect"] = lambda url: connect(url, proxy=None)
    return watch


async def test_the_client_shown_sees_what_is_and_goes_on_after_a_loss() -> None:
    """The page's client holds the zones and alerts as they are, and resumes on a new connection."""
    town = Town()
    told: list[tuple[Json, Json]] = []
    async with (
        stage(town=town) as running,
        proxy(running.port) as line,
        asyncio.TaskGroup() as tasks,
    ):
        town.change("zones", item("zones", "z1", 1))
        url = f"ws://127.0.0.1:{line.port}/v1/stream"
        watching = tasks.create_task(
            client()(url, STREAM_CITY, lambda message, held: told.append((message, held)))
        )

        def held() -> Json:
            return told[-1][1] if told else {}

        await eventually(lambda: held().get("zones") == town.view("zones") != {})
        town.change("alerts", item("alerts", "a1", "firing"))
        await eventually(lambda: held()["alerts"] == town.view("alerts"))
        await line.close()
        town.change("zones", item("zones", "z2", 2), gone=["z1"])
        await eventually(lambda: held()["zones"] == town.view("zones"))
        await eventually(lambda: any(message["type"] == "resumed" for message, _ in told))
        watching.cancel()


def test_every_metric_is_explained() -> None:
    """The page of operations names each metric that the monitor's parts tell of."""
    text = pages.text_of("operations.md")
    state = State(())
    told = [
        *readings.state_readings(state, 0),
        *readings.action_readings(state, 0),
        *readings.zone_readings(state, 0),
        *readings.rejected_readings(DeadLetters()),
        *readings.inbox_readings(Inbox()),
        *readings.feed_readings({}),
        *readings.mqtt_readings({"main": MqttState()}),
        *readings.file_readings({}),
        *readings.stream_readings(Stats()),
    ]
    names = {r.name + ("_total" if r.kind == "counter" else "") for r in told}
    names |= {"citywatch_step_duration_seconds", "citywatch_step_events", "citywatch_build_info"}
    for name in sorted(names):
        assert f"`{name}`" in text, name
