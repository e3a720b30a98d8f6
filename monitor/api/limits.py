"""The limits of `zone_shortage` in force, for whoever colours zones by them: `GET …/limits`.

Zone figures come many times a minute and limits change twice a day: they are asked for apart, and
the answer tells how long it holds. The rule itself is judged in `core/judging/zones.py`.
"""

from typing import Annotated, Final, Self

from aiohttp import web
from msgspec import Meta, Struct

from alerts.rules import ZoneShortage
from monitor.api.context import Call, as_json
from monitor.api.reading import read_query
from monitor.api.routes import Route

LATEST_MS: Final = 4_102_444_800_000  # the year 2100: calendars end somewhere


class LimitsQuery(Struct, frozen=True, kw_only=True):
    """When: ms since the epoch; now, if it is left out."""

    at_ts: Annotated[int, Meta(ge=0, le=LATEST_MS)] | None = None


class ShortageLimits(Struct, frozen=True, kw_only=True):
    """From where on the rule `zone_shortage` raises: its settings by the same names.

    With fewer couriers on shift than `min_on_shift` the ratio is not judged, only the oldest wait.
    """

    enabled: bool
    ratio_raise: float
    critical_ratio_raise: float
    wait_raise_s: float
    critical_wait_raise_s: float
    min_on_shift: int

    @classmethod
    def of(cls, rule: ZoneShortage) -> Self:
        """The limits of a rule."""
        return cls(**{name: getattr(rule, name) for name in cls.__struct_fields__})


class LimitsView(Struct, frozen=True, kw_only=True):
    """The limits in force at `at_ts`, by the configuration as it is now.

    `shortage` is the city's, `zones` are those of the zones that have others. They hold until
    `until_ts`, when a window of the week begins or ends; null: for good. `timezone` is the city's.
    """

    city: str
    timezone: str
    at_ts: int
    until_ts: int | None
    shortage: ShortageLimits
    zones: dict[str, ShortageLimits]


async def get_limits(call: Call) -> web.Response:
    """Of one city, and of those of its zones that have their own."""
    query = read_query(call.request, LimitsQuery)
    plan = call.city().plan
    book, at_ms = plan.rulebook, call.now_ms if query.at_ts is None else query.at_ts
    holding = book.active(at_ms)
    city = book.rules_for(active=holding).zone_shortage
    zones: dict[str, ShortageLimits] = {}
    for zone_id in book.overridden("zone"):
        rule = book.rules_for(zone_id, active=holding).zone_shortage
        if rule is not city and zone_id in plan.zones.index:
            zones[zone_id] = ShortageLimits.of(rule)
    return as_json(
        LimitsView(
            city=plan.slug,
            timezone=str(book.tz),
            at_ts=at_ms,
            until_ts=book.next_change_ms(at_ms),
            shortage=ShortageLimits.of(city),
            zones=zones,
        )
    )


ROUTES = (
    Route(
        method="GET",
        path="/v1/cities/{city}/limits",
        handler=get_limits,
        subject="cities",
        summary="The limits of zone_shortage in force: the city's, and those of zones with others",
        query=LimitsQuery,
        answer=LimitsView,
        refusals=(404,),
    ),
)
