"""The replay against the recount at each point where the contract asks for careful reading."""

import json
from pathlib import Path

import pytest

from tests.support.readings import READINGS, SAID_AGAIN
from tests.support.recount import differences, recount
from tests.support.replay_desk import Desk
from tests.support.small_day import ZONES, Json


def found_differences(folder: Path, events: list[Json]) -> list[str]:
    """Where replay and recount differ on these events."""
    lines = [json.dumps(line) for line in events]
    return differences(recount(lines, ZONES, ["t"]), Desk(folder, "t", ZONES).replay(lines))


@pytest.mark.parametrize("name", READINGS)
def test_the_replay_reads_the_contract_as_the_recount_does(tmp_path: Path, name: str) -> None:
    """Late, repeated, implied and contradictory steps: the same figures, counts and alerts."""
    assert found_differences(tmp_path, READINGS[name]) == []


@pytest.mark.parametrize("name", SAID_AGAIN)
def test_what_is_said_again_late_is_stale(tmp_path: Path, name: str) -> None:
    """A repeat older than the newest event of its order or venue fills no gap: stale."""
    assert found_differences(tmp_path, SAID_AGAIN[name]) == []
