"""The port of a target: one configured receiver of letters, and the two ways in which it refuses.

Each kind has one small file (`mqtt`, `webhook`, `alertmanager`, `chat`) and passes one contract
suite. Retries, order and deadlines are the ledger's business: `deliver` tries once.
"""

from typing import Protocol

from alerts.letter import Letter


class NotNowError(Exception):
    """The target did not take the letter, but may take it later: down, slow, 5xx, 429.

    `after_s` is what it asked for (`Retry-After`), None if it asked for nothing.
    """

    def __init__(self, words: str, after_s: float | None = None) -> None:
        super().__init__(words)
        self.after_s = after_s


class RefusedError(Exception):
    """The target will never take this letter: 4xx, a redirect, an address that is not allowed."""


class Target(Protocol):
    """A receiver. Knows its secrets, never shows them: not in words, not in `repr`."""

    name: str

    async def deliver(self, letter: Letter) -> None:
        """Try once; returns when the target has taken it. Raises NotNowError or RefusedError.

        Whoever calls bounds the time; a cancelled try may have taken effect.
        """
