"""Actions over the API: lists, one with its record, and what people decide about it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from tests.support.acting import (
    acting_city,
    answered,
    complaint_town,
    free,
    living,
    short_town,
    slow_town,
)
from tests.support.api_stage import api, by_name, signed
from tests.support.cities import CITY, Town, at, placed, venue
from tests.support.towns import only

Client = TestClient[Any, Any]


@pytest.fixture
def town() -> Town:
    """A push to `west` is proposed, at 420 s."""
    return short_town()


@pytest.fixture
async def client(town: Town) -> AsyncIterator[Client]:
    """Signed in by name."""
    async with api(town, authenticate=by_name) as client:
        yield client


async def _get(client: Client, path: str, who: str = "vera") -> tuple[int, Any]:
    answer = await client.get(path, headers=signed(who))
    return answer.status, await answer.json()


async def _post(client: Client, path: str, who: str = "walt", **body: Any) -> tuple[int, Any]:
    answer = await client.post(path, headers=signed(who), json=body)
    return answer.status, await answer.json()


async def test_an_action_shows_its_whole_record(client: Client, town: Town) -> None:
    """Whom it would ask and why, what it is for, and what happened to it so far."""
    action = living(town)
    status, shown = await _get(client, f"/v1/actions/{action.id}")
    assert (status, shown["state"], shown["mode"]) == (200, "proposed", "propose")
    assert [target["id"] for target in shown["targets"]] == ["c0", "c1", "c2"]
    assert shown["targets"][0]["why"] == "idle 1001 m away, 4.3 min, spare in mid"
    assert shown["expected"]["words"] == "3 more couriers for zone west"
    assert [(step["ts"], step["state"], step["by"]) for step in shown["record"]] == [
        (action.created_ts, "proposed", None)
    ]
    assert shown["came"]["accepted"] == 0


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 1),
        (f"?city={CITY}&kind=push_couriers&state=proposed&living=true", 1),
        ("?kind=pause_venue", 0),
        ("?state=sent", 0),
        ("?living=false", 0),
        ("?zone=west", 1),
        ("?zone=mid", 0),
        ("?courier=c1", 1),
        ("?courier=c3", 0),
        ("?venue=v", 0),
        (f"?since={at(420)}", 1),
        (f"?since={at(421)}", 0),
    ],
)
async def test_actions_are_narrowed_by_parameters(client: Client, query: str, count: int) -> None:
    """Each parameter keeps what it names."""
    status, page = await _get(client, f"/v1/actions{query}")
    assert (status, page["total"], len(page["items"])) == (200, count, count)


async def test_actions_are_found_by_their_alert(client: Client, town: Town) -> None:
    """An alert names its actions, and is named by them."""
    action = living(town)
    _, alert = await _get(client, f"/v1/alerts/{action.alert}")
    assert alert["actions"] == [action.id]
    _, page = await _get(client, f"/v1/actions?alert={action.alert}")
    assert [one["id"] for one in page["items"]] == [action.id]


async def test_an_action_is_about_the_zone_and_venue_of_its_order() -> None:
    """A notice of a complaint is found by the venue of the order, and by its zone."""
    town = complaint_town()
    async with api(town) as client:
        for query in ("venue=v", "zone=west", "kind=warn_support"):
            _, page = await _get(client, f"/v1/actions?{query}")
            assert [one["id"] for one in page["items"]] == [living(town).id]


async def test_an_action_that_is_over_is_still_there_in_pages(client: Client, town: Town) -> None:
    """A rejected proposal is listed with its successor, one to a page, the newest first."""
    first = living(town)
    await _post(client, f"/v1/actions/{first.id}/reject", reason="no rain coming")
    town.tell(1_330, *free(1_330))
    town.pass_time(1_390)
    town.tell(1_391, *free(1_391))
    town.pass_time(1_400)
    second = living(town)
    _, page = await _get(client, "/v1/actions?limit=1")
    assert ([one["id"] for one in page["items"]], page["total"]) == ([second.id], 2)
    _, page = await _get(client, f"/v1/actions?limit=1&cursor={page['next']}")
    assert ([one["id"] for one in page["items"]], page["next"]) == ([first.id], None)
    _, page = await _get(client, "/v1/actions?living=false")
    assert [one["state"] for one in page["items"]] == ["rejected"]
    assert page["items"][0]["record"][-1] == {
        "ts": at(425),
        "state": "rejected",
        "by": "walt",
        "words": "no rain coming",
        "said": [],
    }


async def test_an_approved_push_is_sent_to_couriers_chosen_anew(client: Client, town: Town) -> None:
    """The answer is the approved action, with the couriers that are asked now."""
    action = living(town)
    status, shown = await _post(client, f"/v1/actions/{action.id}/approve", version=1)
    assert (status, shown["state"], shown["approved_by"]) == (200, "approved", "walt")
    assert [target["step"] for target in shown["targets"]] == ["round 1"] * 3
    assert [letter.recipient for letter in town.ordered.letters] == ["c0", "c1", "c2"]
    town.tell(426, answered(426, living(town), "c0", True))
    _, shown = await _get(client, f"/v1/actions/{action.id}")
    assert (shown["state"], shown["came"]["accepted"]) == ("delivered", 1)


async def test_of_two_who_decide_one_wins_and_the_other_is_told(client: Client, town: Town) -> None:
    """The second is refused with 409, who was first, and when."""
    path = f"/v1/actions/{living(town).id}"
    assert (await _post(client, f"{path}/reject", "walt", reason="enough", version=1))[0] == 200
    status, refused = await _post(client, f"{path}/approve", "wanda", version=1)
    assert (status, refused["code"]) == (409, "changed")
    assert (refused["by"], refused["since_ts"]) == ("walt", at(425))
    assert refused["detail"] == "walt was first: it is rejected"


async def test_a_decision_on_another_version_is_refused(client: Client, town: Town) -> None:
    """Whoever saw an older action decides on nothing."""
    path = f"/v1/actions/{living(town).id}/approve"
    status, refused = await _post(client, path, version=7)
    assert (status, refused["code"]) == (409, "changed")
    assert living(town).state == "proposed"


async def test_a_cancelled_push_asks_nobody_else(client: Client, town: Town) -> None:
    """What has not been sent is withdrawn."""
    action = living(town)
    await _post(client, f"/v1/actions/{action.id}/approve")
    status, shown = await _post(client, f"/v1/actions/{action.id}/cancel", reason="storm")
    assert (status, shown["state"], shown["record"][-1]["words"]) == (200, "cancelled", "storm")
    assert town.ordered.withdrawn == [action.id]


async def test_a_notice_is_not_cancelled() -> None:
    """It ends with its alerts."""
    town = complaint_town()
    async with api(town) as client:
        path = f"/v1/actions/{living(town).id}/cancel"
        status, refused = await _post(client, path, reason="tired")
        assert (status, refused["code"]) == (409, "not_possible")


async def test_an_approved_pause_is_a_pause() -> None:
    """A proposed pause that is approved tells the venue at once."""
    town = slow_town()
    async with api(town) as client:
        action = living(town, "pause_venue")
        status, shown = await _post(client, f"/v1/actions/{action.id}/approve")
    assert (status, shown["stage"], shown["until_ts"]) == (200, "paused", at(1_000 + 900))
    (letter,) = town.ordered.letters
    assert (letter.recipient, letter.to) == ("v", "t")


async def test_who_may_see_and_decide(client: Client, town: Town) -> None:
    """Viewers look, watchers decide, and those of another town see nothing."""
    path = f"/v1/actions/{living(town).id}"
    assert (await _post(client, f"{path}/approve", "vera"))[0] == 403
    assert (await _post(client, f"{path}/approve", "elsewhere"))[0] == 404
    assert (await _get(client, path, "elsewhere"))[0] == 404
    assert (await _get(client, "/v1/actions", "elsewhere"))[1]["total"] == 0
    assert (await _get(client, path, "here"))[0] == 200
    assert (await _post(client, f"{path}/reject", reason=""))[0] == 400
    assert (await _get(client, "/v1/actions/none"))[1]["code"] == "unknown_action"


async def test_actions_of_several_cities_are_one_list() -> None:
    """Both cities' actions, and one city's where it is named."""
    rules = only("zone_shortage")
    town = Town(acting_city(rules=rules), acting_city("othertown", rules))
    town.tell(0, venue(0, "v", 0.095), *(placed(0, f"o{i}") for i in range(3)))
    town.pass_time(415)
    town.tell(416, *free(416))
    town.pass_time(425)
    async with api(town) as client:
        assert (await _get(client, "/v1/actions"))[1]["total"] == 1
        assert (await _get(client, "/v1/actions?city=othertown"))[1]["total"] == 0
        assert (await _get(client, "/v1/actions?city=atlantis"))[0] == 404
