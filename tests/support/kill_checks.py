"""What must hold after a day in which the monitor was killed: the same as after one undisturbed.

Used by `tests/e2e/test_kill.py` and `test_outages.py`; the days come from `kill_lab` or
`kill_driver`. Each check is one promise; its words are what a failure says.
"""

from collections import Counter
from typing import Final

from tests.support.kill_city import Json
from tests.support.kill_script import SCRIPT, Ask

# Of an alert and an action, what must be the same; times of the ledger's tries are not among it.
SAME: Final = ("alerts", "actions", "living", "under_way", "postings", "audit")


def check_day(day: Json, reference: Json) -> None:
    """Everything of the day, as it was without the kills."""
    # A kill repeats what was in hand, and only that.
    posted: Counter[str] = Counter(day["posted"])
    assert max(posted.values()) <= 1 + len(day["kills"]), "posted again without need"
    check_course(day, reference)
    for word in ("ERROR", "CRITICAL"):
        assert word not in day["log"], day["log"]


def check_course(day: Json, reference: Json) -> None:
    """The letters, what people did, and what became of everything."""
    check_letters(day, reference)
    check_ends(day)
    check_people(day)
    check_books(day, reference)
    assert "Traceback" not in day["log"], day["log"]


def check_letters(day: Json, reference: Json) -> None:
    """Nothing lost, nothing twice."""
    assert len(day["taken"]) == len(set(day["taken"])), "a key took effect twice"
    assert set(day["taken"]) == set(reference["taken"]), "not the same letters"
    assert set(day["posted"]) == set(day["taken"])


def check_ends(day: Json) -> None:
    """Every notice that was opened has its one close, every pause its resume."""
    assert day["living"] == [], "alerts are left"
    assert day["under_way"] == [], "actions are left"
    notices = Counter(
        (each["notice_id"], each["step"]) for each in _letters(day, "notice", "open", "close")
    )
    opened = {notice for notice, step in notices if step == "open"}
    closed = {notice for notice, step in notices if step == "close"}
    assert opened == closed
    assert opened
    paused = {each["action_id"] for each in _letters(day, "venue", "pause")}
    resumed = {each["action_id"] for each in _letters(day, "venue", "resume")}
    assert paused == resumed
    assert paused


def _letters(day: Json, kind: str, *steps: str) -> list[Json]:
    return [
        each
        for each in day["letters"]
        if each["type"] == kind and (each.get("step") or each.get("change")) in steps
    ]


def check_people(day: Json) -> None:
    """Every command that was acknowledged is in the audit, once."""
    done = Counter((by, act) for by, act, _, ok in day["audit"] if ok)
    for step in SCRIPT:
        if isinstance(step, Ask):
            assert done[step.by, step.act] == 1, (step.by, step.act)


def check_books(day: Json, reference: Json) -> None:
    """The same alerts with the same marks and notes, the same actions and their record."""
    for name in SAME:
        assert day[name] == reference[name], name
    assert day["holes"] == [], "the journal has a hole"
    assert day["rejected"] == 0
