"""Actions and what hinders them, as sentences that may be passed on: no names, no ids.

What is said is chosen here, how in `alerts/phrases.py`. Called by `views/effects.py`, by
`decide.py`, and by the docs for the table of hindrances.
"""

from typing import Final

from alerts.action import Action, Hindrance
from alerts.phrases import Code, Phrase, Said, phrase

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
# By what a push is for: to ask the desk, nothing done, in vain, accepted, arrived.
_PUSHES: Final[dict[bool, tuple[Code, Code, Code, Code, Code]]] = {
    True: ("asks_desk_to_offer", "not_offered", "offered_in_vain", "offered", "offered_came"),
    False: ("asks_desk_to_call", "not_called", "called_in_vain", "called", "called_came"),
}
_PAUSES: Final[dict[str, Code]] = {
    "busy": "venue_busy",
    "pause": "venue_paused",
    "extend": "venue_paused_on",
    "resume": "venue_resumed",
}
_DESK: Final[tuple[Code, Code, Code]] = ("desk_not_told", "desk_told", "desk_has_it")
_ON_CALL: Final[tuple[Code, Code, Code]] = ("on_call_not_told", "on_call_told", "on_call_has_it")


def said_of(action: Action) -> Said:
    """What an action does or did, in one sentence, and that it was a dry run."""
    said = _BY_KIND[action.kind](action)
    return (said, phrase("dry_run")) if action.dry_run else (said,)


def _push(action: Action) -> Phrase:
    ask, undone, in_vain, accepted, arrived = _PUSHES[action.subject.kind == "order"]
    if action.state == "proposed":
        return phrase(ask)
    if action.level == 0:
        return phrase(undone)
    came = action.came
    asked = sum(target.state != "held_back" for target in action.targets)
    if action.state in _NOT_DONE and not came.accepted:
        return phrase(in_vain, count=asked)
    if came.moved:
        return phrase(arrived, count=asked, accepted=came.accepted, moved=came.moved)
    return phrase(accepted, count=asked, accepted=came.accepted)


def _pause(action: Action) -> Phrase:
    if action.state == "proposed":
        return phrase("asks_desk_to_pause")
    steps = [target.step for target in action.targets]
    if action.state in _NOT_DONE and "pause" not in steps:
        return phrase("not_paused")
    return phrase(_PAUSES[steps[-1]] if steps else "venue_watched")


def _told(action: Action) -> Phrase:
    lost, told, heard = _DESK if action.kind == "warn_support" else _ON_CALL
    if action.state in ("failed", "expired"):
        return phrase(lost)
    return phrase(told if action.came.recovered_ts is None else heard)


_BY_KIND: Final = {
    "push_couriers": _push,
    "pause_venue": _pause,
    "warn_support": _told,
    "page_on_call": _told,
}
