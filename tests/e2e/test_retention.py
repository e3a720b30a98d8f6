"""`citywatch run` forgets what was sent and what was done, when its days are over.

The days are those of the configuration as it was last read; the rest of the store's table waits for
a restart.
"""

import signal
import time
from pathlib import Path

from alerts.letter import Drill, Letter, Posting, PostingState
from monitor.core.audit import AuditEntry
from monitor.store.port import Batch
from monitor.store.sqlite import open_sqlite
from tests.support.configs import CITY
from tests.support.running import Running, running
from tests.support.waiting import until

DAY_MS = 86_400_000
CONFIG = f"{CITY}\n[store]\npath = 'city.db'\nsnapshot_s = 1\nletters_days = 2\naudit_days = 20\n"


def _posting(key: str, state: PostingState, ts: int) -> Posting:
    letter = Letter(
        key=key,
        of=key,
        to="gone",
        city="riga",
        action_id="a",
        recipient="r",
        created_ts=ts,
        deadline_ts=ts + 1_000 * DAY_MS,
        body=Drill(ts=ts, words="drill"),
    )
    return Posting(letter=letter, state=state, updated_ts=ts)


def _entry(by: str, ts: int) -> AuditEntry:
    return AuditEntry(ts=ts, city="riga", by=by, act="ack", subject="a", ok=True)


async def test_what_is_past_its_days_is_forgotten_soon_after_the_start(tmp_path: Path) -> None:
    """Letters that ended 3 days ago and an audit of 30 days go; those of yesterday stay."""
    now_ms = time.time_ns() // 1_000_000
    old, yesterday = now_ms - 3 * DAY_MS, now_ms - DAY_MS
    letters = [_posting("old", "delivered", old), _posting("new", "delivered", yesterday)]
    audit = [_entry("ann", now_ms - 30 * DAY_MS), _entry("eve", old)]
    async with open_sqlite(tmp_path / "city.db") as store:
        await store.write(Batch(1, put=letters, audit=audit))
    async with running(tmp_path, CONFIG) as monitor:
        found = await monitor.until("/v1/letters?state=delivered", lambda told: told["total"] < 2)
        assert [letter["key"] for letter in found["items"]] == ["new"]
    async with open_sqlite(tmp_path / "city.db") as store:
        assert [entry.by for entry in await store.audit(None)] == ["eve"]


def _change(config: Path, before: str, after: str) -> None:
    """Another word in the configuration."""
    text = config.read_text()
    assert before in text
    config.write_text(text.replace(before, after))


async def _reload(monitor: Running, count: int) -> str:
    """The configuration is taken anew for the so-many-th time; the log by then."""
    monitor.process.send_signal(signal.SIGHUP)
    await until(lambda: monitor.log.read_text().count("reloaded") == count, f"reload {count}")
    return monitor.log.read_text()


async def test_new_days_hold_without_a_restart_and_a_new_path_does_not(tmp_path: Path) -> None:
    """After a reload that shortens the days what is older goes, and no restart is asked for; a new
    path is asked to wait for one at each reload until it is taken back."""
    now_ms = time.time_ns() // 1_000_000
    ages = {"new": 0, "old": 1, "past": 3}
    letters = [_posting(key, "delivered", now_ms - days * DAY_MS) for key, days in ages.items()]
    config, restart = tmp_path / "city.toml", "a change of store needs a restart"
    async with open_sqlite(tmp_path / "city.db") as store:
        await store.write(Batch(1, put=letters))
    async with running(tmp_path, CONFIG) as monitor:
        await monitor.until("/v1/letters?state=delivered", lambda told: told["total"] == 2)
        _change(config, "letters_days = 2", "letters_days = 0.5")
        _change(config, "snapshot_s = 1", "snapshot_s = 2")
        assert restart not in await _reload(monitor, 1)
        found = await monitor.until("/v1/letters?state=delivered", lambda told: told["total"] == 1)
        assert [letter["key"] for letter in found["items"]] == ["new"]
        _change(config, "city.db", "town.db")
        assert (await _reload(monitor, 2)).count(restart) == 1
        assert (await _reload(monitor, 3)).count(restart) == 2
        _change(config, "town.db", "city.db")
        assert (await _reload(monitor, 4)).count(restart) == 2
