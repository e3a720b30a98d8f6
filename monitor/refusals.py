"""Commands refused at the door on their way into the audit, within bounds.

The engine never hears of them: who asks has not the role, his token does not reach the city, or
what he names is not there. The first of a kind goes into the audit at once, further ones of the
same kind are counted and go in as one entry a minute; the sum of `count` is how often it was
refused. So whoever hammers can fill neither the memory nor the store.

Lives here: the bounds. Does not live here: who may do what (`core/roles.py`), who notices a refusal
(`people.py` on the stream, `api/guard.py` over HTTP), how an entry is kept (`durable/recorder.py`).
"""

import asyncio
from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from monitor.core.audit import AuditEntry

MINUTE_S: Final = 60.0
KINDS_EACH: Final = 10  # of a person in a minute: more than anybody asks for by mistake
KINDS_IN_ALL: Final = 60
SEVERAL: Final = "several"  # act and code of an entry that counts what is beyond these

Kind = tuple[str, str, str, str, str]  # who, which act, city, subject, why


class Refusals:
    """Takes refused commands and hands on what is to be kept; `run` ends the minutes."""

    def __init__(self, keep: Callable[[AuditEntry], None]) -> None:
        self._keep = keep
        # By kind the last one; its `count` is how many have come since one was kept.
        self._known: dict[Kind, AuditEntry] = {}
        # The same by person and city, of all that is beyond the bounds.
        self._beyond: dict[tuple[str, str], AuditEntry] = {}

    def note(self, entry: AuditEntry) -> None:
        """A command of a person was refused before the engine heard of it; never waits.

        `city` must be one that the monitor watches, or empty: they are few, so that what is
        remembered is bounded.
        """
        kind = (entry.by, entry.act, entry.city, entry.subject, entry.code)
        before = self._known.get(kind)
        if before is not None:
            self._known[kind] = replace(entry, count=before.count + 1)
        elif self._has_room(entry.by):
            self._known[kind] = replace(entry, count=0)
            self._keep(entry)
        else:
            whose = (entry.by, entry.city)
            count = 1 + (self._beyond[whose].count if whose in self._beyond else 0)
            several = replace(entry, act=SEVERAL, subject="", code=SEVERAL, reason="")
            self._beyond[whose] = replace(several, count=count)

    def _has_room(self, by: str) -> bool:
        return (
            len(self._known) < KINDS_IN_ALL
            and sum(known.by == by for known in self._known.values()) < KINDS_EACH
        )

    def end_minute(self) -> None:
        """What was counted goes into the audit; what was not repeated is forgotten."""
        repeated = {kind: last for kind, last in self._known.items() if last.count}
        for entry in (*repeated.values(), *self._beyond.values()):
            self._keep(entry)
        self._known = {kind: replace(last, count=0) for kind, last in repeated.items()}
        self._beyond = {}

    async def run(self) -> None:
        """End minute after minute until cancelled; whoever cancels it ends the last one."""
        while True:
            await asyncio.sleep(MINUTE_S)
            self.end_minute()
