"""What came of what was sent: reports of the ledger, and the answers of couriers.

A target of an action stands for one recipient and step; it may have gone to several targets of the
configuration, and the best outcome of them counts. What is told twice changes nothing.
"""

from typing import Final

from msgspec.structs import replace

from alerts.action import Action, Happening, Target, TargetState
from alerts.phrases import phrase
from monitor.core.actions.guard import targets_of
from monitor.core.city import City
from monitor.core.events import CourierPushResponse
from monitor.core.reports import DeliveryReport

# What a report makes of a target's state; a better outcome is never taken back by a worse one.
RANK: Final[dict[str, int]] = {
    "waiting": 0,
    "sent": 1,
    "failed": 2,
    "expired": 2,
    "cancelled": 2,
    "withdrawn": 2,
    "delivered": 3,
}
ENDS: Final = ("delivered", "failed", "expired")


def take_report(city: City, report: DeliveryReport) -> bool:
    """Note what became of a letter; False where it is no news, or nobody's."""
    book = city.desk.actions
    action = book.living.get(report.action_id)
    if action is None:
        return False
    i = _place_of(action, report.of)
    if i < 0:
        return False
    target = action.targets[i]
    if RANK[report.outcome] <= RANK.get(target.state, 3):
        return False
    state = _state_after(target, report)
    if state in ("failed", "expired"):
        if report.to in target.failed_by:
            return False
        target = replace(target, failed_by=(*target.failed_by, report.to))
        if len(target.failed_by) < len(_names_of(city, action, target)):
            state = target.state  # others may still bring it
    words = report.words if report.outcome in ("failed", "expired") else ""
    why = f"{target.why}; {words}" if words else target.why
    told = replace(target, state=state, why=why, error=words or target.error)
    set_targets(city, action, (*action.targets[:i], told, *action.targets[i + 1 :]), report.ts)
    _advance(city, action.id, told, report)
    city.desk.wake(report.ts)
    return True


def _state_after(target: Target, report: DeliveryReport) -> TargetState:
    """What a report makes of a target. A message to people that was cancelled after a first try may
    have been heard; one that was never tried was not."""
    if report.outcome != "cancelled":
        return report.outcome
    if target.kind != "notice":
        return "expired"
    return "withdrawn" if target.state == "waiting" else "failed"


def _names_of(city: City, action: Action, target: Target) -> tuple[str, ...]:
    """Where the letters of a target go."""
    if target.kind == "notice":
        return (target.id,)
    return targets_of(city, getattr(city.desk.settings, action.kind).targets)


def _place_of(action: Action, key: str) -> int:
    """Which target of an action has a key, -1 for none; the newest are asked about most."""
    for i in range(len(action.targets) - 1, -1, -1):
        if action.targets[i].key == key:
            return i
    return -1


def set_targets(city: City, action: Action, targets: tuple[Target, ...], now_ms: int) -> Action:
    """Put changed targets of a living action in place."""
    action = replace(action, targets=targets, updated_ts=now_ms)
    city.desk.actions.keep(action)
    return action


def _advance(city: City, action_id: str, target: Target, report: DeliveryReport) -> None:
    """Move the action on by what became of one of its targets."""
    book = city.desk.actions
    action = book.living[action_id]
    if action.state not in ("approved", "sent"):
        return  # delivered already; a later step's outcome stands with its target
    if target.state == "sent":
        if action.state == "approved":
            book.move(action_id, "send", report.ts)
        return
    if target.state == "delivered":
        said = (phrase("delivered_by", id=target.id, to=report.to),)
        book.move(action_id, "deliver", report.ts, said=said)
        return
    if action.kind != "push_couriers":
        return  # a notice lives until its close, a pause until its resume, whatever was lost
    sent = [t for t in action.targets if t.state != "held_back"]
    if all(t.state in ("failed", "expired") for t in sent):
        what: Happening = "fail" if any(t.state == "failed" for t in sent) else "expire"
        book.move(action_id, what, report.ts, words=report.words)


def assume_delivered(city: City, action_id: str, now_ms: int) -> None:
    """In a dry run: what waits counts as delivered at once."""
    action = city.desk.actions.living[action_id]
    for target in action.targets:
        if target.state == "waiting":
            report = DeliveryReport(
                city=action.city,
                ts=now_ms,
                action_id=action.id,
                of=target.key,
                to="dry-run",
                outcome="delivered",
            )
            take_report(city, report)


def take_answer(city: City, event: CourierPushResponse) -> bool:
    """A courier's answer to a push of ours; False where it is to none, or said already."""
    book = city.desk.actions
    action = book.living.get(book.by_key.get(event.push_id, ""))
    if action is None or action.kind != "push_couriers":
        return False
    i = _place_of(action, event.push_id)
    target = action.targets[i]
    if i < 0 or target.id != event.courier_id:
        return False
    if target.answer in ("accepted", "declined"):
        return False
    city.desk.acceptance.saw(event.response == "accepted", event.ts)
    city.desk.count_pushes(action, **{event.response: 1})
    told = replace(target, answer=event.response, answered_ts=event.ts, state="delivered")
    targets = (*action.targets[:i], told, *action.targets[i + 1 :])
    came = replace(
        action.came,
        accepted=action.came.accepted + (event.response == "accepted"),
        declined=action.came.declined + (event.response == "declined"),
        unanswered=action.came.unanswered - (target.answer == "none"),
    )
    set_targets(city, replace(action, came=came), targets, event.ts)
    if action.state in ("approved", "sent"):
        book.move(action.id, "deliver", event.ts, said=(phrase("answered", courier=target.id),))
    city.desk.wake(event.ts)
    return True
