"""A stage for the ledger: a store that outlives it, scripted targets, and all that it told.

The target here stands for the port; the real receivers are in the contract suite. Times are those
of the virtual loop, `START_MS` at its beginning.
"""

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from alerts.letter import Drill, Letter, Posting
from monitor.core.reports import DeliveryReport
from monitor.delivery.ledger import Ledger
from monitor.delivery.limits import LedgerLimits
from monitor.delivery.target import NotNowError, RefusedError
from tests.support.virtual_loop import passes

START_MS: Final = 1_800_000_000_000
SECRET: Final = "hush"  # in the text of what a broken target raises


@dataclass(frozen=True)
class Act:
    """What a target does with one try, after `after_s` seconds."""

    does: str = "takes"  # or "fails", "refuses", "breaks"; "hangs" never ends
    after_s: float = 0.0
    retry_after_s: float | None = None


TAKES: Final = Act()
FAILS: Final = Act("fails")
REFUSES: Final = Act("refuses")
HANGS: Final = Act("hangs")
BREAKS: Final = Act("breaks")


def busy(retry_after_s: float) -> Act:
    """It fails and says when to come again."""
    return Act("fails", retry_after_s=retry_after_s)


class ScriptedTarget:
    """Does with each letter what its script says, try by try, and takes it when that is over."""

    def __init__(
        self, name: str, script: Mapping[str, Sequence[Act]] | None = None, always: Act = TAKES
    ) -> None:
        self.name = name
        self.always = always
        self.tries: list[tuple[float, str]] = []  # when each began, in seconds, and of what
        self.taken: list[tuple[float, str]] = []
        self.log: list[tuple[str, str]] = []  # its stage's
        self.at_once = self.most_at_once = 0
        self._acts = {key: list(acts) for key, acts in (script or {}).items()}

    def keys(self) -> list[str]:
        """What was tried, in order."""
        return [key for _, key in self.tries]

    def times(self, key: str) -> list[float]:
        """When the tries of a letter began."""
        return [at_s for at_s, tried in self.tries if tried == key]

    async def deliver(self, letter: Letter) -> None:
        """Plays the next act of the letter."""
        now_s = asyncio.get_running_loop().time
        acts = self._acts.get(letter.key)
        act = acts.pop(0) if acts else self.always
        self.tries.append((now_s(), letter.key))
        self.log.append(("try", letter.key))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await passes(1e6 if act.does == "hangs" else act.after_s)
        finally:
            self.at_once -= 1
        if act.does == "fails":
            raise NotNowError("it is down", act.retry_after_s)
        if act.does == "refuses":
            raise RefusedError("it says no")
        if act.does == "breaks":
            raise KeyError(SECRET)
        self.taken.append((now_s(), letter.key))


def letter(
    key: str,
    recipient: str | None = None,
    to: str = "main",
    deadline_s: float = 600.0,
    action_id: str = "a1",
    of: str | None = None,
) -> Posting:
    """A waiting letter made at the beginning; without a recipient it has one of its own."""
    return Posting(
        letter=Letter(
            key=key,
            of=of or key,
            to=to,
            city="riga",
            action_id=action_id,
            recipient=recipient or key,
            created_ts=START_MS,
            deadline_ts=START_MS + round(deadline_s * 1000),
            body=Drill(ts=START_MS, words="a test"),
        )
    )


@dataclass
class Stage:
    """What stays while ledgers come and go. The store takes `save_s` for each call, and fails
    `store_faults` times first."""

    targets: Sequence[ScriptedTarget]
    limits: LedgerLimits = field(default_factory=LedgerLimits)
    speed: float = 1.0  # of the engine's clock, against the loop's
    seed: int = 1
    probe: Callable[[str], None] = lambda point: None
    store: dict[str, Posting] = field(default_factory=dict)
    marks: list[Posting] = field(default_factory=list)
    # Every try and every mark with its state, in the order in which they happened, with the key.
    log: list[tuple[str, str]] = field(default_factory=list)
    reports: list[DeliveryReport] = field(default_factory=list)
    told: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    store_faults: int = 0
    save_s: float = 0.0

    def __post_init__(self) -> None:
        for target in self.targets:
            target.log = self.log

    def now_ms(self) -> int:
        """The engine's time."""
        return START_MS + int(asyncio.get_running_loop().time() * 1000 * self.speed)

    def ledger(self) -> Ledger:
        """A new life."""
        return Ledger(
            {target.name: target for target in self.targets},
            self.save,
            self.report,
            self.now_ms,
            random.Random(self.seed),
            self.limits,
            lambda point: self.probe(point),
            self.fetch,
        )

    def write(self, *postings: Posting) -> Sequence[Posting]:
        """Makes new letters durable, as the recorder does before the ledger gets them."""
        for posting in postings:
            self.store.setdefault(posting.letter.key, posting)
        return postings

    async def save(self, posting: Posting) -> None:
        """A mark."""
        await self._work()
        self.marks.append(posting)
        self.log.append((posting.state, posting.letter.key))
        self.store[posting.letter.key] = posting

    async def fetch(self, key: str) -> Posting | None:
        """One posting."""
        await self._work()
        return self.store.get(key)

    async def _work(self) -> None:
        if self.store_faults:
            self.store_faults -= 1
            raise OSError("the disk is full")
        await passes(self.save_s)

    def report(self, report: DeliveryReport) -> None:
        """Heard by the engine; an end must be durable by then."""
        ended = any(
            posting.state != "waiting" and posting.letter.of == report.of
            for posting in self.store.values()
        )
        assert ended or report.outcome == "sent", f"{report.of}: {report.outcome} is not durable"
        self.reports.append(report)
        self.told[report.of].append(report.outcome)

    def waiting(self) -> list[Posting]:
        """What a new life takes, the oldest first."""
        return [posting for posting in self.store.values() if posting.state == "waiting"]

    def states(self) -> dict[str, str]:
        """Where every letter stands, durably."""
        return {key: posting.state for key, posting in self.store.items()}


@asynccontextmanager
async def at_work(ledger: Ledger) -> AsyncIterator[Ledger]:
    """A ledger that runs for the length of the block; its own faults come out."""
    task = asyncio.create_task(ledger.run())
    try:
        yield ledger
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def play(stage: Stage, *postings: Posting, for_s: float = 1_000.0) -> None:
    """One life, in which these letters are written and taken at once."""
    ledger = stage.ledger()
    ledger.take(stage.write(*postings))
    async with at_work(ledger):
        await passes(for_s)
