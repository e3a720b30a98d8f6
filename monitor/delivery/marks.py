"""What became of letters: first written to the store, then told.

Lives here: the ledger's way to the store, which it waits for as long as it takes, and the reports.
Does not live here: what becomes of a letter (`lane`, `ledger`).
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import Final, Literal, TypeVar

import msgspec

from alerts.letter import Letter, Posting, PostingState
from monitor.core.reports import DeliveryReport
from monitor.delivery.lineup import Entry
from monitor.runtime.backoff import Backoff

log = logging.getLogger(__name__)

T = TypeVar("T")
Ended = Literal["delivered", "dead", "expired", "cancelled"]
Outcome = Literal["sent", "delivered", "failed", "expired", "cancelled"]
OUTCOMES: Final[dict[PostingState, Outcome]] = {
    "delivered": "delivered",
    "dead": "failed",
    "expired": "expired",
    "cancelled": "cancelled",
}
MAX_WORDS: Final = 300  # of what a target says; longer ones are cut
STORE_RETRY_CAP_S: Final = 5.0


class Marks:
    """The store and the engine, as the ledger sees them."""

    def __init__(
        self,
        save: Callable[[Posting], Awaitable[None]],
        fetch: Callable[[str], Awaitable[Posting | None]],
        report: Callable[[DeliveryReport], None],
        now_ms: Callable[[], int],
        rng: random.Random,
        probe: Callable[[str], None],
    ) -> None:
        self.store_failures = 0
        self.now_ms = now_ms
        self.probe = probe
        self._save = save
        self._fetch = fetch
        self._report = report
        self._rng = rng

    async def read(self, entry: Entry) -> Posting | None:
        """The posting of an entry, from the store where it is not in memory; None: it is gone."""
        if entry.posting is not None:
            return entry.posting
        return await self._insist(lambda: self._fetch(entry.key))

    async def keep(self, posting: Posting) -> None:
        """Returns once it is durable."""
        self.probe("ledger.before_mark")
        await self._insist(lambda: self._save(posting))
        self.probe("ledger.after_mark")

    async def end(self, posting: Posting, state: Ended, words: str) -> None:
        """Marks a letter as ended, then tells it."""
        ended = msgspec.structs.replace(
            posting, state=state, error=words, updated_ts=self.now_ms(), next_ts=0
        )
        await self.keep(ended)
        self.tell(ended)

    def tell(self, posting: Posting) -> None:
        """Tells of a letter that has ended; a repetition is harmless."""
        self._tell(posting.letter, OUTCOMES[posting.state], posting.error)

    def tell_sent(self, letter: Letter) -> None:
        """Tells that the first try of a letter begins."""
        self._tell(letter, "sent", "")

    def _tell(self, letter: Letter, outcome: Outcome, words: str) -> None:
        self._report(
            DeliveryReport(
                city=letter.city,
                ts=self.now_ms(),
                action_id=letter.action_id,
                of=letter.of,
                to=letter.to,
                outcome=outcome,
                words=words,
            )
        )

    async def _insist(self, call: Callable[[], Awaitable[T]]) -> T:
        """Asks the store until it has done it: nothing goes on before that is known."""
        backoff = Backoff(self._rng, cap_s=STORE_RETRY_CAP_S)
        while True:
            try:
                return await call()
            except Exception as fault:  # noqa: BLE001  # the edge to the store: letters wait
                self.store_failures += 1
                if backoff.attempts == 0:
                    log.warning("the store: %s; letters wait", fault)
            await asyncio.sleep(backoff.next_s())
