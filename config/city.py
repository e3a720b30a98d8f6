"""The settings of one city: its zones, its travel times, and whose rules differ from the rest's.

Structs only; read by `reader`, checked against each other by `checks`.
"""

from typing import Annotated

from msgspec import Meta, Struct

from config.fields import (
    ActionTables,
    Days,
    FilePath,
    Id,
    Latitude,
    Longitude,
    Minutes,
    Name,
    RuleTables,
    TimeOfDay,
)

NO_RULES = RuleTables({})
NO_ACTIONS = ActionTables({})


class ProfileSettings(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}
):
    """A named window of the week, in each city's own local time.

    The clock on the wall decides: a window inside the hour that spring skips does not happen on
    that day, one inside the hour that autumn doubles happens twice.
    """

    days: Annotated[
        tuple[Days, ...],
        Meta(min_length=1, description="Days on which the window begins."),
    ] = ("mon-sun",)
    from_: Annotated[TimeOfDay, Meta(description="Local time at which it begins.")]
    to: Annotated[
        TimeOfDay,
        Meta(description="Local time at which it is over; earlier than `from`: on the next day."),
    ]
    rules: Annotated[
        RuleTables, Meta(description="Rules that differ in every city while the window holds.")
    ] = NO_RULES


class CityProfileSettings(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}
):
    """What one city changes in a profile, or one of its own (`from` and `to` set)."""

    days: Annotated[
        tuple[Days, ...] | None,
        Meta(description="Days on which the window begins here; else as in `[profiles]`."),
    ] = None
    from_: Annotated[
        TimeOfDay | None, Meta(description="When it begins here; else as in `[profiles]`.")
    ] = None
    to: Annotated[
        TimeOfDay | None, Meta(description="When it is over here; else as in `[profiles]`.")
    ] = None
    rules: Annotated[
        RuleTables, Meta(description="Rules that differ in this city while the window holds.")
    ] = NO_RULES


class ScopeProfileSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one zone, venue or client changes while a profile holds."""

    rules: Annotated[
        RuleTables, Meta(description="Rules that differ here while the window holds.")
    ] = NO_RULES


class ScopeSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What differs for one zone, venue or client."""

    rules: Annotated[RuleTables, Meta(description="Rules that differ here.")] = NO_RULES
    profiles: Annotated[
        dict[Name, ScopeProfileSettings],
        Meta(description="Rules that differ here while the profile of that name holds."),
    ] = {}


class HexagonSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """H3 cells that serve as zones where there is no zone file."""

    resolution: Annotated[
        int, Meta(ge=0, le=15, description="H3 resolution; 8 is about 0.7 km² a cell, 9 0.1 km².")
    ]
    bbox: Annotated[
        tuple[Longitude, Latitude, Longitude, Latitude],
        Meta(description="West, south, east, north, in decimal degrees."),
    ]


class CitySettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One city, under its slug. It needs `timezone`, and either `zones` or `hexagons`."""

    timezone: Annotated[
        str, Meta(description="IANA name, such as Europe/Riga; profiles follow its clock.")
    ]
    name: Annotated[
        Name | None, Meta(description="What people read; the slug if nothing is set.")
    ] = None
    zones: Annotated[
        FilePath | None,
        Meta(description="GeoJSON file of the zones, relative to the configuration file."),
    ] = None
    hexagons: Annotated[
        HexagonSettings | None, Meta(description="H3 cells instead of a zone file.")
    ] = None
    repair_zones: Annotated[
        bool, Meta(description="Mend invalid rings of the zone file instead of refusing them.")
    ] = False
    courier_stale_s: Annotated[
        float,
        Meta(
            gt=0, le=3_600, description="A courier whose last position is older counts as silent."
        ),
    ] = 60
    detour: Annotated[
        float, Meta(ge=1, le=5, description="Way through the streets per straight-line distance.")
    ] = 1.3
    speed_kmh: Annotated[
        float, Meta(gt=0, le=200, description="Mean speed of a courier on his way, in km/h.")
    ] = 18
    pickup_min: Annotated[Minutes, Meta(description="Minutes that a pick-up takes.")] = 4
    dropoff_min: Annotated[Minutes, Meta(description="Minutes that a drop-off takes.")] = 4
    rules: Annotated[RuleTables, Meta(description="Rules that differ in this city.")] = NO_RULES
    actions: Annotated[
        ActionTables, Meta(description="Bounds of actions that differ in this city.")
    ] = NO_ACTIONS
    profiles: Annotated[
        dict[Name, CityProfileSettings],
        Meta(description="What the city changes in a profile, or profiles of its own."),
    ] = {}
    zone: Annotated[
        dict[Id, ScopeSettings], Meta(description="Zones that differ, by zone id.")
    ] = {}
    venue: Annotated[
        dict[Id, ScopeSettings], Meta(description="Venues that differ, by venue id.")
    ] = {}
    client: Annotated[
        dict[Id, ScopeSettings], Meta(description="Key accounts that differ, by client id.")
    ] = {}
