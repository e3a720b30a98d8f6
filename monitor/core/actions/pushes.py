"""Planning pushes: for which short zones and orders a campaign begins, and whom its rounds ask.

All that is short in a city is planned together (`plan`, at most every `plan_every_s`): what has no
campaign yet, and the next rounds of those that ask on. Whom to ask is `alerts/remedies/push.py`,
where the plan's columns come from `supply.py`; how a campaign goes on is `campaigns.py`.
"""

from msgspec.structs import replace

from alerts.alert import Alert
from alerts.remedies.push import Needs, SinkPlan
from monitor.core.actions.campaign_effect import recovered
from monitor.core.actions.campaigns import (
    ask,
    give_up,
    plan_soon,
    rest,
    soon_ms,
    start,
    target_of,
    wait,
)
from monitor.core.actions.guard import hinders, rule_of, targets_of
from monitor.core.actions.supply import KIND, Place, askable, needs_of, place_of, plan_for
from monitor.core.city import City
from monitor.core.tables.table import FAR


def want(city: City, alert: Alert, now_ms: int) -> None:
    """A firing alert asks for a push: plan it at the next second."""
    if alert.id not in city.desk.wanting:
        city.desk.wanting[alert.id] = now_ms
        plan_soon(city, now_ms)


def plan(city: City, now_ms: int) -> None:
    """Begin campaigns for what is short and has none, and the next rounds of those that ask."""
    desk = city.desk
    if now_ms < desk.plan_due_ms:
        if desk.plan_due_ms < FAR:
            desk.wake(desk.plan_due_ms)
        return
    desk.planned_ms = now_ms
    rounds = desk.take_rounds()
    if rounds or any(rests_until <= now_ms for rests_until in desk.wanting.values()):
        _plan_all(city, rounds, now_ms)
    every_ms = round(desk.settings.push_couriers.plan_every_s * 1000)
    desk.plan_due_ms = now_ms + every_ms if desk.wanting else FAR
    if desk.wanting:
        desk.wake(desk.plan_due_ms)


def _plan_all(city: City, rounds: list[str], now_ms: int) -> None:
    """Plan what asks on (the campaigns `rounds`) and what is unserved, together."""
    found = needs_of(city)
    places = [*_next_rounds(city, rounds, found, now_ms), *_unserved(city, found, now_ms)]
    supply = askable(city, now_ms)
    while places:
        plans = plan_for(city, places, now_ms, found, supply)
        looks_on = len(supply.row) > 0  # where nobody is to be had, none is farther out either
        farther = [
            _carry_out(city, place, whom, looks_on, now_ms)
            for place, whom in zip(places, plans, strict=True)
        ]
        places = [place for place in farther if place is not None]
        if places and any(whom.chosen for whom in plans):
            # Who was just asked may leave, and is asked by nobody else.
            found, supply = needs_of(city), askable(city, now_ms)


def _unserved(city: City, found: Needs, now_ms: int) -> list[Place]:
    """Where an alert asks for a push and nothing is under way."""
    desk, book = city.desk, city.desk.actions
    places: list[Place] = []
    under_way = _zones_under_way(city)
    for alert_id, rests_until in list(desk.wanting.items()):
        if rests_until > now_ms:
            continue  # it was tried
        alert = city.book.find(alert_id)
        rule = None if alert is None or alert.state != "firing" else rule_of(city, alert)
        if alert is None or rule is None or rule.action != KIND:
            desk.wanting.pop(alert_id)
            continue
        if any(action.stage != "waiting" for action in book.serving(alert_id, KIND)):
            continue  # one that waits for those who said yes is no reason to ask nobody else
        why = hinders(city, KIND, alert, rule)
        if why is None and not targets_of(city, desk.settings.push_couriers.targets):
            why = "no_target"
        place = None if why else place_of(city, alert.subject, alert=alert, found=found)
        if place is not None and place.for_order and place.zone in under_way:
            why = "already_under_way"
        if why is not None:
            book.hinder(alert_id, why)
        elif place is not None and place.shortage > 0:
            places.append(place)
    return places


def _zones_under_way(city: City) -> set[int]:
    """Zones that a campaign is bringing couriers to: their orders need none of their own."""
    index = city.plan.zones.index
    return {
        index.get(action.subject.id, -2)
        for action in city.desk.actions.living.values()
        if action.kind == KIND and action.subject.kind == "zone" and action.state != "proposed"
    }


def _next_rounds(city: City, rounds: list[str], found: Needs, now_ms: int) -> list[Place]:
    """The places of the campaigns `rounds`, which ask on."""
    places: list[Place] = []
    for id_ in rounds:
        action = city.desk.actions.living.get(id_)
        if action is None:
            continue
        alert = None if action.alert is None else city.book.find(action.alert)
        place = place_of(city, action.subject, alert=alert, action=action, found=found)
        if place is None or place.shortage <= 0:
            rest(city, action, now_ms)
            wait(city, action, now_ms)
        else:
            places.append(place)
    return places


def _carry_out(
    city: City, place: Place, found: SinkPlan, looks_on: bool, now_ms: int
) -> Place | None:
    """Ask whom the plan found; where that is nobody, the place as it looks farther, if it may."""
    book, settings = city.desk.actions, city.desk.settings.push_couriers
    if not found.chosen and looks_on and place.round + 1 < settings.rounds:
        return place.farther()
    if place.action is not None:
        if found.chosen:
            ask(city, place.action, place, found.chosen, now_ms)
        else:
            give_up(city, place.action, now_ms)
        return None
    assert place.alert is not None
    if not found.chosen:
        for why in found.missing:
            book.hinder(place.alert.id, why)
        city.desk.wanting[place.alert.id] = soon_ms(city, now_ms)
        return None
    book.unhinder(place.alert.id)
    rule = rule_of(city, place.alert)
    if rule.mode == "auto":
        action = start(city, place, None, "auto", place.alert.reason, now_ms)
        ask(city, action, place, found.chosen, now_ms)
    else:
        action = start(city, place, None, "propose", place.alert.reason, now_ms)
        shown = tuple(target_of(action, choice, "preview", city, now_ms) for choice in found.chosen)
        book.keep(replace(action, targets=shown))
    return None


def alert_ended(city: City, alert: Alert, now_ms: int) -> None:
    """What was short is so no more: campaigns for it ask nobody else."""
    city.desk.wanting.pop(alert.id, None)
    for action in city.desk.actions.serving(alert.id, KIND):
        if action.state != "proposed":
            recovered(city, action, now_ms)
