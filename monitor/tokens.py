"""Who a token belongs to: the one question that the API and the stream both ask."""

import hashlib
import hmac
from collections.abc import Mapping

from config.edges import TokenSettings
from ws.auth import ANONYMOUS, Identity


class Tokens:
    """The tokens of the configuration; with none at all, everybody is a watcher."""

    def __init__(self, tokens: Mapping[str, TokenSettings]) -> None:
        self._tokens = dict(tokens)

    def replace(self, tokens: Mapping[str, TokenSettings]) -> None:
        """After a reload of the configuration."""
        self._tokens = dict(tokens)

    def identify(self, token: str | None) -> Identity | None:
        """Whose token it is, None if nobody's; each is compared, so that time tells nothing."""
        if not self._tokens:
            return ANONYMOUS
        if token is None or not is_text(token):
            return None
        found: Identity | None = None
        for name, known in self._tokens.items():
            if _matches(known, token):
                found = Identity(name, known.role, tuple(known.cities) or None)
        return found


def is_text(token: str) -> bool:
    """Whether it can be compared: bytes of a header that are no UTF-8 come as half characters."""
    return not any("\ud800" <= character <= "\udfff" for character in token)


def _matches(known: TokenSettings, token: str) -> bool:
    if known.token is not None:
        return known.token.matches(token)
    digest = hashlib.sha256(token.encode()).hexdigest()
    return hmac.compare_digest(digest, known.token_sha256 or "")
