"""The input of a comparison: zones, a stream of positions and orders, configuration, case file.

Everything is drawn from a fixed seed. Zones are those of a GeoJSON file, or made here: a Voronoi
tessellation whose shared borders are wiggled. Couriers crowd in the middle and walk; venues lie
everywhere and are flooded with orders one after the other, so that the outskirts run short.
"""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from bench.day import START_MS
from bench.peers.subset import Case
from zones.geojson import parse_zones, to_geojson
from zones.polygons import ZoneSet

CITY = "bench"
BOX = (23.93, 56.86, 24.33, 57.09)
GRID = 1e-7  # degrees: what borders are rounded to
REPORT_MS = 5_000  # how often a courier tells where he is
ORDERS = 0.01  # orders to each position
VENUES = 100
STATUSES = np.array(["idle", "to_venue", "at_venue", "to_customer", "off"])
RULES_OFF = (
    *("order_unaccepted", "order_unassigned", "order_pickup_late", "order_late", "order_unpaid"),
    *("order_problem", "venue_slow", "venue_silent", "courier_silent", "courier_stuck"),
    *("feed_silent", "city_stall"),
)


def zones_of(path: Path) -> ZoneSet:
    """The zones of a file, invalid rings mended."""
    return parse_zones(path.read_bytes(), repair=True)[0]


def made_zones(count: int, points: int, seed: int = 11) -> ZoneSet:
    """A tessellation of `count` zones with wiggly borders, of about `points` points each."""
    rng = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(count)))
    west, south, east, north = BOX
    cells = rng.permutation(side * side)[:count]
    spread = np.stack([cells % side, cells // side], axis=1) + rng.uniform(0.2, 0.8, (count, 2))
    middles = spread / side * [east - west, north - south] + [west, south]
    box = shapely.box(*BOX)
    diagram = shapely.voronoi_polygons(shapely.MultiPoint(middles), extend_to=box)
    clipped = shapely.intersection(shapely.get_parts(diagram), box)
    edges = shapely.get_parts(shapely.union_all(shapely.boundary(clipped), grid_size=GRID))
    halfway = shapely.line_interpolate_point(edges, 0.5, normalized=True)
    outer = shapely.distance(box.boundary, halfway) < GRID
    wiggled = [
        edge if straight else _wiggle(edge, points // 5, rng)
        for edge, straight in zip(edges, outer.tolist(), strict=True)
    ]
    shapes = shapely.get_parts(shapely.polygonize(wiggled))
    assert len(shapes) == count, f"{len(shapes)} zones came of {count}"
    ids = tuple(f"zone-{number:03}" for number in range(count))
    return ZoneSet(ids, ids, shapes, np.zeros(count))


def _wiggle(edge: shapely.LineString, points: int, rng: np.random.Generator) -> shapely.LineString:
    """A border between the same two ends that wanders by a few hundredths of its length."""
    ends = shapely.get_coordinates(edge)[[0, -1]]
    along = np.linspace(0, 1, points + 2)[:, None]
    waves = np.arange(1, max(points // 4, 2))
    aside = (np.sin(np.pi * along * waves) * rng.normal(0, 0.02, len(waves)) / waves**1.5).sum(
        axis=1
    )
    across = np.array([ends[0, 1] - ends[1, 1], ends[1, 0] - ends[0, 0]])
    line = ends[0] + along * (ends[1] - ends[0]) + aside[:, None] * across
    line = np.round(line / GRID) * GRID
    line[[0, -1]] = ends  # to the last bit, so that borders meet
    return shapely.LineString(line)


def write_case(
    folder: Path,
    zones: ZoneSet,
    events: int,
    couriers: int,
    *,
    orders: float = ORDERS,
    for_s: int = 15,
) -> Path:
    """Zones, events, `citywatch.toml` (the subset), `all_rules.toml` and `case.json`, its path."""
    (folder / "zones.geojson").write_text(json.dumps(to_geojson(zones)))
    write_events(folder / "events.ndjson", zones, events, couriers, orders)
    case = Case(
        city=CITY,
        zones=str(folder / "zones.geojson"),
        zone_ids=list(zones.ids),
        events=str(folder / "events.ndjson"),
        every_ms=60_000,
        stale_ms=60_000,
        ratio_raise=1.5,
        ratio_clear=1.25,
        min_on_shift=3,
        for_ms=for_s * 1000,
        keep_ms=for_s * 1000,
    )
    (folder / "case.json").write_text(json.dumps(asdict(case)))
    (folder / "citywatch.toml").write_text(config_of(case))
    (folder / "all_rules.toml").write_text(_city_table(zones="zones.geojson"))
    return folder / "case.json"


def _city_table(zones: str) -> str:
    return f'[cities.{CITY}]\ntimezone = "Europe/Riga"\nzones = "{zones}"\n'


def config_of(case: Case) -> str:
    """The configuration under which citywatch does what the peers do: one rule, by ratio only."""
    off = "".join(f"[rules.{rule}]\nenabled = false\n" for rule in RULES_OFF)
    return (
        f"{_city_table('zones.geojson')}courier_stale_s = {case.stale_ms / 1000:g}\n"
        f'[rules.zone_shortage]\nmode = "off"\nratio_raise = {case.ratio_raise}\n'
        f"ratio_clear = {case.ratio_clear}\nmin_on_shift = {case.min_on_shift}\n"
        f"for_s = {case.for_ms / 1000:g}\nkeep_s = {case.keep_ms / 1000:g}\n"
        "critical_ratio_raise = 1000\ncritical_ratio_clear = 999\n"
        "wait_raise_s = 86400\nwait_clear_s = 86000\n"
        f"critical_wait_raise_s = 86400\ncritical_wait_clear_s = 86000\n{off}"
    )


def write_events(path: Path, zones: ZoneSet, events: int, couriers: int, orders: float) -> None:
    """About `events` lines in the order of their time, with `orders` orders to each position."""
    rng = np.random.default_rng(5)
    positions = round(events / (1 + 3 * orders))
    span_ms = positions * REPORT_MS // couriers
    stamped = _positions(rng, zones, positions, couriers, span_ms)
    stamped += _orders(rng, zones, round(positions * orders), couriers, span_ms)
    stamped.sort(key=lambda item: item[0])
    with path.open("w") as file:
        file.writelines(line for _, line in stamped)


def _positions(
    rng: np.random.Generator, zones: ZoneSet, count: int, couriers: int, span_ms: int
) -> list[tuple[int, str]]:
    """Each courier in turn; some stay silent from some time on, some lines come twice."""
    west, south, east, north = zones.bounds
    size = np.array([east - west, north - south])
    place = np.array([west, south]) + size * np.clip(rng.normal(0.5, 0.15, (couriers, 2)), 0, 1)
    status = rng.choice(STATUSES, couriers, p=[0.4, 0.2, 0.1, 0.2, 0.1])
    silent_from = np.where(rng.random(couriers) < 0.05, rng.random(couriers) * span_ms, np.inf)
    lines: list[tuple[int, str]] = []
    last: dict[int, str] = {}
    at = 0
    while len(lines) < count:
        who = at % couriers
        ts = at * REPORT_MS // couriers
        if who == 0:
            place += rng.normal(0, 0.0015, (couriers, 2)) * size
            turned = rng.random(couriers) < 0.1
            status[turned] = rng.choice(STATUSES, int(turned.sum()))
            told, again = rng.random(couriers) < 0.9, rng.random(couriers) < 0.005
        at += 1
        if ts >= silent_from[who]:
            continue
        line = (
            f'{{"type":"courier.position","city":"{CITY}","ts":{START_MS + ts},'
            f'"courier_id":"c{who:05}","lat":{place[who, 1]:.6f},"lon":{place[who, 0]:.6f},'
            + (f'"status":"{status[who]}",' if told[who] else "")
            + '"accuracy_m":5.0,"speed_mps":4.2}\n'
        )
        lines.append((START_MS + ts, line))
        if again[who] and who in last:
            lines.append((START_MS + ts, last[who]))  # an old one, sent again
        last[who] = line
    return lines


def _orders(
    rng: np.random.Generator, zones: ZoneSet, count: int, couriers: int, span_ms: int
) -> list[tuple[int, str]]:
    """Venues, and orders that flood each of them for a while: placed, assigned, then at an end."""
    west, south, east, north = zones.bounds
    lon = (west + rng.random(VENUES) * (east - west)).round(6)
    lat = (south + rng.random(VENUES) * (north - south)).round(6)
    lines = [
        _event(START_MS, "venue.updated", f'"venue_id":"v{v:03}","lat":{lat[v]},"lon":{lon[v]}')
        for v in range(VENUES)
    ]
    flood = rng.random(VENUES) * 0.5 * span_ms
    for number, venue in enumerate(rng.integers(0, VENUES, count).tolist()):
        placed = int(flood[venue] + rng.random() * 0.1 * span_ms)
        assigned = placed + int((0.02 + rng.random() * 0.1) * span_ms)
        ended = assigned + int((0.2 + rng.random() * 0.3) * span_ms)
        order = f'"order_id":"o{number:06}"'
        ordered = (
            f'{order},"venue_id":"v{venue:03}","dropoff":{{"lat":{lat[venue]},"lon":{lon[venue]}}},'
            f'"promised_ts":{START_MS + placed + 1_800_000}'
        )
        courier = f'{order},"courier_id":"c{rng.integers(couriers):05}"'
        end = "order.delivered" if rng.random() < 0.95 else "order.cancelled"
        lines.append(_event(START_MS + placed, "order.placed", ordered))
        lines.append(_event(START_MS + assigned, "order.assigned", courier))
        lines.append(_event(START_MS + ended, end, order))
    return lines


def _event(ts: int, kind: str, rest: str) -> tuple[int, str]:
    return ts, f'{{"type":"{kind}","city":"{CITY}","ts":{ts},{rest}}}\n'


def vertices(zones: ZoneSet) -> NDArray[np.int64]:
    """How many points each zone's border has."""
    counts: NDArray[np.int64] = shapely.get_num_coordinates(zones.geometries)
    return counts
