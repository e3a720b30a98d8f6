"""The audit, the ledger's letters, the targets, and the kill switches over the API."""

from collections.abc import Sequence
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from alerts.letter import Drill, Letter, Posting, PostingState, TargetHealth
from monitor.core.audit import AuditEntry
from tests.support.acting import living, short_town
from tests.support.api_stage import api, by_name, signed
from tests.support.cities import CITY, T0, Town, at, small_city

Client = TestClient[Any, Any]


def entry(seconds: float, city: str = CITY, by: str = "walt") -> AuditEntry:
    """Somebody approved something."""
    return AuditEntry(ts=at(seconds), city=city, by=by, act="approve", subject="a1", ok=True)


AUDIT = [entry(3), entry(2), entry(2, by="wanda"), entry(1, "othertown"), entry(0)]


async def audit(city: str | None, before_ts: int | None, limit: int) -> Sequence[AuditEntry]:
    """As a store answers: the newest first, and all of the last millisecond."""
    found = [
        one
        for one in AUDIT
        if (city is None or one.city == city) and (before_ts is None or one.ts < before_ts)
    ]
    return [one for one in found if len(found) < limit or one.ts >= found[limit - 1].ts]


def posting(key: str, state: PostingState, city: str = CITY, seconds: float = 0) -> Posting:
    """A drill in the ledger."""
    return Posting(
        letter=Letter(
            key=key,
            of="of",
            to="hook",
            city=city,
            action_id="a1",
            recipient="c1",
            created_ts=T0,
            deadline_ts=at(60),
            body=Drill(ts=T0, words="the words of the letter"),
        ),
        state=state,
        attempts=3,
        error="answered 500",
        updated_ts=at(seconds),
    )


POSTINGS = [
    posting("k1", "dead", seconds=1),
    posting("k2", "waiting"),
    posting("k3", "dead", seconds=2),
    posting("k4", "dead", "othertown"),
]


async def postings(
    states: Sequence[PostingState], limit: int, city: str | None
) -> Sequence[Posting]:
    """As a store answers: those put first come first."""
    return [
        one for one in POSTINGS if one.state in states and (city is None or one.letter.city == city)
    ][:limit]


def town() -> Town:
    """Two towns where nothing happened."""
    return Town(small_city(), small_city("othertown"))


async def _get(client: Client, path: str, who: str = "lea") -> tuple[int, Any]:
    answer = await client.get(path, headers=signed(who))
    return answer.status, await answer.json()


async def test_the_audit_comes_in_pages() -> None:
    """The newest first; entries of one millisecond stay together; the pages join to the whole."""
    async with api(town(), authenticate=by_name, audit=audit) as client:
        status, page = await _get(client, "/v1/audit?limit=2")
        assert status == 200
        assert [(one["ts"], one["by"]) for one in page["items"]] == [
            (at(3), "walt"),
            (at(2), "walt"),
            (at(2), "wanda"),
        ]
        _, page = await _get(client, f"/v1/audit?limit=2&before_ts={page['next_before_ts']}")
        assert [one["ts"] for one in page["items"]] == [at(1), at(0)]
        _, page = await _get(client, f"/v1/audit?limit=2&before_ts={page['next_before_ts']}")
        assert (page["items"], page["next_before_ts"]) == ([], None)


async def test_the_audit_is_for_leads_of_the_city() -> None:
    """A watcher may not; a lead of another town sees that town's alone."""
    async with api(town(), authenticate=by_name, audit=audit) as client:
        assert (await _get(client, "/v1/audit", "walt"))[0] == 403
        _, page = await _get(client, "/v1/audit", "elsewhere")
        assert [one["city"] for one in page["items"]] == ["othertown"]
        assert (await _get(client, f"/v1/audit?city={CITY}", "elsewhere"))[0] == 404
        _, page = await _get(client, "/v1/audit?city=othertown")
        assert len(page["items"]) == 1


async def test_dead_letters_of_the_ledger_come_first() -> None:
    """Without a state the dead ones are shown, the last changed first, without their words."""
    async with api(town(), authenticate=by_name, postings=postings) as client:
        _, page = await _get(client, "/v1/letters")
        assert ([one["key"] for one in page["items"]], page["total"]) == (["k3", "k1", "k4"], 3)
        first = page["items"][0]
        assert (first["type"], first["to"], first["attempts"]) == ("drill", "hook", 3)
        assert first["error"] == "answered 500"
        assert "the words of the letter" not in str(page)
        _, page = await _get(client, f"/v1/letters?city={CITY}&state=waiting")
        assert [one["key"] for one in page["items"]] == ["k2"]
        _, page = await _get(client, "/v1/letters?limit=1")
        assert ([one["key"] for one in page["items"]], page["total"]) == (["k3"], 3)


async def test_letters_are_for_watchers_of_the_city() -> None:
    """A viewer may not; a token limited to a city sees its letters alone."""
    async with api(town(), authenticate=by_name, postings=postings) as client:
        assert (await _get(client, "/v1/letters", "vera"))[0] == 403
        _, page = await _get(client, "/v1/letters", "here")
        assert [one["key"] for one in page["items"]] == ["k3", "k1"]


async def test_targets_tell_how_they_do() -> None:
    """For whoever may see all cities, for targets are of none."""
    told = TargetHealth(name="hook", breaker="open", waiting=4, last_error="answered 500")
    async with api(town(), authenticate=by_name, targets=lambda: (told,)) as client:
        _, shown = await _get(client, "/v1/targets", "walt")
        (hook,) = shown["items"]
        assert (hook["name"], hook["breaker"], hook["waiting"]) == ("hook", "open", 4)
        assert (await _get(client, "/v1/targets", "here"))[0] == 403


async def test_without_store_and_ledger_there_is_nothing_to_show() -> None:
    """The routes answer with empty lists."""
    async with api(town(), authenticate=by_name) as client:
        for path in ("audit", "letters", "targets"):
            status, page = await _get(client, f"/v1/{path}")
            assert (status, page["items"]) == (200, [])


@pytest.mark.parametrize("kind", ["push_couriers", "all"])
async def test_a_lead_switches_a_kind_off_and_on_again(kind: str) -> None:
    """Off: a proposal is withdrawn, and it is told who did it and why; on again afterwards."""
    town = short_town()
    path = f"/v1/cities/{CITY}/switches"
    body = {"kind": kind, "off": True, "reason": "marathon"}
    async with api(town, authenticate=by_name) as client:
        action = living(town)
        assert (await client.post(path, headers=signed("walt"), json=body)).status == 403
        answer = await client.post(path, headers=signed("lea"), json=body)
        shown = {one["kind"]: one for one in (await answer.json())["items"]}
        assert shown[kind] == {
            "kind": kind,
            "off": True,
            "by": "lea",
            "since_ts": at(425),
            "reason": "marathon",
        }
        assert not shown["pause_venue"]["off"]
        _, cancelled = await _get(client, f"/v1/actions/{action.id}")
        assert cancelled["state"] == "cancelled"
        answer = await client.post(path, headers=signed("adam"), json=body)
        refused = await answer.json()
        assert (answer.status, refused["by"], refused["since_ts"]) == (409, "lea", at(425))
        answer = await client.post(path, headers=signed("lea"), json=body | {"off": False})
        assert not any(one["off"] for one in (await answer.json())["items"])
        assert (await _get(client, path, "vera"))[0] == 200
