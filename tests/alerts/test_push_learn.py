"""What a city has shown of its couriers, and who is held back."""

import json

import pytest

from alerts.remedies.learn import Acceptance, Fading, Recovery, hold_back

DAY_MS = 86_400_000


def test_a_city_without_answers_is_planned_with_the_setting() -> None:
    """Before the first answer the rate is the prior."""
    assert Acceptance(0.4).rate(now_ms=0) == pytest.approx(0.4)


def test_ten_answers_weigh_as_much_as_the_setting() -> None:
    """After ten noes to a prior of a half, the rate is a quarter."""
    acceptance = Acceptance(0.5)
    for _ in range(10):
        acceptance.saw(False, now_ms=DAY_MS)
    assert acceptance.rate(DAY_MS) == pytest.approx(0.25)


def test_answers_fade_by_half_in_each_half_life() -> None:
    """Ten noes count as five after a half-life, and as nothing in the end."""
    acceptance = Acceptance(0.5, half_life_ms=DAY_MS)
    for _ in range(10):
        acceptance.saw(False, now_ms=0)
    assert acceptance.rate(DAY_MS) == pytest.approx(5 / 15)
    assert acceptance.rate(10_000 * DAY_MS) == pytest.approx(0.5)


def test_the_rate_keeps_to_its_bounds() -> None:
    """Thousands of noes or yeses give no less than a twentieth and no more than all."""
    never, always = Acceptance(0.05), Acceptance(1.0)
    for _ in range(5_000):
        never.saw(False, now_ms=1)
        always.saw(True, now_ms=1)
    assert never.rate(1) == 0.05
    assert always.rate(1) == 1.0


def test_recovery_is_unknown_before_the_first_one() -> None:
    """The mean recovery is None, then the mean of what was seen, then forgotten."""
    recovery = Recovery(half_life_ms=DAY_MS)
    assert recovery.mean_s(0) is None
    recovery.saw(300.0, now_ms=0)
    recovery.saw(600.0, now_ms=DAY_MS)
    assert recovery.mean_s(DAY_MS) == pytest.approx((150 + 600) / 1.5)
    assert recovery.mean_s(30 * DAY_MS) is None


def test_what_comes_late_counts_and_time_does_not_go_back() -> None:
    """An older answer after a newer one counts whole, and nothing revives."""
    acceptance = Acceptance(0.5, half_life_ms=DAY_MS)
    acceptance.saw(False, now_ms=2 * DAY_MS)
    acceptance.saw(False, now_ms=DAY_MS)
    assert acceptance.rate(2 * DAY_MS) == pytest.approx(5 / 12)


def test_what_was_learned_survives_a_snapshot() -> None:
    """Dumped as JSON and loaded, a city plans and expects as before."""
    acceptance, recovery = Acceptance(0.5), Recovery()
    acceptance.saw(True, now_ms=5)
    recovery.saw(120.5, now_ms=7)
    again, recovered = Acceptance(0.5), Recovery()
    again.load(json.loads(json.dumps(acceptance.dump())))
    recovered.load(json.loads(json.dumps(recovery.dump())))
    assert again.rate(DAY_MS) == acceptance.rate(DAY_MS)
    assert recovered.mean_s(DAY_MS) == recovery.mean_s(DAY_MS)
    assert again.dump() == acceptance.dump()


@pytest.mark.parametrize(
    "data",
    [
        {"total": 1.0, "weight": -1.0, "at_ms": 0},
        {"total": float("nan"), "weight": 1.0, "at_ms": 0},
        {"total": 1.0, "weight": float("inf"), "at_ms": 0},
    ],
)
def test_a_snapshot_that_makes_no_sense_changes_nothing(data: dict[str, float]) -> None:
    """Negative, endless or undefined sums are refused."""
    fading = Fading(DAY_MS)
    fading.add(1.0, now_ms=1)
    with pytest.raises(ValueError, match="negative or without end"):
        fading.load(data)
    assert fading.at(1) == (1.0, 1.0)


def test_memory_needs_a_half_life() -> None:
    """Nothing halves in no time."""
    with pytest.raises(ValueError, match="half-life"):
        Acceptance(0.5, half_life_ms=0)


def test_the_control_group_is_the_share_that_was_asked_for() -> None:
    """About a tenth of alike keys are held back, none at 0, all at 1, the same ones each time."""
    keys = [f"riga:a1:c{number}:open:1" for number in range(20_000)]
    held = [hold_back(key, 0.1) for key in keys]
    assert 0.09 < sum(held) / len(keys) < 0.11
    assert held == [hold_back(key, 0.1) for key in keys]
    assert not any(hold_back(key, 0.0) for key in keys)
    assert all(hold_back(key, 1.0) for key in keys)


def test_a_greater_share_holds_back_the_same_and_more() -> None:
    """Whoever is held back at a tenth is held back at a fifth."""
    keys = [f"key {number}" for number in range(2_000)]
    assert all(hold_back(key, 0.2) for key in keys if hold_back(key, 0.1))
