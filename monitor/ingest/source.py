"""The port through which events come in: what every transport implements.

A source pushes raw payloads into a `Sink` and waits there while the engine is behind; it
acknowledges to its broker only after the sink has taken them.
"""

from collections.abc import Sequence
from typing import Protocol


class Sink(Protocol):
    """Takes payloads in their order; returns once they are in the engine's hands."""

    async def take(self, payloads: Sequence[bytes]) -> None:
        """Hand over payloads (one event, an array or NDJSON lines each); waits when full.

        A source may hand over more while earlier ones wait: what was begun first is taken first.
        """


class Source(Protocol):
    """One way in. `run` is cancelled to stop it; it reconnects by itself."""

    name: str

    async def run(self, sink: Sink) -> None:
        """Bring payloads into `sink` until cancelled."""
