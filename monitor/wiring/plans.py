"""From settings to what the core is told of its cities: zones parsed, rules laid together.

The zone files' faults join those of the configuration. Called by the command line, and again on a
reload. Nothing is read here: `config` has read the files.
"""

from msgspec.structs import replace

from alerts.remedies.settings import ActionSettings
from config.actions import actions_of
from config.city import CitySettings
from config.edges import MqttSource
from config.faults import ConfigError, Fault, nearest
from config.load import Loaded
from config.rulebooks import rulebook
from config.schema import Settings
from monitor.core.plan import CityPlan, Retention
from monitor.wiring.whereabouts import exchanged
from zones.geojson import ZoneFileError, parse_zones
from zones.hexagons import hexagon_zones
from zones.locate import Locator
from zones.metrics import Pace
from zones.polygons import ZoneSet


class Planned:
    """The plans of all cities, and what is to be said of their zone files."""

    def __init__(self, plans: dict[str, CityPlan], notes: tuple[str, ...]) -> None:
        self.plans = plans
        self.notes = notes


def make_plans(loaded: Loaded) -> Planned:
    """The plan of every city; raises `ConfigError` with every fault of every zone file."""
    plans: dict[str, CityPlan] = {}
    faults: list[Fault] = []
    notes: list[str] = []
    for slug, city in loaded.settings.cities.items():
        try:
            zones, mended = _zones(loaded, slug, city)
        except ZoneFileError as error:
            name = loaded.zone_files[slug].path.name
            faults += [
                loaded.fault(("cities", slug, "zones"), f"{name}: {fault}")
                for fault in error.faults
            ]
            continue
        except ValueError as error:
            faults.append(loaded.fault(("cities", slug, "hexagons"), str(error)))
            continue
        notes += [f"{slug}: {note}" for note in mended]
        if (told := exchanged(zones, city.timezone)) is not None:
            notes.append(f"{slug}: {told}")
        faults += _unknown_zones(loaded, slug, city, zones)
        plans[slug] = _plan(loaded.settings, slug, city, zones)
    if faults:
        raise ConfigError(faults)
    return Planned(plans, tuple(notes))


def _zones(loaded: Loaded, slug: str, city: CitySettings) -> tuple[ZoneSet, tuple[str, ...]]:
    if city.hexagons is not None and slug not in loaded.zone_files:
        return hexagon_zones(*city.hexagons.bbox, city.hexagons.resolution), ()
    return parse_zones(loaded.zone_files[slug].data, repair=city.repair_zones)


def _unknown_zones(loaded: Loaded, slug: str, city: CitySettings, zones: ZoneSet) -> list[Fault]:
    return [
        loaded.fault(
            ("cities", slug, "zone", zone_id),
            f"there is no such zone in the zone file{nearest(zone_id, zones.index)}",
        )
        for zone_id in city.zone
        if zone_id not in zones.index
    ]


def _plan(settings: Settings, slug: str, city: CitySettings, zones: ZoneSet) -> CityPlan:
    keep = settings.retention
    return CityPlan(
        slug=slug,
        name=city.name or slug,
        zones=zones,
        locator=Locator(zones),
        rulebook=rulebook(settings, slug),
        stale_ms=round(city.courier_stale_s * 1000),
        pace=Pace(
            detour=city.detour,
            speed_kmh=city.speed_kmh,
            pickup_min=city.pickup_min,
            dropoff_min=city.dropoff_min,
        ),
        actions=_actions(settings, slug),
        retention=Retention(
            order_closed_ms=round(keep.order_closed_s * 1000),
            order_open_ms=round(keep.order_open_s * 1000),
            courier_ms=round(keep.courier_s * 1000),
            venue_ms=round(keep.venue_s * 1000),
            alerts_kept=keep.alerts_kept,
            couriers_max=keep.couriers_max,
            orders_max=keep.orders_max,
            venues_max=keep.venues_max,
        ),
    )


def _actions(settings: Settings, slug: str) -> ActionSettings:
    """A city's bounds of actions; what names no targets goes to every MQTT broker."""
    actions = actions_of(settings, slug)
    brokers = ["broker"] if settings.broker.enabled else []
    brokers += [name for name, one in settings.sources.items() if isinstance(one, MqttSource)]
    everywhere = tuple(map(broker_target, brokers))
    push, pause = actions.push_couriers, actions.pause_venue
    return replace(
        actions,
        push_couriers=replace(push, targets=push.targets or everywhere),
        pause_venue=replace(pause, targets=pause.targets or everywhere),
    )


def broker_target(source: str) -> str:
    """The name of the target that every MQTT broker is without being configured as one."""
    return f"mqtt.{source}"
