"""A letter as bytes: what every target sends that has no format of its own.

One JSON object: `type` (`push`, `venue`, `notice` or `drill`), `key` (the idempotency key: however
often a letter comes, it is the same, and whoever has seen it does nothing more), and the fields of
the body as `alerts/letter.py` declares them, none left out, in that order. The same letter always
gives the same bytes, so that they may be signed. It changes only by more fields.
"""

import msgspec

from alerts.letter import Letter


def payload_of(letter: Letter) -> bytes:
    """The letter's JSON object, UTF-8, without a line break."""
    fields = msgspec.to_builtins(letter.body)
    return msgspec.json.encode({"type": fields.pop("type"), "key": letter.key, **fields})
