"""How far each kind of action may go: its bounds, budgets and times, with their defaults.

One frozen struct a kind, every field documented where it is declared; `config` fills them from
`[actions]` and `[cities.CITY.actions]`, the docs are generated from them. Whether a rule proposes
its action or carries it out is the rule's `mode`.
"""

from typing import Annotated

from msgspec import Meta, Struct

from alerts.rules import Count, Minutes, Seconds

Metres = Annotated[float, Meta(ge=0, le=100_000)]
Share = Annotated[float, Meta(ge=0, le=1)]
PerHour = Annotated[int, Meta(ge=0, le=1_000_000)]
Targets = Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=128)], ...], Meta()]


class PushSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pushing idle couriers to where they are short."""

    enabled: Annotated[bool, Meta(description="Whether anybody is pushed at all.")] = True
    targets: Annotated[
        Targets, Meta(description="Which targets carry pushes; empty: every MQTT broker.")
    ] = ()
    per_hour: Annotated[PerHour, Meta(description="Pushes of a city in an hour at most.")] = 300
    per_action: Annotated[
        Annotated[int, Meta(ge=1, le=1_000)], Meta(description="Couriers one action asks at most.")
    ] = 30
    courier_per_hour: Annotated[
        Annotated[int, Meta(ge=1, le=8)], Meta(description="Pushes to one courier in an hour.")
    ] = 3
    cooldown_s: Annotated[Seconds, Meta(description="After a push a courier is left alone.")] = 900
    radius_m: Annotated[Metres, Meta(description="How far the first round looks.")] = 2_500
    widen: Annotated[
        float, Meta(ge=1, le=10, description="Each further round looks so many times as far.")
    ] = 1.6
    rounds: Annotated[
        Annotated[int, Meta(ge=1, le=10)], Meta(description="Rounds until an action gives up.")
    ] = 3
    answer_s: Annotated[Seconds, Meta(description="How long a courier may think about it.")] = 60
    window_s: Annotated[
        Seconds, Meta(description="In this time the zone should recover: the effect is judged.")
    ] = 900
    control_share: Annotated[
        Share, Meta(description="Share of the chosen who are not pushed, to measure the effect.")
    ] = 0.1
    acceptance: Annotated[
        Annotated[float, Meta(ge=0.05, le=1)],
        Meta(description="Share who accept, until a city has shown its own."),
    ] = 0.5
    proposal_s: Annotated[Seconds, Meta(description="How long a proposal waits for a yes.")] = 600
    plan_every_s: Annotated[
        Annotated[int, Meta(ge=1, le=600)], Meta(description="How often short zones are planned.")
    ] = 15


class PauseSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Taking a venue that does not answer, or is too slow, off for a while."""

    enabled: Annotated[bool, Meta(description="Whether any venue is paused at all.")] = True
    targets: Annotated[
        Targets, Meta(description="Which targets tell venues; empty: every MQTT broker.")
    ] = ()
    per_hour: Annotated[PerHour, Meta(description="Pauses of a city in an hour at most.")] = 60
    warn_s: Annotated[
        Seconds, Meta(description="Support is warned so long before anything is done.")
    ] = 120
    busy_s: Annotated[
        Seconds, Meta(description="Longer preparation times first, for so long; 0: not.")
    ] = 300
    busy_longer_min: Annotated[Minutes, Meta(description="How much longer they then are.")] = 10
    pause_min: Annotated[Minutes, Meta(description="How long a pause is.")] = 15
    extend_min: Annotated[Minutes, Meta(description="How long one that is extended goes on.")] = 15
    extensions: Annotated[Count, Meta(description="How often a pause is extended at most.")] = 1
    zone_share: Annotated[
        Share, Meta(description="Share of a zone's open venues that may be paused at once.")
    ] = 0.2
    city_share: Annotated[
        Share, Meta(description="Share of the city's open venues that may be paused at once.")
    ] = 0.1
    proposal_s: Annotated[Seconds, Meta(description="How long a proposal waits for a yes.")] = 900


class NoticeSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Telling people: one notice for many alerts with one cause."""

    enabled: Annotated[bool, Meta(description="Whether anybody is told at all.")] = True
    levels: Annotated[
        tuple[Targets, ...],
        Meta(description="Targets told first, then those told where nobody acknowledges."),
    ] = ()
    group_by: Annotated[
        tuple[Annotated[str, Meta(pattern="^(rule|zone|venue|severity|cause)\\Z")], ...],
        Meta(description="Alerts equal in these share a notice."),
    ] = ("rule",)
    group_wait_s: Annotated[
        Seconds, Meta(description="The first notice waits so long for more of the same cause.")
    ] = 10
    group_interval_s: Annotated[
        Seconds, Meta(description="Between a notice and the next about what came since.")
    ] = 120
    repeat_s: Annotated[
        Seconds, Meta(description="Said again after this, while it lasts and nobody has it; 0: no.")
    ] = 1_800
    escalate_s: Annotated[
        Seconds, Meta(description="Without acknowledgement the next level is told after this.")
    ] = 300
    per_hour: Annotated[
        PerHour, Meta(description="Notices of a city in an hour at most; closing ones always go.")
    ] = 120


class ActionSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What actions may do, in every city or in one."""

    dry_run: Annotated[
        bool, Meta(description="Plan, decide and record everything; send nothing.")
    ] = False
    push_couriers: Annotated[PushSettings, Meta(description="Pushes.")] = PushSettings()
    pause_venue: Annotated[PauseSettings, Meta(description="Pauses.")] = PauseSettings()
    warn_support: Annotated[NoticeSettings, Meta(description="Notices.")] = NoticeSettings()
    page_on_call: Annotated[NoticeSettings, Meta(description="Pages.")] = NoticeSettings()
