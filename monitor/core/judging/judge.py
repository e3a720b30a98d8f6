"""One judgement of a city at a whole second: profiles, feeds, orders, venues, couriers, zones.

The order matters: feeds first, because a silent one holds the rules after it; orders before
venues, because they charge them; couriers before zones, because those past their age leave the
supply.
"""

from collections.abc import Callable
from typing import Final

from alerts.act import expire
from alerts.evaluate import CourierBounds, ShortageBounds
from monitor.core.city import City
from monitor.core.judging.city import judge_stall, judge_streams, look_at_everything
from monitor.core.judging.couriers import judge_couriers
from monitor.core.judging.orders import judge_orders
from monitor.core.judging.rule_sets import take_zone_sets
from monitor.core.judging.venues import judge_venues
from monitor.core.judging.zones import judge_zones, shortage_holds
from monitor.core.retention import SWEEP_MS, sweep
from monitor.core.tables.table import FAR, NEVER


def judge_city(city: City, now_ms: int) -> None:
    """Bring the alerts of a city up to `now_ms`; the changes wait in its book."""
    city.last_now_ms = now_ms
    for _, part in PARTS:
        part(city, now_ms)


def take_rules(city: City, now_ms: int) -> None:
    """Read the rules as they hold from now on; everything is judged by them anew."""
    book = city.plan.rulebook
    city.active_profiles = book.active(now_ms)
    next_change = book.next_change_ms(now_ms)
    city.profile_due_ms = FAR if next_change is None else next_change
    take_zone_sets(city)
    sets, which = city.rule_sets, city.zone_set
    city.shortage_bounds = ShortageBounds([rules.zone_shortage for rules in sets], which[:-1])
    city.shortage_holds = [shortage_holds(rules.zone_shortage) for rules in sets]
    city.courier_bounds = CourierBounds(sets, which)
    city.stream_due_ms = NEVER  # `feed_silent` may have other times now
    look_at_everything(city)


def _rules(city: City, now_ms: int) -> None:
    if now_ms >= city.profile_due_ms:
        take_rules(city, now_ms)


def _streams(city: City, now_ms: int) -> None:
    city.stream_due_ms = judge_streams(city, now_ms)


def _stall(city: City, now_ms: int) -> None:
    city.stall_due_ms = judge_stall(city, now_ms)


def _marks(city: City, now_ms: int) -> None:
    if now_ms >= city.marks_due_ms:
        due = expire(city.book, now_ms)
        city.marks_due_ms = FAR if due is None else due


def _retention(city: City, now_ms: int) -> None:
    if now_ms >= city.sweep_due_ms:
        sweep(city, now_ms)
        city.sweep_due_ms = now_ms + SWEEP_MS


# What a judgement consists of, in its order. Each looks only at what changed or fell due.
PARTS: Final[tuple[tuple[str, Callable[[City, int], None]], ...]] = (
    ("rules", _rules),
    ("streams", _streams),
    ("orders", judge_orders),
    ("venues", judge_venues),
    ("couriers", judge_couriers),
    ("zones", judge_zones),
    ("stall", _stall),
    ("marks", _marks),
    ("retention", _retention),
)
