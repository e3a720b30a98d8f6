"""Whose token reaches another city alone: he hears nothing of this one, over any route.

The routes are those that the application serves, so that a new one is asked as well.
"""

import json
import re
from typing import Any, Final

import pytest
from aiohttp.test_utils import TestClient

from alerts.mute import Matcher
from monitor.api.app import routes_of
from monitor.api.routes import Route
from monitor.core.commands import Silence
from tests.monitor.api.test_trail import audit, postings
from tests.support.acting import acting_city, free, living
from tests.support.api_stage import api, by_name, context_of, signed
from tests.support.cities import CITY, Town, placed, venue
from tests.support.towns import only

ELSEWHERE: Final = "othertown"
# Asked of those for all cities alone, or of nobody: nothing in them is told apart by city.
NOT_BY_CITY: Final = {"/v1/openapi.json", "/v1/page", "/healthz", "/readyz", "/metrics"}
WHY: Final[dict[str, Any]] = {"reason": "r"}
LATER: Final = 2_000_000_000_000
# What each command takes: a new one without an entry here fails.
BODIES: Final[dict[str, dict[str, Any]]] = {
    "ack": {},
    "unack": {},
    "claim": {},
    "release": {"force": True},
    "note": {"text": "n"},
    "close": WHY,
    "silence": WHY
    | {"city": CITY, "matchers": [{"field": "rule", "value": "order_late"}], "until_ts": LATER},
    "unsilence": {},
    "approve": {},
    "reject": WHY,
    "cancel": WHY,
    "push": WHY | {"zone_id": "west"},
    "pause": WHY,
    "resume": WHY,
    "switch": WHY | {"kind": "all", "off": True},
}
QUERIES: Final[dict[str, Any]] = {
    "city": CITY,
    "from_ts": 0,
    "to_ts": 1,
    "ts": 0,
    "lat": 0.05,
    "lon": 0.05,
    "venue_id": "v",
    "zone_id": "west",
}


async def two_towns() -> Town:
    """In the first a shortage with its proposal, couriers, a venue, a silence."""
    rules = only("zone_shortage", mode="propose")
    town = Town(acting_city(rules=rules), acting_city(ELSEWHERE))
    town.tell(0, venue(0, "v", 0.095), *(placed(0, f"o{i}") for i in range(3)))
    town.pass_time(415)
    town.tell(416, *free(416))
    town.pass_time(425)
    matcher = Matcher("rule", "order_late")
    await town.submit(Silence(CITY, town.clock_ms, "walt", (matcher,), LATER, "r"))
    return town


@pytest.fixture
async def town() -> Town:
    """The two towns."""
    return await two_towns()


def _path(route: Route, town: Town) -> str:
    city = town.state.cities[CITY]
    return route.path.format(
        city=CITY,
        zone_id="west",
        courier_id="c0",
        order_id="o0",
        venue_id="v",
        alert_id=city.book.living()[0].id,
        silence_id=next(iter(city.book.silences)),
        action_id=living(town).id,
    )


def _query(route: Route) -> dict[str, Any]:
    takes = () if route.query is None else route.query.__struct_encode_fields__
    return {name: value for name, value in QUERIES.items() if name in takes}


async def _ask(
    client: TestClient[Any, Any], route: Route, town: Town, who: str, query: dict[str, Any]
) -> tuple[int, Any]:
    body: dict[str, Any] = {} if route.body is None else {"json": BODIES[route.act]}
    path = _path(route, town)
    answer = await client.request(route.method, path, params=query, headers=signed(who), **body)
    text = await answer.text()
    return answer.status, json.loads(text) if text else None


def _routes(town: Town) -> list[Route]:
    return [
        route
        for route in routes_of(context_of(town))
        if route.path not in NOT_BY_CITY and not route.every_city
    ]


async def test_no_route_knows_anything_of_a_city_that_is_not_ones_own(town: Town) -> None:
    """Whatever names the city, or what is in it, is answered as if it were not there; nothing is
    done to it."""
    before = town.state.cities[CITY].book.living(), living(town)
    async with api(town, authenticate=by_name, audit=audit, postings=postings) as client:
        for route in _routes(town):
            query = _query(route)
            if "{" not in route.path and "city" not in query and route.act != "silence":
                continue
            status, told = await _ask(client, route, town, "elsewhere", query)
            assert status == 404, (route.key, status, told)
            unknown = re.sub(r"'.*'", "", told["detail"])  # but for the very words he sent
            assert CITY not in unknown, route.key
    assert before == (town.state.cities[CITY].book.living(), living(town))
    assert not town.state.cities[CITY].desk.actions.switches


async def test_no_list_of_all_cities_holds_a_city_that_is_not_ones_own(town: Town) -> None:
    """Asked for everything, a list names the own city at most; the whole is told to the others."""
    named_to_all = 0
    async with api(town, authenticate=by_name, audit=audit, postings=postings) as client:
        for route in _routes(town):
            if route.method != "GET" or "{" in route.path:
                continue
            query = {name: value for name, value in _query(route).items() if name != "city"}
            _, told = await _ask(client, route, town, "elsewhere", query)
            assert CITY not in json.dumps(told), route.key
            _, told = await _ask(client, route, town, "adam", query)
            named_to_all += CITY in json.dumps(told)
    assert named_to_all == 6  # cities, alerts, silences, actions, audit, letters


async def test_whoever_may_see_the_city_is_answered_by_the_same_routes() -> None:
    """The questions above are good ones: asked with all cities, none is of what is not there."""
    for route in _routes(await two_towns()):
        town = await two_towns()  # what was asked before may have ended an alert or an action
        async with api(town, authenticate=by_name, audit=audit, postings=postings) as client:
            status, told = await _ask(client, route, town, "adam", _query(route))
            nothing = told is not None and told.get("code") == "not_recorded"
            assert status in (200, 201, 204, 409) or nothing, (route.key, status, told)
