"""Small cities that act on their alerts, and who answers what.

A short zone, a slow venue and a complaint are each a `Town` of `cities.py`, for tests of the API
and of what is published; the core's own tests tell such cities by the second, on the `Stage` of
`remedies.py`. The zone `west` is short at its eastern edge, where venue `v` stands; free couriers
wait across the border in `mid`. What is sent goes to a target `t`.
"""

from dataclasses import replace
from typing import Any

from alerts.action import Action, Kind, Target
from alerts.letter import Letter
from alerts.remedies.settings import (
    ActionSettings,
    NoticeSettings,
    PauseSettings,
    PushSettings,
)
from alerts.rulebook import Overrides
from monitor.core.effects import Effects
from monitor.core.events import CourierPushResponse
from monitor.core.plan import CityPlan
from monitor.core.reports import DeliveryReport
from tests.support.cities import CITY, Town, at, courier, placed, problem, small_city, venue
from tests.support.towns import only

VENUE_LON = 0.095
ACROSS_LON = 0.104  # a kilometre away, in `mid`


def acting(
    rules: Overrides | None = None,
    *,
    slug: str = CITY,
    push: dict[str, Any] | None = None,
    pause: dict[str, Any] | None = None,
    support: dict[str, Any] | None = None,
    page: dict[str, Any] | None = None,
    dry_run: bool = False,
) -> CityPlan:
    """The small city with these rules; each kind of action has its target and some settings."""
    pushes: dict[str, Any] = {"targets": ("t",), "control_share": 0.0, "radius_m": 5_000}
    pauses: dict[str, Any] = {"targets": ("t",), "zone_share": 1.0, "city_share": 1.0}
    notices: dict[str, Any] = {"levels": (("t",),)}
    settings = ActionSettings(
        dry_run=dry_run,
        push_couriers=PushSettings(**pushes | (push or {})),
        pause_venue=PauseSettings(**pauses | (pause or {})),
        warn_support=NoticeSettings(**notices | (support or {})),
        page_on_call=NoticeSettings(**notices | (page or {})),
    )
    return replace(small_city(slug, rules), actions=settings)


def acting_city(slug: str = CITY, rules: Overrides | None = None, **push: Any) -> CityPlan:
    """One where everybody is thought to accept; `push` changes settings of pushes."""
    return acting(rules, slug=slug, push={"acceptance": 1.0} | push)


def free(seconds: float, count: int = 4) -> list[Any]:
    """So many free couriers across the border: `c0`, the nearest, and so on."""
    return [courier(seconds, f"c{i}", ACROSS_LON + i / 1000, status="idle") for i in range(count)]


def short_town(mode: str = "propose", couriers: int = 4, **push: Any) -> Town:
    """Three orders have waited in `west` since 0 s; its shortage fires at 420 s, it is 425 s."""
    town = Town(acting_city(rules=only("zone_shortage", mode=mode), **push))
    town.tell(0, venue(0, "v", VENUE_LON), *(placed(0, f"o{i}") for i in range(3)))
    town.pass_time(415)
    town.tell(416, *free(416, couriers))
    town.pass_time(425)
    return town


def slow_town(mode: str = "propose") -> Town:
    """Venue `v` of four has five orders overdue; a pause of it is planned, it is 2,000 s."""
    town = Town(acting_city(rules=only("venue_slow", mode=mode)))
    town.tell(0, *(venue(0, f"v{i}", 0.05) for i in range(3)), venue(0, "v", VENUE_LON))
    town.tell(1, venue(1, "v", VENUE_LON, prep_minutes=5))
    town.tell(2, *(placed(2, f"o{i}") for i in range(5)))
    town.pass_time(1_000)
    return town


def complaint_town() -> Town:
    """A complaint about order `a`, of which support is told at 11 s; it is 20 s."""
    rules = only("order_problem", mode="auto", action="warn_support")
    town = Town(acting_city(rules=rules))
    town.tell(0, venue(0), placed(0, "a"))
    town.tell(1, problem(1, "a"))
    town.pass_time(20)
    return town


def living(town: Town, kind: Kind | None = None) -> Action:
    """The only living action (of a kind)."""
    book = town.state.cities[town.city_name].desk.actions
    (action,) = [a for a in book.living.values() if kind is None or a.kind == kind]
    return action


def reported(ts: int, letter: Letter, outcome: Any = "delivered") -> DeliveryReport:
    """The ledger tells what became of a letter."""
    return DeliveryReport(
        city=letter.city,
        ts=ts,
        action_id=letter.action_id,
        of=letter.of,
        to=letter.to,
        outcome=outcome,
    )


def delivered(seconds: float, letter: Letter) -> DeliveryReport:
    """The target has taken a letter."""
    return reported(at(seconds), letter)


def answer(seconds: float, target: Target, accepts: bool = True) -> CourierPushResponse:
    """A courier says yes or no."""
    told: Any = "accepted" if accepts else "declined"
    return CourierPushResponse(CITY, at(seconds), target.id, target.key, told)


def answered(seconds: float, action: Action, courier_id: str, accepts: bool) -> CourierPushResponse:
    """This courier says yes or no to a push of an action."""
    (target,) = [target for target in action.targets if target.id == courier_id]
    return answer(seconds, target, accepts)


def deliver(town: Town, seconds: float, effects: Effects) -> Effects:
    """Every letter of these effects arrives, and is taken from them."""
    letters, effects.letters = effects.letters, []
    return town.tell(seconds, *(delivered(seconds, letter) for letter in letters))
