"""Whatever happens to alerts, and whenever: what was opened is closed, once, and nothing storms."""

import json
from collections import defaultdict
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from alerts.alert import Alert
from alerts.grouping import FAR
from alerts.notices import NoticePlan
from alerts.remedies.settings import NoticeSettings
from alerts.routing import Router
from tests.support.notices import CITY, alert, at

MANY: Final = settings(max_examples=300, deadline=None)
ZONES: Final = ("west", "east")
SETTINGS: Final = st.builds(
    NoticeSettings,
    levels=st.sampled_from(
        [(("desk",),), (("desk",), ("chief",)), (("desk",), (), ("chief", "desk"), ("boss",))]
    ),
    group_by=st.sampled_from([("zone",), ("rule", "zone")]),
    group_wait_s=st.sampled_from([0, 3, 10]),
    group_interval_s=st.sampled_from([0, 5, 20]),
    repeat_s=st.sampled_from([0, 2, 15, 40]),
    escalate_s=st.sampled_from([0, 4, 12]),
)
# (seconds since the last one, which alert, what of it changes)
CHANGES: Final = st.lists(
    st.tuples(
        st.sampled_from([0, 0, 1, 2, 5, 11, 30]),
        st.integers(0, 5),
        st.sampled_from(["fire", "fire", "end", "end", "ack", "claim", "mute", "inhibit", "rise"]),
    ),
    max_size=40,
)
Story = list[tuple[int, Alert]]
Told = list[tuple[int, NoticePlan]]


def story(changes: list[tuple[int, int, str]]) -> Story:
    """Second and alert of each change; a slot's alert that ended fires again as another one."""
    second = 0
    living: dict[int, Alert] = {}
    lives: dict[int, int] = defaultdict(int)
    heard: Story = []
    for gap, slot, what in changes:
        second += gap
        now = living.get(slot)
        if now is None:
            lives[slot] += 1
            now = alert(f"{slot}.{lives[slot]}", second, zone=ZONES[slot % 2])
        match what:
            case "end":
                now = replace(now, state="resolved", resolved_ts=at(second))
            case "ack":
                now = replace(now, acked_by=None if now.acked_by else "eva")
            case "claim":
                now = replace(now, claimed_by=None if now.claimed_by else "jan")
            case "mute":
                now = replace(now, silenced=not now.silenced)
            case "inhibit":
                now = replace(now, inhibited_by=None if now.inhibited_by else "feed")
            case "rise":
                now = replace(now, severity="critical" if now.severity == "warning" else "warning")
        living[slot] = now
        if now.state == "resolved":
            del living[slot]
        heard.append((second, now))
    return heard


class Play:
    """Plays a story to a router that is run when due, and at each of some further times (ms)."""

    def __init__(
        self, bounds: NoticeSettings, besides: tuple[int, ...] = (), restarts: bool = False
    ) -> None:
        self.bounds = bounds
        self.besides = sorted(besides, reverse=True)
        self.restarts = restarts
        self.shut: tuple[tuple[int, int], ...] = ()  # (from, until) in which nothing may be sent
        self.router = Router(CITY, "page_on_call")
        self.told: Told = []

    def restart(self) -> None:
        """Go on as another router, from what the first one dumped as JSON."""
        if self.restarts:
            data = json.loads(json.dumps(self.router.dump()))
            self.router = Router(CITY, "page_on_call")
            self.router.load(data)
            assert json.loads(json.dumps(self.router.dump())) == data

    def until(self, end_ms: int) -> None:
        """Every run that is due, or wished besides, before a time."""
        while True:
            besides = self.besides[-1] if self.besides else FAR
            now_ms = min(self.router.due_ms, besides)
            if now_ms >= end_ms:
                return
            if besides == now_ms:
                self.besides.pop()
            self.run(now_ms)

    def run(self, now_ms: int) -> None:
        """One run."""
        self.restart()
        may = not any(start <= now_ms < end for start, end in self.shut)
        self.told += [(now_ms, plan) for plan in self.router.run(now_ms, self.bounds, lambda: may)]
        self.restart()

    def play(self, heard: Story, after_s: int = 200) -> Told:
        """The whole story and a while after it."""
        for second, changed in heard:
            self.until(at(second))
            self.router.hear(changed, at(second))
            self.restart()
        last = heard[-1][0] if heard else 0
        self.until(at(last + after_s))
        return self.told


def ended_ms(heard: Story) -> dict[str, int]:
    """When each alert ended that did."""
    return {a.id: at(second) for second, a in heard if a.state == "resolved"}


def zone_of(plan: NoticePlan) -> str:
    """The zone of a notice: all its alerts are of one."""
    (zone,) = {named.zone for named in plan.alerts}
    assert zone is not None
    return zone


@MANY
@given(CHANGES, SETTINGS)
def test_every_notice_closes_once_when_all_that_it_told_of_has_ended(
    changes: list[tuple[int, int, str]], bounds: NoticeSettings
) -> None:
    """The close comes in the very second of the last end, and to everybody who was told."""
    heard = story(changes)
    ends = ended_ms(heard)
    notices: dict[str, Told] = defaultdict(list)
    for now_ms, plan in Play(bounds).play(heard):
        notices[plan.notice_id].append((now_ms, plan))
    for told in notices.values():
        steps = [plan.step for _, plan in told]
        assert steps[0] == "open"
        assert steps.count("open") == 1
        named = {a.id for _, plan in told for a in plan.alerts}
        over_ms = max(ends.get(name, FAR) for name in named)
        assert steps.count("close") == (over_ms < FAR)
        if over_ms < FAR:
            close_ms, close = told[-1]
            assert (close.step, close_ms) == ("close", over_ms)
            assert set(close.to) == {name for _, plan in told[:-1] for name in plan.to}
            assert all(a.state == "resolved" for a in close.alerts)


@MANY
@given(CHANGES, SETTINGS)
def test_a_cause_has_one_notice_at_a_time_and_never_too_many(
    changes: list[tuple[int, int, str]], bounds: NoticeSettings
) -> None:
    """Between two opens lies a close; all steps but escalations and closes keep their distance."""
    interval_ms = bounds.group_interval_s * 1000
    is_open: dict[str, bool] = defaultdict(bool)
    last_ms: dict[str, int] = defaultdict(int)
    levels: dict[str, list[int]] = defaultdict(list)
    for now_ms, plan in Play(bounds).play(story(changes)):
        zone = zone_of(plan)
        assert is_open[zone] == (plan.step != "open")
        is_open[zone] = plan.step != "close"
        if plan.step == "escalate":
            levels[plan.notice_id].append(plan.level)
        else:
            assert plan.step == "close" or now_ms - last_ms[zone] >= interval_ms
            last_ms[zone] = now_ms
    for told in levels.values():
        assert told == sorted(set(told))


@MANY
@given(CHANGES, SETTINGS)
def test_only_what_is_unmuted_is_told_and_all_of_that_is(
    changes: list[tuple[int, int, str]], bounds: NoticeSettings
) -> None:
    """A firing alert that is named is unmuted then; one unmuted for long enough was named."""
    heard = story(changes)
    first_ms: dict[str, int] = {}
    told = Play(bounds).play(heard)
    for now_ms, plan in told:
        for named in plan.alerts:
            first_ms.setdefault(named.id, now_ms)
            if named.state == "firing":
                now = [a for second, a in heard if a.id == named.id and at(second) <= now_ms][-1]
                assert not now.silenced
                assert now.inhibited_by is None
            else:
                assert first_ms[named.id] < now_ms
    patience_ms = 1000 * (2 * bounds.group_interval_s + bounds.group_wait_s) + 2
    spans: dict[str, int] = {}  # since when each alert is unmuted
    last = heard[-1][0] if heard else 0
    for second, a in [*heard, *((last + 200, a) for _, a in heard)]:
        if a.id in spans and at(second) - spans[a.id] > patience_ms:
            assert first_ms[a.id] <= spans[a.id] + patience_ms
        if a.state == "firing" and not a.silenced and a.inhibited_by is None:
            spans.setdefault(a.id, at(second))
        else:
            spans.pop(a.id, None)


@MANY
@given(CHANGES, SETTINGS)
def test_what_somebody_has_is_neither_escalated_nor_repeated(
    changes: list[tuple[int, int, str]], bounds: NoticeSettings
) -> None:
    """In each escalation and repetition stands an alert that nobody acked or claimed."""
    heard = story(changes)
    for now_ms, plan in Play(bounds).play(heard):
        if plan.step in ("escalate", "repeat"):
            firing = [named.id for named in plan.alerts if named.state == "firing"]
            marks = {a.id: a for second, a in heard if at(second) <= now_ms}
            assert any(not (marks[i].acked_by or marks[i].claimed_by) for i in firing)


SHUT: Final = st.lists(
    st.tuples(st.integers(0, 200), st.integers(1, 60)).map(
        lambda span: (at(span[0]), at(span[0] + span[1]))
    ),
    max_size=3,
).map(tuple)
BESIDES: Final = st.lists(st.integers(at(0), at(400)), max_size=40).map(tuple)


@MANY
@given(CHANGES, SETTINGS, SHUT, BESIDES)
def test_running_more_often_than_due_changes_nothing(
    changes: list[tuple[int, int, str]],
    bounds: NoticeSettings,
    shut: tuple[tuple[int, int], ...],
    besides: tuple[int, ...],
) -> None:
    """The same notices at the same times, however finely time is split, budget or not."""
    heard = story(changes)
    when_due, finer = Play(bounds), Play(bounds, besides)
    when_due.shut = finer.shut = shut
    assert when_due.play(heard) == finer.play(heard)
    assert when_due.router.held == finer.router.held


@settings(max_examples=150, deadline=None)
@given(CHANGES, SETTINGS, SHUT)
def test_a_restart_at_any_moment_changes_nothing(
    changes: list[tuple[int, int, str]],
    bounds: NoticeSettings,
    shut: tuple[tuple[int, int], ...],
) -> None:
    """Dumped and loaded before and after every change and run, the notices are the same."""
    heard = story(changes)
    steady, restarted = Play(bounds), Play(bounds, restarts=True)
    steady.shut = restarted.shut = shut
    assert steady.play(heard) == restarted.play(heard)
    assert (steady.router.told, steady.router.held) == (
        restarted.router.told,
        restarted.router.held,
    )


@MANY
@given(CHANGES, st.lists(SETTINGS, min_size=1, max_size=3), st.data())
def test_reloads_lose_no_close_and_double_nothing(
    changes: list[tuple[int, int, str]], reloads: list[NoticeSettings], data: st.DataObject
) -> None:
    """Under settings that change in mid-story every open still has its one close, if over."""
    heard = story(changes)
    ends = ended_ms(heard)
    play = Play(NoticeSettings())
    for second, changed in heard:
        play.until(at(second))
        play.bounds = data.draw(st.sampled_from([*reloads, NoticeSettings(), play.bounds]))
        play.router.hear(changed, at(second))
    play.until(at(1_000))
    notices: dict[str, list[NoticePlan]] = defaultdict(list)
    for _, plan in play.told:
        notices[plan.notice_id].append(plan)
    told_twice: dict[str, set[str]] = defaultdict(set)
    for notice, plans in notices.items():
        named = {a.id for plan in plans for a in plan.alerts}
        for name in named:
            told_twice[name].add(notice)
        assert [plan.step for plan in plans].count("open") == 1
        assert [plan.step for plan in plans].count("close") == all(name in ends for name in named)
        assert plans[-1].step == "close" or not all(name in ends for name in named)
    assert all(len(of) == 1 for of in told_twice.values())
