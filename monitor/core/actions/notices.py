"""Telling people of alerts: what the routers plan becomes actions and letters.

Who is told when, grouping, throttling and escalation are `alerts/routing.py`. One action a notice,
from its opening to its close; each message of it is a target of the action.
"""

from functools import partial
from typing import Final

from msgspec.structs import replace

from alerts.action import Action, Expected, Kind, Target
from alerts.action_book import letter_key
from alerts.alert import Alert, Subject
from alerts.letter import Notice
from alerts.notices import NoticePlan
from alerts.phrases import Phrase, in_english, phrase
from alerts.remedies.settings import NoticeSettings
from alerts.rules import Rule
from monitor.core.actions.deliveries import assume_delivered
from monitor.core.actions.desk import NOTICES, NoticeKind
from monitor.core.actions.guard import forbids
from monitor.core.city import City
from monitor.core.reports import DeliveryReport

# A message that is late tells of what is over; that something is over must be heard.
OPEN_MS: Final = 30 * 60_000
CLOSE_MS: Final = 24 * 3_600_000
UNTOLD: Final = ("waiting", "sent")  # nothing is known of it yet, or a first try is made
AIM: Final = phrase("to_be_taken")


def hear(city: City, alert: Alert, rule: Rule, now_ms: int) -> None:
    """An alert of a rule changed: let those who tell of it know."""
    routers = city.desk.routers
    for kind in NOTICES:
        # A pause begins with a warning to support, whoever decides on it.
        mine = rule.action == kind or (kind == "warn_support" and rule.action == "pause_venue")
        told = mine and (rule.mode == "auto" or rule.action == "pause_venue")
        if (told and rule.mode != "off") or routers[kind].knows(alert.id):
            routers[kind].hear(alert, now_ms)
    _note_answer(city, alert, now_ms)
    city.desk.wake(now_ms)


def run(city: City, now_ms: int) -> None:
    """Send what is to be told now."""
    desk = city.desk
    for alert in desk.given_up:
        # Its own action is another, which did not help.
        desk.routers["warn_support"].hear(alert, now_ms)
    desk.given_up.clear()
    for kind in NOTICES:
        router = desk.routers[kind]
        settings: NoticeSettings = getattr(desk.settings, kind)
        if desk.settings.dry_run and not settings.levels:
            settings = replace(settings, levels=(("dry-run",),))
        if forbids(city, kind) is not None:
            settings = replace(settings, enabled=False)
        for plan in router.run(now_ms, settings, partial(_may_send, city, kind, settings, now_ms)):
            _tell(city, kind, plan, now_ms)
        desk.wake(router.due_ms)


def _may_send(city: City, kind: NoticeKind, settings: NoticeSettings, now_ms: int) -> bool:
    """Whether there is a notice left in the hour's budget; a yes is used."""
    actions = city.desk.actions
    if actions.left(kind, settings.per_hour, now_ms) < 1:
        return False
    actions.spend(kind, now_ms)
    return True


def _tell(city: City, kind: NoticeKind, plan: NoticePlan, now_ms: int) -> None:
    desk, book = city.desk, city.desk.actions
    action = book.living.get(plan.notice_id)
    if action is None:
        book.start(_opened(city, kind, plan, now_ms))
        action = book.living[plan.notice_id]
    first = len(action.targets)
    targets = [
        Target(
            kind="notice",
            id=name,
            key=letter_key(action.id, name, plan.step, first + i),
            step=plan.step,
            sent_ts=now_ms,
            why=plan.title,
            said=plan.said,
        )
        for i, name in enumerate(plan.to)
    ]
    served = dict.fromkeys((*action.alerts, *(alert.id for alert in plan.alerts)))
    deadline = now_ms + (CLOSE_MS if plan.step == "close" else OPEN_MS)
    action = replace(
        action,
        targets=(*action.targets, *targets),
        alerts=tuple(served),
        level=plan.level,
        stage=plan.step,
        deadline_ts=max(action.deadline_ts, deadline),
        updated_ts=now_ms,
    )
    book.keep(action)
    notice = Notice(
        notice_id=action.id,
        step=plan.step,
        kind=kind,
        city=city.plan.slug,
        ts=now_ms,
        level=plan.level,
        severity=plan.severity,
        title=plan.title,
        count=plan.count,
        alerts=plan.alerts,
    )
    for target in targets:
        desk.send(action, (target.id,), action.id, target.key, notice, now_ms, deadline)
    if action.dry_run:
        assume_delivered(city, action.id, now_ms)
        reported(city, book.living[action.id], now_ms)


def recall(city: City, action: Action) -> None:
    """No message of a notice is sent any more that has not arrived; its close is none of them."""
    for target in action.targets:
        if target.step != "close" and target.state in UNTOLD:
            city.desk.recall(action.id, target.key)


def unsaid(city: City, report: DeliveryReport) -> None:
    """A message was taken back: what still fires is told again once notices go. If it was never
    tried, who heard nothing else hears no close."""
    book = city.desk.actions
    action = book.living.get(report.action_id)
    if action is None or action.kind not in NOTICES:
        return
    target = next(target for target in action.targets if target.key == report.of)
    if target.step == "close":
        return
    heard = {t.id for t in action.targets if t.step != "close" and t.state != "withdrawn"}
    router = city.desk.routers[action.kind]
    router.unsay(action.id, heard, target.step != "repeat", report.ts)
    closing = [t for t in action.targets if t.step == "close"]
    for close in closing:
        if close.state == "waiting" and close.id not in heard:
            city.desk.recall(action.id, close.key)
    if not heard and not closing:
        book.move(action.id, "cancel", report.ts, said=(_why_off(city, action.kind),))


def _why_off(city: City, kind: Kind) -> Phrase:
    """Who is not told, and why; the switch may be on again by now."""
    switches = city.desk.actions.switches
    known = switches.get(kind) or switches.get("all")
    return phrase("switched_off", reason="" if known is None else known.reason)


def _opened(city: City, kind: NoticeKind, plan: NoticePlan, now_ms: int) -> Action:
    first = plan.alerts[0]
    return Action(
        id=plan.notice_id,
        kind=kind,
        city=city.plan.slug,
        alert=first.id,
        alerts=tuple(alert.id for alert in plan.alerts),
        rule=first.rule,
        subject=Subject(first.subject_kind, first.subject_id),  # type: ignore[arg-type]
        mode="auto",
        state="approved",
        dry_run=city.desk.settings.dry_run,
        reason=plan.title,
        created_ts=now_ms,
        updated_ts=now_ms,
        deadline_ts=now_ms + OPEN_MS,
        expected=Expected(words=in_english((AIM,)), said=(AIM,)),
        said=plan.said,
    )


def _note_answer(city: City, alert: Alert, now_ms: int) -> None:
    """Somebody has the alert: the notices of it have been heard."""
    who = alert.acked_by or alert.claimed_by
    if who is None:
        return
    taken = (phrase("taken", by=who),)
    for kind in NOTICES:
        for action in city.desk.actions.serving(alert.id, kind):
            if action.came.recovered_ts is None:
                came = replace(
                    action.came,
                    recovered_ts=now_ms,
                    recovered_s=(now_ms - action.created_ts) / 1000,
                    words=in_english(taken),
                    said=taken,
                )
                city.desk.actions.keep(replace(action, came=came, updated_ts=now_ms))


def reported(city: City, action: Action, now_ms: int) -> None:
    """Something became of a message: with the last of its close a notice is over."""
    closing = [target for target in action.targets if target.step == "close"]
    if not closing or any(target.state in ("waiting", "sent") for target in closing):
        return
    heard = action.came.recovered_ts is not None
    said = action.came.said or (phrase("not_taken"),)
    book = city.desk.actions
    for what in ("works" if heard else "fails", "expire"):
        if book.move(action.id, what, now_ms, words=action.came.words, said=said):
            return
