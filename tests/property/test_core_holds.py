"""Nothing fires before its breach has held, nor stays when it has; judged against every second."""

from typing import Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.core.effects import Effects
from monitor.core.reports import Incoming
from monitor.core.state import State
from monitor.core.timeline import Timeline
from tests.support.cities import CITY, assigned, cancelled, courier, placed
from tests.support.happenings import stories
from tests.support.towns import only, town, venue

FEW = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
FOR_S: Final = 5
CRITICAL_FOR_S: Final = 3
# All times short, so that a story of a minute has many breaches; the ratio needs two on shift.
RULE: Final = {
    "for_s": FOR_S,
    "critical_for_s": CRITICAL_FOR_S,
    "min_on_shift": 2,
    "wait_raise_s": 8,
    "wait_clear_s": 4,
    "critical_wait_raise_s": 14,
    "critical_wait_clear_s": 11,
}

MOMENTS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.0, 0.3, 1.0, 1.0, 2.0, 3.7, 6.0]),
        st.sampled_from(["place", "place", "assign", "cancel", "courier", "courier", "leave"]),
        st.integers(0, 4),
    ),
    min_size=5,
    max_size=50,
)


class Second:
    """What a zone shows at one whole second, and what its alert is then."""

    def __init__(self, ratio: float, on_shift: int, wait_s: float, shown: str | None) -> None:
        enough = on_shift >= 2
        self.warning = (enough and ratio >= 1.5) or wait_s >= 8
        self.critical = (enough and ratio >= 2.0) or wait_s >= 14
        self.calm = ratio < 1.25 and wait_s < 4
        self.calmer = ratio < 1.6 and wait_s < 11
        self.shown = shown  # the severity of what fires


def watch(events: list[Incoming]) -> list[Second]:
    """Every whole second of a story, from the first event's to the last one's."""
    state = State([town(only("zone_shortage", **RULE))])
    city = state.cities[CITY]
    seconds: list[Second] = []

    def look(now_ms: int) -> None:
        balance = city.balance
        on_shift = int(balance.idle[0] + balance.busy[0])
        since = city.oldest_placed(0)
        track = city.book.tracks.get(("zone_shortage", "west"))
        alert = track.alert if track is not None else None
        seconds.append(
            Second(
                int(balance.open[0]) / max(on_shift, 1),
                on_shift,
                0.0 if since < 0 else (now_ms - since) / 1000,
                alert.severity if alert is not None and alert.state == "firing" else None,
            )
        )

    timeline = Timeline(state, lambda effects, second: None, every_ms=1_000, on_tick=look)
    timeline.feed(events)
    timeline.finish()
    return seconds


def told(moments: list[tuple[float, str, int]]) -> list[Incoming]:
    """Orders and couriers of the west, and twenty quiet seconds after them."""
    now = 0.0
    events: list[Incoming] = [venue(0)]
    for gap, what, number in moments:
        now += gap
        match what:
            case "place":
                events.append(placed(now, f"o{len(events)}"))
            case "assign":
                events.append(assigned(now, f"o{len(events) - number - 1}", "c0"))
            case "cancel":
                events.append(cancelled(now, f"o{len(events) - number - 1}"))
            case "courier":
                events.append(courier(now, f"c{number}", 0.05))
            case _:
                events.append(courier(now, f"c{number}", 0.15))
    return [*events, courier(now + 20, "far", 0.25)]


@FEW
@given(MOMENTS)
def test_a_shortage_fires_exactly_when_its_breach_has_held(
    moments: list[tuple[float, str, int]],
) -> None:
    """Each second the alert shows what holding, stepping and clearing by the seconds before say."""
    warned = critical = False
    held_warning = held_critical = 0  # seconds in a row in breach, this one included
    for number, second in enumerate(watch(told(moments))):
        held_warning = held_warning + 1 if second.warning else 0
        held_critical = held_critical + 1 if second.critical else 0
        warned = (warned and not second.calm) or held_warning > FOR_S
        critical = (critical and not second.calmer) or held_critical > CRITICAL_FOR_S
        expected = "critical" if critical else "warning" if warned else None
        assert second.shown == expected, f"second {number}"


@FEW
@given(stories(people=True), st.integers(0, 400), st.integers(0, 200))
def test_no_alert_of_any_rule_fires_or_ends_before_its_time(
    happened: list[tuple[int, Incoming]], for_s: int, keep_s: int
) -> None:
    """From start to firing lie at least `for_s`, from there to the end at least `keep_s`."""
    rules = {name: {"for_s": for_s, "keep_s": keep_s} for name in only()}
    rules["zone_shortage"] |= {"critical_for_s": for_s}
    rules["feed_silent"] = {"enabled": False}

    def hear(effects: Effects, second: int) -> None:
        for change in effects.alerts:
            alert = change.alert
            if change.change == "firing":
                assert alert.fired_ts == second
                assert second - alert.started_ts >= for_s * 1000, alert.rule
            if change.change == "resolved":
                assert alert.resolved_ts == second
                assert alert.fired_ts is not None
                assert alert.ended != "recovered" or second - alert.fired_ts >= keep_s * 1000
            assert alert.started_ts <= alert.updated_ts

    state = State([town(rules)])
    timeline = Timeline(state, hear)
    timeline.feed([event for _, event in happened])
    timeline.finish()
