"""Who did what and why: one entry for every command of a person and every automatic action."""

from msgspec import Struct


class AuditEntry(Struct, frozen=True, kw_only=True):
    """`act` is the command's name (`ack`, `approve`, `pause`, …), `subject` the id it was about."""

    ts: int
    city: str
    by: str
    act: str
    subject: str
    ok: bool
    code: str = "done"  # why it was refused
    reason: str = ""  # his, in words
