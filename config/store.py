"""The settings of what outlives a restart, and of the recording: where, how often, how long.

Structs only; read by `reader`, checked against each other by `checks`.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from config.fields import FilePath, Name
from config.secret import Secret

# Hidden in faults: one that is refused may hold a password.
RedisUrl = Annotated[
    str,
    Meta(
        pattern=r"^(redis|rediss|unix)://([^\s/:@]+@)?[^\s@]+\Z",
        extra={"form": "redis://HOST:PORT/DB, without a password in it", "hidden": True},
    ),
]
KeptDays = Annotated[float, Meta(ge=0.01, le=3_650)]


class StoreSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What survives a crash: the state, alerts with their marks, actions, who did what."""

    type: Annotated[
        Literal["sqlite", "redis", "none"],
        Meta(description="`sqlite`: a file; `redis`: a server with AOF; `none`: nothing is kept."),
    ] = "sqlite"
    path: Annotated[
        FilePath, Meta(description="The file of `sqlite`, relative to the configuration file.")
    ] = "citywatch.db"
    url: Annotated[
        RedisUrl,
        Meta(description="The server of `redis`."),
    ] = "redis://127.0.0.1:6379/0"
    password: Annotated[Secret | None, Meta(description="Password of the `redis` server.")] = None
    name: Annotated[
        Name, Meta(description="Tells this monitor's keys in `redis` from another's.")
    ] = "citywatch"
    snapshot_s: Annotated[
        float, Meta(ge=1, le=3_600, description="Seconds between two snapshots of the state.")
    ] = 30
    journal_keep_s: Annotated[
        float,
        Meta(
            ge=0,
            le=2_592_000,
            description="Seconds of input kept beyond what a restart needs.",
        ),
    ] = 0
    pending_max_mb: Annotated[
        int,
        Meta(
            ge=1,
            le=16_384,
            description="Megabytes that may wait while the store is slow; then sources wait.",
        ),
    ] = 256
    letters_days: Annotated[
        KeptDays, Meta(description="Days that what was sent stays in the ledger.")
    ] = 7
    audit_days: Annotated[
        KeptDays, Meta(description="Days that it is remembered who did what.")
    ] = 365


class RecordingSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The recorded day, for watchers to go back to; whichever bound comes first holds."""

    enabled: Annotated[bool, Meta(description="Whether anything is recorded.")] = True
    path: Annotated[
        FilePath | None,
        Meta(
            description="The folder of its files, relative to the configuration file. Without it "
            "`recording` beside the store's file; where the store keeps nothing, a passing one."
        ),
    ] = None
    keep_h: Annotated[float, Meta(gt=0, le=8_760, description="Hours that are kept.")] = 24
    keep_mb: Annotated[
        int, Meta(ge=64, le=16_777_216, description="Megabytes that are kept at most.")
    ] = 2_000
    point_min: Annotated[
        float,
        Meta(
            ge=0.1,
            le=1_440,
            description="Minutes between two points to begin from; after much input they come "
            "sooner.",
        ),
    ] = 15
    viewers_max: Annotated[
        int,
        Meta(
            ge=1,
            le=64,
            description="Replays at once, each a process of its own; one more is refused.",
        ),
    ] = 3
