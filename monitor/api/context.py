"""What the API is built from, and what a handler is handed for one request.

The parts are callables of the composition root: the API owns no state, reads no clock and never
calls `step`. Views are read in one go, without an await in between.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import msgspec
import numpy as np
from aiohttp import web
from msgspec import Struct
from numpy.typing import NDArray

from alerts.act import Outcome
from alerts.letter import Posting, PostingState, TargetHealth
from config.map import MapSettings
from monitor.api.past_port import PastPort
from monitor.api.problem import Problem
from monitor.core.audit import AuditEntry
from monitor.core.city import City
from monitor.core.commands import Command
from monitor.core.state import State
from monitor.core.views.zones import clear_minutes
from monitor.ingest.dead_letters import DeadLetters
from monitor.runtime.telemetry import Telemetry
from ws.auth import Authenticate, Identity, let_everybody_in

ClearMinutes = Callable[[City, int], NDArray[np.float64]]
# Whether a part is ready, and why (not), in words.
Ready = Callable[[], tuple[bool, str]]
# Audit entries of a city (None: of all) before a time, at most so many, the newest first; and all
# others of the last one's millisecond.
Audit = Callable[[str | None, int | None, int], Awaitable[Sequence[AuditEntry]]]
# Postings in these states (none: in all), the last so many that were put, of a city (None: of all).
Postings = Callable[[Sequence[PostingState], int, str | None], Awaitable[Sequence[Posting]]]

# The last hour of a city or of its zone by index: the first sample's time, ms, and the figures.
Trend = Callable[[str, int | None], tuple[int, dict[str, list[float | None]]] | None]


@dataclass(frozen=True, slots=True)
class LiveMap:
    """What the page is served from: its built files, the stream's port, its settings.

    `tiles` is the file of `basemap_pmtiles`, where it really is.
    """

    folder: Path = Path(__file__).parents[1] / "page"
    stream_port: Callable[[], int] = int  # nowhere
    settings: MapSettings = field(default_factory=MapSettings)
    tiles: Path | None = None


async def _no_audit(city: str | None, before_ts: int | None, limit: int) -> Sequence[AuditEntry]:
    return ()


async def _no_postings(
    states: Sequence[PostingState], limit: int, city: str | None
) -> Sequence[Posting]:
    return ()


def _not_kept(entry: AuditEntry) -> None:
    pass


def _no_trend(city: str, zone: int | None) -> None:
    return None


def _nobody(city: str) -> int:
    return 0


def _clear_minutes(city: City, now_ms: int) -> NDArray[np.float64]:
    return clear_minutes(city)


@dataclass(frozen=True)
class ApiContext:
    """Everything the API is given.

    `submit` lets the engine carry out a person's command, and answers once that is durable; past
    `durable_within_s` he is told that the store is in trouble. `refused` hears of commands that do
    not come so far, for the audit. `readiness` names each part that
    must be up. `clear_minutes` may answer with what it worked out some seconds ago. `extra_routes`
    are those of the transports. `heartbeat_age_s` tells how long ago the engine last woke; past
    `heartbeat_max_s` the process counts as dead. `audit`, `postings` and `targets` read what was
    done and what left; without them there is nothing to show. `trend` is the last hour, `watchers`
    counts who watches a city now and may act. `past` plays the recording, None where nothing is
    recorded.
    """

    state: Callable[[], State]
    now_ms: Callable[[], int]
    submit: Callable[[Command], Awaitable[Outcome]]
    dead_letters: DeadLetters
    telemetry: Telemetry
    authenticate: Authenticate = let_everybody_in
    readiness: Mapping[str, Ready] = field(default_factory=dict)
    clear_minutes: ClearMinutes = _clear_minutes
    heartbeat_age_s: Callable[[], float] | None = None
    heartbeat_max_s: float = 10.0
    durable_within_s: float = 30.0
    extra_routes: tuple[web.RouteDef, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    max_body_bytes: int = 8 * 1024 * 1024  # of any request that says its length; beyond it 413
    zone_metrics: bool = False  # figures of every zone in /metrics: one series a zone and figure
    version: str = ""
    refused: Callable[[AuditEntry], None] = _not_kept
    audit: Audit = _no_audit
    postings: Postings = _no_postings
    targets: Callable[[], Sequence[TargetHealth]] = tuple
    trend: Trend = _no_trend
    watchers: Callable[[str], int] = _nobody
    past: PastPort | None = None
    page: LiveMap = LiveMap()


@dataclass(frozen=True)
class Call:
    """One request of somebody who may make it."""

    request: web.Request
    context: ApiContext
    identity: Identity

    @cached_property
    def now_ms(self) -> int:
        """The time of the whole request."""
        return self.context.now_ms()

    def cities(self) -> dict[str, City]:
        """The cities that the caller may see, by slug."""
        every = self.context.state().cities
        return {slug: city for slug, city in every.items() if self.identity.may_see(slug)}

    def city(self) -> City:
        """The city of the path; one that the caller may not see is as unknown to him as any."""
        return self.city_named(self.request.match_info["city"])

    def city_named(self, slug: str) -> City:
        """A city by its slug; raises a 404."""
        city = self.cities().get(slug)
        if city is None:
            raise Problem(404, "unknown_city", f"there is no city {slug!r}")
        return city

    def path(self, name: str) -> str:
        """A part of the path by its name in the route."""
        return self.request.match_info[name]


def zone_index(city: City, zone_id: str) -> int:
    """A zone of the city by its id; raises a 404."""
    index = city.plan.zones.index.get(zone_id)
    if index is None:
        raise Problem(404, "unknown_zone", f"{city.plan.slug} has no zone {zone_id!r}")
    return index


def as_json(view: Struct, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """A view as the answer."""
    return web.Response(
        status=status,
        body=msgspec.json.encode(view),
        content_type="application/json",
        headers=headers,
    )
