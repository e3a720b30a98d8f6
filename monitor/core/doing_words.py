"""Actions and what hinders them, in plain sentences that may be passed on: no names, no ids.

Called by `views_effects.py`, and by the docs for the table of hindrances.
"""

from typing import Final

from alerts.action import Action, Hindrance

# What stands in the way of an action, as it is told to whoever asks about his order.
HINDERED: Final[dict[Hindrance, str]] = {
    "mode_off": "Nothing is done about this by itself here.",
    "switched_off": "Actions of this kind are switched off at the moment.",
    "stale_data": "The data is not fresh enough to act on at the moment.",
    "budget_spent": "No more can be done this hour.",
    "muted": "This is known already, and nothing more is done about it.",
    "no_courier": "No free courier could be found nearby so far.",
    "needed_at_home": "The couriers nearby are needed where they are.",
    "share_paused": "Too many venues are paused already.",
    "couriers_late": "The venue is not to blame: couriers are late.",
    "venue_not_open": "The venue takes no orders anyway.",
    "no_target": "Nobody is set up to be told.",
    "already_under_way": "It is being taken care of already.",
}
_NOT_DONE: Final = ("rejected", "expired", "cancelled", "failed")


def words_of(action: Action) -> str:
    """What an action does or did, in one sentence."""
    words = _BY_KIND[action.kind](action)
    return f"{words} (A dry run: nothing was really sent.)" if action.dry_run else words


def _push(action: Action) -> str:
    for_order = action.subject.kind == "order"
    what = "offer it to couriers" if for_order else "call couriers to its zone"
    if action.state == "proposed":
        return f"The desk is asked whether to {what}."
    if action.level == 0:
        return f"To {what} was considered and not done."
    came = action.came
    asked = sum(target.state != "held_back" for target in action.targets)
    couriers = "1 courier was" if asked == 1 else f"{asked} couriers were"
    asked_for = "asked to take it" if for_order else "asked to come to its zone"
    if action.state in _NOT_DONE and not came.accepted:
        return f"{couriers} {asked_for}, without success."
    words = f"{couriers} {asked_for}: {came.accepted} accepted"
    return f"{words}, {came.moved} came." if came.moved else f"{words}."


def _pause(action: Action) -> str:
    if action.state == "proposed":
        return "The venue is behind, and the desk is asked whether it should take a break."
    steps = [target.step for target in action.targets]
    if action.state in _NOT_DONE and "pause" not in steps:
        return "A break for the venue was considered and not taken."
    if not steps:
        return "The venue is behind, and is being watched."
    return {
        "busy": "The venue promises longer times, so that it catches up.",
        "pause": "The venue takes no new orders, so that it catches up.",
        "extend": "The venue still takes no new orders, so that it catches up.",
        "resume": "The venue had a break and takes orders again.",
    }[steps[-1]]


def _support(action: Action) -> str:
    return _told(action, "Support")


def _on_call(action: Action) -> str:
    return _told(action, "Whoever is on call")


def _told(action: Action, who: str) -> str:
    if action.state in ("failed", "expired"):
        return f"{who} could not be told."
    heard = action.came.recovered_ts is not None
    return f"{who} was told, and somebody has it." if heard else f"{who} was told."


_BY_KIND: Final = {
    "push_couriers": _push,
    "pause_venue": _pause,
    "warn_support": _support,
    "page_on_call": _on_call,
}
