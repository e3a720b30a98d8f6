"""Actions by hand over the API: whom a push would ask, what a pause meets; then push and pause."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from monitor.core.commands import SwitchActions
from monitor.core.snapshot import Part, capture
from tests.support.acting import (
    VENUE_LON,
    acting_city,
    deliver,
    free,
    living,
    short_town,
    slow_town,
)
from tests.support.api_stage import api, by_name, signed
from tests.support.cities import CITY, Town, at, placed, small_city, venue
from tests.support.towns import only

Client = TestClient[Any, Any]
CITY_PATH = f"/v1/cities/{CITY}"


@pytest.fixture
def town() -> Town:
    """Nothing is done by itself: pushes and pauses are off for every rule; it is 425 s."""
    town = Town(acting_city(rules=only("zone_shortage", mode="off")))
    town.tell(0, venue(0, "v", VENUE_LON), *(placed(0, f"o{i}") for i in range(3)))
    town.pass_time(415)
    town.tell(416, *free(416))
    town.pass_time(425)
    return town


@pytest.fixture
async def client(town: Town) -> AsyncIterator[Client]:
    """Signed in by name."""
    async with api(town, authenticate=by_name) as client:
        yield client


async def _get(client: Client, path: str, who: str = "vera") -> tuple[int, Any]:
    answer = await client.get(f"{CITY_PATH}/{path}", headers=signed(who))
    return answer.status, await answer.json()


async def _post(client: Client, path: str, who: str = "walt", **body: Any) -> tuple[int, Any]:
    answer = await client.post(f"{CITY_PATH}/{path}", headers=signed(who), json=body)
    return answer.status, await answer.json()


async def test_a_preview_names_who_would_be_pushed_and_why(client: Client) -> None:
    """The nearest couriers that their zone can spare, with place, distance and time."""
    status, preview = await _get(client, "push-preview?zone_id=west")
    assert (status, preview["shortage"], preview["count"]) == (200, 3, 3)
    assert (preview["acceptance"], preview["hindered"], preview["missing"]) == (1.0, None, {})
    assert [one["courier_id"] for one in preview["couriers"]] == ["c0", "c1", "c2"]
    first = preview["couriers"][0]
    assert (first["lon"], first["lat"], first["from_zone"]) == (0.104, 0.05, "mid")
    assert (round(first["metres"]), round(first["eta_s"])) == (1001, 260)
    assert first["why"] == "idle 1001 m away, 4.3 min, spare in mid"
    assert (preview["lon"], preview["order_id"], preview["stale"]) == (VENUE_LON, None, [])


async def test_a_preview_counts_what_is_missing_by_reason(client: Client) -> None:
    """Of ten asked for six can't be found."""
    _, preview = await _get(client, "push-preview?zone_id=west&count=10")
    assert (preview["count"], preview["missing"]) == (10, {"no_courier": 6})
    assert (len(preview["couriers"]), preview["shortage"]) == (4, 3)


async def test_a_preview_for_an_order(client: Client) -> None:
    """An order is wanted by one courier; he may come from anywhere in reach."""
    _, preview = await _get(client, "push-preview?order_id=o1")
    assert (preview["order_id"], preview["shortage"], preview["count"]) == ("o1", 1, 1)
    assert [one["courier_id"] for one in preview["couriers"]] == ["c0"]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 400, "bad_parameter"),
        ("?zone_id=west&order_id=o1", 400, "bad_parameter"),
        ("?zone_id=nowhere", 404, "unknown_zone"),
        ("?order_id=none", 404, "unknown_order"),
        ("?zone_id=west&count=0", 400, "bad_parameter"),
    ],
)
async def test_a_preview_of_nothing_is_refused(
    client: Client, query: str, status: int, code: str
) -> None:
    """A push goes either to a zone or to an order that is known."""
    answered, refused = await _get(client, f"push-preview{query}")
    assert (answered, refused["code"]) == (status, code)


async def test_a_preview_says_what_hinders(client: Client, town: Town) -> None:
    """Switched off, it still shows who would be asked."""
    town.tell(426, SwitchActions(CITY, at(426), "lea", "push_couriers", True, "festival"))
    _, preview = await _get(client, "push-preview?zone_id=west")
    assert (preview["hindered"], len(preview["couriers"])) == ("switched_off", 3)


async def test_a_city_without_targets_can_push_nobody() -> None:
    """The reason has a name in the preview, and in the refusal."""
    town = Town(small_city())
    town.tell(0, venue(0), placed(0))
    async with api(town) as client:
        _, preview = await _get(client, "push-preview?order_id=o")
        assert preview["hindered"] == "no_target"
        status, refused = await _post(client, "push", order_id="o", reason="try")
        assert (status, refused["code"], refused["detail"]) == (
            409,
            "hindered",
            "no_target: Nobody is set up to be told.",
        )


async def test_a_preview_before_the_first_judgement_is_refused() -> None:
    """Nobody knows yet what is short."""
    async with api(Town(acting_city())) as client:
        status, refused = await _get(client, "push-preview?zone_id=west")
        assert (status, refused["code"]) == (409, "not_possible")


async def test_previews_change_nothing(client: Client, town: Town) -> None:
    """The whole state is as it was."""
    desks = {"desk": Part(lambda city: city.desk.dump(), lambda city, data: None)}
    before = capture(town.state, desks)
    await _get(client, "push-preview?zone_id=west&count=4")
    await _get(client, "push-preview?order_id=o2")
    await _get(client, "pause-preview?venue_id=v")
    await _get(client, "effects")
    await _get(client, "orders/o0")
    assert repr(capture(town.state, desks)) == repr(before)


async def test_a_push_asks_those_of_the_preview(client: Client, town: Town) -> None:
    """What was shown is sent: 201, the action, and a letter to each of the couriers."""
    _, preview = await _get(client, "push-preview?zone_id=west")
    status, action = await _post(
        client, "push", zone_id="west", count=preview["count"], reason="rain in an hour"
    )
    assert (status, action["mode"], action["by"]) == (201, "by_hand", "walt")
    assert action["reason"] == "rain in an hour"
    shown = [one["courier_id"] for one in preview["couriers"]]
    assert [target["id"] for target in action["targets"]] == shown
    letters = town.ordered.letters
    assert [letter.recipient for letter in letters] == shown
    assert {letter.action_id for letter in letters} == {action["id"]}


async def test_the_answer_to_a_push_says_where_it_is(client: Client) -> None:
    """The new action's address is in the header."""
    answer = await client.post(
        f"{CITY_PATH}/push", headers=signed("walt"), json={"zone_id": "west", "reason": "r"}
    )
    action = await answer.json()
    assert answer.headers["Location"] == f"/v1/actions/{action['id']}"


async def test_a_push_to_couriers_that_a_person_picked(client: Client) -> None:
    """Just these, whatever the plan would say."""
    status, action = await _post(
        client, "push", order_id="o1", courier_ids=["c3", "c2"], reason="they know the way"
    )
    assert (status, action["subject"]) == (201, {"kind": "order", "id": "o1"})
    assert [target["id"] for target in action["targets"]] == ["c3", "c2"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"zone_id": "west", "order_id": "o1"}, 409, "not_possible"),
        ({"zone_id": "nowhere"}, 404, "unknown_zone"),
        ({"order_id": "none"}, 404, "unknown_order"),
        ({"zone_id": "west", "courier_ids": ["ghost"]}, 404, "unknown_courier"),
        ({"zone_id": "west", "count": 0}, 400, "bad_body"),
    ],
)
async def test_a_push_that_is_refused(
    client: Client, town: Town, body: dict[str, Any], status: int, code: str
) -> None:
    """Each refusal has its word, and nothing is sent."""
    answered, refused = await _post(client, "push", reason="try", **body)
    assert (answered, refused["code"]) == (status, code)
    assert town.ordered.letters == []


async def test_only_watchers_of_the_city_push(client: Client) -> None:
    """Viewers may not, and those of another town know of no such city."""
    assert (await _post(client, "push", "vera", zone_id="west", reason="r"))[0] == 403
    assert (await _post(client, "push", "elsewhere", zone_id="west", reason="r"))[0] == 404
    assert (await _get(client, "push-preview?zone_id=west", "vera"))[0] == 200


async def test_a_zone_tells_of_its_pushes(client: Client, town: Town) -> None:
    """While couriers are asked to come, the zone says how many are wanted."""
    assert (await _get(client, "zones/west"))[1]["zone"]["pushing"] is None
    _, action = await _post(client, "push", zone_id="west", count=2, reason="r")
    _, zone = await _get(client, "zones/west")
    assert zone["zone"]["pushing"] == {"actions": [action["id"]], "expected": 2, "accepted": 0}
    assert (await _get(client, "zones/mid"))[1]["zone"]["pushing"] is None


# --- pauses ----------------------------------------------------------------------------------


async def test_a_preview_of_a_pause_shows_the_evidence() -> None:
    """What is late, what goes on, and how many venues may be paused."""
    town = slow_town()
    async with api(town) as client:
        status, preview = await _get(client, "pause-preview?venue_id=v")
    assert (status, preview["hindered"], preview["hindered_by_itself"]) == (200, None, None)
    assert preview["evidence"]["overdue"] == 5
    assert (preview["open_orders"], preview["minutes"], preview["takes_orders"]) == (5, 15, True)
    assert preview["zone"] == preview["whole_city"] == {"open": 4, "paused": 0, "at_most": 4}
    assert preview["action"] == living(town, "pause_venue").id
    assert preview["alert"] == living(town, "pause_venue").alert


async def test_a_pause_by_hand_and_its_end() -> None:
    """Paused for as long as ordered; a second pause is told who was first; resumed by another."""
    town = slow_town("off")
    async with api(town, authenticate=by_name) as client:
        status, action = await _post(client, "venues/v/pause", minutes=20, reason="no oven")
        assert (status, action["stage"], action["until_ts"]) == (200, "paused", at(2_200))
        deliver(town, 1_001, town.ordered)
        status, refused = await _post(client, "venues/v/pause", "wanda", reason="me too")
        assert (status, refused["code"]) == (409, "changed")
        _, preview = await _get(client, "pause-preview?venue_id=v1")
        assert preview["zone"]["paused"] == 1
        _, venue_shown = await _get(client, "venues/v")
        assert venue_shown["paused_by"] == {"action_id": action["id"], "until_ts": at(2_200)}
        status, action = await _post(client, "venues/v/resume", "wanda", reason="it works")
        assert (status, action["stage"]) == (200, "resuming")
        deliver(town, 1_002, town.ordered)
        _, venue_shown = await _get(client, "venues/v")
        assert venue_shown["paused_by"] is None
        status, refused = await _post(client, "venues/v/resume", reason="again")
        assert (status, refused["code"]) == (409, "not_possible")


async def test_a_venue_made_busy_is_not_paused() -> None:
    """Only its preparation times are longer."""
    town = slow_town("off")
    async with api(town) as client:
        status, action = await _post(client, "venues/v/pause", busy=True, reason="soft")
        assert (status, action["stage"]) == (200, "busy")
        (letter,) = town.ordered.letters
        assert getattr(letter.body, "change", "") == "busy"
        assert (await _get(client, "venues/v"))[1]["paused_by"] is None


async def test_pauses_of_venues_that_are_not_known_are_refused(client: Client) -> None:
    """In the preview, the pause and the resume."""
    assert (await _get(client, "pause-preview?venue_id=x"))[1]["code"] == "unknown_venue"
    assert (await _post(client, "venues/x/pause", reason="r"))[1]["code"] == "unknown_venue"
    assert (await _post(client, "venues/x/resume", reason="r"))[1]["code"] == "unknown_venue"
    assert (await _post(client, "venues/v/pause", "vera", reason="r"))[0] == 403


async def test_a_proposal_under_way_is_named_by_the_preview() -> None:
    """Whoever looks sees that the program has thought of it already."""
    town = short_town()
    async with api(town) as client:
        _, preview = await _get(client, "push-preview?zone_id=west")
    assert preview["actions"] == [living(town).id]
    assert preview["alert"] == living(town).alert
