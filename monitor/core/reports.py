"""What the ledger tells the engine of its letters, as an event, so that a recording replays.

And, with that, everything that the engine takes in: `Incoming`, and as it reaches the engine, many
positions in one block: `Input`.
"""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from monitor.core.commands import Command
from monitor.core.events import City, Event, Id, Timestamp
from monitor.core.positions import PositionBlock


class DeliveryReport(Struct, frozen=True, kw_only=True, tag="report.delivery"):
    """What became of one letter; told when it changes. A repeated report changes nothing.

    `sent`: a first try was made and its outcome is open. `failed`: refused, or out of tries.
    """

    city: City
    ts: Timestamp
    action_id: Id
    of: Id  # the key of the action's target
    to: str
    outcome: Literal["sent", "delivered", "failed", "expired", "cancelled"]
    words: str = ""


# What reaches the engine: facts, what people do, what became of letters.
Incoming = Event | Command | DeliveryReport
Input = Incoming | PositionBlock


def count_events(inputs: Sequence[Input]) -> int:
    """How many events they are: a block is as many as it holds."""
    return len(inputs) + sum(len(item) - 1 for item in inputs if type(item) is PositionBlock)
