"""The recording in the running monitor: it is written here, and played for watchers.

Each viewer is given a process of its own (`past/worker.py`), at most `viewers_max` of them. One
that is asked for nothing for `IDLE_S` ends; one that takes longer than its deadline is ended. What
is in the files and how they are played is not known here.
"""

import asyncio
import logging
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from config.load import Loaded
from config.store import RecordingSettings
from monitor.api.past_port import PastAsk, PastError, Recorded, StretchView
from monitor.api.readings import counter, gauge
from monitor.core.plan import CityPlan
from monitor.past.files import listing
from monitor.past.recording import Recording
from monitor.past.worker import ASK, DATA, END, HEAD, SETUP, Refused, frame, packed
from monitor.runtime.telemetry import Reading

log = logging.getLogger(__name__)

IDLE_S: Final = 120.0  # a viewer's process without an ask ends
STEAL_S: Final = 20.0  # after so long without an ask another viewer may have it
WRITE_EVERY_S: Final = 1.0
FIRST_S: Final = 60.0  # to the first piece of an answer
NEXT_S: Final = 30.0  # from one piece to the next, and for what is left of an answer not read out
ROOT: Final = Path(__file__).parents[2]

Plans = Sequence[CityPlan]


class _Viewer:
    """One process, and what it was asked."""

    def __init__(self, process: asyncio.subprocess.Process, plans: Plans) -> None:
        self.process = process
        self.plans = plans
        self.lock = asyncio.Lock()
        self.used_s = time.monotonic()
        self.is_answering = False
        self.is_torn = False  # a frame was read in part: what comes next can't be read

    @property
    def is_usable(self) -> bool:
        """Whether it can be asked."""
        return self.process.returncode is None and not self.is_torn

    async def ask(self, contents: bytes) -> None:
        """Put a question; what is left of the last answer is passed over."""
        async with asyncio.timeout(NEXT_S):
            while self.is_answering:
                await self.read()
        self._send(frame(ASK, contents))
        self.is_answering = True

    async def read(self) -> tuple[int, bytes]:
        """The next frame; raises asyncio.IncompleteReadError when the process is gone."""
        assert self.process.stdout is not None
        self.is_torn = True
        length, kind = HEAD.unpack(await self.process.stdout.readexactly(HEAD.size))
        contents = await self.process.stdout.readexactly(length)
        self.is_torn = False
        self.is_answering = kind == DATA
        return kind, contents

    def set_up(self, contents: bytes) -> None:
        """Tell it where the recording is, and the plans."""
        self._send(frame(SETUP, contents))

    def _send(self, told: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(told)

    async def end(self) -> None:
        """End the process."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.communicate()  # reads out what is left, so that its pipes close


class Past:
    """The port of the recording; opened by `open_past`."""

    def __init__(
        self,
        folder: Path,
        recording: Recording,
        settings: RecordingSettings,
        plans: Callable[[], Plans],
    ) -> None:
        self.recording = recording
        self.asks = 0
        self.refused = 0
        self.ended = 0  # processes that were ended for taking too long, or ended by themselves
        self._folder = folder
        self._settings = settings
        self._plans = plans
        self._viewers: dict[str, _Viewer] = {}
        self._opening = asyncio.Lock()

    @property
    def processes(self) -> list[int]:
        """The ids of the processes that play."""
        return [one.process.pid for one in self._viewers.values()]

    async def recorded(self) -> Recorded:
        """What there is."""
        await self.recording.flush()
        there = await asyncio.to_thread(listing, self._folder)
        return Recorded(
            stretches=tuple(StretchView(*stretch) for stretch in there.stretches()),
            bytes=there.size,
            keep_h=self._settings.keep_h,
            keep_mb=self._settings.keep_mb,
            replays=len(self._viewers),
            replays_max=self._settings.viewers_max,
        )

    async def play(self, viewer: str, ask: PastAsk) -> AsyncGenerator[bytes, None]:
        """The answer in pieces; see `PastPort`."""
        self.asks += 1
        await self.recording.flush()
        one = await self._viewer(viewer)
        try:
            async with asyncio.timeout(NEXT_S):
                await one.lock.acquire()
        except TimeoutError:
            self.refused += 1
            raise PastError("replays_busy", "your replay is still at its last answer") from None
        try:
            one.used_s = time.monotonic()
            await one.ask(msgspec.json.encode(ask))
            wait_s = FIRST_S
            while True:
                async with asyncio.timeout(wait_s):
                    kind, contents = await one.read()
                if kind == END:
                    return
                if kind != DATA:
                    refused = msgspec.json.decode(contents, type=Refused)
                    raise PastError(refused.code, refused.words)
                yield contents
                wait_s = NEXT_S
        except (TimeoutError, asyncio.IncompleteReadError, ConnectionError) as fault:
            await self._drop(viewer, one)
            self.ended += 1
            if isinstance(fault, TimeoutError):
                raise PastError("replay_too_long", "it took too long: ask for less") from None
            raise PastError("replay_failed", "the replay's process has ended") from None
        finally:
            one.used_s = time.monotonic()
            one.lock.release()

    async def _viewer(self, name: str) -> _Viewer:
        """The viewer's process; a new one, or that of another who has left it, where he has none.

        Raises PastError where all are in use.
        """
        async with self._opening:
            plans = tuple(self._plans())
            known = self._viewers.get(name)
            if known is not None and known.is_usable and _same(known.plans, plans):
                known.used_s = time.monotonic()  # nobody takes it away meanwhile
                return known
            if known is not None:
                await self._drop(name, known)
            elif len(self._viewers) >= self._settings.viewers_max:
                await self._make_room()
            one = await self._start(plans)
            self._viewers[name] = one
            return one

    async def _make_room(self) -> None:
        free = [(one.used_s, name) for name, one in self._viewers.items() if not one.lock.locked()]
        used_s, name = min(free, default=(float("inf"), ""))
        if time.monotonic() - used_s < STEAL_S:
            self.refused += 1
            most = self._settings.viewers_max
            raise PastError("replays_busy", f"{most} replays are under way, the most there may be")
        await self._drop(name, self._viewers[name])

    async def _start(self, plans: Plans) -> _Viewer:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "monitor.past.worker"),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the monitor, which ends it
        )
        one = _Viewer(process, plans)
        setup = await asyncio.to_thread(packed, self._folder, plans)
        one.set_up(setup)
        return one

    async def _drop(self, name: str, one: _Viewer) -> None:
        if self._viewers.get(name) is one:
            del self._viewers[name]
        await one.end()

    async def run(self) -> None:
        """Write the recording, and end processes that nobody asks any more, until cancelled."""
        while True:
            await asyncio.sleep(WRITE_EVERY_S)
            await self.recording.flush()
            old_s = time.monotonic() - IDLE_S
            for name, one in list(self._viewers.items()):
                if one.used_s < old_s and not one.lock.locked():
                    await self._drop(name, one)

    async def close(self) -> None:
        """End all processes, and write what waits."""
        for name, one in list(self._viewers.items()):
            await self._drop(name, one)
        await self.recording.finish()

    def readings(self) -> Iterator[Reading]:
        """What `/metrics` tells of it."""
        kept = self.recording
        failing = {(): float(kept.failing is not None)}
        yield gauge("recording_failing", "Whether it can't be written.", (), failing)
        yield gauge("recording_bytes", "Size of its files, about.", (), {(): kept.bytes})
        yield counter("recording_entries", "Inputs recorded.", (), {(): kept.entries})
        yield counter("recording_lost", "Inputs not recorded.", (), {(): kept.lost})
        yield counter("recording_points", "Points to begin from.", (), {(): kept.points})
        yield gauge("replays", "Replays open.", (), {(): len(self._viewers)})
        yield counter("replay_asks", "Asks of replays.", (), {(): self.asks})
        yield counter("replay_refusals", "Asks refused: all in use.", (), {(): self.refused})
        yield counter("replay_failures", "Replays ended for a fault.", (), {(): self.ended})


def _same(some: Plans, others: Plans) -> bool:
    """Whether these are the very same plans; a reload makes new ones."""
    return len(some) == len(others) and all(a is b for a, b in zip(some, others, strict=True))


@asynccontextmanager
async def open_past(loaded: Loaded, plans: Callable[[], Plans]) -> AsyncIterator[Past | None]:
    """The recording, closed when the context is left; None where it is off, or can't be written:
    the log says so, and the monitor goes on without."""
    settings = loaded.settings.recording
    if not settings.enabled:
        yield None
        return
    with ExitStack() as stack:
        folder = _folder(loaded, stack)
        try:
            recording = await asyncio.to_thread(Recording, folder, settings)
        except OSError as fault:
            log.error("nothing is recorded, %s can't be used: %s", folder, fault)
            yield None
            return
        past = Past(folder, recording, settings, plans)
        try:
            yield past
        finally:
            await past.close()


def _folder(loaded: Loaded, stack: ExitStack) -> Path:
    """Where it is kept; what is to be forgotten with the process leaves with the stack."""
    store = loaded.settings.store
    path = loaded.settings.recording.path
    if store.type == "none":
        return Path(stack.enter_context(TemporaryDirectory(prefix="citywatch-recording-")))
    if path is not None:
        return loaded.resolve(path)
    beside = store.path if store.type == "sqlite" else "citywatch.toml"
    return loaded.resolve(beside).with_name("recording")
