"""The id of each row, packed: what a list of strings takes 65 bytes for fits into little over ten.

The ids of `ROWS` neighbouring rows stand in one `bytes`, each with `END` behind it, a free row as
`END` alone. Blocks are immutable, so that whoever keeps a copy of the list of them (a snapshot, a
watcher's channel) keeps all ids as they were, sees by identity which blocks changed since, and
holds no string. A list of strings is quicker one row at a time and stays with orders and venues.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, Self

ROWS: Final = 32  # in a block: half as many take 1.3 bytes an id more
END: Final = b"\xff"  # in no UTF-8
_END_AS_TEXT: Final = END.decode(errors="surrogateescape")
_SHIFT: Final = ROWS.bit_length() - 1
_WITHIN: Final = ROWS - 1


class IdBlocks:
    """Ids by row, None for a free one; what a list of them can do as far as a table asks for it."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []  # full but for the last
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, row: int) -> str | None:
        at = row & _WITHIN
        return self._blocks[row >> _SHIFT].split(END, at + 1)[at].decode() or None

    def __setitem__(self, row: int, id_: str | None) -> None:
        ids = self._blocks[row >> _SHIFT].split(END)
        ids[row & _WITHIN] = (id_ or "").encode()
        self._blocks[row >> _SHIFT] = END.join(ids)

    def __iter__(self) -> Iterator[str | None]:
        # All at once: `END` becomes half of a character, which is in no id.
        texts = b"".join(self._blocks).decode(errors="surrogateescape").split(_END_AS_TEXT)
        return (id_ or None for id_ in texts[:-1])

    def append(self, id_: str | None) -> None:
        """One row more."""
        self.extend([id_])

    def extend(self, ids: Iterable[str | None]) -> None:
        """Rows more, a block at a time."""
        texts = iter([(id_ or "").encode() + END for id_ in ids])
        room = -self._size & _WITHIN
        while some := list(islice(texts, room or ROWS)):
            if room:
                self._blocks[-1] += b"".join(some)
            else:
                self._blocks.append(b"".join(some))
            self._size += len(some)
            room = 0

    def of(self, rows: Sequence[int]) -> list[str | None]:
        """The ids of rows; neighbours that follow each other cost a fifth of single ones."""
        found: list[str | None] = []
        number, ids = -1, [b""]
        for row in rows:
            if row >> _SHIFT != number:
                number = row >> _SHIFT
                ids = self._blocks[number].split(END)
            found.append(ids[row & _WITHIN].decode() or None)
        return found

    def blocks(self) -> list[bytes]:
        """All of it, for `packed`, or to be compared with a later one; 32 rows a block."""
        return self._blocks.copy()

    @classmethod
    def packed(cls, blocks: Iterable[bytes]) -> Self:
        """The ids of blocks; raises ValueError where they can't be those of `blocks`."""
        ids = cls()
        ids._blocks = list(blocks)
        counts = [block.count(END) if block.endswith(END) else 0 for block in ids._blocks]
        if any(count != ROWS for count in counts[:-1]) or not all(0 < n <= ROWS for n in counts):
            raise ValueError("a block of ids is not whole")
        b"".join(ids._blocks).replace(END, b"\n").decode()  # or it raises
        ids._size = sum(counts)
        return ids
