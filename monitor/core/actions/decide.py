"""What people order: approve, reject, cancel, push, pause, resume, switch off.

Each answers with an outcome: done, or refused with a named reason and, where another was first,
who and when. A refused order changes nothing.
"""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from msgspec.structs import replace

from alerts.act import DONE, Outcome, Refusal
from alerts.action import Action, Hindrance, Step
from alerts.action_book import Switch, is_over
from alerts.alert import Alert, Subject
from alerts.phrases import Phrase, in_english, phrase
from alerts.remedies.push import Choice
from monitor.core.actions import campaigns, notices, pauses
from monitor.core.actions.desk import NOTICES
from monitor.core.actions.doing_words import HINDERED
from monitor.core.actions.guard import forbids, targets_of
from monitor.core.actions.pause_grounds import PAUSING, hindrance_to_pause, pause_of
from monitor.core.actions.supply import Place, look, place_of
from monitor.core.city import City
from monitor.core.commands import (
    ActionCommand,
    ApproveAction,
    CancelAction,
    PauseByHand,
    PushByHand,
    RejectAction,
    ResumeByHand,
    SwitchActions,
)
from monitor.core.tables.columns import COUNTS_IDLE
from zones.metrics import distance_m


def obey(city: City, command: ActionCommand) -> Outcome:
    """Carry out one order."""
    outcome = _ORDERS[type(command)](city, command)
    city.desk.wake(command.ts)
    return outcome


def _refused(why: Refusal, message: str) -> Outcome:
    return Outcome(False, why, message)


def _hindered(why: Hindrance) -> Outcome:
    said = (phrase("hindered", why=why),)
    return Outcome(False, "hindered", f"{why}: {HINDERED[why]}", said=said)


def _impossible(why: Phrase) -> Outcome:
    return Outcome(False, "not_possible", in_english((why,)), said=(why,))


def _found(
    city: City, command: ApproveAction | RejectAction | CancelAction, states: tuple[str, ...]
) -> Action | Outcome:
    """The action, if it is still as the person saw it and in one of these states."""
    action = city.desk.actions.find(command.action_id)
    if action is None:
        return _refused("unknown_action", f"no action has the id {command.action_id}")
    last = _decided(action)
    moved = command.version is not None and command.version != action.version
    if moved or action.state not in states or is_over(action):
        who = last.by or "the program"
        words = f"{who} was first: it is {action.state}"
        return Outcome(False, "changed", words, last.by, last.ts, action.id)
    return action


def _decided(action: Action) -> Step:
    """What a person last did to an action; where nobody did, what came of it last."""
    return next((step for step in reversed(action.record) if step.by), action.record[-1])


def _approve(city: City, command: ApproveAction) -> Outcome:
    action = _found(city, command, ("proposed",))
    if isinstance(action, Outcome):
        return action
    why = forbids(city, action.kind)
    if why is not None:
        return _hindered(why)
    now_ms = command.ts
    if action.kind == "push_couriers":
        campaigns.approve(city, action, command.by, now_ms)
    else:
        why = hindrance_to_pause(city, action.subject.id, action.rule, now_ms, by_hand=True)
        if why is not None:
            return _hindered(why)
        city.desk.actions.move(action.id, "approve", now_ms, command.by)
        action = city.desk.actions.living[action.id]
        pauses.pause(city, action, city.desk.settings.pause_venue.pause_min, now_ms)
    return Outcome(True, id=action.id)


def _reject(city: City, command: RejectAction) -> Outcome:
    action = _found(city, command, ("proposed",))
    if isinstance(action, Outcome):
        return action
    city.desk.actions.move(action.id, "reject", command.ts, command.by, command.reason)
    return Outcome(True, id=action.id)


def _cancel(city: City, command: CancelAction) -> Outcome:
    states = ("proposed", "approved", "sent", "delivered", "effective", "ineffective")
    action = _found(city, command, states)
    if isinstance(action, Outcome):
        return action
    if action.kind in ("warn_support", "page_on_call"):
        return _impossible(phrase("notice_ends_itself"))
    if action.kind == "pause_venue" and action.targets:
        if action.stage != "resuming":
            pauses.resume(city, action, command.ts, _ended_by(command))
        return Outcome(True, id=action.id)
    city.desk.withdraw(action.id)
    city.desk.actions.move(action.id, "cancel", command.ts, command.by, command.reason)
    campaigns.rest(city, action, campaigns.after_no_ms(city, command.ts))
    return Outcome(True, id=action.id)


def _ended_by(command: CancelAction | ResumeByHand) -> Phrase:
    return phrase("ended_by", by=command.by, reason=command.reason)


def _push(city: City, command: PushByHand) -> Outcome:
    if (command.zone_id is None) == (command.order_id is None):
        return _impossible(phrase("one_place"))
    kind, id_, rule = ("zone", command.zone_id, "zone_shortage")
    if command.order_id is not None:
        kind, id_, rule = ("order", command.order_id, "order_unassigned")
    assert id_ is not None
    alert = _alert_of(city, rule, id_)
    subject = Subject(kind, id_)  # type: ignore[arg-type]
    count = len(command.courier_ids) or command.count
    place = place_of(city, subject, alert=alert, count=count)
    if place is not None and place.shortage <= 0:
        place = place_of(city, subject, alert=alert, count=1)
    if place is None:
        unknown: Refusal = "unknown_zone" if kind == "zone" else "unknown_order"
        return _refused(unknown, f"{city.plan.slug} has no {kind} {id_!r} with a place")
    why = forbids(city, "push_couriers")
    if why is None and not targets_of(city, city.desk.settings.push_couriers.targets):
        why = "no_target"
    if why is not None:
        return _hindered(why)
    if command.courier_ids:
        chosen = _named(city, place, command.courier_ids, command.ts)
        if isinstance(chosen, Outcome):
            return chosen
    else:
        place, found = look(city, place, command.ts)
        if not found.chosen:
            return _hindered(next(iter(found.missing), "no_courier"))
        chosen = found.chosen
    for proposed in () if alert is None else city.desk.actions.serving(alert.id, "push_couriers"):
        if proposed.state == "proposed":
            instead = (phrase("by_hand_instead"),)
            city.desk.actions.move(proposed.id, "cancel", command.ts, command.by, said=instead)
    action = campaigns.start(city, place, command.by, "by_hand", command.reason, command.ts)
    campaigns.ask(city, action, place, chosen, command.ts)
    return Outcome(True, id=action.id)


def _named(
    city: City, place: Place, ids: tuple[str, ...], now_ms: int
) -> tuple[Choice, ...] | Outcome:
    """The couriers that a person picked: each is known, free, and was left in peace long enough."""
    t, pace, settings = city.couriers, city.plan.pace, city.desk.settings.push_couriers
    chosen: list[Choice] = []
    if city.desk.actions.left("push_couriers", settings.per_hour, now_ms) < len(set(ids)):
        return _hindered("budget_spent")
    for id_ in dict.fromkeys(ids):
        row = t.find(id_)
        if row < 0:
            return _refused("unknown_courier", f"no courier has the id {id_!r}")
        if t.kind[row] != COUNTS_IDLE or t.carrying[row]:
            return _impossible(phrase("courier_not_idle", courier=id_))
        last, hourly = city.desk.pushes_of(id_, now_ms)
        ago_s = (now_ms - last) / 1000
        if hourly >= settings.courier_per_hour or (last >= 0 and ago_s < settings.cooldown_s):
            return _impossible(phrase("courier_pushed", courier=id_, ago_s=ago_s, count=hourly))
        metres = float(
            distance_m(t.lon[[row]], t.lat[[row]], np.array([place.lon]), np.array([place.lat]))[0]
        )
        travel_s = metres * pace.detour * 3.6 / pace.speed_kmh
        chosen.append(Choice(row, travel_s, metres, int(t.zone[row])))
    return tuple(chosen)


def _alert_of(city: City, rule: str, subject: str) -> Alert | None:
    track = city.book.tracks.get((rule, subject))
    return None if track is None or track.alert is None else track.alert


def _pause(city: City, command: PauseByHand) -> Outcome:
    if city.venues.find(command.venue_id) < 0:
        return _refused("unknown_venue", f"no venue has the id {command.venue_id!r}")
    why = forbids(city, "pause_venue")
    if why is not None:
        return _hindered(why)
    known = pause_of(city, command.venue_id)
    if known is not None and known.state != "proposed" and known.stage in PAUSING:
        last = _decided(known)
        return Outcome(False, "changed", "it is paused already", last.by, last.ts, known.id)
    if not command.busy:
        why = hindrance_to_pause(city, command.venue_id, None, command.ts, by_hand=True)
        if why is not None:
            return _hindered(why)
    action = known
    if action is None:
        alert = _alert_of(city, "venue_slow", command.venue_id)
        alert = alert or _alert_of(city, "venue_silent", command.venue_id)
        action = pauses.by_hand(
            city, command.venue_id, alert, command.by, command.reason, command.ts
        )
    if action.state == "proposed":
        city.desk.actions.move(action.id, "approve", command.ts, command.by, command.reason)
    action = replace(city.desk.actions.living[action.id], by=command.by, reason=command.reason)
    city.desk.actions.keep(action)
    if command.busy:
        pauses.be_busy(city, action, command.ts)
    else:
        settings = city.desk.settings.pause_venue
        pauses.pause(city, action, command.minutes or settings.pause_min, command.ts)
    return Outcome(True, id=action.id)


def _resume(city: City, command: ResumeByHand) -> Outcome:
    if city.venues.find(command.venue_id) < 0:
        return _refused("unknown_venue", f"no venue has the id {command.venue_id!r}")
    action = pause_of(city, command.venue_id)
    if action is None or not action.targets or action.stage == "resuming":
        return _impossible(phrase("no_pause"))
    pauses.resume(city, action, command.ts, _ended_by(command))
    return Outcome(True, id=action.id)


def _switch(city: City, command: SwitchActions) -> Outcome:
    book = city.desk.actions
    known = book.switches.get(command.kind)
    if command.off and known is not None:
        return Outcome(False, "changed", f"{known.by} was first: it is off", known.by, known.ts)
    if not command.off and known is None:
        on = (phrase("on_already"),)
        return Outcome(False, "changed", in_english(on), said=on)
    book.switch(
        command.kind, Switch(command.by, command.ts, command.reason) if command.off else None
    )
    if command.off:
        _withdraw_all(city, command)
    return DONE


def _withdraw_all(city: City, command: SwitchActions) -> None:
    """What was not sent yet is not sent any more; a resume, and a close of what was heard, is."""
    said = (phrase("switched_off", reason=command.reason),)
    for action in list(city.desk.actions.living.values()):
        if command.kind not in ("all", action.kind):
            continue
        if action.kind in NOTICES:
            notices.recall(city, action)
            continue
        pushing = action.kind == "push_couriers"
        if (
            action.state == "proposed"
            or not action.targets
            or (pushing and action.state == "approved")
        ):
            city.desk.withdraw(action.id)
            city.desk.actions.move(action.id, "cancel", command.ts, command.by, said=said)
        elif pushing:
            # Those whom it reached may answer and are judged; nobody else hears of it.
            city.desk.withdraw(action.id)
            campaigns.wait(city, action, command.ts)
        elif action.stage != "resuming" and action.targets[-1].state != "delivered":
            # It may be on its way and can't be called back, so its end follows at its heels.
            pauses.resume(city, action, command.ts, *said)


_ORDERS: Final[dict[type, Callable[[City, Any], Outcome]]] = {
    ApproveAction: _approve,
    RejectAction: _reject,
    CancelAction: _cancel,
    PushByHand: _push,
    PauseByHand: _pause,
    ResumeByHand: _resume,
    SwitchActions: _switch,
}
