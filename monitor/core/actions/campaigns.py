"""A campaign of pushes, from its first letter to its end: for one short zone or one order.

It asks in rounds, each farther than the one before, until enough have accepted; then it waits for
its window to end and is judged by what came (`campaign_effect.py`). When one begins, and whom a
round asks, is planned in `pushes.py`, or ordered in `decide.py`.
"""

from typing import Final

from msgspec.structs import replace

from alerts.action import Action, Expected, Hindrance, Target
from alerts.action_book import letter_key
from alerts.letter import Push
from alerts.phrases import Phrase, in_english, phrase
from alerts.remedies.learn import hold_back
from alerts.remedies.push import Choice
from monitor.core.actions.campaign_effect import arrivals, judge_effect
from monitor.core.actions.deliveries import assume_delivered
from monitor.core.actions.guard import forbids, hinders, targets_of
from monitor.core.actions.supply import KIND, Place, look, place_of
from monitor.core.city import City

PLAN_APART_MS: Final = 5_000  # a rush of alerts is planned together


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


def ask(city: City, action: Action, place: Place, chosen: tuple[Choice, ...], now_ms: int) -> None:
    """Send one round of pushes; some of the chosen are held back to learn from."""
    desk, settings = city.desk, city.desk.settings.push_couriers
    round_ = place.round + 1
    answer_by = now_ms + round(settings.answer_s * 1000)
    names = targets_of(city, settings.targets)
    control = settings.control_share if place.zone_wide and action.by is None else 0.0
    targets: list[Target] = []
    for choice in chosen:
        target = target_of(action, choice, f"round {round_}", city, now_ms, round_)
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
    desk.count_pushes(action, asked=len(sent), held_back=len(targets) - len(sent))
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


def target_of(
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
            give_up(city, action, now_ms)
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
    city.desk.count_pushes(action, unanswered=silent)
    return action


def wait(city: City, action: Action, now_ms: int) -> None:
    """Ask nobody more; look who arrives until the window ends."""
    every_ms = round(city.desk.settings.push_couriers.plan_every_s * 1000)
    next_ts = max(min(action.deadline_ts, now_ms + every_ms), now_ms + 1000)
    city.desk.actions.keep(replace(action, stage="waiting", next_ts=next_ts, updated_ts=now_ms))
    city.desk.wake(next_ts)


def give_up(city: City, action: Action, now_ms: int) -> None:
    """Too few said yes, or nobody is left to ask: people have to find another way."""
    alert = None if action.alert is None else city.book.find(action.alert)
    if alert is not None:
        city.desk.given_up.append(alert)
    # Those who said no are left alone by their cool-down; others may be free in a moment.
    rest(city, action, soon_ms(city, now_ms))
    wait(city, action, now_ms)


def rest(city: City, action: Action, until_ms: int) -> None:
    """Before that no other campaign begins for the alert that one serves."""
    if action.alert is not None and action.alert in city.desk.wanting:
        city.desk.wanting[action.alert] = until_ms


def after_no_ms(city: City, now_ms: int) -> int:
    """When an alert may be asked for again after a person said no, or nothing."""
    return now_ms + round(city.desk.settings.push_couriers.cooldown_s * 1000)


def soon_ms(city: City, now_ms: int) -> int:
    """When it is worth looking again after nobody was found."""
    return now_ms + 2 * round(city.desk.settings.push_couriers.plan_every_s * 1000)


def plan_soon(city: City, now_ms: int) -> None:
    """Something may be short: plan at the next second, but not more often than is of use."""
    desk = city.desk
    desk.plan_due_ms = min(desk.plan_due_ms, max(now_ms, desk.planned_ms + PLAN_APART_MS))
    desk.wake(desk.plan_due_ms)
