"""The limits of `zone_shortage` over the API: a city's, and those of zones that have others."""

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from alerts.profiles import Profile
from alerts.rulebook import Layer, RuleBook
from tests.support.api_stage import api
from tests.support.cities import CITY, T0, Town, small_city

HOUR_MS = 3_600_000
PATH = f"/v1/cities/{CITY}/limits"
EVENING = Profile(name="evening", days=tuple(range(7)), start_min=18 * 60, end_min=21 * 60)


def strict_town() -> Town:
    """Stricter than usual; stricter still in one zone; stricter yet in the evening."""
    book = RuleBook(
        tz=ZoneInfo("Europe/Riga"),
        profiles=(EVENING,),
        city=Layer(
            rules={"zone_shortage": {"ratio_raise": 1.2}},
            profiles={"evening": {"zone_shortage": {"critical_ratio_raise": 1.8}}},
        ),
        zones={
            "mid": Layer(rules={"zone_shortage": {"ratio_raise": 1.1, "min_on_shift": 2}}),
            "east": Layer(rules={"order_late": {"after_min": 5}}),
            "nowhere": Layer(rules={"zone_shortage": {"ratio_raise": 9}}),
        },
    )
    return Town(replace(small_city(), rulebook=book))


async def test_zones_with_limits_of_their_own_are_named() -> None:
    """A zone whose other rules differ, and one that the city does not have, are not."""
    async with api(strict_town()) as client:
        told: dict[str, Any] = await (await client.get(PATH)).json()
    assert told["timezone"] == "Europe/Riga"
    assert told["shortage"] == {
        "enabled": True,
        "ratio_raise": 1.2,
        "critical_ratio_raise": 2.0,
        "wait_raise_s": 300.0,
        "critical_wait_raise_s": 600.0,
        "min_on_shift": 5,
    }
    own = {"ratio_raise": 1.1, "min_on_shift": 2}
    assert told["zones"] == {"mid": told["shortage"] | own}


async def test_they_change_with_the_hour_and_say_when() -> None:
    """Within the window of the week other limits hold, until it ends."""
    async with api(strict_town()) as client:
        now: dict[str, Any] = await (await client.get(PATH)).json()
        assert now["at_ts"] == T0
        begins = now["until_ts"]
        later: dict[str, Any] = await (await client.get(f"{PATH}?at_ts={begins}")).json()
    assert later["shortage"]["critical_ratio_raise"] == 1.8
    assert later["until_ts"] == begins + 3 * HOUR_MS


async def test_without_overrides_there_is_nothing_to_be_named() -> None:
    """The defaults hold for good, everywhere; a time beyond all calendars is refused."""
    async with api(Town()) as client:
        told: dict[str, Any] = await (await client.get(PATH)).json()
        assert (told["zones"], told["until_ts"]) == ({}, None)
        assert (await client.get(f"{PATH}?at_ts={10**15}")).status == 400
        assert (await client.get("/v1/cities/elsewhere/limits")).status == 404
