"""Events from a file of JSON lines that grows, such as the log of another program.

Lives here: the source, its waiting, and what it shows of itself. Does not live here: the file and
its lines (`follow_file.py`), decoding, and where its place is kept (the store, by the recorder).

The sink returns once the events are durable, and only then the place behind them is noted: after a
crash the last piece may come again, which changes nothing, and none is left out. The file is looked
at every quarter of a second: that works on every file system, and costs a few system calls.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import msgspec

from config.edges import Beginning
from monitor.ingest.source import Sink
from monitor.transports.files import FileError
from monitor.transports.follow_file import Place, Tail, read_place, write_place

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FollowOptions:
    """What is followed, and how; times in seconds."""

    path: Path
    beginning: Beginning = "start"  # where to begin in a file that is there already
    poll_s: float = 0.25  # from one look at a file in which nothing is new to the next
    linger_s: float = 1.0  # how long a file rotated away must have been quiet to be left


@dataclass(slots=True)
class FollowState:
    """For readiness and metrics; counts since the start."""

    connected: bool = False  # the file is open
    last_error: str | None = None  # why it is not
    bytes: int = 0  # read, and durable
    lag_bytes: int = 0  # of the open file, not durable yet at the last look
    opened: int = 0  # files: the first, and the next after each rotation or cut


class FollowedFile:
    """A source that reads on for as long as it runs."""

    def __init__(
        self,
        options: FollowOptions,
        name: str = "file",
        place: str | None = None,
        note: Callable[[str], None] = lambda place: None,
    ) -> None:
        """`place` is what `note` was last given in the life before; None for the first time."""
        self.name = name
        self.state = FollowState()
        self._options = options
        self._place = None if place is None else self._read(place)
        self._note = note

    async def run(self, sink: Sink) -> None:
        """Brings whole lines into `sink` until cancelled; waits for a file that is not there."""
        options = self._options
        loop = asyncio.get_running_loop()
        tail = Tail(options.path, self.name, options.beginning, self._place, options.linger_s)
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix=self.name) as thread:
            try:
                while True:
                    try:
                        piece = await loop.run_in_executor(thread, tail.read)
                    except (OSError, FileError) as fault:
                        self._note_failure(fault)
                    else:
                        size = sum(map(len, piece.lines))
                        self._note_open(piece.lag + size, tail.opened)
                        if piece.lines:
                            await sink.take(piece.lines)
                        self.state.bytes += size
                        self.state.lag_bytes = piece.lag
                    if not self._note_place(tail.place):
                        await asyncio.sleep(options.poll_s)
            finally:
                # In the same thread: it comes after a read that may be under way.
                await asyncio.shield(loop.run_in_executor(thread, tail.close))

    def _read(self, place: str) -> Place | None:
        try:
            return read_place(place)
        except msgspec.MsgspecError as fault:
            log.error("%s: its place can't be read, it is begun anew: %s", self.name, fault)
            return None

    def _note_place(self, place: Place | None) -> bool:
        """Have the place kept; whether it is another one than before."""
        if place is None or place == self._place:
            return False
        self._place = place
        self._note(write_place(place))
        return True

    def _note_open(self, lag_bytes: int, opened: int) -> None:
        state = self.state
        state.connected, state.last_error = True, None
        state.lag_bytes, state.opened = lag_bytes, opened

    def _note_failure(self, fault: OSError | FileError) -> None:
        """Keeps the reason, and logs it when it is another one than last time."""
        words = str(fault)
        if isinstance(fault, OSError):
            words = f"{fault.filename or self._options.path}: {fault.strerror or fault}"
        if words != self.state.last_error:
            log.warning("%s: waits for its file: %s", self.name, words)
        self.state.connected, self.state.last_error = False, words
