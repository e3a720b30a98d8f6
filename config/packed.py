"""How a compressed file is told: by its first bytes, or by its name where it is not there yet.

A compressed file can be replayed and not followed, for what grows at its end can't be read from
where one stood. Used by the checks of the configuration and by the readers of files.
"""

from pathlib import Path
from typing import Final

GZIP: Final = b"\x1f\x8b"
ZSTD: Final = b"\x28\xb5\x2f\xfd"
HEAD_BYTES: Final = 4
_ENDINGS: Final = {
    ".gz": "gzip",
    ".zst": "zstd",
    ".xz": "xz",
    ".bz2": "bzip2",
    ".lz4": "lz4",
    ".zip": "zip",
}


def kind_of(name: str, head: bytes) -> str | None:
    """How a file of that name and with those first bytes is compressed; None: it is not."""
    if head.startswith(GZIP):
        return "gzip"
    if head.startswith(ZSTD):
        return "zstd"
    return _ENDINGS.get(Path(name).suffix.lower())


def refusal(name: str, head: bytes) -> str | None:
    """Why such a file can't be followed, and what to do instead; None: it can."""
    kind = kind_of(name, head)
    if kind is None:
        return None
    return (
        f"{name} is compressed ({kind}) and can't be followed as it grows: "
        f"`citywatch replay {name}` reads such a file"
    )
