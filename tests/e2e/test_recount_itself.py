"""The recount on days small enough to be worked out by hand.

Every figure here was derived from the contract on paper, none taken from the recount's output.
"""

import json
from random import Random
from typing import Any

import pytest

from tests.support import days, dirt
from tests.support.recount import Recount, differences, main, recount
from tests.support.small_day import (
    MINUTE,
    T0,
    ZONES,
    Json,
    at,
    count,
    event,
    figures,
    order,
    placed,
    square,
    tick,
    venue,
)


def test_figures_stand_at_every_whole_minute_within_the_day() -> None:
    """A day from 10 s before a minute to 130 s after it has three minutes of figures."""
    result = count(tick(-10), tick(130))
    assert sorted({key[0] for key in result.figures}) == [T0, T0 + MINUTE, T0 + 2 * MINUTE]
    assert (result.first_ts, result.last_ts) == (T0 - 10_000, T0 + 130_000)


def test_a_minute_holds_what_stands_before_the_first_later_event() -> None:
    """A position for second 50 that stands after one of second 61 misses the minute."""
    result = count(at(0, "a", 0.5), at(60, "b", 0.5), tick(61), at(50, "c", 0.5), tick(120))
    assert figures(result, 60) == (2, 0, 0, 0, 0)
    # At 120 s: a is 120 s old and silent, b exactly 60 s, c 70 s.
    assert figures(result, 120) == (1, 0, 0, 0, 0)


def test_a_courier_of_exactly_sixty_seconds_still_counts() -> None:
    """A position counts for 60 s and not a millisecond longer."""
    result = count(at(0, "a", 0.5), at(-0.001, "b", 0.5), tick(60))
    assert figures(result, 60)[0] == 1


def test_a_courier_is_busy_in_all_statuses_but_idle_and_off() -> None:
    """to_venue, at_venue and to_customer are busy, no status is idle, off is nowhere."""
    words = ["to_venue", "at_venue", "to_customer", "off", "idle"]
    positions = [at(0, word, 0.5, status=word) for word in words]
    assert figures(count(*positions, at(0, "none", 0.5)), 0)[:2] == (2, 3)


def test_a_status_keeps_but_does_not_refresh_the_position() -> None:
    """Only a position makes a courier fresh again; without status it keeps the last one."""
    status = event(50, "courier.status", courier_id="a", status="to_venue")
    result = count(at(0, "a", 0.5), status, tick(60), tick(120), at(130, "a", 1.5), tick(180))
    assert figures(result, 60) == (0, 1, 0, 0, 0)
    assert figures(result, 120) == (0, 0, 0, 0, 0)
    assert figures(result, 180, "east") == (0, 1, 0, 0, 0)


def test_an_older_position_is_stale_and_an_equal_one_wins() -> None:
    """Any event of the courier makes older ones stale; at one time the later line counts."""
    status = event(30, "courier.status", courier_id="a", status="idle")
    result = count(at(20, "a", 0.5), at(20, "a", 1.5), status, at(29, "a", 0.5), tick(60))
    assert figures(result, 60, "east")[0] == 1
    assert (result.applied, result.stale) == (4, 1)


def test_a_point_on_a_shared_border_is_in_the_first_zone_of_the_highest_priority() -> None:
    """The border belongs to both: priority decides, then the file's order."""
    assert figures(count(at(0, "a", 1.0)), 0, "west")[0] == 1
    better: Json = {
        "type": "FeatureCollection",
        "features": [square("west", 0), square("east", 1, priority=1)],
    }
    assert figures(count(at(0, "a", 1.0), zones=better), 0, "east")[0] == 1


def test_an_order_waits_from_placed_until_assigned() -> None:
    """Placed at 10 s and assigned at 100 s: waits 50 s at the first minute, none at 120."""
    steps = [placed(10), tick(60), order(100, "assigned", courier_id="a"), tick(120)]
    result = count(venue(0, 0.5), *steps, order(130, "delivered"), tick(180))
    assert figures(result, 60) == (0, 0, 1, 1, 50)
    assert figures(result, 120) == (0, 0, 1, 0, 0)
    assert figures(result, 180) == (0, 0, 0, 0, 0)


def test_a_pick_up_without_a_courier_ends_the_wait_until_unassigned() -> None:
    """picked_up implies assigned; an unassigned after it makes the order wait again."""
    steps = [placed(0), order(10, "picked_up"), tick(60), order(70, "unassigned"), tick(120)]
    result = count(venue(0, 0.5), *steps)
    assert figures(result, 60) == (0, 0, 1, 0, 0)
    assert figures(result, 120) == (0, 0, 1, 1, 120)


def test_an_unpaid_order_counts_nowhere_until_it_is_paid() -> None:
    """Unpaid orders are neither open nor waiting; cash is as good as paid."""
    steps = [placed(0, payment="unpaid"), tick(60), order(70, "payment", payment="cash")]
    result = count(venue(0, 0.5), *steps, tick(120))
    assert figures(result, 60) == (0, 0, 0, 0, 0)
    assert figures(result, 120) == (0, 0, 1, 1, 120)


def test_orders_follow_their_venue() -> None:
    """No place: no zone; a place: its zone; a move takes the open orders along."""
    result = count(placed(0), tick(60), venue(70, 0.5), tick(120), venue(130, 1.5), tick(180))
    assert figures(result, 60)[2] == 0
    assert figures(result, 120)[2] == 1
    assert figures(result, 180)[2] == 0
    assert figures(result, 180, "east")[2] == 1


def test_an_orphan_has_no_zone_until_its_placing_comes_late() -> None:
    """An unknown order's step opens it, counted once; the late placing fills in the rest."""
    late = [venue(0, 0.5), order(50, "accepted"), order(55, "ready"), tick(61), placed(5)]
    result = count(*late, tick(120))
    assert figures(result, 60)[2] == 0
    assert figures(result, 120) == (0, 0, 1, 1, 115)
    assert (result.orphan, result.applied, result.stale) == (1, 6, 0)


def test_a_second_placing_changes_nothing() -> None:
    """The first `order.placed` stands: its venue, its time, its payment."""
    second = placed(30, venue_id="w", payment="unpaid")
    result = count(venue(0, 0.5), venue(0, 1.5, "w"), placed(10), second, tick(60))
    assert figures(result, 60) == (0, 0, 1, 1, 50)
    assert result.stale == 0


def test_an_ended_order_stays_ended() -> None:
    """Nothing that is heard after the delivery opens the order again."""
    end = [placed(0), order(20, "delivered"), order(10, "accepted"), order(30, "unassigned")]
    result = count(venue(0, 0.5), *end, tick(60))
    assert figures(result, 60) == (0, 0, 0, 0, 0)
    assert (result.applied, result.stale) == (6, 0)


def test_a_late_step_fills_a_gap_and_is_else_stale() -> None:
    """A late accept after ready fills in; a second late one, and an older unassign, do not."""
    steps = [placed(0), order(30, "ready"), order(20, "accepted"), order(15, "accepted")]
    more = [order(40, "assigned", courier_id="a"), order(35, "unassigned"), tick(60)]
    result = count(venue(0, 0.5), *steps, *more)
    assert (result.applied, result.stale) == (6, 2)
    assert figures(result, 60) == (0, 0, 1, 0, 0)


def test_a_late_payment_newer_than_the_last_one_is_applied() -> None:
    """Each field has its own time: payment at 20 s counts though ready at 30 s came before."""
    steps = [placed(0, payment="unpaid"), order(30, "ready"), order(20, "payment", payment="paid")]
    result = count(venue(0, 0.5), *steps, order(10, "payment", payment="unpaid"), tick(60))
    assert figures(result, 60)[2] == 1
    assert (result.applied, result.stale) == (5, 1)


def test_a_late_heartbeat_does_not_move_a_venue_back() -> None:
    """An older place is stale, a late heartbeat newer than the last one is applied."""
    beats = [event(second, "venue.heartbeat", venue_id="v") for second in (5, 20, 10)]
    result = count(venue(30, 1.5), *beats, venue(10, 0.5), placed(40), tick(60))
    assert figures(result, 60, "east")[2] == 1
    # The first heartbeat fills a gap, the second is newer, the third older than both.
    assert (result.applied, result.stale) == (5, 2)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "malformed"),
        ('{"type":"city.weather","city":"t","ts":NaN}', "malformed"),
        (b"\xff\xfe", "malformed"),
        (event(0, "courier.flew"), "unknown_type"),
        (event(0, "venue.heartbeat"), "invalid"),
        ({"type": "city.weather", "city": "t", "ts": "0"}, "invalid"),
        ({"type": "city.weather", "city": "t", "ts": -1}, "invalid"),
        (event(0, "courier.status", courier_id="a", status="asleep"), "invalid"),
        (event(0, "courier.status", courier_id="", status="off"), "invalid"),
        (event(0, "courier.status", courier_id="x" * 129, status="off"), "invalid"),
        (at(0, "a", 180.5), "coordinates"),
        (placed(0, dropoff={"lat": -91, "lon": 0}), "coordinates"),
        ({**tick(0), "city": "elsewhere"}, "unknown_city"),
        (tick(86_400.001), "future"),
    ],
)
def test_what_is_refused_is_counted_under_its_reason(line: Json | str | bytes, reason: str) -> None:
    """Each kind of bad line has its reason, and moves neither the clock nor a figure."""
    text = json.dumps(line) if isinstance(line, dict) else line
    result = recount([json.dumps(tick(0)), text, json.dumps(tick(1))], ZONES, ["t"])
    assert dict(result.rejected) == {reason: 1}
    assert (result.events, result.applied, result.last_ts) == (3, 2, T0 + 1000)


def test_exactly_a_day_ahead_is_taken() -> None:
    """More than a day is the future; a day is a gap."""
    result = recount([json.dumps(tick(s)) for s in (0, 86_400)], ZONES, ["t"], alerts=False)
    assert result.applied == 2


@pytest.mark.parametrize("seed", [1, 2])
def test_dirt_without_disorder_changes_nothing_but_the_counts(seed: int) -> None:
    """Repeats, stale and refused lines leave every figure and alert; each is counted."""
    lines = days.day(seed, minutes=40, orders=80)
    spoilt, added = dirt.dirty(lines, Random(seed), disorder=False)
    clean = recount(lines, days.zones(), [days.CITY])
    result = recount(spoilt, days.zones(), [days.CITY])
    assert result.figures == clean.figures
    assert result.alerts == clean.alerts
    reasons = added.keys() - {"repeat", "stale"}
    assert dict(result.rejected) == {reason: added[reason] for reason in reasons}
    assert added["stale"] <= result.stale <= added["stale"] + added["repeat"]
    assert result.events == result.applied + result.stale + result.rejected.total()
    assert result.events == len(spoilt)


def test_a_made_up_day_is_the_same_for_the_same_seed() -> None:
    """Seeds make days, and a day has every kind of event."""
    assert days.day(5) == days.day(5)
    assert days.day(5) != days.day(6)
    kinds = {json.loads(line)["type"] for line in days.day(5)}
    assert len(kinds) == 17


def replayed(result: Recount) -> list[Json]:
    """The lines that a replay in full agreement would have written."""
    lines: list[Json] = [
        {"type": "zone", "ts": ts, "city": city, "zone_id": zone_id, **zone}
        for (ts, city, zone_id), zone in result.figures.items()
    ]
    names = ("events", "applied", "stale", "orphan", "first_ts", "last_ts")
    summary = {name: getattr(result, name) for name in names}
    return [*lines, {"type": "summary", **summary, "rejected": dict(result.rejected)}]


def test_the_comparison_finds_a_single_wrong_figure(
    tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Equal output passes; one courier too many, or one line missing, is told and exits 1."""
    lines = days.day(3, minutes=20, orders=30)
    result = recount(lines, days.zones(), [days.CITY], alerts=False)
    good = replayed(result)
    assert differences(result, good, alerts=False) == []
    (tmp_path / "day.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "zones.geojson").write_text(json.dumps(days.zones()), encoding="utf-8")
    files = [str(tmp_path / name) for name in ("day.ndjson", "zones.geojson", "out.ndjson")]

    def compare(written: list[Json]) -> int:
        (tmp_path / "out.ndjson").write_text("\n".join(map(json.dumps, written)), encoding="utf-8")
        return main(files)

    assert compare(good) == 0
    assert compare([{**good[0], "idle": good[0]["idle"] + 1}, *good[1:]]) == 1
    assert compare(good[1:]) == 1
    assert "1 differences" in capsys.readouterr().out
