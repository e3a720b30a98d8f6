"""What people order over the stream: every command, checked and carried out."""

import json
from typing import Any, Final, get_args

import pytest
from msgspec import to_builtins

from monitor.core.audit import AuditEntry
from monitor.core.commands import ActionCommand, AlertCommand, Command
from monitor.docgen.schemas import tag_of
from monitor.people import People, acting
from tests.support.acting import complaint_town, living, short_town, slow_town
from tests.support.api_stage import PEOPLE
from tests.support.cities import CITY, Town, at
from ws.auth import ANONYMOUS, Identity
from ws.commands import ClientInfo, CommandResult

REFUSED: Final[list[AuditEntry]] = []  # at the door, in the test that runs


@pytest.fixture(autouse=True)
def nothing_refused() -> None:
    """Each test begins with none."""
    REFUSED.clear()


async def order(town: Town, name: str, who: str = "walt", **args: Any) -> CommandResult:
    """Somebody sends a command; what he is answered."""
    people = People(town.submit, town.now_ms, lambda: town.state.cities, REFUSED.append)
    client = ClientInfo(1, "127.0.0.1", PEOPLE[who])
    return await people(client, name, json.dumps({"city": CITY, **args}).encode())


def detail(result: CommandResult) -> Any:
    """What stands beside the answer."""
    return json.loads(result.detail)


@pytest.mark.parametrize("kind", get_args(Command), ids=tag_of)
async def test_every_command_is_known_by_its_word(kind: type) -> None:
    """Each command of the engine is one of the stream; without its arguments it is invalid."""
    result = await order(complaint_town(), tag_of(kind).removeprefix("command."))
    assert (result.ok, result.code) == (False, "invalid")


def test_commands_are_on_alerts_or_on_actions() -> None:
    """Nothing else is ordered."""
    assert {*get_args(AlertCommand), *get_args(ActionCommand)} == set(get_args(Command))


async def test_a_proposal_is_approved_by_one_and_refused_to_the_other() -> None:
    """The answer names the action; the second is told who was first, and when."""
    town = short_town()
    action = living(town)
    result = await order(town, "approve", action_id=action.id, version=1)
    assert (result.ok, result.code, detail(result)["id"]) == (True, "done", action.id)
    result = await order(town, "reject", "wanda", action_id=action.id, reason="no", version=1)
    assert (result.ok, result.code) == (False, "changed")
    assert detail(result) == {"by": "walt", "since_ts": at(425), "id": action.id}


async def test_an_approved_push_is_cancelled() -> None:
    """Nothing more is sent for it."""
    town = short_town()
    action = living(town)
    await order(town, "approve", action_id=action.id)
    result = await order(town, "cancel", action_id=action.id, reason="storm")
    assert (result.code, detail(result)["id"]) == ("done", action.id)
    assert town.ordered.withdrawn == [action.id]


async def test_a_push_by_hand_answers_with_its_action() -> None:
    """So that a page can follow it."""
    town = short_town("off")
    result = await order(town, "push", zone_id="west", count=2, reason="rain")
    assert detail(result)["id"] == living(town).id
    result = await order(town, "push", "vera", zone_id="west", reason="rain")
    assert (result.code, result.message) == (
        "forbidden",
        "this needs the role watcher; yours is viewer",
    )


async def test_a_pause_by_hand_and_its_end() -> None:
    """Both answer with the same action."""
    town = slow_town("off")
    paused = await order(town, "pause", venue_id="v", minutes=20, reason="no oven")
    assert detail(paused)["id"] == living(town, "pause_venue").id
    again = await order(town, "pause", "wanda", venue_id="v", reason="me too")
    assert (again.code, detail(again)["id"]) == ("changed", detail(paused)["id"])
    resumed = await order(town, "resume", "wanda", venue_id="v", reason="it works")
    assert (resumed.ok, detail(resumed)["id"]) == (True, detail(paused)["id"])


async def test_only_a_lead_switches_actions_off() -> None:
    """A watcher is told what it takes."""
    town = short_town()
    body: dict[str, Any] = {"kind": "all", "off": True, "reason": "marathon"}
    result = await order(town, "switch", **body)
    assert (result.code, result.message) == (
        "forbidden",
        "this needs the role lead; yours is watcher",
    )
    assert (await order(town, "switch", "lea", **body)).ok
    result = await order(town, "switch", "adam", **body)
    assert (result.code, detail(result)["by"]) == ("changed", "lea")


async def test_commands_of_other_cities_and_unknown_words_are_refused() -> None:
    """A lead of another town has no say here."""
    town = short_town()
    body: dict[str, Any] = {"kind": "all", "off": True, "reason": "r"}
    assert (await order(town, "switch", "elsewhere", **body)).code == "unknown_city"
    assert (await order(town, "explode")).code == "unknown_command"


async def test_what_is_refused_at_the_door_is_told_to_the_audit() -> None:
    """Who, what, where and on what: for the role, for a city that is not his, for one that is not;
    what is no command asks for nothing, and what the engine refuses the engine keeps."""
    town = short_town()
    await order(town, "push", "vera", zone_id="west", reason="rain")
    await order(town, "switch", "elsewhere", kind="all", off=True, reason="r")
    await order(town, "ack", "walt", city="atlantis", alert_id="a")
    await order(town, "explode", "vera")
    await order(town, "push", "vera", zone_id=7)
    await order(town, "push", "walt", zone_id="nowhere", reason="r")
    ts, may_not = town.clock_ms, {"ok": False, "code": "forbidden"}
    assert [to_builtins(one) for one in REFUSED] == [
        {"ts": ts, "city": CITY, "by": "vera", "act": "push", "subject": "west", **may_not}
        | {"reason": "rain", "count": 1},
        {"ts": ts, "city": CITY, "by": "elsewhere", "act": "switch", "subject": "all", **may_not}
        | {"reason": "r", "count": 1},
        {"ts": ts, "city": "", "by": "walt", "act": "ack", "subject": "a", "ok": False}
        | {"code": "unknown_city", "reason": "", "count": 1},
    ]


def test_those_who_may_act_are_counted_once_each() -> None:
    """Two windows of one person are one; without tokens each window counts; viewers don't."""
    ann, vera = Identity("ann", "watcher"), Identity("vera", "viewer")
    assert acting([ann, ann, vera, Identity("lea", "lead")]) == 2
    assert acting([ANONYMOUS, ANONYMOUS]) == 2
