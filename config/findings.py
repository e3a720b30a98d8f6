"""What the checks across settings collect: faults and warnings, none of them a mere echo.

A setting that the reader refused has its default standing in for it; what a check would say of
that stand-in is dropped here, so that every fault is the user's own.
"""

from collections.abc import Set

from config.faults import Fault, Key, Places


class Findings:
    """Takes what the checks find."""

    def __init__(self, places: Places, bad: Set[Key]) -> None:
        self.places = places
        self.bad = bad
        self.faults: list[Fault] = []
        self.warnings: list[Fault] = []

    def fault(self, key: Key, reason: str) -> None:
        """The configuration cannot be used, for what stands at `key`."""
        if key not in self.bad:
            self.faults.append(self.places.fault(key, reason))

    def warn(self, key: Key, reason: str) -> None:
        """It can be used, but is likely not what is meant."""
        if key not in self.bad:
            self.warnings.append(self.places.fault(key, reason))

    def refused(self, table: Key) -> bool:
        """Whether a table, or anything in it, was refused, so that it may be lacking for that."""
        return any(key[: len(table)] == table for key in self.bad)

    def sound(self, *keys: Key) -> bool:
        """Whether none of these was refused, so that they may be compared."""
        return not any(key in self.bad for key in keys)
