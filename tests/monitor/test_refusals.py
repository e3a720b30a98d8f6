"""How much of what is refused at the door goes into the audit, and that none of it is uncounted."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.audit import AuditEntry
from monitor.refusals import KINDS_EACH, KINDS_IN_ALL, Refusals


def refused(ts: int = 0, by: str = "vera", subject: str = "a", city: str = "riga") -> AuditEntry:
    """Somebody may not acknowledge."""
    return AuditEntry(
        ts=ts, city=city, by=by, act="ack", subject=subject, ok=False, code="forbidden"
    )


def test_the_first_is_kept_at_once_and_the_rest_of_the_minute_as_one() -> None:
    """A thousand times the same: one entry now, one of the other 999 when the minute ends."""
    kept: list[AuditEntry] = []
    refusals = Refusals(kept.append)
    for ts in range(1_000):
        refusals.note(refused(ts))
    assert [(one.ts, one.count) for one in kept] == [(0, 1)]
    refusals.end_minute()
    assert [(one.ts, one.count) for one in kept] == [(0, 1), (999, 999)]


def test_who_goes_on_costs_one_entry_a_minute() -> None:
    """What is repeated minute after minute is not news again; after a quiet minute it is."""
    kept: list[AuditEntry] = []
    refusals = Refusals(kept.append)
    for minute in range(5):
        for _ in range(3):
            refusals.note(refused(minute))
        refusals.end_minute()
    assert [one.count for one in kept] == [1, 2, 3, 3, 3, 3]
    refusals.end_minute()
    refusals.note(refused(9))
    assert (kept[-1].ts, kept[-1].count) == (9, 1)


def test_another_reason_city_or_subject_is_another_kind() -> None:
    """Each of them is kept by itself."""
    kept: list[AuditEntry] = []
    refusals = Refusals(kept.append)
    for entry in (refused(), refused(subject="b"), refused(city="oslo"), refused(by="walt")):
        refusals.note(entry)
    assert len(kept) == 4


def test_one_who_tries_everything_leaves_room_for_others() -> None:
    """Ten kinds of hers are kept one by one, the rest is counted; another's first is kept."""
    kept: list[AuditEntry] = []
    refusals = Refusals(kept.append)
    for n in range(500):
        refusals.note(refused(n, subject=str(n)))
    assert len(kept) == KINDS_EACH
    refusals.note(refused(by="walt"))
    assert kept[-1].by == "walt"
    refusals.end_minute()
    several = kept[-1]
    assert (several.by, several.city, several.act, several.code) == (
        *("vera", "riga"),
        *("several", "several"),
    )
    assert (several.count, several.subject, several.ts) == (490, "", 499)


def test_many_who_try_everything_are_told_apart_up_to_a_bound() -> None:
    """Of ten people with ten kinds each 60 kinds are kept; the rest is counted by person."""
    kept: list[AuditEntry] = []
    refusals = Refusals(kept.append)
    for n in range(100):
        refusals.note(refused(by=f"p{n // 10}", subject=str(n)))
    assert len(kept) == KINDS_IN_ALL
    refusals.end_minute()
    assert [(one.by, one.count) for one in kept[KINDS_IN_ALL:]] == [
        (f"p{n}", 10) for n in range(6, 10)
    ]


asked = st.tuples(st.sampled_from("abcdefghijkl"), st.sampled_from(["x", "y"]), st.integers(0, 30))


@given(st.lists(st.one_of(st.none(), asked), max_size=400))
def test_counts_add_up_and_entries_stay_within_bounds(happened: list[tuple[str, str, int]]) -> None:
    """Whatever is refused in whatever order: by person and city the counts are how often, and a
    minute writes no more than the kinds of it twice and one entry a person and city."""
    kept: list[AuditEntry] = []
    refusals = Refusals(kept.append)
    wanted: Counter[tuple[str, str]] = Counter()
    before = 0
    for one in [*happened, None]:
        if one is None:
            refusals.end_minute()
            assert len(kept) - before <= 2 * KINDS_IN_ALL + len(wanted)
            before = len(kept)
            continue
        by, city, subject = one
        wanted[by, city] += 1
        refusals.note(refused(0, by, str(subject), city))
    found: Counter[tuple[str, str]] = Counter()
    for entry in kept:
        found[entry.by, entry.city] += entry.count
    assert found == wanted
