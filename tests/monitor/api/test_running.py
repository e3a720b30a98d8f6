"""Health, readiness, metrics and the OpenAPI document."""

import re
from typing import Any

import msgspec
import pytest
from aiohttp import web
from jsonschema import Draft202012Validator

from monitor.api.app import build_api, routes_of
from monitor.api.openapi import document
from monitor.api.readings import (
    feed_readings,
    inbox_readings,
    mqtt_readings,
    stream_readings,
)
from monitor.ingest.codec import Rejected
from monitor.ingest.dead_letters import DeadLetters
from monitor.ingest.feed import FeedCounts
from monitor.ingest.inbox import Inbox
from monitor.runtime.telemetry import Telemetry
from monitor.transports.mqtt import MqttState
from tests.support.acting import complaint_town, living
from tests.support.api_stage import api, context_of
from tests.support.cities import CITY, T0, Town, courier, placed, problem, venue
from ws.auth import Identity
from ws.stats import Stats


@pytest.fixture
def town() -> Town:
    """A courier, an order, a complaint; 30 s later."""
    town = Town()
    town.tell(0, venue(0), courier(0, "ann", 0.05), placed(0, "a"), problem(0, "a"))
    town.pass_time(30)
    return town


async def test_a_process_lives_while_its_engine_wakes(town: Town) -> None:
    """Health tells the age of the heartbeat, and is a 503 once that is too old."""
    age_s = [0.5]
    async with api(town, heartbeat_age_s=lambda: age_s[0]) as client:
        answer = await client.get("/healthz")
        assert (answer.status, await answer.json()) == (
            200,
            {"alive": True, "heartbeat_age_s": 0.5},
        )
        age_s[0] = 10.5
        answer = await client.get("/healthz")
        assert (answer.status, (await answer.json())["alive"]) == (503, False)


async def test_it_is_ready_once_every_part_is(town: Town) -> None:
    """Readiness names each part with its reason, and is a 503 while one is not ready."""
    broker = [False, "refused"]
    parts = {"engine": lambda: (True, "running"), "broker": lambda: tuple(broker)}
    async with api(town, readiness=parts) as client:
        answer = await client.get("/readyz")
        told = await answer.json()
        assert (answer.status, told["ready"]) == (503, False)
        assert told["parts"]["broker"] == {"ok": False, "words": "refused"}
        broker[:] = [True, "connected"]
        assert (await client.get("/readyz")).status == 200


async def _scrape(town: Town, **parts: Any) -> dict[str, float]:
    async with api(town, **parts) as client:
        answer = await client.get("/metrics")
        assert answer.content_type == "text/plain"
        lines = (await answer.text()).splitlines()
    samples = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name: float(figure) for name, _, figure in samples}


async def test_metrics_tell_of_the_state_as_it_is(town: Town) -> None:
    """Events, lags, figures and alerts are read at the scrape."""
    shown = await _scrape(town)
    assert shown['citywatch_events_total{type="order.placed"}'] == 1
    assert shown['citywatch_event_results_total{result="applied"}'] == 4
    assert shown[f'citywatch_stream_lag_seconds{{city="{CITY}",stream="orders"}}'] == 30
    assert shown[f'citywatch_city_orders{{city="{CITY}",count="waiting"}}'] == 1
    assert f'citywatch_stream_lag_seconds{{city="{CITY}",stream="city"}}' not in shown
    labels = f'city="{CITY}",rule="order_problem",severity="warning",state="firing"'
    assert shown[f"citywatch_alerts{{{labels}}}"] == 1
    assert shown[f'citywatch_alerts_fired_total{{city="{CITY}",rule="order_problem"}}'] == 1
    assert any(key.startswith("citywatch_build_info{") for key in shown)
    assert "process_cpu_seconds_total" in shown


async def test_metrics_of_zones_are_only_shown_when_asked_for(town: Town) -> None:
    """By default no series goes by zone."""
    key = f'citywatch_zone_open{{city="{CITY}",zone="west"}}'
    assert key not in await _scrape(town)
    assert (await _scrape(town, zone_metrics=True))[key] == 1


async def test_metrics_of_every_part_are_shown(town: Town) -> None:
    """The inbox, the sources, the broker, the watchers, refusals and steps each have theirs."""
    telemetry = Telemetry("1")
    letters = DeadLetters()
    letters.add("http", T0, [Rejected(0, "malformed", "", "")])
    stats = Stats(clients=2, bytes_out=9)
    stats.closed["too_slow"] += 1
    broker = MqttState(connected=True, connects=3)
    telemetry.saw_step(0.002, 50)
    telemetry.add(lambda: inbox_readings(Inbox(1000, 100)))
    telemetry.add(lambda: feed_readings({"http": FeedCounts(payloads=4)}))
    telemetry.add(lambda: mqtt_readings({"main": broker}))
    telemetry.add(lambda: stream_readings(stats))
    shown = await _scrape(town, telemetry=telemetry, dead_letters=letters)
    by_labels = {_sorted(key): value for key, value in shown.items()}
    for name, figure in {
        'events_rejected_total{reason="malformed",source="http"}': 1,
        "inbox_capacity_events": 1000,
        'source_payloads_total{source="http"}': 4,
        'mqtt_connected{source="main"}': 1,
        'mqtt_reconnects_total{source="main"}': 2,
        "ws_clients": 2,
        "ws_sent_bytes_total": 9,
        'ws_closed_total{reason="too_slow"}': 1,
        "step_duration_seconds_count": 1,
        "step_events_sum": 50,
    }.items():
        assert by_labels[_sorted(f"citywatch_{name}")] == figure, name


def _sorted(sample: str) -> tuple[str, ...]:
    name, _, labels = sample.partition("{")
    return (name, *sorted(labels.rstrip("}").split(",")))


async def test_openmetrics_is_spoken_where_asked_for(town: Town) -> None:
    """A scraper that prefers OpenMetrics gets it, with its end mark."""
    async with api(town) as client:
        accept = {"Accept": "application/openmetrics-text; version=1.0.0"}
        answer = await client.get("/metrics", headers=accept)
        assert answer.content_type == "application/openmetrics-text"
        assert (await answer.text()).endswith("# EOF\n")


async def _events(request: web.Request) -> web.Response:
    raise AssertionError("is not called")


def _document(town: Town) -> tuple[dict[str, Any], web.Application]:
    context = context_of(town, extra_routes=(web.post("/v1/events", _events),))
    return document(routes_of(context), "1.2.3"), build_api(context)


def test_the_document_holds_every_route_served_and_no_other(town: Town) -> None:
    """The router knows what the document says, and the page at `/` besides."""
    told, app = _document(town)
    served = {
        (route.method, route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    said = {(method.upper(), path) for path, ways in told["paths"].items() for method in ways}
    assert said == served - {("GET", "/")}
    assert ("POST", "/v1/events") in said


def _each(node: Any) -> Any:
    yield node
    for child in (
        node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    ):
        yield from _each(child)


def test_the_document_is_sound(town: Town) -> None:
    """References lead somewhere, schemas are valid, ids are unique, path parameters are told."""
    told = msgspec.json.decode(msgspec.json.encode(_document(town)[0]))
    schemas = told["components"]["schemas"]
    for name, schema in schemas.items():
        assert re.fullmatch(r"[A-Za-z0-9._-]+", name)
        Draft202012Validator.check_schema(schema)
    for node in _each(told):
        if isinstance(node, dict) and "$ref" in node:
            assert node["$ref"].removeprefix("#/components/schemas/") in schemas
    operations = [
        (path, operation) for path, ways in told["paths"].items() for operation in ways.values()
    ]
    ids = [operation["operationId"] for _, operation in operations]
    assert len(set(ids)) == len(ids)
    for path, operation in operations:
        named = [one["name"] for one in operation["parameters"] if one["in"] == "path"]
        assert named == re.findall(r"{(\w+)}", path)
        for parameter in operation["parameters"]:
            Draft202012Validator.check_schema(parameter["schema"])


async def test_answers_keep_to_the_document() -> None:
    """What each reading route answers fits the schema that the document gives for it."""
    town = complaint_town()
    town.tell(20, courier(20, "ann", 0.05))
    (alert,) = town.state.cities[CITY].book.living()
    names = {
        "city": CITY,
        "zone_id": "west",
        "courier_id": "ann",
        "order_id": "a",
        "venue_id": "v",
        "alert_id": alert.id,
        "action_id": living(town).id,
    }
    asked = {
        "couriers-near": "?lat=0.05&lon=0.05",
        "push-preview": "?order_id=a",
        "pause-preview": "?venue_id=v",
        "marks": f"?city={CITY}&from_ts=0&to_ts={town.clock_ms}",
    }
    checked = 0
    async with api(town, authenticate=lambda token: Identity("lea", "lead")) as client:
        told = await (await client.get("/v1/openapi.json")).json()
        for path, ways in told["paths"].items():
            answers = ways.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
            schema = answers.get("application/json", {}).get("schema")
            if schema is None or "silence_id" in path:
                continue
            query = asked.get(path.rpartition("/")[2], "")
            answer = await client.get(path.format(**names) + query)
            assert answer.status == 200, path
            whole = schema | {"components": told["components"]}
            Draft202012Validator(whole).validate(await answer.json())
            checked += 1
    assert checked >= 25
