"""The files of a recording: what is written is read, what is lacking is a gap, bounds are kept."""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from config.store import RecordingSettings
from monitor.past.files import Stretch, entries, listing
from monitor.past.recording import PART_BYTES, Recording
from monitor.store.port import Entry, Snapshot

HOUR = 3_600_000
NOISE = random.Random(1)  # does not become smaller when it is packed


def entry(seq: int, ts: int | None = None, size: int = 20) -> Entry:
    """An input; its time is ten times its number."""
    return Entry(seq, seq * 10 if ts is None else ts, NOISE.randbytes(size))


def some(first: int, last: int) -> list[Entry]:
    """Inputs of these numbers."""
    return [entry(seq) for seq in range(first, last + 1)]


def point(seq: int, ts: int | None = None, size: int = 100) -> Snapshot:
    """The snapshot after an input."""
    return Snapshot(seq, seq * 10 if ts is None else ts, bytes(size))


def kept(folder: Path, life: int = 1, after: int = 0) -> list[int]:
    """The numbers of the inputs that can be read on end."""
    return [found.seq for found in entries(folder, life, after)]


def names(folder: Path, kind: str) -> list[Path]:
    """The files of a kind."""
    return sorted(folder.glob(f"{kind}-*"))


def one(folder: Path, kind: str) -> Path:
    """The only file of a kind."""
    (path,) = names(folder, kind)
    return path


def bytes_in(folder: Path) -> int:
    """What all files take."""
    return sum(path.stat().st_size for path in folder.iterdir())


async def record(folder: Path, *told: Sequence[Entry] | Snapshot) -> None:
    """One life that records these and ends."""
    recording = Recording(folder, RecordingSettings(point_min=0.0001))
    for each in told:
        if isinstance(each, Snapshot):
            recording.offer(each)
        else:
            recording.take(each)
        await recording.flush()
    await recording.finish()


async def test_what_was_taken_is_read_again(tmp_path: Path) -> None:
    """Inputs come back with their times and contents, from any of them on, across files."""
    told = [some(1, 50), some(51, 60), some(61, 99)]
    await record(tmp_path, point(0, 5), told[0], point(50), told[1], told[2])
    assert list(entries(tmp_path, 1, 0)) == [*told[0], *told[1], *told[2]]
    assert kept(tmp_path, after=57) == list(range(58, 100))
    assert listing(tmp_path).stretches() == [Stretch(5, 990)]


async def test_what_is_being_written_can_be_read(tmp_path: Path) -> None:
    """A part that is still open is as good as any other, and goes on where it grows."""
    recording = Recording(tmp_path, RecordingSettings())
    recording.take(some(1, 5))
    await recording.flush()
    assert kept(tmp_path) == [1, 2, 3, 4, 5]
    recording.take(some(6, 7))
    await recording.flush()
    assert kept(tmp_path, after=5) == [6, 7]
    await recording.finish()


async def test_a_part_that_was_left_open_is_closed_by_the_next_life(tmp_path: Path) -> None:
    """After a crash in the middle of a frame all whole frames count, and the next life is new."""
    recording = Recording(tmp_path, RecordingSettings())
    recording.offer(point(0, 5))
    await recording.flush()
    for told in (some(1, 5), some(6, 9)):
        recording.take(told)
        await recording.flush()
    left = one(tmp_path, "open")
    torn = left.read_bytes()[:-3]
    await recording.finish()
    one(tmp_path, "part").unlink()
    left.write_bytes(torn)
    await record(tmp_path, point(9), some(10, 12))
    assert not names(tmp_path, "open")
    assert (kept(tmp_path), kept(tmp_path, 2, 9)) == ([1, 2, 3, 4, 5], [10, 11, 12])
    assert listing(tmp_path).stretches() == [Stretch(5, 50), Stretch(90, 120)]


@pytest.mark.parametrize("at", [10, 60, -5])
async def test_damage_ends_what_can_be_read(tmp_path: Path, at: int) -> None:
    """A byte that is wrong, in the head of a frame or in its contents, never becomes an input."""
    await record(tmp_path, point(0, 5), some(1, 9))
    part = one(tmp_path, "part")
    damaged = bytearray(part.read_bytes())
    damaged[at] ^= 0xFF
    part.write_bytes(damaged)
    assert kept(tmp_path) == []


async def test_inputs_that_were_not_taken_are_a_gap(tmp_path: Path) -> None:
    """After a hole only a later point can be begun from."""
    await record(tmp_path, point(0, 5), some(1, 5), some(8, 9), point(9), some(10, 12))
    assert kept(tmp_path) == [1, 2, 3, 4, 5]
    assert listing(tmp_path).stretches() == [Stretch(5, 50), Stretch(90, 120)]
    assert listing(tmp_path).is_gap(70)
    assert not listing(tmp_path).is_gap(100)


async def test_a_disk_that_fails_costs_a_gap_and_nothing_else(tmp_path: Path) -> None:
    """What can't be written is counted, and the recording goes on with a new point."""
    folder = tmp_path / "recording"
    recording = Recording(folder, RecordingSettings())
    recording.offer(point(0, 5))
    recording.take(some(1, 5))
    await recording.flush()
    recording.offer(point(5))
    assert len(listing(folder).points) == 1  # none is due
    away = folder.rename(tmp_path / "away")
    recording.take([entry(6, size=PART_BYTES), entry(7)])
    await recording.flush()
    assert (bool(recording.failing), recording.lost) == (True, 2)
    away.rename(folder)
    recording.take(some(8, 9))
    recording.offer(point(9))
    await recording.flush()
    assert (bool(recording.failing), recording.lost) == (False, 2)
    await recording.finish()
    assert listing(folder).stretches()[-1] == Stretch(90, 90)


async def test_too_much_at_once_is_let_go(tmp_path: Path) -> None:
    """What waits for a slow disk is bounded: beyond that it is counted as lost."""
    recording = Recording(tmp_path, RecordingSettings())
    big = Entry(1, 10, bytes(48 << 20))
    recording.take([big])
    recording.take([Entry(2, 20, big.body)])
    assert recording.lost == 1
    await recording.finish()


async def test_a_point_comes_when_it_is_due_or_after_much_input(tmp_path: Path) -> None:
    """A quarter of an hour, 48 MB of input, or other zones: then a snapshot is kept as a point."""
    recording = Recording(tmp_path, RecordingSettings())
    quarter = HOUR // 4
    for snapshot in (
        point(1, 100),
        point(2, 200),
        point(3, quarter + 100),
        point(4, quarter + 200),
    ):
        recording.offer(snapshot)
        await recording.flush()
    assert [each.seq for each in listing(tmp_path).points] == [1, 3]
    recording.take([Entry(5, quarter + 300, bytes(48 << 20))])
    recording.offer(point(5, quarter + 300))
    await recording.flush()
    recording.want_point()
    recording.offer(point(6, quarter + 400))
    await recording.flush()
    assert [each.seq for each in listing(tmp_path).points] == [1, 3, 5, 6]
    await recording.finish()


async def test_what_is_older_than_its_hours_leaves(tmp_path: Path) -> None:
    """With two hours to be kept, what is needed for two hours ago stays and older files leave."""
    recording = Recording(tmp_path, RecordingSettings(keep_h=2))
    for hour in range(8):
        recording.offer(point(hour * 10, hour * HOUR + 1))
        await recording.flush()
        recording.take([entry(n, hour * HOUR + n) for n in range(hour * 10 + 1, hour * 10 + 11)])
        await recording.flush()
    await recording.finish()
    there = listing(tmp_path)
    assert [each.seq for each in there.points] == [50, 60, 70]
    assert kept(tmp_path, after=50) == list(range(51, 81))
    assert min(part.first for part in there.parts) == 51


async def test_no_more_megabytes_are_kept_than_allowed(tmp_path: Path) -> None:
    """At no time do the files take more than the bound; the newest point and what follows stay."""
    settings = RecordingSettings(keep_mb=24, point_min=0.0001)
    recording = Recording(tmp_path, settings)
    most = 0
    for seq in range(1, 61):
        recording.take([entry(seq, size=1 << 20)])
        if seq % 5 == 1:
            recording.offer(point(seq, size=1 << 19))
        await recording.flush()
        most = max(most, bytes_in(tmp_path))
    assert 12 << 20 < most <= 24 << 20
    (stretch,) = listing(tmp_path).stretches()
    assert stretch.to_ts == 600
    await recording.finish()


async def test_without_new_points_the_bound_holds_all_the_same(tmp_path: Path) -> None:
    """Where no snapshot comes any more, the oldest files leave, and then there is nothing to play
    until the next point."""
    recording = Recording(tmp_path, RecordingSettings(keep_mb=24))
    recording.offer(point(0, 1))
    for seq in range(1, 61):
        recording.take([entry(seq, size=1 << 20)])
        await recording.flush()
    assert bytes_in(tmp_path) <= 24 << 20
    recording.offer(point(60, 600))
    recording.take(some(61, 62))
    await recording.flush()
    assert listing(tmp_path).stretches()[-1] == Stretch(600, 620)
    await recording.finish()
