"""Which letter of a target goes next: per recipient in the order taken, else who is due first.

Lives here: the lines of recipients and the times at which their first letters may be tried. Does
not live here: trying (`lane`), deadlines (`ledger`). It knows no clock and never waits.
"""

import heapq
from dataclasses import dataclass
from enum import Enum

from alerts.letter import Posting
from monitor.runtime.backoff import Backoff


class Stage(Enum):
    """Who has a letter."""

    QUEUED = "queued"  # the line-up
    IN_HAND = "in hand"  # a try of it, or the mark after it, is under way
    ENDING = "ending"  # it ends untried: its mark is under way
    ENDED = "ended"


@dataclass(slots=True, eq=False)
class Entry:
    """What is known of a waiting letter without reading it; two are the same only if identical.

    `posting` is None for one that waits in the store only. `number` tells who was taken before
    whom.
    """

    key: str
    to: str
    action_id: str
    of: str
    recipient: tuple[str, str]  # the city, and the one in it: he may have letters of both
    deadline_ts: int
    number: int
    due_s: float
    posting: Posting | None = None
    stage: Stage = Stage.QUEUED
    withdrawn: bool = False
    backoff: Backoff | None = None  # once it failed


class Lineup:
    """The letters of one target that have not ended."""

    def __init__(self) -> None:
        # Lists, since most lines have one letter, and a deque takes ten times as much for one.
        self._lines: dict[tuple[str, str], list[Entry]] = {}
        # The first ones of all lines that may be tried; those that ended meanwhile are passed over.
        self._due: list[tuple[float, int, Entry]] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, entry: Entry) -> None:
        """At the end of its recipient's line."""
        line = self._lines.setdefault(entry.recipient, [])
        line.append(entry)
        self._count += 1
        if len(line) == 1:
            self._offer(entry)

    def next_due_s(self) -> float | None:
        """When the next letter may be tried; None while there is none."""
        while self._due and self._due[0][2].stage is not Stage.QUEUED:
            heapq.heappop(self._due)
        return self._due[0][0] if self._due else None

    def take(self, now_s: float) -> Entry | None:
        """The letter that is due first, now in hand; it keeps its place before its followers."""
        due_s = self.next_due_s()
        if due_s is None or due_s > now_s:
            return None
        entry = heapq.heappop(self._due)[2]
        entry.stage = Stage.IN_HAND
        return entry

    def put_back(self, entry: Entry, due_s: float) -> None:
        """To be tried again then."""
        entry.stage = Stage.QUEUED
        entry.due_s = due_s
        self._offer(entry)

    def remove(self, entry: Entry) -> None:
        """It has ended; if it was the first of its line, the next may go."""
        entry.stage = Stage.ENDED
        line = self._lines[entry.recipient]
        was_first = line[0] is entry
        line.remove(entry)
        self._count -= 1
        if not line:
            del self._lines[entry.recipient]
        elif was_first and line[0].stage is Stage.QUEUED:
            self._offer(line[0])

    def _offer(self, entry: Entry) -> None:
        heapq.heappush(self._due, (entry.due_s, entry.number, entry))
