"""What actions came to: in a city as a whole, and for one order, in words a bot can answer with.

Reads the state, changes nothing. Called by the API and `/metrics`. Before an action there is its
preview, in `views/by_hand.py`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, takewhile
from typing import Final

from msgspec import Struct

from alerts.action import KINDS, Action
from alerts.alert import Alert, Subject
from alerts.phrases import Said, in_english, phrase
from alerts.rules import RULES, SUBJECTS
from monitor.core.actions.doing_words import HINDERED, said_of
from monitor.core.city import City
from monitor.core.tables.table import NEVER

PUSH: Final = "push_couriers"


class KindEffects(Struct, frozen=True):
    """Actions of a kind: those that live, by state, and how many ever came to each state."""

    living: dict[str, int]
    came_to: dict[str, int]


class PushEffects(Struct, frozen=True, kw_only=True):
    """What pushes came to, over the living and the remembered campaigns that asked somebody."""

    campaigns: int = 0
    asked: int = 0
    accepted: int = 0
    declined: int = 0
    unanswered: int = 0
    moved: int = 0
    held_back: int = 0
    held_back_moved: int = 0


class Uplift(Struct, frozen=True):
    """Those asked against those held back, of the campaigns that choose a control group at random.

    `uplift` is the share of the asked who came minus the share of those held back who came by
    themselves; None where a group is empty. Few counts prove little: they stand beside it.
    """

    asked: int
    moved: int
    moved_share: float | None
    held_back: int
    held_back_moved: int
    held_back_moved_share: float | None
    uplift: float | None


class EffectsView(Struct, frozen=True, kw_only=True):
    """What actions came to in a city.

    `hindered` counts actions that were not taken, by reason, and what was not told; `acceptance`
    is the share that plans go by; `recovery_s` the mean time from a push to the end of a shortage,
    None before the first.
    """

    city: str
    kinds: dict[str, KindEffects]
    hindered: dict[str, int]
    acceptance: float
    recovery_s: float | None
    pushes: PushEffects
    uplift: Uplift
    ts: int


def effects_view(city: City, now_ms: int) -> EffectsView:
    """What actions came to so far, one pass over those that live and those remembered."""
    book, mean_s = city.desk.actions, city.desk.recovery.mean_s(now_ms)
    routers = city.desk.routers.values()
    campaigns = [action for action in chain(book.living.values(), book.history) if _asked(action)]
    return EffectsView(
        city=city.plan.slug,
        kinds={kind: KindEffects(*counts) for kind, counts in _by_kind(city).items()},
        hindered=dict(sum((Counter(router.held) for router in routers), Counter(book.hindered))),
        acceptance=round(city.desk.acceptance.rate(now_ms), 3),
        recovery_s=None if mean_s is None else round(mean_s, 1),
        pushes=push_effects(campaigns),
        uplift=_uplift([a for a in campaigns if a.by is None and a.subject.kind == "zone"]),
        ts=now_ms,
    )


def _asked(action: Action) -> bool:
    """Whether it is a campaign that asked somebody: no proposal, no dry run."""
    return action.kind == PUSH and action.level > 0 and not action.dry_run


def _by_kind(city: City) -> dict[str, tuple[dict[str, int], dict[str, int]]]:
    book = city.desk.actions
    found: dict[str, tuple[dict[str, int], dict[str, int]]] = {kind: ({}, {}) for kind in KINDS}
    for action in book.living.values():
        living = found[action.kind][0]
        living[action.state] = living.get(action.state, 0) + 1
    for name, count in book.counts.items():
        kind, _, state = name.partition(" ")
        found[kind][1][state] = count
    return found


def push_effects(campaigns: Sequence[Action]) -> PushEffects:
    """What campaigns came to in sum.

    Everybody who was to be asked counts as asked, even where no letter reached him: leaving those
    out would make the two groups different.
    """
    held = [held_back(action) for action in campaigns]
    came = [action.came for action in campaigns]
    held_back_count = sum(count for count, _ in held)
    return PushEffects(
        campaigns=len(campaigns),
        asked=sum(len(action.targets) for action in campaigns) - held_back_count,
        accepted=sum(c.accepted for c in came),
        declined=sum(c.declined for c in came),
        unanswered=sum(c.unanswered for c in came),
        moved=sum(c.moved for c in came),
        held_back=held_back_count,
        held_back_moved=sum(moved for _, moved in held),
    )


def held_back(action: Action) -> tuple[int, int]:
    """How many of a campaign were held back, and how many of these came by themselves.

    Once it is judged that stands in `came`; there are thousands of those, and they are read often.
    """
    if action.state in ("effective", "ineffective"):
        return action.came.held_back, action.came.held_back_moved
    held = [target for target in action.targets if target.state == "held_back"]
    return len(held), sum(target.arrived_ts is not None for target in held)


def _uplift(campaigns: Sequence[Action]) -> Uplift:
    sums = push_effects(campaigns)
    moved, by_itself = _share(sums.moved, sums.asked), _share(sums.held_back_moved, sums.held_back)
    return Uplift(
        sums.asked,
        sums.moved,
        moved,
        sums.held_back,
        sums.held_back_moved,
        by_itself,
        None if moved is None or by_itself is None else round(moved - by_itself, 4),
    )


def _share(some: int, of: int) -> float | None:
    return None if of == 0 else round(some / of, 4)


def concerns(city: City, action: Action, kind: str, id_: str) -> bool:
    """Whether an action is about this zone, venue or courier, by its subject, its targets, or an
    alert that it serves, as far as those are still known."""
    if (action.subject.kind, action.subject.id) == (kind, id_):
        return True
    if any((target.kind, target.id) == (kind, id_) for target in action.targets):
        return True
    if kind in ("zone", "venue") and _place_of(city, action.subject).get(kind) == id_:
        return True
    alerts = (city.book.find(alert) for alert in action.alerts)
    return any(alert is not None and alert.about.get(kind) == id_ for alert in alerts)


def _place_of(city: City, subject: Subject) -> dict[str, str]:
    """The venue of an order, and the zone of a venue, where they are known."""
    venue = -1
    if subject.kind == "venue":
        venue = city.venues.find(subject.id)
    elif subject.kind == "order" and (row := city.orders.find(subject.id)) >= 0:
        venue = int(city.orders.venue[row])
    if venue < 0:
        return {}
    zone = city.zone_id(int(city.venues.zone[venue]))
    place = {"venue": city.venues.id(venue)}
    return place if zone is None else place | {"zone": zone}


# --- what is being done for an order ----------------------------------------------------------


class Doing(Struct, frozen=True):
    """One thing that was or is being done for an order, in words; no names of people are in them.

    `state` is the action's; `hindered` where something stands in the way of one, `seen` or
    `claimed` where somebody at the desk has the alert. `said` is `words` as phrases.
    """

    ts: int
    words: str
    action_id: str | None
    state: str
    said: Said = ()


def doing_for(city: City, row: int, now_ms: int) -> tuple[Doing, ...]:
    """What was and is done for an order, as a story: what changed last stands last."""
    told = [
        _doing(action.updated_ts, said_of(action), action.id, action.state)
        for action in _actions_for(city, row, now_ms)
    ]
    for alert in _alerts_of(city, row):
        told += _heard(alert)
        why = city.desk.actions.hindrance_of(alert.id)
        if why is not None and alert.state == "firing":
            said = (phrase("hindered", why=why),)
            told.append(Doing(alert.updated_ts, HINDERED[why], None, "hindered", said))
    return tuple(sorted(told, key=lambda doing: (doing.ts, doing.action_id or "")))


def _doing(ts: int, said: Said, action_id: str | None, state: str) -> Doing:
    return Doing(ts, in_english(said, " "), action_id, state, said)


def _heard(alert: Alert) -> Iterator[Doing]:
    if alert.acked_ts is not None:
        yield _doing(alert.acked_ts, (phrase("seen"),), None, "seen")
    if alert.claimed_ts is not None:
        yield _doing(alert.claimed_ts, (phrase("looked_after"),), None, "claimed")


def _alerts_of(city: City, row: int) -> Iterable[Alert]:
    """The living alerts on an order itself."""
    order_id = city.orders.id(row)
    for rule in RULES:
        track = city.book.tracks.get((rule, order_id)) if SUBJECTS[rule] == "order" else None
        if track is not None and track.alert is not None:
            yield track.alert


def _actions_for(city: City, row: int, now_ms: int) -> Iterator[Action]:
    """Actions that serve an order's alerts, and those for its zone and venue while it needed them.

    Its zone's pushes matter until it has a courier, its venue's pauses until it is over.
    """
    t, order_id = city.orders, city.orders.id(row)
    place = _place_of(city, Subject("order", order_id))
    began = int(t.placed_ts[row])
    ended = max(int(t.delivered_ts[row]), int(t.cancelled_ts[row]))
    until = {"venue": now_ms if ended == NEVER else ended}
    until["zone"] = int(t.given_ts[row]) if t.assigned[row] else until["venue"]
    # Histories are in the order of their ends: what ended before the order came is none of its.
    past = takewhile(lambda a: (a.resolved_ts or 0) >= began, reversed(city.book.history))
    alerts = {alert.id for alert in _alerts_of(city, row)}
    alerts |= {alert.id for alert in past if alert.subject == Subject("order", order_id)}
    book = city.desk.actions
    recent = takewhile(lambda a: a.updated_ts >= began, reversed(book.history))
    for action in chain(recent, book.living.values()):
        subject = action.subject
        if (
            (subject.kind, subject.id) == ("order", order_id)
            or not alerts.isdisjoint(action.alerts)
            or (
                action.kind in (PUSH, "pause_venue")
                and place.get(subject.kind) == subject.id
                and action.created_ts <= until[subject.kind]
            )
        ):
            yield action
