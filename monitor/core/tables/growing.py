"""Columns that get more rows without standing twice in memory meanwhile."""

from typing import Any


def grow(owner: object, name: str, size: int, fill: Any) -> None:
    """Give the column `owner.name` `size` rows (more than it has), the new ones holding `fill`.

    Where nobody else holds the array its memory is made longer as it is: no page of it is copied or
    touched, which costs a large one ten times what the new rows do. Else its owner gets a copy, and
    whoever holds the array keeps the shorter one.
    """
    before = len(getattr(owner, name))
    shape = (size, *getattr(owner, name).shape[1:])
    try:
        # Not by a name of its own here: that would be somebody else.
        getattr(owner, name).resize(shape)
    except ValueError:
        copy = getattr(owner, name).copy()
        copy.resize(shape, refcheck=False)
        setattr(owner, name, copy)
    getattr(owner, name)[before:] = fill
