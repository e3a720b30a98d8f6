"""All settings, typed and documented where they are declared; the defaults are the product's.

`load` fills them; everything else is handed the part it needs. The reference page and
`default.toml` are generated from these structs (`reference`). A city's settings stand in `city`,
those of sources, servers and tokens in `edges`, the rules in `alerts.rules`.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from alerts.remedies.settings import ActionSettings
from config.city import NO_RULES, CitySettings, ProfileSettings
from config.edges import BrokerSettings, HttpSettings, SourceSettings, TokenSettings
from config.fields import Host, Name, Port, RetentionSeconds, RuleTables, Slug
from config.map import MapSettings
from config.store import RecordingSettings, StoreSettings
from config.targets import TargetSettings
from ws.limits import Limits


class StreamSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The WebSocket stream that watchers' pages and other programs read."""

    host: Annotated[Host, Meta(description="Address to listen on; 0.0.0.0 for all.")] = "127.0.0.1"
    port: Annotated[Port, Meta(description="Port to listen on; 0 for any free one.")] = 8081
    limits: Annotated[Limits, Meta(description="What one client may ask, and how far behind.")] = (
        Limits()
    )


class EngineSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often the engine publishes and how much it takes; rules are judged each second."""

    flush_ms: Annotated[
        int, Meta(ge=10, le=60_000, description="Milliseconds between two deltas to watchers.")
    ] = 100
    inbox_max_events: Annotated[
        int,
        Meta(ge=1_000, le=100_000_000, description="Events that may wait; then sources are held."),
    ] = 200_000
    batch_max_events: Annotated[
        int, Meta(ge=1, le=10_000_000, description="Events that one step takes at most.")
    ] = 20_000
    clock: Annotated[
        Literal["system", "events"],
        Meta(
            description="`system` for live streams; `events` lets the events' times be the clock."
        ),
    ] = "system"


Known = Annotated[int, Meta(ge=1, le=100_000_000)]


class RetentionSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When what is over leaves the memory, and how much there is at most, in each city."""

    order_closed_s: Annotated[
        RetentionSeconds, Meta(description="Seconds after the last word of an order that ended.")
    ] = 86_400
    order_open_s: Annotated[
        RetentionSeconds, Meta(description="Seconds after the last word of an order left open.")
    ] = 172_800
    courier_s: Annotated[
        RetentionSeconds, Meta(description="Seconds after the last word of a courier.")
    ] = 86_400
    venue_s: Annotated[
        RetentionSeconds, Meta(description="Seconds after the last word of a venue.")
    ] = 1_209_600
    alerts_kept: Annotated[
        int, Meta(ge=0, le=10_000_000, description="Resolved alerts kept in the history.")
    ] = 10_000
    couriers_max: Annotated[
        Known, Meta(description="Couriers a city knows at once; a new one beyond is refused.")
    ] = 1_000_000
    orders_max: Annotated[
        Known, Meta(description="Orders a city knows at once, ended ones too; beyond: refused.")
    ] = 2_000_000
    venues_max: Annotated[
        Known, Meta(description="Venues a city knows at once; a new one beyond is refused.")
    ] = 200_000


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole configuration."""

    cities: Annotated[
        dict[Slug, CitySettings], Meta(description="The cities to watch, by slug.")
    ] = {}
    rules: Annotated[
        RuleTables, Meta(description="Rules that differ from their defaults, everywhere.")
    ] = NO_RULES
    profiles: Annotated[
        dict[Name, ProfileSettings],
        Meta(description="Named windows of the week; where two hold at once, the later one wins."),
    ] = {}
    sources: Annotated[
        dict[Name, SourceSettings], Meta(description="Where events come from, besides HTTP.")
    ] = {}
    http: Annotated[HttpSettings, Meta(description="The API.")] = HttpSettings()
    stream: Annotated[StreamSettings, Meta(description="The WebSocket.")] = StreamSettings()
    map: Annotated[MapSettings, Meta(description="The live map's page.")] = MapSettings()
    broker: Annotated[BrokerSettings, Meta(description="The embedded broker.")] = BrokerSettings()
    engine: Annotated[EngineSettings, Meta(description="The engine.")] = EngineSettings()
    retention: Annotated[RetentionSettings, Meta(description="What is forgotten when.")] = (
        RetentionSettings()
    )
    store: Annotated[StoreSettings, Meta(description="What outlives a restart.")] = StoreSettings()
    recording: Annotated[RecordingSettings, Meta(description="What can be watched again.")] = (
        RecordingSettings()
    )
    actions: Annotated[ActionSettings, Meta(description="How far actions may go.")] = (
        ActionSettings()
    )
    targets: Annotated[
        dict[Name, TargetSettings], Meta(description="Who can be told and asked, by name.")
    ] = {}
    tokens: Annotated[
        dict[Name, TokenSettings],
        Meta(description="Who may use the API and the stream; with none, anyone who reaches it."),
    ] = {}
