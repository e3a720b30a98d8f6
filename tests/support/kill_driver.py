"""One life of a monitor over the scripted day: from the first step that was not acknowledged on.

Lives here: `live`, which builds the real `Monitor`, gives it step after step, and notes each that
was acknowledged in a file, as a broker or a person would know it; and what is found at the end.
Does not live here: the day (`kill_script`), killing and forking (`kill_lab`).

A step that was given and not acknowledged when the process died is given again, events as a broker
would; a person looks first whether his command was done. Between two steps the driver waits until
the ledger has nothing in hand: the events' time would outrun real deliveries otherwise.
"""

import asyncio
import itertools
import json
import os
import random
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from config.load import load
from monitor.app import Monitor
from monitor.core.city import City
from monitor.ingest.feed import Feed
from monitor.store.port import Probe, StoreError
from monitor.wiring.plans import make_plans
from tests.support.kill_city import CITY, Json, event
from tests.support.kill_script import SCRIPT, Answer, Ask, Step

DEADLINE_S: Final = 60.0
LOOK_S: Final = 0.001

# Called before each step with its number, for tests that break something else meanwhile.
Meanwhile = Callable[[Monitor, int], Awaitable[None]]


class Points:
    """A probe that counts its calls, and kills the process at one of them."""

    def __init__(self, kill_at: int) -> None:
        self.seen: list[str] = []
        self._kill_at = kill_at
        self._numbers = itertools.count(1)

    def __call__(self, point: str) -> None:
        number = next(self._numbers)
        if number == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.seen.append(point)


class Acknowledged:
    """The file of steps that were acknowledged."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def count(self) -> int:
        """How many were, from the first on."""
        return self._path.read_bytes().count(b"\n") if self._path.exists() else 0

    def add(self, number: int) -> None:
        """One more; there even if the next moment kills the process."""
        file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(file, b"step %d acknowledged\n" % number)
        os.close(file)


async def nothing_meanwhile(_monitor: Monitor, _number: int) -> None:
    """The usual."""


async def live(
    config: Path,
    taken: Path,
    probe: Probe,
    meanwhile: Meanwhile = nothing_meanwhile,
    deadline_s: float = DEADLINE_S,
) -> Json:
    """Live to the end of the day and stop in order; what was found then. `taken`: the receiver's
    file of letters that took effect."""
    loaded = load(config, {})
    monitor = Monitor(loaded, make_plans(loaded), rng=random.Random(7), probe=probe)
    acknowledged = Acknowledged(config.parent / "acknowledged")
    stop = asyncio.Event()
    found: Json = {}
    async with asyncio.timeout(deadline_s), asyncio.TaskGroup() as tasks:
        tasks.create_task(monitor.run(stop))
        await monitor.ready.wait()
        driver = _Driver(monitor, taken)
        await driver.quiet()
        first = acknowledged.count
        for number in range(first, len(SCRIPT)):
            await meanwhile(monitor, number)
            await driver.give(SCRIPT[number], may_be_done=number == first)
            await driver.quiet()
            acknowledged.add(number)
        found = await findings(monitor)
        stop.set()
    return found


class _Driver:
    """Gives a monitor what a broker and people would."""

    def __init__(self, monitor: Monitor, taken: Path) -> None:
        self._monitor = monitor
        self._feed: Feed = monitor.feed("driver")
        self._taken = taken

    async def quiet(self) -> None:
        """Returns when no letter is in hand, and all that is known of them is durable."""
        monitor = self._monitor
        assert monitor.outbound is not None
        ledger = monitor.outbound.ledger
        while True:
            while any(each.waiting for each in ledger.health()):  # noqa: ASYNC110 - all it shows
                await asyncio.sleep(LOOK_S)
            await monitor.recorder.durable()
            # What became durable just now may have brought other letters.
            if not any(each.waiting for each in ledger.health()):
                return

    async def give(self, step: Step, may_be_done: bool) -> None:
        """One step, until it is acknowledged. `may_be_done`: an earlier life may have taken it."""
        if isinstance(step, Ask):
            await self._ask(step, may_be_done)
        elif isinstance(step, Answer):
            await self._feed.take([_encoded(self._answers(step))])
        elif step.snapshot:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._save())
                both.create_task(self._feed.take([_encoded(step.events)]))
        else:
            await self._feed.take([_encoded(step.events)])

    async def _save(self) -> None:
        with suppress(StoreError):  # as the keeper does: there is a next time
            await self._monitor.keeper.save()

    async def _ask(self, step: Ask, may_be_done: bool) -> None:
        engine = self._monitor.engine
        if may_be_done:
            done = await self._monitor.store.audit(CITY, None, 100_000)
            if any((entry.by, entry.act) == (step.by, step.act) for entry in done):
                return  # nobody had told him, but there it is
        city = self._monitor.state.cities[CITY]
        outcome = await engine.submit(step.make(city, step.by, engine.now_ms()))
        assert outcome.ok, (step.by, outcome)

    def _answers(self, step: Answer) -> tuple[Json, ...]:
        """What couriers say to the newest push that has come to each."""
        pushes: dict[str, str] = {}
        for line in self._taken.read_text().splitlines():
            letter = json.loads(json.loads(line)["body"])
            if letter["type"] == "push":
                pushes[letter["courier_id"]] = letter["push_id"]
        return tuple(
            event(
                step.seconds,
                "courier.push_response",
                courier_id=courier_id,
                push_id=pushes[courier_id],
                response=response,
            )
            for courier_id, response in step.says.items()
            if courier_id in pushes
        )


def _encoded(events: tuple[Json, ...]) -> bytes:
    return msgspec.json.encode(events)


# --- what is found at the end -----------------------------------------------------------------


async def findings(monitor: Monitor) -> Json:
    """All that must be the same whoever was killed, as builtins."""
    city, store = monitor.state.cities[CITY], monitor.store
    while True:  # until the deadline of the whole day
        try:
            postings = await store.postings()
            break
        except StoreError:  # it was killed at its last write and is not back yet
            await asyncio.sleep(0.05)
    audit = await store.audit(None, None, 100_000)
    seqs = [entry.seq async for entry in store.entries(0)]
    return {
        **_of(city),
        "postings": {posting.letter.key: posting.state for posting in postings},
        "audit": sorted([entry.by, entry.act, entry.subject, entry.ok] for entry in audit),
        "holes": [seq for seq, after in itertools.pairwise(seqs) if after != seq + 1],
        "rejected": monitor.inputs.feeds["driver"].counts.rejected,
    }


def _of(city: City) -> Json:
    book, desk = city.book, city.desk
    living: list[Any] = [track.alert for track in book.tracks.values() if track.alert is not None]
    return {
        "living": [alert.id for alert in living],
        "alerts": {alert.id: _alert(alert) for alert in book.history},
        "under_way": sorted(desk.actions.living),
        "actions": {action.id: _action(action) for action in desk.actions.history},
    }


def _alert(alert: Any) -> Json:
    told: Json = msgspec.to_builtins(alert)
    return told


def _action(action: Any) -> Json:
    """Of the record only the states: when a receiver's answer is noted depends on the wall."""
    told: Json = msgspec.to_builtins(action)
    told["record"] = [step["state"] for step in told["record"]]
    return told
