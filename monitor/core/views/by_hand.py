"""What an action by hand would do, before it is ordered: whom a push would ask, what a pause meets.

Reads the state, changes nothing: plans and bounds are the very ones of `supply.py`, `guard.py` and
`pause_grounds.py`. Called by the API. What actions came to is `views/effects.py`'s.
"""

import math
from typing import Final

import numpy as np
from msgspec import Struct

from alerts.action import Hindrance
from alerts.alert import Alert, Subject
from alerts.remedies.push import Choice
from alerts.rules import Rule
from monitor.core.actions.guard import forbids, targets_of
from monitor.core.actions.pause_grounds import (
    evidence,
    hindrance_to_pause,
    pause_of,
    paused_mask,
)
from monitor.core.actions.supply import place_of, plan_for
from monitor.core.city import City
from monitor.core.judging.city import silent_streams
from monitor.core.judging.venues import takes_orders
from monitor.core.tables.columns import CLOSED

PUSH: Final = "push_couriers"
PAUSE: Final = "pause_venue"
SHORTAGE_RULES: Final[dict[str, str]] = {"zone": "zone_shortage", "order": "order_unassigned"}


class PushChoice(Struct, frozen=True, kw_only=True):
    """A courier who would be asked: where he is, how far the place is, why he was chosen."""

    courier_id: str
    lon: float
    lat: float
    eta_s: float
    metres: float
    from_zone: str | None
    why: str


class PushPreview(Struct, frozen=True, kw_only=True):
    """Whom a push would ask now, nearest first, for a zone or an order at `lon`, `lat`.

    `shortage` couriers are wanted; `count` are asked for them, since only a share of `acceptance`
    says yes. `missing` counts those who could not be found, by reason. `hindered`: nothing would be
    sent at all. `stale` names silent streams that the plan depends on. `actions` are under way.
    """

    city: str
    zone_id: str | None
    order_id: str | None
    lon: float
    lat: float
    shortage: int
    acceptance: float
    count: int
    couriers: tuple[PushChoice, ...]
    missing: dict[Hindrance, int]
    hindered: Hindrance | None
    alert: str | None
    actions: tuple[str, ...]
    stale: tuple[str, ...]
    ts: int


def push_preview(
    city: City, subject: Subject, count: int | None, now_ms: int
) -> PushPreview | None:
    """What a push to a zone or for an order would be; None where it has no place, and before the
    first judgement by the zones as they are now.

    Without `count` as many are asked as the shortage wants, and one where nothing is short.
    """
    if len(city.zone_rules) != len(city.plan.zones):
        return None
    alert = alert_of(city, SHORTAGE_RULES[subject.kind], subject.id)
    short = place_of(city, subject, alert=alert)
    if short is None:
        return None
    place = short
    if count is not None or short.shortage == 0:
        place = place_of(city, subject, alert=alert, count=count or 1) or short
    found = plan_for(city, [place], now_ms)[0]
    why = forbids(city, PUSH)
    if why is None and not targets_of(city, city.desk.settings.push_couriers.targets):
        why = "no_target"
    serving = () if alert is None else city.desk.actions.serving(alert.id, PUSH)
    silent = silent_streams(city)
    return PushPreview(
        city=city.plan.slug,
        zone_id=city.zone_id(place.zone),
        order_id=subject.id if subject.kind == "order" else None,
        lon=place.lon,
        lat=place.lat,
        shortage=short.shortage,
        acceptance=round(city.desk.acceptance.rate(now_ms), 3),
        count=len(found.chosen) + sum(found.missing.values()),
        couriers=tuple(_choice(city, choice) for choice in found.chosen),
        missing=found.missing,
        hindered=why,
        alert=None if alert is None else alert.id,
        actions=tuple(action.id for action in serving),
        stale=tuple(name for name in ("couriers", "orders") if name in silent),
        ts=now_ms,
    )


def _choice(city: City, choice: Choice) -> PushChoice:
    t, zone = city.couriers, city.zone_id(choice.from_zone)
    why = f"idle {choice.metres:.0f} m away, {choice.travel_s / 60:.1f} min"
    return PushChoice(
        courier_id=t.id(choice.row),
        lon=float(t.lon[choice.row]),
        lat=float(t.lat[choice.row]),
        eta_s=round(choice.travel_s, 1),
        metres=round(choice.metres, 1),
        from_zone=zone,
        why=why if zone is None else f"{why}, spare in {zone}",
    )


def alert_of(city: City, rule: str, subject: str) -> Alert | None:
    """The living alert of a rule on a subject, if any."""
    track = city.book.tracks.get((rule, subject))
    return None if track is None else track.alert


class PausedShare(Struct, frozen=True):
    """How many venues are open or paused, how many of them are paused, and may be by hand."""

    open: int
    paused: int
    at_most: int


class PausePreview(Struct, frozen=True, kw_only=True):
    """What a pause of a venue would meet now: the figures for it, and what stands against it.

    `hindered` keeps people from it, `hindered_by_itself` the program (by the venue's alert, if
    any). `open_orders` go on: a pause takes no order back. `left_this_hour` pauses are left in the
    budget. `action` is under way already.
    """

    city: str
    venue_id: str
    zone_id: str | None
    takes_orders: bool
    minutes: float
    evidence: dict[str, float]
    open_orders: int
    hindered: Hindrance | None
    hindered_by_itself: Hindrance | None
    zone: PausedShare
    whole_city: PausedShare
    left_this_hour: int
    alert: str | None
    action: str | None
    ts: int


def pause_preview(city: City, venue_id: str, now_ms: int) -> PausePreview | None:
    """What a pause would meet; None for a venue that is not known."""
    t, settings = city.venues, city.desk.settings.pause_venue
    row = t.find(venue_id)
    if row < 0:
        return None
    alert = alert_of(city, "venue_slow", venue_id) or alert_of(city, "venue_silent", venue_id)
    rule = None if alert is None else alert.rule
    known = pause_of(city, venue_id)
    forbidden = forbids(city, PAUSE)
    by_itself = forbidden or _mode_off(city, row, rule)
    rows = t.live_rows()
    return PausePreview(
        city=city.plan.slug,
        venue_id=venue_id,
        zone_id=city.zone_id(int(t.zone[row])),
        takes_orders=bool(takes_orders(city, np.array([row]), now_ms)[0]),
        minutes=settings.pause_min,
        evidence=evidence(city, venue_id),
        open_orders=int(t.open_orders[row]),
        hindered=forbidden or hindrance_to_pause(city, venue_id, rule, now_ms, by_hand=True),
        hindered_by_itself=by_itself
        or hindrance_to_pause(city, venue_id, rule, now_ms, by_hand=False),
        zone=_share(city, rows[t.zone[rows] == t.zone[row]], settings.zone_share, now_ms),
        whole_city=_share(city, rows, settings.city_share, now_ms),
        left_this_hour=city.desk.actions.left(PAUSE, settings.per_hour, now_ms),
        alert=None if alert is None else alert.id,
        action=None if known is None else known.id,
        ts=now_ms,
    )


def _mode_off(city: City, row: int, rule: str | None) -> Hindrance | None:
    if rule is None:
        return None
    known: Rule = getattr(city.rules_of_venue(row), rule)
    return "mode_off" if known.mode == "off" else None


def _share(city: City, rows: np.ndarray, share: float, now_ms: int) -> PausedShare:
    """Of these venues: those open, our paused ones among them, and how many may be paused."""
    open_count = int(np.count_nonzero(city.venues.status[rows] != CLOSED))
    paused = int(np.count_nonzero(paused_mask(city, now_ms)[rows]))
    return PausedShare(open_count, paused, max(math.floor(share * open_count + 1e-9), 1))
