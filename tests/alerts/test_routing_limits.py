"""What holds notices back, what a reload does to them, how much is remembered, and the page."""

import re
from functools import partial
from itertools import groupby
from pathlib import Path

import pytest
from msgspec import ValidationError
from msgspec.structs import replace

from alerts.grouping import FAR, MAX_TOLD, TABLE
from alerts.remedies.settings import NoticeSettings
from alerts.routing import HELD_MS, MAX_GROUPS, MAX_MEMBERS, Router
from tests.support.notices import CITY, TWO_LEVELS, Desk, alert, at, ended

BY_ZONE = replace(TWO_LEVELS, group_by=("rule", "zone"))
PAGE = Path(__file__).parents[2] / "docs" / "notices.md"


def yes(asked: list[float], second: float) -> bool:
    """May send, and remembers when that was asked."""
    asked.append(second)
    return True


# --- held back ------------------------------------------------------------------------------


def test_a_spent_budget_holds_all_but_closes() -> None:
    """Opening waits and is counted once; what was opened before is closed all the same."""
    desk = Desk(BY_ZONE)
    desk.hear(0, alert("a"))
    desk.until(20)
    desk.may_send = False
    desk.hear(100, alert("b", 100, zone="east"))
    desk.hear(1_001, ended("a", 1_001))
    assert desk.router.held == {"budget_spent": 2}  # one's escalation, the other's opening
    desk.may_send = True
    desk.until(1_001 + HELD_MS / 1000)
    assert [step for _, step in desk.story] == ["open", "close", "open"]
    assert desk.story[1] == (1_001, "close")


def test_the_budget_goes_to_the_most_severe_first() -> None:
    """With one notice left, the critical zone is told, not the one that was first."""
    left = [True]
    router = Router(CITY, "warn_support")
    router.hear(alert("a", zone="a"), at(0))
    router.hear(alert("b", zone="b", severity="critical"), at(0))
    router.run(at(0), BY_ZONE, lambda: True)
    plans = router.run(at(10), BY_ZONE, lambda: bool(left) and left.pop())
    assert [plan.alerts[0].id for plan in plans] == ["b"]


def test_a_yes_is_asked_for_only_when_a_notice_goes() -> None:
    """`may_send` is called once for each notice except closes, and never for one not due."""
    desk = Desk()
    asked: list[float] = []
    for second in range(1_000):
        if second == 0:
            desk.router.hear(alert(), at(0))
        if second == 900:
            desk.router.hear(ended("a", 900), at(900))
        desk.router.run(at(second), TWO_LEVELS, partial(yes, asked, second))
    assert asked == [10, 310]
    assert desk.router.told == {"open": 1, "escalate": 1, "close": 1}


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (NoticeSettings(), "no_target"),
        (replace(TWO_LEVELS, levels=((), ())), "no_target"),
        (replace(TWO_LEVELS, enabled=False), "switched_off"),
    ],
)
def test_without_targets_or_switched_off_nothing_is_told(
    settings: NoticeSettings, reason: str
) -> None:
    """The reason is counted once, and time alone brings nothing; settings that allow it do."""
    desk = Desk(settings)
    desk.hear(0, alert())
    desk.until(100)
    desk.run(200)
    assert desk.plans == []
    assert desk.router.held == {reason: 1}
    assert desk.router.due_ms == FAR
    desk.reload(300, TWO_LEVELS)
    assert desk.story == [(300, "open")]


# --- reload and restart ---------------------------------------------------------------------


def test_whoever_was_told_hears_the_close_whatever_the_levels_are_by_then() -> None:
    """Switched off and without levels since: the close still goes to those who were told."""
    desk = Desk()
    desk.hear(0, alert())
    desk.until(20)
    desk.reload(100, NoticeSettings(enabled=False))
    desk.hear(200, ended("a", 200))
    assert desk.story == [(10, "open"), (200, "close")]
    assert desk.plans[-1].to == ("desk",)


def test_a_level_that_changed_gets_updates_as_it_now_is_and_both_hear_the_close() -> None:
    """One taken off a level hears nothing more but the close; a new one hears the next update."""
    desk = Desk()
    desk.hear(0, alert("a", acked_by="eva"))
    desk.until(20)
    desk.reload(100, replace(TWO_LEVELS, levels=(("night desk",),)))
    desk.hear(200, alert("b", 200, acked_by="eva"))
    desk.hear(300, ended("a", 300), ended("b", 300))
    assert [plan.to for plan in desk.plans] == [
        ("desk",),
        ("night desk",),
        ("desk", "night desk"),
    ]


def test_a_told_alert_stays_with_its_notice_when_the_grouping_changes() -> None:
    """A reload of `group_by` neither opens a second notice nor loses the close of the first."""
    desk = Desk()
    desk.hear(0, alert())
    desk.until(20)
    desk.reload(50, replace(TWO_LEVELS, group_by=("severity",)))
    desk.hear(60, alert(severity="critical", acked_by="eva"))
    desk.hear(500, ended("a", 500, severity="critical"))
    assert desk.story == [(10, "open"), (130, "update"), (500, "close")]
    assert len({plan.notice_id for plan in desk.plans}) == 1


def test_an_alert_not_told_yet_moves_with_its_severity() -> None:
    """Grouped by severity, one that turns critical in the wait is told with the critical ones."""
    desk = Desk(replace(TWO_LEVELS, group_by=("severity",)))
    desk.hear(0, alert("a"), alert("b", severity="critical"))
    desk.hear(5, alert("a", severity="critical"))
    desk.until(100)
    assert desk.story == [(10, "open")]
    assert desk.told() == ["a", "b"]


def test_an_alert_is_known_until_its_end_whatever_its_rule_does_since() -> None:
    """`knows` tells the caller whose changes to pass on even though the rule is set otherwise."""
    desk = Desk()
    desk.hear(0, alert())
    assert desk.router.knows("a")
    desk.hear(100, ended("a", 100))
    assert not desk.router.knows("a")


def test_a_dump_that_is_none_is_refused() -> None:
    """Data of another shape is an error of its own, and changes nothing."""
    router = Router(CITY, "warn_support")
    with pytest.raises(ValidationError):
        router.load({"groups": [{"key": 7}]})
    assert router.dump() == Router(CITY, "warn_support").dump()


# --- how much is remembered -----------------------------------------------------------------


def test_a_notice_names_twenty_and_counts_all() -> None:
    """Of 50 alerts the 20 most urgent are named, opened and closed."""
    desk = Desk()
    desk.hear(0, *(alert(f"a{n:02}", n / 100) for n in range(50)))
    desk.until(20)
    desk.hear(30, *(ended(f"a{n:02}", n / 100) for n in range(50)))
    assert [(plan.count, len(plan.alerts)) for plan in desk.plans] == [(50, MAX_TOLD)] * 2
    assert desk.told(0) == desk.told(1) == [f"a{n:02}" for n in range(20)]


def test_a_full_group_takes_no_more_in() -> None:
    """Alerts beyond the bound are counted as lost; those within it are told and closed."""
    desk = Desk()
    names = [f"a{n}" for n in range(MAX_MEMBERS + 3)]
    desk.hear(0, *(alert(name) for name in names))
    desk.until(20)
    desk.hear(30, *(ended(name, 30) for name in names))
    assert [plan.count for plan in desk.plans] == [MAX_MEMBERS] * 2
    assert desk.router.lost == 3
    assert desk.router.dump()["groups"][0]["members"] == {}


def test_alerts_beyond_the_last_group_share_one() -> None:
    """Nothing is lost when every zone is another group: the rest is told, and closed, together."""
    desk = Desk(BY_ZONE)
    count = MAX_GROUPS + 5
    desk.hear(0, *(alert(f"a{n}", zone=f"z{n}") for n in range(count)))
    desk.until(20)
    assert sum(plan.count for plan in desk.plans) == count
    assert len(desk.plans) == MAX_GROUPS + 1
    desk.hear(30, *(ended(f"a{n}", 30, zone=f"z{n}") for n in range(count)))
    assert [plan.title for plan in desk.plans if plan.count > 1] == [
        "5 alerts of many causes",
        "Over after 20 s: 5 alerts of many causes",
    ]
    assert desk.router.told == {"open": MAX_GROUPS + 1, "close": MAX_GROUPS + 1}


def test_a_closed_group_is_forgotten_when_it_has_rested() -> None:
    """Memory does not grow with the causes that were."""
    desk = Desk(BY_ZONE)
    for n in range(50):
        desk.hear(n * 300, alert(f"a{n}", n * 300, zone=f"z{n}"))
        desk.hear(n * 300 + 100, ended(f"a{n}", n * 300 + 100, zone=f"z{n}"))
    assert len(desk.router.dump()["groups"]) == 1


# --- words ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("group_by", "words"),
    [
        (("rule",), "2 alerts: order late"),
        (("rule", "zone"), "2 alerts: order late, zone west"),
        (("venue", "cause"), "2 alerts: no venue, promise passed"),
        ((), "2 alerts"),
    ],
)
def test_a_title_says_what_the_alerts_share(group_by: tuple[str, ...], words: str) -> None:
    """Several alerts are told by their number and by what they were grouped by."""
    desk = Desk(replace(TWO_LEVELS, group_by=group_by))
    desk.hear(0, alert("a"), alert("b"))
    desk.until(20)
    assert desk.plans[0].title == words


@pytest.mark.parametrize(
    ("second", "span"), [(70, "60 s"), (1_000, "16 min"), (9_000, "2 h 29 min")]
)
def test_a_close_says_how_long_it_lasted(second: int, span: str) -> None:
    """From the opening to the close, in a unit that fits."""
    desk = Desk()
    desk.hear(0, alert(acked_by="eva"))
    desk.hear(second, ended("a", second))
    assert desk.plans[-1].title == f"Over after {span}: Order a: promised 11 min ago"


def test_the_diagram_of_the_page_is_the_table() -> None:
    """Every arrow in `docs/notices.md` is a row of the table, and the other way round."""
    rows = sorted((before, after, by) for (before, by), after in TABLE.items())
    arrows = {
        f"{before} --> {after}: {', '.join(sorted(by for _, _, by in group))}"
        for (before, after), group in groupby(rows, key=lambda row: row[:2])
    }
    drawn = re.findall(r"^    (\w+ --> \w+: .*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(drawn) == arrows
