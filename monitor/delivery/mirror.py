"""Keeps Alertmanager's picture of our alerts true: level-triggered, without a memory of its own.

Lives here: saying what fires at each change and each minute, what ended at once and each minute
for a quarter of an hour, to every peer by a queue of its own. So whoever is restarted, we or they,
the next minute puts it right, and an end is heard though the first word of it was lost. How an
alert is written is `alertmanager.py`'s business; the composition root runs one mirror a target.

What the mirror is told of, it tells. Who builds the callable decides about marks: it should leave
out firing alerts that are silenced or inhibited (they then end there within four minutes), and
never leave out resolved ones: an end that nobody was waiting for is told to nobody there.
"""

import asyncio
import logging
import random
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from alerts.alert import Alert
from config.targets import AlertmanagerSettings
from monitor.delivery.alertmanager import BATCH_MAX, Identity, Peer, Word, Writer
from monitor.delivery.http import HttpClient
from monitor.delivery.target import NotNowError, RefusedError
from monitor.runtime.backoff import Backoff
from monitor.runtime.clock import Clock

EVERY_S: Final = 60.0
ENDED_MS: Final = 900_000  # so long an end is repeated
QUEUE_MAX: Final = 20_000  # per peer; beyond it the oldest goes, the next minute brings it again
FIRST_WAIT_S: Final = 0.5
LONGEST_WAIT_S: Final = 30.0

log = logging.getLogger(__name__)

# The alerts that fire now, and those that ended within the last quarter of an hour.
Current = Callable[[], tuple[Sequence[Alert], Sequence[Alert]]]


@dataclass(slots=True)
class PeerCounts:
    """What became of what was to be said to one peer, in alerts; `failures` counts requests."""

    posted: int = 0
    refused: int = 0
    dropped: int = 0
    failures: int = 0


class AlertmanagerMirror:
    """Says to every peer what fires and what has ended, as long as `run` runs."""

    def __init__(
        self,
        name: str,
        settings: AlertmanagerSettings,
        http: HttpClient,
        clock: Clock,
        current: Current,
        rng: random.Random,
        *,
        every_s: float = EVERY_S,
        queue_max: int = QUEUE_MAX,
    ) -> None:
        self.name = name
        self._write = Writer(settings)
        self._clock = clock
        self._current = current
        self._every_s = every_s
        self._lines = [
            _Line(
                f"{name}#{number}",
                self._write,
                Peer(url, settings, http),
                Backoff(rng, FIRST_WAIT_S, LONGEST_WAIT_S),
                queue_max,
            )
            for number, url in enumerate(settings.urls, 1)
        ]

    @property
    def counts(self) -> Sequence[PeerCounts]:
        """One for each peer, in the order of the settings."""
        return [line.counts for line in self._lines]

    def changed(self, alerts: Iterable[Alert]) -> None:
        """Says what has become of these alerts, in their order, as soon as a peer takes it."""
        now_ms = self._clock.now_ms()
        for alert in alerts:
            self._say(self._write.changes(alert.city, alert, now_ms))

    async def run(self) -> None:
        """Until cancelled. What then still fires ends there by itself within four minutes."""
        async with asyncio.TaskGroup() as tasks:
            for line in self._lines:
                tasks.create_task(line.run(), name=f"mirror {line.name}")
            while True:
                self._say(self._all())
                await asyncio.sleep(self._every_s)

    def _all(self) -> Iterable[Word]:
        """Everything there is to say. Of what has one identity the newest holds: what fires again
        is not ended by the repeated end of the last time."""
        now_ms = self._clock.now_ms()
        firing, ended = self._current()
        said: dict[Identity, Word] = {}
        for alert in sorted(ended, key=lambda alert: alert.resolved_ts or 0):
            if alert.resolved_ts is not None and alert.resolved_ts >= now_ms - ENDED_MS:
                for word in self._write.ends(alert.city, alert, alert.resolved_ts):
                    said[word.identity] = word
        for alert in firing:
            for word in self._write.fires(alert.city, alert, now_ms):
                said[word.identity] = word
        return said.values()

    def _say(self, words: Iterable[Word]) -> None:
        for word in words:
            for line in self._lines:
                line.put(word)


class _Line:
    """What one peer has still to be told: of each identity only the newest word."""

    def __init__(
        self, name: str, write: Writer, peer: Peer, backoff: Backoff, queue_max: int
    ) -> None:
        self.name = name
        self.counts = PeerCounts()
        self._write = write
        self._peer = peer
        self._backoff = backoff
        self._queue_max = queue_max
        self._waiting: OrderedDict[Identity, Word] = OrderedDict()
        self._some = asyncio.Event()

    def put(self, word: Word) -> None:
        self._waiting[word.identity] = word
        self._waiting.move_to_end(word.identity)
        self._bound()
        self._some.set()

    async def run(self) -> None:
        while True:
            await self._some.wait()
            batch = [self._waiting.pop(key) for key in list(islice(self._waiting, BATCH_MAX))]
            if not self._waiting:
                self._some.clear()
            wait_s = await self._post(batch)
            if wait_s:
                await asyncio.sleep(wait_s)

    async def _post(self, batch: list[Word]) -> float:
        """Post it; how long to leave the peer alone afterwards."""
        try:
            refused = await self._peer.post(self._write.written(batch))
        except NotNowError as fault:
            self._failed(fault)
            # Back to the front, except what there is a newer word of by now.
            newer = self._waiting
            self._waiting = OrderedDict((word.identity, word) for word in batch)
            self._waiting.update(newer)
            self._bound()
            self._some.set()
            return min(max(self._backoff.next_s(), fault.after_s or 0.0), LONGEST_WAIT_S)
        except RefusedError as fault:
            self._failed(fault)
            self.counts.dropped += len(batch)
            return self._backoff.next_s()
        self._backoff.reset()
        self.counts.posted += len(batch) - len(refused)
        self.counts.refused += len(refused)
        for words in refused:
            log.warning("Alertmanager refused an alert", extra={"peer": self.name, "why": words})
        return 0.0

    def _bound(self) -> None:
        while len(self._waiting) > self._queue_max:
            self._waiting.popitem(last=False)
            self.counts.dropped += 1

    def _failed(self, fault: Exception) -> None:
        self.counts.failures += 1
        log.warning(
            "Alertmanager did not take alerts", extra={"peer": self.name, "why": str(fault)}
        )
