"""A city with every rule close at hand, and what a snapshot holds in a form to be compared."""

from dataclasses import replace
from typing import Any

import msgspec
import numpy as np

from alerts.profiles import Profile
from alerts.remedies.settings import (
    ActionSettings,
    NoticeSettings,
    PauseSettings,
    PushSettings,
)
from alerts.rulebook import Layer
from monitor.core.plan import CityPlan, Retention
from monitor.core.reports import Incoming
from monitor.core.snapshot import Captured
from tests.support.cities import T0, courier, venue
from tests.support.towns import town

# A quarter past ten in the evening, when every story begins, is just before these.
LATE = Profile(
    name="late", days=(0, 1, 2, 3, 4, 5, 6), start_min=22 * 60 + 20, end_min=22 * 60 + 50
)

SHORT = Retention(
    order_closed_ms=600_000,
    order_open_ms=1_800_000,
    courier_ms=900_000,
    venue_ms=1_800_000,
    alerts_kept=6,
)
RULES: dict[str, dict[str, Any]] = {
    "zone_shortage": {
        "mode": "auto",
        **{"min_on_shift": 1, "for_s": 20, "keep_s": 10, "critical_for_s": 30},
        **{"wait_raise_s": 30, "wait_clear_s": 20},
        **{"critical_wait_raise_s": 90, "critical_wait_clear_s": 60},
    },
    "order_unaccepted": {"for_s": 20, "keep_s": 15},
    "order_unassigned": {"after_min": 3, "action": "push_couriers", "mode": "auto"},
    "courier_silent": {"after_min": 2},
    "courier_stuck": {"window_min": 1, "for_s": 30},
    "venue_slow": {"overdue_raise": 1, "for_s": 30, "mode": "auto"},
    "venue_silent": {"heartbeat_min": 2, "unaccepted_run": 1},
    "feed_silent": {"silent_s": 200, "window_min": 5, "min_per_min": 1.2, "for_s": 10},
    "order_problem": {"mode": "auto"},
    "city_stall": {
        "mode": "auto",
        "placed_raise": 2,
        "ready_raise": 1,
        "window_min": 3,
        "for_s": 60,
    },
}

ACTIONS = ActionSettings(
    push_couriers=PushSettings(targets=("m",), cooldown_s=60, radius_m=50_000, window_s=120),
    pause_venue=PauseSettings(targets=("m",), warn_s=20, busy_s=30, pause_min=2, city_share=1),
    warn_support=NoticeSettings(levels=(("s",), ("t",)), escalate_s=60, repeat_s=120),
    page_on_call=NoticeSettings(levels=(("p",),)),
)


def touchy_town(jumpy: bool = False) -> CityPlan:
    """Whatever happens soon breaks a rule; what is over is soon forgotten; rules change by time.

    With `jumpy` each stream that tells nothing for a while is silent, whatever it told before.
    """
    feeds = {"silent_s": 100, "min_per_min": 0.1} if jumpy else {}
    everywhere = {"order_late": {"after_min": 1}, "order_unassigned": {"after_min": 1}}
    plan = town(
        RULES | {"feed_silent": RULES["feed_silent"] | feeds},
        profiles=(LATE,),
        city=Layer(profiles={"late": everywhere}),
        retention=SHORT,
    )
    return replace(plan, actions=ACTIONS)


def plain(captured: Captured) -> dict[str, Any]:
    """All that was captured as builtins; what has no order is sorted."""
    cities = {}
    for slug, city in captured.cities.items():
        told = msgspec.to_builtins(city, enc_hook=np.ndarray.tolist, str_keys=False)
        told["rows"] = {name: sorted(rows) for name, rows in told["rows"].items()}
        told["wheels"] = {name: sorted(seconds) for name, seconds in told["wheels"].items()}
        told["held"] = sorted(told["held"])
        cities[slug] = told
    return {
        "clocks": captured.clocks,
        "tally": captured.tally,
        "by_type": captured.by_type,
        "order": list(captured.cities),
        "cities": cities,
    }


def opening() -> list[tuple[int, Incoming]]:
    """What a story begins with, so that its orders come from somewhere: venues and couriers."""
    venues = [venue(0, name, lon=lon) for name, lon in (("v0", 0.05), ("v1", 0.15), ("v2", 0.05))]
    couriers = [courier(0, f"c{i}", 0.25, status="idle") for i in range(4)]
    events: list[Incoming] = [*venues, *couriers]
    return [(T0, event) for event in events]
