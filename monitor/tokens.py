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
        found: Identity | None = None
        for name, known in self._tokens.items():
            if token is not None and _matches(known, token):
                found = Identity(name, known.role, tuple(known.cities) or None)
        return found


def _matches(known: TokenSettings, token: str) -> bool:
    if known.token is not None:
        return known.token.matches(token)
    digest = hashlib.sha256(token.encode()).hexdigest()
    return hmac.compare_digest(digest, known.token_sha256 or "")
