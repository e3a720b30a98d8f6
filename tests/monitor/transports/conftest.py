"""A file that is followed, and its reader."""

from pathlib import Path

import pytest

from tests.support.followed import Reader


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file."""
    return tmp_path / "events.ndjson"


@pytest.fixture
def reader(path: Path) -> Reader:
    """Its reader, who has not begun."""
    return Reader(path)
