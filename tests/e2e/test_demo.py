"""`citywatch demo --at`: what time it is in the simulated city is what the monitor takes it for."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.demo import showing


async def test_the_city_of_the_demo_is_where_it_is_as_late_as_ordered(tmp_path: Path) -> None:
    """Nine hours ahead of Greenwich, the API names that zone, and not the one of the file."""
    there = datetime.now(UTC) + timedelta(hours=9)
    async with showing(tmp_path, "--at", f"{there:%H:%M}") as demo:
        limits = await demo.get("/v1/cities/demo/limits")
        city = await demo.get("/v1/cities/demo")
    assert (limits["timezone"], city["timezone"]) == ("Etc/GMT-9", "Etc/GMT-9")
