"""Pushing couriers: a campaign for each short zone and each order that finds nobody.

All that is short in a city is planned together (`plan`, at most every `plan_every_s`). A campaign
asks in rounds, each farther than the one before, until enough have accepted; then it waits for its
window to end and is judged by what came. Whom to ask is `alerts/remedies/push.py`, where the plan's
columns come from `supply.py`.
"""

from typing import Final

from msgspec.structs import replace

from alerts.action import Action, Expected, Hindrance, Target
from alerts.action_book import letter_key
from alerts.alert import Alert
from alerts.letter import Push
from alerts.phrases import Phrase, in_english, phrase
from alerts.remedies.learn import hold_back
from alerts.remedies.push import Choice, Needs, SinkPlan
from monitor.core.campaigns import arrivals, judge_effect, recovered
from monitor.core.city import City
from monitor.core.deliveries import assume_delivered
from monitor.core.guard import forbids, hinders, rule_of, targets_of
from monitor.core.supply import Place, askable, needs_of, place_of, plan_for
from monitor.core.table import FAR

KIND: Final = "push_couriers"
PLAN_APART_MS: Final = 5_000  # a rush of alerts is planned together


def plan_soon(city: City, now_ms: int) -> None:
    """Something may be short: plan at the next second, but not more often than is of use."""
    desk = city.desk
    desk.plan_due_ms = min(desk.plan_due_ms, max(now_ms, desk.planned_ms + PLAN_APART_MS))
    desk.wake(desk.plan_due_ms)


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
    found = needs_of(city)
    places = [*_next_rounds(city, found, now_ms), *_unserved(city, found, now_ms)]
    supply = askable(city, now_ms) if places else None
    while places:
        plans = plan_for(city, places, now_ms, found, supply)
        farther = [
            _carry_out(city, place, whom, now_ms) for place, whom in zip(places, plans, strict=True)
        ]
        places = [place for place in farther if place is not None]
        if places and any(whom.chosen for whom in plans):
            # Who was just asked may leave, and is asked by nobody else.
            found, supply = needs_of(city), askable(city, now_ms)
    every_ms = round(desk.settings.push_couriers.plan_every_s * 1000)
    desk.plan_due_ms = now_ms + every_ms if desk.wanting else FAR
    if desk.wanting:
        desk.wake(desk.plan_due_ms)


def _unserved(city: City, found: Needs, now_ms: int) -> list[Place]:
    """Where an alert asks for a push and nothing is under way."""
    desk, book = city.desk, city.desk.actions
    places: list[Place] = []
    under_way = _zones_under_way(city)
    for alert_id, rests_until in list(desk.wanting.items()):
        if rests_until > now_ms:
            continue  # it was tried
        alert = city.book.find(alert_id)
        if alert is None or alert.state != "firing" or rule_of(city, alert).action != KIND:
            desk.wanting.pop(alert_id)
            continue
        if any(action.stage != "waiting" for action in book.serving(alert_id, KIND)):
            continue  # one that waits for those who said yes is no reason to ask nobody else
        why = hinders(city, KIND, alert)
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


def _next_rounds(city: City, found: Needs, now_ms: int) -> list[Place]:
    """The places of campaigns that ask on."""
    places: list[Place] = []
    for id_ in city.desk.take_rounds():
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


def _carry_out(city: City, place: Place, found: SinkPlan, now_ms: int) -> Place | None:
    """Ask whom the plan found; where that is nobody, the place as it looks farther, if it may."""
    book, settings = city.desk.actions, city.desk.settings.push_couriers
    if not found.chosen and place.round + 1 < settings.rounds:
        return place.farther()
    if place.action is not None:
        if found.chosen:
            ask(city, place.action, place, found.chosen, now_ms)
        else:
            _gave_up(city, place.action, now_ms)
        return None
    assert place.alert is not None
    if not found.chosen:
        for why in found.missing:
            book.hinder(place.alert.id, why)
        city.desk.wanting[place.alert.id] = _soon_ms(city, now_ms)
        return None
    book.unhinder(place.alert.id)
    rule = rule_of(city, place.alert)
    if rule.mode == "auto":
        action = start(city, place, None, "auto", place.alert.reason, now_ms)
        ask(city, action, place, found.chosen, now_ms)
    else:
        action = start(city, place, None, "propose", place.alert.reason, now_ms)
        shown = tuple(_target(action, choice, "preview", city, now_ms) for choice in found.chosen)
        book.keep(replace(action, targets=shown))
    return None


def start(city: City, place: Place, by: str | None, mode: str, reason: str, now_ms: int) -> Action:
    """A new campaign: proposed, or approved when it is automatic or ordered."""
    desk, settings = city.desk, city.desk.settings.push_couriers
    proposed = mode == "propose"
    rate = desk.acceptance.rate(now_ms)
    by_ts = now_ms + round((desk.recovery.mean_s(now_ms) or settings.window_s) * 1000)
    limit_s = settings.proposal_s if proposed else settings.window_s
    wanted = _wanted(place)
    action = Action(
        id=desk.actions.new_id(KIND, now_ms),
        kind=KIND,
        city=city.plan.slug,
        alert=None if place.alert is None else place.alert.id,
        alerts=() if place.alert is None else (place.alert.id,),
        rule=None if place.alert is None else place.alert.rule,
        subject=place.subject,
        mode=mode,  # type: ignore[arg-type]
        state="proposed" if proposed else "approved",
        dry_run=desk.settings.dry_run,
        by=by,
        approved_by=by,
        reason=reason,
        created_ts=now_ms,
        updated_ts=now_ms,
        deadline_ts=now_ms + round(limit_s * 1000),
        next_ts=now_ms + round(limit_s * 1000),
        stage="proposed" if proposed else "asking",
        expected=Expected(
            words=in_english((wanted,)),
            couriers=place.shortage,
            acceptance=round(rate, 3),
            by_ts=by_ts,
            said=(wanted,),
        ),
        said=() if place.alert is None or by is not None else place.alert.said,
    )
    desk.actions.start(action)
    if action.alert is not None:
        # However it ends, the same couriers are not asked again at once.
        desk.wanting[action.alert] = now_ms + round(settings.window_s * 1000)
    return desk.actions.living[action.id]


def _wanted(place: Place) -> Phrase:
    if place.subject.kind == "zone":
        return phrase("couriers_for_zone", count=place.shortage, zone=place.subject.id)
    return phrase("couriers_for_order", count=place.shortage, order=place.subject.id)


def approve(city: City, action: Action, by: str, now_ms: int) -> None:
    """A proposal was approved: plan it anew, for couriers have moved since, and ask."""
    book, settings = city.desk.actions, city.desk.settings.push_couriers
    book.keep(replace(action, targets=(), stage="asking"))
    book.move(action.id, "approve", now_ms, by)
    deadline = now_ms + round(settings.window_s * 1000)
    action = replace(book.living[action.id], deadline_ts=deadline, next_ts=deadline)
    book.keep(action)
    alert = None if action.alert is None else city.book.find(action.alert)
    place = place_of(city, action.subject, alert=alert, action=action)
    if place is None or place.shortage <= 0:
        book.move(action.id, "expire", now_ms, said=(phrase("nothing_short"),))
        return
    place, found = look(city, place, now_ms)
    if found.chosen:
        ask(city, action, place, found.chosen, now_ms)
    else:
        why: list[Hindrance] = list(found.missing) or ["no_courier"]
        said = tuple(phrase("hindered", why=each) for each in why)
        book.move(action.id, "expire", now_ms, words=", ".join(why), said=said)


def look(city: City, place: Place, now_ms: int) -> tuple[Place, SinkPlan]:
    """Whom to ask for one place, as far out as it takes to find anybody; and the place so far."""
    found = plan_for(city, [place], now_ms)[0]
    while not found.chosen and place.round + 1 < city.desk.settings.push_couriers.rounds:
        place = place.farther()
        found = plan_for(city, [place], now_ms)[0]
    return place, found


def ask(city: City, action: Action, place: Place, chosen: tuple[Choice, ...], now_ms: int) -> None:
    """Send one round of pushes; some of the chosen are held back to learn from."""
    desk, settings = city.desk, city.desk.settings.push_couriers
    round_ = place.round + 1
    answer_by = now_ms + round(settings.answer_s * 1000)
    names = targets_of(city, settings.targets)
    control = settings.control_share if place.zone_wide and action.by is None else 0.0
    targets: list[Target] = []
    for choice in chosen:
        target = _target(action, choice, f"round {round_}", city, now_ms, round_)
        if hold_back(target.key, control):
            target = replace(target, state="held_back")
        targets.append(target)
    if all(target.state == "held_back" for target in targets):
        targets = [replace(target, state="waiting") for target in targets]
    action = replace(
        action,
        targets=(*action.targets, *targets),
        level=round_,
        stage="asking",
        next_ts=answer_by,
        deadline_ts=max(action.deadline_ts, now_ms + round(settings.window_s * 1000)),
        updated_ts=now_ms,
    )
    desk.actions.keep(action)
    sent = [target for target in targets if target.state == "waiting"]
    desk.actions.spend(KIND, now_ms, len(sent))
    for target in targets:
        desk.note_push(target.id, now_ms)
    for target in sent:
        letter = Push(
            push_id=target.key,
            city=action.city,
            courier_id=target.id,
            action_id=action.id,
            ts=now_ms,
            answer_by_ts=answer_by,
            lon=place.lon,
            lat=place.lat,
            zone_id=city.zone_id(place.zone),
            order_id=action.subject.id if place.for_order else None,
            reason=action.reason,
        )
        desk.send(action, names, target.id, target.key, letter, now_ms, answer_by)
    if action.dry_run:
        assume_delivered(city, action.id, now_ms)


def _target(
    action: Action, choice: Choice, step: str, city: City, now_ms: int, round_: int = 1
) -> Target:
    courier_id = city.couriers.id(choice.row)
    minutes = choice.travel_s / 60
    from_zone = city.zone_id(choice.from_zone)
    return Target(
        kind="courier",
        id=courier_id,
        key=letter_key(action.id, courier_id, step, round_),
        step=step,
        why=f"idle {choice.metres:.0f} m away, {minutes:.1f} min"
        + (f", spare in {from_zone}" if from_zone else ""),
        sent_ts=now_ms,
        eta_s=round(choice.travel_s, 1),
        from_zone=from_zone,
        round=round_,
        metres=round(choice.metres, 1),
    )


def run_campaign(city: City, action: Action, now_ms: int) -> None:
    """A campaign whose time has come: close the round, ask on, or judge what came."""
    book, settings = city.desk.actions, city.desk.settings.push_couriers
    if action.state == "proposed":
        book.move(action.id, "expire", now_ms, said=(phrase("nobody_decided"),))
        rest(city, action, after_no_ms(city, now_ms))
        return
    action = arrivals(city, action, now_ms)
    if action.stage == "waiting":
        if now_ms >= action.deadline_ts:
            judge_effect(city, action, now_ms)
        else:
            wait(city, action, now_ms)
        return
    action = _close_round(city, action, now_ms)
    enough = action.came.accepted >= action.expected.couriers
    if enough or action.came.recovered_ts is not None or action.level >= settings.rounds:
        if enough or action.came.recovered_ts is not None:
            rest(city, action, now_ms)  # a shortage that grows meanwhile is met at once
            wait(city, action, now_ms)
        else:
            _gave_up(city, action, now_ms)
        return
    alert = None if action.alert is None else city.book.find(action.alert)
    why = forbids(city, KIND) if alert is None else hinders(city, KIND, alert)
    if why is not None:
        if action.alert is not None:
            book.hinder(action.alert, why)
        wait(city, action, now_ms)
        return
    city.desk.next_round(action.id)
    plan_soon(city, now_ms)


def _close_round(city: City, action: Action, now_ms: int) -> Action:
    """Whoever has not answered in time did not accept."""
    silent = 0
    targets: list[Target] = []
    for target in action.targets:
        if target.answer is None and target.state in ("sent", "delivered"):
            target = replace(target, answer="none")
            if not action.dry_run:  # he was not asked
                city.desk.acceptance.saw(False, now_ms)
            silent += 1
        targets.append(target)
    came = replace(action.came, unanswered=action.came.unanswered + silent)
    action = replace(action, targets=tuple(targets), came=came, updated_ts=now_ms)
    city.desk.actions.keep(action)
    return action


def wait(city: City, action: Action, now_ms: int) -> None:
    """Ask nobody more; look who arrives until the window ends."""
    every_ms = round(city.desk.settings.push_couriers.plan_every_s * 1000)
    next_ts = max(min(action.deadline_ts, now_ms + every_ms), now_ms + 1000)
    city.desk.actions.keep(replace(action, stage="waiting", next_ts=next_ts, updated_ts=now_ms))
    city.desk.wake(next_ts)


def _gave_up(city: City, action: Action, now_ms: int) -> None:
    """Too few said yes, or nobody is left to ask: people have to find another way."""
    alert = None if action.alert is None else city.book.find(action.alert)
    if alert is not None:
        city.desk.given_up.append(alert)
    # Those who said no are left alone by their cool-down; others may be free in a moment.
    rest(city, action, _soon_ms(city, now_ms))
    wait(city, action, now_ms)


def rest(city: City, action: Action, until_ms: int) -> None:
    """Before that no other campaign begins for the alert that one serves."""
    if action.alert is not None and action.alert in city.desk.wanting:
        city.desk.wanting[action.alert] = until_ms


def after_no_ms(city: City, now_ms: int) -> int:
    """When an alert may be asked for again after a person said no, or nothing."""
    return now_ms + round(city.desk.settings.push_couriers.cooldown_s * 1000)


def _soon_ms(city: City, now_ms: int) -> int:
    """When it is worth looking again after nobody was found."""
    return now_ms + 2 * round(city.desk.settings.push_couriers.plan_every_s * 1000)


def alert_ended(city: City, alert: Alert, now_ms: int) -> None:
    """What was short is so no more: campaigns for it ask nobody else."""
    city.desk.wanting.pop(alert.id, None)
    for action in city.desk.actions.serving(alert.id, KIND):
        if action.state != "proposed":
            recovered(city, action, now_ms)
