"""What is done about alerts: **from a changed alert to an action, read from top to bottom**.

`hear` is told every change of an alert, `run` is called at whole seconds when something is due:
proposals run out, rounds of pushes end, pauses are looked at again, notices are told. `collect`
brings what came of it to the effects. Called by `step.py`, and where cities come and go.
"""

from collections.abc import Sequence
from typing import Any, Final

from msgspec.structs import replace

from alerts.alert import AlertChange
from alerts.phrases import phrase
from monitor.core.actions import campaigns, notices, pauses, pushes
from monitor.core.actions.deliveries import take_report
from monitor.core.actions.desk import NOTICES
from monitor.core.actions.guard import rule_of
from monitor.core.city import City
from monitor.core.effects import Effects
from monitor.core.reports import DeliveryReport
from monitor.core.tables.table import FAR

RUNS: Final[dict[str, Any]] = {
    "push_couriers": campaigns.run_campaign,
    "pause_venue": pauses.run_case,
}
REPORTED: Final[dict[str, Any]] = {
    "pause_venue": pauses.reported,
    "warn_support": notices.reported,
    "page_on_call": notices.reported,
}


def hear(city: City, changes: Sequence[AlertChange], now_ms: int) -> None:
    """Alerts changed: begin what their rules ask for, end what only they held up."""
    for change in changes:
        alert = change.alert
        if alert.state == "pending" or change.change == "clearing":
            continue  # nothing to do about it yet, or any more
        rule = rule_of(city, alert)
        notices.hear(city, alert, rule, now_ms)
        if alert.state == "resolved":
            pushes.alert_ended(city, alert, now_ms)
            _hurry(city, alert.id, now_ms)
            continue
        if rule.action == "push_couriers":
            pushes.want(city, alert, now_ms)
        elif rule.action == "pause_venue" and not pauses.had_case(city, alert):
            pauses.open_case(city, alert, now_ms)


def _hurry(city: City, alert_id: str, now_ms: int) -> None:
    """What served an alert that ended is looked at at once."""
    book = city.desk.actions
    for action in book.serving(alert_id):
        if action.state == "proposed" or action.stage in ("warned", "busy"):
            book.keep(replace(action, next_ts=now_ms, updated_ts=now_ms))
            if action.state == "proposed":
                book.move(action.id, "expire", now_ms, said=(phrase("alert_ended"),))


def run(city: City, now_ms: int) -> None:
    """Do all that is due."""
    desk = city.desk
    if now_ms < desk.due_ms:
        return
    desk.due_ms = FAR  # whoever wants another look says so
    for action in desk.actions.take_due(now_ms):
        RUNS[action.kind](city, action, now_ms)
    _look_again(city, now_ms)
    pushes.plan(city, now_ms)
    notices.run(city, now_ms)
    desk.wake(desk.actions.due_ms)


def _look_again(city: City, now_ms: int) -> None:
    """Alerts whose pause was hindered: what stood in its way may be gone."""
    desk = city.desk
    for alert_id, at_ms in list(desk.put_off.items()):
        if at_ms > now_ms:
            desk.wake(at_ms)
            continue
        del desk.put_off[alert_id]
        alert = city.book.find(alert_id)
        if alert is not None and not pauses.had_case(city, alert):
            pauses.open_case(city, alert, now_ms)


def hear_changes(city: City, effects: Effects, now_ms: int) -> None:
    """Put changed alerts among the effects, and let what acts on them hear of them."""
    if city.book.has_changes:
        changes = city.book.take_changes()
        effects.alerts += changes
        hear(city, changes, now_ms)


def collect(city: City, effects: Effects, now_ms: int) -> None:
    """Bring all that waits to be told of a city to the effects, in order."""
    hear_changes(city, effects, now_ms)
    desk = city.desk
    if desk.actions.has_changes:
        _mark_alerts(city)
        effects.alerts += city.book.take_changes()
        effects.actions += desk.actions.take_changes()
    effects.letters += desk.take_letters()
    effects.withdrawn += desk.take_withdrawn()
    effects.recalled += desk.take_recalled()


def _mark_alerts(city: City) -> None:
    """Let every alert name the actions that serve it."""
    actions, book = city.desk.actions, city.book
    for alert_id in actions.take_served():
        alert = book.find(alert_id)
        if alert is not None:
            ids = dict.fromkeys((*alert.actions, *actions.by_alert.get(alert_id, ())))
            book.set_alert(replace(alert, actions=tuple(ids)))


def wind_up(city: City, effects: Effects, now_ms: int) -> None:
    """A city is watched no longer: end its alerts, close what was opened, resume what is paused."""
    city.book.end_all(now_ms, "subject_gone")
    hear_changes(city, effects, now_ms)
    book = city.desk.actions
    for action in list(book.living.values()):
        if action.kind == "pause_venue" and action.targets:
            pauses.resume(city, action, now_ms, phrase("city_left"))
        elif action.kind not in NOTICES:
            city.desk.withdraw(action.id)
            book.move(action.id, "cancel", now_ms, said=(phrase("city_left"),))
    notices.run(city, now_ms)
    collect(city, effects, now_ms)


def report(city: City, told: DeliveryReport) -> bool:
    """The ledger tells what became of a letter."""
    if not take_report(city, told):
        return False
    living = city.desk.actions.living
    if told.outcome == "cancelled":
        notices.unsaid(city, told)
    action = living.get(told.action_id)
    if action is not None and (after := REPORTED.get(action.kind)) is not None:
        after(city, action, told.ts)
    return True
