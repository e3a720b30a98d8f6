"""Pausing venues: warn, a softer step, pause, look again, extend or resume.

One action a venue from the warning to the resume. Its stages:

    warned -> busy -> paused -> (extended) -> resuming

A stage ends at `next_ts`, when the venue is looked at again. A pause always ends: the venue's
platform is told until when, and told to resume at that time.
"""

from typing import Final

import numpy as np
from msgspec.structs import replace

from alerts.action import Action, Came, Expected, Happening, Hindrance, Target
from alerts.action_book import letter_key
from alerts.alert import Alert, Subject
from alerts.letter import VenueChange, VenueOrder
from alerts.phrases import Phrase, in_english, phrase
from monitor.core.actions.deliveries import assume_delivered
from monitor.core.actions.guard import hinders, is_quiet, targets_of
from monitor.core.actions.pause_grounds import (
    KIND,
    MINUTE_MS,
    PAUSING,
    evidence,
    hindrance_to_pause,
    is_couriers_fault,
    is_well,
    pause_of,
)
from monitor.core.city import City
from monitor.core.judging.venues import takes_orders

AGAIN_MS: Final = 60_000  # a pause that is hindered is tried again after this
RESUME_MS: Final = 6 * 3_600_000  # a resume must arrive, however late
GRACE_MS: Final = 60_000  # after its end a pause's outcome is waited for so long
BY_HAND: Final = phrase("ordered_by_hand")


def open_case(city: City, alert: Alert, now_ms: int) -> None:
    """A venue's alert fired: propose a pause, or begin with the warning."""
    from_mode = hinders(city, KIND, alert)
    desk, book, row = city.desk, city.desk.actions, city.venues.find(alert.subject.id)
    if from_mode is None and (row < 0 or not takes_orders(city, np.array([row]), now_ms)[0]):
        from_mode = "venue_not_open"
    if from_mode is None and pause_of(city, alert.subject.id) is not None:
        from_mode = "already_under_way"
    settings = desk.settings.pause_venue
    auto = _mode(city, alert) == "auto"
    if (
        from_mode is None
        and not auto
        and is_couriers_fault(city, alert.subject.id, alert.rule, now_ms)
    ):
        from_mode = "couriers_late"
    if from_mode is not None:
        book.hinder(alert.id, from_mode)
        desk.put_off[alert.id] = now_ms + AGAIN_MS
        desk.wake(now_ms + AGAIN_MS)
        return
    book.unhinder(alert.id)
    desk.put_off.pop(alert.id, None)
    wait_ms = round((settings.warn_s if auto else settings.proposal_s) * 1000)
    aim = phrase("no_orders_for", minutes=settings.pause_min)
    action = Action(
        id=book.new_id(KIND, now_ms),
        kind=KIND,
        city=city.plan.slug,
        alert=alert.id,
        alerts=(alert.id,),
        rule=alert.rule,
        subject=alert.subject,
        mode="auto" if auto else "propose",
        state="approved" if auto else "proposed",
        dry_run=desk.settings.dry_run,
        reason=alert.reason,
        created_ts=now_ms,
        updated_ts=now_ms,
        deadline_ts=now_ms + 4 * 3_600_000 if auto else now_ms + wait_ms,
        next_ts=now_ms + wait_ms,
        stage="warned",
        expected=Expected(words=in_english((aim,)), said=(aim,)),
        said=alert.said,
    )
    book.start(action)
    desk.wake(action.next_ts)


def had_case(city: City, alert: Alert) -> bool:
    """Whether an alert has, or had, its action: a mark on it begins no second one."""
    book = city.desk.actions
    known = city.book.find(alert.id) or alert
    return bool(book.serving(alert.id, KIND)) or any(
        action is not None and action.kind == KIND for action in map(book.find, known.actions)
    )


def _mode(city: City, alert: Alert) -> str:
    rules = city.rules_of_venue(city.venues.find(alert.subject.id))
    return str(getattr(rules, alert.rule).mode)


def run_case(city: City, action: Action, now_ms: int) -> None:
    """A living pause whose time has come: go on to what its stage asks for."""
    book = city.desk.actions
    if action.state == "proposed":
        book.move(action.id, "expire", now_ms, said=(phrase("nobody_decided"),))
        return
    if action.stage == "resuming":
        _finish(city, action, now_ms)
        return
    if action.stage in PAUSING:
        _look_again(city, action, now_ms)
        return
    if action.stage == "busy" and action.by is not None:
        resume(city, action, now_ms, phrase("time_over"))  # a person ordered this, and no more
        return
    alert = None if action.alert is None else city.book.find(action.alert)
    if action.alert is not None and alert is None:
        _stand_down(city, action, now_ms, phrase("alert_ended"))
        return
    hindrance = None if alert is None else hinders(city, KIND, alert)
    if hindrance is not None or (alert is not None and is_quiet(alert)):
        _put_off(city, action, hindrance or "muted", now_ms)
        return
    if is_couriers_fault(city, action.subject.id, action.rule, now_ms):
        _put_off(city, action, "couriers_late", now_ms)
        return
    settings = city.desk.settings.pause_venue
    if action.stage == "warned" and settings.busy_s > 0 and action.rule == "venue_slow":
        be_busy(city, action, now_ms)
    else:
        why = hindrance_to_pause(city, action.subject.id, action.rule, now_ms, by_hand=False)
        if why is not None:
            _put_off(city, action, why, now_ms)
        else:
            pause(city, action, settings.pause_min, now_ms)


def _put_off(city: City, action: Action, why: Hindrance, now_ms: int) -> None:
    book = city.desk.actions
    if action.alert is not None:
        book.hinder(action.alert, why)
    if now_ms >= action.deadline_ts:
        _stand_down(city, action, now_ms, phrase("given_up", why=why))
        return
    book.keep(replace(action, next_ts=now_ms + AGAIN_MS, updated_ts=now_ms))
    city.desk.wake(now_ms + AGAIN_MS)


def _stand_down(city: City, action: Action, now_ms: int, why: Phrase) -> None:
    """The reason is gone before the venue was paused."""
    if action.stage == "busy":
        resume(city, action, now_ms, why)
    else:
        city.desk.actions.move(action.id, "expire", now_ms, said=(why,))


def be_busy(city: City, action: Action, now_ms: int) -> None:
    """The softer step: clients are promised more time."""
    settings = city.desk.settings.pause_venue
    until = now_ms + round(settings.busy_s * 1000)
    _tell_venue(city, action, "busy", "busy", until, until, now_ms)


def pause(city: City, action: Action, minutes: float, now_ms: int) -> None:
    """No new orders for so many minutes."""
    city.desk.actions.spend(KIND, now_ms)
    until = now_ms + round(minutes * MINUTE_MS)
    _tell_venue(city, action, "pause", "paused", until, until, now_ms)


def resume(city: City, action: Action, now_ms: int, why: Phrase) -> None:
    """Take orders again: the end of every pause."""
    _tell_venue(city, action, "resume", "resuming", None, now_ms + GRACE_MS, now_ms, why)


def _tell_venue(
    city: City,
    action: Action,
    change: VenueChange,
    stage: str,
    until_ms: int | None,
    next_ms: int,
    now_ms: int,
    why: Phrase | None = None,
) -> None:
    desk = city.desk
    settings = desk.settings.pause_venue
    key = letter_key(action.id, action.subject.id, change, len(action.targets))
    said = () if why is None else (why,)
    words = in_english(said)
    id_ = action.subject.id
    target = Target(
        kind="venue", id=id_, key=key, step=change, sent_ts=now_ms, why=words, said=said
    )
    action = replace(
        action,
        targets=(*action.targets, target),
        stage=stage,
        until_ts=until_ms,
        next_ts=next_ms,
        deadline_ts=max(action.deadline_ts, next_ms + GRACE_MS),
        updated_ts=now_ms,
    )
    desk.actions.keep(action)
    order = VenueOrder(
        change=change,
        city=action.city,
        venue_id=id_,
        action_id=action.id,
        ts=now_ms,
        until_ts=until_ms,
        longer_prep_min=settings.busy_longer_min if change == "busy" else None,
        reason=words or action.reason,
        evidence=evidence(city, id_),
    )
    # A pause that arrives after its own end would do harm; a resume never does.
    deadline = now_ms + RESUME_MS if until_ms is None else until_ms
    names = targets_of(city, settings.targets)
    desk.send(action, names, id_, key, order, now_ms, deadline)
    if action.dry_run:
        assume_delivered(city, action.id, now_ms)
    desk.wake(next_ms)


def _look_again(city: City, action: Action, now_ms: int) -> None:
    settings = city.desk.settings.pause_venue
    well = is_well(city, action)
    extended = sum(target.step == "extend" for target in action.targets)
    if not well and extended < settings.extensions and _may_extend(city, action, now_ms):
        until = now_ms + round(settings.extend_min * MINUTE_MS)
        _tell_venue(city, action, "extend", "extended", until, until, now_ms)
        return
    if action.state == "delivered":
        began = min(target.sent_ts for target in action.targets)
        found = phrase("caught_up" if well else "not_caught_up")
        came = Came(
            recovered_ts=now_ms if well else None,
            recovered_s=(now_ms - began) / 1000 if well else None,
            words=in_english((found,)),
            said=(found,),
        )
        city.desk.actions.keep(replace(action, came=came, updated_ts=now_ms))
        city.desk.actions.move(action.id, "works" if well else "fails", now_ms, said=came.said)
        action = city.desk.actions.living[action.id]
    resume(city, action, now_ms, phrase("pause_over"))


def _may_extend(city: City, action: Action, now_ms: int) -> bool:
    """Whether what asked for a pause still asks for it, by figures that are fresh."""
    alert = None if action.alert is None else city.book.find(action.alert)
    if action.by is not None or alert is None or hinders(city, KIND, alert) is not None:
        return False
    return not is_couriers_fault(city, action.subject.id, action.rule, now_ms)


def _finish(city: City, action: Action, now_ms: int) -> None:
    """The resume is out: over once it has arrived, or can no longer."""
    book = city.desk.actions
    last = action.targets[-1]
    if last.state in ("waiting", "sent"):
        book.keep(replace(action, next_ts=now_ms + GRACE_MS, updated_ts=now_ms))
        city.desk.wake(now_ms + GRACE_MS)
        return
    said = (phrase("resume_sent", state=last.state),)
    refused = any(target.state == "failed" for target in action.targets)
    ends: tuple[Happening, ...] = ("revert", "fail" if refused else "cancel", "expire")
    for what in ends:
        if book.move(action.id, what, now_ms, said=said):
            return


def reported(city: City, action: Action, now_ms: int) -> None:
    """Something became of a letter of the action: a resume that arrived ends it at once."""
    if action.stage == "resuming" and action.targets[-1].state not in ("waiting", "sent"):
        _finish(city, action, now_ms)


def by_hand(
    city: City, venue_id: str, alert: Alert | None, by: str, reason: str, now_ms: int
) -> Action:
    """A new action that a person ordered; nothing is sent yet."""
    settings = city.desk.settings.pause_venue
    action = Action(
        id=city.desk.actions.new_id(KIND, now_ms),
        kind=KIND,
        city=city.plan.slug,
        alert=None if alert is None else alert.id,
        alerts=() if alert is None else (alert.id,),
        rule=None if alert is None else alert.rule,
        subject=Subject("venue", venue_id),
        mode="by_hand",
        state="approved",
        dry_run=city.desk.settings.dry_run,
        by=by,
        approved_by=by,
        reason=reason,
        created_ts=now_ms,
        updated_ts=now_ms,
        deadline_ts=now_ms + round(settings.pause_min * MINUTE_MS),
        stage="warned",
        expected=Expected(words=in_english((BY_HAND,)), said=(BY_HAND,)),
    )
    city.desk.actions.start(action)
    return city.desk.actions.living[action.id]
