"""What actions came to: over the API, in `/metrics`, and in words for one order."""

from typing import Any

from aiohttp.test_utils import TestClient

from alerts.action import Hindrance
from monitor.core.commands import AckAlert, ClaimAlert, PushByHand
from tests.support.acting import (
    acting_city,
    answered,
    complaint_town,
    deliver,
    free,
    living,
    short_town,
    slow_town,
)
from tests.support.api_stage import api, figures_of
from tests.support.cities import CITY, Town, assigned, at, courier, placed, steps, venue
from tests.support.towns import only

Client = TestClient[Any, Any]
CITY_PATH = f"/v1/cities/{CITY}"


async def _effects(town: Town) -> Any:
    async with api(town) as client:
        return await (await client.get(f"{CITY_PATH}/effects")).json()


async def _doing(town: Town, order_id: str) -> list[Any]:
    async with api(town) as client:
        answer = await client.get(f"{CITY_PATH}/orders/{order_id}")
        told: list[Any] = (await answer.json())["doing"]
        return told


def campaign() -> Town:
    """A push that is over: `c0` accepted and came, `c1` declined, `c2` did not answer."""
    town = short_town("auto")
    action = living(town)
    town.tell(430, answered(430, action, "c0", True), answered(430, action, "c1", False))
    town.tell(440, courier(440, "c0", 0.09))
    town.tell(450, *(step for i in range(3) for step in steps(f"o{i}", 441, 442, 443, 450)))
    town.pass_time(1_400)
    return town


async def test_effects_are_counted_by_kind_and_state() -> None:
    """Living ones by where they stand, all by where they ever came."""
    effects = await _effects(short_town())
    pushes = effects["kinds"]["push_couriers"]
    assert (pushes["living"], pushes["came_to"]) == ({"proposed": 1}, {"proposed": 1})
    assert effects["kinds"]["pause_venue"] == {"living": {}, "came_to": {}}
    assert effects["pushes"]["campaigns"] == 0  # nobody was asked yet
    assert effects["uplift"]["uplift"] is None


async def test_a_campaign_is_summed_up() -> None:
    """Who was asked, what they answered, who came, and how long the shortage took to end."""
    effects = await _effects(campaign())
    assert effects["kinds"]["push_couriers"]["came_to"]["effective"] == 1
    assert effects["pushes"] == {
        "campaigns": 1,
        "asked": 3,
        "accepted": 1,
        "declined": 1,
        "unanswered": 0,
        "moved": 1,
        "held_back": 0,
        "held_back_moved": 0,
    }
    assert effects["recovery_s"] is not None
    assert effects["acceptance"] < 1


async def test_uplift_is_the_asked_against_those_held_back() -> None:
    """Of the asked all came, of those held back none: the difference, with its counts."""
    town = short_town("auto", control_share=0.5, couriers=4)
    action = living(town)
    held = [target.id for target in action.targets if target.state == "held_back"]
    asked = [target.id for target in action.targets if target.state != "held_back"]
    assert held, "somebody is held back"
    assert asked, "somebody is asked"
    town.tell(430, *(answered(430, action, courier_id, True) for courier_id in asked))
    town.tell(440, *(courier(440, courier_id, 0.09) for courier_id in asked))
    town.pass_time(500)
    effects = await _effects(town)
    assert effects["uplift"] == {
        "asked": len(asked),
        "moved": len(asked),
        "moved_share": 1.0,
        "held_back": len(held),
        "held_back_moved": 0,
        "held_back_moved_share": 0.0,
        "uplift": 1.0,
    }


async def test_pushes_by_hand_have_no_control_group_and_count_in_no_uplift() -> None:
    """They are among the sums, and not in the comparison."""
    town = short_town("off")
    town.tell(426, PushByHand(CITY, at(426), "walt", "rain", zone_id="west", count=2))
    effects = await _effects(town)
    assert (effects["pushes"]["asked"], effects["uplift"]["asked"]) == (2, 0)


async def test_what_hinders_is_counted_by_its_name() -> None:
    """With nobody to ask the reason stands in the effects and in the metrics."""
    town = short_town(couriers=0)
    assert (await _effects(town))["hindered"] == {"no_courier": 1}
    async with api(town) as client:
        text = await (await client.get("/metrics")).text()
    hindered = figures_of(text, "citywatch_actions_hindered_total")
    assert hindered == {(CITY, "no_courier"): 1}


async def test_metrics_tell_of_actions() -> None:
    """Living ones, states reached, pushes by what came of them, what was learned."""
    town = campaign()
    async with api(town) as client:
        text = await (await client.get("/metrics")).text()
    states = figures_of(text, "citywatch_action_states_total")
    assert states[CITY, "push_couriers", "effective"] == 1
    pushes = figures_of(text, "citywatch_pushes_total")
    assert {name: count for (_, name), count in pushes.items() if count} == {
        "asked": 3,
        "accepted": 1,
        "declined": 1,
        "moved": 1,
    }
    assert 0 < figures_of(text, "citywatch_push_acceptance_ratio")[(CITY,)] < 1
    assert figures_of(text, "citywatch_push_recovery_seconds")[(CITY,)] > 0
    assert figures_of(text, "citywatch_actions_switched_off")[CITY, "all"] == 0


# --- what is being done for an order ---------------------------------------------------------


async def test_an_order_tells_of_its_zones_push() -> None:
    """Asked, accepted, come: in words, with the action and its state."""
    town = short_town("auto")
    action = living(town)
    (told,) = await _doing(town, "o1")
    assert told == {
        "ts": action.updated_ts,
        "words": "3 couriers were asked to come to its zone: 0 accepted.",
        "action_id": action.id,
        "state": "approved",
        "said": [{"code": "called", "values": {"count": 3, "accepted": 0}}],
    }
    town.tell(430, answered(430, action, "c0", True))
    town.tell(440, courier(440, "c0", 0.09))
    town.pass_time(500)
    (told,) = await _doing(town, "o1")
    assert told["words"] == "3 couriers were asked to come to its zone: 1 accepted, 1 came."


async def test_a_proposal_is_told_as_one() -> None:
    """Nobody was asked yet."""
    (told,) = await _doing(short_town(), "o1")
    assert told["words"] == "The desk is asked whether to call couriers to its zone."


async def test_an_order_with_a_courier_is_not_told_of_later_pushes() -> None:
    """What began after it had a courier was not for it."""
    town = Town(acting_city(rules=only("zone_shortage", mode="auto")))
    town.tell(0, venue(0, "v", 0.095), *(placed(0, f"o{i}") for i in range(3)))
    town.tell(100, assigned(100, "o0", "bob"))
    town.pass_time(415)
    town.tell(416, *free(416))
    town.pass_time(425)
    assert await _doing(town, "o0") == []
    assert len(await _doing(town, "o1")) == 1


async def test_an_order_offered_to_couriers() -> None:
    """A bot can tell its client that the order was offered, and that nobody has taken it."""
    town = Town(acting_city(rules=only("order_unassigned", mode="auto")))
    town.tell(0, venue(0, "v", 0.095), placed(0))
    town.pass_time(470)
    town.tell(475, *free(475, 1))
    town.pass_time(485)
    action = living(town)
    (offered,) = await _doing(town, "o")
    assert offered["words"] == "1 courier was asked to take it: 0 accepted."
    town.tell(490, answered(490, action, "c0", False))
    town.pass_time(1_500)
    told = {one["state"]: one["words"] for one in await _doing(town, "o")}
    assert told == {
        "ineffective": "1 courier was asked to take it: 0 accepted.",
        "approved": "Support was told.",
        "hindered": "No free courier could be found nearby so far.",
    }


async def test_what_stands_in_the_way_is_told() -> None:
    """With no courier in reach the order says so."""
    town = Town(acting_city(rules=only("order_unassigned", mode="auto")))
    town.tell(0, venue(0, "v", 0.095), placed(0))
    town.pass_time(485)
    (told,) = await _doing(town, "o")
    assert told["words"] == "No free courier could be found nearby so far."
    assert (told["action_id"], told["state"]) == (None, "hindered")
    assert told["said"] == [{"code": "hindered", "values": {"why": "no_courier"}}]
    why: Hindrance = "no_courier"
    alert = town.state.cities[CITY].book.living()[0].id
    assert town.state.cities[CITY].desk.actions.hindrance_of(alert) == why


async def test_the_desk_is_told_of_without_names() -> None:
    """Who has it is nobody's business but the desk's."""
    town = complaint_town()
    deliver(town, 21, town.pass_time(21))
    alert = living(town).alerts[0]
    town.tell(22, AckAlert(CITY, at(22), "walt", alert), ClaimAlert(CITY, at(22), "walt", alert))
    told = await _doing(town, "a")
    assert {one["words"] for one in told} == {
        "The desk has seen it.",
        "Somebody at the desk is looking after it.",
        "Support was told, and somebody has it.",
    }
    assert "walt" not in str(told)


async def test_an_order_tells_of_its_venues_pause() -> None:
    """Longer times first, then a break, then orders again."""
    town = slow_town("auto")
    assert [one["words"] for one in await _doing(town, "o1")][:1] == [
        "The venue promises longer times, so that it catches up."
    ]
    town.pass_time(1_200)
    words = [one["words"] for one in await _doing(town, "o1")]
    assert "The venue takes no new orders, so that it catches up." in words
