"""Who may do what over the API, how it refuses, and what every answer carries."""

import json
import logging
from typing import Any, NoReturn

import pytest
from aiohttp import web
from yarl import URL

from config.edges import TokenSettings
from config.secret import Secret
from monitor.api.app import build_api, routes_of
from monitor.api.routes import Route
from monitor.tokens import Tokens
from tests.support.api_stage import PEOPLE, api, by_name, context_of, signed
from tests.support.cities import CITY, Town, placed, problem, small_city, venue


@pytest.fixture
def town() -> Town:
    """Two towns, one complaint in the first."""
    town = Town(small_city(), small_city("othertown"))
    town.tell(0, venue(0), placed(0, "a"), problem(0, "a"))
    town.pass_time(1)
    return town


async def _events(request: web.Request) -> web.Response:
    return web.json_response({"taken": len(await request.content.read())}, status=202)


EVENTS = (web.post("/v1/events", _events),)


def _path(route: Route, town: Town) -> str:
    """The route with something that is there in its place."""
    (alert,) = town.state.cities[CITY].book.living()
    return route.path.format(
        city=CITY,
        zone_id="west",
        courier_id="none",
        order_id="a",
        venue_id="v",
        alert_id=alert.id,
        silence_id="none",
        action_id="none",
    )


async def test_public_routes_need_no_token(town: Town) -> None:
    """Health, metrics, page facts and the document answer anybody; the others want a token."""
    public = {"/healthz", "/readyz", "/metrics", "/v1/page", "/v1/openapi.json"}
    async with api(town, authenticate=by_name, extra_routes=EVENTS) as client:
        for route in routes_of(context_of(town, extra_routes=EVENTS)):
            for headers in ({}, signed("mallory")):
                answer = await client.request(route.method, _path(route, town), headers=headers)
                if route.path in public:
                    assert answer.status == 200
                else:
                    assert answer.status == 401, route.key
                    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("who", list(PEOPLE))
async def test_each_role_may_what_its_routes_say(town: Town, who: str) -> None:
    """A viewer only reads, a watcher acts, a lead switches; an unknown role may nothing."""
    may_as = {
        "viewer": who != "nobody",
        "watcher": who not in ("nobody", "vera"),
        "lead": who in ("lea", "adam", "elsewhere"),
    }
    all_cities = PEOPLE[who].cities is None
    async with api(town, authenticate=by_name, extra_routes=EVENTS) as client:
        for route in routes_of(context_of(town, extra_routes=EVENTS)):
            if route.role is None:
                continue
            answer = await client.request(route.method, _path(route, town), headers=signed(who))
            may = may_as[route.role] and (all_cities or not route.every_city)
            assert (answer.status == 403) != may, (route.key, answer.status)


async def test_without_tokens_everybody_is_a_watcher(town: Town) -> None:
    """Anonymous commands are carried out under that name."""
    (alert,) = town.state.cities[CITY].book.living()
    async with api(town) as client:
        answer = await client.post(f"/v1/alerts/{alert.id}/ack")
        assert (await answer.json())["acked_by"] == "anonymous"


async def test_a_token_for_other_cities_sees_nothing_of_this_one(town: Town) -> None:
    """Lists leave the city out, and its parts are as if they were not there."""
    (alert,) = town.state.cities[CITY].book.living()
    async with api(town, authenticate=by_name) as client:
        who = signed("elsewhere")
        cities = await (await client.get("/v1/cities", headers=who)).json()
        assert [city["city"] for city in cities["items"]] == ["othertown"]
        assert (await (await client.get("/v1/alerts", headers=who)).json())["items"] == []
        for path in (f"/v1/cities/{CITY}/orders", f"/v1/alerts/{alert.id}"):
            assert (await client.get(path, headers=who)).status == 404
        assert (await client.post(f"/v1/alerts/{alert.id}/ack", headers=who)).status == 404
    assert town.state.cities[CITY].book.living() == [alert]


async def test_a_page_of_another_host_may_not_act(town: Town) -> None:
    """A browser's request from elsewhere is refused, from this host or an allowed one it is not."""
    (alert,) = town.state.cities[CITY].book.living()
    path = f"/v1/alerts/{alert.id}/ack"
    async with api(town, allowed_origins=("https://map.example",)) as client:
        for origin, status in (
            ("https://evil.example", 403),
            ("null", 403),
            ("http://127.0.0.1:9999", 200),
            ("https://map.example", 200),
        ):
            assert (await client.post(path, headers={"Origin": origin})).status == status, origin
        reading = await client.get("/v1/cities", headers={"Origin": "https://evil.example"})
        assert "Access-Control-Allow-Origin" not in reading.headers


async def test_every_route_refuses_parameters_it_does_not_take(town: Town) -> None:
    """An unknown parameter is a 400 on each single route."""
    who = signed("adam")
    async with api(town, authenticate=by_name, extra_routes=EVENTS) as client:
        for route in routes_of(context_of(town, extra_routes=EVENTS)):
            path = f"{_path(route, town)}?sesame=open"
            answer = await client.request(route.method, path, headers=who)
            assert answer.status == 400, route.key
            assert (await answer.json())["code"] == "unknown_parameter"


async def test_a_wrong_method_is_told_the_right_ones(town: Town) -> None:
    """A 405 is a problem too, and names what is allowed."""
    async with api(town) as client:
        answer = await client.put("/v1/cities")
        assert (answer.status, answer.headers["Allow"]) == (405, "GET,HEAD")
        assert (await answer.json())["code"] == "method_not_allowed"


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"data": b"{", "headers": {"Content-Type": "application/json"}}, 400, "bad_json"),
        ({"data": b"\xff", "headers": {"Content-Type": "application/json"}}, 400, "bad_json"),
        ({"data": b"[" * 60_000, "headers": {"Content-Type": "application/json"}}, 400, "bad_body"),
        ({"json": []}, 400, "bad_body"),
        ({"json": {"text": ""}}, 400, "bad_body"),
        ({"json": {}}, 400, "bad_body"),
        ({}, 400, "bad_body"),
        ({"data": b"text=x"}, 415, "not_json"),
        ({"json": {"text": "x" * 70_000}}, 413, "too_large"),
    ],
)
async def test_a_wrong_body_is_a_problem(
    town: Town, sent: dict[str, Any], status: int, code: str
) -> None:
    """Whatever is wrong with a body, the answer names it and nothing is done."""
    (alert,) = town.state.cities[CITY].book.living()
    async with api(town) as client:
        answer = await client.post(f"/v1/alerts/{alert.id}/note", **sent)
        assert (answer.status, answer.content_type) == (status, "application/problem+json")
        assert (await answer.json())["code"] == code
    assert town.state.cities[CITY].book.living() == [alert]


@pytest.mark.parametrize("bad", ["%FF", "%ED%A0%80", "%00", "%0A", "..%2f", "%F0%9F%98%80"])
async def test_odd_characters_in_a_path_or_parameter_do_no_harm(town: Town, bad: str) -> None:
    """Whatever is escaped in a URL, the answer is data or a problem, never a fault of ours."""
    async with api(town) as client:
        for path in (
            f"/v1/{bad}",
            f"/v1/alerts/{bad}",
            f"/v1/cities/{CITY}/orders/{bad}",
            f"/v1/cities/{CITY}/orders?venue={bad}",
            f"/v1/cities/{CITY}/orders?cursor={bad}",
            f"/v1/alerts?cursor=1.{bad}",
            f"/v1/cities?{bad}=1",
        ):
            answer = await client.get(URL(path, encoded=True))
            assert answer.status in (200, 400, 404), path
            assert answer.content_type in ("application/json", "application/problem+json")


@pytest.mark.parametrize("text", [b'"\\ud800"', b'"\\u0000"', b'"\xed\xa0\x80"'])
async def test_odd_characters_in_a_note_do_no_harm(town: Town, text: bytes) -> None:
    """A note that is no proper text is refused; one that is taken can be read again."""
    (alert,) = town.state.cities[CITY].book.living()
    json_type = {"Content-Type": "application/json"}
    path = f"/v1/alerts/{alert.id}"
    async with api(town) as client:
        body = b'{"text":' + text + b"}"
        answer = await client.post(f"{path}/note", data=body, headers=json_type)
        assert answer.status in (200, 400)
        assert (await client.get(path)).status == 200


async def test_a_body_longer_than_any_may_be_is_refused_unread(town: Town) -> None:
    """The length a request tells of itself is enough to refuse it."""
    async with api(town, extra_routes=EVENTS, max_body_bytes=1000) as client:
        assert (await client.post("/v1/events", data=b"x" * 1001)).status == 413
        assert (await client.post("/v1/events", data=b"x" * 1000)).status == 202


async def test_a_fault_of_ours_shows_no_traceback(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    """The client is told that it is our fault and no more; the log has the rest."""

    def broken() -> NoReturn:
        raise RuntimeError("the secret of the house")

    with caplog.at_level(logging.ERROR, "monitor.api.problem"):
        async with api(town, state=broken) as client:
            answer = await client.get("/v1/cities")
            told = await answer.text()
    assert (answer.status, json.loads(told)["code"]) == (500, "internal")
    assert "secret" not in told
    assert "the secret of the house" in caplog.text


async def test_every_answer_carries_the_plain_headers(town: Town) -> None:
    """Data is stored by nobody, types are not guessed, and we don't say what we are made of."""
    async with api(town) as client:
        for path in ("/v1/cities", "/v1/nothing", "/healthz"):
            headers = (await client.get(path)).headers
            assert headers["Cache-Control"] == "no-store"
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Server"] == "citywatch"


def test_an_extra_route_that_nothing_is_said_of_is_refused(town: Town) -> None:
    """What is not described is not served."""
    with pytest.raises(ValueError, match="/v1/secret"):
        build_api(context_of(town, extra_routes=(web.get("/v1/secret", _events),)))


async def test_a_token_or_a_body_that_is_no_text_is_the_clients_fault(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    """Odd bytes in the header are an unknown token, a body that is no gzip a 400: no error ours."""
    settings = {"walt": TokenSettings(token=Secret("walt"), role="watcher")}
    async with api(town, authenticate=Tokens(settings).identify) as client:
        odd = await client.get("/v1/cities", headers={"Authorization": "Bearer \udcff\udcfe"})
        packed = await client.post(
            "/v1/alerts/none/ack",
            data=b"no gzip",
            headers={**signed("walt"), "Content-Encoding": "gzip"},
        )
        assert (odd.status, packed.status) == (401, 400)
        assert (await packed.json())["code"] == "bad_body"
    assert "a request failed" not in caplog.text
