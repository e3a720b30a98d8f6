"""Actions: those that live, those that are over, and one; what people decide is `acts.py`.

What they came to in a city as a whole is here too.
"""

from itertools import chain
from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct

from alerts.action import Action, ActionState, Kind
from alerts.action_book import is_over
from monitor.api.context import Call, as_json
from monitor.api.paging import DEFAULT_LIMIT, Cursor, Limit, as_page, newest_first
from monitor.api.problem import Problem
from monitor.api.reading import read_query
from monitor.api.routes import PageView, Route
from monitor.core.city import City
from monitor.core.events import Id, Timestamp
from monitor.core.views.effects import EffectsView, concerns, effects_view


class ActionQuery(Struct, frozen=True, kw_only=True):
    """What a list of actions is narrowed to; of those that are over each city keeps the latest."""

    city: Annotated[str, Meta(min_length=1, max_length=128)] | None = None
    kind: Kind | None = None
    state: ActionState | None = None
    alert: Annotated[Id, Meta(description="Serves this alert.")] | None = None
    zone: Id | None = None
    venue: Id | None = None
    courier: Annotated[Id, Meta(description="Asks this courier, or is about him.")] | None = None
    living: Annotated[bool, Meta(description="Whether more may come of it.")] | None = None
    since: Annotated[Timestamp, Meta(description="Changed at or after, ms.")] | None = None
    until: Annotated[Timestamp, Meta(description="Begun by then, ms.")] | None = None
    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor | None = None

    def keeps(self, city: City, action: Action) -> bool:
        """Whether the action belongs in the list."""
        about = (("zone", self.zone), ("venue", self.venue), ("courier", self.courier))
        return (
            (self.kind is None or action.kind == self.kind)
            and (self.state is None or action.state == self.state)
            and (self.alert is None or self.alert in action.alerts)
            and (self.living is None or is_over(action) != self.living)
            and (self.since is None or action.updated_ts >= self.since)
            and (self.until is None or action.created_ts <= self.until)
            and all(id_ is None or concerns(city, action, kind, id_) for kind, id_ in about)
        )


async def list_them(call: Call) -> web.Response:
    """A page of actions, the newest first."""
    query = read_query(call.request, ActionQuery)
    cities = call.cities().values() if query.city is None else [call.city_named(query.city)]
    found = [
        action
        for city in cities
        for action in chain(city.desk.actions.living.values(), city.desk.actions.history)
        if query.keeps(city, action)
    ]
    return as_page(
        call.now_ms,
        lambda: newest_first(found, lambda action: action.created_ts, query.limit, query.cursor),
    )


def find_action(call: Call, action_id: str) -> tuple[City, Action]:
    """An action of the caller's cities, living or over, with its city; raises a 404."""
    for city in call.cities().values():
        action = city.desk.actions.find(action_id)
        if action is not None:
            return city, action
    raise Problem(404, "unknown_action", f"no action has the id {action_id!r}")


async def get_action(call: Call) -> web.Response:
    """One action with its whole record."""
    return as_json(find_action(call, call.path("action_id"))[1])


async def get_effects(call: Call) -> web.Response:
    """What the city's actions came to."""
    return as_json(effects_view(call.city(), call.now_ms))


ROUTES = (
    Route(
        method="GET",
        path="/v1/actions",
        handler=list_them,
        subject="actions",
        summary="Actions, the newest first, those that are over too",
        query=ActionQuery,
        answer=PageView[Action],
        refusals=(404,),
    ),
    Route(
        method="GET",
        path="/v1/actions/{action_id}",
        handler=get_action,
        subject="actions",
        summary="One action: its record, whom it reached, what was expected and what came",
        answer=Action,
        refusals=(404,),
    ),
    Route(
        method="GET",
        path="/v1/cities/{city}/effects",
        handler=get_effects,
        subject="actions",
        summary="What actions came to: counts, acceptance, recovery, asked against held back",
        answer=EffectsView,
        refusals=(404,),
    ),
)
