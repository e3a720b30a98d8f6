"""Commands refused over HTTP before the engine hears of them, as the audit is told."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, get_args

import pytest
from aiohttp.test_utils import TestClient
from yarl import URL

from alerts.alert import Alert
from monitor.api.app import routes_of
from monitor.core.audit import AuditEntry, act_of
from monitor.core.commands import Command
from monitor.docgen.schemas import tag_of
from tests.support.acting import complaint_town, living, short_town
from tests.support.api_stage import api, by_name, context_of, signed
from tests.support.cities import CITY, Town, placed, problem, small_city, venue

Client = TestClient[Any, Any]
Seen = tuple[str, str, str, str, str, str]  # who, what, where, on what, why refused, his words


def seen(entry: AuditEntry) -> Seen:
    """An entry in short."""
    assert not entry.ok
    return entry.by, entry.act, entry.city, entry.subject, entry.code, entry.reason


@asynccontextmanager
async def door(town: Town) -> AsyncIterator[tuple[Client, list[AuditEntry]]]:
    """A client of the town's API, and what the audit is told of those refused there."""
    told: list[AuditEntry] = []
    async with api(town, authenticate=by_name, refused=told.append) as client:
        yield client, told


def two_towns() -> tuple[Town, Alert]:
    """One complaint in the first of two."""
    town = Town(small_city(), small_city("othertown"))
    town.tell(0, venue(0), placed(0, "a"), problem(0, "a"))
    town.pass_time(1)
    (alert,) = town.state.cities[CITY].book.living()
    return town, alert


def test_every_command_has_one_route_that_names_it() -> None:
    """The acts of the routes are the commands of the engine; what only reads or feeds has none."""
    acts = [route.act for route in routes_of(context_of(complaint_town())) if route.act]
    assert sorted(acts) == sorted(
        tag_of(kind).removeprefix("command.") for kind in get_args(Command)
    )


def test_a_route_and_its_command_have_the_same_name() -> None:
    """So that a trail reads the same, refused or not."""
    for kind in get_args(Command):
        assert tag_of(kind) == f"command.{act_of(kind)}"


CASES: list[tuple[str, Callable[[str], str], Any, Seen]] = [
    (
        "vera",
        lambda alert: f"/v1/alerts/{alert}/ack",
        {},
        ("vera", "ack", CITY, "", "forbidden", ""),
    ),
    (
        "vera",
        lambda alert: f"/v1/alerts/{alert}/note",
        {"text": "let me"},
        ("vera", "note", CITY, "", "forbidden", "let me"),
    ),
    (
        "walt",
        lambda alert: f"/v1/alerts/{alert}/release",
        {"force": True},
        ("walt", "release", CITY, "", "forbidden", ""),
    ),
    (
        "elsewhere",
        lambda alert: f"/v1/alerts/{alert}/claim",
        {},
        ("elsewhere", "claim", CITY, "", "forbidden", ""),
    ),
]


@pytest.mark.parametrize(("who", "path", "body", "wanted"), CASES)
async def test_a_refusal_on_an_alert_names_the_alert_and_its_city(
    who: str, path: Callable[[str], str], body: Any, wanted: Seen
) -> None:
    """For the role, for the force it takes, and for a city that the token does not reach."""
    town, alert = two_towns()
    async with door(town) as (client, told):
        answer = await client.post(path(alert.id), headers=signed(who), json=body)
        assert answer.status == (404 if who == "elsewhere" else 403)
    (entry,) = told
    assert seen(entry) == (*wanted[:3], alert.id, *wanted[4:])
    assert entry.ts == town.now_ms()


async def test_what_the_body_names_is_in_the_audit_too() -> None:
    """The switch that was not thrown, the zone that was not helped, the city not silenced."""
    town, _ = two_towns()
    silence = {
        "city": CITY,
        "matchers": [{"field": "rule", "value": "order_late"}],
        "until_ts": 9_000_000_000_000,
        "reason": "quiet",
    }
    async with door(town) as (client, told):
        for path, body in (
            (f"/v1/cities/{CITY}/switches", {"kind": "all", "off": True, "reason": "stop"}),
            (f"/v1/cities/{CITY}/push", {"zone_id": "west", "reason": "rain"}),
            (f"/v1/cities/{CITY}/venues/v/pause", {"reason": "slow"}),
            ("/v1/silences", silence),
        ):
            assert (await client.post(path, headers=signed("vera"), json=body)).status == 403
    assert [seen(one)[1:] for one in told] == [
        ("switch", CITY, "all", "forbidden", "stop"),
        ("push", CITY, "west", "forbidden", "rain"),
        ("pause", CITY, "v", "forbidden", "slow"),
        ("silence", CITY, "", "forbidden", "quiet"),
    ]


async def test_a_decision_on_an_action_of_another_city_is_kept_there() -> None:
    """The lead of elsewhere is told that there is no such action; the trail of its city has it."""
    town = short_town()
    action = living(town)
    async with door(town) as (client, told):
        path = f"/v1/actions/{action.id}/approve"
        assert (await client.post(path, headers=signed("elsewhere"))).status == 404
    assert [seen(one) for one in told] == [
        ("elsewhere", "approve", CITY, action.id, "forbidden", "")
    ]


async def test_what_is_not_there_or_has_ended_is_kept_as_well() -> None:
    """An unknown alert and city have no city in the audit; one that has ended is in its own."""
    town, alert = two_towns()
    walt = signed("walt")
    async with door(town) as (client, told):
        await client.post("/v1/alerts/none/ack", headers=walt)
        await client.delete("/v1/silences/none", headers=walt)
        await client.post("/v1/cities/atlantis/push", headers=walt, json={"reason": "r"})
        close = await client.post(
            f"/v1/alerts/{alert.id}/close", headers=walt, json={"reason": "refunded"}
        )
        assert close.status == 200
        town.pass_time(2)
        assert (await client.post(f"/v1/alerts/{alert.id}/ack", headers=walt)).status == 409
    assert [seen(one)[1:5] for one in told] == [
        ("ack", "", "none", "unknown_alert"),
        ("unsilence", "", "none", "unknown_silence"),
        ("push", "", "", "unknown_city"),
        ("ack", CITY, alert.id, "resolved"),
    ]


async def test_what_came_to_the_engine_is_not_told_again() -> None:
    """Done or refused by the engine: its own audit has it."""
    town, alert = two_towns()
    async with door(town) as (client, told):
        for who, status in (("walt", 200), ("wanda", 409)):
            answer = await client.post(f"/v1/alerts/{alert.id}/claim", headers=signed(who))
            assert answer.status == status
    assert told == []


async def test_reads_strangers_foreign_pages_and_nonsense_are_no_commands() -> None:
    """A list that he may not read, a token that nobody has, a page of another host, a body that is
    none: nothing was asked for that could be done."""
    town, alert = two_towns()
    path = f"/v1/alerts/{alert.id}/note"
    async with door(town) as (client, told):
        assert (await client.get("/v1/audit", headers=signed("walt"))).status == 403
        assert (await client.post(path, headers=signed("mallory"))).status == 401
        evil = signed("walt") | {"Origin": "https://evil.example"}
        assert (await client.post(path, headers=evil, json={"text": "x"})).status == 403
        assert (await client.post(path, headers=signed("walt"), json={"text": 7})).status == 400
    assert told == []


@pytest.mark.parametrize("odd", ["%ED%A0%80", "%FF", "%00", "x" * 4_000])
async def test_an_odd_path_makes_an_entry_that_every_store_can_take(odd: str) -> None:
    """Half characters are replaced, what is longer than any id is cut."""
    town, _ = two_towns()
    async with door(town) as (client, told):
        url = URL(f"/v1/alerts/{odd}/ack", encoded=True)
        await client.post(url, headers=signed("vera"), data=b"{" * 9)
    (entry,) = told
    assert len(entry.subject.encode()) <= 3 * 128
    assert (entry.by, entry.act, entry.city, entry.reason) == ("vera", "ack", "", "")
