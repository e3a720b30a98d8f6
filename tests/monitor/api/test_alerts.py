"""Alerts and silences over the API: lists, and what people do to them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from tests.support.api_stage import api, by_name, signed
from tests.support.cities import (
    CITY,
    Town,
    at,
    courier,
    placed,
    problem,
    small_city,
    steps,
    venue,
)

Client = TestClient[Any, Any]


@pytest.fixture
def town() -> Town:
    """A complaint about order `a`, and order `b` unaccepted; a complaint in the other town too."""
    town = Town(small_city(), small_city("othertown"))
    town.tell(0, venue(0), courier(0, "ann", 0.05), placed(0, "a"), placed(0, "b"))
    town.tell(0, placed(0, "z", city="othertown"), *steps("a", 0))
    town.tell(1, problem(1, "a"))
    town.pass_time(310)
    return town


@pytest.fixture
async def client(town: Town) -> AsyncIterator[Client]:
    """Signed in by name."""
    async with api(town, authenticate=by_name) as client:
        yield client


async def _list(client: Client, query: str = "", who: str = "vera") -> list[Any]:
    answer = await client.get(f"/v1/alerts{query}", headers=signed(who))
    assert answer.status == 200, await answer.text()
    items: list[Any] = (await answer.json())["items"]
    return items


async def _complaint(client: Client) -> str:
    (alert,) = await _list(client, "?rule=order_problem")
    return str(alert["id"])


async def _post(client: Client, path: str, who: str = "walt", body: Any = None) -> tuple[int, Any]:
    sent = {} if body is None else {"json": body}
    answer = await client.post(path, headers=signed(who), **sent)
    return answer.status, await answer.json()


@pytest.mark.parametrize(
    ("query", "subjects"),
    [
        ("", {"a", "b", "z"}),
        ("?rule=order_problem", {"a"}),
        ("?city=othertown", {"z"}),
        ("?order=b", {"b"}),
        ("?venue=v&zone=west", {"a", "b"}),
        ("?courier=ann", set()),
        ("?severity=critical", set()),
        ("?state=resolved", set()),
        ("?acked=true", set()),
        ("?muted=false&claimed=false", {"a", "b", "z"}),
        (f"?since={at(3)}", {"b", "z"}),
        (f"?until={at(3)}", {"a"}),
    ],
)
async def test_alerts_are_narrowed_by_parameters(
    client: Client, query: str, subjects: set[str]
) -> None:
    """Each parameter keeps what it names."""
    assert {alert["subject"]["id"] for alert in await _list(client, query)} == subjects


async def test_alerts_come_in_pages_the_newest_first(client: Client) -> None:
    """Pages of one alert each join to the whole list, by falling start."""
    seen: list[Any] = []
    query: str | None = "?limit=1"
    while query is not None:
        answer = await client.get(f"/v1/alerts{query}", headers=signed("vera"))
        page = await answer.json()
        assert page["total"] == 3
        seen += page["items"]
        query = None if page["next"] is None else f"?limit=1&cursor={page['next']}"
    assert [alert["id"] for alert in seen] == [alert["id"] for alert in await _list(client)]
    starts = [alert["started_ts"] for alert in seen]
    assert starts == sorted(starts, reverse=True)


async def test_an_acknowledgement_is_a_mark_that_comes_off(client: Client) -> None:
    """Acknowledged by whom, until when, and no longer after `unack`."""
    path = f"/v1/alerts/{await _complaint(client)}"
    status, alert = await _post(client, f"{path}/ack", body={"until_ts": at(400)})
    assert (status, alert["acked_by"], alert["acked_until_ts"]) == (200, "walt", at(400))
    assert [one["id"] for one in await _list(client, "?acked=true")] == [alert["id"]]
    status, alert = await _post(client, f"{path}/unack")
    assert (status, alert["acked_by"], alert["state"]) == (200, None, "firing")


async def test_an_acknowledgement_that_ends_in_the_past_is_refused(client: Client) -> None:
    """Its end must lie ahead."""
    path = f"/v1/alerts/{await _complaint(client)}/ack"
    status, refused = await _post(client, path, body={"until_ts": at(0)})
    assert (status, refused["code"]) == (400, "past")


async def test_a_claim_keeps_others_away(client: Client) -> None:
    """A second one is refused and told who holds it; a lead may take it from him."""
    path = f"/v1/alerts/{await _complaint(client)}"
    status, alert = await _post(client, f"{path}/claim", "walt")
    assert (status, alert["claimed_by"]) == (200, "walt")
    status, refused = await _post(client, f"{path}/claim", "wanda")
    assert (status, refused["code"], refused["by"]) == (409, "held_by_another", "walt")
    assert refused["since_ts"] == at(310)
    status, refused = await _post(client, f"{path}/release", "wanda", {"force": True})
    assert (status, refused["code"]) == (403, "forbidden")
    status, alert = await _post(client, f"{path}/release", "lea", {"force": True})
    assert (status, alert["claimed_by"]) == (200, None)
    status, refused = await _post(client, f"{path}/release", "walt")
    assert (status, refused["code"]) == (409, "not_held")


async def test_a_complaint_is_closed_by_people(client: Client) -> None:
    """Notes stay with the alert, closing ends it, and then nothing more is to be done."""
    path = f"/v1/alerts/{await _complaint(client)}"
    _, alert = await _post(client, f"{path}/note", body={"text": "called the client"})
    assert alert["notes"] == [{"ts": at(310), "by": "walt", "text": "called the client"}]
    status, alert = await _post(client, f"{path}/close", body={"reason": "refunded"})
    assert (status, alert["state"], alert["ended"]) == (200, "resolved", "closed")
    status, refused = await _post(client, f"{path}/ack")
    assert (status, refused["code"]) == (409, "resolved")
    answer = await client.get(path, headers=signed("vera"))
    assert (await answer.json())["notes"][-1]["text"] == "refunded"
    history = await _list(client, "?state=resolved")
    assert [one["subject"]["id"] for one in history] == ["a"]


async def test_what_ends_by_itself_is_not_closed_by_people(client: Client) -> None:
    """An unaccepted order ends when it is accepted."""
    (alert,) = await _list(client, "?order=b")
    status, refused = await _post(client, f"/v1/alerts/{alert['id']}/close", body={"reason": "no"})
    assert (status, refused["code"]) == (409, "not_closable")


async def test_a_silence_hides_and_ends(client: Client) -> None:
    """A silence marks what it matches as silenced, is listed, and its end takes the mark off."""
    body = {
        "city": CITY,
        "matchers": [{"field": "order", "value": "a"}],
        "until_ts": at(1000),
        "reason": "known",
    }
    answer = await client.post("/v1/silences", headers=signed("walt"), json=body)
    made = await answer.json()
    assert (answer.status, made["by"], made["from_ts"]) == (201, "walt", at(310))
    place = answer.headers["Location"]
    assert [one["subject"]["id"] for one in await _list(client, "?muted=true")] == ["a"]
    for path in ("/v1/silences", f"/v1/silences?city={CITY}"):
        listed = await (await client.get(path, headers=signed("vera"))).json()
        assert [one["id"] for one in listed["items"]] == [made["id"]]
    assert (await (await client.get(place, headers=signed("vera"))).json())["reason"] == "known"
    ended = await client.delete(place, headers=signed("walt"))
    assert (ended.status, await ended.read()) == (204, b"")
    assert await _list(client, "?muted=true") == []
    assert (await client.delete(place, headers=signed("walt"))).status == 404


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"matchers": []}, "length >= 1"),
        ({"matchers": [{"field": "colour", "value": "x"}]}, "colour"),
        ({"reason": None}, "reason"),
        ({"until": 5}, "unknown field `until`"),
        ({"until_ts": at(0)}, "must lie ahead"),
    ],
)
async def test_a_wrong_silence_is_refused_with_its_fault(
    client: Client, change: dict[str, Any], words: str
) -> None:
    """A 400 names the field of the body that is wrong."""
    body = {
        "city": CITY,
        "matchers": [{"field": "order", "value": "a"}],
        "until_ts": at(1000),
        "reason": "known",
    }
    status, refused = await _post(client, "/v1/silences", body=body | change)
    assert status == 400
    assert words in refused["detail"]


async def test_a_silence_in_a_city_not_there_is_a_404(client: Client) -> None:
    """Neither in an unknown city nor in one that the token does not cover."""
    body = {
        "city": CITY,
        "matchers": [{"field": "order", "value": "a"}],
        "until_ts": at(1000),
        "reason": "known",
    }
    for who, city in (("walt", "atlantis"), ("elsewhere", CITY)):
        status, refused = await _post(client, "/v1/silences", who, body | {"city": city})
        assert (status, refused["code"]) == (404, "unknown_city")
