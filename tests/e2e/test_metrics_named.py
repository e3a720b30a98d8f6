"""Every metric of a running monitor stands on the page of operations."""

import re
from pathlib import Path

from tests.support import pages
from tests.support.configs import CITY
from tests.support.running import running

TARGET = """
[targets.hook]
type = "webhook"
url = "https://example.org/in"
secret = "sixteen characters at least"
"""


async def test_every_metric_of_a_running_monitor_is_explained(tmp_path: Path) -> None:
    """With its store, its recording and a target: what `/metrics` tells is told of there."""
    async with running(tmp_path, CITY + TARGET) as monitor:
        told = await monitor.text("/metrics")
    names = set(re.findall(r"^# TYPE (citywatch_\w+) ", told, re.MULTILINE))
    names = {name for name in names if not name.endswith("_created")}  # of the histograms
    text = pages.text_of("operations.md")
    assert len(names) > 60
    assert [name for name in sorted(names) if f"`{name}`" not in text] == []
