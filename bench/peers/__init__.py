"""citywatch beside what a user would pick instead, on the same input with the same output.

`README.md` in this folder says what is compared and how. `run` is the case's entry.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.measure import Record


def run() -> "Iterator[Record]":
    """One record a peer and set of zones: its CPU time as a multiple of citywatch's."""
    # Late, because peers run in environments that have nothing the comparison itself needs.
    from bench.peers.compare import records

    return records()
