"""The life of a notice: waited for, opened, updated, repeated, escalated, quiet, closed."""

from msgspec.structs import replace

from alerts.grouping import FAR
from tests.support.notices import CITY, TWO_LEVELS, Desk, alert, ended

ONE_LEVEL = replace(TWO_LEVELS, levels=(("desk",),))


def test_alerts_of_one_cause_share_a_notice_after_the_group_wait() -> None:
    """Two late orders within ten seconds are one notice to the first level."""
    desk = Desk()
    desk.hear(0, alert("a"))
    desk.hear(4, alert("b", 4))
    desk.until(60)
    assert desk.story == [(10, "open")]
    assert desk.told() == ["a", "b"]
    plan = desk.plans[0]
    assert (plan.to, plan.level, plan.count, plan.severity) == (("desk",), 0, 2, "warning")


def test_the_most_urgent_alerts_stand_first() -> None:
    """Critical before warning, then the one that began earlier; the severity is the highest."""
    desk = Desk()
    desk.hear(5, alert("a", 3), alert("b", 1), alert("c", 4, severity="critical"), alert("d", 0.5))
    desk.until(60)
    assert desk.told() == ["c", "d", "b", "a"]
    assert desk.plans[0].severity == "critical"


def test_what_differs_in_a_field_of_group_by_has_a_notice_of_its_own() -> None:
    """Grouped by rule and zone, two zones are two notices with two ids."""
    desk = Desk(replace(TWO_LEVELS, group_by=("rule", "zone")))
    desk.hear(0, alert("a"), alert("b", zone="east"), alert("c", zone=None))
    desk.until(60)
    assert [plan.title for plan in desk.plans] == [
        "Order c: promised 11 min ago",
        "Order b: promised 11 min ago",
        "Order a: promised 11 min ago",
    ]
    assert len({plan.notice_id for plan in desk.plans}) == 3


def test_what_ends_or_is_muted_within_the_wait_is_never_told() -> None:
    """An alert that recovers in nine seconds, or is silenced, opens and closes nothing."""
    desk = Desk()
    desk.hear(0, alert("a"), alert("b", zone="east"))
    desk.hear(9, ended("a", 9), alert("b", silenced=True))
    desk.hear(500, ended("b", 500))
    desk.until(5_000)
    assert desk.plans == []
    assert desk.router.held == {"muted": 1}
    assert desk.router.due_ms == FAR


def test_an_update_tells_of_what_joined_at_most_every_group_interval() -> None:
    """Alerts that join in a burst are one update, two minutes after the notice."""
    desk = Desk()
    desk.hear(0, alert("a", acked_by="eva"))
    desk.hear(20, alert("b", 20, acked_by="eva"))
    desk.hear(50, alert("c", 50, acked_by="eva"))
    desk.hear(140, alert("d", 140, acked_by="eva"))
    desk.until(5_000)
    assert desk.story == [(10, "open"), (130, "update"), (250, "update")]
    assert [plan.count for plan in desk.plans] == [1, 3, 4]


def test_a_severity_that_rose_is_news_and_one_that_fell_is_not() -> None:
    """Warning to critical is an update even when acknowledged; back to warning is nothing."""
    desk = Desk()
    desk.hear(0, alert("a"))
    desk.hear(200, alert("a", acked_by="eva", severity="critical"))
    desk.hear(400, alert("a", acked_by="eva", severity="warning"))
    desk.hear(600, alert("a", acked_by="eva", severity="critical"))
    desk.until(5_000)
    assert desk.story == [(10, "open"), (200, "update")]
    assert desk.plans[-1].severity == "critical"


def test_an_end_while_others_live_waits_for_the_next_update() -> None:
    """A told alert that ends makes no notice; the next update names it as resolved, once."""
    desk = Desk()
    desk.hear(0, alert("a", acked_by="eva"), alert("b", acked_by="eva"))
    desk.hear(200, ended("a", 200))
    desk.until(400)
    assert desk.story == [(10, "open")]
    desk.hear(500, alert("c", 500, acked_by="eva"))
    desk.hear(800, alert("d", 800, acked_by="eva"))
    assert [(named.id, named.state) for named in desk.plans[1].alerts] == [
        ("b", "firing"),
        ("c", "firing"),
        ("a", "resolved"),
    ]
    assert desk.plans[1].title == "Update: 3 alerts: order late (1 ended)"
    assert desk.told() == ["b", "c", "d"]


def test_without_acknowledgement_the_next_level_is_told_until_the_last() -> None:
    """After five minutes the second level hears of it, alone; there is no third."""
    desk = Desk()
    desk.hear(0, alert())
    desk.until(1_000)
    assert desk.story == [(10, "open"), (310, "escalate")]
    assert (desk.plans[1].to, desk.plans[1].level) == (("chief", "phone"), 1)


def test_an_empty_level_is_passed_over() -> None:
    """Levels without targets neither hold up the first notice nor the escalation."""
    desk = Desk(replace(TWO_LEVELS, levels=((), ("desk",), (), ("chief",))))
    desk.hear(0, alert())
    desk.until(1_000)
    assert [(plan.level, plan.to) for plan in desk.plans] == [(1, ("desk",)), (3, ("chief",))]


def test_it_is_said_again_while_nobody_has_it() -> None:
    """Every half hour after the last word, to every level told so far."""
    desk = Desk()
    desk.hear(0, alert())
    desk.until(4_000)
    assert desk.story[2:] == [(2_110, "repeat"), (3_910, "repeat")]
    assert desk.plans[2].to == ("desk", "chief", "phone")


def test_nothing_is_repeated_when_repeat_is_zero() -> None:
    """With `repeat_s` 0 an alert that nobody takes is told once a level."""
    desk = Desk(replace(TWO_LEVELS, repeat_s=0))
    desk.hear(0, alert())
    desk.until(100_000)
    assert desk.story == [(10, "open"), (310, "escalate")]


def test_acknowledged_means_every_unmuted_alert_is_acked_or_claimed() -> None:
    """One alert acked, one claimed and one silenced: no escalation, no repeat."""
    desk = Desk()
    desk.hear(0, alert("a"), alert("b"), alert("c"))
    desk.hear(100, alert("a", acked_by="eva"))
    desk.hear(200, alert("b", claimed_by="jan"))
    desk.hear(300, alert("c", silenced=True))
    desk.until(10_000)
    assert desk.story == [(10, "open")]


def test_an_ack_that_comes_off_starts_the_clock_anew() -> None:
    """Acknowledged at 100 s and no longer at 1900 s: the next level hears at 2200 s."""
    desk = Desk()
    desk.hear(0, alert())
    desk.hear(100, alert(acked_by="eva"))
    desk.hear(1_900, alert())
    desk.until(2_500)
    assert desk.story == [(10, "open"), (2_200, "escalate")]


def test_an_ack_from_before_the_notice_counts_like_any_other() -> None:
    """Told while acknowledged, and at 100 s no longer: the next level hears at 400 s."""
    desk = Desk()
    desk.hear(0, alert(acked_by="eva"))
    desk.hear(100, alert())
    desk.until(500)
    assert desk.story == [(10, "open"), (400, "escalate")]


def test_a_new_level_is_told_all_and_the_others_get_the_news_in_their_update() -> None:
    """What joined since the last update is in the escalation, and in the update still to come."""
    desk = Desk(replace(TWO_LEVELS, group_interval_s=400))
    desk.hear(0, alert("a"))
    desk.hear(100, alert("b", 100))
    desk.until(1_000)
    assert desk.story == [(10, "open"), (310, "escalate"), (410, "update")]
    assert desk.told(1) == desk.told(2) == ["a", "b"]
    assert desk.plans[2].to == ("desk", "chief", "phone")


def test_one_told_by_an_escalation_only_still_counts_to_the_close() -> None:
    """The notice closes when the alert has ended that only the second level had heard of."""
    desk = Desk(replace(TWO_LEVELS, group_interval_s=400))
    desk.hear(0, alert("a"))
    desk.hear(100, alert("b", 100))
    desk.hear(350, ended("a", 350))
    desk.hear(360, ended("b", 360))
    assert desk.story == [(10, "open"), (310, "escalate"), (360, "close")]


def test_a_muted_notice_is_quiet_and_speaks_again_when_unmuted() -> None:
    """Inhibited from 100 s to 1000 s: nothing in between, escalation five minutes after."""
    desk = Desk()
    desk.hear(0, alert())
    desk.hear(100, alert(inhibited_by="feed"))
    desk.until(900)
    assert desk.story == [(10, "open")]
    desk.hear(1_000, alert())
    desk.until(1_500)
    assert desk.story == [(10, "open"), (1_300, "escalate")]


def test_the_end_of_a_silenced_alert_closes_its_notice() -> None:
    """Whoever was told hears the end at once, silenced or not."""
    desk = Desk()
    desk.hear(0, alert())
    desk.hear(100, alert(silenced=True))
    desk.hear(200, ended("a", 200, silenced=True))
    assert desk.story == [(10, "open"), (200, "close")]
    assert desk.plans[1].alerts[0].state == "resolved"


def test_a_close_is_one_and_goes_to_every_level_told() -> None:
    """When all that was told has ended there is one close, in the same second, to all."""
    desk = Desk()
    desk.hear(0, alert("a"), alert("b"))
    desk.hear(700, ended("a", 700))
    desk.hear(701, ended("b", 701))
    desk.until(10_000)
    assert desk.story == [(10, "open"), (310, "escalate"), (701, "close")]
    close = desk.plans[-1]
    assert close.to == ("desk", "chief", "phone")
    assert close.title == "Over after 11 min: 2 alerts: order late"
    assert {plan.notice_id for plan in desk.plans} == {close.notice_id}
    assert desk.router.told == {"open": 1, "escalate": 1, "close": 1}


def test_a_close_goes_to_nobody_who_heard_of_an_earlier_notice_only() -> None:
    """The second level was told of the first notice of a cause, not of the second one."""
    desk = Desk()
    desk.hear(0, alert("a"))
    desk.hear(400, ended("a", 400))
    desk.hear(410, alert("b", 410))
    desk.hear(600, ended("b", 600))
    assert [plan.step for plan in desk.plans] == ["open", "escalate", "close", "open", "close"]
    assert desk.plans[-1].to == ("desk",)


def test_what_was_not_told_yet_gets_a_notice_of_its_own_after_the_close() -> None:
    """An alert that joined and was not told does not keep the notice open, nor is it lost."""
    desk = Desk()
    desk.hear(0, alert("a"))
    desk.hear(20, alert("b", 20))
    desk.hear(30, ended("a", 30))
    desk.until(200)
    assert desk.story == [(10, "open"), (30, "close"), (150, "open")]
    assert (desk.told(1), desk.told(2)) == (["a"], ["b"])


def test_flapping_is_no_storm() -> None:
    """A cause that comes and goes every 20 s opens a notice at most every group interval."""
    desk = Desk(ONE_LEVEL)
    for number in range(60):
        desk.hear(number * 40, alert(f"a{number}", number * 40))
        desk.hear(number * 40 + 20, ended(f"a{number}", number * 40 + 20))
    desk.until(10_000)
    opens = [second for second, step in desk.story if step == "open"]
    closes = [second for second, step in desk.story if step == "close"]
    assert len(opens) == len(closes) == 15
    assert all(b - a >= 120 for a, b in zip(closes, opens[1:], strict=False))


def test_the_same_cause_later_is_a_new_notice_with_an_id_of_its_own() -> None:
    """Ids come of city, kind, group and time, so that a replay gives the same ones."""
    ids = []
    for _ in range(2):
        desk = Desk()
        desk.hear(0, alert("a"))
        desk.hear(100, ended("a", 100))
        desk.hear(1_000, alert("b", 1_000))
        desk.until(1_100)
        ids.append([plan.notice_id for plan in desk.plans])
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 2
    assert desk.router.city == CITY


def test_a_pending_alert_means_nothing() -> None:
    """Only what fires is taken in."""
    desk = Desk()
    desk.hear(0, alert(state="pending", fired_ts=None))
    assert desk.router.due_ms == FAR
    assert not desk.router.knows("a")
