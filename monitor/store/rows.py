"""Postings, audit entries and big bodies as the stores keep them, the same in both.

Lives here: JSON, so that a person can read a row with the database's own tools, and the cutting of
a snapshot into pieces, so that writes pass between them. Where they are put is each store's
business.
"""

import logging
from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

import msgspec

from alerts.letter import Posting
from monitor.core.audit import AuditEntry

log = logging.getLogger(__name__)
T = TypeVar("T")

# A piece of a snapshot is one write. Smaller ones cost more round trips and fsyncs in all, bigger
# ones make a batch wait longer behind one.
PIECE_BYTES: Final = 4 << 20
PAGE_BYTES: Final = 1 << 20  # a page of the journal, about
PAGE_ROWS: Final = 1_000  # at most so many rows in one read or one chunk of a deletion
SNAPSHOTS_KEPT: Final = 2
ASIDE_KEPT: Final = 2  # of the snapshots set aside; an older one leaves

encode: Final = msgspec.json.Encoder().encode
_POSTING: Final = msgspec.json.Decoder(Posting)
_AUDIT: Final = msgspec.json.Decoder(AuditEntry)


def postings_of(bodies: Iterable[bytes]) -> list[Posting]:
    """The postings; one that can't be read (by another version, say) is told and left out."""
    return list(_readable(bodies, _POSTING, "a posting"))


def audit_of(bodies: Iterable[bytes]) -> list[AuditEntry]:
    """The audit entries; one that can't be read is told and left out."""
    return list(_readable(bodies, _AUDIT, "an audit entry"))


def pieces(body: bytes) -> list[memoryview]:
    """A snapshot's body cut up without a copy; an empty one has no piece."""
    whole = memoryview(body)
    return [whole[at : at + PIECE_BYTES] for at in range(0, len(whole), PIECE_BYTES)]


def _readable(bodies: Iterable[bytes], decoder: msgspec.json.Decoder[T], what: str) -> Iterator[T]:
    for body in bodies:
        try:
            yield decoder.decode(body)
        except msgspec.DecodeError as error:
            log.warning("the store holds %s that can't be read, left out: %s", what, error)
