"""The files of the built page, held in memory and answered with: types, encodings, caching.

They are read once, at the start: a request only looks a name up, so that no path leads anywhere
else, and a page that is built anew is served from the next start on, whole. Which name is served
where, and under which policy, is `page.py`'s.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from aiohttp import ETag, Payload, web
from aiohttp.abc import AbstractStreamWriter

TYPES: Final = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
TEXT: Final = frozenset({".css", ".html", ".js", ".json", ".mjs", ".svg", ".txt"})
# Made beside each file when the page is built; the one that is smaller first.
ENCODINGS: Final = {".br": "br", ".gz": "gzip"}
HASHED: Final = "assets/"  # below it names tell contents: another content has another name
FOREVER: Final = "public, max-age=31536000, immutable"
ASK_AGAIN: Final = "no-cache"
PIECE_BYTES: Final = 32_768


@dataclass(frozen=True, slots=True)
class PageFile:
    """One file: its bytes as they are and by encoding, and the mark of its contents."""

    name: str
    body: bytes
    encoded: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def mark(self) -> str:
        """A hash of the contents."""
        return hashlib.sha256(self.body).hexdigest()[:24]

    @property
    def caching(self) -> str:
        """What a browser may do with it."""
        return FOREVER if self.name.startswith(HASHED) else ASK_AGAIN


class _Pieces(Payload):
    """A body that is sent piece by piece as the client takes it, from the one copy there is.

    A whole one would be copied for each who does not read, and wait for him in memory.
    """

    def __init__(self, body: bytes) -> None:
        super().__init__(body)
        self._body = body

    @property
    def size(self) -> int:
        return len(self._body)

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return self._body.decode(encoding, errors)

    async def write(self, writer: AbstractStreamWriter) -> None:
        whole = memoryview(self._body)
        for at in range(0, len(whole), PIECE_BYTES):
            await writer.write(whole[at : at + PIECE_BYTES])


def read_page(folder: Path) -> dict[str, PageFile]:
    """The files below the folder by their name in it; none where the page was not built.

    Hidden files and those of no known type are left out.
    """
    if not (folder / "index.html").is_file():
        return {}
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and path.suffix in TYPES and not name.startswith("."):
            packed = {
                encoding: path.with_name(path.name + end).read_bytes()
                for end, encoding in ENCODINGS.items()
                if path.with_name(path.name + end).is_file()
            }
            found[name] = PageFile(name, path.read_bytes(), packed)
    return found


def answer(request: web.Request, file: PageFile, policy: str) -> web.Response:
    """The file as the client takes it, or 304 where he has it."""
    encoding = chosen(request.headers.get("Accept-Encoding", ""), file.encoded)
    tag = ETag(file.mark if encoding is None else f"{file.mark}-{encoding}")
    known = {mark.value for mark in request.if_none_match or ()}
    headers = {"Cache-Control": file.caching, "Content-Security-Policy": policy}
    if file.encoded:
        headers["Vary"] = "Accept-Encoding"
    if tag.value in known or "*" in known:
        response = web.Response(status=304, headers=headers)
    else:
        if encoding is not None:
            headers["Content-Encoding"] = encoding
        suffix = Path(file.name).suffix
        response = web.Response(
            body=_Pieces(file.body if encoding is None else file.encoded[encoding]),
            content_type=TYPES[suffix],
            charset="utf-8" if suffix in TEXT else None,
            headers=headers,
        )
    response.etag = tag
    return response


def chosen(accept: str, offered: Mapping[str, bytes]) -> str | None:
    """The first encoding offered that an Accept-Encoding takes; None: as it is."""
    taken: dict[str, float] = {}
    for part in accept.lower().split(","):
        name, _, weight = part.partition(";")
        try:
            taken[name.strip()] = float(weight.partition("=")[2]) if weight else 1.0
        except ValueError:
            taken[name.strip()] = 0.0  # what can't be read is not relied on
    other = taken.get("*", 0.0)
    return next((name for name in offered if taken.get(name, other) > 0), None)
