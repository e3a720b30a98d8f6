"""What the program says of its own doings: one clause a `Phrase`, with its values as fields.

The English sentence is made from the phrases here, for logs, webhooks and people who read English;
the live map makes its own, in the watcher's language, from the codes and values. What people wrote
is passed on as they wrote it, and has no phrase. Called by `notices.py`, `act.py` and the core.
"""

from collections.abc import Iterable
from typing import Final, Literal, get_args

from msgspec import Struct

Code = Literal[
    # why something is done, or is not
    "cause",
    "hindered",
    "given_up",
    "ended_by",
    "switched_off",
    "ordered_by_hand",
    "by_hand_instead",
    "nobody_decided",
    "nothing_short",
    "alert_ended",
    "city_left",
    # what is expected, and what came of it
    "couriers_for_zone",
    "couriers_for_order",
    "accepted_of",
    "came_unasked",
    "recovered",
    "no_orders_for",
    "caught_up",
    "not_caught_up",
    "pause_over",
    "time_over",
    "resume_sent",
    "to_be_taken",
    "taken",
    "not_taken",
    # what became of a letter
    "delivered_by",
    "answered",
    # what a notice tells of
    "notice_more",
    "notice_again",
    "notice_higher",
    "notice_over",
    "one_alert",
    "alerts",
    "alerts_ended",
    "share",
    # what is done for an order
    "asks_desk_to_offer",
    "asks_desk_to_call",
    "not_offered",
    "not_called",
    "offered_in_vain",
    "called_in_vain",
    "offered",
    "called",
    "offered_came",
    "called_came",
    "asks_desk_to_pause",
    "not_paused",
    "venue_watched",
    "venue_busy",
    "venue_paused",
    "venue_paused_on",
    "venue_resumed",
    "desk_not_told",
    "desk_told",
    "desk_has_it",
    "on_call_not_told",
    "on_call_told",
    "on_call_has_it",
    "seen",
    "looked_after",
    "dry_run",
    # why a person's order is refused
    "notice_ends_itself",
    "one_place",
    "courier_not_idle",
    "courier_pushed",
    "no_pause",
    "on_already",
]
CODES: Final[tuple[Code, ...]] = get_args(Code)

# Each in English, to be filled with its values; two where 1 of its `count` is said otherwise.
# `cause`, `hindered` and what notices tell of have English of their own elsewhere.
ENGLISH: Final[dict[Code, str | tuple[str, str]]] = {
    "hindered": "{why}",
    "given_up": "given up: {why}",
    "ended_by": "{by}: {reason}",
    "switched_off": "switched off: {reason}",
    "ordered_by_hand": "ordered by hand",
    "by_hand_instead": "pushed by hand instead",
    "nobody_decided": "nobody decided",
    "nothing_short": "nothing is short any more",
    "alert_ended": "the alert has ended",
    "city_left": "the city is watched no longer",
    "couriers_for_zone": "{count} more couriers for zone {zone}",
    "couriers_for_order": "{count} more couriers for order {order}",
    "accepted_of": "{accepted} of {asked} accepted, {moved} came",
    "came_unasked": "of {held_back} not asked {moved} came by themselves",
    "recovered": "recovered after {minutes:.1f} min",
    "no_orders_for": "no new orders for {minutes:g} min, so that the kitchen catches up",
    "caught_up": "the kitchen has caught up",
    "not_caught_up": "it has not caught up",
    "pause_over": "the pause is over",
    "time_over": "its time is over",
    "resume_sent": "resume {state}",
    "to_be_taken": "somebody acknowledges it",
    "taken": "{by} has it",
    "not_taken": "nobody acknowledged it",
    "delivered_by": "{id} by {to}",
    "answered": "{courier} answered",
    "asks_desk_to_offer": "The desk is asked whether to offer it to couriers.",
    "asks_desk_to_call": "The desk is asked whether to call couriers to its zone.",
    "not_offered": "To offer it to couriers was considered and not done.",
    "not_called": "To call couriers to its zone was considered and not done.",
    "offered_in_vain": (
        "1 courier was asked to take it, without success.",
        "{count} couriers were asked to take it, without success.",
    ),
    "called_in_vain": (
        "1 courier was asked to come to its zone, without success.",
        "{count} couriers were asked to come to its zone, without success.",
    ),
    "offered": (
        "1 courier was asked to take it: {accepted} accepted.",
        "{count} couriers were asked to take it: {accepted} accepted.",
    ),
    "called": (
        "1 courier was asked to come to its zone: {accepted} accepted.",
        "{count} couriers were asked to come to its zone: {accepted} accepted.",
    ),
    "offered_came": (
        "1 courier was asked to take it: {accepted} accepted, {moved} came.",
        "{count} couriers were asked to take it: {accepted} accepted, {moved} came.",
    ),
    "called_came": (
        "1 courier was asked to come to its zone: {accepted} accepted, {moved} came.",
        "{count} couriers were asked to come to its zone: {accepted} accepted, {moved} came.",
    ),
    "asks_desk_to_pause": (
        "The venue is behind, and the desk is asked whether it should take a break."
    ),
    "not_paused": "A break for the venue was considered and not taken.",
    "venue_watched": "The venue is behind, and is being watched.",
    "venue_busy": "The venue promises longer times, so that it catches up.",
    "venue_paused": "The venue takes no new orders, so that it catches up.",
    "venue_paused_on": "The venue still takes no new orders, so that it catches up.",
    "venue_resumed": "The venue had a break and takes orders again.",
    "desk_not_told": "Support could not be told.",
    "desk_told": "Support was told.",
    "desk_has_it": "Support was told, and somebody has it.",
    "on_call_not_told": "Whoever is on call could not be told.",
    "on_call_told": "Whoever is on call was told.",
    "on_call_has_it": "Whoever is on call was told, and somebody has it.",
    "seen": "The desk has seen it.",
    "looked_after": "Somebody at the desk is looking after it.",
    "dry_run": "(A dry run: nothing was really sent.)",
    "notice_ends_itself": "a notice ends with its alerts: acknowledge them",
    "one_place": "name either a zone or an order",
    "courier_not_idle": "courier {courier} is not idle with a fresh position",
    "courier_pushed": "courier {courier} was pushed {ago_s:.0f} s ago, {count} times in an hour",
    "no_pause": "there is no pause of ours on it",
    "on_already": "it is on already",
}


class Phrase(Struct, frozen=True):
    """One clause: its name, and its values by name.

    Values are ids, names and figures, and words of people where a clause quotes them; `_s`,
    `minutes` are times, `count` is what its plural depends on.
    """

    code: Code
    values: dict[str, str | int | float] = {}


Said = tuple[Phrase, ...]


def phrase(code: Code, **values: str | int | float) -> Phrase:
    """A clause with its values."""
    return Phrase(code, values)


def in_english(said: Iterable[Phrase], between: str = "; ") -> str:
    """The clauses as one English sentence; each must be in `ENGLISH`."""
    return between.join([_clause(each) for each in said])


def _clause(each: Phrase) -> str:
    template = ENGLISH[each.code]
    if isinstance(template, tuple):
        template = template[each.values["count"] != 1]
    return template.format(**each.values)
