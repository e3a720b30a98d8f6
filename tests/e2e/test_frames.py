"""The real program tells where couriers are in binary frames, at the beat of its configuration."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

from tests.support import days
from tests.support.frame_reader import FrameReader
from tests.support.running import DEADLINE_S, Running, running

CONFIG = (
    f'[cities.{days.CITY}]\ntimezone = "Europe/Riga"\nzones = "zones.geojson"\n'
    "[stream.limits]\nframes_per_s = 20\nkeyframe_s = 3600\n"
)


async def ride(monitor: Running, lon: float, lat: float) -> None:
    """Anna is somewhere now."""
    event: dict[str, Any] = {
        "type": "courier.position",
        "city": days.CITY,
        "ts": time.time_ns() // 1_000_000,
        "courier_id": "anna",
        "lon": lon,
        "lat": lat,
    }
    answer = await monitor.post("/v1/events", json.dumps(event).encode())
    assert answer["taken"] == 1, answer


async def test_a_courier_moves_on_a_map_that_reads_frames(tmp_path: Path) -> None:
    """A keyframe with her, then a delta, both within the precision of the box."""
    zones = days.zones()
    (tmp_path / "zones.geojson").write_text(json.dumps(zones))
    lon, lat = zones["features"][0]["geometry"]["coordinates"][0][0]
    async with running(tmp_path, CONFIG) as monitor:
        await ride(monitor, lon, lat)
        await monitor.until(
            f"/v1/cities/{days.CITY}/couriers", lambda answer: len(answer["items"]) == 1
        )
        async with monitor.watching(days.CITY, "zones") as socket:
            subscribe = {"type": "subscribe", "id": "c", "city": days.CITY}
            await socket.send(json.dumps(subscribe | {"layers": ["couriers"], "form": "columns"}))
            reader = FrameReader()
            for wanted in (1, 2):
                async with asyncio.timeout(DEADLINE_S):
                    while len(reader.outcomes) < wanted:
                        wire = await socket.recv()
                        reader.take(wire if isinstance(wire, bytes) else wire.encode())
                west, south, east, north = reader.box
                slot = reader.ids.index("anna")
                assert abs(west + reader.x[slot] / 65_535 * (east - west) - lon) < 1e-5
                assert abs(south + reader.y[slot] / 65_535 * (north - south) - lat) < 1e-5
                lon += 0.0005
                await ride(monitor, lon, lat)
            assert reader.outcomes == ["applied", "applied"]
