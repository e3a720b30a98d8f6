"""The import of a meal-delivery instance: a whole, lawful day, the same each time."""

import gzip
import json
import tomllib
from collections import Counter
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.events import (
    CourierPosition,
    OrderAccepted,
    OrderCancelled,
    OrderDelivered,
    OrderPlaced,
    OrderProblem,
    OrderReady,
    VenueHeartbeat,
    VenueUpdated,
)
from sim.instance import ImportFault
from sim.mdrp import ImportOptions, import_mdrp, slug
from sim.plane import Plane
from sim.plans import Mishaps
from tests.sim.days import Lawful, decode, write_instance

START = 1_740_985_200_000
QUIET = ImportOptions(mishaps=Mishaps(0.0, 0.0, 0.0, 0.0, 0.0), slow_venue_share=0.0)


def run(directory: Path, out: Path, seed: int = 5, options: ImportOptions | None = None) -> bytes:
    import_mdrp(directory, out, start_ms=START, origin=(56.95, 24.1), seed=seed, options=options)
    return out.read_bytes()


def test_every_order_of_the_instance_lives_a_lawful_life_to_its_end(tmp_path: Path) -> None:
    """Each order is placed once and ends delivered or cancelled, by couriers with one at a time."""
    events = decode(run(write_instance(tmp_path / "day"), tmp_path / "out.ndjson"))
    lawful = Lawful().watch(events)
    assert len(lawful.step) == 12
    assert set(lawful.step.values()) <= {OrderDelivered, OrderCancelled}
    assert not lawful.order_of
    assert set(lawful.status.values()) == {"off"}


def test_orders_are_placed_and_promised_as_the_instance_says(tmp_path: Path) -> None:
    """Placement time, promise, venue and place of an order are those of its line."""
    events = decode(run(write_instance(tmp_path / "day"), tmp_path / "out.ndjson", options=QUIET))
    placed = next(e for e in events if isinstance(e, OrderPlaced) and e.order_id == "o3")
    assert placed.ts == START + (12 + 27) * 60_000
    assert placed.promised_ts == placed.ts + 40 * 60_000
    assert placed.venue_id == "r1"
    x, y = Plane(56.95, 24.1).xy(placed.dropoff.lon, placed.dropoff.lat)
    assert (x, y) == pytest.approx((1200.0, 2750.0), abs=0.02)
    accepted = next(e for e in events if isinstance(e, OrderAccepted) and e.order_id == "o3")
    assert accepted.ready_ts == START + (24 + 30) * 60_000
    ready = next(e for e in events if isinstance(e, OrderReady) and e.order_id == "o3")
    assert abs(ready.ts - accepted.ready_ts) < 10 * 60_000


def test_venues_are_told_first_and_those_with_orders_send_a_heartbeat_a_minute(
    tmp_path: Path,
) -> None:
    """Every venue stands in the first events; heartbeats come once a minute to the day's end."""
    events = decode(run(write_instance(tmp_path / "day"), tmp_path / "out.ndjson"))
    assert {e.venue_id for e in events[:3] if isinstance(e, VenueUpdated)} == {"r1", "r2", "r3"}
    beats = [e.ts for e in events if isinstance(e, VenueHeartbeat) and e.venue_id == "r1"]
    assert {after - before for before, after in pairwise(beats)} == {60_000}
    assert events[-1].ts - beats[-1] <= 60_000


def test_a_courier_reports_near_where_he_stands_every_30_seconds_of_his_shift(
    tmp_path: Path,
) -> None:
    """Couriers without orders stay at their first place, give or take the noise of GPS."""
    orders = "order\tx\ty\tplacement_time\trestaurant\tready_time\no1\t0\t0\t300\tr1\t310\n"
    directory = write_instance(tmp_path / "day", orders=orders)
    events = decode(run(directory, tmp_path / "out.ndjson"))
    plane = Plane(56.95, 24.1)
    mine = [e for e in events if isinstance(e, CourierPosition) and e.courier_id == "c1"]
    assert mine[0].ts >= START + 10 * 60_000
    assert mine[-1].ts < START + 230 * 60_000
    steps = Counter(b.ts - a.ts for a, b in pairwise(mine))
    assert steps.most_common(1)[0][0] == 30_000
    for event in mine:
        assert plane.xy(event.lon, event.lat) == pytest.approx((900.0, 500.0), abs=15.0)


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(tmp_path: Path) -> None:
    """The import is a function of its input and its seed."""
    directory = write_instance(tmp_path / "day")
    first = run(directory, tmp_path / "a.ndjson")
    assert run(directory, tmp_path / "b.ndjson") == first
    assert run(directory, tmp_path / "c.ndjson", seed=6) != first
    packed = run(directory, tmp_path / "a.ndjson.gz")
    assert gzip.decompress(packed) == first
    assert run(directory, tmp_path / "b.ndjson.gz") == packed


def test_absent_fields_are_left_out(tmp_path: Path) -> None:
    """No line of the stream holds a null."""
    assert b"null" not in run(write_instance(tmp_path / "day"), tmp_path / "out.ndjson")


def test_configuration_and_zones_stand_beside_the_stream(tmp_path: Path) -> None:
    """The configuration names the city and its zones, and the zones cover all that happens."""
    directory = write_instance(tmp_path / "Some Day_1")
    report = import_mdrp(directory, tmp_path / "day.ndjson.gz", origin=(10.0, 20.0), seed=1)
    assert report.config == tmp_path / "day.toml"
    written = tomllib.loads(report.config.read_text())
    assert written == {"cities": {"some-day-1": {"timezone": "UTC", "zones": "day.geojson"}}}
    features = json.loads(report.zones.read_text())["features"]
    assert 12 <= len(features) <= 30
    assert [feature["id"] for feature in features[:2]] == ["Z01", "Z02"]
    zones = shapely.polygons([feature["geometry"]["coordinates"][0] for feature in features])
    assert shapely.union_all(zones).area == pytest.approx(shapely.area(zones).sum())
    events = decode(gzip.decompress(report.out.read_bytes()))
    points = [(e.lon, e.lat) for e in events if isinstance(e, CourierPosition | VenueUpdated)]
    tree = shapely.STRtree(zones)
    found = tree.query(shapely.points(points), predicate="intersects")
    assert set(found[0].tolist()) == set(range(len(points)))


def test_the_report_counts_what_was_written(tmp_path: Path) -> None:
    """Events by type, deliveries and times agree with the file."""
    out = tmp_path / "out.ndjson"
    told: list[tuple[int, int]] = []
    report = import_mdrp(
        write_instance(tmp_path / "day"),
        out,
        start_ms=START,
        on_progress=lambda done, total: told.append((done, total)),
    )
    lines = [json.loads(line) for line in out.read_bytes().splitlines()]
    assert report.events == len(lines)
    assert report.by_type == dict(sorted(Counter(line["type"] for line in lines).items()))
    assert report.delivered + report.cancelled == 12
    assert (report.first_ts, report.last_ts) == (START, lines[-1]["ts"])
    assert told[0][0] == 0
    assert told[-1][0] == told[-1][1]


def test_orders_that_nobody_can_bring_are_cancelled_and_the_day_ends(tmp_path: Path) -> None:
    """With one courier who is gone before any order, all clients give up at the maximum."""
    couriers = "courier\tx\ty\ton_time\toff_time\nc1\t0\t0\t0\t5\n"
    directory = write_instance(tmp_path / "day", couriers=couriers)
    events = decode(run(directory, tmp_path / "out.ndjson", options=QUIET))
    placed = {e.order_id: e.ts for e in events if isinstance(e, OrderPlaced)}
    gone = {e.order_id: e for e in events if isinstance(e, OrderCancelled)}
    assert gone.keys() == placed.keys()
    assert all(e.ts - placed[name] == 90 * 60_000 for name, e in gone.items())
    assert {e.reason for e in gone.values()} == {"no_courier"}


def test_mishaps_happen_at_their_share(tmp_path: Path) -> None:
    """With all chances at one, every order is refused or cancelled and complained about."""
    options = ImportOptions(mishaps=Mishaps(cancelled=0.0, refused=1.0, unpaid=0.0, problem=1.0))
    directory = write_instance(tmp_path / "day")
    events = decode(run(directory, tmp_path / "out.ndjson", options=options))
    kinds = Counter(type(event).__name__ for event in events)
    Lawful().watch(events)
    assert kinds["OrderUnassigned"] > 0
    assert kinds["OrderProblem"] == kinds["OrderDelivered"] > 0
    assert len({e.problem for e in events if isinstance(e, OrderProblem)}) > 2


def test_an_output_that_cannot_be_written_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    """A missing folder, .zst and a name without a stem are refused as faults."""
    directory = write_instance(tmp_path / "day")
    with pytest.raises(ImportFault, match="cannot be written"):
        import_mdrp(directory, tmp_path / "no" / "out.ndjson")
    with pytest.raises(ImportFault, match=r"not \.zst"):
        import_mdrp(directory, tmp_path / "out.ndjson.zst")
    with pytest.raises(ImportFault, match="needs a name"):
        import_mdrp(directory, tmp_path / ".ndjson")
    with pytest.raises(ImportFault, match="origin"):
        import_mdrp(directory, tmp_path / "out.ndjson", origin=(91.0, 0.0))
    assert [path.name for path in tmp_path.iterdir()] == ["day"]


def test_a_failed_import_leaves_the_old_output_alone(tmp_path: Path) -> None:
    """The output is replaced only by a complete one."""
    out = tmp_path / "out.ndjson"
    out.write_text("old")
    with pytest.raises(ImportFault):
        import_mdrp(write_instance(tmp_path / "day", orders=""), out)
    assert out.read_text() == "old"
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [("0o100t100s1p100", "0o100t100s1p100"), ("Ōrders  of_May!", "rders-of-may"), ("ß", "city")],
)
def test_a_slug_has_letters_digits_and_hyphens(name: str, expected: str) -> None:
    """Whatever the folder's name, the city's slug is fit for a topic and a TOML key."""
    assert slug(name) == expected


places = st.integers(-3_000, 12_000)


@settings(max_examples=25, deadline=None)
@given(
    couriers=st.lists(
        st.tuples(places, places, st.integers(0, 90), st.integers(0, 120)), min_size=1
    ),
    orders=st.lists(
        st.tuples(places, places, st.integers(0, 150), st.integers(1, 3), st.integers(0, 60)),
        min_size=1,
    ),
    seed=st.integers(0, 9),
)
def test_any_instance_becomes_a_lawful_day(
    couriers: list[tuple[int, int, int, int]],
    orders: list[tuple[int, int, int, int, int]],
    seed: int,
) -> None:
    """However couriers and orders lie, each order ends and each courier goes home."""
    shifts = "".join(
        f"c{n}\t{x}\t{y}\t{on}\t{on + length}\n" for n, (x, y, on, length) in enumerate(couriers)
    )
    wishes = "".join(
        f"o{n}\t{x}\t{y}\t{at}\tr{venue}\t{at + cooking}\n"
        for n, (x, y, at, venue, cooking) in enumerate(orders)
    )
    with TemporaryDirectory() as folder:
        directory = write_instance(
            Path(folder) / "day",
            couriers="courier\tx\ty\ton_time\toff_time\n" + shifts,
            orders="order\tx\ty\tplacement_time\trestaurant\tready_time\n" + wishes,
        )
        options = ImportOptions(position_interval_s=300, heartbeat_interval_s=600)
        events = decode(run(directory, Path(folder) / "out.ndjson", seed, options))
    lawful = Lawful().watch(events)
    assert len(lawful.step) == len(orders)
    assert set(lawful.step.values()) <= {OrderDelivered, OrderCancelled}
    assert set(lawful.status.values()) <= {"off"}
