"""A small city told second by second, and every change of its alerts remembered with its second.

`Story` judges exactly as virtual time does: at each whole second that asks for it, with all events
up to that second and none after it. The city, its times (seconds after `T0`) and the makers of
events are those of `cities.py`. Used by the tests of the core's rules.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from alerts.act import Outcome
from alerts.alert import Alert
from alerts.profiles import Profile
from alerts.rulebook import Layer, Overrides, RuleBook, Setting
from alerts.rules import RULES
from monitor.core.city import City
from monitor.core.effects import Effects
from monitor.core.events import CourierStatus, CourierStatusChanged, VenueHeartbeat, VenueStatus
from monitor.core.plan import CityPlan, Retention
from monitor.core.reports import Incoming
from monitor.core.state import State
from monitor.core.step import apply, judge
from tests.support.cities import CITY, T0, at, courier, placed, small_city, venue

UTC = ZoneInfo("UTC")


def only(*names: str, **fields: Setting) -> dict[str, dict[str, Setting]]:
    """Overrides that leave these rules alone judged, with `fields` changed in each of them."""
    others: dict[str, dict[str, Setting]] = {
        name: {"enabled": False} for name in RULES if name not in names
    }
    return others | {name: dict(fields) for name in names}


class Told(NamedTuple):
    """One change of one alert, at a second after T0."""

    seconds: float
    change: str
    severity: str


def town(
    rules: Overrides | None = None,
    *,
    profiles: tuple[Profile, ...] = (),
    city: Layer | None = None,
    zones: Mapping[str, Layer] | None = None,
    venues: Mapping[str, Layer] | None = None,
    clients: Mapping[str, Layer] | None = None,
    tz: ZoneInfo = UTC,
    retention: Retention | None = None,
    slug: str = CITY,
) -> CityPlan:
    """The plan of the small city with overrides of any scope, profiles and times of keeping."""
    book = RuleBook(
        tz=tz,
        profiles=profiles,
        everywhere=Layer(rules=rules or {}),
        city=city,
        zones=zones,
        venues=venues,
        clients=clients,
    )
    return replace(small_city(slug), rulebook=book, retention=retention or Retention())


class Story:
    """A state of small cities, told in seconds after T0."""

    def __init__(self, *plans: CityPlan) -> None:
        self.state = State(plans or (town(),))
        self.state.now_ms = T0 - 1_000
        judge(self.state, self.state.now_ms)
        self.told: dict[tuple[str, str], list[Told]] = {}
        self.alerts: list[Alert] = []
        self.changes: list[str] = []

    @property
    def city(self) -> City:
        """The first city."""
        return next(iter(self.state.cities.values()))

    def until(self, seconds: float) -> None:
        """Let time pass, and every second be judged that asks for it."""
        last = at(seconds)
        while (due := self.state.next_wake_ms()) <= last:
            self.state.now_ms = max(self.state.now_ms, due)
            self._hear(judge(self.state, due))
        self.state.now_ms = max(self.state.now_ms, last)

    def say(self, seconds: float, *events: Incoming) -> list[Outcome]:
        """At that time these events come; what people were answered."""
        self.until(seconds - 0.001)
        self.state.now_ms = max(self.state.now_ms, at(seconds))
        effects = Effects()
        apply(self.state, events, effects)
        self._hear(effects)
        return [outcome for _, outcome in effects.answers]

    def _hear(self, effects: Effects) -> None:
        for change in effects.alerts:
            alert = change.alert
            self.alerts.append(alert)
            self.changes.append(change.change)
            seconds = (alert.updated_ts - T0) / 1000
            key = (alert.rule, alert.subject.id)
            self.told.setdefault(key, []).append(Told(seconds, change.change, alert.severity))

    # --- what came of it ----------------------------------------------------------------------

    def lives(self, rule: str, subject: str) -> list[tuple[float, str]]:
        """When an alert fired, changed its severity and ended: (seconds, what)."""
        return [
            (told.seconds, told.severity if told.change == "severity" else told.change)
            for told in self.told.get((rule, subject), ())
            if told.change in ("firing", "resolved", "severity")
        ]

    def firing(self) -> set[tuple[str, str]]:
        """Rule and subject of all that fires now."""
        return {
            (alert.rule, alert.subject.id)
            for alert in self.city.book.living()
            if alert.state == "firing"
        }

    def alert(self, rule: str, subject: str) -> Alert:
        """The living alert of a rule on a subject."""
        track = self.city.book.tracks[rule, subject]
        assert track.alert is not None
        return track.alert

    def counts(self, zone: int = 0) -> dict[str, int]:
        """What is counted in a zone (-1: in none)."""
        balance = self.city.balance
        return {
            name: int(getattr(balance, name)[zone]) for name in ("idle", "busy", "open", "waiting")
        }

    def order(self, order_id: str = "o") -> dict[str, Any]:
        """What is known of an order, by column."""
        return row_of(self.city.orders, order_id)


def row_of(table: Any, id_: str) -> dict[str, Any]:
    """One row of a table as plain values, by column."""
    row = table.find(id_)
    assert row >= 0, f"no {id_}"
    return {name: getattr(table, name)[row].tolist() for name in table.COLUMNS}


def fleet(seconds: float, count: int, lon: float = 0.05, first: int = 0) -> list[Incoming]:
    """So many couriers, idle, at one place."""
    return [courier(seconds, f"c{first + i}", lon, status="idle") for i in range(count)]


def rush(seconds: float, count: int, first: int = 0, **more: Any) -> list[Incoming]:
    """So many orders placed at once at venue `v`."""
    return [placed(seconds, f"o{first + i}", **more) for i in range(count)]


def status(seconds: float, courier_id: str, told: CourierStatus) -> CourierStatusChanged:
    """A courier tells what he does."""
    return CourierStatusChanged(CITY, at(seconds), courier_id, told)


def beat(seconds: float, venue_id: str = "v") -> VenueHeartbeat:
    """A venue's tablet answers."""
    return VenueHeartbeat(CITY, at(seconds), venue_id)


def venue_is(seconds: float, told: Any, until_s: float | None = None) -> VenueStatus:
    """Venue `v` tells whether it takes orders."""
    return VenueStatus(CITY, at(seconds), "v", told, None if until_s is None else at(until_s))


__all__ = [
    "Story",
    "Told",
    "beat",
    "fleet",
    "only",
    "row_of",
    "rush",
    "status",
    "town",
    "venue",
    "venue_is",
]
