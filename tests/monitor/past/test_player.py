"""A recorded lunch is played as it was: at any moment, in any order, and from one to the next."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from monitor.core.views.marks import marks_of
from monitor.past.files import listing
from monitor.past.player import NotRecordedError, Player
from monitor.runtime.clock import Clock, EventClock, VirtualClock
from tests.support.past_day import CITY, MINUTE, Day, Held, Json, lines, put, record_day
from ws.messages import LAYERS

# What is worked out anew at each look, not remembered.
ANEW = {"zones": ("clear_min",)}
# What grows with the time alone: a page lets it grow from what it holds.
GROWING = {
    "zones": ("clear_min", "oldest_wait_s", "ts", "stale"),
    "couriers": ("age_s", "silent"),
    "orders": ("late_min",),
    "venues": ("takes_orders",),
}


def without(held: Held, fields: Mapping[str, tuple[str, ...]]) -> Held:
    """The same without some fields."""
    return {
        layer: {
            key: {name: value for name, value in item.items() if name not in fields.get(layer, ())}
            for key, item in items.items()
        }
        for layer, items in held.items()
    }


def opened(player: Player, ts: int) -> Held:
    """What the player shows of a moment."""
    held: Held = {}
    for message in lines(b"\n".join(player.open(ts, CITY, LAYERS, "json"))):
        put(held, message)
    return held


def played(player: Player, to_ts: int, every_ms: int = 1_000) -> list[Json]:
    """What it tells from there on."""
    return lines(b"\n".join(player.play(to_ts, every_ms)))


@pytest.fixture(scope="module", params=["system", "events"])
def day(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Day:
    """The lunch, by either clock."""
    clock: Clock = VirtualClock() if request.param == "system" else EventClock()
    return asyncio.run(record_day(tmp_path_factory.mktemp(request.param), clock))


def test_the_lunch_is_worth_to_be_played(day: Day) -> None:
    """Alerts fired, actions were begun, somebody acted, and points were taken."""
    assert day.acked
    last = day.looks[max(day.looks)]
    assert all(last[layer] for layer in ("zones", "venues", "orders", "couriers"))
    assert sum(len(look["alerts"]) for look in day.looks.values()) > 10
    assert sum(len(look["actions"]) for look in day.looks.values()) > 5
    assert len(listing(day.folder).points) >= 4


def test_a_moment_is_shown_as_it_was(day: Day) -> None:
    """Every layer of every moment equals what a watcher was shown then, forwards and backwards."""
    player = Player(day.folder, [day.plan])
    moments = sorted(day.looks)
    for ts in [*moments, *reversed(moments)]:
        assert without(opened(player, ts), ANEW) == without(day.looks[ts], ANEW), ts


def test_what_happens_next_leads_to_the_next_moment(day: Day) -> None:
    """A page that puts the changes into what it held of one moment holds the next one."""
    player = Player(day.folder, [day.plan])
    first, *later = sorted(day.looks)
    held = opened(player, first)
    for ts in later:
        for message in played(player, ts, every_ms=7_000):
            put(held, message)
        assert without(held, GROWING) == without(day.looks[ts], GROWING), ts


def test_what_people_did_is_played(day: Day) -> None:
    """The alert is nobody's a moment before it was acknowledged, and Anna's at that moment."""
    player = Player(day.folder, [day.plan])
    alert_id, ts = day.acked["id"], day.acked["ts"]
    before = opened(player, ts - 1)["alerts"][alert_id]
    after = opened(player, ts)["alerts"][alert_id]
    assert (before["acked_by"], before["claimed_by"], before["notes"]) == (None, None, [])
    assert (after["acked_by"], after["claimed_by"]) == ("anna", "anna")
    assert [note["text"] for note in after["notes"]] == ["looking"]


def test_marks_are_what_is_played(day: Day) -> None:
    """The alerts and steps of actions on the time line are those that the changes tell."""
    assert day.state is not None
    player = Player(day.folder, [day.plan])
    opened(player, day.start_ms + 3 * MINUTE)
    told = played(player, day.end_ms, every_ms=MINUTE)
    marks = marks_of(day.state.cities[CITY], day.start_ms, day.end_ms, day.end_ms)
    alerts = {i["id"]: i for m in told if m.get("layer") == "alerts" for i in m["items"]}
    assert {(m.id, m.fired_ts, m.resolved_ts) for m in marks.alerts} == {
        (a["id"], a["fired_ts"], a["resolved_ts"]) for a in alerts.values()
    }
    steps = {
        (item["id"], step["ts"], step["state"])
        for message in told
        if message.get("layer") == "actions"
        for item in message["items"]
        for step in item["record"]
    }
    assert {(m.id, *step) for m in marks.actions for step in m.steps} == steps
    assert marks.whole_from_ts is None
    some = marks_of(day.state.cities[CITY], day.start_ms, day.acked["ts"], day.end_ms)
    assert 0 < len(some.alerts) < len(marks.alerts)


def test_lines_come_in_the_order_of_their_time(day: Day) -> None:
    """Each delta is stamped with its own time; alerts with that of their change."""
    player = Player(day.folder, [day.plan])
    first, *_, last = sorted(day.looks)
    opened(player, first)
    told = played(player, last, every_ms=30_000)
    times = [message["ts"] for message in told]
    assert times == sorted(times)
    changes = [m for m in told if m["layer"] == "alerts"]
    assert any(message["ts"] % 30_000 for message in changes)
    resolved = [(m["ts"], i["resolved_ts"]) for m in changes for i in m["items"]]
    assert all(ts - then < 5_000 for ts, then in resolved if then is not None)


def test_couriers_come_as_columns_where_asked_for(day: Day) -> None:
    """In that form the couriers are slots and frames, the other layers what they always are."""
    player = Player(day.folder, [day.plan])
    first, second, *_ = sorted(day.looks)
    begun = lines(b"\n".join(player.open(first, CITY, ("alerts", "couriers"), "columns")))
    assert [message["type"] for message in begun] == ["then", "snapshot", "slots", "frame"]
    told = played(player, second, every_ms=MINUTE)
    assert sum(message["type"] == "frame" for message in told) == (second - first) // MINUTE


def test_what_was_never_recorded_is_refused(day: Day) -> None:
    """A time before the first point has nothing to begin from."""
    player = Player(day.folder, [day.plan])
    with pytest.raises(NotRecordedError):
        opened(player, day.start_ms - 1)


def test_a_point_that_is_broken_is_passed_over(day: Day, tmp_path: Path) -> None:
    """Where the nearest point can't be used, an older one and more of the journal do as well."""
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in day.folder.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    ts = max(day.looks)
    nearest = listing(copy).points_before(ts)[0]
    nearest.path.write_bytes(nearest.path.read_bytes()[:-1])
    shown: Any = opened(Player(copy, [day.plan]), ts)
    assert without(shown, ANEW) == without(day.looks[ts], ANEW)
