"""Redis dies, receivers misbehave, Alertmanager restarts: nothing is lost, nothing told twice.

The day of `kill_script.py` goes through the real `Monitor`, while what it depends on fails; it must
end as it does when nothing fails. Against Alertmanager the real program runs, by the wall's clock.
"""

import asyncio
import json
import logging
import os
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import pytest

from monitor.app import Monitor
from monitor.store.port import no_probe
from tests.support.alertmanager import Alertmanager, alertmanager
from tests.support.kill_checks import check_course
from tests.support.kill_city import STORES, Json, write_city, zones
from tests.support.kill_driver import Meanwhile, live, nothing_meanwhile
from tests.support.receiver import Behaviour, Receiver, receiver
from tests.support.redis_server import redis_server
from tests.support.running import Running, running
from tests.support.waiting import until

LONGEST_S: Final = 180.0
KILL_EVERY: Final = 25  # points of the store
DOWN_AT: Final = (4, 14, 27)  # steps of the day that have letters


async def day(
    folder: Path,
    one: Receiver,
    caplog: pytest.LogCaptureFixture,
    store: str = STORES["sqlite"],
    meanwhile: Meanwhile = nothing_meanwhile,
    probe: Callable[[str], None] = no_probe,
) -> Json:
    """The whole day, and what is found at its end."""
    folder.mkdir()  # noqa: ASYNC240
    caplog.clear()
    caplog.set_level(logging.INFO)
    one.requests.clear()
    one.effects.clear()
    assert one.file is not None
    one.file.touch()
    config = write_city(folder, one.port, store)
    found = await live(config, one.file, probe, meanwhile, LONGEST_S)
    return found | {
        "taken": [request.key for request in one.effects],
        "letters": [request.json for request in one.effects],
        "posted": [request.key for request in one.requests],
        "log": caplog.text,
    }


async def undisturbed(folder: Path, caplog: pytest.LogCaptureFixture) -> Json:
    """The day when nothing fails."""
    async with receiver(folder / "taken-undisturbed") as one:
        return await day(folder / "undisturbed", one, caplog)


# --- Redis ------------------------------------------------------------------------------------


async def test_redis_killed_again_and_again_costs_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Redis is killed in the middle of writes and snapshots and started again; the day goes on."""
    whole = await undisturbed(tmp_path, caplog)
    (tmp_path / "redis").mkdir()
    async with redis_server(tmp_path / "redis") as server, receiver(tmp_path / "taken") as one:
        points = 0

        def probe(point: str) -> None:
            nonlocal points
            points += point.startswith("store.")
            if points % KILL_EVERY == 0 and point.startswith("store."):
                os.kill(server.pid, signal.SIGKILL)

        async def start_again() -> None:
            while True:
                await server.ended()
                await server.start()

        watch = asyncio.create_task(start_again())
        try:
            store = STORES["redis"].format(url=server.url, name="day")
            found = await day(tmp_path / "day", one, caplog, store, probe=probe)
        finally:
            watch.cancel()
    check_course(found, whole)
    # The monitor itself did not die: it had no reason to post anything again.
    assert sorted(found["posted"]) == sorted(found["taken"])
    assert found["log"].count("the store takes nothing") >= 5


# --- receivers --------------------------------------------------------------------------------

SICK: Final = {
    "error": Behaviour(status=500),
    "busy": Behaviour(status=429, headers={"Retry-After": "1"}),
    "cut": Behaviour(silent="close"),  # it took effect, and nobody was told
    "slow": Behaviour(after_s=0.2),
    "nothing": Behaviour(silent="hang"),
}
SICK_AT: Final = {"nothing": (12,)}  # steps; each try of it takes ten seconds
OFTEN: Final = tuple(range(3, 90, 9))


@pytest.mark.parametrize("how", SICK)
async def test_a_receiver_that_misbehaves_for_a_while_gets_everything_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    """Answers of 500 or 429, a cut, slowness or silence, then health: each letter, once."""
    whole = await undisturbed(tmp_path, caplog)
    async with receiver(tmp_path / "taken") as one, asyncio.TaskGroup() as tasks:

        async def recover(after: int) -> None:
            await until(lambda: len(one.requests) >= after, f"{after} requests")
            one.behaviour = Behaviour()

        async def meanwhile(monitor: Monitor, number: int) -> None:
            if number in SICK_AT.get(how, OFTEN):
                one.behaviour = SICK[how]
                tasks.create_task(recover(len(one.requests) + (1 if how in SICK_AT else 3)))

        found = await day(tmp_path / "day", one, caplog, meanwhile=meanwhile)
    check_course(found, whole)
    assert how == "slow" or len(found["posted"]) > len(found["taken"])


def _failures(monitor: Monitor) -> int:
    assert monitor.outbound is not None
    return sum(target.failures for target in monitor.outbound.ledger.health())


async def test_a_receiver_that_is_down_for_a_while_gets_everything_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Connections are refused, again and again for a while: all letters arrive, once."""
    whole = await undisturbed(tmp_path, caplog)
    async with receiver(tmp_path / "taken") as one, asyncio.TaskGroup() as tasks:

        async def start_again(monitor: Monitor, failures: int) -> None:
            await until(lambda: _failures(monitor) >= failures, f"{failures} failures")
            await one.start()

        async def meanwhile(monitor: Monitor, number: int) -> None:
            if number in DOWN_AT:
                await one.stop()
                tasks.create_task(start_again(monitor, _failures(monitor) + 3))

        found = await day(tmp_path / "day", one, caplog, meanwhile=meanwhile)
    check_course(found, whole)


# --- Alertmanager -----------------------------------------------------------------------------

WALL: Final = """
[cities.smallville]
timezone = "UTC"
zones = "zones.geojson"
[targets.alertmanager]
type = "alertmanager"
urls = ["{url}"]
allow_private = true
"""


def told(one: Receiver, status: str) -> list[Any]:
    """The notices of this status that Alertmanager has sent."""
    return [request for request in one.requests if request.json["status"] == status]


async def heard(one: Receiver, status: str, count: int) -> None:
    """Waits until Alertmanager has sent so many notices of this status."""
    await until(lambda: len(told(one, status)) >= count, f"{count} notices of {status}")


async def complain(monitor: Running) -> str:
    """A client complains about an order; the id of the alert."""
    now_ms = time.time_ns() // 1_000_000
    common = {"city": "smallville", "order_id": "o", "ts": now_ms}
    where = {"lat": 0.05, "lon": 0.05}
    placed = {"type": "order.placed", "venue_id": "v", "promised_ts": now_ms + 3_600_000}
    events = [
        common | placed | {"dropoff": where},
        common | {"type": "order.problem", "problem": "damaged", "ts": now_ms + 1},
    ]
    await monitor.post("/v1/events", json.dumps(events).encode(), "application/json")
    seen = await monitor.until("/v1/alerts?state=firing", lambda answer: answer["items"])
    alert_id: str = seen["items"][0]["id"]
    return alert_id


async def close(monitor: Running, alert_id: str) -> None:
    """A person has dealt with it."""
    body = b'{"reason": "sent again"}'
    await monitor.post(f"/v1/alerts/{alert_id}/close", body, "application/json")
    await monitor.until("/v1/alerts?state=firing", lambda answer: not answer["items"])


Restart = Callable[[Running, Alertmanager], Awaitable[None]]


async def neither(_monitor: Running, _other: Alertmanager) -> None:
    """Nobody dies."""


async def monitor_dies(monitor: Running, _other: Alertmanager) -> None:
    """We are killed."""
    await monitor.kill()


async def alertmanager_dies(_monitor: Running, other: Alertmanager) -> None:
    """It is killed and started again."""
    await other.until_logged()
    await other.kill()
    await other.start()


async def both_die(monitor: Running, other: Alertmanager) -> None:
    """Both, at once."""
    await alertmanager_dies(monitor, other)
    await monitor.kill()


@pytest.mark.parametrize("killed", [neither, monitor_dies, alertmanager_dies, both_die])
async def test_a_resolve_is_heard_whoever_was_killed_while_it_fired(
    tmp_path: Path, killed: Restart
) -> None:
    """Firing is told once, and its end is heard, though either or both die in between."""
    (tmp_path / "zones.geojson").write_text(json.dumps(zones()))
    async with (
        receiver(tmp_path / "told") as one,
        alertmanager(tmp_path / "alertmanager", f"{one.url}/am") as other,
    ):
        config = WALL.format(url=other.url)
        async with running(tmp_path, config) as monitor:
            alert_id = await complain(monitor)
            await heard(one, "firing", 1)
            await killed(monitor, other)
            if monitor.process.returncode is None:
                await close(monitor, alert_id)
                await heard(one, "resolved", 1)
        if killed in (monitor_dies, both_die):
            async with running(tmp_path, config) as monitor:
                seen = await monitor.get("/v1/alerts?state=firing")
                assert [alert["id"] for alert in seen["items"]] == [alert_id]
                await other.until(lambda alerts: len(alerts) == 1, "it fires there")
                await close(monitor, alert_id)
                await heard(one, "resolved", 1)
        assert len(told(one, "resolved")) == 1
        assert len(told(one, "firing")) == 1


async def test_a_resolve_nobody_could_hear_is_heard_after_our_restart(tmp_path: Path) -> None:
    """It ended while Alertmanager was dead, and we died before it came back: the end is told."""
    (tmp_path / "zones.geojson").write_text(json.dumps(zones()))
    async with (
        receiver(tmp_path / "told") as one,
        alertmanager(tmp_path / "alertmanager", f"{one.url}/am") as other,
    ):
        config = WALL.format(url=other.url)
        async with running(tmp_path, config) as monitor:
            alert_id = await complain(monitor)
            await heard(one, "firing", 1)
            await other.until_logged()
            await other.kill()
            await close(monitor, alert_id)
            await monitor.kill()
        await other.start()
        async with running(tmp_path, config):
            await heard(one, "resolved", 1)
