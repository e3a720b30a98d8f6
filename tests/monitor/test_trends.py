"""The last hour of the figures, in the ring and over the API."""

from typing import Any

from monitor.core.views.trend import FIGURES, ZONE_FIGURES
from monitor.trends import EVERY_MS, KEPT, Trends
from tests.support.api_stage import api
from tests.support.cities import CITY, Town, at, courier, placed, small_city, venue
from tests.support.towns import only

MINUTE_S = EVERY_MS // 1000


def busy_town() -> Town:
    """A kitchen with an order that waits, and a free courier."""
    town = Town(small_city(rules=only()))
    town.tell(0, venue(0, "v", 0.095), courier(0, "c", 0.095), placed(0, "o"))
    return town


def noted(town: Town, trends: Trends, seconds: range) -> None:
    """Notes the figures at these times."""
    for now_s in seconds:
        town.pass_time(now_s)
        trends.note(town.state.cities, at(now_s))


def test_a_minute_is_noted_once() -> None:
    """Of many beats in a minute the first counts."""
    town, trends = busy_town(), Trends()
    noted(town, trends, range(0, 3 * MINUTE_S, 10))
    found = trends.of(CITY)
    assert found is not None
    from_ts, figures = found
    assert from_ts == at(0) // EVERY_MS * EVERY_MS
    assert set(figures) == set(FIGURES)
    assert set(figures["waiting"]) == {1.0}
    assert len(figures["waiting"]) in (3, 4)  # where the first minute begins


def test_the_ring_keeps_an_hour_and_shows_its_gaps() -> None:
    """What is older is forgotten, a minute in which nobody noted is none."""
    town, trends = busy_town(), Trends()
    noted(town, trends, range(0, 70 * MINUTE_S, MINUTE_S))
    noted(town, trends, range(73 * MINUTE_S, 74 * MINUTE_S, MINUTE_S))
    found = trends.of(CITY)
    assert found is not None
    from_ts, figures = found
    assert from_ts == (at(0) // EVERY_MS + 73 - KEPT + 1) * EVERY_MS
    assert len(figures["open"]) == KEPT
    assert figures["open"][-4:-1] == [None, None, None]


def test_a_zone_has_a_trend_of_its_own() -> None:
    """Its ratio and its oldest wait, which grows."""
    town, trends = busy_town(), Trends()
    noted(town, trends, range(0, 3 * MINUTE_S, MINUTE_S))
    found = trends.of(CITY, 0)
    assert found is not None
    _, figures = found
    assert set(figures) == set(ZONE_FIGURES)
    waits = figures["oldest_wait_s"]
    assert waits == sorted(waits, key=lambda wait: wait or 0)
    assert trends.of("nowhere") is None


async def _get(town: Town, query: str, **parts: Any) -> tuple[int, Any]:
    async with api(town, **parts) as client:
        answer = await client.get(f"/v1/cities/{CITY}/trend{query}")
        return answer.status, await answer.json()


async def test_the_api_tells_the_trend() -> None:
    """Of the city and of a zone; of a zone that there is not, a 404; before the first, nothing."""
    town, trends = busy_town(), Trends()
    assert (await _get(town, ""))[1]["figures"] == {}
    noted(town, trends, range(0, 3 * MINUTE_S, MINUTE_S))
    status, told = await _get(town, "", trend=trends.of)
    assert (status, told["every_ms"], told["zone_id"]) == (200, EVERY_MS, None)
    assert told["figures"]["idle"][0] == 1.0
    zone = town.state.cities[CITY].plan.zones.ids[0]
    status, told = await _get(town, f"?zone={zone}", trend=trends.of)
    assert (status, set(told["figures"])) == (200, set(ZONE_FIGURES))
    status, told = await _get(town, "?zone=atlantis", trend=trends.of)
    assert (status, told["code"]) == (404, "unknown_zone")
