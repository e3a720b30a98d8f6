"""The rules of the contract: what each judges, its thresholds and their defaults.

One frozen struct a rule, every field documented where it is declared; `config` fills them from
TOML and the docs are generated from them. How a rule is judged stands in `evaluate.py`, how its
alert lives in `lifecycle.py`.
"""

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

Severity = Literal["info", "warning", "critical"]
SEVERITIES: Final[tuple[Severity, ...]] = ("info", "warning", "critical")
Mode = Literal["off", "propose", "auto"]
ActionKind = Literal["none", "push_couriers", "pause_venue", "warn_support", "page_on_call"]
SubjectKind = Literal["zone", "order", "venue", "courier", "stream", "city"]

Seconds = Annotated[float, Meta(ge=0, le=86_400)]
Minutes = Annotated[float, Meta(ge=0, le=1_440)]
Count = Annotated[int, Meta(ge=0, le=1_000_000)]
Ratio = Annotated[float, Meta(ge=0, le=1_000)]


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every rule has."""

    enabled: Annotated[bool, Meta(description="Whether the rule is judged at all.")] = True
    for_s: Annotated[float, Meta(ge=0, le=86_400, description="How long the breach must hold.")] = 0
    keep_s: Annotated[
        float, Meta(ge=0, le=86_400, description="How long the breach must be gone.")
    ] = 0
    severity: Annotated[Severity, Meta(description="How urgent the alert is.")] = "warning"
    action: Annotated[ActionKind, Meta(description="What the alert proposes.")] = "warn_support"
    mode: Annotated[Mode, Meta(description="Whether the action is off, proposed or automatic.")] = (
        "auto"  # telling people; what reaches couriers and venues is proposed first
    )


class ZoneShortage(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Too few couriers for a zone's open orders, in two steps of severity."""

    for_s: Seconds = 120
    action: ActionKind = "push_couriers"
    mode: Mode = "propose"
    ratio_raise: Annotated[Ratio, Meta(description="Open orders per courier that raise.")] = 1.5
    ratio_clear: Annotated[Ratio, Meta(description="Below this the ratio clears.")] = 1.25
    wait_raise_s: Annotated[Seconds, Meta(description="Oldest wait that raises.")] = 300
    wait_clear_s: Annotated[Seconds, Meta(description="Below this the wait clears.")] = 180
    critical_ratio_raise: Annotated[Ratio, Meta(description="The ratio of the critical step.")] = (
        2.0
    )
    critical_ratio_clear: Annotated[Ratio, Meta(description="Below this it steps down.")] = 1.6
    critical_wait_raise_s: Annotated[
        Seconds, Meta(description="The wait of the critical step.")
    ] = 600
    critical_wait_clear_s: Annotated[Seconds, Meta(description="Below this it steps down.")] = 480
    critical_for_s: Annotated[
        Seconds, Meta(description="How long the critical breach must hold.")
    ] = 120
    min_on_shift: Annotated[
        Count, Meta(description="With fewer couriers on shift the ratio is noise and not judged.")
    ] = 5


class OrderUnaccepted(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The venue has not accepted an order."""

    after_min: Annotated[Minutes, Meta(description="Minutes since it was placed.")] = 5


class OrderUnassigned(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """No courier has been found for an order."""

    action: ActionKind = "push_couriers"
    mode: Mode = "propose"
    after_min: Annotated[Minutes, Meta(description="Minutes since it was placed.")] = 8


class OrderPickupLate(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A ready order lies at the venue."""

    after_min: Annotated[
        Minutes, Meta(description="Minutes since it was ready, or its estimate.")
    ] = 15


class OrderLate(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An order is past what the client was promised."""

    after_min: Annotated[Minutes, Meta(description="Minutes past the promised time.")] = 10


class OrderUnpaid(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An order waits for its payment."""

    severity: Severity = "info"
    after_min: Annotated[Minutes, Meta(description="Minutes unpaid.")] = 3


class OrderProblem(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A client reports that something is wrong; a person closes it."""


class VenueSlow(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A kitchen does not keep its promises."""

    for_s: Seconds = 60
    action: ActionKind = "pause_venue"
    mode: Mode = "propose"
    overdue_after_min: Annotated[
        Minutes, Meta(description="An order is overdue this long after the venue's promise.")
    ] = 5
    overdue_raise: Annotated[Count, Meta(description="Orders overdue at once that raise.")] = 3
    overrun_raise_min: Annotated[
        Minutes, Meta(description="Mean overrun of the last five readied that raises.")
    ] = 10
    overrun_clear_min: Annotated[Minutes, Meta(description="Below this the mean clears.")] = 5


class VenueSilent(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A venue has stopped answering."""

    action: ActionKind = "pause_venue"
    mode: Mode = "propose"
    heartbeat_min: Annotated[Minutes, Meta(description="Minutes without a heartbeat.")] = 5
    unaccepted_min: Annotated[
        Minutes, Meta(description="An order counts as unaccepted after this.")
    ] = 5
    unaccepted_run: Annotated[Count, Meta(description="Orders in a row unaccepted that raise.")] = 3


class CourierSilent(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A courier with an order sends no position."""

    after_min: Annotated[Minutes, Meta(description="Minutes without a position.")] = 5


class CourierStuck(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A courier on the way does not move."""

    window_min: Annotated[Minutes, Meta(description="Minutes he is watched over.")] = 10
    radius_m: Annotated[
        float, Meta(ge=0, le=100_000, description="Moving less than this is standing, in metres.")
    ] = 50


class FeedSilent(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A stream of a city that was busy brings nothing."""

    severity: Severity = "critical"
    action: ActionKind = "page_on_call"
    silent_s: Annotated[Seconds, Meta(description="Seconds without an event.")] = 120
    min_per_min: Annotated[
        float, Meta(ge=0, description="Events a minute that make a stream a busy one.")
    ] = 1
    window_min: Annotated[Minutes, Meta(description="Minutes that rate is taken over.")] = 10


class CityStall(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Orders come in and nobody picks up."""

    for_s: Seconds = 60
    severity: Severity = "critical"
    action: ActionKind = "page_on_call"
    window_min: Annotated[Minutes, Meta(description="Minutes looked back over.")] = 10
    placed_raise: Annotated[Count, Meta(description="Orders placed in the window.")] = 10
    ready_raise: Annotated[Count, Meta(description="Orders ready and not picked up.")] = 5


class RuleSet(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All rules as they hold for one subject at one time."""

    zone_shortage: ZoneShortage = ZoneShortage()
    order_unaccepted: OrderUnaccepted = OrderUnaccepted()
    order_unassigned: OrderUnassigned = OrderUnassigned()
    order_pickup_late: OrderPickupLate = OrderPickupLate()
    order_late: OrderLate = OrderLate()
    order_unpaid: OrderUnpaid = OrderUnpaid()
    order_problem: OrderProblem = OrderProblem()
    venue_slow: VenueSlow = VenueSlow()
    venue_silent: VenueSilent = VenueSilent()
    courier_silent: CourierSilent = CourierSilent()
    courier_stuck: CourierStuck = CourierStuck()
    feed_silent: FeedSilent = FeedSilent()
    city_stall: CityStall = CityStall()


RULES: Final[tuple[str, ...]] = RuleSet.__struct_fields__
SUBJECTS: Final[dict[str, SubjectKind]] = {
    "zone_shortage": "zone",
    "order_unaccepted": "order",
    "order_unassigned": "order",
    "order_pickup_late": "order",
    "order_late": "order",
    "order_unpaid": "order",
    "order_problem": "order",
    "venue_slow": "venue",
    "venue_silent": "venue",
    "courier_silent": "courier",
    "courier_stuck": "courier",
    "feed_silent": "stream",
    "city_stall": "city",
}
# The streams a rule reads: while one of them is silent, the rule holds its state.
READS: Final[dict[str, tuple[str, ...]]] = {
    "zone_shortage": ("couriers", "orders"),
    "order_unaccepted": ("orders",),
    "order_unassigned": ("orders",),
    "order_pickup_late": ("orders",),
    "order_late": ("orders",),
    "order_unpaid": ("orders",),
    "order_problem": (),
    "venue_slow": ("orders",),
    "venue_silent": ("orders", "venues"),
    "courier_silent": ("couriers", "orders"),
    "courier_stuck": ("couriers",),
    "feed_silent": (),
    "city_stall": ("orders",),
}
