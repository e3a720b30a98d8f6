"""`citywatch replay`, the real command, against the independent recount on made-up days."""

import json
from pathlib import Path
from random import Random

import pytest

from tests.support import days, dirt
from tests.support.recount import differences, recount
from tests.support.replay_desk import Desk, Json, read


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """The made-up city."""
    return Desk(tmp_path, days.CITY, days.zones())


def without_wall(written: bytes) -> list[bytes]:
    """The output's lines, the summary without how long it took."""
    *lines, summary = written.splitlines()
    parts = json.loads(summary)
    assert parts.pop("wall_s") >= 0
    return [*lines, json.dumps(parts).encode()]


def assert_equal_to_recount(lines: list[str], written: list[Json], every_s: float = 60) -> None:
    """Figures, counts and the alerts of the seven judged rules."""
    expected = recount(lines, days.zones(), [days.CITY], every_s)
    assert expected.alerts
    found = differences(expected, written)
    assert not found, "\n".join([f"{len(found)} differences", *found[:20]])


@pytest.mark.parametrize("seed", range(1, 7))
def test_a_clean_day_is_equal_to_the_recount(desk: Desk, seed: int) -> None:
    """Every zone's figures of every minute, the counts and the alerts of seven rules."""
    lines = days.day(seed)
    assert_equal_to_recount(lines, read(desk.command(desk.write(lines))))


@pytest.mark.parametrize("seed", range(11, 17))
def test_a_dirty_day_is_equal_to_the_recount(desk: Desk, seed: int) -> None:
    """Also with repeats, lines out of order, contradictions, orphans and refused lines."""
    lines, _ = dirt.dirty(days.day(seed), Random(seed))
    assert_equal_to_recount(lines, read(desk.command(desk.write(lines))))


@pytest.mark.parametrize(("seed", "stream"), [(71, "order."), (72, "courier."), (73, "venue.")])
def test_a_silent_feed_is_equal_to_the_recount(desk: Desk, seed: int, stream: str) -> None:
    """Seven minutes without one stream: the alert for it, and what it holds meanwhile."""
    gap = range(days.START_MS + 55 * 60_000, days.START_MS + 62 * 60_000)
    events = [(line, json.loads(line)) for line in days.day(seed)]
    # Whether a delivery ends an unpaid order's alert is another matter: its own test's.
    unpaid = {event["order_id"] for _, event in events if event.get("payment") == "unpaid"}
    lines = [
        line
        for line, event in events
        if not (event["type"].startswith(stream) and event["ts"] in gap)
        and event.get("order_id") not in unpaid
    ]
    written = read(desk.command(desk.write(lines)))
    assert_equal_to_recount(lines, written)
    assert [x for x in written if x["type"] == "alert" and x["rule"] == "feed_silent"]


@pytest.mark.parametrize("seed", [21, 22])
def test_milliseconds_count(desk: Desk, seed: int) -> None:
    """Events at odd milliseconds end in the same figures as the recount's, dirty ones too."""
    lines, _ = dirt.dirty(days.day(seed, step_ms=1), Random(seed))
    expected = recount(lines, days.zones(), [days.CITY], alerts=False)
    written = read(desk.command(desk.write(lines)))
    assert differences(expected, written, alerts=False) == []


@pytest.mark.parametrize("every_s", [1, 45])
def test_figures_may_be_had_at_any_pace(desk: Desk, every_s: int) -> None:
    """`--every` 1 and 45 are equal to the recount at every multiple since the epoch."""
    lines = days.day(31, minutes=30, orders=60)
    written = read(desk.command(desk.write(lines), str(every_s)))
    expected = recount(lines, days.zones(), [days.CITY], every_s, alerts=False)
    assert differences(expected, written, alerts=False) == []


def test_dirt_changes_no_figure_and_no_alert(desk: Desk) -> None:
    """Repeats, stale and refused lines leave all that is written before the summary."""
    lines = days.day(41)
    spoilt, added = dirt.dirty(lines, Random(41), disorder=False)
    clean, dirty = read(desk.command(desk.write(lines))), read(desk.command(desk.write(spoilt)))
    assert [x for x in clean if x["type"] == "zone"] == [x for x in dirty if x["type"] == "zone"]
    assert [x for x in clean if x["type"] == "alert"] == [x for x in dirty if x["type"] == "alert"]
    reasons = added.keys() - {"repeat", "stale"}
    assert dirty[-1]["rejected"] == {reason: added[reason] for reason in reasons}


def test_the_same_day_gives_the_same_bytes_however_it_comes(desk: Desk) -> None:
    """Twice from a file, from gzip and from standard input: `wall_s` aside, byte for byte."""
    lines, _ = dirt.dirty(days.day(51, minutes=60), Random(51))
    first = without_wall(desk.command(desk.write(lines)))
    assert without_wall(desk.command(desk.write(lines))) == first
    assert without_wall(desk.command(desk.write(lines, "day.ndjson.gz"))) == first
    piped = (desk.folder / "day.ndjson").read_bytes()
    assert without_wall(desk.command("-", piped=piped)) == first


def test_lines_are_written_in_the_order_of_virtual_time(desk: Desk) -> None:
    """Zone and alert lines never go back in time, and the summary is the one last line."""
    written = read(desk.command(desk.write(days.day(61))))
    times = [x["ts"] if x["type"] == "zone" else x["updated_ts"] for x in written[:-1]]
    assert times == sorted(times)
    assert [x["type"] for x in written].count("summary") == 1
    assert written[-1]["type"] == "summary"
