"""One simulated day with the monitor beside it: its letters reach the city, what came is counted.

The very engine of the product in virtual time, a second at a time: the city's events up to a second
are applied, the second is judged, and what the monitor writes is heard by the city at once, as if
delivered. What the day was like is told by the city's own events; only the minutes of shortage are
the monitor's figures, for they are what it promises to reduce.
"""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np

import config
from alerts.action import Action
from alerts.letter import Letter, Push, VenueOrder
from alerts.remedies.settings import ActionSettings, PauseSettings, PushSettings
from alerts.rules import Mode
from config.load import load
from monitor.core.actions.supply import needs_of
from monitor.core.city import City
from monitor.core.effects import Effects
from monitor.core.events import (
    Event,
    OrderAccepted,
    OrderAssigned,
    OrderCancelled,
    OrderDelivered,
    OrderPlaced,
    OrderReady,
)
from monitor.core.judging.zones import oldest_waits_ms
from monitor.core.reports import DeliveryReport
from monitor.core.state import State
from monitor.core.step import apply, judge
from monitor.delivery.payload import payload_of
from monitor.wiring.plans import make_plans
from sim.city import SimCity
from sim.settings import SimSettings

SECOND_MS = 1_000
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
LOOK_MS = 10_000  # the raw condition of shortage is looked at this often
ZONES = Path(config.__file__).parent / "demo" / "city.geojson"
TARGET = "the-city"  # where all letters go


@dataclass(frozen=True, slots=True)
class Modes:
    """What the monitor may do by itself."""

    pushes: Mode = "off"
    pauses: Mode = "off"


@dataclass(slots=True)
class OrderSeen:
    """An order by the city's own events; times in ms, None where it never came to that."""

    venue: str
    placed: int
    promised: int
    promise: int | None = None  # the venue's
    ready: int | None = None
    assigned: int | None = None
    delivered: int | None = None
    cancelled: str | None = None


@dataclass(slots=True)
class ActedDay:
    """What came of a day."""

    short_alert_min: float = 0.0  # zone minutes in which `zone_shortage` fired
    short_raw_min: float = 0.0  # zone minutes in which its condition held, whatever fired
    orders: dict[str, OrderSeen] = field(default_factory=dict)
    letters: list[Letter] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    hindered: dict[str, int] = field(default_factory=dict)
    lost_orders: int = 0  # never placed, because a venue was paused or busy
    looks: dict[str, float] = field(
        default_factory=lambda: defaultdict(float)
    )  # zone minutes of shortage by what it was
    tempted: set[str] = field(default_factory=set)  # venues that `venue_slow` fired on

    def pushes(self) -> list[Push]:
        """All pushes that were sent."""
        return [letter.body for letter in self.letters if isinstance(letter.body, Push)]

    def venue_orders(self) -> list[VenueOrder]:
        """All that venues were told."""
        return [letter.body for letter in self.letters if isinstance(letter.body, VenueOrder)]

    def most_pushes_in_an_hour(self) -> int:
        """The most that one courier got in any hour."""
        return max(
            (
                sum(ts <= other < ts + HOUR_MS for other in mine)
                for mine in self._times()
                for ts in mine
            ),
            default=0,
        )

    def least_rest_min(self) -> float:
        """The shortest time between two pushes to one courier."""
        gaps = [after - before for mine in self._times() for before, after in pairwise(mine)]
        return min(gaps, default=0) / 60_000

    def _times(self) -> list[list[int]]:
        times: dict[str, list[int]] = defaultdict(list)
        for push in self.pushes():
            times[push.courier_id].append(push.ts)
        return list(times.values())


def city_state(modes: Modes, folder: Path) -> State:
    """The engine of the demo's city with these modes, its letters going to the city."""
    path = folder / "city.toml"
    path.write_text(
        f'[cities.demo]\ntimezone = "Europe/Riga"\nzones = "{ZONES}"\n'
        f'[rules.zone_shortage]\nmode = "{modes.pushes}"\n'
        f'[rules.order_unassigned]\nmode = "{modes.pushes}"\n'
        f'[rules.venue_slow]\nmode = "{modes.pauses}"\n'
        f'[rules.venue_silent]\nmode = "{modes.pauses}"\n'
    )
    plan = make_plans(load(path, {})).plans["demo"]
    actions = ActionSettings(
        push_couriers=PushSettings(targets=(TARGET,)), pause_venue=PauseSettings(targets=(TARGET,))
    )
    return State([replace(plan, actions=actions)])


def live(settings: SimSettings, modes: Modes, folder: Path, length_ms: int = DAY_MS) -> ActedDay:
    """Let the day pass."""
    state, sim = city_state(modes, folder), SimCity(settings)
    city = state.cities["demo"]
    day = ActedDay()
    fired: dict[str, int] = {}
    reports: list[DeliveryReport] = []
    for second in range(settings.start_ms, settings.start_ms + length_ms + 1, SECOND_MS):
        events = sim.advance(second)
        _see(day, events)
        state.now_ms = second
        effects = Effects()
        apply(state, [*events, *reports], effects)
        if state.next_wake_ms() <= second:
            effects.add(judge(state, second))
        reports = [_bring(sim, letter, second) for letter in effects.letters]
        day.letters += effects.letters
        for change in effects.alerts:
            alert = change.alert
            if alert.rule == "venue_slow" and alert.state == "firing":
                day.tempted.add(alert.subject.id)
            if alert.rule == "zone_shortage" and alert.fired_ts is not None:
                fired.setdefault(alert.id, alert.fired_ts)
                if alert.resolved_ts is not None:
                    day.short_alert_min += (alert.resolved_ts - fired.pop(alert.id)) / 60_000
        if second % LOOK_MS == 0:
            _look(day, city, second)
    day.short_alert_min += sum(second - since for since in fired.values()) / 60_000
    day.actions = [*city.desk.actions.history, *city.desk.actions.living.values()]
    day.hindered = dict(city.desk.actions.hindered)
    day.lost_orders = sim.clients.lost
    return day


def _look(day: ActedDay, city: City, now_ms: int) -> None:
    """Count the zones in which the raise condition of `zone_shortage` holds (default bounds)."""
    balance, count = city.balance, len(city.plan.zones)
    on_shift = balance.idle[:count] + balance.busy[:count]
    by_ratio = (balance.open[:count] >= 1.5 * np.maximum(on_shift, 1)) & (on_shift >= 5)
    short = np.flatnonzero(by_ratio | (oldest_waits_ms(city, now_ms) >= 300_000))
    if not len(short):
        return
    minutes = LOOK_MS / 60_000
    day.short_raw_min += len(short) * minutes
    found = needs_of(city)
    spare = int(found.spare[:-1].sum())
    for zone in short.tolist():
        track = city.book.tracks.get(("zone_shortage", city.plan.zones.ids[zone]))
        firing = track is not None and track.alert is not None and track.alert.state == "firing"
        if not found.shortage[zone]:
            what = "waits though couriers stand by, or are coming"
        elif not spare:
            what = "nobody to spare in the city"
        else:
            what = "firing, couriers to spare" if firing else "not firing yet, couriers to spare"
        day.looks[what] = day.looks.get(what, 0.0) + minutes


def _bring(sim: SimCity, letter: Letter, now_ms: int) -> DeliveryReport:
    """Let the city hear a letter, as its JSON says it, and report that it was delivered."""
    sim.hear(msgspec.json.decode(payload_of(letter)))
    return DeliveryReport(
        city=letter.city, ts=now_ms, action_id=letter.action_id, of=letter.of, to=letter.to,
        outcome="delivered",
    )  # fmt: skip


def _see(day: ActedDay, events: list[Event]) -> None:
    orders = day.orders
    for event in events:
        if isinstance(event, OrderPlaced):
            orders[event.order_id] = OrderSeen(event.venue_id, event.ts, event.promised_ts)
        elif isinstance(event, OrderAccepted):
            orders[event.order_id].promise = event.ready_ts
        elif isinstance(event, OrderReady):
            orders[event.order_id].ready = event.ts
        elif isinstance(event, OrderAssigned):
            seen = orders[event.order_id]
            seen.assigned = seen.assigned or event.ts
        elif isinstance(event, OrderDelivered):
            orders[event.order_id].delivered = event.ts
        elif isinstance(event, OrderCancelled):
            orders[event.order_id].cancelled = event.reason or ""
