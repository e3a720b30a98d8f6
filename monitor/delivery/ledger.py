"""The ledger: carries every letter to its one end, across retries and crashes.

The promise: a letter was durable before it came here; it is tried, and tried again, until it is
delivered, refused, out of time or withdrawn; that end is durable before it is told. A crash at any
point repeats at most what was not yet marked, with the same idempotency key: at least once, and
once where the receiver honours the key.

Lives here: what is known of all letters (keys, actions, deadlines) and the ends of those that end
untried. Does not live here: one target's tries (`lane`), the store (`marks`). Called by the
composition root with what the engine wrote.
"""

import asyncio
import heapq
import logging
import random
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from alerts.letter import OPEN, Posting, TargetHealth
from monitor.core.reports import DeliveryReport
from monitor.delivery.lane import WITHDRAWN, Lane, late_words
from monitor.delivery.limits import LedgerLimits
from monitor.delivery.lineup import Entry, Stage
from monitor.delivery.marks import Ended, Marks
from monitor.delivery.target import Target
from monitor.delivery.waiting import LOOK_S, Waker, seconds_until

log = logging.getLogger(__name__)

# Ended letters are left in the heap of deadlines; it is swept when most of it is such.
SWEEP_ABOVE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Ending:
    """A letter that ends untried; `words` None: that its time is over. `lane` None: in no lane."""

    entry: Entry
    lane: Lane | None
    state: Ended
    words: str | None


class Ledger:
    """All letters that have not ended.

    `save` makes a posting durable in place of the one before; `fetch` reads one by its key;
    whatever they raise is counted, and they are called again. `report` must not block. `now_ms` is
    the engine's clock. `probe` is called at each point `ledger.(before|after)_(send|mark)`.
    """

    def __init__(
        self,
        targets: Mapping[str, Target],
        save: Callable[[Posting], Awaitable[None]],
        report: Callable[[DeliveryReport], None],
        now_ms: Callable[[], int],
        rng: random.Random,
        limits: LedgerLimits,
        probe: Callable[[str], None],
        fetch: Callable[[str], Awaitable[Posting | None]],
    ) -> None:
        self.unaddressed = 0  # letters whose target is not configured
        self.overflowed = 0  # letters refused because their lane was full
        self._marks = Marks(save, fetch, report, now_ms, rng, probe)
        self._now_ms = now_ms
        self._limits = limits
        self._calm = Waker()
        self._lanes = {
            name: Lane(target, self._marks, rng, limits, self._forget, self._calm.wake)
            for name, target in targets.items()
        }
        self._open: dict[str, Entry] = {}  # by key
        self._by_action: dict[str, dict[Entry, None]] = {}  # in the order taken
        self._ended: set[str] = set()
        self._ended_in_order: deque[str] = deque()
        self._deadlines: list[tuple[int, int, Entry]] = []
        self._endings: deque[Ending] = deque()
        self._ending = 0  # of them and those whose mark is under way
        self._taken = 0
        self._stopping = False
        self._waker = Waker()

    @property
    def store_failures(self) -> int:
        """How often the store could not be read or written."""
        return self._marks.store_failures

    def health(self) -> tuple[TargetHealth, ...]:
        """The figures of every target, in the order of the configuration."""
        return tuple(lane.health for lane in self._lanes.values())

    def take(self, postings: Iterable[Posting]) -> None:
        """Takes letters that are durable already, in the order in which they are to arrive.

        A key known in this life is ignored. What an earlier life saw of a letter is told again: its
        end, since that life may have been killed before it told; and that it was tried, where it
        has not ended or was withdrawn, for its recipient may have heard. Never waits.
        """
        for posting in postings:
            key = posting.letter.key
            if key in self._open or key in self._ended:
                continue
            if posting.attempts and posting.state in (OPEN, "cancelled"):
                self._marks.tell_sent(posting.letter)
            if posting.state == OPEN:
                self._enter(posting)
            else:
                self._remember(key)
                self._marks.tell(posting)

    def cancel(self, action_id: str, of: str | None = None) -> int:
        """Withdraws what was taken of an action, or of one target of it, and has not ended.

        A try in hand is not broken off: it may still be delivered, but is not repeated. Returns
        how many that concerns. Letters taken later are not withdrawn.
        """
        withdrawn = [
            entry for entry in self._by_action.get(action_id, ()) if of is None or entry.of == of
        ]
        for entry in withdrawn:
            entry.withdrawn = True
            if entry.stage is Stage.QUEUED:
                self._end_untried(entry, "cancelled", WITHDRAWN)
        return len(withdrawn)

    async def run(self) -> None:
        """Works until cancelled; what is in hand then stays `waiting` in the store."""
        async with asyncio.TaskGroup() as group:
            for lane in self._lanes.values():
                group.create_task(lane.run(group))
            group.create_task(self._end_all_untried())

    async def settle(self, deadline_s: float) -> int:
        """Begins nothing more and gives what is in hand time to finish, while `run` still runs.

        Returns how many were not finished: they are `waiting` in the store, for the next life.
        """
        self._stopping = True
        for lane in self._lanes.values():
            lane.stop()
        try:
            async with asyncio.timeout(deadline_s):
                while self._unfinished():
                    await self._calm.wait(None)
        except TimeoutError:
            log.warning("%d letters in hand were not finished in time", self._unfinished())
        return self._unfinished()

    def _unfinished(self) -> int:
        return self._ending + sum(lane.in_hand for lane in self._lanes.values())

    def _enter(self, posting: Posting) -> None:
        letter = posting.letter
        now_s = asyncio.get_running_loop().time()
        self._taken += 1
        entry = Entry(
            key=letter.key,
            to=letter.to,
            action_id=letter.action_id,
            of=letter.of,
            recipient=(letter.city, letter.recipient),
            deadline_ts=letter.deadline_ts,
            number=self._taken,
            due_s=now_s + seconds_until(posting.next_ts, self._now_ms()),
        )
        self._open[entry.key] = entry
        self._by_action.setdefault(entry.action_id, {})[entry] = None
        lane = self._lanes.get(letter.to)
        if lane is None:
            self.unaddressed += 1
            self._refuse(entry, posting, f"no target {letter.to} is configured")
        elif len(lane) >= self._limits.lane_wall:
            self.overflowed += 1
            self._refuse(entry, posting, f"the lane of {letter.to} is full")
        else:
            lane.take(entry, posting)
            heapq.heappush(self._deadlines, (entry.deadline_ts, entry.number, entry))
            if self._deadlines[0][2] is entry:
                self._waker.wake()

    def _refuse(self, entry: Entry, posting: Posting, words: str) -> None:
        """It never comes into a lane."""
        log.warning("letter %s is dead: %s", entry.key, words)
        entry.posting = posting
        entry.stage = Stage.ENDING
        self._add_ending(Ending(entry, None, "dead", words))

    def _end_untried(self, entry: Entry, state: Ended, words: str | None) -> None:
        lane = self._lanes[entry.to]
        lane.release(entry)
        self._add_ending(Ending(entry, lane, state, words))

    def _add_ending(self, ending: Ending) -> None:
        self._endings.append(ending)
        self._ending += 1
        self._waker.wake()

    async def _end_all_untried(self) -> None:
        """Marks those that expired, were withdrawn, or could not be addressed; until cancelled."""
        while True:
            wait_s = self._find_expired()
            if not self._endings:
                await self._waker.wait(wait_s)
                continue
            count = min(len(self._endings), self._limits.marks_at_once)
            async with asyncio.TaskGroup() as group:
                for ending in [self._endings.popleft() for _ in range(count)]:
                    group.create_task(self._end(ending))

    async def _end(self, ending: Ending) -> None:
        entry, lane = ending.entry, ending.lane
        try:
            posting = await self._marks.read(entry)
            if posting is None or posting.state != OPEN:  # it left the store, or was ended there
                drop = self._forget if lane is None else lane.drop
                drop(entry)
                return
            words = late_words(posting) if ending.words is None else ending.words
            if lane is None:
                await self._marks.end(posting, ending.state, words)
                self._forget(entry)
            else:
                await lane.end(entry, posting, ending.state, words)
        finally:
            self._ending -= 1
            self._calm.wake()

    def _find_expired(self) -> float | None:
        """Queues those whose deadline has come; when to look again.

        One in hand is left to its lane, which looks at the deadline when the try has ended.
        """
        now_ms = self._now_ms()
        if len(self._deadlines) > SWEEP_ABOVE + 2 * len(self._open):
            self._deadlines = [each for each in self._deadlines if each[2].stage is not Stage.ENDED]
            heapq.heapify(self._deadlines)
        while self._deadlines and not self._stopping:
            deadline_ts, _, entry = self._deadlines[0]
            if deadline_ts > now_ms and entry.stage is not Stage.ENDED:
                return min(LOOK_S, seconds_until(deadline_ts, now_ms))
            heapq.heappop(self._deadlines)
            if entry.stage is Stage.QUEUED:
                self._end_untried(entry, "expired", None)
        return None

    def _forget(self, entry: Entry) -> None:
        """It has ended, durably."""
        entry.stage = Stage.ENDED
        entry.posting = None
        del self._open[entry.key]
        same_action = self._by_action[entry.action_id]
        del same_action[entry]
        if not same_action:
            del self._by_action[entry.action_id]
        self._remember(entry.key)

    def _remember(self, key: str) -> None:
        self._ended.add(key)
        self._ended_in_order.append(key)
        if len(self._ended_in_order) > self._limits.ended_keys:
            self._ended.discard(self._ended_in_order.popleft())
