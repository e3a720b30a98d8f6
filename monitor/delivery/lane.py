"""The lane of one target: its letters are tried here, retried, and come to their ends.

Lives here: one target's tries, at most `lane_at_once` at a time, and its figures. Does not live
here: who goes next (`lineup`), whether anybody may (`breaker`), deadlines that pass while a letter
waits (`ledger`), the store (`marks`).
"""

import asyncio
import logging
import random
import traceback
from collections.abc import Callable
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from alerts.letter import OPEN, Letter, Posting, TargetHealth
from monitor.delivery.breaker import Breaker
from monitor.delivery.limits import LedgerLimits
from monitor.delivery.lineup import Entry, Lineup, Stage
from monitor.delivery.marks import MAX_WORDS, Ended, Marks
from monitor.delivery.target import NotNowError, RefusedError, Target
from monitor.delivery.waiting import Waker, after_seconds
from monitor.runtime.backoff import Backoff

log = logging.getLogger(__name__)

WITHDRAWN: Final = "withdrawn"
FOR_EVER_S: Final = 31_536_000.0  # nobody waits longer than a year


class Failed(Struct, frozen=True):
    """A try that failed: for good, or to be repeated, after so long at least if it says so."""

    words: str
    after_s: float | None = None
    for_good: bool = False


class Lane:
    """One target's letters. `ended` hears of each that ended durably, `freed` of each try's end."""

    def __init__(
        self,
        target: Target,
        marks: Marks,
        rng: random.Random,
        limits: LedgerLimits,
        ended: Callable[[Entry], None],
        freed: Callable[[], None],
    ) -> None:
        self.in_hand = 0
        self._target = target
        self._marks = marks
        self._rng = rng
        self._limits = limits
        self._ended = ended
        self._freed = freed
        self._breaker = Breaker(rng, limits)
        self._lineup = Lineup()
        self._held = 0  # queued letters whose posting is in memory
        self._stored = 0  # and those whose posting is in the store alone
        self._stopped = False
        self._waker = Waker()
        self._health = TargetHealth(name=target.name)

    def __len__(self) -> int:
        """Letters that have not ended."""
        return len(self._lineup)

    @property
    def health(self) -> TargetHealth:
        """The figures now."""
        return replace(
            self._health,
            breaker=self._breaker.state.value,
            opened=self._breaker.opened,
            waiting=len(self._lineup),
            in_hand=self.in_hand,
            stored=self._stored,
        )

    def take(self, entry: Entry, posting: Posting) -> None:
        """One more letter, behind the earlier ones of its recipient."""
        self._hold(entry, posting)
        self._lineup.add(entry)
        self._waker.wake()

    def release(self, entry: Entry) -> None:
        """A queued letter ends untried: no try of it begins any more; `end` follows."""
        entry.stage = Stage.ENDING
        self._unqueued(entry)

    async def end(self, entry: Entry, posting: Posting, state: Ended, words: str) -> None:
        """Marks its end durably and tells it; then its recipient's next letter may go."""
        await self._marks.end(posting, state, words)
        if state == "dead":
            log.warning("%s: letter %s is dead: %s", self._target.name, posting.letter.key, words)
        self._health = replace(self._health, **{state: getattr(self._health, state) + 1})
        self.drop(entry)

    def drop(self, entry: Entry) -> None:
        """It has ended."""
        self._lineup.remove(entry)
        self._ended(entry)
        self._waker.wake()

    def stop(self) -> None:
        """No further try begins."""
        self._stopped = True

    async def run(self, group: asyncio.TaskGroup) -> None:
        """Begins tries in the group whenever they are due, until cancelled."""
        while True:
            await self._waker.wait(self._begin_due(group))

    def _begin_due(self, group: asyncio.TaskGroup) -> float | None:
        """Begins all that may; after how many seconds, unless woken, there may be more."""
        now_s = asyncio.get_running_loop().time()
        while self.in_hand < self._limits.lane_at_once and not self._stopped:
            rest_s = self._breaker.wait_s(now_s, self.in_hand)
            if rest_s != 0:
                return rest_s
            entry = self._lineup.take(now_s)
            if entry is None:
                due_s = self._lineup.next_due_s()
                return None if due_s is None else due_s - now_s
            self._unqueued(entry)
            self.in_hand += 1
            group.create_task(self._carry(entry))
        return None

    async def _carry(self, entry: Entry) -> None:
        """One letter in hand, until it has ended or waits again."""
        try:
            posting = await self._marks.read(entry)
            if posting is None or posting.state != OPEN:
                self.drop(entry)  # it left the store, or was ended there
            elif not await self._end_if_over(entry, posting, self._marks.now_ms()):
                await self._bring(entry, posting)
        finally:
            self.in_hand -= 1
            self._waker.wake()
            self._freed()

    async def _bring(self, entry: Entry, posting: Posting) -> None:
        """One try and what follows from it."""
        if posting.attempts == 0:
            self._marks.tell_sent(posting.letter)
        failed = await self._try(posting.letter)
        posting = replace(posting, attempts=posting.attempts + 1)
        if failed is not None and not failed.for_good:
            await self._retry(entry, posting, failed)
            return
        if self._breaker.answered():
            log.info("%s: answers again", self._target.name)
        if failed is None:
            await self.end(entry, posting, "delivered", "")
        else:
            await self.end(entry, posting, "dead", failed.words)

    async def _retry(self, entry: Entry, posting: Posting, failed: Failed) -> None:
        """Puts it back to be tried later, durably, unless that would be too late."""
        now_s, now_ms = asyncio.get_running_loop().time(), self._marks.now_ms()
        if self._breaker.failed(entry.key, now_s, failed.after_s):
            log.warning("%s: left alone for a while: %s", self._target.name, failed.words)
        if entry.backoff is None:
            limits = self._limits
            entry.backoff = Backoff(self._rng, limits.retry_first_s, limits.retry_cap_s)
        wait_s = max(entry.backoff.next_s(), failed.after_s or 0.0)
        next_ts = after_seconds(now_ms, wait_s)
        posting = replace(posting, error=failed.words, next_ts=next_ts, updated_ts=now_ms)
        # Whoever asked not to be tried before the deadline is not waited for.
        soonest_ts = next_ts if failed.after_s else now_ms
        if await self._end_if_over(entry, posting, soonest_ts):
            return
        await self._marks.keep(posting)
        if await self._end_if_over(entry, posting, self._marks.now_ms()):
            return
        self._hold(entry, posting)
        self._lineup.put_back(entry, now_s + wait_s)

    async def _end_if_over(self, entry: Entry, posting: Posting, soonest_ts: int) -> bool:
        """Ends a letter in hand that was withdrawn, or can't be tried before its deadline."""
        if entry.withdrawn:
            await self.end(entry, posting, "cancelled", WITHDRAWN)
        elif soonest_ts >= entry.deadline_ts:
            await self.end(entry, posting, "expired", late_words(posting))
        else:
            return False
        return True

    async def _try(self, letter: Letter) -> Failed | None:
        """Tries once; None when the target took it."""
        begun_s = asyncio.get_running_loop().time()
        self._marks.probe("ledger.before_send")
        failed = await self._deliver(letter)
        self._marks.probe("ledger.after_send")
        health, now_ms = self._health, self._marks.now_ms()
        if failed is None:
            took_s = asyncio.get_running_loop().time() - begun_s
            health = replace(health, last_delivered_ts=now_ms, latency_s=took_s)
        else:
            health = replace(
                health, failures=health.failures + 1, last_error=failed.words, last_error_ts=now_ms
            )
        self._health = replace(health, tries=health.tries + 1)
        return failed

    async def _deliver(self, letter: Letter) -> Failed | None:
        try:
            async with asyncio.timeout(self._limits.try_s):
                await self._target.deliver(letter)
        except NotNowError as fault:
            return Failed(str(fault)[:MAX_WORDS], asked_s(fault))
        except RefusedError as fault:
            return Failed(str(fault)[:MAX_WORDS], for_good=True)
        except TimeoutError:
            return Failed(f"no answer within {self._limits.try_s:g} s")
        except Exception as fault:  # noqa: BLE001  # a fault of one target's code stops no other
            # The exception's text is not shown: it may hold an address with a secret in it.
            frames = "".join(traceback.format_tb(fault.__traceback__))
            log.error("%s: %s in\n%s", self._target.name, type(fault).__name__, frames)
            return Failed(f"{type(fault).__name__} in the target's own code")
        return None

    def _hold(self, entry: Entry, posting: Posting) -> None:
        """Keeps its posting in memory if that many are not kept yet."""
        entry.posting = posting if self._held < self._limits.lane_max else None
        self._held += entry.posting is not None
        self._stored += entry.posting is None

    def _unqueued(self, entry: Entry) -> None:
        self._held -= entry.posting is not None
        self._stored -= entry.posting is None


def late_words(posting: Posting) -> str:
    """Why a letter expired, with what the last try said, if there was one."""
    return f"not taken in time: {posting.error}" if posting.error else "not tried in time"


def asked_s(fault: NotNowError) -> float | None:
    """How long it asked to be left alone, made sane: it comes from outside."""
    if fault.after_s is None or not fault.after_s > 0:  # a NaN is not
        return None
    return min(fault.after_s, FOR_EVER_S)
