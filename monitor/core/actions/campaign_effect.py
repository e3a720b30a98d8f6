"""What came of a campaign of pushes: who arrived, whether it recovered, against those held back."""

from msgspec.structs import replace

from alerts.action import Action, Came, Happening, Target
from alerts.phrases import Said, in_english, phrase
from monitor.core.city import City


def arrivals(city: City, action: Action, now_ms: int) -> Action:
    """Note who of the asked, and of those held back, is where he was wanted by now."""
    seen = tuple(
        replace(target, arrived_ts=now_ms)
        if target.arrived_ts is None and _is_there(city, action, target)
        else target
        for target in action.targets
    )
    if seen == action.targets:
        return action
    asked = [target for target in seen if target.state != "held_back"]
    held = [target for target in seen if target.state == "held_back"]
    came = replace(
        action.came,
        moved=sum(target.arrived_ts is not None for target in asked),
        held_back=len(held),
        held_back_moved=sum(target.arrived_ts is not None for target in held),
    )
    city.desk.count_pushes(
        action,
        moved=came.moved - action.came.moved,
        held_back_moved=came.held_back_moved - action.came.held_back_moved,
    )
    action = replace(action, targets=seen, came=came, updated_ts=now_ms)
    city.desk.actions.keep(action)
    return action


def _is_there(city: City, action: Action, target: Target) -> bool:
    row = city.couriers.find(target.id)
    if row < 0:
        return False
    if action.subject.kind == "zone":
        return city.zone_id(int(city.couriers.zone[row])) == action.subject.id
    order = city.orders.find(action.subject.id)
    return order >= 0 and int(city.orders.courier[order]) == row


def recovered(city: City, action: Action, now_ms: int) -> None:
    """The alert that a campaign serves has ended."""
    if action.came.recovered_ts is not None or not action.targets:
        return
    began = min(target.sent_ts for target in action.targets)
    took_s = (now_ms - began) / 1000
    city.desk.recovery.saw(took_s, now_ms)
    came = replace(action.came, recovered_ts=now_ms, recovered_s=took_s)
    city.desk.actions.keep(replace(action, came=came, updated_ts=now_ms))


def judge_effect(city: City, action: Action, now_ms: int) -> None:
    """The window is over: did it work."""
    book = city.desk.actions
    came = action.came
    held = [target for target in action.targets if target.state == "held_back"]
    asked = len(action.targets) - len(held)
    said = _said(came, asked, len(held))
    came = replace(came, held_back=len(held), words=in_english(said), said=said)
    book.keep(replace(action, came=came, updated_ts=now_ms))
    helped = came.accepted > 0 or came.moved > 0
    if action.alert is not None:
        helped = helped and came.recovered_ts is not None
    judged: tuple[Happening, ...] = ("works" if helped else "fails", "expire")
    for what in judged:
        if book.move(action.id, what, now_ms, said=came.said):
            return


def _said(came: Came, asked: int, held: int) -> Said:
    said = [phrase("accepted_of", accepted=came.accepted, asked=asked, moved=came.moved)]
    if held:
        said.append(phrase("came_unasked", held_back=held, moved=came.held_back_moved))
    if came.recovered_s is not None:
        said.append(phrase("recovered", minutes=came.recovered_s / 60))
    return tuple(said)
