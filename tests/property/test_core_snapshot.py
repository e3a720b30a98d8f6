"""Cut anywhere, kept as bytes and restored, a city goes on as if nothing had happened."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.mute import Matcher
from monitor.core.city import City
from monitor.core.commands import (
    AckAlert,
    ClaimAlert,
    CloseAlert,
    Command,
    NoteAlert,
    ReleaseAlert,
    Silence,
    UnackAlert,
    Unsilence,
)
from monitor.core.effects import Effects
from monitor.core.reports import DeliveryReport, Incoming
from monitor.core.snapshot import capture, restore
from monitor.core.state import State
from monitor.core.step import step
from monitor.core.tables.table import NEVER
from monitor.core.timeline import Timeline
from monitor.core.views.rows import courier_views, order_views, venue_views
from monitor.core.views.zones import zone_views
from monitor.durable.keeper import PARTS
from monitor.durable.snapshots import decode, encode
from tests.support.cities import CITY
from tests.support.happenings import stories
from tests.support.kept import opening, plain, touchy_town
from tests.support.towns import town

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

Told = list[tuple[int, Incoming]]


class Wish(NamedTuple):
    """What a person does to one of the alerts that there are, once that is known."""

    what: str
    which: int
    after: int  # how many events of the story come before it

    def command(self, city: City, ts: int) -> Command | None:
        """The command, None where there is nothing to do it to."""
        living, silences = city.book.living(), list(city.book.silences)
        if self.what == "silence":
            matcher = Matcher("rule", ("zone_shortage", "order_unaccepted")[self.which % 2])
            return Silence(CITY, ts, "ann", (matcher,), ts + 120_000, "known")
        if self.what == "unsilence":
            if not silences:
                return None
            return Unsilence(CITY, ts, "bob", silences[self.which % len(silences)])
        if not living:
            return None
        alert_id = living[self.which % len(living)].id
        commands: dict[str, Command] = {
            "ack": AckAlert(CITY, ts, "ann", alert_id, ts + 200_000),
            "unack": UnackAlert(CITY, ts, "bob", alert_id),
            "claim": ClaimAlert(CITY, ts, "ann", alert_id),
            "release": ReleaseAlert(CITY, ts, "ann", alert_id),
            "note": NoteAlert(CITY, ts, "bob", alert_id, "on it"),
            "close": CloseAlert(CITY, ts, "bob", alert_id, "paid back"),
        }
        return commands[self.what]


WISHES = st.lists(
    st.builds(
        Wish,
        st.sampled_from(
            ["ack", "ack", "unack", "claim", "release", "note", "close", "silence", "unsilence"]
        ),
        st.integers(0, 5),
        st.integers(0, 60),
    ),
    max_size=12,
)


class Life:
    """A state that hears events as they come and is woken when it asks to be."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.heard: list[tuple[int, Any]] = []

    @property
    def city(self) -> City:
        """The only city."""
        return self.state.cities[CITY]

    def _take(self, effects: Effects, now_ms: int) -> None:
        self.heard.append((now_ms, effects))
        reports = [
            DeliveryReport(
                city=letter.city,
                ts=now_ms,
                action_id=letter.action_id,
                of=letter.of,
                to=letter.to,
                outcome="failed" if letter.key[0] in "01" else "delivered",
            )
            for letter in effects.letters
        ]
        if reports:
            self._take(step(self.state, reports, now_ms), now_ms)

    def hear(self, events: Sequence[Incoming], now_ms: int) -> None:
        """Let time pass until then, and these events come."""
        if self.state.now_ms == NEVER:  # the world begins, not in 1970
            step(self.state, (), now_ms)
        while (due := self.state.next_wake_ms()) <= now_ms:
            self._take(step(self.state, (), due), due)
        self._take(step(self.state, events, now_ms), now_ms)

    def live(self, told: Told, wishes: list[Wish], since: int) -> None:
        """A part of a story; `since`: how many of its events came before."""
        for number, (clock, event) in enumerate(told, since):
            for wish in wishes:
                command = wish.command(self.city, clock) if wish.after == number else None
                if command is not None:
                    self.hear([command], clock)
            self.hear([event], clock)

    def figures(self) -> list[Any]:
        """What the API would show."""
        city, now = self.city, self.state.now_ms
        return [
            zone_views(city, now),
            courier_views(city, city.couriers.live_rows(), now),
            order_views(city, city.orders.live_rows(), now),
            venue_views(city, city.venues.live_rows(), now),
        ]


def again(state: State) -> State:
    """The state as it comes back from its bytes."""
    plans = [city.plan for city in state.cities.values()]
    restored = restore(decode(encode(capture(state, PARTS))), plans, PARTS)
    assert restored.notes == ()
    assert restored.effects == Effects()
    restored.state.check()
    return restored.state


@FEW
@given(stories(bursts=True), WISHES, st.integers(0, 70), st.booleans())
def test_a_restored_state_goes_on_as_the_one_that_was_never_stopped(
    told: Told, wishes: list[Wish], cut: int, jumpy: bool
) -> None:
    """Effects, answers, figures and every column are the same, rows and ids included."""
    told = [*opening(), *told]
    before, after = told[:cut], told[cut:]
    one = Life(State([touchy_town(jumpy)]))
    one.live(before, wishes, 0)
    other = Life(again(one.state))
    np.testing.assert_equal(plain(capture(other.state, PARTS)), plain(capture(one.state, PARTS)))
    assert other.state.next_wake_ms() == one.state.next_wake_ms()
    one.heard.clear()
    for life in (one, other):
        life.live(after, wishes, len(before))
        # Long enough for feeds to fall silent, marks to end and the forgotten to leave.
        life.hear((), life.state.now_ms + 7_200_000)
        life.state.check()
    assert other.heard == one.heard
    assert other.figures() == one.figures()
    np.testing.assert_equal(plain(capture(other.state, PARTS)), plain(capture(one.state, PARTS)))


@FEW
@given(stories(people=True), st.lists(st.integers(0, 70), max_size=4))
def test_virtual_time_goes_on_over_restored_states(told: Told, cuts: list[int]) -> None:
    """However often a recording is interrupted: the same ticks, alerts and answers, in order."""
    events = [event for _, event in (*opening(), *told)]

    def run(stops: list[int]) -> tuple[list[Any], State]:
        heard: list[Any] = []
        state = State([touchy_town()])

        def timeline() -> Timeline:
            return Timeline(
                state,
                lambda effects, second: heard.append((second, effects)),
                every_ms=60_000,
                on_tick=lambda second: heard.append((second, state.tally.as_dict())),
            )

        running, start = timeline(), 0
        for stop in [*stops, len(events)]:
            running.feed(events[start:stop])
            state = again(state)
            running, start = timeline(), stop
        running.finish()
        return heard, state

    once, state = run([])
    often, restored = run(sorted(cuts))
    assert often == once
    np.testing.assert_equal(plain(capture(restored, PARTS)), plain(capture(state, PARTS)))


@FEW
@given(stories(), st.integers(0, 60))
def test_other_rules_after_a_restart_are_taken_as_on_a_reload(told: Told, cut: int) -> None:
    """A state restored by a changed plan has exact counts, and goes on without its old rules."""
    life = Life(State([touchy_town()]))
    told = [*opening(), *told]
    life.live(told[:cut], [], 0)
    captured = decode(encode(capture(life.state, PARTS)))
    plan = replace(town(), retention=touchy_town().retention)
    restored = restore(captured, [plan], PARTS)
    restored.state.check()
    assert len(restored.notes) == 1
    other = Life(restored.state)
    other.live(told[cut:], [], cut)
    other.state.check()
