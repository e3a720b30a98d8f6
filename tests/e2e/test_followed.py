"""`citywatch run` on a file that is followed: killed, rotated, shown; it ends as if nobody had.

The events are the clock, so that a day needs seconds.
"""

from pathlib import Path
from typing import Final

from tests.e2e.test_live import TOWN, command, everything, write_zones
from tests.e2e.test_restart import EVENTS, SQLITE, a_day, past, undisturbed
from tests.support.followed import append
from tests.support.running import running

SOURCE: Final = '[sources.log]\ntype = "file"\npath = "log/events.ndjson"\n'
CONFIG: Final = TOWN + EVENTS + SQLITE + SOURCE


def log_file(folder: Path) -> Path:
    """The file that is followed, empty as yet, in a folder of its own."""
    path = folder / "log" / "events.ndjson"
    path.parent.mkdir()
    path.touch()
    return path


def size_of(path: Path) -> int:
    """Its bytes."""
    return path.stat().st_size


def joined(lines: list[str]) -> bytes:
    """What a program writes of them."""
    return "".join(f"{line}\n" for line in lines).encode()


def rotate(path: Path, name: str) -> None:
    """Renames the file; its writer begins another."""
    path.rename(path.with_name(name))


async def test_killed_while_a_file_grows_it_ends_as_if_nobody_had(tmp_path: Path) -> None:
    """Killed twice amid what was just written, lines cut short: the same figures and alerts."""
    lines, last = a_day(45, 140)
    data = joined(lines)
    write_zones(tmp_path)
    path = log_file(tmp_path)
    third, half, most = (round(share * len(data)) for share in (0.33, 0.5, 0.85))
    for read, more in ((data[:third], data[third:half]), (b"", data[half:most])):
        append(path, read)
        async with running(tmp_path, CONFIG) as monitor:
            await past(monitor, lines[path.read_bytes().count(b"\n") - 1])
            append(path, more)  # being read, or not yet, when it is killed
            await monitor.kill()
    append(path, data[most:])
    async with running(tmp_path, CONFIG) as monitor:
        live = await everything(monitor, last + 1)
        log = monitor.log.read_text()
        assert f"log: goes on with {path} at byte " in log
        assert "begun again" not in log
    figures, alerts = await undisturbed(tmp_path, lines, last)
    assert live == (figures, alerts)
    assert len(alerts) > 20


async def test_a_file_rotated_while_the_monitor_is_dead_is_read_to_its_end(tmp_path: Path) -> None:
    """What was written to the old file after the kill comes before what is in the new one."""
    lines, last = a_day(30, 90)
    write_zones(tmp_path)
    path = log_file(tmp_path)
    third = len(lines) // 3
    async with running(tmp_path, CONFIG) as monitor:
        append(path, joined(lines[:third]))
        await past(monitor, lines[third - 1])
        await monitor.kill()
    append(path, joined(lines[third : 2 * third]))
    rotate(path, "yesterday")
    append(path, joined(lines[2 * third :]))
    async with running(tmp_path, CONFIG) as monitor:
        live = await everything(monitor, last + 1)
    assert live == await undisturbed(tmp_path, lines, last)


async def test_a_followed_file_is_shown(tmp_path: Path) -> None:
    """`/readyz` names it and says why it is not open; `/metrics` counts what was taken of it."""
    lines, _ = a_day(5, 10)
    write_zones(tmp_path)
    path = log_file(tmp_path)
    async with running(tmp_path, CONFIG) as monitor:
        append(path, joined(lines))
        await past(monitor, lines[-1])
        ready = await monitor.until(
            "/readyz", lambda told: " 0 bytes" in told["parts"]["source log"]["words"]
        )
        assert ready["parts"]["source log"] == {"ok": True, "words": "connected, 0 bytes behind"}
        metrics = await monitor.text("/metrics")
        assert 'citywatch_file_open{source="log"} 1.0' in metrics
        assert f'citywatch_file_bytes_total{{source="log"}} {float(size_of(path))}' in metrics
    rotate(path, "elsewhere")
    (tmp_path / "city.toml").write_text(f"{CONFIG}[http]\nport = 0\n[stream]\nport = 0\n")
    code, _, err = await command("check", "--config", str(tmp_path / "city.toml"))
    assert code == 0
    assert f"sources.log.path: no such file yet, it is waited for: {path}" in err
