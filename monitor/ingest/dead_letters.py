"""What was refused: counted by reason for good, and the latest kept to look at.

Lives here: a bounded ring of refusals (`GET /v1/rejected` reads it) and their counts (`/metrics`
reads them). Filled by `feed`. Memory: at most `keep` letters of about 1 kB each.
"""

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Final

import msgspec

from monitor.ingest.codec import Rejected, RejectReason

KEEP: Final = 1_000


class DeadLetter(msgspec.Struct, frozen=True, gc=False):
    """One refused event: where and when it came, and why it was refused."""

    source: str
    received_ms: int
    reason: RejectReason
    detail: str
    sample: str


class DeadLetters:
    """Counts every refusal, by reason and by source; keeps the latest `keep`."""

    def __init__(self, keep: int = KEEP) -> None:
        self._ring: deque[DeadLetter] = deque(maxlen=keep)
        self._by_reason: Counter[RejectReason] = Counter()
        self._by_source: Counter[tuple[str, RejectReason]] = Counter()

    @property
    def counts(self) -> Mapping[RejectReason, int]:
        """Refusals since the start by reason; reasons that never came are absent."""
        return self._by_reason

    @property
    def counts_by_source(self) -> Mapping[tuple[str, RejectReason], int]:
        """Refusals since the start by (source, reason)."""
        return self._by_source

    @property
    def total(self) -> int:
        """Refusals since the start."""
        return self._by_reason.total()

    def add(self, source: str, received_ms: int, rejected: Iterable[Rejected]) -> None:
        """Takes what one source had refused; `source` is its configured name."""
        for bad in rejected:
            self._by_reason[bad.reason] += 1
            self._by_source[source, bad.reason] += 1
            self._ring.append(DeadLetter(source, received_ms, bad.reason, bad.detail, bad.sample))

    def latest(self, limit: int = KEEP, reason: RejectReason | None = None) -> list[DeadLetter]:
        """At most `limit` of the kept letters, newest first, of one reason if given."""
        newest = reversed(self._ring)
        wanted = (letter for letter in newest if reason is None or letter.reason == reason)
        return list(islice(wanted, limit))
