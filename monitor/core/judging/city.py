"""A city as a whole: its feeds, a stall, and which rules a silent feed holds."""

from typing import Final

import numpy as np

from alerts.book import Finding
from alerts.rules import READS, RULES
from monitor.core.city import City
from monitor.core.judging.orders import holds_of, unfinished
from monitor.core.tables.table import FAR, NEVER

_FEEDS: Final = "feed_silent"
_STALL: Final = "city_stall"


def judge_streams(city: City, now_ms: int) -> int:
    """Judge each stream of the city, then what they hold; when to look again.

    Events only put that time off, so that before it there is nothing to look at while no stream is
    silent.
    """
    if now_ms < city.stream_due_ms and not city.silent_feeds:
        return city.stream_due_ms
    rule = city.rules.feed_silent
    due = FAR
    silent_ms = round(rule.silent_s * 1000)
    window_ms = round(rule.window_min * 60_000)
    for name, stream in city.streams.items():
        if stream.last_ts == NEVER:
            continue
        tracked = city.book.is_tracked(_FEEDS, name)
        if not rule.enabled:
            if tracked:
                city.book.end(_FEEDS, name, now_ms, "rule_off")
            continue
        at = stream.last_ts + silent_ms
        silent = at <= now_ms
        if not silent:
            due = min(due, at)
        if not silent and not tracked:
            continue
        busy = tracked or stream.count_since(now_ms - window_ms) >= max(
            rule.min_per_min * rule.window_min, 1
        )
        next_due = city.book.observe(
            _FEEDS,
            name,
            int(silent and busy),
            int(not silent),
            now_ms,
            min(at, now_ms),
            holds_of(rule),
            lambda name=name, last=stream.last_ts: _silent(city, name, last, now_ms),  # type: ignore[misc]
        )
        due = due if next_due is None else min(due, next_due)
    city.silent_feeds = any((_FEEDS, name) in city.book.tracks for name in city.streams)
    _hold(city)
    return due


def _silent(city: City, name: str, last_ts: int, now_ms: int) -> Finding:
    age_s = (now_ms - last_ts) / 1000
    limit = city.rules.feed_silent.silent_s
    reason = (
        f"Stream {name} of {city.plan.slug}: no event for {age_s:.0f} s (limit {limit:g} s); "
        "what depends on it is held"
    )
    return Finding("no_events", age_s, limit, reason, {})


def silent_streams(city: City) -> tuple[str, ...]:
    """The streams whose `feed_silent` is firing."""
    return tuple(
        name
        for name in city.streams
        if (track := city.book.tracks.get((_FEEDS, name))) is not None
        and track.alert is not None
        and track.alert.state == "firing"
    )


def _hold(city: City) -> None:
    """Let the rules that read a silent stream hold their state, and the others go on."""
    silent = set(silent_streams(city))
    held = frozenset(rule for rule in RULES if silent.intersection(READS[rule]))
    if held == city.held:
        return
    released = city.held - held
    city.held = held
    city.zones_to_publish[:] = True
    if released:
        look_at_everything(city)


def look_at_everything(city: City) -> None:
    """Have all judged that a judgement may change: rules changed, or a feed is back."""
    couriers = city.couriers.live_rows()
    city.touched_orders.update_many(unfinished(city))
    city.touched_venues.update_many(city.venues.live_rows())
    city.touched_couriers.update_many(couriers)
    city.couriers.moved[couriers] = True
    city.follow_from(city.last_now_ms)
    city.zones_to_judge[:] = True
    city.zones_dirty = True


def judge_stall(city: City, now_ms: int) -> int:
    """Orders come in and nobody picks up; when to look again."""
    rule = city.rules.city_stall
    slug = city.plan.slug
    tracked = city.book.is_tracked(_STALL, slug)
    if _STALL in city.held or (not tracked and city.ready_count < max(rule.ready_raise, 1)):
        return FAR
    if not rule.enabled:
        city.book.end(_STALL, slug, now_ms, "rule_off")
        return FAR
    window_ms = round(rule.window_min * 60_000)
    # Nobody was seen to pick up since then; at the latest since the first event.
    quiet_from = max(city.last_pickup_ts, city.first_ts)
    quiet = quiet_from + window_ms <= now_ms
    placed = 0
    if quiet:
        orders = city.orders
        placed = int(np.count_nonzero(orders.placed_ts[: orders.size] > now_ms - window_ms))
    breach = quiet and placed >= rule.placed_raise and city.ready_count >= rule.ready_raise
    next_due = city.book.observe(
        _STALL,
        slug,
        int(breach),
        int(not quiet),
        now_ms,
        now_ms,
        holds_of(rule),
        lambda: _stalled(city, placed, now_ms),
    )
    due = FAR if quiet else quiet_from + window_ms
    return due if next_due is None else min(due, next_due)


def _stalled(city: City, placed: int, now_ms: int) -> Finding:
    rule = city.rules.city_stall
    reason = (
        f"City {city.plan.name or city.plan.slug}: {placed} orders placed and none picked up in "
        f"{rule.window_min:g} min (limit {rule.placed_raise}) while {city.ready_count} are ready "
        f"(limit {rule.ready_raise})"
    )
    return Finding("no_pickups", placed, rule.placed_raise, reason, {})
