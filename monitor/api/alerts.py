"""Alerts: those that live, those that ended, and one; what people do to them is `acts.py`."""

from collections.abc import Iterable
from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct

from alerts.alert import Alert, AlertState
from alerts.rules import Severity
from monitor.api.context import Call, as_json
from monitor.api.paging import DEFAULT_LIMIT, Cursor, Limit, as_page, newest_first
from monitor.api.problem import Problem
from monitor.api.reading import read_query
from monitor.api.routes import PageView, Route
from monitor.core.city import City
from monitor.core.events import Id, Timestamp


class AlertQuery(Struct, frozen=True, kw_only=True):
    """What a list of alerts is narrowed to; without `state` the firing ones.

    `resolved` reads the history, of which each city keeps the latest.
    """

    city: Annotated[str, Meta(min_length=1, max_length=128)] | None = None
    rule: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    severity: Severity | None = None
    state: AlertState = "firing"
    zone: Id | None = None
    venue: Id | None = None
    order: Id | None = None
    courier: Id | None = None
    acked: bool | None = None
    claimed: bool | None = None
    muted: Annotated[bool, Meta(description="Silenced or inhibited.")] | None = None
    since: Annotated[Timestamp, Meta(description="Changed at or after, ms.")] | None = None
    until: (
        Annotated[Timestamp, Meta(description="Began, or with state=resolved ended, by then, ms.")]
        | None
    ) = None
    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor | None = None

    def keeps(self, alert: Alert) -> bool:
        """Whether the alert belongs in the list."""
        about = alert.about
        return (
            alert.state == self.state
            and (self.rule is None or alert.rule == self.rule)
            and (self.severity is None or alert.severity == self.severity)
            and (self.zone is None or about.get("zone") == self.zone)
            and (self.venue is None or about.get("venue") == self.venue)
            and (self.order is None or about.get("order") == self.order)
            and (self.courier is None or about.get("courier") == self.courier)
            and (self.acked is None or (alert.acked_by is not None) == self.acked)
            and (self.claimed is None or (alert.claimed_by is not None) == self.claimed)
            and (self.muted is None or is_muted(alert) == self.muted)
            and (self.since is None or alert.updated_ts >= self.since)
            and (self.until is None or (alert.resolved_ts or alert.started_ts) <= self.until)
        )


def is_muted(alert: Alert) -> bool:
    """Whether it lives without being told to anybody."""
    return alert.silenced or alert.inhibited_by is not None


async def list_them(call: Call) -> web.Response:
    """A page of alerts, the newest first."""
    query = read_query(call.request, AlertQuery)
    cities = call.cities().values() if query.city is None else [call.city_named(query.city)]
    found = [alert for city in cities for alert in _told(city, query.state) if query.keeps(alert)]
    return as_page(
        call.now_ms,
        lambda: newest_first(found, lambda alert: alert.started_ts, query.limit, query.cursor),
    )


def _told(city: City, state: AlertState) -> Iterable[Alert]:
    if state == "resolved":
        return city.book.history
    return (track.alert for track in city.book.tracks.values() if track.alert is not None)


def find_alert(call: Call, alert_id: str) -> tuple[City, Alert]:
    """A living or ended alert of the caller's cities, with its city; raises a 404."""
    for city in call.cities().values():
        alert = alert_in(city, alert_id)
        if alert is not None:
            return city, alert
    raise Problem(404, "unknown_alert", f"no alert has the id {alert_id!r}")


def alert_in(city: City, alert_id: str) -> Alert | None:
    """A living or ended alert of a city."""
    living = city.book.find(alert_id)
    return living or next((a for a in reversed(city.book.history) if a.id == alert_id), None)


async def get_alert(call: Call) -> web.Response:
    """One alert, living or ended."""
    return as_json(find_alert(call, call.path("alert_id"))[1])


ROUTES = (
    Route(
        method="GET",
        path="/v1/alerts",
        handler=list_them,
        subject="alerts",
        summary="Alerts, the newest first; the history with state=resolved",
        query=AlertQuery,
        answer=PageView[Alert],
        refusals=(404,),
    ),
    Route(
        method="GET",
        path="/v1/alerts/{alert_id}",
        handler=get_alert,
        subject="alerts",
        summary="One alert, living or ended",
        answer=Alert,
        refusals=(404,),
    ),
)
