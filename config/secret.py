"""A password or token that no log, error or representation shows.

Read it with `reveal()`, at the one place that hands it to a client or compares it.
"""

import hmac
from typing import Final, NoReturn

HIDDEN: Final = "***"


class Secret:
    """Holds a text; shows `***` wherever it is printed, formatted or logged."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def matches(self, text: str) -> bool:
        """Whether it equals `text`, in time that does not tell how much of it is right."""
        return hmac.compare_digest(self._text.encode(), text.encode())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.matches(other._text)

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __repr__(self) -> str:
        return f"Secret({HIDDEN})"

    def __str__(self) -> str:
        return HIDDEN

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written out")
