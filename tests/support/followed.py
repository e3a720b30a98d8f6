"""What the tests of a followed file need: a reader with several lives, and what writers do.

The blocking calls stand here, so that the tests themselves are nothing but what happens.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from config.edges import Beginning
from monitor.transports.follow import FollowedFile, FollowOptions
from monitor.transports.follow_file import read_place
from tests.support.sources import running
from tests.support.waiting import until

LINGER_S: Final = 0.05


@dataclass
class Reader:
    """Lives of one source, as the monitor would have them: its place is kept between them."""

    path: Path
    beginning: Beginning = "start"
    kept: str | None = None
    pieces: list[bytes] = field(default_factory=list)
    is_held: bool = False  # nothing more becomes durable
    waits: bool = False  # something is there that would

    @property
    def read(self) -> bytes:
        """All that came, in its order."""
        return b"".join(self.pieces)

    async def take(self, payloads: Sequence[bytes]) -> None:
        """The sink: what came is durable on return."""
        if self.is_held:
            self.waits = True
            await asyncio.Event().wait()
        self.pieces += payloads

    def _note(self, place: str) -> None:
        self.kept = place

    @asynccontextmanager
    async def living(self) -> AsyncIterator[FollowedFile]:
        """A life, from where the last one stood."""
        options = FollowOptions(self.path, self.beginning, poll_s=0.01, linger_s=LINGER_S)
        source = FollowedFile(options, "log", self.kept, self._note)
        async with running(source, self):
            yield source

    async def until(self, read: bytes) -> None:
        """Waits until that much has come, and is what was expected."""
        await until(lambda: len(self.read) >= len(read), f"{len(read)} bytes of {self.path}")
        assert self.read == read

    async def until_at(self, offset: int) -> None:
        """Waits until the place kept stands there."""
        await until(lambda: place_of(self) == offset, f"the place at byte {offset}")


def place_of(reader: Reader) -> int | None:
    """Where the place kept stands."""
    return None if reader.kept is None else read_place(reader.kept).offset


def make_folder(path: Path) -> None:
    """Where a file should be."""
    path.mkdir()


def append(path: Path, data: bytes) -> None:
    """Writes at the end, as a program does that logs."""
    with path.open("ab") as file:
        file.write(data)


def size_of(path: Path) -> int:
    """Its bytes."""
    return path.stat().st_size


def rename(path: Path, to: Path) -> None:
    """As logrotate does."""
    path.rename(to)


def shift(path: Path) -> None:
    """As logrotate does with many: each of those rotated away gets the next number."""
    aged = {int(old.suffix[1:]): old for old in path.parent.glob("*.ndjson.*")}
    for age in sorted(aged, reverse=True):
        rename(aged[age], path.with_name(f"events.ndjson.{age + 1}"))
    rename(path, path.with_name("events.ndjson.1"))


def later(path: Path, by_s: float) -> None:
    """The file was written to so long after now: rotations of a test come too fast to be told."""
    now_ns = path.stat().st_mtime_ns + round(by_s * 1e9)
    os.utime(path, ns=(now_ns, now_ns))


def cut_off(path: Path, fresh: bytes) -> None:
    """It begins anew with this, as the same file."""
    path.write_bytes(fresh)


def copy_and_truncate(path: Path, to: Path) -> None:
    """As logrotate does with `copytruncate`."""
    shutil.copy2(path, to)
    os.truncate(path, 0)
