"""The real program records: over a kill and other zones, and what people did is in it."""

import json
import re
import signal
import time
from pathlib import Path
from typing import Any

from tests.support.past_day import Held, Json, lines, put
from tests.support.running import Running, running
from tests.support.waiting import until_told

CITY = """
[cities.riga]
timezone = "Europe/Riga"
hexagons = { resolution = RESOLUTION, bbox = [24.0, 56.9, 24.2, 57.0] }
[store]
snapshot_s = 1
[rules.order_unaccepted]
after_min = 0
"""
COARSE = CITY.replace("RESOLUTION", "6")
FINE = CITY.replace("RESOLUTION", "7")


async def tell(monitor: Running, kind: str, **fields: object) -> int:
    """Send an event of now; its time."""
    now_ms = time.time_ns() // 1_000_000
    event = {"type": kind, "city": "riga", "ts": now_ms, **fields}
    answer = await monitor.post("/v1/events", json.dumps(event).encode())
    assert answer["taken"] == 1, answer
    return now_ms


async def move(monitor: Running, lon: float) -> int:
    """The courier tells where he is; when."""
    return await tell(monitor, "courier.position", courier_id="c", lat=56.95, lon=lon)


async def begun(monitor: Running) -> int:
    """Wait until the recording of this life has begun: with its first snapshot."""
    await until_told(lambda: points(monitor), "a first snapshot")
    found: int = (await monitor.get("/v1/recording"))["stretches"][-1]["from_ts"]
    return found


async def points(monitor: Running) -> int:
    """How many points have been taken, as the metrics say it."""
    found = re.search(
        r"^citywatch_recording_points_total (\S+)$", await monitor.text("/metrics"), re.MULTILINE
    )
    assert found is not None
    return int(float(found[1]))


async def recorded(monitor: Running, ts: int) -> Json:
    """What is recorded, once that reaches a time."""
    found: Json = await monitor.until("/v1/recording", lambda told: (told["to_ts"] or 0) >= ts)
    return found


async def seen(monitor: Running, ts: int) -> tuple[Held, list[Json]]:
    """The city as it was, and the messages that told it."""
    told = lines((await monitor.text(f"/v1/recording/state?city=riga&ts={ts}")).encode())
    held: Held = {}
    for message in told:
        put(held, message)
    return held, told


async def place(monitor: Running, ts: int) -> float | None:
    """Where the courier was."""
    held, _ = await seen(monitor, ts)
    courier = held["couriers"].get("c")
    return None if courier is None else courier["lon"]


async def test_a_day_with_a_kill_and_a_restart_is_played(tmp_path: Path) -> None:
    """What was durable before the program was killed is played after it, and the time in between
    is a gap that the changes tell of."""
    async with running(tmp_path, COARSE) as first:
        one = await begun(first)
        await move(first, 24.1)
        two = await move(first, 24.11)
        await recorded(first, two)
        await first.kill()
    async with running(tmp_path, COARSE) as second:
        await begun(second)
        three = await move(second, 24.12)
        found = await recorded(second, three)
        (before, after) = found["stretches"]
        assert before["from_ts"] == one
        assert two <= before["to_ts"] < after["from_ts"] <= found["to_ts"]
        # A step is at most some milliseconds after its event came.
        assert [await place(second, ts) for ts in (before["to_ts"], found["to_ts"])] == [
            24.11,
            24.12,
        ]
        _, told = await seen(second, after["from_ts"] - 1)
        assert told[0]["in_gap"] is True
        path = f"from_ts={before['to_ts']}&to_ts={found['to_ts']}&every_ms=100"
        await seen(second, before["to_ts"])
        text = await second.text(f"/v1/recording/changes?city=riga&{path}")
        kinds = [message["type"] for message in lines(text.encode())]
        assert kinds.count("gap") == 1
        assert kinds[kinds.index("gap") + 1] == "snapshot"


async def test_a_day_with_other_zones_in_between_is_played(tmp_path: Path) -> None:
    """After a reload the time before it is shown by the zones of today, with a word for that; the
    time after it is exact."""
    async with running(tmp_path, COARSE) as monitor:
        await begun(monitor)
        before = await move(monitor, 24.1)
        await recorded(monitor, before)
        config = tmp_path / "city.toml"
        config.write_text(config.read_text().replace("resolution = 6", "resolution = 7"))
        monitor.process.send_signal(signal.SIGHUP)
        await monitor.until_logged("reloaded")
        before_it = await points(monitor)
        after = await move(monitor, 24.11)
        # The next snapshot becomes a point: what comes after it is known by the new zones.

        async def has_another() -> bool:
            await move(monitor, 24.12)
            return await points(monitor) > before_it

        await until_told(has_another, "a snapshot after the reload")
        last = await move(monitor, 24.13)
        found = await recorded(monitor, last)
        zones = {item["zone_id"] for item in (await monitor.get("/v1/cities/riga/zones"))["items"]}
        held, told = await seen(monitor, after)
        assert told[0]["notes"] == ["riga has other zones or rules now: all in it is counted anew"]
        assert held["zones"].keys() == zones
        held, told = await seen(monitor, found["to_ts"])
        assert told[0]["notes"] == []
        assert held["zones"].keys() == zones
        assert len(found["stretches"]) == 1


async def test_what_people_do_is_recorded(tmp_path: Path) -> None:
    """An acknowledgement is seen in the past at its time and not before; nothing acts there."""
    async with running(tmp_path, COARSE) as monitor:
        await begun(monitor)
        await tell(monitor, "venue.updated", venue_id="v", lat=56.95, lon=24.1)
        order: dict[str, Any] = {"order_id": "o", "venue_id": "v"}
        placed = await tell(
            *(monitor, "order.placed"),
            **order,
            dropoff={"lat": 56.95, "lon": 24.11},
            promised_ts=time.time_ns() // 1_000_000 + 3_600_000,
        )
        path = "/v1/alerts"
        alerts = await monitor.until(path, lambda told: told["items"])
        alert = alerts["items"][0]
        acked = time.time_ns() // 1_000_000
        answer = await monitor.post(f"{path}/{alert['id']}/ack", b"{}", "application/json")
        assert "code" not in answer or answer["code"] == "done", answer
        last = await move(monitor, 24.1)
        await recorded(monitor, last)
        earlier, _ = await seen(monitor, max(acked - 1, alert["fired_ts"]))
        later, _ = await seen(monitor, last)
        assert earlier["alerts"][alert["id"]]["acked_by"] is None
        assert later["alerts"][alert["id"]]["acked_by"] == "anonymous"
        marks = await monitor.get(f"/v1/recording/marks?city=riga&from_ts={placed}&to_ts={last}")
        mark = next(mark for mark in marks["alerts"] if mark["id"] == alert["id"])
        assert acked <= mark["acked_ts"] <= last
