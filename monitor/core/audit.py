"""Who did what and why: one entry for every command of a person and every automatic action.

What an entry says of a command stands here, for those that the engine carried out (`recorder.py`)
and those refused before they came to it (`people.py`, `api/guard.py`).
"""

from typing import Final

from msgspec import Struct

from monitor.core.commands import Command

# Where a command names what it is about: the first that is there.
_SUBJECTS: Final = (
    *("alert_id", "action_id", "silence_id"),
    *("venue_id", "zone_id", "order_id", "kind"),
)


class AuditEntry(Struct, frozen=True, kw_only=True):
    """`act` is the command's name (`ack`, `approve`, `pause`, …), `subject` the id it was about.

    `count` is above one where the same was refused so many times more since the entry before it.
    """

    ts: int
    city: str
    by: str
    act: str
    subject: str
    ok: bool
    code: str = "done"  # why it was refused
    reason: str = ""  # his, in words
    count: int = 1


def act_of(command: Command) -> str:
    """The name of a command: `ack`, `push`, …"""
    return str(command.__struct_config__.tag).removeprefix("command.")


def subject_of(asked: object) -> str:
    """What a command, or the body of a request for one, is about; empty if it names nothing."""
    found = (getattr(asked, name, None) for name in _SUBJECTS)
    return next((str(one) for one in found if one is not None), "")


def reason_of(asked: object) -> str:
    """The words that a person gave with it."""
    return str(getattr(asked, "reason", getattr(asked, "text", "")))
