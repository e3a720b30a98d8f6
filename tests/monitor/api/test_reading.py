"""The API's reading routes: what each answers, and how it refuses what it does not take."""

from typing import Any

import pytest

from monitor.ingest.codec import Rejected
from monitor.ingest.dead_letters import DeadLetters
from tests.support.api_stage import api
from tests.support.cities import (
    CITY,
    T0,
    Town,
    assigned,
    at,
    courier,
    placed,
    small_city,
    steps,
    venue,
)
from zones.geojson import parse_zones

HERE = f"/v1/cities/{CITY}"


@pytest.fixture
def town() -> Town:
    """Two cities; in the first a venue, three couriers, three orders."""
    town = Town(small_city(), small_city("othertown"))
    town.tell(
        0,
        venue(0, "v", name="Soup"),
        courier(0, "ann", 0.05, status="idle"),
        courier(0, "bob", 0.15, status="to_venue"),
        courier(0, "cy", 0.06, status="idle"),
        courier(0, "dora", 0.05, city="othertown"),
    )
    town.tell(10, placed(10, "a"), placed(11, "b", promised_s=15), placed(12, "c/ö"))
    town.tell(20, assigned(20, "b", "bob"), *steps("c/ö", 13))
    return town


async def _get(town: Town, path: str, **parts: Any) -> Any:
    async with api(town, **parts) as client:
        answer = await client.get(path)
        assert answer.status == 200, await answer.text()
        return await answer.json()


async def _refused(town: Town, path: str) -> tuple[int, Any]:
    async with api(town) as client:
        answer = await client.get(path)
        assert answer.content_type == "application/problem+json"
        return answer.status, await answer.json()


async def test_cities_come_with_their_figures(town: Town) -> None:
    """Every city is listed, and one alone answers the same."""
    listed = await _get(town, "/v1/cities")
    assert [city["city"] for city in listed["items"]] == [CITY, "othertown"]
    assert listed["ts"] == at(20)
    assert await _get(town, HERE) == listed["items"][0]
    assert (listed["items"][0]["open"], listed["items"][0]["late"]) == (3, 1)


async def test_zones_come_with_their_figures(town: Town) -> None:
    """Every zone is listed with the contract's figures, the time to clear among them."""
    listed = await _get(town, f"{HERE}/zones")
    west = listed["items"][0]
    assert [zone["zone_id"] for zone in listed["items"]] == ["west", "mid", "east"]
    assert (west["open"], west["waiting"], west["idle"], west["oldest_wait_s"]) == (3, 2, 2, 10.0)
    assert west["clear_min"] > 0


async def test_a_zone_shows_what_is_behind_its_figures(town: Town) -> None:
    """The detail lists as many orders and couriers as the figures count."""
    detail = await _get(town, f"{HERE}/zones/west")
    assert [order["order_id"] for order in detail["orders"]] == ["a", "c/ö", "b"]
    assert [one["courier_id"] for one in detail["couriers"]] == ["ann", "cy"]
    assert (detail["zone"]["open"], detail["zone"]["on_shift"]) == (3, 2)
    assert [one["name"] for one in detail["venues"]] == ["Soup"]


async def test_shapes_are_geojson_that_is_sent_once(town: Town) -> None:
    """The shapes read back to the same zones; with the tag known nothing is sent again."""
    async with api(town) as client:
        first = await client.get(f"{HERE}/zones.geojson")
        assert first.content_type == "application/geo+json"
        zones, _ = parse_zones(await first.read())
        assert zones.ids == town.state.cities[CITY].plan.zones.ids
        known = {"If-None-Match": first.headers["ETag"]}
        again = await client.get(f"{HERE}/zones.geojson", headers=known)
        assert (again.status, await again.read()) == (304, b"")
        other = await client.get(f"{HERE}/zones.geojson", headers={"If-None-Match": '"x"'})
        assert other.status == 200


async def test_couriers_near_a_point_are_found(town: Town) -> None:
    """The nearest comes first, with the distance in metres."""
    near = await _get(town, f"{HERE}/couriers-near?lat=0.05&lon=0.05&radius_m=1500")
    assert [(one["courier_id"], one["distance_m"] < 1) for one in near["items"]] == [
        ("ann", True),
        ("cy", False),
    ]


async def test_a_courier_comes_with_his_orders(town: Town) -> None:
    """By his id a courier is found together with the orders he is to bring."""
    assert (await _get(town, f"{HERE}/couriers/bob"))["order_ids"] == ["b"]


async def test_an_id_may_hold_any_character(town: Town) -> None:
    """A slash or a letter beyond ASCII in an id is found when it is escaped in the path."""
    found = await _get(town, f"{HERE}/orders/c%2F%C3%B6")
    assert (found["order_id"], found["state"]) == ("c/ö", "accepted")


async def test_a_venue_is_found_by_its_id(town: Town) -> None:
    """By its id a venue is found with its open orders."""
    assert (await _get(town, f"{HERE}/venues/v"))["open_orders"] == 3


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("orders?state=accepted", ["c/ö"]),
        ("orders?late=true", ["b"]),
        ("orders?waiting=true&zone=west", ["a", "c/ö"]),
        ("orders?courier=bob", ["b"]),
        ("orders?venue=v&open=false", []),
        ("couriers?status=idle", ["ann", "cy"]),
        ("couriers?zone=mid", ["bob"]),
        ("couriers?silent=true", []),
        ("venues?zone=west&status=open", ["v"]),
        ("venues?zone=east", []),
    ],
)
async def test_lists_are_narrowed_by_parameters(town: Town, query: str, ids: list[str]) -> None:
    """Each parameter keeps what it names, and the total says how many that are."""
    page = await _get(town, f"{HERE}/{query}")
    key = f"{query.partition('?')[0].removesuffix('s')}_id"
    assert [one[key] for one in page["items"]] == ids
    assert (page["total"], page["next"]) == (len(ids), None)


async def test_pages_follow_one_another(town: Town) -> None:
    """With `next` as the cursor the second page goes on where the first one ended."""
    first = await _get(town, f"{HERE}/orders?limit=2")
    second = await _get(town, f"{HERE}/orders?limit=2&cursor={first['next']}")
    pages = [[order["order_id"] for order in page["items"]] for page in (first, second)]
    assert pages == [["a", "b"], ["c/ö"]]
    assert second["next"] is None


async def test_refused_events_are_counted_and_shown(town: Town) -> None:
    """Counts go by reason, and the latest are listed the newest first."""
    letters = DeadLetters()
    letters.add(
        "http", T0, [Rejected(0, "malformed", "no JSON", "{"), Rejected(1, "future", "", "")]
    )
    shown = await _get(town, "/v1/rejected?limit=1", dead_letters=letters)
    assert (shown["total"], shown["counts"]) == (2, {"future": 1, "malformed": 1})
    assert [letter["reason"] for letter in shown["items"]] == ["future"]
    only = await _get(town, "/v1/rejected?reason=malformed", dead_letters=letters)
    assert [letter["sample"] for letter in only["items"]] == ["{"]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/v1/cities/atlantis", "unknown_city"),
        (f"{HERE}/zones/north", "unknown_zone"),
        (f"{HERE}/couriers/nobody", "unknown_courier"),
        (f"{HERE}/couriers?zone=north", "unknown_zone"),
        (f"{HERE}/orders/none", "unknown_order"),
        (f"{HERE}/venues/none", "unknown_venue"),
        ("/v1/alerts/none", "unknown_alert"),
        ("/v1/alerts?city=atlantis", "unknown_city"),
        ("/v1/silences/none", "unknown_silence"),
        ("/v1/nothing", "not_found"),
        ("/nothing", "not_found"),
    ],
)
async def test_what_is_not_there_is_a_404(town: Town, path: str, code: str) -> None:
    """Each 404 says in a word what was not found."""
    status, problem = await _refused(town, path)
    assert (status, problem["status"], problem["code"]) == (404, 404, code)
    assert (problem["type"], problem["title"]) == ("about:blank", "Not Found")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("orders?limit=0", "limit: '0' is not an integer from 1 to 1000"),
        ("orders?limit=x", "limit: 'x' is not an integer from 1 to 1000"),
        ("orders?late=maybe", "late: 'maybe' is not true or false"),
        ("orders?late=", "late: '' is not true or false"),
        ("venues?status=shut", "status: 'shut' is not one of busy, closed, open, paused"),
        ("couriers-near?lat=1", "lon: is required"),
        ("couriers-near?lat=91&lon=0", "lat: '91' is not a number from -90 to 90"),
        ("couriers-near?lat=nan&lon=0", "lat: 'nan' is not a number from -90 to 90"),
        (
            "couriers-near?lat=1&lon=1&radius_m=0",
            "radius_m: '0' is not a number above 0 up to 100000",
        ),
        ("orders?cursor=abc", "not a cursor of this list: 'abc'"),
        ("orders?statee=ready", "unknown parameter 'statee'; allowed: zone, venue, courier, state"),
        ("zones?limit=1", "unknown parameter 'limit'; none is allowed here"),
        ("orders?late=true&late=false", "late is given more than once"),
    ],
)
async def test_a_wrong_parameter_is_named(town: Town, query: str, words: str) -> None:
    """A 400 says which parameter is wrong and what it takes."""
    status, problem = await _refused(town, f"{HERE}/{query}")
    assert status == 400
    assert words in problem["detail"]


async def test_every_wrong_parameter_is_named_at_once(town: Town) -> None:
    """Two faults make one answer that lists both."""
    _, problem = await _refused(town, f"{HERE}/couriers-near?lat=x&limit=0")
    assert [fault.partition(":")[0] for fault in problem["faults"]] == ["lat", "lon", "limit"]
