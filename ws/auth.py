"""Who a client is: the port for tokens, and the check of a browser's Origin.

Tokens come in `hello` or in the Authorization header, never in the URL, and are never logged.
What an identity may do is judged where a command is carried out, not here.
"""

from collections.abc import Callable, Collection
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct


class Identity(Struct, frozen=True):
    """A person or program that is let in; `cities` None means all of them."""

    name: str
    role: str
    cities: tuple[str, ...] | None = None

    def may_see(self, city: str) -> bool:
        """Whether `city` is one of its cities."""
        return self.cities is None or city in self.cities


# Gives the identity of a token (None: none was sent), or None when it lets nobody in with it.
Authenticate = Callable[[str | None], Identity | None]

ANONYMOUS: Final = Identity(name="anonymous", role="watcher")


def let_everybody_in(token: str | None) -> Identity | None:
    """The `Authenticate` of an installation without tokens: everybody is a watcher."""
    return ANONYMOUS


def bearer_token(authorization: str | None) -> str | None:
    """The token of an Authorization header, None when it is no Bearer header."""
    scheme, _, token = (authorization or "").partition(" ")
    token = token.strip()
    return token if scheme.lower() == "bearer" and token else None


def is_origin_allowed(origin: str | None, host: str | None, allowed: Collection[str]) -> bool:
    """Whether a page of `origin` may connect.

    Only browsers send an Origin, so none is let in. One of `allowed` is let in, any with "*" in
    it; so is a page of the very host it connects to, at whatever port.
    """
    if origin is None or "*" in allowed or origin in allowed:
        return True
    try:
        page = urlsplit(origin).hostname
        here = urlsplit(f"//{host}").hostname if host else None
    except ValueError:
        return False
    return page is not None and page == here
