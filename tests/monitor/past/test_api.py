"""The recorded day over HTTP: who may see it, what is refused, processes that come and go."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from config.store import RecordingSettings
from monitor.core.plan import CityPlan
from monitor.past.past import Past, open_past
from monitor.past.recording import Recording
from monitor.runtime.clock import VirtualClock
from tests.support.api_stage import api, by_name, signed
from tests.support.cities import Town
from tests.support.configs import CITY as CONFIG
from tests.support.configs import loaded
from tests.support.past_day import CITY, MINUTE, Day, Held, Json, lines, put, record_day

Client = TestClient[Any, Any]
STATE = "/v1/recording/state"
CHANGES = "/v1/recording/changes"


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    """A quarter of an hour."""
    folder = tmp_path_factory.mktemp("day")
    return asyncio.run(record_day(folder, VirtualClock(), minutes=15))


@dataclass
class Served:
    """The API over what was recorded."""

    client: Client
    past: Past
    plans: list[CityPlan]
    day: Day

    async def told(self, path: str, by: str = "vera", **query: object) -> list[Json]:
        """What somebody is told."""
        async with self.client.get(path, params=self.whole(query), headers=signed(by)) as answer:
            assert answer.status == 200, await answer.text()
            assert answer.content_type == "application/x-ndjson"
            return lines(await answer.read())

    async def refused(self, path: str, by: str = "vera", **query: object) -> tuple[int, str]:
        """Why somebody is told nothing."""
        async with self.client.get(path, params=self.whole(query), headers=signed(by)) as answer:
            return answer.status, (await answer.json())["code"]

    def whole(self, query: dict[str, object]) -> dict[str, str]:
        """The parameters, the city among them."""
        return {name: str(value) for name, value in ({"city": CITY} | query).items()}


@asynccontextmanager
async def served(day: Day, tmp_path: Path, viewers_max: int = 3) -> AsyncIterator[Served]:
    """The API, its state that of the end of the day."""
    plans = [day.plan]
    settings = RecordingSettings(viewers_max=viewers_max)
    # What is written goes elsewhere, so that the day stays as it is.
    past = Past(day.folder, Recording(tmp_path / "now", settings), settings, lambda: plans)
    given = {"past": past, "state": lambda: day.state, "now_ms": lambda: day.end_ms}
    try:
        async with api(Town(), authenticate=by_name, **given) as client:
            yield Served(client, past, plans, day)
    finally:
        await past.close()


async def test_the_past_is_told_as_the_live_stream_was(day: Day, tmp_path: Path) -> None:
    """A state and the changes after it, over HTTP, hold the alerts and actions of that moment."""
    first, second, *_ = sorted(day.looks)
    held: Held = {}
    async with served(day, tmp_path) as one:
        begun = await one.told(STATE, ts=first)
        assert (begun[0]["type"], begun[-1]["type"]) == ("then", "until")
        assert (begun[0]["notes"], begun[0]["in_gap"]) == ([], False)
        told = await one.told(CHANGES, from_ts=first, to_ts=second, every_ms=60_000)
        assert told[-1]["ts"] == second
        assert {message["type"] for message in told} == {"delta", "until"}
    for message in [*begun, *told]:
        put(held, message)
    for layer in ("alerts", "actions"):
        assert held[layer] == day.looks[second][layer]
    assert held["couriers"].keys() == day.looks[second]["couriers"].keys()


async def test_any_moment_can_be_gone_on_from(day: Day, tmp_path: Path) -> None:
    """Where the process does not stand at `from_ts`, the whole of that moment comes first."""
    first, second, *_ = sorted(day.looks)
    async with served(day, tmp_path) as one:
        told = await one.told(CHANGES, from_ts=first, to_ts=second, layers="alerts")
        assert [message["type"] for message in told[:2]] == ["then", "snapshot"]
        on = await one.told(CHANGES, from_ts=second, to_ts=second + MINUTE, layers="alerts")
        assert "snapshot" not in {message["type"] for message in on}


async def test_who_may_not_see_the_city_is_told_nothing(day: Day, tmp_path: Path) -> None:
    """A token, a role and the city are asked for, as for the live city."""
    spans = {"from_ts": day.start_ms, "to_ts": day.start_ms + 1}
    async with served(day, tmp_path) as one:
        for path, query in (
            (STATE, {"ts": day.start_ms}),
            (CHANGES, spans),
            ("/v1/recording/marks", spans),
        ):
            assert await one.refused(path, "stranger", **query) == (401, "unauthorized")
            assert await one.refused(path, "nobody", **query) == (403, "forbidden")
            assert await one.refused(path, "elsewhere", **query) == (404, "unknown_city")
        async with one.client.get("/v1/recording", headers=signed("elsewhere")) as answer:
            assert (await answer.json())["cities"] == []
        assert one.past.processes == []


async def test_what_can_t_be_played_is_refused_by_name(day: Day, tmp_path: Path) -> None:
    """Wrong parameters, and times that were never recorded."""
    now = day.start_ms + MINUTE
    async with served(day, tmp_path) as one:
        assert await one.refused(STATE, ts=now, layers="zones,zone") == (400, "bad_parameter")
        assert await one.refused(STATE) == (400, "bad_parameter")
        for to_ts in (now - 1, now + 3_600_001):
            asked = await one.refused(CHANGES, from_ts=now, to_ts=to_ts)
            assert asked == (400, "bad_parameter")
        asked = await one.refused(CHANGES, from_ts=now, to_ts=now + 1, every_ms=1)
        assert asked == (400, "bad_parameter")
        assert await one.refused(STATE, ts=day.start_ms - 1) == (404, "not_recorded")


async def test_there_are_never_more_replays_than_allowed(day: Day, tmp_path: Path) -> None:
    """With one allowed, the second viewer hears when to come again; the first goes on."""
    async with served(day, tmp_path, viewers_max=1) as one:
        await one.told(STATE, ts=day.start_ms + MINUTE, layers="zones")
        params = one.whole({"ts": day.start_ms + MINUTE, "session": "other"})
        async with one.client.get(STATE, params=params, headers=signed("vera")) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
            assert (await answer.json())["code"] == "replays_busy"
        await one.told(STATE, ts=day.start_ms + 2 * MINUTE, layers="zones")
        assert len(one.past.processes) == 1
    assert one.past.processes == []


async def test_a_process_that_dies_is_replaced(day: Day, tmp_path: Path) -> None:
    """The next ask is answered by another one, with the whole of where the viewer was."""
    first = min(day.looks)
    async with served(day, tmp_path) as one:
        await one.told(STATE, ts=first, layers="alerts")
        (child,) = one.past.processes
        os.kill(child, signal.SIGKILL)
        asked: dict[str, Any] = {"from_ts": first, "to_ts": first + MINUTE, "layers": "alerts"}
        try:
            told = await one.told(CHANGES, **asked)
        except AssertionError:  # its end had not been seen yet: said so, and the next one serves
            told = await one.told(CHANGES, **asked)
        assert told[1]["type"] == "snapshot"
        assert one.past.processes != [child]


async def test_an_answer_that_was_not_read_out_does_no_harm(day: Day, tmp_path: Path) -> None:
    """A viewer who hangs up in the middle asks again and is told what he asks for."""
    first, *_, last = sorted(day.looks)
    async with served(day, tmp_path) as one:
        params = one.whole({"from_ts": first, "to_ts": last, "every_ms": 100})
        answer = await one.client.get(CHANGES, params=params, headers=signed("vera"))
        await answer.content.readany()
        answer.close()
        told = await one.told(STATE, ts=first, layers="zones")
        assert [message["type"] for message in told] == ["then", "snapshot", "until"]
        assert told[0]["ts"] == first


async def test_a_reload_is_told_in_words(day: Day, tmp_path: Path) -> None:
    """With other rules today the past is played by them, and the viewer is told so."""
    first = min(day.looks)
    async with served(day, tmp_path) as one:
        await one.told(STATE, ts=first, layers="zones")
        one.plans[:] = [replace(day.plan, stale_ms=30_000)]
        told = await one.told(CHANGES, from_ts=first, to_ts=first + MINUTE, layers="zones")
        assert told[0]["notes"] == [
            f"{CITY} has other zones or rules now: all in it is counted anew"
        ]


async def test_what_is_recorded_is_listed(day: Day, tmp_path: Path) -> None:
    """One stretch without a gap, the bounds, and the marks of alerts and actions in it."""
    async with served(day, tmp_path) as one:
        async with one.client.get("/v1/recording", headers=signed("vera")) as answer:
            found = await answer.json()
        assert found["stretches"] == [{"from_ts": found["from_ts"], "to_ts": found["to_ts"]}]
        assert (found["from_ts"], found["to_ts"]) == (day.start_ms, day.end_ms)
        assert (found["enabled"], found["cities"], found["keep_h"]) == (True, [CITY], 24)
        assert 0 < found["bytes"] < 5_000_000
        params = one.whole({"from_ts": day.start_ms, "to_ts": day.end_ms})
        async with one.client.get(
            "/v1/recording/marks", params=params, headers=signed("vera")
        ) as answer:
            marks = await answer.json()
        assert marks["alerts"]
        assert all(mark["fired_ts"] <= day.end_ms for mark in marks["alerts"])


async def test_where_nothing_is_recorded_it_says_so() -> None:
    """Switched off, there is nothing to list and nothing to play."""
    async with api(Town()) as client:
        async with client.get("/v1/recording") as answer:
            found = await answer.json()
        assert (found["enabled"], found["from_ts"], found["stretches"]) == (False, None, [])
        async with client.get(STATE, params={"city": "smallville", "ts": "1"}) as answer:
            assert (answer.status, (await answer.json())["code"]) == (404, "not_recorded")


async def test_it_is_kept_beside_the_store_and_may_fail(tmp_path: Path) -> None:
    """By default the folder stands beside the store's file, for its owner alone; one that can't be
    used leaves the monitor without a recording, and one that is switched off is not made."""
    text = f"{CONFIG}[store]\npath = 'state/city.db'\n"
    async with open_past(loaded(tmp_path, text), lambda: []) as past:
        assert past is not None
    folder = tmp_path / "state" / "recording"
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.rmdir()
    folder.touch()
    async with open_past(loaded(tmp_path, text), lambda: []) as past:
        assert past is None
    folder.unlink()
    off = f"{text}[recording]\nenabled = false\n"
    async with open_past(loaded(tmp_path, off), lambda: []) as past:
        assert past is None
    assert not folder.exists()
